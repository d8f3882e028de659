"""Each recorded operation still gives the recorded answer, for the recorded statement, and only one."""

import pytest

from cms.kernel.database import Dialect
from tests.operations.recording import NAMES, answer_file, record, statement_file
from tests.reading.asking import Asker

pytestmark = pytest.mark.asyncio

_AGAIN = "Record it again with `python -m tests.operations`, and review the difference."


@pytest.mark.parametrize("name", NAMES)
async def test_an_operation_answers_as_it_did(ask: Asker, dialect: Dialect, name: str) -> None:
    """The same answer from both databases; an extra statement, or another one, is a change to review."""
    recording = await record(ask, name)
    assert recording.answer == answer_file(name).read_text(encoding="utf-8"), _AGAIN
    assert recording.statements == statement_file(name, dialect).read_text(encoding="utf-8"), _AGAIN
    assert len(ask.runner.sent) == 1


async def test_the_executor_answers_the_same(ask_executed: Asker) -> None:
    """Whatever graphql-core would have made of it."""
    for name in NAMES:
        assert (await record(ask_executed, name)).answer == answer_file(name).read_text(encoding="utf-8")
