"""One address sends 500 comments and 200 passwords in a minute, in every disguise (`make flood`).

On each database: two servers stand on it, and the flood goes to both by turns, over HTTP and WebSocket. A third server
stands behind a proxy, which hands on comments from a hundred addresses of one /48. What got through is held against
what `docs/limits.md` says; more of it makes the exit status 1. With `--break NAME` the servers are set up so that more
must get through, which must be found.
"""

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Final

from bench.campaigns import databases, parser, say, tell
from bench.crash.comments.acts import BEHIND_A_PROXY
from bench.crash.comments.campaign import prepare
from bench.crash.comments.memory import Memory
from bench.crash.processes import faults_in, served
from bench.databases import empty
from bench.flood.disguises import Target, Victim, comments, neighbours, passwords
from bench.flood.flooding import Tally, broken, flood, most_comments
from cms.comments.models import Comment
from cms.kernel.database import Dialect, open_database
from cms.tables import MIGRATIONS, MODEL_MODULES

_COMMENTS, _PASSWORDS, _NEIGHBOURS = 500, 200, 100
#: How the two servers are set up, for a flood that gets through more than it may.
_BREAKS: Final[Mapping[str, Sequence[Mapping[str, str]]]] = {
    "trust-everybody": ({"CMS_TRUSTED_PROXIES": "*"}, {"CMS_TRUSTED_PROXIES": "*"}),
    "count-apart": ({}, {"CMS_SECRET_KEY": "another" * 10}),
}


@dataclass(frozen=True, slots=True)
class Flooded:
    """What came of the flood, and of the one that came through the proxy; and what was found."""

    direct: Tally
    proxied: Tally
    broken: Sequence[str]


def main(arguments: Sequence[str]) -> int:
    """Print how many got through in each disguise, and then what is too many; 1 if anything is."""
    options = _options(arguments)
    found: list[str] = []
    for dialect in databases(options):
        with tempfile.TemporaryDirectory(prefix="masthead-flood-") as name, empty(dialect) as url:
            flooded = asyncio.run(_flooded(url, Path(name), options))
        _tell(dialect, flooded)
        found += flooded.broken
    return tell(found)


async def _flooded(url: str, folder: Path, options: argparse.Namespace) -> Flooded:
    """Flood servers on an empty database."""
    room, random = await prepare(url, Memory(), options.seed), Random(options.seed)  # noqa: S311 - to repeat a run
    victim = Victim(room.articles[0], room.secret)
    tries = [*comments(victim, _COMMENTS, random), *passwords(victim, _PASSWORDS, random)]
    random.shuffle(tries)
    with served(url, folder, *_BREAKS.get(options.sabotage, ({}, {})), BEHIND_A_PROXY) as servers:
        hosts = [each.host for each in servers]
        direct, proxied = await asyncio.gather(
            flood(hosts[:2], tries, options.seconds),
            flood(hosts[2:], neighbours(victim, _NEIGHBOURS, random), options.seconds),
        )
    async with open_database(url, MODEL_MODULES, MIGRATIONS):
        stored = await Comment.all().count()
    said = proxied.through(Target.COMMENT)
    wrong = [*broken(direct, stored - said), *broken(proxied), *faults_in(folder)]
    return Flooded(direct, proxied, wrong)


def _tell(dialect: Dialect, flooded: Flooded) -> None:
    seconds = flooded.direct.seconds
    say(f"\n{dialect}, {seconds:.0f} s; {most_comments(seconds)} comments may get through\n")
    say("| what | disguise | tried | got through |\n|---|---|--:|--:|")
    rows = {**flooded.direct.by_disguise(), **flooded.proxied.by_disguise()}
    for (target, disguise), (tried, through) in sorted(rows.items()):
        say(f"| {target} | {disguise} | {tried} | {through} |")
    for target in Target:
        say(f"| {target} | all, directly | {flooded.direct.sent(target)} | {flooded.direct.through(target)} |")


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    made = parser("bench.flood", __doc__, breaks=_BREAKS, seed="of the disguises and their order")
    made.add_argument("--seconds", type=float, default=60.0, help="how long the flood lasts")
    return made.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
