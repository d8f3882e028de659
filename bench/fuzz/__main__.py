"""Schemathesis against a running server, on both databases and with several seeds: `make fuzz`.

It needs an environment of its own (`requirements-fuzz.lock`), whose `st` is named by `--schemathesis`. The server is an
ordinary one with the sample publication. Ends with 1 when the server failed once.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from bench.databases import CMS, environment
from bench.servers import Server, Target, serving
from cms.kernel.database import Dialect
from tests.databases import postgres_server

_HOOKS = "bench.fuzz.hooks"
_ROOT = Path(__file__).parent.parent.parent
_READY = '{"query": "{ site { name } }"}'
_CASES = re.compile(r"Test cases:\s*\n\s*([0-9,]+) generated")


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.fuzz", description=__doc__)
    databases = [dialect.value for dialect in Dialect]
    parser.add_argument("--databases", nargs="+", choices=databases, default=databases)
    parser.add_argument("--seeds", nargs="+", type=int, default=[1, 2, 3])
    parser.add_argument("--examples", type=int, default=300, help="for each field of Query")
    parser.add_argument("--schemathesis", type=Path, default=Path(".venv-fuzz/bin/st"))
    return parser.parse_args(arguments)


@contextmanager
def _sample(dialect: Dialect) -> Iterator[str]:
    """The URL of a database with the sample publication."""
    with tempfile.TemporaryDirectory(prefix="masthead-fuzz-") as folder:
        if dialect is Dialect.SQLITE:
            yield _seeded(f"sqlite://{folder}/cms.db")
        else:
            with postgres_server() as url:
                yield _seeded(url)


def _seeded(url: str) -> str:
    subprocess.run([*CMS, "seed"], env=environment(url), check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - our own program
    return url


def _ready(server: Server) -> bytes:
    return server.ask("/graphql", _READY)


def _fuzz(url: str, options: argparse.Namespace, seed: int) -> bool:
    """Whether one seed found no fault; prints what schemathesis said where it did."""
    command = [options.schemathesis, "run", url, "--phases", "fuzzing", "--generation-allow-x00", "true"]
    command += ["--max-examples", str(options.examples), "--seed", str(seed), "--checks", "no_fault", "--no-color"]
    command += ["--suppress-health-check", "all", "--generation-database", "none", "--continue-on-failure"]
    settings = {**os.environ, "SCHEMATHESIS_HOOKS": _HOOKS, "PYTHONPATH": str(_ROOT)}
    done = subprocess.run(command, env=settings, cwd=_ROOT, capture_output=True, text=True, check=False)  # noqa: S603 - named by whoever runs us
    print(done.stdout[-4000:] if done.returncode else _summary(done.stdout), flush=True)  # noqa: T201 - a program's output
    return done.returncode == 0


def _summary(output: str) -> str:
    found = _CASES.search(output)
    return f"{found[1]} operations, no server error" if found else output[-600:]


def main(arguments: Sequence[str]) -> int:
    """Run, tell, and say whether the server held."""
    options = _options(arguments)
    held = True
    for database in options.databases:
        with _sample(Dialect(database)) as url, serving(Target.MASTHEAD, url, _ready) as server:
            for seed in options.seeds:
                print(f"{database}, seed {seed}: ", end="", flush=True)  # noqa: T201 - as above
                held = _fuzz(server.url("/graphql"), options, seed) and held
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
