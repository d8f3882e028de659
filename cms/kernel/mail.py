"""Mail that goes out with a change: written as a job in the change's own transaction, and handed over later.

The one thing to know: nothing is sent here. A change that is undone mails nothing, and one that is committed mails even
if the process dies in the next moment.
"""

from collections.abc import Collection
from typing import Final
from uuid import UUID

from cms.kernel.clock import now, to_text
from cms.kernel.database import Database
from cms.kernel.errors import InvalidInput, Required
from cms.kernel.inputs import email, line, text, web_address
from cms.kernel.jobs import enqueue

#: The kind of jobs that are letters.
MAIL: Final = "mail"
#: A header's line of 998 characters (RFC 5322, section 2.1.1), less its name.
MAX_SUBJECT_CHARS: Final = 980
MAX_TEXT_CHARS: Final = 100_000
MAX_UNSUBSCRIBE_CHARS: Final = 900


async def send_mail(  # noqa: PLR0913 - one for each part of a letter, and all by name
    database: Database,
    *,
    to: str,
    subject: str,
    text: str,
    key: str,
    reply_to: str | None = None,
    unsubscribe: str | None = None,
    about: Collection[UUID] = (),
) -> None:
    """Write a letter down, in the transaction this task is in; whoever works takes it from there.

    Args:
        database: the open database.
        to: the address it goes to.
        subject: one line; line breaks become spaces.
        text: plain text.
        key: what the letter is about and whom it goes to, at most 128 characters, such as `invitation:<key>`: while a
            letter with this key waits, there is no second one.
        reply_to: the address that answers go to, where it is another than the sender's.
        unsubscribe: an address at which one POST ends letters such as this one (RFC 8058); at most 900 characters.
        about: the keys of what it repeats somebody's words from, by which it is found when they have them erased.

    Raises:
        DomainError: an address is none, or a text is empty, too long or holds what no text may.
    """
    recipient = email(to, ("to",))
    if recipient is None:
        raise Required("A letter needs an address to go to.", ("to",))
    letter = {
        "to": recipient,
        # Whoever writes a header decodes an encoded word (RFC 2047) in it, line breaks and all: what a site is called
        # would be headers of its own, such as one by which the letter goes to somebody else as well.
        "subject": line(subject.replace("=?", "= ?"), ("subject",), MAX_SUBJECT_CHARS),
        "text": _body(text),
        "reply_to": email(reply_to, ("replyTo",)),
        "unsubscribe": _ending(unsubscribe),
        "at": to_text(now()),
        "about": sorted(map(str, about)),
    }
    await enqueue(database, MAIL, letter, unique_key=key)


def _ending(given: str | None) -> str | None:
    """An address, which stands in its header whole, and as it is: folded or encoded it would be another one."""
    address = web_address(given, ("unsubscribe",))
    if address is not None and not address.isascii():
        raise InvalidInput("An address in a header has letters of ASCII alone.", ("unsubscribe",))
    return None if address is None else line(address, ("unsubscribe",), MAX_UNSUBSCRIBE_CHARS)


def _body(given: str) -> str:
    return text(given, ("text",), MAX_TEXT_CHARS)
