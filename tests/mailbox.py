"""A mail server on this machine, for tests: it remembers what it was told, and refuses what it is told to refuse."""

import asyncio
import email
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import default
from typing import Any, cast

import trustme
from aiosmtpd.smtp import SMTP, AuthResult, Envelope

#: Vouches for the servers of this run, and for nothing else; it is made anew each time.
AUTHORITY = trustme.CA()


@dataclass
class Server:
    """What a mail server was told; and what it answers instead of taking a letter."""

    answers: dict[str, str] = field(default_factory=dict)
    stalls: bool = False
    envelopes: list[Envelope] = field(default_factory=list)
    passwords: list[tuple[bytes, bytes]] = field(default_factory=list)
    port: int = 0

    async def handle_RCPT(self, _server: SMTP, _session: object, envelope: Envelope, address: str, _: object) -> str:  # noqa: N802 - aiosmtpd's name
        """Somebody a letter is for."""
        envelope.rcpt_tos.append(address)
        return self.answers.get("RCPT", "250 OK")

    async def handle_DATA(self, _server: SMTP, _session: object, envelope: Envelope) -> str:  # noqa: N802 - likewise
        """A letter."""
        if self.stalls:
            await asyncio.Event().wait()
        if "DATA" not in self.answers:
            self.envelopes.append(envelope)
        return self.answers.get("DATA", "250 OK")

    def authenticate(
        self,
        _server: SMTP,
        _session: object,
        _envelope: object,
        _mechanism: str,
        data: Any,  # noqa: ANN401 - aiosmtpd's
    ) -> AuthResult:
        """A password."""
        self.passwords.append((data.login, data.password))
        return AuthResult(success=data.password == b"pass:word", handled=False)

    @property
    def letters(self) -> list[EmailMessage]:
        """What it took."""
        return [email.message_from_bytes(cast("bytes", each.content), policy=default) for each in self.envelopes]


@asynccontextmanager
async def serving(
    server: Server,
    *,
    starttls: bool = False,
    tls: bool = False,
    **options: Any,  # noqa: ANN401 - aiosmtpd's
) -> AsyncIterator[Server]:
    """A mail server on a port of its own."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    AUTHORITY.issue_cert("localhost", "127.0.0.1").configure_cert(context)
    options |= {"tls_context": context} if starttls else {}

    lines: list[asyncio.Transport] = []

    class Line(SMTP):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            lines.append(cast("asyncio.Transport", transport))
            super().connection_made(transport)

    def protocol() -> SMTP:
        return Line(server, hostname="mail.test", authenticator=server.authenticate, **options)

    listening = await asyncio.get_running_loop().create_server(protocol, "127.0.0.1", 0, ssl=context if tls else None)
    async with listening:
        server.port = listening.sockets[0].getsockname()[1]
        try:
            yield server
        finally:
            # A server that is closed does not close its lines, and one that is collected in the middle of a later test
            # is that test's failure.
            for line in lines:
                line.abort()
            # They are gone when the loop has turned once more.
            await asyncio.to_thread(lines.clear)
