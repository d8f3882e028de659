"""One write: the verb, its payload read where it was written, and the end of its transaction."""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from inspect import isawaitable
from typing import Any

import orjson

from cms.kernel.clock import now
from cms.kernel.database import Database, transaction
from cms.kernel.effects import Effects, noting
from cms.kernel.errors import DomainError
from cms.kernel.guards import require
from cms.kernel.replaying import Replay, replay_of
from cms.kernel.viewer import Scope, Viewer
from cms.reading.reader import Reader, Runner
from cms.reading.request import AnswerTooLarge
from cms.reading.transaction_runner import TransactionRunner
from schema.arguments import Given
from schema.payloads import IDS, Content, Objects, Read
from schema.results import Result
from schema.writing import Outcome, Write, Writing


@dataclass(frozen=True, slots=True)
class Request:
    """Who asks for a mutation, from where, with which variables."""

    viewer: Viewer
    variables: Mapping[str, Any]
    address: str | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One field of a mutation, ready to be done as often as wanted for viewers with the same scopes."""

    name: str
    write: Write
    payload: Objects
    node_fields: tuple[str, ...]


#: The verb of one request, which wants only to be told where.
_Act = Callable[[Writing], Awaitable[Outcome]]


class _Undone(Exception):
    """Ends a transaction that is not to be committed."""


@dataclass(slots=True)
class Doing:
    """One write of one request; `payload` is what came of it, and takes `size` bytes."""

    database: Database
    reader: Reader
    step: Step
    request: Request
    given: Given
    most_bytes: int
    payload: dict[str, object] = field(default_factory=dict)
    size: int = 0

    async def do(self) -> None:
        """Do it.

        Raises:
            TookTooLong: the payload takes too long to read; nothing was written.
            AnswerTooLarge: the payload is larger than `most_bytes`; nothing was written.
        """
        try:
            if isinstance(self.step.write.audience, Scope):
                require(self.request.viewer, self.step.write.audience)
            replay, act = self._replay(), await self._prepared()
        except DomainError as error:
            await self._tell(Result.failed(error))
            return
        if not self.step.write.in_transaction:
            with noting() as effects:
                await self._tell(await self._result(act, effects))
            return
        with suppress(_Undone):
            async with transaction(self.database):
                await self._once(act, replay)

    def _replay(self) -> Replay | None:
        options = self.given.options
        if options.idempotency_key is None or options.dry_run:
            return None
        return replay_of(self.request.viewer.actor, self.step.name, options.idempotency_key, self.given.canonical)

    async def _prepared(self) -> _Act:
        """The verb, with its arguments read."""
        write, arguments = self.step.write, self.given.arguments
        if write.unpack is None:
            return lambda by: write.act(by, **arguments)
        found = write.unpack(**arguments)
        unpacked = await found if isawaitable(found) else found
        return lambda by: write.act(by, unpacked)

    async def _once(self, act: _Act, replay: Replay | None) -> None:
        """Do it in the open transaction, unless it was done before under the same key."""
        try:
            kept = await replay.recall(self.database) if replay else None
        except DomainError as error:
            await self._tell(Result.failed(error))
            raise _Undone from None
        if kept is not None:
            await self._tell(Result.recalled(kept))
            return
        with noting() as effects:
            result = await self._result(act, effects)
        await self._tell(result)
        if self.given.options.dry_run:
            raise _Undone
        if replay is not None and result.is_worth_keeping(self.request.viewer):
            await replay.remember(result.to_keep())

    async def _result(self, act: _Act, effects: Effects) -> Result:
        by = Writing(self.database, self.request.viewer, self.request.address)
        try:
            if not self.step.write.in_transaction:
                return Result.succeeded(await act(by), effects)
            # A savepoint: what was refused leaves nothing behind, and the key can still be written down.
            async with transaction(self.database):
                outcome = await act(by)
            return Result.succeeded(outcome, effects)
        except DomainError as error:
            return Result.failed(error)

    async def _tell(self, result: Result) -> None:
        """Make the payload of what came of it, before anything is committed."""
        source = result.source(self.step.node_fields, is_dry=self.given.options.dry_run)
        self.payload = await self.step.payload.show(source, self._read(result))
        self.size = len(orjson.dumps(self.payload, option=orjson.OPT_UTC_Z))
        if self.size > self.most_bytes:
            raise AnswerTooLarge

    def _read(self, result: Result) -> Read:
        """What reads the content that the payload shows, where it was written and with the right eyes."""
        in_transaction = self.step.write.in_transaction
        runner: Runner = TransactionRunner(self.database) if in_transaction else self.reader.runner
        viewer = self.request.viewer
        if result.viewer_id is not None:
            viewer = replace(viewer, user_id=result.viewer_id)

        async def read(content: Content, ids: list[str]) -> list[Any]:
            moment = now()
            bound = self.reader.bind(
                content.compiled, viewer, moment, {**self.request.variables, IDS: content.named(ids)}
            )
            answer = await self.reader.read(content.compiled, bound, viewer, moment, runner=runner)
            found: list[Any] = answer[IDS]
            return found if content.within is None else [each and each[content.within] for each in found]

        return read
