"""How long a backup takes, and how long those who write wait for it: `python -m bench.backup`.

A process writes a topic every few milliseconds, first alone and then while `cms backup` runs, on a database of 2,000
articles and 50,000 comments.
"""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from statistics import quantiles
from typing import Final

from bench.databases import CMS, empty, environment, seeded
from cms.kernel.database import Dialect, open_database
from cms.kernel.viewer import SYSTEM
from cms.kernel.waking import Alarm
from cms.tables import MIGRATIONS, MODEL_MODULES
from cms.topics.actions import TopicDraft, create_topic
from tests.databases import run

_ARTICLES: Final = 2_000
_COMMENTS: Final = 50_000
_HEAD: Final = (
    "| database | backup | size | writes alone: p50, p99, most | while backing up | restore and check |\n"
    "|---|--:|--:|--:|--:|--:|"
)
_ALONE_SECONDS: Final = 6.0
_PAUSE_SECONDS: Final = 0.005


def main(arguments: Sequence[str]) -> None:
    """Print a row for each way of backing up; with a URL, write to that database until told to stop."""
    if arguments:
        run(_write(arguments[0], Path(arguments[1])))
        return
    print(_HEAD)  # noqa: T201 - what it is for
    for dialect in Dialect:
        with seeded(dialect, _ARTICLES, _COMMENTS) as url, tempfile.TemporaryDirectory() as name:
            for options in ([],) if dialect is Dialect.SQLITE else ([], ["--no-pg-dump"]):
                print(f"| {' | '.join(_row(dialect, url, Path(name), options))} |", flush=True)  # noqa: T201 - likewise


def _row(dialect: Dialect, url: str, folder: Path, options: Sequence[str]) -> Iterator[str]:
    alone = _latencies(url, folder, lambda: time.sleep(_ALONE_SECONDS))
    file, took = folder / "site.backup", list[float]()

    def back_up() -> None:
        begun = time.monotonic()
        _cms(url, folder, "backup", str(file), *options)
        took.append(time.monotonic() - begun)

    during = _latencies(url, folder, back_up)
    yield " ".join([dialect.value, *options])
    yield f"{took[0]:.1f} s"
    yield f"{file.stat().st_size / 1e6:.0f} MB"
    yield _told(alone)
    yield _told(during)
    with empty(dialect) as elsewhere:
        begun = time.monotonic()
        _cms(elsewhere, folder, "restore", str(file))
        yield f"{time.monotonic() - begun:.0f} s"


def _latencies(url: str, folder: Path, work: Callable[[], None]) -> list[float]:
    stop = folder / "stop"
    stop.unlink(missing_ok=True)
    command = [sys.executable, "-m", "bench.backup", url, str(stop)]
    writer = subprocess.Popen(command, env=dict(environment(url)), stdout=subprocess.PIPE)  # noqa: S603 - our own program
    assert writer.stdout is not None  # noqa: S101 - it is a pipe
    writer.stdout.readline()
    work()
    stop.touch()
    told: list[float] = json.loads(writer.communicate()[0])
    return told


async def _write(url: str, stop: Path) -> None:
    """Write topics until a file appears, and print how many seconds each took."""
    took, nothing = list[float](), Alarm()
    async with open_database(url, MODEL_MODULES, MIGRATIONS) as database:
        print("writing", flush=True)  # noqa: T201 - to whoever started this
        while not stop.exists():  # noqa: ASYNC240 - nobody else is kept waiting
            begun = time.perf_counter()
            await create_topic(database, SYSTEM, TopicDraft(name=f"Topic {time.time_ns()}"))
            took.append(time.perf_counter() - begun)
            await nothing.wait(_PAUSE_SECONDS)
    print(json.dumps(took))  # noqa: T201 - likewise


def _cms(url: str, folder: Path, *arguments: str) -> None:
    given = {**environment(url), "CMS_MEDIA_URL": f"file://{folder}/media"}
    subprocess.run([*CMS, *arguments], env=given, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - our own program


def _told(seconds: Sequence[float]) -> str:
    parts = quantiles(seconds, n=100)
    return f"{1000 * parts[49]:.1f}, {1000 * parts[98]:.1f}, {1000 * max(seconds):.0f} ms"


if __name__ == "__main__":
    main(sys.argv[1:])
