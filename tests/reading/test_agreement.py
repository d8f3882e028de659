"""Made-up operations: every way of answering one gives the same answer, in one statement, with nothing hidden in it.

Bytes against the executor, SQLite against PostgreSQL. Examples are the same on each run; more of them, and others, with
`READING_EXAMPLES=2000 pytest tests/reading/test_agreement.py --hypothesis-seed=random`.
"""

import asyncio
import os
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass

import orjson
import pytest
from graphql import parse, validate
from hypothesis import HealthCheck, assume, given, note, settings
from hypothesis import strategies as st

from cms.kernel.viewer import ANONYMOUS, SYSTEM, Viewer
from cms.reading.reader import Reader
from schema.schema import MastheadSchema
from tests.reading.asking import Asker, Refusal, asker, reading
from tests.reading.operations import Made, Pools, operations
from tests.reading.pools import all_pools
from tests.reading.rows import CANARY

_EXAMPLES = int(os.environ.get("READING_EXAMPLES", "150"))
_SCHEMA = MastheadSchema()._schema
_BOUNDED = settings(
    max_examples=_EXAMPLES,
    derandomize="READING_EXAMPLES" not in os.environ,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)


@dataclass(repr=False)
class Ways:
    """The four ways of answering an operation, and the loop they run in."""

    loop: asyncio.Runner
    askers: dict[str, Asker]
    pools: Pools

    def answers(self, made: Made, viewer: Viewer) -> dict[str, bytes]:
        """The answer of each way, as bytes or as the codes of its refusal."""
        return {name: self.loop.run(_answer(ask, made, viewer)) for name, ask in self.askers.items()}


async def _answer(ask: Asker, made: Made, viewer: Viewer) -> bytes:
    """The answer, for one statement; or the codes of its refusal, for none. A fault of ours is neither."""
    ask.runner.sent.clear()
    try:
        answer, statements = orjson.dumps(await ask(made.text, viewer=viewer, **made.variables)), 1
    except Refusal as refusal:
        answer, statements = repr(refusal.codes).encode(), 0
    assert b"INTERNAL_SERVER_ERROR" not in answer
    assert len(ask.runner.sent) == statements
    return answer


@pytest.fixture(scope="module")
def ways(sqlite_world: str, postgres_world: str) -> Iterator[Ways]:
    """Everybody to ask, for the whole module."""

    async def opened(stack: AsyncExitStack) -> dict[str, Reader]:
        urls = {"sqlite": sqlite_world, "postgres": postgres_world}
        return {name: await stack.enter_async_context(reading(url)) for name, url in urls.items()}

    with asyncio.Runner() as loop:
        stack = AsyncExitStack()
        readers = loop.run(opened(stack))
        askers = {name: asker(reader) for name, reader in readers.items()}
        executors = {f"{name}, executed": asker(reader, always_execute=True) for name, reader in readers.items()}
        yield Ways(loop, {**askers, **executors}, loop.run(all_pools(askers["sqlite"])))
        loop.run(stack.aclose())


def _agree(ways: Ways, made: Made, viewer: Viewer) -> bytes:
    """The one answer that all ways give."""
    assume(not validate(_SCHEMA, parse(made.text)))
    note(made.text)
    note(repr(made.variables))
    answers = ways.answers(made, viewer)
    assert set(answers.values()) == {answers["sqlite"]}, answers
    return answers["sqlite"]


@given(data=st.data())
@_BOUNDED
def test_all_ways_agree_for_readers(ways: Ways, data: st.DataObject) -> None:
    """A reader's answer depends on no database and no executor, and holds nothing that is hidden."""
    made = data.draw(operations(_SCHEMA, ANONYMOUS, ways.pools))
    answer = _agree(ways, made, ANONYMOUS)
    assert CANARY.encode() not in answer


@given(data=st.data())
@_BOUNDED
def test_all_ways_agree_for_editors(ways: Ways, data: st.DataObject) -> None:
    """The fields that need scopes are read the same way everywhere too."""
    _agree(ways, data.draw(operations(_SCHEMA, SYSTEM, ways.pools)), SYSTEM)
