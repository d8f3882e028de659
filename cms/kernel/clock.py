"""The one clock. Everything that depends on the time asks here, so that a test can say what time it is."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from itertools import count

_source: ContextVar[Callable[[], datetime]] = ContextVar("clock", default=lambda: datetime.now(UTC))


def now() -> datetime:
    """The present moment, aware, in UTC, to the microsecond."""
    return _source.get()()


@contextmanager
def at(moment: datetime, *, passing: timedelta = timedelta()) -> Iterator[None]:
    """Let `now` answer `moment` inside the block, in this task and those it starts.

    Args:
        moment: what it answers at first.
        passing: how much later it is each time somebody asks; it stands still when left out.

    Raises:
        ValueError: `moment` has no time zone.
    """
    if moment.tzinfo is None:
        raise ValueError("A moment needs a time zone")
    asked = count()
    token = _source.set(lambda: moment.astimezone(UTC) + passing * next(asked))
    try:
        yield
    finally:
        _source.reset(token)


def to_text(moment: datetime) -> str:
    """`YYYY-MM-DDTHH:MM:SS.ffffffZ`, always 27 characters, so that text sorts as time does (RFC 3339)."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")[:26] + "Z"


def to_minute(moment: datetime) -> str:
    """`YYYY-MM-DD HH:MM` in UTC, as people read it; whoever shows it says that it is UTC."""
    return to_text(moment)[:16].replace("T", " ")
