"""A server on this machine that speaks as Akismet does: it answers what it is told to, and remembers the questions."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from cms.kernel.settings import Settings
from tests.lines import answering

KEY = "1a2b3c4d5e6f"


async def _nothing() -> None:
    """What happens while it thinks, if nothing is said."""


@dataclass
class Akismet:
    """The server.

    Attributes:
        says: the body of its answers; `head` holds their status and further headers.
        meanwhile: what happens between question and answer.
        heard: what it was asked, the verb and the form.
    """

    says: str = "false"
    head: str = "200 OK"
    meanwhile: Callable[[], Awaitable[object]] = _nothing
    heard: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    settings: Settings = field(default_factory=Settings)

    @property
    def verbs(self) -> list[str]:
        """What it was asked, without the forms."""
        return [verb for verb, _ in self.heard]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One request, and one answer."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        length = int(head.lower().partition("content-length: ")[2].partition("\r\n")[0])
        form = (await reader.readexactly(length)).decode()
        self.heard.append((head.split()[1], dict(parse_qsl(form, keep_blank_values=True))))
        await self.meanwhile()
        writer.write(f"HTTP/1.1 {self.head}\r\nContent-Length: {len(self.says)}\r\n\r\n{self.says}".encode())
        writer.close()


@asynccontextmanager
async def akismet_serving(**options: str) -> AsyncIterator[Akismet]:
    """It listens on a port of its own, which its settings name."""
    server = Akismet(**options)  # type: ignore[arg-type] # texts only; the rest has its defaults
    async with answering(server.serve) as port:
        server.settings = Settings(akismet_key=KEY, akismet_url=f"http://127.0.0.1:{port}")
        yield server
