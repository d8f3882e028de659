"""Subscriptions with the clients that apps use: graphql-ws, graphql-sse and EventSource, from npm (`make clients`).

On each database servers are started, listened to, cut off, stopped and killed; what clients were told is held against
the event log. A row is printed for each promise, as it is seen to hold or not; one that does not makes the exit status
1, which `--break NAME` shows. It takes two minutes where nothing else runs.
"""

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from bench.campaigns import databases, parser, say, tell
from bench.clients.crowds import crowd
from bench.clients.driving import DidNotHappen, real_clients
from bench.clients.findings import Finding, Sabotage, Trial
from bench.clients.manners import look
from bench.clients.resuming import resume
from bench.databases import empty

_TRIALS: Final = ("resume", "manners", "crowds")
_LONGEST_SECONDS: Final = 180.0


def main(arguments: Sequence[str]) -> int:
    """Print a row for each promise, and then what was found broken; 1 if anything was."""
    options = _options(arguments)
    sabotage = Sabotage(options.sabotage) if options.sabotage else None
    say("| database | promise | figures | holds |\n|---|---|---|---|")
    broken: list[str] = []
    for dialect in databases(options):
        trial = Trial(dialect, options.seed, sabotage)
        for name in options.trials:
            with tempfile.TemporaryDirectory(prefix="masthead-clients-") as folder, empty(dialect) as url:
                findings = asyncio.run(_tried(name, trial, url, Path(folder)))
            for each in findings:
                say(f"| {dialect} | {each.what} | {each.figures} | {'no' if each.broken else 'yes'} |")
                broken += [f"{dialect}, {each.what}: {wrong}" for wrong in each.broken]
    return tell(broken)


async def _tried(name: str, trial: Trial, url: str, folder: Path) -> Sequence[Finding]:
    """What comes of one trial, on an empty database."""
    try:
        async with asyncio.timeout(_LONGEST_SECONDS), real_clients() as clients:
            if name == "resume":
                return [await resume(url, folder, clients, trial)]
            return await (look if name == "manners" else crowd)(url, folder, clients, trial)
    except DidNotHappen as late:
        return [Finding(name, "", (str(late),))]
    except TimeoutError:
        return [Finding(name, "", (f"it was not done after {_LONGEST_SECONDS:g} s",))]


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    breaks = [each.value for each in Sabotage]
    made = parser("bench.clients", __doc__, breaks=breaks, seed="of when lines are cut, and which")
    made.add_argument("--trials", nargs="+", choices=_TRIALS, default=_TRIALS)
    return made.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
