"""What was measured, and how it is told."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median

from bench.load import Load
from bench.servers import Target


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One query on one database.

    Attributes:
        shape: which of the floor's shapes was faster: the database's JSON, or rows and orjson.
        answer_bytes: the mean size of an answer's body.
        loads: every round of every target.
    """

    database: str
    query: str
    shape: str
    answer_bytes: float
    loads: dict[Target, list[Load]]

    def rate(self, target: Target) -> float | None:
        """The median rate over the rounds; None when the target was not measured."""
        loads = self.loads.get(target)
        return median(load.rate for load in loads) if loads else None

    def spread(self, target: Target) -> float:
        """How far the rounds lie apart: largest less smallest, as a part of the median."""
        rates = [load.rate for load in self.loads[target]]
        return (max(rates) - min(rates)) / median(rates)


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """What one server needed on one database."""

    database: str
    target: Target
    peak_megabytes: float | None
    start_seconds: float | None


def markdown(measured: Sequence[Measured], processes: Sequence[Process]) -> str:
    """Both tables."""
    return "\n".join([*_rates(measured), "", *_processes(processes)]) + "\n"


def _rates(measured: Sequence[Measured]) -> Iterator[str]:
    heads = (
        "database",
        "query",
        "answer",
        "Masthead",
        "baseline",
        "floor",
        "to baseline",
        "to floor",
        "p99 ms",
        "spread",
    )
    yield f"| {' | '.join(heads)} |"
    yield "|---|---|---:|---:|---:|---:|---:|---:|---:|---:|"
    for one in measured:
        ours, baseline, floor = (one.rate(target) for target in Target)
        loads = one.loads.get(Target.MASTHEAD) or next(iter(one.loads.values()))
        p99 = median(load.p99_milliseconds for load in loads)
        spread = max(one.spread(target) for target in one.loads)
        rates = (_number(ours), _number(baseline), f"{_number(floor)} ({one.shape})")
        ratios = (_ratio(ours, baseline), _ratio(ours, floor))
        size = f"{one.answer_bytes / 1000:.1f} kB"
        yield f"| {' | '.join((one.database, one.query, size, *rates, *ratios, f'{p99:.1f}', f'{spread:.0%}'))} |"


def _processes(processes: Sequence[Process]) -> Iterator[str]:
    yield "| database | server | peak MB | start to first answer, s |"
    yield "|---|---|---:|---:|"
    for one in processes:
        start = "" if one.start_seconds is None else f"{one.start_seconds:.2f}"
        yield f"| {one.database} | {one.target} | {_number(one.peak_megabytes)} | {start} |"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:,.0f}"


def _ratio(ours: float | None, other: float | None) -> str:
    return "-" if ours is None or other is None else f"{ours / other:.2f}"
