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

from bench.crash.__main__ import empty, say
from bench.crash.comments.breaking import BREAKS
from bench.crash.comments.campaign import Plan, Report, campaign
from bench.crash.promises import Promise
from cms.kernel.database import Dialect

_MOST_TOLD: Final = 20
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
    databases = list(Dialect) if options.database == "both" else [Dialect(options.database)]
    say(f"| {' | '.join(_COLUMNS)} |\n|---|{'--:|' * (len(_COLUMNS) - 1)}")
    reports = []
    for dialect in databases:
        begun = monotonic()
        with tempfile.TemporaryDirectory(prefix="masthead-crash-") as name, empty(dialect, Path(name)) as url:
            reports.append(asyncio.run(campaign(url, Path(name), plan)))
        say(f"| {' | '.join(_cells(dialect, reports[-1], monotonic() - begun))} |")
        say(f"\n{dict(reports[-1].memory.refused.most_common())}\n")
    for each in [found for report in reports for found in report.broken][:_MOST_TOLD]:
        say(f"\n{each}")
    return 1 if any(report.broken for report in reports) else 0


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
    parser = argparse.ArgumentParser(prog="python -m bench.crash.comments", description=__doc__)
    parser.add_argument("--acts", type=int, default=10_000, help="how many things are done")
    parser.add_argument(
        "--rounds", type=int, default=20, help="in how many parts, after each of which all is looked at"
    )
    parser.add_argument("--kills", type=int, default=3, help="how often servers are killed in each part")
    parser.add_argument("--database", choices=[*(dialect.value for dialect in Dialect), "both"], default="both")
    parser.add_argument("--seed", type=int, default=1, help="of what is done, and of when servers are killed")
    parser.add_argument(
        "--break", dest="sabotage", choices=[each.name for each in BREAKS], help="what to break, so that it is found"
    )
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
