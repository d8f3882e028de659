"""What the commands of the campaigns share: which databases they take, and how they tell what they found."""

import argparse
import sys
from collections.abc import Iterable, Sequence
from typing import Final

from cms.kernel.database import Dialect

_MOST_TOLD: Final = 20


def parser(name: str, description: str | None, *, breaks: Iterable[str], seed: str) -> argparse.ArgumentParser:
    """A parser of what every campaign takes.

    Args:
        name: of the module.
        description: its docstring.
        breaks: the names of what can be broken.
        seed: what is left to chance, for people.
    """
    made = argparse.ArgumentParser(prog=f"python -m {name}", description=description)
    made.add_argument("--database", choices=[*(dialect.value for dialect in Dialect), "both"], default="both")
    made.add_argument("--seed", type=int, default=1, help=seed)
    made.add_argument("--break", dest="sabotage", choices=list(breaks), help="what to break, so that it is found")
    return made


def databases(options: argparse.Namespace) -> list[Dialect]:
    """Those that were asked for."""
    return list(Dialect) if options.database == "both" else [Dialect(options.database)]


def say(line: str) -> None:
    """Print a line at once: a run takes minutes."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def say_row(cells: Iterable[str]) -> None:
    """Print a row of a table."""
    say(f"| {' | '.join(cells)} |")


def say_head(columns: Sequence[str]) -> None:
    """Print the head of a table of which all but the first column are numbers."""
    say_row(columns)
    say(f"|---|{'--:|' * (len(columns) - 1)}")


def tell(broken: Sequence[object]) -> int:
    """Print what was found broken, as much of it as anybody reads; the exit status, which is 1 if anything was."""
    for each in broken[:_MOST_TOLD]:
        say(f"\n{each}")
    return 1 if broken else 0
