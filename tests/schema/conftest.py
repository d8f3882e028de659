"""The fixtures of the reader's tests, for tests of what the schema answers: the world, and somebody to ask it."""

from tests.reading.conftest import (
    ask,
    ask_changing,
    ask_executed,
    changing,
    postgres_world,
    secret,
    sqlite_world,
    world_copy_url,
    world_url,
)

__all__ = [
    "ask",
    "ask_changing",
    "ask_executed",
    "changing",
    "postgres_world",
    "secret",
    "sqlite_world",
    "world_copy_url",
    "world_url",
]
