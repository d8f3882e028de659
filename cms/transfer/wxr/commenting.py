"""The comments of an export, stored in the order of the file, some at a time, under the articles they belong to.

The one thing to know: an approved reply to something that readers must not see stays where it stands; the one above it
is then an empty place. Only what answers nothing that is here answers something else.
"""

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Final
from uuid import UUID

from cms.articles.known import chunks
from cms.articles.models import Article
from cms.comments.bulk import BulkComment, add_comments
from cms.comments.models import Comment
from cms.comments.policy import policy_of
from cms.kernel.errors import DomainError, NotAllowed
from cms.richtext import RichTextError
from cms.transfer.wxr.comment_rows import CommentRows
from cms.transfer.wxr.identity import SOURCE
from cms.transfer.wxr.job import Job
from cms.transfer.wxr.parsed import ParsedComment
from cms.transfer.wxr.plan import Head
from cms.transfer.wxr.reading import Reading
from cms.transfer.wxr.remarks import as_remark
from cms.transfer.wxr.threads import Settled, is_by_person

_AT_ONCE: Final = 1_000
_CHARS_AT_ONCE: Final = 1_000_000


@dataclass(slots=True)
class _Conversation:
    """The comments under one article that is here.

    Attributes:
        settled: where each comment goes.
        taken: those that this round took, since a file may hold one twice.
        stand_ins: for what was refused, what its replies answer instead.
    """

    head: Head
    article_id: UUID
    settled: Settled
    taken: set[int] = field(default_factory=set)
    stand_ins: dict[int, int] = field(default_factory=dict)

    def parent_of(self, number: int) -> int:
        """What a comment answers, past everything that was refused."""
        parent = self.settled.places[number].parent
        while parent in self.stand_ins:
            parent = self.stand_ins[parent]
        return parent


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A comment that waits for its batch."""

    conversation: _Conversation
    comment: ParsedComment


async def bring_comments(job: Job) -> None:
    """Store every comment of a person that is not here yet, and count what other sites' software left.

    Raises:
        NotAllowed: the viewer may not.
    """
    job.tally.skipped("pingbacks and trackbacks", job.plan.pings)
    storing = _Storing(job)
    round_ = 0
    while round_ < storing.rounds:
        async for batch in storing.batches(round_):
            await storing.store(batch)
        round_ += 1


class _Storing:
    """Comments on their way; `rounds` grows when a conversation needs the file to be read again."""

    def __init__(self, job: Job) -> None:
        self.rounds = 1 if job.plan.threads else 0
        self._job = job
        self._done = 0
        self._refused: dict[int, dict[int, int]] = {}
        self._rows = CommentRows(job)

    async def batches(self, round_: int) -> AsyncIterator[list[_Waiting]]:
        """The comments of a round, in the order of the file."""
        batch: list[_Waiting] = []
        chars, current = 0, None
        place = -1
        for comment in self._comments():
            if comment.place != place:
                place, current = comment.place, await self._conversation(comment.place, round_)
            if current is None or not _is_due(current, comment, round_):
                continue
            current.taken.add(comment.number)
            batch.append(_Waiting(current, comment))
            chars += len(comment.content)
            if len(batch) >= _AT_ONCE or chars >= _CHARS_AT_ONCE:
                yield batch
                batch, chars = [], 0
        yield batch

    def _comments(self) -> Iterator[ParsedComment]:
        records = Reading(self._job.reading.path).records()
        return (record for record in records if isinstance(record, ParsedComment) and is_by_person(record))

    async def _conversation(self, place: int, round_: int) -> _Conversation | None:
        """The comments of an item, where its article is here and in nobody's trash."""
        job, thread = self._job, self._job.plan.threads.get(place)
        if thread is None:
            return None
        head = job.plan.heads[place]
        article = await Article.get_or_none(source=SOURCE, source_id=head.known_as)
        if article is None or article.deleted_at is not None:
            self._pass_over(head, len(thread.numbers) if round_ == 0 else 0)
            return None
        settled = thread.settle(policy_of(job.site, article, article.created_at, None).max_depth)
        self.rounds = max(self.rounds, settled.rounds)
        if round_ == 0:
            for number, why in settled.moved.items():
                job.findings.add(f"It answers something further up than it did, since {why}", f"comment {number}")
        refused = self._refused.setdefault(place, {}) if settled.rounds > 1 else {}
        return _Conversation(head, article.id, settled, stand_ins=refused)

    def _pass_over(self, head: Head, number: int) -> None:
        if number:
            self._job.tally.skipped("comments", number)
            self._job.findings.add("Not here, and so its comments are not either", f"{head.kind} {head.number}")
            self._done += number

    async def store(self, batch: Sequence[_Waiting]) -> None:
        """Store what is not here of a batch; what cannot be taken is refused, and its replies answer what it did."""
        job = self._job
        here = await self._here(batch)
        missing = [each for each in batch if self._known_as(each.comment.number) not in here]
        rows = [row for each in missing if (row := self._row(each)) is not None]
        rows = await self._add(rows, here)
        job.tally.created("comments", len(rows))
        job.tally.unchanged("comments", len(batch) - len(missing))
        self._done += len(batch)
        job.progress(self._done, job.plan.comments, "comments")

    async def _add(
        self, rows: list[tuple[_Waiting, BulkComment]], here: dict[str, UUID]
    ) -> list[tuple[_Waiting, BulkComment]]:
        while rows:
            placed = self._placed(rows, here)
            try:
                await add_comments(self._job.database, self._job.viewer, placed)
            except NotAllowed:
                raise
            except DomainError as error:
                number = _number_in(error)
                if number is None:
                    raise
                self._refuse(rows[number][0], str(error))
                rows = [*rows[:number], *rows[number + 1 :]]
            else:
                break
        return rows

    def _placed(self, rows: Sequence[tuple[_Waiting, BulkComment]], here: dict[str, UUID]) -> list[BulkComment]:
        """The rows with what they answer: a comment that is here, or one before them."""
        keys = {**here, **{str(row.source_id): row.id for _, row in rows}}
        placed = []
        for waiting, row in rows:
            parent = waiting.conversation.parent_of(waiting.comment.number)
            placed.append(replace(row, parent_id=keys.get(self._known_as(parent)) if parent else None))
        return placed

    async def _here(self, batch: Sequence[_Waiting]) -> dict[str, UUID]:
        """The keys of those that are here, of the batch and of what it answers."""
        numbers = {each.comment.number for each in batch}
        numbers |= {each.conversation.parent_of(each.comment.number) for each in batch}
        here: dict[str, UUID] = {}
        for some in chunks([self._known_as(number) for number in numbers]):
            rows = await Comment.filter(source=SOURCE, source_id__in=some).values_list("source_id", "id")
            here |= {str(known_as): UUID(str(key)) for known_as, key in rows}
        return here

    def _row(self, waiting: _Waiting) -> tuple[_Waiting, BulkComment] | None:
        comment = waiting.comment
        try:
            body = as_remark(comment.content, lambda what: self._job.findings.add(what, f"comment {comment.number}"))
        except RichTextError as error:
            self._refuse(waiting, str(error))
            return None
        if not body:
            self._refuse(waiting, "Nothing of it can be seen.")
            return None
        conversation = waiting.conversation
        return waiting, self._rows.row(comment, body, conversation.head, conversation.article_id)

    def _refuse(self, waiting: _Waiting, why: str) -> None:
        conversation, number = waiting.conversation, waiting.comment.number
        conversation.stand_ins[number] = conversation.settled.places[number].parent
        self._job.tally.refused("comments", f"comment {number}: {why}")

    def _known_as(self, number: int) -> str:
        return self._job.known_as("comment", number)


def _is_due(conversation: _Conversation, comment: ParsedComment, round_: int) -> bool:
    place = conversation.settled.places.get(comment.number)
    return place is not None and place.round == round_ and comment.number not in conversation.taken


def _number_in(error: DomainError) -> int | None:
    """Which row it is about; a path that ends there, or goes on with a name, is about them all."""
    if error.path[:1] == ("rows",):
        with suppress(IndexError, ValueError):
            return int(error.path[1])
    return None
