"""A proxy on which lines break: at once, or in the middle of what the server says.

The one thing to know: it goes between, and understands nothing. Whoever comes is handed on to the next server that
lives, so that a client that comes back may find another one than it left.
"""

import asyncio
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from random import Random
from typing import Final

_PIECE_BYTES: Final = 65_536


@dataclass(eq=False, slots=True)
class _Line:
    """A client's line to a server; one that is doomed breaks within the next piece that the server says."""

    client: StreamWriter
    server: StreamWriter
    is_doomed: bool = False

    def cut(self) -> None:
        for end in (self.client, self.server):
            end.transport.abort()


class Cutter:
    """The lines that are open, and where new ones lead."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._ports: Sequence[int] = ()
        self._turn = 0
        self._lines: set[_Line] = set()
        self.cuts = 0
        self.url = ""

    def lead_to(self, ports: Sequence[int]) -> None:
        """Hand on whoever comes from now on to servers on these ports, by turns; to nobody, where there are none."""
        self._ports = ports

    def cut(self) -> None:
        """Break every line that has luck against it: half of them, of these half in the middle of a word."""
        for line in list(self._lines):
            if self._random.random() < 0.5:  # noqa: PLR2004 - half
                self.cuts += 1
                line.is_doomed = self._random.random() < 0.5  # noqa: PLR2004 - as above
                if not line.is_doomed:
                    line.cut()

    async def hand_on(self, reader: StreamReader, writer: StreamWriter) -> None:
        """One line, to its end."""
        if not self._ports:
            writer.transport.abort()
            return
        self._turn += 1
        try:
            answers, server = await asyncio.open_connection("127.0.0.1", self._ports[self._turn % len(self._ports)])
        except OSError:
            writer.transport.abort()
            return
        line = _Line(writer, server)
        self._lines.add(line)
        try:
            await asyncio.gather(self._carry(reader, server), self._answer(answers, line))
        finally:
            self._lines.discard(line)
            line.cut()

    async def _carry(self, reader: StreamReader, writer: StreamWriter) -> None:
        with suppress(ConnectionError):
            while piece := await reader.read(_PIECE_BYTES):
                writer.write(piece)
                await writer.drain()
            if writer.can_write_eof():
                writer.write_eof()

    async def _answer(self, answers: StreamReader, line: _Line) -> None:
        with suppress(ConnectionError):
            while piece := await answers.read(_PIECE_BYTES):
                line.client.write(piece[: len(piece) // 2] if line.is_doomed else piece)
                await line.client.drain()
                if line.is_doomed:
                    break
            # What was written is still sent; then the line is closed, as by a server that is done or died.
            line.client.close()
            line.server.transport.abort()


@asynccontextmanager
async def cutting(random: Random) -> AsyncIterator[Cutter]:
    """The proxy, on a free port."""
    cutter = Cutter(random)
    server = await asyncio.start_server(cutter.hand_on, "127.0.0.1", 0)
    cutter.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield cutter
    finally:
        cutter.lead_to(())
        server.close()
        for line in list(cutter._lines):  # noqa: SLF001 - its own
            line.cut()
