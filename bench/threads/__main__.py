"""The article's page under a thousand comments against the same page under twenty: `python -m bench.threads`.

The one thing to know: the pages are asked for in turns, over one connection, so that what else the machine does meets
all of them alike: the ratios hold where the milliseconds do not. It fails where a page that shows no more than a screen
can hold takes more than three times as long as the page under twenty comments.
"""

import argparse
import asyncio
import http.client
import json
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from bench.databases import seeded
from bench.servers import Server, Target, pin_self, serving
from bench.threads.threads import LONG, SHORT, grow
from cms.kernel.database import Dialect
from tests.databases import execute

MOST = 3.0
_HERE = Path(__file__).parent
_LIGHT = json.dumps({"query": "{ site { name } }"})
_HEADERS = {"Content-Type": "application/json", "Accept": "application/json"}


@dataclass(frozen=True, slots=True)
class Page:
    """One page, as it is sent.

    Attributes:
        is_promised: whether it has to hold the ratio; the others are told for comparison.
    """

    name: str
    body: str
    is_promised: bool = True


class Client:
    """One connection to a server."""

    def __init__(self, server: Server) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)

    def ask(self, body: str) -> Any:  # noqa: ANN401 - JSON
        """The data of an answer without errors."""
        answer = json.loads(self.fetch(body)[1])
        assert "errors" not in answer, answer["errors"]  # noqa: S101 - the documents are our own
        return answer["data"]

    def fetch(self, body: str) -> tuple[float, bytes]:
        """How many milliseconds an answer took, and the answer."""
        begun = time.perf_counter()
        self._connection.request("POST", "/graphql", body, _HEADERS)
        answer = self._connection.getresponse().read()
        return (time.perf_counter() - begun) * 1_000, answer


def _body(document: str, **variables: object) -> str:
    return json.dumps({"query": (_HERE / f"{document}.graphql").read_text(), "variables": variables})


def _pages(client: Client) -> list[Page]:
    """What is measured; the first is what the others are held against."""
    deep = _cursor(client, "page", "article", 15, slug=LONG)
    first = client.ask(_body("page", slug=LONG))["article"]["comments"]["nodes"][0]["id"]
    deep_below = _cursor(client, "answers", "comment", 5, id=first)
    return [
        Page("page under 20 comments", _body("page", slug=SHORT)),
        Page("page under 1,000", _body("page", slug=LONG)),
        Page("its 16th page", _body("page", slug=LONG, after=deep)),
        Page("6th page of answers to one", _body("answers", id=first, after=deep_below)),
        Page("under 20, every level", _body("whole", slug=SHORT), is_promised=False),
        Page("under 1,000, every level", _body("whole", slug=LONG), is_promised=False),
    ]


def _cursor(client: Client, document: str, field: str, pages: int, **variables: object) -> str:
    """Where so many pages of a list end."""
    cursor = ""
    for _ in range(pages):
        found = client.ask(_body(document, **variables, after=cursor or None))[field]
        cursor = found["comments" if "comments" in found else "replies"]["pageInfo"]["endCursor"]
    return cursor


def _measure(client: Client, pages: Sequence[Page], rounds: int) -> Mapping[str, float]:
    """The median of each page, in milliseconds."""
    times: dict[str, list[float]] = {page.name: [] for page in pages}
    for number in range(rounds + rounds // 10):
        for page in pages:
            milliseconds, _ = client.fetch(page.body)
            if number >= rounds // 10:  # what comes before that prepares statements and fills caches
                times[page.name].append(milliseconds)
    return {name: median(found) for name, found in times.items()}


def _comments_in(answer: object) -> int:
    if isinstance(answer, dict):
        return ("replyCount" in answer) + sum(map(_comments_in, answer.values()))
    return sum(map(_comments_in, answer)) if isinstance(answer, list) else 0


def _told(database: str, client: Client, rounds: int) -> Iterator[tuple[str, bool]]:
    """A line for each page, and whether it keeps what is promised."""
    pages = _pages(client)
    found = _measure(client, pages, rounds)
    first = found[pages[0].name]
    for page in pages:
        shown, ratio = _comments_in(client.ask(page.body)), found[page.name] / first
        yield (
            f"| {database} | {page.name} | {shown} | {found[page.name]:.2f} | {ratio:.2f} |",
            ratio <= MOST or not page.is_promised,
        )


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.threads", description=__doc__)
    databases = [dialect.value for dialect in Dialect]
    parser.add_argument("--databases", nargs="+", choices=databases, default=databases)
    parser.add_argument("--rounds", type=int, default=300, help="how often each page is asked for")
    parser.add_argument("--articles", type=int, default=500)
    parser.add_argument("--comments", type=int, default=5_000)
    return parser.parse_args(arguments)


def main(arguments: Sequence[str]) -> int:
    """Measure, tell, and say whether it is as promised."""
    options = _options(arguments)
    pin_self()
    kept = True
    print("| database | page | comments shown | p50 ms | to the first |\n|---|---|---:|---:|---:|")  # noqa: T201 - a program's output
    for database in options.databases:
        with seeded(Dialect(database), options.articles, options.comments) as url:
            asyncio.run(grow(url))
            if database == Dialect.POSTGRES:
                asyncio.run(execute(url, "VACUUM ANALYZE"))
            with serving(Target.MASTHEAD, url, lambda server: server.ask("/graphql", _LIGHT)) as server:
                for line, is_kept in _told(database, Client(server), options.rounds):
                    print(line, flush=True)  # noqa: T201 - as above
                    kept = kept and is_kept
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
