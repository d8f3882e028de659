"""The search for the worst query: a seeded, bounded hill-climb over legal queries (`make worst-query`).

It starts with small queries and keeps changing the worst it has found: other pages, filters and orders, more fields,
copies under an alias. What the server refuses is no hill. Everything goes through a real server over HTTP, as an
anonymous reader; beside it a neighbour keeps asking for the site's name. It fails when a query takes longer, answers
with more or needs more memory than promised, returns more objects than it was charged, or holds the neighbour up.
"""

import argparse
import http.client
import json
import re
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from bench.databases import seeded
from bench.servers import Server, Target, serving
from bench.trees import Grower, Tree
from cms.kernel.database import Dialect
from schema.schema import MastheadSchema

MOST_SECONDS = 1.0
MOST_BYTES = 2 * 1024 * 1024
MOST_MEGABYTES = 64.0
MOST_NEIGHBOUR_SECONDS = 0.1
_LIGHT = json.dumps({"query": "{ site { name } }"})
_KNOWN = """{
  articles(first: 50) { nodes { id slug path } } authors(first: 50) { nodes { id slug path } }
  topics(first: 50) { nodes { id slug path } } disclaimers(first: 20) { nodes { id slug } }
  comments(first: 50) { nodes { id } }
}"""
_KEPT = 6


@dataclass(frozen=True, slots=True)
class Climb:
    """One query and what it did."""

    query: str
    seconds: float
    size_bytes: int
    megabytes: float
    charged: int
    returned: int

    @property
    def height(self) -> float:
        """How near it comes to the nearest limit; 1 is at it."""
        return max(self.seconds / MOST_SECONDS, self.size_bytes / MOST_BYTES, self.megabytes / MOST_MEGABYTES)

    def faults(self) -> Iterator[str]:
        """The promises that it breaks."""
        if self.seconds > MOST_SECONDS:
            yield f"takes {self.seconds:.2f} s"
        if self.size_bytes > MOST_BYTES:
            yield f"answers with {self.size_bytes:,} bytes"
        if self.megabytes > MOST_MEGABYTES:
            yield f"needs {self.megabytes:.0f} MB"
        if self.charged < self.returned:
            yield f"returns {self.returned:,} objects and was charged for {self.charged:,}"


class Asker:
    """Asks one server over one connection, and looks at its memory."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        self._process = Path(f"/proc/{server.process.pid}")

    def ask(self, body: str) -> bytes:
        """The body of the answer."""
        headers = {"Content-Type": "application/json", "X-CMS-Cost": "1"}
        self._connection.request("POST", "/graphql", body, headers)
        return self._connection.getresponse().read()

    def climb(self, query: str) -> Climb | None:
        """What a query does; None where it is refused."""
        before = self._megabytes(peak=False)
        seconds, answer = self._timed(query)
        # What took long because the machine was busy does not take long three times.
        for _ in range(2 if seconds > MOST_SECONDS else 0):
            seconds = min(seconds, self._timed(query)[0])
        told = json.loads(answer)
        if "errors" in told:
            return None if _is_refusal(told["errors"]) else Climb(query, 1e9, len(answer), 0, 0, 0)
        grown = max(0.0, self._megabytes(peak=True) - before)
        charged = told["extensions"]["cost"]["estimated"]["objects"]
        return Climb(query, seconds, len(answer), grown, charged, _objects_in(told["data"]))

    def _timed(self, query: str) -> tuple[float, bytes]:
        begun = time.perf_counter()
        answer = self.ask(json.dumps({"query": query}))
        return time.perf_counter() - begun, answer

    def _megabytes(self, *, peak: bool) -> float:
        """The memory that is resident, or the most that was since this was asked last."""
        status = (self._process / "status").read_text()
        found = re.search(rf"{'VmHWM' if peak else 'VmRSS'}:\s+(\d+) kB", status)
        (self._process / "clear_refs").write_text("5")  # 5 resets the peak (proc(5)).
        return int(found[1]) / 1024 if found else 0.0


def _is_refusal(errors: Sequence[Mapping[str, Any]]) -> bool:
    """Whether the server said no before it worked: a time limit that had to stop a query is a hill, and a high one."""
    codes = {error["extensions"]["code"] for error in errors}
    return not codes & {"TOOK_TOO_LONG", "ANSWER_TOO_LARGE", "INTERNAL_SERVER_ERROR"}


def _objects_in(answer: object) -> int:
    """What stands in braces, but for what is inside JSON values, which are charged by their weight."""
    if isinstance(answer, dict):
        opaque = "@context" in answer or "_type" in answer
        return 0 if opaque else 1 + sum(map(_objects_in, answer.values()))
    return sum(map(_objects_in, answer)) if isinstance(answer, list) else 0


class Neighbour(threading.Thread):
    """Somebody who asks for little, all the time; `times` are the seconds that each answer took."""

    def __init__(self, server: Server) -> None:
        super().__init__(daemon=True)
        self.times: list[float] = []
        self._port = server.port
        self._done = threading.Event()

    def run(self) -> None:
        """Ask until told to stop."""
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
        while not self._done.wait(0.01):
            begun = time.perf_counter()
            connection.request("POST", "/graphql", _LIGHT, {"Content-Type": "application/json"})
            connection.getresponse().read()
            self.times.append(time.perf_counter() - begun)

    def stop(self) -> None:
        """Ask no more."""
        self._done.set()
        self.join()

    @property
    def p99(self) -> float:
        """What 99 of 100 answers took at most, in seconds."""
        return sorted(self.times)[len(self.times) * 99 // 100] if self.times else 0.0


@contextmanager
def _neighbour(server: Server) -> Iterator[Neighbour]:
    neighbour = Neighbour(server)
    neighbour.start()
    try:
        yield neighbour
    finally:
        neighbour.stop()


def search(asker: Asker, grower: Grower, *, seconds: float, queries: int) -> list[Climb]:
    """Everything that was found, the highest first."""
    ground: list[tuple[Climb, Tree]] = []
    until, asked = time.monotonic() + seconds, 0
    found: list[Climb] = []
    while asked < queries and time.monotonic() < until:
        asked += 1
        fresh = len(ground) < _KEPT or grower.random.random() < 0.1  # noqa: PLR2004 - one in ten starts elsewhere
        tree = grower.seedling() if fresh else grower.changed(grower.random.choice(ground)[1])
        climb = asker.climb(tree.text())
        if climb is not None:
            found.append(climb)
            ground = sorted([*ground, (climb, tree)], key=lambda one: one[0].height, reverse=True)[:_KEPT]
    return sorted(found, key=lambda climb: climb.height, reverse=True)


def _known(asker: Asker) -> dict[str, list[str]]:
    told = json.loads(asker.ask(json.dumps({"query": _KNOWN})))["data"]
    nodes = [node for listed in told.values() for node in listed["nodes"]]
    return {name: sorted({node[name] for node in nodes if node.get(name)}) for name in ("id", "slug", "path")}


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.worst", description=__doc__)
    databases = [dialect.value for dialect in Dialect]
    parser.add_argument("--databases", nargs="+", choices=databases, default=databases)
    parser.add_argument("--articles", type=int, default=10_000)
    parser.add_argument("--comments", type=int, default=100_000)
    parser.add_argument("--seconds", type=float, default=90, help="how long to search on each database and seed")
    parser.add_argument("--queries", type=int, default=5_000, help="how many queries to try at most")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2])
    return parser.parse_args(arguments)


def main(arguments: Sequence[str]) -> int:
    """Search, tell, and say whether every promise held."""
    options = _options(arguments)
    schema = MastheadSchema()._schema  # noqa: SLF001 - graphql-core's schema, of which Strawberry's is a cover
    faults = 0
    for database in options.databases:
        with seeded(Dialect(database), options.articles, options.comments) as url:
            ready = lambda server: server.ask("/graphql", _LIGHT)  # noqa: E731 - one line, for one call
            with serving(Target.MASTHEAD, url, ready) as server:
                for seed in options.seeds:
                    asker = Asker(server)
                    grower = Grower(schema, Random(seed), _known(asker))  # noqa: S311 - to repeat a search, not to hide it
                    with _neighbour(server) as neighbour:
                        found = search(asker, grower, seconds=options.seconds, queries=options.queries)
                    faults += _tell(f"{database}, seed {seed}", found, neighbour.p99)
    return 1 if faults else 0


def _tell(name: str, found: Sequence[Climb], p99: float) -> int:
    """Print what was found; the number of promises that were broken."""
    broken = [(climb, list(climb.faults())) for climb in found]
    faults = sum(len(listed) for _, listed in broken) + (p99 > MOST_NEIGHBOUR_SECONDS)
    slowest, largest, heaviest = (
        max((getattr(climb, what) for climb in found), default=0) for what in ("seconds", "size_bytes", "megabytes")
    )
    print(  # noqa: T201 - a program's output
        f"{name}: {len(found)} queries answered; slowest {slowest:.2f} s, largest {largest / 1024:.0f} KiB, "
        f"heaviest {heaviest:.0f} MB, neighbour's p99 {p99 * 1000:.0f} ms; {faults} promises broken"
    )
    for climb, listed in [one for one in broken if one[1]][:5]:
        print(f"  {'; '.join(listed)}: {climb.query}")  # noqa: T201 - as above
    for climb in found[:2]:
        print(  # noqa: T201 - as above
            f"  worst: {climb.seconds:.2f} s, {climb.size_bytes:,} bytes, {climb.megabytes:.0f} MB, "
            f"{climb.charged:,} charged, {climb.returned:,} returned: {climb.query}"
        )
    return faults


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
