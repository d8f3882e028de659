"""What bringing in a large WordPress export takes, and whether being killed harms it: `python -m bench.wxr`.

The one thing to know: the import is a process of its own, `cms import`, as an editor runs it. Its memory is the most it
ever held, as Linux counts it; it is killed as `kill -9` does, each time when a fifth of the time that a whole
one took is over. It fails where the memory is over the promise, or a killed import ends otherwise than a whole one.
"""

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from bench.campaigns import say
from bench.commands import Ran, cms
from bench.databases import empty
from bench.wxr.export import Size, write_export
from cms.kernel.database import Dialect, open_database
from cms.kernel.digests import digest_of
from cms.tables import MIGRATIONS, MODEL_MODULES
from tests.transfer.exports import meaning

MOST_MEGABYTES: Final = 300
_KILLS: Final = 4


def _import(url: str, export: Path, kill_after: float = float("inf")) -> Ran:
    return cms(url, "import", str(export), kill_after=kill_after)


def _created(run: Ran) -> int:
    """How many things an import made."""
    return sum(count["created"] for count in run.said["counts"].values()) if run.said else 0


async def _meaning(url: str) -> str:
    async with open_database(url, MODEL_MODULES, MIGRATIONS) as database:
        return digest_of(await meaning(database))


def _whole(dialect: Dialect, export: Path) -> tuple[Ran, Ran, str]:
    """An import without any harm, another of the same, and what there is then."""
    with empty(dialect) as url:
        first, second = _import(url, export), _import(url, export)
        return first, second, asyncio.run(_meaning(url))


def _killed(dialect: Dialect, export: Path, seconds: float) -> tuple[list[Ran], str]:
    """Imports that are killed, one that is not, and what there is then."""
    with empty(dialect) as url:
        runs = [_import(url, export, seconds / (_KILLS + 1)) for _ in range(_KILLS)]
        runs.append(_import(url, export))
        return runs, asyncio.run(_meaning(url))


def _told(dialect: Dialect, export: Path) -> Iterator[tuple[str, bool]]:
    """What was measured, a line each, and whether it is as promised."""
    first, second, whole = _whole(dialect, export)
    yield (
        f"{dialect}: {_created(first):,} things in {first.cost}",
        first.said is not None and first.megabytes <= MOST_MEGABYTES,
    )
    again = f"{_created(second)} things in {second.cost}"
    yield f"{dialect}: the same again: {again}", second.said is not None and _created(second) == 0
    runs, end = _killed(dialect, export, first.seconds)
    killed = sum(run.said is None for run in runs)
    verdict = "the same" if end == whole else "ANOTHER END"
    yield f"{dialect}: killed {killed} times and run again: {verdict}", end == whole and runs[-1].said is not None


def main() -> None:
    """Measure, print, and fail where a promise is not kept."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--posts", type=int, default=2_000)
    parser.add_argument("--comments", type=int, default=200_000)
    parser.add_argument("--database", choices=[each.value for each in Dialect], action="append")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="masthead-wxr-") as folder:
        export = Path(folder) / "export.xml"
        write_export(export, Size(chosen.posts, chosen.comments))
        say(f"{chosen.posts:,} posts, {chosen.comments:,} comments, {export.stat().st_size / 1e6:.0f} MB")
        kept = [_kept(told) for name in chosen.database or list(Dialect) for told in _told(Dialect(name), export)]
    sys.exit(0 if all(kept) else 1)


def _kept(told: tuple[str, bool]) -> bool:
    line, is_kept = told
    say(line)
    return is_kept


if __name__ == "__main__":
    main()
