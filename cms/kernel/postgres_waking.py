"""Hearing what other processes did on PostgreSQL: LISTEN, on a connection of its own.

The one thing to know: a lost connection loses rings, not work. It is opened again, and everybody looks once.
"""

from collections.abc import Mapping
from typing import Any, Final

import asyncpg
import structlog

from cms.kernel.postgres_engine import SERVER_SETTINGS
from cms.kernel.waking import Alarm, Topic, wake

_CONNECTION_SETTINGS: Final = ("host", "port", "user", "password", "database", "ssl", "timeout")
_LOST: Final = (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError)
_CHECKED_SECONDS: Final = 30.0
_ANSWER_SECONDS: Final = 5.0
_RETRY_SECONDS: Final = 2.0

log = structlog.get_logger()


async def listen(settings: Mapping[str, Any]) -> None:
    """Wake this process for what any process commits, until cancelled.

    Args:
        settings: those of the open database.
    """
    nothing = Alarm()
    while True:
        try:
            await _listen_until_lost(settings)
        except _LOST as error:
            log.warning("listening to PostgreSQL ended", error=type(error).__name__, again_in_seconds=_RETRY_SECONDS)
        await nothing.wait(_RETRY_SECONDS)


async def _listen_until_lost(settings: Mapping[str, Any]) -> None:
    known = {name: settings[name] for name in _CONNECTION_SETTINGS if name in settings}
    connection = await asyncpg.connect(**known, server_settings=SERVER_SETTINGS)
    closed = Alarm()
    try:
        connection.add_termination_listener(lambda _connection: closed.ring())
        for topic in Topic:
            await connection.add_listener(topic.value, _heard)
            wake(topic)  # Nobody heard what was said before.
        while not await closed.wait(_CHECKED_SECONDS):
            # A connection that was lost on its way says nothing at all.
            await connection.execute("SELECT 1", timeout=_ANSWER_SECONDS)
        raise ConnectionResetError
    finally:
        # Not `close`: that waits for the server, which may be what is gone.
        connection.terminate()


def _heard(_connection: object, _process: int, channel: str, _payload: object) -> None:
    wake(Topic(channel))
