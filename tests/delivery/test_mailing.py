"""Handing letters over: to a real mail server on this machine, and to a folder."""

import email
from collections.abc import Awaitable
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import cast
from uuid import UUID

import pytest
from structlog.testing import capture_logs

from cms.delivery.mailing import letter, mailer
from cms.kernel import clock
from cms.kernel.database import Database, transaction
from cms.kernel.jobs import Claim, Handler, Hands, JobFailed, JobHopeless
from cms.kernel.mail import MAIL, send_mail
from cms.kernel.mail_server import Encryption, MailServer
from cms.kernel.models import Job
from cms.kernel.settings import Environment, Settings
from tests.articles.world import NOON
from tests.mailbox import AUTHORITY, Server, serving

pytestmark = pytest.mark.asyncio

SENDER = "The Harbour Light <light@harbour.example.org>"
TO = "somebody@example.org"
ID = UUID("01890a5d-ac96-774b-bcce-b302099a8057")
LETTER = {"to": TO, "subject": "Grüße", "text": "Hello\nthere", "reply_to": None, "at": "2024-03-04T12:00:00.000000Z"}
ANYBODY = cast("Database", None)  # Handing over asks no database.


def claim(**changed: object) -> Claim:
    """A letter's job."""
    return Claim(ID, MAIL, {**LETTER, **changed}, 1, "owner", NOON)


def sending(server: Server, encryption: Encryption = Encryption.NEVER, password: str | None = None) -> Handler:
    """What hands letters over to this server."""
    user = "some@body" if password else None
    where = MailServer("localhost", server.port, encryption, user, password)
    handler = mailer(Settings(smtp_url=where, mail_from=SENDER))
    assert handler is not None
    return handler


def text_of(message: EmailMessage) -> list[str]:
    """What it says, by lines, however they end."""
    return cast("str", message.get_content()).splitlines()


async def failure(work: Awaitable[None]) -> tuple[type[Exception], str]:
    """How it failed."""
    with pytest.raises(JobFailed) as caught:
        await work
    assert caught.value.__suppress_context__
    return type(caught.value), str(caught.value)


# The letter


async def test_a_letter_says_what_its_job_says() -> None:
    """Somebody would read something else, or answer to the wrong person."""
    made = letter(claim(reply_to="reader@example.org"), SENDER)

    assert dict(made.items()) == {
        "From": SENDER,
        "To": TO,
        "Subject": "Grüße",
        "Date": "Mon, 04 Mar 2024 12:00:00 +0000",
        "Message-ID": f"<{ID}@harbour.example.org>",
        "Auto-Submitted": "auto-generated",
        "Reply-To": "reader@example.org",
        "Content-Type": 'text/plain; charset="utf-8"',
        "Content-Transfer-Encoding": "7bit",
        "MIME-Version": "1.0",
    }
    assert made.get_content() == "Hello\nthere\n"
    assert b"\r\nSubject: =?utf-8?" in made.as_bytes()


async def test_a_letter_says_how_it_is_ended_by_one_click() -> None:
    """Mailboxes would show no button for it, or one that asks an address that is cut in two or written in code."""
    address = f"https://cms.harbour.example.org/unsubscribe?token={'0' * 97}"
    async with serving(Server()) as server:
        await sending(server)(ANYBODY, claim(unsubscribe=address))

    (read,), (envelope,) = server.letters, server.envelopes
    sent = cast("bytes", envelope.content)
    assert f"\r\nList-Unsubscribe: <{address}>\r\n".encode() in sent
    assert (read["List-Unsubscribe"], read["List-Unsubscribe-Post"]) == (f"<{address}>", "List-Unsubscribe=One-Click")
    assert f"List-Unsubscribe: <{address}>\r\n".encode() in letter(claim(unsubscribe=address), SENDER).as_bytes()


@pytest.mark.parametrize("name", ["to", "subject", "reply_to"])
@pytest.mark.parametrize("ending", ["\n", "\r", "\r\n"])
async def test_no_header_can_be_smuggled_in(name: str, ending: str) -> None:
    """A reader's subject could add recipients."""
    with pytest.raises(ValueError, match="linefeed or carriage return"):
        letter(claim(**{name: f"{TO}{ending}Bcc: other@example.org"}), SENDER)


async def test_no_header_can_be_smuggled_in_as_code(database: Database) -> None:
    """What a site or a reader is called could add recipients: whoever writes a header decodes what it finds in it."""
    said = "=?utf-8?q?Hello=0D=0ABcc:_other@example.org?="
    async with transaction(database):
        await send_mail(database, to=TO, subject=f"{said} {said}", text="Hello", key="coded")

    job = await Job.get()
    made = letter(Claim(job.id, MAIL, job.payload, 1, "owner", NOON), SENDER).as_bytes()
    read = email.message_from_bytes(made, policy=default)
    assert read["Subject"] == f"{said} {said}".replace("=?", "= ?")
    assert read["Bcc"] is None


@pytest.mark.parametrize(
    "address", ["john..doe@example.org", ".j@example.org", "jörg@example.org", "o'neil+x@a.example"]
)
async def test_addresses_as_people_have_them(address: str) -> None:
    """Somebody would never get a letter because of how they are called."""
    made = letter(claim(to=address), SENDER)

    assert made["To"] == address
    assert made.as_bytes()


# A folder


async def test_without_a_server_letters_lie_in_a_folder(database: Database, tmp_path: Path) -> None:
    """A newcomer could not follow an invitation; or a second attempt would look like a second letter."""
    handler = mailer(Settings(outbox=tmp_path / "out" / "box"))
    assert handler is not None
    with clock.at(NOON), capture_logs() as logs:
        await send_mail(database, to=TO, subject="Hello", text="Grüße", key="a")
        job = await Job.get()
        await Hands(database, {MAIL: handler}).look()
    path = tmp_path / "out" / "box" / f"{job.id}.eml"
    first = path.read_bytes()
    await handler(database, Claim(job.id, MAIL, job.payload, 2, "other", NOON))

    read = email.message_from_bytes(first, policy=default)
    assert (read["To"], read["From"], text_of(read)) == (TO, "Masthead <masthead@localhost>", ["Grüße"])
    assert read["Message-ID"] == f"<{job.id}@localhost>"
    assert [each.name for each in path.parent.iterdir()] == [path.name]
    assert path.read_bytes() == first
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert await Job.all().count() == 0
    assert logs == [{"event": "mail handed over", "log_level": "info", "job": str(job.id), "attempt": 1}]


async def test_in_production_letters_wait_for_a_server(tmp_path: Path) -> None:
    """Invitations would be written where nobody looks, and count as sent."""
    with capture_logs() as logs:
        handler = mailer(Settings(environment=Environment.PRODUCTION, outbox=tmp_path))

    assert handler is None
    assert [(log["event"], log["log_level"]) for log in logs] == [("mail waits until CMS_SMTP_URL is set", "warning")]


# A server


async def test_a_letter_reaches_a_server(database: Database) -> None:
    """No letter would ever arrive."""
    async with serving(Server()) as server:
        await send_mail(database, to=TO, subject="Grüße", text="Hello\n.\nthere", key="a")
        job = await Job.get()
        with capture_logs() as logs:
            await Hands(database, {MAIL: sending(server)}).look()

    (envelope,), (read,) = server.envelopes, server.letters
    assert (envelope.mail_from, envelope.rcpt_tos) == ("light@harbour.example.org", [TO])
    assert (read["From"], read["To"], read["Subject"]) == (SENDER, TO, "Grüße")
    assert read["Message-ID"] == f"<{job.id}@harbour.example.org>"
    assert text_of(read) == ["Hello", ".", "there"]
    assert await Job.all().count() == 0
    assert TO not in repr(logs)


async def test_a_second_attempt_sends_the_same_letter() -> None:
    """A mailbox could not tell that it has the letter already."""
    async with serving(Server()) as server:
        for moment in (NOON, clock.now()):
            with clock.at(moment):
                await sending(server)(ANYBODY, claim())

    first, second = server.envelopes
    assert first.content == second.content


@pytest.mark.parametrize("tls", [True, False])
async def test_a_password_travels_encrypted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, *, tls: bool) -> None:
    """Servers that ask who sends could not be used."""
    trusted = tmp_path / "trusted.pem"
    AUTHORITY.cert_pem.write_to_path(str(trusted))
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    encryption = Encryption.FROM_THE_START if tls else Encryption.DEMANDED
    options = {"auth_require_tls": not tls}
    async with serving(Server(), tls=tls, starttls=not tls, **options) as server:
        await sending(server, encryption, "pass:word")(ANYBODY, claim())
        refused = await failure(sending(server, encryption, "wrong")(ANYBODY, claim()))

    assert server.passwords[0] == (b"some@body", b"pass:word")
    assert len(server.envelopes) == 1
    assert refused == (JobFailed, "The mail server answered 535: SMTPAuthenticationError")


async def test_a_password_never_travels_in_the_clear() -> None:
    """Whoever stands on the way could take the encryption out, and read it."""
    async with serving(Server(), auth_require_tls=False) as server:
        told = await failure(sending(server, Encryption.DEMANDED, "pass:word")(ANYBODY, claim()))

    assert told[0] is JobFailed
    assert (server.passwords, server.envelopes) == ([], [])


@pytest.mark.parametrize("encryption", [Encryption.OFFERED, Encryption.DEMANDED])
async def test_a_server_that_nobody_vouches_for_gets_nothing(encryption: Encryption) -> None:
    """Whoever answers in the server's place would be told the password, and read every letter."""
    async with serving(Server(), starttls=True) as server:
        told = await failure(sending(server, encryption, "pass:word")(ANYBODY, claim()))

    assert told[0] is JobFailed
    assert (server.passwords, server.envelopes) == ([], [])


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ({"RCPT": "550 no somebody@example.org here"}, (JobHopeless, "The mail server refused the recipient with 550")),
        ({"RCPT": "451 somebody@example.org later"}, (JobFailed, "The mail server refused the recipient with 451")),
        ({"DATA": "554 no such words"}, (JobHopeless, "The mail server refused the letter with 554")),
        ({"DATA": "452 full"}, (JobFailed, "The mail server refused the letter with 452")),
    ],
)
async def test_what_a_server_refuses(answers: dict[str, str], expected: tuple[type[Exception], str]) -> None:
    """A full disk elsewhere would lose a letter; or an address that is gone be tried for a day, and be logged."""
    async with serving(Server(answers)) as server:
        told = await failure(sending(server)(ANYBODY, claim()))

    assert (told, server.envelopes) == (expected, [])


async def test_a_server_that_is_not_there_loses_nothing(database: Database) -> None:
    """Every letter of its pause would be gone."""
    server = Server()
    async with serving(server):
        pass
    await send_mail(database, to=TO, subject="Hello", text="", key="a")
    with capture_logs() as logs:
        await Hands(database, {MAIL: sending(server)}).look()

    job = await Job.get()
    assert (job.attempts, job.dead_at) == (1, None)
    assert job.error is not None
    assert job.error.startswith("JobFailed: The mail server could not be used: SMTPConnectError")
    assert TO not in repr(logs)
