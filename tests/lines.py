"""Servers of a few lines, in a test's own loop, that play somebody else's.

The one thing to know: a server that is closed does not close its lines, and a line that is collected in the middle of a
later test is that test's failure.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def answering(serve: Serve, context: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """A server on this machine until the end of the block; its port."""
    lines: list[asyncio.StreamWriter] = []

    async def on_a_line(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        lines.append(writer)
        await serve(reader, writer)

    async with await asyncio.start_server(on_a_line, "127.0.0.1", 0, ssl=context) as listening:
        try:
            yield int(listening.sockets[0].getsockname()[1])
        finally:
            for line in lines:
                line.transport.abort()
            await asyncio.gather(*(line.wait_closed() for line in lines), return_exceptions=True)
