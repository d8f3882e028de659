"""All that is held about a mail address, as one JSON object in the words of the API.

The one thing to know: nothing by which somebody could act is in it, no hash of a password and no text of a waiting
letter, which may hold a code; and of other people only what they said about this one.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, TypeVar
from uuid import UUID

from tortoise.models import Model

from cms.accounts.models import AccountLink, ApiToken, Session, User
from cms.articles.known import chunks
from cms.authors.models import Author, Message
from cms.comments.carrying import Traces, jobs_with
from cms.comments.models import (
    Comment,
    CommentFlag,
    Consent,
    ModerationDecision,
    ReaderLink,
    ReplySubscription,
    ScreeningSignal,
)
from cms.comments.persons import Person
from cms.kernel.clock import now
from cms.kernel.ids import GlobalId, NodeType
from cms.kernel.models import Job

M = TypeVar("M", CommentFlag, Consent, ModerationDecision, ReplySubscription, ScreeningSignal)

#: What cannot be told, and why. Whoever asks should not have to guess whether it was forgotten.
NOT_HELD: Final = (
    "Comments without a mail address are kept under the name that was given: no mail address tells whose they are.",
    "Reactions are kept under a hash of a key that the reader's device made: no mail address tells whose they are.",
    "Reports are kept, for 30 days under a hash of whence they came: no mail address tells whose they are.",
    "Network addresses are not kept; the hashes beside comments and messages change every day and go after 30 days.",
    "What an account did is in the audit trail, under the account's id and without its address.",
)

_Json = dict[str, Any]


async def everything_about(person: Person) -> _Json:
    """The whole of it; times are moments, and ids as the API writes them."""
    found = await person.comments()
    messages = await person.messages()
    return {
        "email": person.email,
        "exportedAt": now(),
        "account": await _account(person.account) if person.account else None,
        "authors": [_author(author) for author in await person.authors()],
        "comments": await _comments([row["id"] for row in found]),
        "messages": await _messages(messages),
        "replySubscriptions": [_subscription(each) for each in await person.subscriptions()],
        "requests": [_request(link) for link in await person.links()],
        "waitingLetters": [_letter(person, job) async for job in jobs_with(Traces(person))],
        "notHeld": list(NOT_HELD),
    }


# Comments, and what is kept of each


async def _comments(ids: Sequence[UUID]) -> list[_Json]:
    told: list[_Json] = []
    for some in chunks(ids):
        kept = _Kept(some)
        await kept.load()
        told += [_comment(comment, kept) for comment in await Comment.filter(id__in=some).order_by("id")]
    return told


class _Kept:
    """What is kept beside some comments, by comment."""

    def __init__(self, ids: Sequence[UUID]) -> None:
        self._ids = list(ids)
        self.decisions: Mapping[UUID | None, list[ModerationDecision]] = {}
        self.signals: Mapping[UUID | None, list[ScreeningSignal]] = {}
        self.flags: Mapping[UUID | None, list[CommentFlag]] = {}
        self.consents: Mapping[UUID | None, list[Consent]] = {}

    async def load(self) -> None:
        """Read it, one statement for each kind."""
        self.decisions = _by_comment(await self._of(ModerationDecision, "created_at", "id"))
        self.signals = _by_comment(await self._of(ScreeningSignal, "position"))
        self.flags = _by_comment(await self._of(CommentFlag, "created_at", "id"))
        self.consents = _by_comment(await self._of(Consent, "accepted_at", "id"))

    async def _of(self, table: type[M], *order: str) -> list[M]:
        return await table.filter(comment_id__in=self._ids).order_by(*order)


def _by_comment(rows: Iterable[M]) -> Mapping[UUID | None, list[M]]:
    found: dict[UUID | None, list[M]] = defaultdict(list)
    for row in rows:
        found[row.comment_id].append(row)
    return found


def _comment(comment: Comment, kept: _Kept) -> _Json:
    return {
        "id": _id(NodeType.COMMENT, comment.id),
        "articleId": _id(NodeType.ARTICLE, comment.article_id),
        "parentId": _id(NodeType.COMMENT, comment.parent_id),
        "status": comment.status,
        "name": comment.author_name,
        "email": comment.author_email,
        "url": comment.author_url,
        "text": comment.body_text,
        "markdown": comment.body_markdown,
        "passage": _passage(comment),
        "isByAccount": comment.user_id is not None,
        "byContributor": comment.by_contributor,
        "createdAt": comment.created_at,
        "updatedAt": comment.updated_at,
        "editedAt": comment.edited_at,
        "addressHash": comment.address_hash,
        "source": comment.source,
        "sourceId": comment.source_id,
        "reactions": {
            "LIKE": comment.like_count,
            "HELPFUL": comment.helpful_count,
            "THANKS": comment.thanks_count,
        },
        "consents": [_consent(each) for each in kept.consents.get(comment.id, ())],
        "screening": [_signal(each) for each in kept.signals.get(comment.id, ())],
        "moderation": [_decision(each) for each in kept.decisions.get(comment.id, ())],
        "flags": [_flag(each) for each in kept.flags.get(comment.id, ())],
    }


def _passage(comment: Comment) -> _Json | None:
    if not comment.anchor_exact:
        return None
    return {
        "blockKey": comment.anchor_block_key,
        "foundIn": comment.anchor_found_in,
        "exact": comment.anchor_exact,
        "prefix": comment.anchor_prefix,
        "suffix": comment.anchor_suffix,
        "state": comment.anchor_state,
    }


def _consent(consent: Consent) -> _Json:
    return {
        "termsId": _id(NodeType.POLICY_VERSION, consent.terms_id),
        "digest": consent.digest,
        "wording": consent.wording,
        "acceptedAt": consent.accepted_at,
        "channel": consent.channel,
    }


def _signal(signal: ScreeningSignal) -> _Json:
    return {"rule": signal.rule, "verdict": signal.verdict, "detail": signal.detail}


def _decision(decision: ModerationDecision) -> _Json:
    """Who decided is somebody else's name; whether it was a person is not."""
    return {
        "action": decision.action,
        "previousStatus": decision.previous_status,
        "reason": decision.reason,
        "rule": decision.rule,
        "automatic": decision.automatic,
        "createdAt": decision.created_at,
    }


def _flag(flag: CommentFlag) -> _Json:
    return {"reason": flag.reason, "detail": flag.detail, "createdAt": flag.created_at}


# Messages, and what was asked for


async def _messages(messages: Sequence[Message]) -> list[_Json]:
    consents: dict[UUID | None, list[Consent]] = defaultdict(list)
    for some in chunks([message.id for message in messages]):
        for consent in await Consent.filter(message_id__in=some).order_by("accepted_at", "id"):
            consents[consent.message_id].append(consent)
    return [_message(message, consents[message.id]) for message in messages]


def _message(message: Message, consents: Iterable[Consent]) -> _Json:
    return {
        "id": str(message.id),
        "authorId": _id(NodeType.AUTHOR, message.author_id),
        "articleId": _id(NodeType.ARTICLE, message.article_id),
        "name": message.name,
        "email": message.email,
        "text": message.body,
        "createdAt": message.created_at,
        "addressHash": message.address_hash,
        "consents": [_consent(each) for each in consents],
    }


def _subscription(subscription: ReplySubscription) -> _Json:
    return {
        "commentId": _id(NodeType.COMMENT, subscription.comment_id),
        "email": subscription.email,
        **_times(subscription, "created_at", "confirmed_at", "ended_at"),
    }


def _request(link: ReaderLink) -> _Json:
    return {
        "purpose": link.purpose,
        "email": link.email,
        **_times(link, "created_at", "expires_at", "used_at"),
    }


def _letter(person: Person, job: Job) -> _Json:
    """That there is one. Its text may hold a code that lets whoever reads it do something; its address be another's."""
    to = job.payload.get("to")
    return {
        "kind": job.kind,
        "to": to if person.has(to) else None,
        "subject": job.payload.get("subject"),
        **_times(job, "created_at", "dead_at"),
    }


# People who work here


async def _account(user: User) -> _Json:
    return {
        "id": _id(NodeType.USER, user.id),
        "name": user.name,
        "email": user.email,
        "role": user.role,
        "active": user.active,
        "hasPassword": user.password_hash is not None,
        "hasAuthenticator": user.totp_last_step is not None,
        "authorId": _id(NodeType.AUTHOR, user.author_id),
        **_times(user, "created_at", "updated_at", "last_sign_in_at"),
        "sessions": [
            _times(session, "created_at", "last_seen_at", "expires_at")
            for session in await Session.filter(user_id=user.id).order_by("id")
        ],
        "links": [
            {"purpose": link.purpose, **_times(link, "created_at", "expires_at", "used_at")}
            for link in await AccountLink.filter(user_id=user.id).order_by("id")
        ],
        "apiTokens": await ApiToken.filter(created_by_id=user.id).order_by("id").values_list("name", flat=True),
        "moderationDecisions": await ModerationDecision.filter(moderator_id=user.id).count(),
    }


def _author(author: Author) -> _Json:
    return {
        "id": _id(NodeType.AUTHOR, author.id),
        "name": author.name,
        "email": author.email,
        "website": author.website,
        "bio": author.bio_text,
        **_times(author, "created_at", "deleted_at"),
    }


def _times(row: Model, *names: str) -> _Json:
    """Moments of a row, by their names in the API."""
    return {_camel(name): getattr(row, name) for name in names}


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(map(str.title, others))


def _id(node_type: NodeType, key: UUID | None) -> str | None:
    return None if key is None else str(GlobalId(node_type, key))
