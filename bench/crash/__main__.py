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
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from bench.crash.breaking import BREAKS
from bench.crash.promises import Promise
from bench.crash.rounds import Plan, Report, crash
from cms.kernel.database import Dialect
from tests.databases import postgres_database, postgres_server

_MOST_TOLD: Final = 20
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
    databases = list(Dialect) if options.database == "both" else [Dialect(options.database)]
    say(f"| {' | '.join(_COLUMNS)} |\n|---|{'--:|' * (len(_COLUMNS) - 1)}")
    reports = []
    for dialect in databases:
        with tempfile.TemporaryDirectory(prefix="masthead-crash-") as name, empty(dialect, Path(name)) as url:
            reports.append(asyncio.run(crash(url, Path(name), plan)))
        say(f"| {' | '.join(_cells(dialect, reports[-1]))} |")
    for each in [found for report in reports for found in report.broken][:_MOST_TOLD]:
        say(f"\n{each}")
    return 1 if any(report.broken for report in reports) else 0


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
    parser = argparse.ArgumentParser(prog="python -m bench.crash", description=__doc__)
    parser.add_argument("--rounds", type=int, default=50, help="how often the server is killed")
    parser.add_argument("--writers", type=int, default=8, help="how many clients write at once")
    parser.add_argument("--database", choices=[*(dialect.value for dialect in Dialect), "both"], default="both")
    parser.add_argument("--seed", type=int, default=1, help="of what is written, and of when the server is killed")
    parser.add_argument(
        "--break", dest="sabotage", choices=[each.name for each in BREAKS], help="what to break, so that it is found"
    )
    return parser.parse_args(arguments)


@contextmanager
def empty(dialect: Dialect, folder: Path) -> Iterator[str]:
    """The URL of a database without a table."""
    if dialect is Dialect.SQLITE:
        yield f"sqlite://{folder}/cms.db"
        return
    with postgres_server() as server, postgres_database(server) as url:
        yield url


def say(line: str) -> None:
    """Print a line at once: a run takes minutes."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
