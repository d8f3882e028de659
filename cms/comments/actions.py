"""The verbs of comments: post one, decide about some, take one back.

Each is one transaction that first locks the articles it concerns; the change, its counters, its records and its events
are stored together or not at all.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from cms.articles.models import ArticleRevision
from cms.comments.akismet import ask_akismet
from cms.comments.anchors import find_passage
from cms.comments.counting import Threads, count_in, lock_articles
from cms.comments.drafts import Anchor, CommentDraft, PostedComment, body_of
from cms.comments.edit_tokens import comment_of, edit_token
from cms.comments.models import Comment, CommentStatus, ModerationAction, ModerationDecision
from cms.comments.places import Place, find_place
from cms.comments.policy import Terms
from cms.comments.records import columns_of, record_consent, record_screening, subscribe_to_replies
from cms.comments.screening import Arriving, examine
from cms.comments.writers import Writer, contributes, read_writer
from cms.kernel.clock import now
from cms.kernel.database import Database, transaction
from cms.kernel.errors import AlreadyExists, InvalidInput, NotFound, Required, StateConflict, TermsNotAccepted
from cms.kernel.events import EventType, NewEvent, append_events
from cms.kernel.guards import require
from cms.kernel.ids import GlobalId, NodeType
from cms.kernel.inputs import optional_text
from cms.kernel.origins import address_hash
from cms.kernel.viewer import Scope, Viewer

MAX_MODERATED = 100
MAX_REASON_CHARS = 1000
#: The rule that a decision names when the writer took a comment back; after it nobody brings the comment out again.
TAKEN_BACK = "taken_back"
_STATUS_AFTER = {
    ModerationAction.APPROVE: CommentStatus.APPROVED,
    ModerationAction.HOLD: CommentStatus.PENDING,
    ModerationAction.REJECT: CommentStatus.REJECTED,
    ModerationAction.MARK_SPAM: CommentStatus.SPAM,
    ModerationAction.REMOVE: CommentStatus.DELETED,
}


@dataclass(frozen=True, slots=True)
class _Origin:
    """When and whence a comment came."""

    created_at: datetime
    source: str | None
    source_id: str | None
    address: str | None


async def post_comment(
    database: Database,
    viewer: Viewer,
    draft: CommentDraft,
    *,
    at: datetime | None = None,
    source: str | None = None,
    source_id: str | None = None,
    address: str | None = None,
) -> PostedComment:
    """Store a comment, shown at once or held, as the rules say.

    Args:
        database: the open database.
        viewer: who writes; whoever is signed in writes under their own name.
        draft: what they wrote.
        at: when it was written; the present when left out. The article must have been public then, and the terms are
            those of that moment; the rules are those of now.
        source: where it was taken from; the same `source_id` of a source is taken once.
        source_id: what it is called there.
        address: where it was sent from; of its block a keyed hash is kept.

    Raises:
        NotFound: no such article for readers, or no such comment to answer.
        CommentsClosed, RepeatedComment, Required, TooLong, InvalidInput: it is refused as it is.
        TermsNotAccepted: with the version to show.
        StateConflict: the thread goes no deeper.
        AlreadyExists: it was taken from this source before.
    """
    origin = _Origin(at or now(), source, source_id, address)
    async with transaction(database):
        place = await find_place(draft.article_id, draft.parent_id, origin.created_at)
        writer = await read_writer(viewer, draft, place.policy)
        comment = await _store(database, place, writer, draft, origin)
        await append_events(database, viewer.actor, _posting_of(comment))
    return PostedComment(comment, edit_token(comment.id))


async def moderate_comments(
    database: Database, viewer: Viewer, ids: Sequence[UUID], action: ModerationAction, reason: str | None = None
) -> list[Comment]:
    """Decide about comments, all of them or none, and keep each decision. Any decision is undone by its opposite.

    Args:
        database: the open database.
        viewer: a moderator.
        ids: at most 100; naming one twice decides once.
        action: what to do with them.
        reason: for other moderators, and for whoever asks what was decided about them; at most 1,000 characters.

    Returns:
        The comments as they are now, in the order of `ids`.

    Raises:
        NotAllowed: the viewer is no moderator.
        NotFound: one of them is not there.
        StateConflict: one was taken back by its writer, or erased.
        Required, InvalidInput, TooLong: none or too many of them, or too long a reason.
    """
    require(viewer, Scope.COMMENTS_MODERATE)
    ground, chosen = optional_text(reason, ("reason",), MAX_REASON_CHARS), list(dict.fromkeys(ids))
    if not chosen:
        raise Required("Name the comments to decide about.", ("ids",))
    if len(chosen) > MAX_MODERATED:
        raise InvalidInput(f"Decide about at most {MAX_MODERATED} comments at a time.", ("ids",))
    async with transaction(database):
        threads = await locked_threads(chosen, ("ids",))
        comments = [threads[comment_id] for comment_id in chosen]
        await _stop_if_gone_for_good(comments)
        decisions = [
            ModerationDecision(reason=ground, moderator_id=viewer.user_id, **_decision(comment, action))
            for comment in comments
        ]
        await carry_out(database, viewer, threads, decisions)
    return comments


async def delete_comment(
    database: Database, viewer: Viewer, comment_id: UUID, edit_token: str | None = None
) -> Comment:
    """Take a comment away: its writer, by the edit token or signed in, or a moderator. Deleted twice is deleted once.

    Where replies hang on it a tombstone stays.

    Raises:
        NotFound: it is not there, or the caller is neither.
    """
    async with transaction(database):
        threads = await locked_threads([comment_id], ("id",))
        comment = threads[comment_id]
        is_writer = _wrote(viewer, comment, edit_token)
        if not is_writer and not viewer.may(Scope.COMMENTS_MODERATE):
            raise not_there()
        # What a moderator removed could be brought out again, as long as its writer did not take it back as well.
        if comment.status is not CommentStatus.DELETED or (is_writer and not await _was_taken_back([comment_id])):
            by = {"rule": TAKEN_BACK} if is_writer else {"moderator_id": viewer.user_id}
            decision = ModerationDecision(**by, **_decision(comment, ModerationAction.REMOVE))
            await carry_out(database, viewer, threads, [decision])
    return comment


async def _store(database: Database, place: Place, writer: Writer, draft: CommentDraft, origin: _Origin) -> Comment:
    """Check what is left to check, and write the comment with all that is kept about it."""
    body = body_of(draft.body, place.policy.max_length)
    by_contributor = await contributes(writer, place.revision_id)
    screening = await examine(
        Arriving(
            article_id=place.article.id,
            policy=place.policy,
            writer=writer,
            body=body,
            at=origin.created_at,
            address=origin.address,
            by_contributor=by_contributor,
        )
    )
    terms = _accepted_terms(place, draft)
    await _stop_if_taken_before(origin)
    comment = await Comment.create(
        **columns_of(writer, body),
        **await _passage(draft.anchor, place.revision_id),
        article_id=place.article.id,
        parent_id=draft.parent_id,
        root_id=place.root_id,
        depth=place.depth,
        status=screening.status,
        is_listed=screening.status is CommentStatus.APPROVED,
        by_contributor=by_contributor,
        source=origin.source,
        source_id=origin.source_id,
        address_hash=address_hash(origin.address, origin.created_at),
        created_at=origin.created_at,
        updated_at=origin.created_at,
    )
    await record_screening(comment, screening, origin.created_at)
    await ask_akismet(database, comment, screening, origin.address)
    if terms:
        await record_consent(comment, terms, draft.channel, origin.created_at)
    if draft.notify_of_replies:
        await subscribe_to_replies(comment)
    if comment.is_listed:
        await count_in(comment)
    return comment


def _accepted_terms(place: Place, draft: CommentDraft) -> Terms | None:
    terms = place.policy.terms
    if terms is not None and draft.accepted_terms_id != terms.id:
        message = "Accept the terms in effect before you comment: show them, then send their id as acceptedTermsId."
        raise TermsNotAccepted(message, GlobalId(NodeType.POLICY_VERSION, terms.id))
    return terms


async def _stop_if_taken_before(origin: _Origin) -> None:
    if origin.source_id is None:
        return
    if await Comment.filter(source=origin.source, source_id=origin.source_id).exists():
        raise AlreadyExists("This comment was taken from its source before.", ("sourceId",))


async def _passage(anchor: Anchor | None, revision_id: UUID) -> dict[str, Any]:
    if anchor is None:
        return {}
    revision = await ArticleRevision.get(id=revision_id).only("id", "body_blocks")
    found = asdict(find_passage(anchor, revision.body_blocks))
    return {f"anchor_{name}": value for name, value in found.items()}


def _posting_of(comment: Comment) -> list[NewEvent]:
    happened = [EventType.COMMENT_POSTED]
    if comment.status is CommentStatus.APPROVED:
        happened.append(EventType.COMMENT_APPROVED)
    return [event_of(kind, comment, {"status": comment.status}) for kind in happened]


def event_of(kind: EventType, comment: Comment, payload: dict[str, object]) -> NewEvent:
    """Something that happened to a comment."""
    return NewEvent(kind, GlobalId(NodeType.COMMENT, comment.id), comment.article_id, payload)


async def locked_threads(ids: Sequence[UUID], path: tuple[str, ...]) -> Threads:
    """The threads of comments, their articles locked. A comment never moves to another article.

    Raises:
        NotFound: one is not there.
    """
    places = dict(await Comment.filter(id__in=sorted(ids)).values_list("id", "article_id"))
    if len(places) < len(ids):
        raise not_there(path)
    await lock_articles(places.values())
    return await Threads.load(ids)


def not_there(path: tuple[str, ...] = ("id",)) -> NotFound:
    """What is said of a comment that is not there, and of one that is not the caller's to know of."""
    return NotFound("There is no such comment.", path)


async def _stop_if_gone_for_good(comments: Sequence[Comment]) -> None:
    ids = [comment.id for comment in comments if comment.status is CommentStatus.DELETED]
    if await _was_taken_back(ids) or any(comment.erased_at for comment in comments):
        raise StateConflict("What its writer took back, or what was erased, stays away: leave it out.", ("ids",))


async def _was_taken_back(ids: Sequence[UUID]) -> bool:
    """Whether the writer of one of these took it back."""
    return bool(ids) and await ModerationDecision.filter(comment_id__in=list(ids), rule=TAKEN_BACK).exists()


def _wrote(viewer: Viewer, comment: Comment, token: str | None) -> bool:
    if token is not None and comment_of(token) == comment.id:
        return True
    return viewer.user_id is not None and viewer.user_id == comment.user_id


def _decision(comment: Comment, action: ModerationAction) -> dict[str, Any]:
    """What a decision made by a person says in any case."""
    return {"comment_id": comment.id, "action": action, "previous_status": comment.status, "automatic": False}


async def carry_out(
    database: Database, viewer: Viewer, threads: Threads, decisions: Sequence[ModerationDecision]
) -> None:
    """Keep the decisions, and do what they say: status, listing, counters, events."""
    moment, events = now(), []
    for decision in decisions:
        comment, status = threads[decision.comment_id], _STATUS_AFTER[decision.action]
        decision.created_at = moment
        if comment.status is not status:
            events.append(change_of(comment, status))
            comment.version, comment.updated_at = comment.version + 1, moment
            threads.set_status(comment, status)
    await threads.save()
    await ModerationDecision.bulk_create(decisions)
    await append_events(database, viewer.actor, events)


def change_of(comment: Comment, status: CommentStatus) -> NewEvent:
    """A comment's taking another status, told before it does."""
    is_approval = status is CommentStatus.APPROVED
    kind = EventType.COMMENT_APPROVED if is_approval else EventType.COMMENT_REMOVED
    return event_of(kind, comment, {"status": status, "previous_status": comment.status})
