"""Hostile strings, and what the API makes of them in Chromium (`make browser`).

400 strings go through sixteen doors: comments, articles in three forms, biographies, disclaimers, policies, names,
titles, addresses, captions. Everything that comes out is shown in a browser, read in twice more, and every link is
clicked. Nothing may run, load, lead away or leave its box; any of it makes the exit status 1. First the strings are
shown as a careless renderer would show them, and half of them must run there.
"""

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from bench.browser.doors import DOORS, Collected
from bench.browser.looking import Looked
from bench.browser.strings import FAMILIES, Hostile, hostile
from bench.browser.trying import try_out
from bench.campaigns import say, tell


def main(arguments: Sequence[str]) -> int:
    """Print what was shown and what was found; 1 if anything was, or if the strings do no harm."""
    options = _options(arguments)
    strings = hostile()[:: options.every]
    with tempfile.TemporaryDirectory(prefix="masthead-browser-") as name:
        tried = asyncio.run(try_out(f"sqlite://{name}/cms.db", Path(name), strings))
    _tell_of_harm(strings, tried.harm)
    _tell_of_doors(tried.collected)
    say(_told("outputs of the API", tried.looked))
    say(_told("pages of the server", tried.served))
    return tell(tried.wrong)


def _tell_of_harm(strings: Sequence[Hostile], harm: Looked) -> None:
    """How many of each family did something, as a careless renderer shows them."""
    executed = {each.number for each in harm.findings if each.what == "executed"}
    seen = {each.number for each in harm.findings}
    say("| shown carelessly | strings | executed | found out |\n|---|--:|--:|--:|")
    for family in FAMILIES:
        numbers = {each.number for each in strings if each.family == family}
        say(f"| {family} | {len(numbers)} | {len(numbers & executed)} | {len(numbers & seen)} |")
    numbers = {each.number for each in strings}
    say(f"| all | {len(numbers)} | {len(numbers & executed)} | {len(numbers & seen)} |\n")


def _tell_of_doors(collected: Collected) -> None:
    say("| door | taken | refused |\n|---|--:|--:|")
    for door in DOORS:
        say(f"| {door.name} | {collected.taken.get(door.name, 0)} | {collected.refused.get(door.name, 0)} |")


def _told(what: str, looked: Looked) -> str:
    return (
        f"\n{what}: {looked.outputs:,} shown, {looked.links:,} links clicked ({looked.moves:,} led to the web), "
        f"{looked.images:,} pictures of ours asked for, {len(looked.findings)} findings"
    )


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.browser", description=__doc__)
    parser.add_argument("--every", type=int, default=1, help="take every so many of the strings")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
