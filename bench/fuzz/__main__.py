"""Schemathesis against a running server: operations made up from the schema (`make fuzz`).

The sample publication is served on SQLite and on PostgreSQL, and asked with several seeds, as an anonymous reader and
as a program that holds every scope. Mutations are among what is asked: each database is made for this, and thrown away
with its mail. What is refused is in order. An answer that `hooks` takes for a fault, and whatever
the server logs as an error, is a fault of ours: any makes the exit status 1.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.databases import CMS, environment
from bench.servers import Server, Target, serving
from cms.kernel.database import Dialect
from cms.kernel.viewer import Scope
from tests.databases import postgres_server

_ROOT = Path(__file__).parent.parent.parent
_HOOKS = "bench.fuzz.hooks"
_HARMLESS = frozenset({"debug", "info", "warning"})
_KNOWN = """{
  articles(first: 50) { nodes { id slug path title } edges { cursor } }
  authors(first: 50) { nodes { id slug path name } edges { cursor } }
  topics(first: 50) { nodes { id slug path name } edges { cursor } }
  disclaimers(first: 20) { nodes { id slug current { id } } }
  comments(first: 50) { nodes { id authorName } edges { cursor } }
  redirects(first: 50) { nodes { id from to } }
  site { id locales commentPolicy { terms { id } } }
}"""


@dataclass(frozen=True, slots=True)
class Run:
    """One seed against one server: how many operations it sent, and what went wrong."""

    database: str
    caller: str
    seed: int
    operations: int
    faults: Sequence[str]


@dataclass(frozen=True, slots=True)
class Running:
    """A server, its log, and the credentials of those who ask it, each as an `Authorization` header or none."""

    server: Server
    log: Path
    callers: Mapping[str, str | None]

    def ask(self, query: str) -> Any:  # noqa: ANN401 - whatever was asked for
        """The answer's data, for an anonymous reader."""
        return json.loads(self.server.ask("/graphql", json.dumps({"query": query})))["data"]

    def logged(self, skipped: int) -> list[str]:
        """The errors in its log beyond so many characters."""
        return [line for line in self.log.read_text(errors="replace")[skipped:].splitlines() if _is_error(line)]


def _is_error(line: str) -> bool:
    """Whether a line of the log tells of one. In production ours are JSON; uvicorn's begin with their level."""
    try:
        return str(json.loads(line)["level"]).lower() not in _HARMLESS
    except (ValueError, TypeError, KeyError):
        return bool(line.strip()) and line.partition(":")[0].lower() not in _HARMLESS


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.fuzz", description=__doc__)
    dialects = [dialect.value for dialect in Dialect]
    parser.add_argument("--databases", nargs="+", choices=dialects, default=dialects)
    parser.add_argument("--seeds", nargs="+", type=int, default=[1, 2, 3])
    parser.add_argument("--examples", type=int, default=300, help="how many for each field that a query begins with")
    parser.add_argument("--schemathesis", default=".venv-fuzz/bin/st", help="where its program is")
    return parser.parse_args(arguments)


# The server


@contextmanager
def _serving(dialect: Dialect, folder: Path) -> Iterator[Running]:
    """The sample publication, served by a process of its own on a free port."""
    settings = {"CMS_MEDIA_URL": f"file://{folder}/media", "CMS_ENVIRONMENT": "production"}
    log = folder / "server.log"
    with _database(dialect, folder) as url, log.open("wb") as written:
        given = {**environment(url), **settings}
        _cms(given, "seed")
        scopes = [part for scope in Scope for part in ("--scope", scope.value)]
        token = _cms(given, "token", "create", "--name", "fuzz", *scopes).strip()
        with serving(Target.MASTHEAD, url, _ready, settings=settings, log=written) as server:
            yield Running(server, log, {"anonymous": None, "every scope": f"Bearer {token}"})


def _ready(server: Server) -> bytes:
    return server.ask("/graphql", '{"query": "{ site { name } }"}')


@contextmanager
def _database(dialect: Dialect, folder: Path) -> Iterator[str]:
    if dialect is Dialect.SQLITE:
        yield f"sqlite://{folder}/cms.db"
        return
    with postgres_server() as url:
        yield url


def _cms(given: Mapping[str, str], *arguments: str) -> str:
    return subprocess.run([*CMS, *arguments], env=given, check=True, capture_output=True, text=True).stdout  # noqa: S603 - our own program


# Schemathesis


def _known(running: Running, folder: Path) -> Path:
    """A file that says what exists, for the hooks."""
    found: dict[str, list[str]] = {"ids": [], "texts": []}
    waiting = [running.ask(_KNOWN)]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            waiting += [inner for name, inner in one.items() if name != "id"]
            found["ids"] += [one["id"]] if "id" in one else []
        elif isinstance(one, list):
            waiting += one
        elif isinstance(one, str):
            found["texts"].append(one)
    path = folder / "known.json"
    path.write_text(json.dumps(found), encoding="utf-8")
    return path


def _run(running: Running, folder: Path, caller: str, seed: int, options: argparse.Namespace) -> tuple[int, list[str]]:
    """How many operations one seed makes, and the faults that they find."""
    report, begun = folder / "report.json", len(running.log.read_text(errors="replace"))
    report.unlink(missing_ok=True)
    credential = running.callers[caller]
    command = [
        *(options.schemathesis, "run", running.server.url("/graphql")),
        *("--checks", "no_fault", "--phases", "fuzzing", "--continue-on-failure"),
        *("--max-examples", str(options.examples), "--seed", str(seed), "--generation-allow-x00", "true"),
        *("--generation-database", "none", "--no-color", "--report", "json", "--report-json-path", str(report)),
        *(("--header", f"Authorization: {credential}") if credential else ()),
    ]
    told = subprocess.run(command, env=_hooks(running, folder), check=False, capture_output=True, text=True)  # noqa: S603 - what the options name
    logged = running.logged(begun)
    if not report.exists():
        return 0, [f"It did not run: {told.stdout}{told.stderr}", *logged]
    found = json.loads(report.read_text(encoding="utf-8"))
    faults = [told.stdout] if told.returncode or not found["complete"] else []
    return found["test_cases"]["generated"], [*faults, *logged]


def _hooks(running: Running, folder: Path) -> dict[str, str]:
    """What schemathesis is told beside its command; of our environment it gets no more than it needs."""
    return {
        "PATH": os.environ.get("PATH", ""),
        "HOME": str(folder),
        "PYTHONPATH": str(_ROOT),
        "SCHEMATHESIS_HOOKS": _HOOKS,
        "FUZZ_KNOWN": str(_known(running, folder)),
    }


def _runs(options: argparse.Namespace) -> Iterator[Run]:
    for database in options.databases:
        with (
            tempfile.TemporaryDirectory(prefix="masthead-fuzz-") as name,
            _serving(Dialect(database), Path(name)) as running,
        ):
            for seed in options.seeds:
                for caller in running.callers:
                    yield Run(database, caller, seed, *_run(running, Path(name), caller, seed, options))


def main(arguments: Sequence[str]) -> int:
    """Print a row for each run as it ends, and then every fault; 1 if there is any."""
    sys.stdout.write("| database | caller | seed | operations | server errors |\n|---|---|--:|--:|--:|\n")
    faults: list[str] = []
    for run in _runs(_options(arguments)):
        cells = (run.database, run.caller, run.seed, run.operations, len(run.faults))
        sys.stdout.write(f"| {' | '.join(map(str, cells))} |\n")
        sys.stdout.flush()
        faults += run.faults
    sys.stdout.write("".join(f"\n{fault}\n" for fault in faults))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
