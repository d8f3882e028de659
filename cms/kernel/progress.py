"""Telling how far long work has come."""

from collections.abc import Callable

#: How much is done, of how much, and of what.
Tell = Callable[[int, int, str], None]


def quietly(_done: int, _total: int, _what: str) -> None:
    """Say nothing."""
