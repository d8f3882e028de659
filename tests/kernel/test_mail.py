"""Letters: written down with the change that they are about, in words that can do no harm."""

from contextlib import suppress
from typing import Any
from uuid import UUID

import pytest

from cms.kernel import clock
from cms.kernel.database import Database, transaction
from cms.kernel.errors import DomainError, InvalidInput, Required, TooLong
from cms.kernel.mail import send_mail
from cms.kernel.models import Job
from tests.articles.world import NOON

pytestmark = pytest.mark.asyncio

TO = "somebody@example.org"


async def test_a_letter_is_written_down_as_it_was_given(database: Database) -> None:
    """It would go to somebody else, or say something else."""
    with clock.at(NOON):
        async with transaction(database):
            await send_mail(
                database,
                to=f" {TO} ",
                subject="Hello\n there",
                text="One\r\ntwo\n",
                key="a:1",
                reply_to="r@example.org",
                about=[UUID("0190a5ca-96e0-7abc-8bcc-b302099a8057")],
            )

    job = await Job.get()
    assert (job.kind, job.unique_key, job.run_at) == ("mail", "a:1", NOON)
    assert job.payload == {
        "to": TO,
        "subject": "Hello there",
        "text": "One\ntwo",
        "reply_to": "r@example.org",
        "unsubscribe": None,
        "at": "2024-03-04T12:00:00.000000Z",
        "about": ["0190a5ca-96e0-7abc-8bcc-b302099a8057"],
    }


async def test_a_letter_goes_with_its_change_and_once(database: Database) -> None:
    """Somebody would be invited by a change that was undone, or twice."""
    with suppress(LookupError):
        async with transaction(database):
            await send_mail(database, to=TO, subject="Hello", text="", key="undone")
            raise LookupError
    for _ in range(2):
        async with transaction(database):
            await send_mail(database, to=TO, subject="Hello", text="", key="once")

    assert [job.unique_key for job in await Job.all()] == ["once"]


@pytest.mark.parametrize(
    ("changed", "error", "path"),
    [
        ({"to": ""}, Required, ("to",)),
        ({"to": "nobody"}, InvalidInput, ("to",)),
        ({"to": f"{TO}, other@example.org"}, InvalidInput, ("to",)),
        ({"to": f"{TO}\nBcc: other@example.org"}, InvalidInput, ("to",)),
        ({"reply_to": f"{TO}\r\nBcc: other@example.org"}, InvalidInput, ("replyTo",)),
        ({"reply_to": f"<{TO}>"}, InvalidInput, ("replyTo",)),
        ({"unsubscribe": "mailto:leave@example.org"}, InvalidInput, ("unsubscribe",)),
        ({"unsubscribe": f"https://example.org/>\r\nBcc: {TO}"}, InvalidInput, ("unsubscribe",)),
        ({"unsubscribe": f"https://example.org/{'x' * 881}"}, TooLong, ("unsubscribe",)),
        ({"unsubscribe": "https://häfen.example/"}, InvalidInput, ("unsubscribe",)),
        ({"subject": " \n "}, Required, ("subject",)),
        ({"subject": "x" * 981}, TooLong, ("subject",)),
        ({"subject": "a\0b"}, InvalidInput, ("subject",)),
        ({"text": "x" * 100_001}, TooLong, ("text",)),
        ({"text": "a\x1bb"}, InvalidInput, ("text",)),
    ],
)
async def test_what_is_no_letter_is_not_written_down(
    database: Database, changed: dict[str, str], error: type[DomainError], path: tuple[str, ...]
) -> None:
    """A reader could write to whom they like in our name; or a letter fail for ever."""
    given: dict[str, Any] = {"to": TO, "subject": "Hello", "text": "Hello", **changed}

    with pytest.raises(error) as caught:
        await send_mail(database, key="k", **given)

    assert caught.value.path == path
    assert await Job.all().count() == 0
