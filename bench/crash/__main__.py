"""Servers are killed with `kill -9` while eight clients write, and must have kept their word (`make crash`).

On each database: 50 times a server is started, written to, and killed at a random moment. After each time, and at the
end, everything that clients were told is compared with what stands in the database. Any difference makes the exit
status 1. With `--break NAME` something is broken behind the server's back, which must be found.
"""

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from bench.campaigns import databases, parser, say_head, say_row, tell
from bench.crash.breaking import BREAKS
from bench.crash.promises import Promise
from bench.crash.rounds import Plan, Report, crash
from bench.databases import empty
from cms.kernel.database import Dialect

_COLUMNS: Final = (
    *("database", "rounds", "acknowledged", "refused", "unknown", "done unseen", "sent again", "events"),
    *(promise.value for promise in Promise),
    "restart",
)


def main(arguments: Sequence[str]) -> int:
    """Print a row for each database as it ends, and then what was found broken; 1 if anything was."""
    options = _options(arguments)
    sabotage = next((each for each in BREAKS if each.name == options.sabotage), None)
    plan = Plan(rounds=options.rounds, writers=options.writers, seed=options.seed, sabotage=sabotage)
    say_head(_COLUMNS)
    reports = []
    for dialect in databases(options):
        with tempfile.TemporaryDirectory(prefix="masthead-crash-") as name, empty(dialect) as url:
            reports.append(asyncio.run(crash(url, Path(name), plan)))
        say_row(_cells(dialect, reports[-1]))
    return tell([found for report in reports for found in report.broken])


def _cells(dialect: Dialect, report: Report) -> Iterator[str]:
    ledger = report.ledger
    numbers = (
        *(report.rounds, len(ledger.kept), sum(ledger.refused.values()), ledger.ever_unknown, len(report.done_unseen)),
        *(ledger.replayed, report.events, *map(report.count, Promise)),
    )
    yield dialect.value
    yield from (f"{number:,}" for number in numbers)
    yield f"{report.restart_seconds:.1f} s"


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    made = parser(
        "bench.crash",
        __doc__,
        breaks=[each.name for each in BREAKS],
        seed="of what is written, and of when the server is killed",
    )
    made.add_argument("--rounds", type=int, default=50, help="how often the server is killed")
    made.add_argument("--writers", type=int, default=8, help="how many clients write at once")
    return made.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
