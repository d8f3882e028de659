"""Masthead, the baseline and the floor on the same data, in one run: `python -m bench.run`.

The one thing to know: all servers of a database are up at once, and every round measures each of them in turn, so that
what else the machine does meets them alike. Prints Markdown, and keeps every number in `bench/results/`.
"""

import argparse
import json
import platform
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random
from statistics import median

from bench.check import check_answer, check_same
from bench.databases import seeded, slugs
from bench.load import Load, generator, load
from bench.report import Measured, Process, markdown
from bench.servers import Server, Target, can_pin, pin_self, serving, start_seconds
from cms.delivery.documents import digest_of, id_of
from cms.kernel.database import Dialect

_HERE = Path(__file__).parent
_RESULTS = _HERE / "results"
_DOCUMENTS = _HERE / "queries"
#: A query by this name is asked of Masthead as a stored document, and of the others as what it is.
_STORED = "-stored"
_QUERIES = tuple(sorted([*(path.stem for path in _DOCUMENTS.glob("*.graphql")), f"Q1{_STORED}"]))
_SHAPES = ("json", "rows")
_CONNECTIONS = 16
_CHECKED = 100
_STARTS = 5
_SEED = 1


@dataclass(frozen=True, slots=True)
class Sent:
    """What is sent, as a list of bodies and as a file with a body on each line."""

    bodies: list[str]
    file: Path


@dataclass(frozen=True, slots=True)
class Question:
    """One query, and what each server is sent for it.

    Attributes:
        name: what the report calls it.
        query: the document behind it, by which the floor has its routes.
        sent: as many requests for each server.
    """

    name: str
    query: str
    sent: Mapping[Target, Sent]

    @property
    def requests(self) -> int:
        """How many different requests there are, the same number for each server."""
        return len(self.sent[Target.MASTHEAD].bodies)

    def body(self, server: Server, number: int) -> str:
        """One of the requests that a server is sent."""
        return self.sent[server.target].bodies[number]


@dataclass(frozen=True, slots=True)
class Round:
    """How one load is run."""

    seconds: float
    place: int = 0

    def run(self, server: Server, question: Question, shape: str) -> Load:
        """Ask a server a question for so long."""
        url, file = server.url(server.path(question.query, shape)), question.sent[server.target].file
        return load(url, file, place=self.place, seconds=self.seconds, connections=_CONNECTIONS)


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.run", description=__doc__)
    dialects = [dialect.value for dialect in Dialect]
    parser.add_argument("--databases", nargs="+", choices=dialects, default=dialects)
    parser.add_argument("--targets", nargs="+", type=Target, choices=list(Target), default=list(Target))
    parser.add_argument("--queries", nargs="+", choices=_QUERIES, default=list(_QUERIES))
    parser.add_argument("--seconds", type=float, default=3, help="how long one load lasts, in whole seconds")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--articles", type=int, default=5_000)
    parser.add_argument("--comments", type=int, default=50_000)
    return parser.parse_args(arguments)


def _question(name: str, keys: Sequence[str], folder: Path) -> Question:
    query = name.removesuffix(_STORED)
    text = (_DOCUMENTS / f"{query}.graphql").read_text()
    wanted: list[dict[str, str]] = [{"slug": key} for key in keys] if "$slug" in text else [{}]
    by_text = _sent({"query": text}, wanted, folder / f"{query}.txt")
    ours = by_text if name == query else _sent({"documentId": id_of(digest_of(text))}, wanted, folder / f"{name}.txt")
    return Question(name, query, {Target.MASTHEAD: ours, Target.BASELINE: by_text, Target.FLOOR: by_text})


def _sent(document: Mapping[str, str], wanted: Sequence[Mapping[str, str]], file: Path) -> Sent:
    bodies = [json.dumps({**document, "variables": variables}) for variables in wanted]
    file.write_text("\n".join(bodies) + "\n")
    return Sent(bodies, file)


def _questions(names: Sequence[str], url: str, folder: Path) -> list[Question]:
    keys = slugs(url)
    Random(_SEED).shuffle(keys)  # noqa: S311 - an order, no secret
    return [_question(name, keys, folder) for name in names]


def _paths(server: Server, question: Question) -> list[str]:
    shapes = _SHAPES if server.target is Target.FLOOR else _SHAPES[:1]
    return [server.path(question.query, shape) for shape in shapes]


def _check(servers: Sequence[Server], question: Question) -> float:
    """Hold every server's answers, in every shape, against each other; the mean size of the first server's.

    Raises:
        AnswersDiffer: they are not the same, or one is no answer.
    """
    sizes = []
    for number in range(min(_CHECKED, question.requests)):
        found = [
            (server, path, server.ask(path, question.body(server, number)))
            for server in servers
            for path in _paths(server, question)
        ]
        sizes.append(len(found[0][2]))
        for server, path, answer in found:
            check_answer(answer, f"{question.name}: {server.target}{path}")
            check_same(found[0][2], answer, f"{question.name}: {server.target}{path} and {found[0][0].target}")
    return sum(sizes) / len(sizes)


def _faster_shape(servers: Sequence[Server], question: Question) -> str:
    """Which of the floor's shapes answers faster here; also warms it up."""
    floor = next((server for server in servers if server.target is Target.FLOOR), None)
    if floor is None:
        return "-"
    rates = {
        shape: median(Round(1, place).run(floor, question, shape).rate for place in range(0, 3000, 1000))
        for shape in _SHAPES
    }
    return max(rates, key=lambda shape: rates[shape])


def _measure(database: str, servers: Sequence[Server], question: Question, options: argparse.Namespace) -> Measured:
    size = _check(servers, question)
    shape = _faster_shape(servers, question)
    _say(f"{database} {question.name}: answers are the same; measuring {options.rounds} rounds")
    for server in servers:
        Round(options.seconds).run(server, question, shape)
    loads: dict[Target, list[Load]] = {server.target: [] for server in servers}
    for number in range(options.rounds):
        one = Round(options.seconds, number * question.requests // options.rounds)
        for server in servers:
            loads[server.target].append(one.run(server, question, shape))
    return Measured(database=database, query=question.name, shape=shape, answer_bytes=size, loads=loads)


def _run(options: argparse.Namespace) -> Iterator[Measured | Process]:
    for database in options.databases:
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="masthead-bench-")))
            _say(f"{database}: seeding {options.articles} articles and {options.comments} comments")
            url = stack.enter_context(seeded(Dialect(database), options.articles, options.comments))
            questions = _questions(options.queries, url, folder)

            def first_answer(server: Server, questions: list[Question] = questions) -> bytes:
                return server.ask(server.path(questions[0].query), questions[0].body(server, 0))

            start = None
            if Target.MASTHEAD in options.targets:
                start = median(start_seconds(url, first_answer) for _ in range(_STARTS))
            servers = [stack.enter_context(serving(target, url, first_answer)) for target in options.targets]
            for question in questions:
                yield _measure(database, servers, question, options)
            for server in servers:
                yield Process(
                    database=database,
                    target=server.target,
                    peak_megabytes=server.peak_megabytes(),
                    start_seconds=start if server.target is Target.MASTHEAD else None,
                )


def _keep(found: Sequence[Measured | Process], options: argparse.Namespace) -> Path:
    _RESULTS.mkdir(exist_ok=True)
    path = _RESULTS / time.strftime("%Y%m%d-%H%M%S.json", time.gmtime())
    about = {
        "python": platform.python_version(),
        "machine": platform.platform(),
        "generator": generator(),
        "pinned": can_pin(),
        "options": vars(options),
    }
    path.write_text(json.dumps(about | {"measured": [asdict(one) for one in found]}, indent=1) + "\n")
    return path


def _say(text: str) -> None:
    sys.stderr.write(text + "\n")


def main(arguments: Sequence[str]) -> None:
    """Measure, print the tables, keep the numbers."""
    options = _options(arguments)
    pin_self()
    if not can_pin():
        _say("Processes cannot be given cores of their own here: the numbers compare, but say little by themselves.")
    found = list(_run(options))
    measured = [one for one in found if isinstance(one, Measured)]
    processes = [one for one in found if isinstance(one, Process)]
    sys.stdout.write(markdown(measured, processes))
    _say(f"Every number: {_keep(found, options)}")


if __name__ == "__main__":
    main(sys.argv[1:])
