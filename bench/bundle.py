"""Whether a large site comes back the same from SQLite to PostgreSQL and back: `python -m bench.bundle`.

It tells what each step takes, and fails where a bundle of what came back has another content, or a command held more
memory than is promised.
"""

import argparse
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from bench.campaigns import say
from bench.commands import Ran, cms
from bench.databases import empty, seeded
from cms.kernel.database import Dialect

MOST_MEGABYTES: Final = 300


def main() -> None:
    """Measure, print, and fail where a promise is not kept."""
    parser = argparse.ArgumentParser(prog="python -m bench.bundle", description=__doc__)
    parser.add_argument("--articles", type=int, default=2_000)
    parser.add_argument("--comments", type=int, default=200_000)
    chosen = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="masthead-bundle-")))
        first = stack.enter_context(seeded(Dialect.SQLITE, chosen.articles, chosen.comments))
        there, back = (stack.enter_context(empty(each)) for each in (Dialect.POSTGRES, Dialect.SQLITE))
        kept = list(_round_trip(first, there, back, folder))
    sys.exit(0 if all(kept) else 1)


def _round_trip(first: str, there: str, back: str, folder: Path) -> Iterator[bool]:
    """Take everything along, and say after each step whether it kept what is promised."""
    contents = []
    for place, (url, name) in enumerate(((first, "SQLite"), (there, "PostgreSQL"), (back, "SQLite again"))):
        if place:
            yield _kept(f"import into {name}", cms(url, "import", str(folder / f"{place - 1}.bundle"), folder=folder))
        exported = cms(url, "export", str(folder / f"{place}.bundle"), "--with-credentials", folder=folder)
        yield _kept(f"export from {name}", exported)
        contents.append(exported.said["content"] if exported.said else None)
    repeated = cms(back, "import", str(folder / "0.bundle"), folder=folder)
    yield _kept("the same again into SQLite", repeated)
    yield bool(repeated.said) and not any(count["created"] for count in (repeated.said or {})["counts"].values())
    is_same = contents[0] is not None and len(set(contents)) == 1
    say(f"content: {'the same' if is_same else 'ANOTHER'}")
    yield is_same


def _kept(step: str, ran: Ran) -> bool:
    is_kept = ran.said is not None and ran.megabytes <= MOST_MEGABYTES
    say(f"{step}: {ran.cost}{'' if is_kept else ' - NOT AS PROMISED'}")
    return is_kept


if __name__ == "__main__":
    main()
