"""What holds of every mutation: who may; a dry run writes nothing; a repeated key writes nothing twice."""

from typing import Any

import pytest

from schema.schema import MastheadSchema
from tests.articles.world import every_row
from tests.schema.desk import Desk
from tests.schema.verbs import CALLERS, VERBS, Verb

pytestmark = pytest.mark.asyncio

_TELLS = "errors { __typename message code path } effects { dryRun events { event count } cacheTags redirects { to } }"
_KEY = 'idempotencyKey: "the first time"'


async def _do(desk: Desk, caller: str, name: str, arguments: str, options: str = "") -> Any:  # noqa: ANN401 - JSON
    viewer = desk.people[CALLERS[caller][0]]
    told = f"({arguments}{', ' if arguments else ''}options: {{{options}}})" if options else f"({arguments})"
    return await desk.do(viewer, f"{name}{told}", f"{VERBS[name].shows} {_TELLS}")


async def _asked(desk: Desk, caller: str, name: str) -> str:
    return await VERBS[name].ask(desk, desk.people[CALLERS[caller][1]])


@pytest.mark.parametrize("name", sorted(VERBS))
async def test_who_may(name: str, desk: Desk) -> None:
    """Else somebody does what their role does not allow, or cannot do what it does; or a refusal changes something."""
    allowed = set()
    for caller in CALLERS:
        arguments = await _asked(desk, caller, name)
        before = await every_row(desk.database)
        payload = await _do(desk, caller, name, arguments, "dryRun: true")
        codes = [error["code"] for error in payload["errors"]]

        assert codes in ([], ["NOT_ALLOWED"]), payload["errors"]
        assert await every_row(desk.database) == before
        if codes:
            refused = await _do(desk, caller, name, arguments)
            assert [error["code"] for error in refused["errors"]] == ["NOT_ALLOWED"]
            assert refused["effects"]["events"] == []
            assert await every_row(desk.database) == before
        else:
            allowed.add(caller)

    assert allowed == VERBS[name].may


@pytest.mark.parametrize("name", sorted(VERBS))
async def test_a_dry_run_tells_what_the_real_one_does(name: str, desk: Desk) -> None:
    """Else somebody who tries it out is told of effects that do not come, or learns of content that is not there."""
    arguments = await _asked(desk, "admin", name)

    tried = await _do(desk, "admin", name, arguments, "dryRun: true")
    before = await every_row(desk.database)
    done = await _do(desk, "admin", name, arguments)

    assert [tried["errors"], done["errors"]] == [[], []]
    assert [tried["effects"].pop("dryRun"), done["effects"].pop("dryRun")] == [True, False]
    assert _without_new_ids(tried["effects"]) == _without_new_ids(done["effects"])
    assert await every_row(desk.database) != before
    if VERBS[name].is_content:
        assert _shown(VERBS[name], tried) == []
    assert _shown(VERBS[name], done) != []


@pytest.mark.parametrize("name", sorted(VERBS))
async def test_a_key_is_good_for_one_write(name: str, desk: Desk) -> None:
    """Else a client that never saw the answer does it twice when it asks again, or is told a secret again."""
    arguments = await _asked(desk, "admin", name)

    first = await _do(desk, "admin", name, arguments, _KEY)
    written = await every_row(desk.database)
    again = await _do(desk, "admin", name, arguments, _KEY)

    for secret in VERBS[name].secrets:
        assert first[secret] is not None
        assert again[secret] is None
    expected = {field: value for field, value in first.items() if field not in VERBS[name].secrets}
    assert {field: value for field, value in again.items() if field not in VERBS[name].secrets} == expected
    assert await every_row(desk.database) == written


async def test_every_mutation_has_its_line() -> None:
    """Else one that is added goes untested."""
    root = MastheadSchema()._schema.mutation_type
    assert root is not None
    with_options = {name for name, field in root.fields.items() if "options" in field.args}
    assert sorted(VERBS) == sorted(with_options)


def _without_new_ids(effects: dict[str, Any]) -> dict[str, Any]:
    """The effects, of which a dry run cannot foretell the ids of what is made."""
    return {**effects, "cacheTags": sorted(tag.partition("_")[0] for tag in effects["cacheTags"])}


def _shown(verb: Verb, payload: dict[str, Any]) -> list[str]:
    """The fields of content that are not null: what a client would keep."""
    kept = {verb.shows.split()[0], *verb.secrets}
    return [field for field in sorted(kept) if payload.get(field) is not None]
