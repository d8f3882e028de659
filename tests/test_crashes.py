"""Servers that are killed while people write: what was acknowledged is there, whole, once, and told.

`make crash` does the same fifty times over.
"""

from pathlib import Path

import pytest

from bench.crash.breaking import BREAKS, Break
from bench.crash.ledger import Ledger
from bench.crash.listening import Notebook, catch_up
from bench.crash.promises import CHECKS, Evidence, answers_are_clean, broken, outcomes_are_known
from bench.crash.rounds import Plan, crash, prepare
from bench.crash.stored import look
from bench.crash.writers import keep_writing
from bench.crash.writes import Verb, Write
from cms.articles.planned import announce_due
from cms.kernel.clock import now
from cms.kernel.database import Database, open_database, transaction
from cms.kernel.waking import Alarm
from cms.tables import MIGRATIONS, MODEL_MODULES
from tests.serving import running, settings_for

pytestmark = pytest.mark.asyncio

WRITES = 90


async def test_a_server_that_is_killed_has_kept_its_word(database_url: str, tmp_path: Path) -> None:
    """An editor would find an article older than it was, half a publication, or the same article twice."""
    report = await crash(database_url, tmp_path, Plan(rounds=2, seconds=(0.5, 0.9)))

    assert [str(each) for each in report.broken] == []
    assert (report.rounds, report.ledger.unknown) == (2, {})
    # However slow the machine: each of eight writers began something, and what had no answer was sent again.
    assert len(report.ledger.kept) + report.ledger.refused.total() >= 8
    assert report.ledger.ever_unknown >= 1


async def test_every_check_finds_its_broken_twin(database_url: str, tmp_path: Path) -> None:
    """A check that never finds anything proves nothing, however often a server is killed."""
    ledger, notebook = Ledger(), Notebook(tmp_path / "told.txt")
    await _written(database_url, tmp_path, ledger)

    async with open_database(database_url, MODEL_MODULES, MIGRATIONS) as database:
        await _announced(database)
        await catch_up(database, notebook)
        unharmed = await _found(database, ledger, notebook)
        found = {each.name: await _found_with(database, ledger, notebook, each) for each in BREAKS}

    assert unharmed == set()
    assert [each.name for each in BREAKS if each.check.__name__ not in found[each.name]] == []
    # The two that look at what clients were told, and not at the database, have twins of their own below.
    assert {check for _, check in CHECKS} - {each.check for each in BREAKS} == {answers_are_clean, outcomes_are_known}


async def test_what_clients_were_told_is_judged_too(database: Database, tmp_path: Path) -> None:
    """A server that answers with faults, or not at all, would have lost nothing and halved nothing."""
    ledger = Ledger(faults=["500: database is locked"])
    ledger.lose_sight(Write(verb=Verb.PLANT, key="w0-1", variables={}))

    found = await _found(database, ledger, Notebook(tmp_path / "told.txt"))

    assert found == {"answers_are_clean", "outcomes_are_known"}


async def _written(url: str, folder: Path, ledger: Ledger) -> None:
    """Some of everything that writers do, without a crash."""
    desk, secret = await prepare(url, ledger, seed=1)
    async with running(settings_for(url, folder)) as client:
        client.headers |= {"authorization": f"Bearer {secret}", "content-type": "application/json"}
        await keep_writing(client, desk, "w0", WRITES)


async def _announced(database: Database) -> None:
    """Announce everything that was planned, waiting for what is to come."""
    nothing = Alarm()
    while (due := await announce_due(database, now())) is not None:
        await nothing.wait(max(0.0, (due - now()).total_seconds()))


async def _found_with(database: Database, ledger: Ledger, notebook: Notebook, sabotage: Break) -> set[str]:
    """The checks that find something once something was broken; it is whole again afterwards."""
    async with transaction(database) as client:
        await sabotage.act(ledger)
        found = await _found(database, ledger, notebook)
        await client.rollback()
    return found


async def _found(database: Database, ledger: Ledger, notebook: Notebook) -> set[str]:
    evidence = Evidence(ledger, await look(database), notebook.read(), is_final=True)
    return {each.check for each in broken(evidence)}
