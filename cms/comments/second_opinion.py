"""What is asked of Akismet, what follows from its answer, and what it is told of moderators who saw it otherwise.

The one thing to know: an answer decides only while nobody else did. A person's decision, another text, or a writer who
took the comment back makes it a note among the signals, or nothing at all.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from tortoise.queryset import QuerySet

from cms.comments.actions import carry_out, locked_threads
from cms.comments.akismet import AKISMET, ANSWERS, CORRECTION
from cms.comments.models import (
    Comment,
    CommentStatus,
    ModerationAction,
    ModerationDecision,
    ScreeningSignal,
    ScreeningVerdict,
)
from cms.comments.moderation import AWAITS_AKISMET
from cms.comments.places import the_site
from cms.comments.showing import shown_articles
from cms.kernel.clock import now, to_text
from cms.kernel.database import Database, transaction
from cms.kernel.errors import NotFound
from cms.kernel.event_log import LoggedEvent
from cms.kernel.events import EventType
from cms.kernel.jobs import enqueue
from cms.kernel.viewer import SYSTEM

#: Said where an address is asked for and nobody knows one.
_NO_ADDRESS: Final = "0.0.0.0"  # noqa: S104 - nobody listens there
_OF_A_STATUS: Final = {EventType.COMMENT_APPROVED, EventType.COMMENT_REMOVED}
_DECIDED: Final = {CommentStatus.SPAM: True, CommentStatus.APPROVED: False}

#: What a job was enqueued with, and what a server is told, by the names of its protocol.
Payload = Mapping[str, Any]
Question = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Opinion:
    """An answer of Akismet; `is_blatant` where it is so sure that it would not even be kept."""

    is_spam: bool
    is_blatant: bool = False

    @property
    def ground(self) -> str:
        """For moderators."""
        if not self.is_spam:
            return "Akismet finds nothing against it"
        return "Akismet takes it for spam" + (", and would discard it unseen" if self.is_blatant else "")


async def question_of(asked: Payload) -> Question | None:
    """What to ask about a comment; None where no answer is waited for any more."""
    comment = await Comment.get_or_none(id=UUID(asked["comment"]))
    if comment is None or not _is_as_asked(comment, asked) or not await _waiting(comment.id).exists():
        return None
    recheck = {"recheck_reason": "edit"} if comment.edited_at else {}
    return {**await _told_of(comment), "user_ip": asked["block"] or _NO_ADDRESS, **recheck}


async def take_answer(database: Database, asked: Payload, opinion: Opinion) -> None:
    """Note an answer among the signals, and let it decide where nobody else did. Taken twice it changes nothing."""
    key = UUID(asked["comment"])
    async with transaction(database):
        try:
            threads = await locked_threads([key], ("id",))
        except NotFound:
            return  # Its article was removed for good meanwhile.
        if not _is_as_asked(threads[key], asked):
            return
        answer = {"rule": AKISMET, "verdict": ANSWERS[opinion.is_spam], "detail": opinion.ground}
        if not await _waiting(key).update(**answer):
            return
        action = await _action_after(threads[key], opinion)
        if action is not None:
            await carry_out(database, SYSTEM, threads, [_decision(threads[key], action, opinion)])


async def follow_corrections(database: Database, events: Sequence[LoggedEvent]) -> None:
    """Have Akismet told of every comment about which a person decided otherwise than it had answered."""
    decided = {event.node.key: event for event in events if _is_a_decision(event)}
    for signal in await ScreeningSignal.filter(comment_id__in=sorted(decided), rule=AKISMET):
        event = decided[signal.comment_id]
        is_spam = _DECIDED[event.payload["status"]]
        if ANSWERS[is_spam] is not signal.verdict:
            correction = {"comment": str(signal.comment_id), "is_spam": is_spam}
            await enqueue(database, CORRECTION, correction, unique_key=f"{CORRECTION}:{event.id}")


async def correction_of(told: Payload) -> Question | None:
    """What to tell of a comment; None where that is not what people think of it any more, or its text is gone."""
    comment = await Comment.get_or_none(id=UUID(told["comment"]))
    if comment is None or comment.erased_at is not None or _DECIDED.get(comment.status) is not told["is_spam"]:
        return None
    # Where it came from is not kept.
    return {**await _told_of(comment), "user_ip": _NO_ADDRESS}


async def note_correction(told: Payload) -> None:
    """Note what it was told in place of what it had answered: whoever undoes that sees it otherwise once more."""
    is_spam = told["is_spam"]
    detail = f"Akismet was told that this is {'' if is_spam else 'no '}spam"
    answered = ScreeningSignal.filter(comment_id=UUID(told["comment"]), rule=AKISMET)
    await answered.update(verdict=ANSWERS[is_spam], detail=detail)


async def _told_of(comment: Comment) -> dict[str, str]:
    """A comment in the words of the protocol."""
    site = await the_site()
    shown = (await shown_articles(site, [comment.article_id], now())).get(comment.article_id)
    return {
        "blog": site.url,
        "blog_lang": site.default_locale,
        "blog_charset": "UTF-8",
        "permalink": shown.url if shown else site.url,
        "comment_type": "comment" if comment.parent_id is None else "reply",
        "comment_author": comment.author_name,
        "comment_author_email": comment.author_email or "",
        "comment_author_url": comment.author_url or "",
        "comment_content": comment.body_markdown.strip(),
        "comment_date_gmt": to_text(comment.created_at),
    }


def _is_as_asked(comment: Comment, asked: Payload) -> bool:
    """Whether it still says what was asked about; another text has a question of its own."""
    edited_at = to_text(comment.edited_at) if comment.edited_at else None
    is_there = comment.erased_at is None and comment.status is not CommentStatus.DELETED
    return is_there and edited_at == asked["edited_at"]


def _waiting(comment_id: UUID) -> QuerySet[ScreeningSignal]:
    return ScreeningSignal.filter(comment_id=comment_id, rule=AWAITS_AKISMET)


async def _action_after(comment: Comment, opinion: Opinion) -> ModerationAction | None:
    """What follows: spam is put away; what waited for nothing else is shown; else a person looks at it."""
    last = await ModerationDecision.filter(comment_id=comment.id).order_by("-id").first()
    if comment.status is not CommentStatus.PENDING or last is None or not last.automatic:
        return None
    if opinion.is_spam:
        return ModerationAction.MARK_SPAM
    is_held = await ScreeningSignal.filter(comment_id=comment.id, verdict=ScreeningVerdict.HOLD).exists()
    return ModerationAction.APPROVE if last.rule == AWAITS_AKISMET and not is_held else None


def _decision(comment: Comment, action: ModerationAction, opinion: Opinion) -> ModerationDecision:
    return ModerationDecision(
        comment_id=comment.id,
        action=action,
        previous_status=comment.status,
        rule=AKISMET,
        reason=opinion.ground,
        automatic=True,
    )


def _is_a_decision(event: LoggedEvent) -> bool:
    """Whether it came out or was put away, by whomever: what follows from an answer agrees with it."""
    return event.type in _OF_A_STATUS and event.payload.get("status") in _DECIDED
