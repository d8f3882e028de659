"""Handing letters over: to a mail server, or in development to a folder in which they can be read.

The one thing to know: a letter is made from its job alone, so that a second attempt sends the same letter to the byte.
Its Message-ID is made of the job's id: a server that was reached twice can tell, and in the folder the second replaces
the first.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP, EmailPolicy
from email.utils import parseaddr
from pathlib import Path
from typing import Final, Self

import aiosmtplib
import structlog

from cms.kernel.database import Database
from cms.kernel.jobs import Claim, Handler, JobFailed, JobHopeless
from cms.kernel.mail_server import Encryption, MailServer
from cms.kernel.settings import Settings

_NOBODY: Final = "Masthead <masthead@localhost>"
_TIMEOUT_SECONDS: Final = 30.0
_PARTING_SECONDS: Final = 2.0
#: RFC 5321, section 4.2.1: the server will say the same next time.
_PERMANENT: Final = 500
_STARTTLS: Final = {Encryption.DEMANDED: True, Encryption.OFFERED: None}

log = structlog.get_logger()

_HandOver = Callable[[EmailMessage, Claim], Awaitable[None]]


class _Whole(str):
    """A header's value that stands on one line, however long it is.

    The standard library would make encoded words of an address of more than 77 characters (RFC 2047), which many
    programs do not read as one.
    """

    __slots__ = ("name",)

    def __new__(cls, name: str, value: str) -> Self:
        """The value of the header `name`; it holds neither line breaks nor what is not ASCII."""
        made = super().__new__(cls, value)
        made.name = name
        return made

    name: str

    def fold(self, *, policy: EmailPolicy) -> str:
        """The header as it is sent."""
        return f"{self.name}: {self}{policy.linesep}"


def mailer(settings: Settings) -> Handler | None:
    """What does jobs that are letters; None where there is nowhere to send them, so that they wait."""
    if settings.smtp_url:
        return _handler(settings.mail_from, _to_server(settings.smtp_url))
    if settings.is_production:
        log.warning("mail waits until CMS_SMTP_URL is set")
        return None
    return _handler(settings.mail_from or _NOBODY, _to_folder(settings.outbox))


def letter(claim: Claim, sender: str) -> EmailMessage:
    """The letter that a job stands for.

    Its headers are built by the standard library, which refuses line breaks in them; encoded words, in which it would
    find some, were kept out when the letter was written down (`send_mail`).
    """
    asked = claim.payload
    message = EmailMessage(policy=SMTP)
    message["From"] = sender
    message["To"] = asked["to"]
    message["Subject"] = asked["subject"]
    message["Date"] = datetime.fromisoformat(asked["at"])
    message["Message-ID"] = f"<{claim.id}@{_domain(sender)}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's absence is told to a machine.
    if asked["reply_to"]:
        message["Reply-To"] = asked["reply_to"]
    # A letter that was written down by an earlier version has no word about it.
    if address := asked.get("unsubscribe"):
        message["List-Unsubscribe"] = _Whole("List-Unsubscribe", f"<{address}>")
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"  # RFC 8058, section 3.1
    message.set_content(asked["text"])
    return message


def _handler(sender: str, hand_over: _HandOver) -> Handler:
    async def handle(_database: Database, claim: Claim) -> None:
        await hand_over(letter(claim, sender), claim)
        log.info("mail handed over", job=str(claim.id), attempt=claim.attempt)

    return handle


def _to_folder(folder: Path) -> _HandOver:
    async def hand_over(message: EmailMessage, claim: Claim) -> None:
        await asyncio.to_thread(_write, folder / f"{claim.id}.eml", message.as_bytes())

    return hand_over


def _write(path: Path, content: bytes) -> None:
    """All of it, or nothing: whoever looks into the folder meanwhile finds no half of a letter."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    partial = path.with_suffix(f".{os.getpid()}.partial")
    partial.write_bytes(content)
    partial.replace(path)


def _to_server(server: MailServer) -> _HandOver:
    async def hand_over(message: EmailMessage, _claim: Claim) -> None:
        try:
            await _send(server, message)
        except aiosmtplib.SMTPException as error:
            raise _failure(error) from None
        except OSError as error:
            raise JobFailed(f"The connection to the mail server failed: {type(error).__name__}") from None

    return hand_over


async def _send(server: MailServer, message: EmailMessage) -> None:
    client = aiosmtplib.SMTP(
        hostname=server.host,
        port=server.port,
        username=server.user,
        password=server.password,
        use_tls=server.encryption is Encryption.FROM_THE_START,
        start_tls=_STARTTLS.get(server.encryption, False),
        timeout=_TIMEOUT_SECONDS,
        # Else the library asks the network what this machine is called, which may take its time.
        local_hostname=_domain(str(message["From"])),
    )
    try:
        await client.connect()
        await client.send_message(message)
        # The letter is taken: how they part makes no difference to it.
        with suppress(aiosmtplib.SMTPException):
            await client.quit(timeout=_PARTING_SECONDS)
    finally:
        # The library's own block says goodbye and waits for an answer, also when this worker is told to stop.
        client.close()


def _failure(error: aiosmtplib.SMTPException) -> JobFailed:
    """What went wrong, without the server's words, which repeat whom the letter was for."""
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        return _refusal("the recipient", min(refused.code for refused in error.recipients))
    if isinstance(error, aiosmtplib.SMTPDataError):
        return _refusal("the letter", error.code)
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return JobFailed(f"The mail server answered {error.code}: {type(error).__name__}")
    return JobFailed(f"The mail server could not be used: {type(error).__name__}")


def _refusal(what: str, code: int) -> JobFailed:
    kind = JobHopeless if code >= _PERMANENT else JobFailed
    return kind(f"The mail server refused {what} with {code}")


def _domain(sender: str) -> str:
    return parseaddr(sender)[1].rpartition("@")[2]
