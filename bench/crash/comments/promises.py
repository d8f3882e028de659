"""What must be true of comments after a crash, as small checks in an ordered tuple, each with its reason.

The one thing to know: they are asked when everything was answered, so each is exact; and counts are worked out here
from rows alone, not by the code that is on trial.
"""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass
from uuid import UUID

from bench.crash.comments.acts import Verb, text_of
from bench.crash.comments.memory import Memory
from bench.crash.comments.stored import Stored
from bench.crash.promises import Broken, Promise
from bench.crash.writes import key_in
from cms.comments.models import Comment, CommentStatus, Reaction
from cms.kernel.events import EventType

_CHANGES = frozenset({EventType.COMMENT_APPROVED, EventType.COMMENT_REMOVED})


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the checks look at: what people remember, what stands in the database, how deep replies may go."""

    memory: Memory
    stored: Stored
    max_depth: int = 4


Check = Callable[[Evidence], Iterator[str]]

# Nothing that was acknowledged is lost


def comments_are_there(evidence: Evidence) -> Iterator[str]:
    """What was acknowledged says what its writer said: first, or in an edit that was acknowledged."""
    edits: dict[UUID | None, set[str]] = {}
    for kept in evidence.memory.of(Verb.EDIT):
        edits.setdefault(kept.act.comment, set()).add(kept.act.given["body"])
    for kept in evidence.memory.of(Verb.POST):
        row = evidence.stored.comments.get(kept.answer.nodes[0])
        said = edits.get(kept.answer.nodes[0]) or {kept.act.given["body"]}
        if row is None:
            yield f"{kept.act.key} was acknowledged, and is not there"
        elif row.body_text not in said:
            yield f"{kept.act.key} says {row.body_text!r}, which is not what was acknowledged"


def edits_are_told(evidence: Evidence) -> Iterator[str]:
    """Each change that was acknowledged has one event, however often it was sent."""
    edited = Counter(kept.act.comment for kept in evidence.memory.of(Verb.EDIT))
    for comment in evidence.stored.comments:
        told = sum(event.type == EventType.COMMENT_EDITED for event in evidence.stored.events.get(comment, ()))
        if told != edited[comment]:
            yield f"{comment} was changed {edited[comment]} times, and the log tells of {told}"


def deletions_stand(evidence: Evidence) -> Iterator[str]:
    """What its writer took back stays away, whatever moderators did at the same time."""
    for kept in evidence.memory.of(Verb.DELETE):
        row = evidence.stored.comments.get(kept.act.comment) if kept.act.comment else None
        if row is None or row.status is not CommentStatus.DELETED:
            yield f"{kept.act.key} was acknowledged, and the comment is {row.status if row else 'not there'}"


def decisions_are_kept(evidence: Evidence) -> Iterator[str]:
    """A moderator's decision stands under each comment that it was about, once, and under no other."""
    decided = {
        (kept.act.key, key_in(comment))
        for kept in evidence.memory.of(Verb.MODERATE)
        for comment in kept.act.given["ids"]
    }
    found = Counter((each.reason, each.comment_id) for each in evidence.stored.decisions if each.moderator_id)
    yield from _differences("decision", Counter(decided), found)


def reports_are_kept(evidence: Evidence) -> Iterator[str]:
    """A report that was acknowledged stands under its comment, once."""
    sent = Counter((kept.act.key, kept.act.comment) for kept in evidence.memory.of(Verb.FLAG))
    yield from _differences("report", sent, Counter((each.detail, each.comment_id) for each in evidence.stored.flags))


def reactions_are_kept(evidence: Evidence) -> Iterator[str]:
    """Each reader's last word on a comment is the one that counts, and the only one."""
    said = Counter((comment, reaction) for (comment, _), reaction in evidence.memory.reactions.items())
    found = Counter((each.comment_id, each.reaction.value) for each in evidence.stored.reactions)
    yield from _differences("reaction", said, found)


def rules_are_kept(evidence: Evidence) -> Iterator[str]:
    """Comments are open or closed as the newest acknowledged version of the article says."""
    newest: dict[UUID | None, tuple[int, bool]] = {}
    # What was as it is asked to be changes nothing, tells of nothing, and claims no version.
    for kept in (each for each in evidence.memory.of(Verb.RULE) if each.answer.events):
        claim = (kept.act.given["expectedVersion"] + 1, kept.act.given["commentPolicy"]["open"])
        newest[kept.act.comment] = max(claim, newest.get(kept.act.comment, claim))
    for key, article in evidence.stored.articles.items():
        if key in newest and (article.version, article.comments_open) != newest[key]:
            yield f"{key} is at version {article.version}, open: {article.comments_open}, not {newest[key]}"


def tokens_find_their_comments(evidence: Evidence) -> Iterator[str]:
    """A guest whose token is worth nothing can neither change nor take back what they wrote."""
    yield from (f"the token of {comment} does not find it" for comment in evidence.memory.deaf)


# Nothing is half there


def threads_keep_their_shape(evidence: Evidence) -> Iterator[str]:
    """A comment stands where it was put: under the same article, below the same comment, as deep."""
    for comment, shape in evidence.memory.shapes.items():
        row = evidence.stored.comments.get(comment)
        if row is not None and (row.article_id, row.parent_id, row.depth) != (shape.article, shape.parent, shape.depth):
            yield f"{comment} stands below {row.parent_id} in {row.article_id}, and was put below {shape.parent}"


def threads_are_trees(evidence: Evidence) -> Iterator[str]:
    """A comment whose parent is missing, elsewhere, or below it would be shown nowhere, or for ever."""
    for comment, row in evidence.stored.comments.items():
        above = list(evidence.stored.above(row))
        root = above[-1].id if above else None
        is_whole = len(above) == row.depth <= evidence.max_depth and (root is None or above[-1].parent_id is None)
        if not is_whole or row.root_id != root or {each.article_id for each in above} - {row.article_id}:
            yield f"{comment} of depth {row.depth} has {len(above)} comments above it, and {root} for a root"


def comments_are_listed(evidence: Evidence) -> Iterator[str]:
    """Readers see the place of what is approved, and of whatever has something approved below it; no other."""
    listed = _listed(evidence.stored)
    for comment, row in evidence.stored.comments.items():
        if row.is_listed != (comment in listed):
            yield f"{comment} is listed: {row.is_listed}"


def counts_are_right(evidence: Evidence) -> Iterator[str]:
    """A recount finds what stands there: comments, replies, reactions by kind, reports."""
    stored, listed = evidence.stored, _listed(evidence.stored)
    replies = Counter(stored.comments[comment].parent_id for comment in listed)
    approved = Counter(each.article_id for each in stored.comments.values() if each.status is CommentStatus.APPROVED)
    reactions = Counter((each.comment_id, each.reaction) for each in stored.reactions)
    flags = Counter(each.comment_id for each in stored.flags)
    for key, article in stored.articles.items():
        if article.comment_count != approved[key]:
            yield f"{key} has {approved[key]} comments, and counts {article.comment_count}"
    for key, row in stored.comments.items():
        kinds = [reactions[key, kind] for kind in Reaction]
        counted = (replies[key], sum(kinds), *kinds, flags[key])
        if counted != _counts(row):
            yield f"{key} has {counted}, and counts {_counts(row)} replies, reactions and reports"


def histories_are_told(evidence: Evidence) -> Iterator[str]:
    """From one event to the next a comment goes on where it stood, and ends where it stands."""
    for key, row in evidence.stored.comments.items():
        events = evidence.stored.events.get(key, ())
        posted = [str(event.payload["status"]) for event in events if event.type == EventType.COMMENT_POSTED]
        if len(posted) != 1:
            yield f"that {key} was posted is told {len(posted)} times"
            continue
        stands = posted[0]
        for event in events:
            before = event.payload.get("previous_status")
            if event.type in _CHANGES and before is not None:
                if before != stands:
                    yield f"event {event.seq} takes {key} from {before}, where it did not stand"
                stands = str(event.payload["status"])
        if stands != row.status:
            yield f"{key} is {row.status}, and by the log {stands}"


def keys_have_their_rows(evidence: Evidence) -> Iterator[str]:
    """A key is kept if and only if what was done under it is there."""
    kept = Counter((each.mutation, each.key) for each in evidence.stored.replays if each.result["problem"] is None)
    told = Counter((each.act.verb.value, each.act.key) for each in evidence.memory.kept.values())
    yield from _differences("key", told, kept)


# Nothing is there twice


def comments_are_there_once(evidence: Evidence) -> Iterator[str]:
    """Whatever was sent again under its key was done once, and nothing was done that nobody asked for."""
    texts = {text_of(key, is_rude=is_rude): key for key in evidence.memory.kept for is_rude in (False, True)}
    said = Counter(texts.get(row.body_text) for row in evidence.stored.comments.values())
    for key, times in said.items():
        if key is None:
            yield f"{times} comments say what nobody was told of"
        elif times > 1:
            yield f"{key} is there {times} times"


# Nothing else


def answers_are_clean(evidence: Evidence) -> Iterator[str]:
    """No reader is told of a fault of ours, and whoever asks again is told the same."""
    return iter(evidence.memory.faults)


CHECKS: tuple[tuple[Promise, Check], ...] = (
    (Promise.LOST, comments_are_there),
    (Promise.LOST, edits_are_told),
    (Promise.LOST, deletions_stand),
    (Promise.LOST, decisions_are_kept),
    (Promise.LOST, reports_are_kept),
    (Promise.LOST, reactions_are_kept),
    (Promise.LOST, rules_are_kept),
    (Promise.LOST, tokens_find_their_comments),
    (Promise.HALF, threads_keep_their_shape),
    (Promise.HALF, threads_are_trees),
    (Promise.HALF, comments_are_listed),
    (Promise.HALF, counts_are_right),
    (Promise.HALF, histories_are_told),
    (Promise.HALF, keys_have_their_rows),
    (Promise.TWICE, comments_are_there_once),
    (Promise.FAULT, answers_are_clean),
)


def broken(evidence: Evidence) -> list[Broken]:
    """Every promise that does not hold."""
    return [Broken(promise, check.__name__, what) for promise, check in CHECKS for what in check(evidence)]


def _counts(row: Comment) -> tuple[int, ...]:
    kinds = (row.like_count, row.helpful_count, row.thanks_count)
    return (row.reply_count, row.reaction_count, *kinds, row.flag_count)


def _listed(stored: Stored) -> set[UUID]:
    """The approved ones and everything above them."""
    approved = [each for each in stored.comments.values() if each.status is CommentStatus.APPROVED]
    return {each.id for each in approved} | {above.id for each in approved for above in stored.above(each)}


def _differences(what: str, told: Counter[Hashable], found: Counter[Hashable]) -> Iterator[str]:
    yield from (f"the {what} {_named(each)} is missing" for each in (told - found))
    yield from (f"the {what} {_named(each)} is there once too often" for each in (found - told))


def _named(thing: Hashable) -> str:
    return " of ".join(str(part) for part in thing) if isinstance(thing, Iterable) else str(thing)
