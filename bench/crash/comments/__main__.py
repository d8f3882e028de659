"""Readers talk, moderators decide, and their two servers are killed over it (`make crash-comments`).

On each database: 10,000 things are done by eight people at once through two servers on one database, of which one or
both are killed with `kill -9` sixty times. After each twentieth part everything that people were told is compared with
what stands in the database, and every count with a recount. Any difference makes the exit status 1. With `--break NAME`
something is broken behind the servers' backs, which must be found.
"""

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from time import monotonic
from typing import Final

from bench.campaigns import databases, parser, say, say_head, say_row, tell
from bench.crash.comments.breaking import BREAKS
from bench.crash.comments.campaign import Plan, Report, campaign
from bench.crash.promises import Promise
from bench.databases import empty
from cms.kernel.database import Dialect

_PROMISES: Final = (Promise.LOST, Promise.HALF, Promise.TWICE, Promise.FAULT)
_COLUMNS: Final = (
    *("database", "done", "acknowledged", "refused", "kills", "unknown", "done unseen", "sent again", "comments"),
    *("depth", *(promise.value for promise in _PROMISES), "took"),
)


def main(arguments: Sequence[str]) -> int:
    """Print a row for each database as it ends, and then what was found broken; 1 if anything was."""
    options = _options(arguments)
    sabotage = next((each for each in BREAKS if each.name == options.sabotage), None)
    plan = Plan(acts=options.acts, rounds=options.rounds, kills=options.kills, seed=options.seed, sabotage=sabotage)
    say_head(_COLUMNS)
    reports = []
    for dialect in databases(options):
        begun = monotonic()
        with tempfile.TemporaryDirectory(prefix="masthead-crash-") as name, empty(dialect) as url:
            reports.append(asyncio.run(campaign(url, Path(name), plan)))
        say_row(_cells(dialect, reports[-1], monotonic() - begun))
        say(f"\n{dict(reports[-1].memory.refused.most_common())}\n")
    return tell([found for report in reports for found in report.broken])


def _cells(dialect: Dialect, report: Report, seconds: float) -> Iterator[str]:
    memory = report.memory
    numbers = (
        *(memory.sent, len(memory.kept), memory.refused.total(), report.kills, memory.unknown, report.done_unseen),
        *(memory.replayed, report.comments, report.deepest, *map(report.count, _PROMISES)),
    )
    yield dialect.value
    yield from (f"{number:,}" for number in numbers)
    yield f"{seconds:.0f} s"


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    made = parser(
        "bench.crash.comments",
        __doc__,
        breaks=[each.name for each in BREAKS],
        seed="of what is done, and of when servers are killed",
    )
    made.add_argument("--acts", type=int, default=10_000, help="how many things are done")
    made.add_argument("--rounds", type=int, default=20, help="in how many parts, after each of which all is looked at")
    made.add_argument("--kills", type=int, default=3, help="how often servers are killed in each part")
    return made.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
