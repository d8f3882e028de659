"""One address that sends as fast as it can, in every disguise: no more gets through than is documented.

`make flood` sends for a whole minute.
"""

from pathlib import Path
from random import Random

import pytest

from bench.crash.comments.acts import BEHIND_A_PROXY
from bench.crash.comments.campaign import prepare
from bench.crash.comments.memory import Memory
from bench.crash.processes import faults_in, served
from bench.flood.disguises import Disguise, Target, Victim, comments, neighbours, passwords
from bench.flood.flooding import Outcome, Tally, broken, flood, most_comments, most_guesses
from cms.comments.models import Comment
from cms.kernel.database import Dialect, open_database
from cms.tables import MIGRATIONS, MODEL_MODULES

pytestmark = pytest.mark.asyncio

on_sqlite = pytest.mark.parametrize("dialect", [Dialect.SQLITE], ids=str)


async def test_no_disguise_gets_a_flood_past_two_servers(database_url: str, tmp_path: Path) -> None:
    """A program could fill a thread, or try passwords, as fast as it can send."""
    random = Random(1)  # noqa: S311 - to send the same every time
    victim = await _victim(database_url)
    tries = [*comments(victim, 110, random), *passwords(victim, 24, random)]
    random.shuffle(tries)

    with served(database_url, tmp_path, {}, {}) as servers:
        tally = await flood([each.host for each in servers], tries)

    assert list(broken(tally, await _stored(database_url))) == []
    assert (tally.sent(Target.COMMENT), tally.sent(Target.PASSWORD)) == (110, 24)
    assert {each.disguise for each in tally.outcomes} == set(Disguise) - {Disguise.ADDRESSES}
    # It was not for a mistake of ours that nothing else got through: the first of each did.
    assert tally.through(Target.COMMENT) >= 1
    assert tally.through(Target.PASSWORD, Disguise.ACCOUNTS) == 16
    assert tally.through(Target.PASSWORD) - 16 >= 4
    assert faults_in(tmp_path) == []


@on_sqlite
async def test_neighbours_count_together_and_whoever_trusts_everybody_is_flooded(
    database_url: str, tmp_path: Path
) -> None:
    """A provider's customer has 2^80 addresses; and a flood that could not get through anywhere would prove nothing."""
    random = Random(1)  # noqa: S311 - to send the same every time
    victim = await _victim(database_url)
    lying = [each for each in comments(victim, 100, random) if each.disguise is Disguise.HEADERS]

    with served(database_url, tmp_path, BEHIND_A_PROXY, {"CMS_TRUSTED_PROXIES": "*"}) as (careful, trusting):
        together = await flood([careful.host], neighbours(victim, 20, random))
        flooded = await flood([trusting.host], lying)

    assert list(broken(together)) == []
    assert together.through(Target.COMMENT) >= 1
    assert flooded.through(Target.COMMENT) == len(lying) == 10
    assert [each.split(" in ")[0] for each in broken(flooded)] == ["10 comments got through"]
    assert await _stored(database_url) == together.through(Target.COMMENT) + 10


async def test_a_flood_is_held_against_what_is_documented() -> None:
    """A bound that grows too fast, or a refusal that does not say when to come back, would be let pass."""
    through = Outcome(Disguise.NONE, Target.COMMENT, None)
    guess = Outcome(Disguise.EMAIL_CASE, Target.PASSWORD, "INVALID")

    assert [most_comments(each) for each in (0, 19.9, 20, 60, 599)] == [1, 1, 2, 4, 5]
    assert [most_guesses(each) for each in (0, 0.9, 1, 3, 7, 60)] == [4, 4, 5, 6, 7, 9]
    assert list(broken(Tally([through] * 2))) == ["2 comments got through in 0 s, and 1 may"]
    assert list(broken(Tally([guess] * 5))) == ["5 passwords for one account got through in 0 s, and 4 may"]
    assert list(broken(Tally([through]), stored=2)) == ["1 comments were told to be posted, and 2 are there"]
    for code, retry_after in (("INTERNAL_SERVER_ERROR", None), ("RATE_LIMITED", None), ("RATE_LIMITED", 601)):
        assert len(list(broken(Tally([Outcome(Disguise.NONE, Target.COMMENT, code, retry_after)])))) == 1


async def _victim(url: str) -> Victim:
    room = await prepare(url, Memory(), seed=1)
    return Victim(room.articles[0], room.secret)


async def _stored(url: str) -> int:
    async with open_database(url, MODEL_MODULES, MIGRATIONS):
        return await Comment.all().count()
