"""Letters to readers who ask what is held about them, or want it gone: each holds a code that works once, for a day.

The one thing to know: whoever asks learns nothing, not even from the time it takes, since the asking only writes a job
down. The worker looks whether anything is held, and only then is there a letter. It goes to the address that was typed,
and opens what is held under that address and no other.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from cms.accounts.errors import LinkIsVoid
from cms.accounts.links import site_name
from cms.accounts.tokens import SecretKind, hash_of, new_secret
from cms.comments.letter_jobs import taken_off
from cms.comments.letters import Letter
from cms.comments.models import ReaderLink, ReaderRequest
from cms.comments.persons import Person, address_of, find_person
from cms.kernel.clock import now, to_minute
from cms.kernel.database import Database, transaction
from cms.kernel.jobs import Claim, enqueue
from cms.kernel.mail import send_mail
from cms.kernel.secrecy import keyed_hash
from cms.kernel.text import fold
from cms.kernel.throttling import Quota, block_of, throttled_by

#: The kind of jobs that look whether there is something to write about.
READER_REQUEST: Final = "reader-request"
#: How long a code works.
LASTS: Final = timedelta(days=1)
#: How often one block of addresses may ask, for whomever.
ASKED_BY_PLACE: Final = Quota(most=10, period=timedelta(hours=1))
#: How often anybody may ask for one mail address: so many letters a day at most, whoever wants it flooded.
ASKED_FOR_ADDRESS: Final = Quota(most=3, period=timedelta(days=1))


_LETTERS: Final[Mapping[ReaderRequest, Letter]] = {
    ReaderRequest.EXPORT: Letter(
        "What {site} holds about you",
        "Hello,\n\n"
        "somebody asked what is held about this address at {site}. You get all of it with this code, which works\n"
        "once, until {until} UTC:\n\n"
        "    {token}\n\n"
        "Whoever has the code can read it: pass it on to nobody. If it was not you, there is nothing to do.\n",
    ),
    ReaderRequest.ERASE: Letter(
        "Erasing what {site} holds about you",
        "Hello,\n\n"
        "somebody asked to have erased what was written with this address at {site}: comments, messages to authors,\n"
        "and the wish to be told of replies. This code does it, once, until {until} UTC, and nobody can undo it:\n\n"
        "    {token}\n\n"
        "If it was not you who asked, or you want to keep all of it, there is nothing to do.\n",
    ),
}


async def request_personal_data(
    database: Database, email: str, purpose: ReaderRequest, address: str | None = None
) -> None:
    """Have a code mailed to an address, if anything is held about it.

    Args:
        database: where.
        email: the address.
        purpose: what the code is to do.
        address: where the request comes from.

    Raises:
        Required, TooLong, InvalidInput: it is no address.
        RateLimited: too many were asked for, from here or for this address.
    """
    asked = address_of(email)
    # Folded as far as it goes: letters of full width, say, may reach the same mailbox.
    place, person = f"data-place:{block_of(address)}", f"data-person:{keyed_hash('data request', fold(asked))}"
    async with transaction(database):
        await throttled_by(database, {place: ASKED_BY_PLACE, person: ASKED_FOR_ADDRESS})
        await enqueue(database, READER_REQUEST, {"email": asked, "purpose": purpose})


async def answer_request(database: Database, claim: Claim) -> None:
    """Write the letter, where anything is held; once, however often the job is begun (see `letter_jobs`)."""
    async with transaction(database):
        if await taken_off(database, claim):
            person = await find_person(claim.payload["email"])
            if await person.is_known():
                await _mail(database, person, ReaderRequest(claim.payload["purpose"]))


async def use_reader_link(token: str, purpose: ReaderRequest) -> Person:
    """Use a code up, in the open transaction; whose it is.

    Raises:
        LinkIsVoid: it is unknown, was used or is too old, or is for something else: who means to read erases nothing.
    """
    at = now()
    mailed = ReaderLink.filter(token_hash=hash_of(token), purpose=purpose, used_at=None, expires_at__gt=at)
    link = await mailed.first()
    # Asked once more by what writes: of two who use it at once, one does.
    if link is None or not await ReaderLink.filter(id=link.id, used_at=None).update(used_at=at):
        raise LinkIsVoid
    return await find_person(link.email)


async def _mail(database: Database, person: Person, purpose: ReaderRequest) -> None:
    letter, token, at = _LETTERS[purpose], new_secret(SecretKind.LINK), now()
    link = await ReaderLink.create(
        email=person.email,
        email_key=person.key,
        purpose=purpose,
        token_hash=hash_of(token),
        created_at=at,
        expires_at=at + LASTS,
    )
    site = await site_name(database)
    await send_mail(
        database,
        to=person.email,
        subject=letter.subject.format(site=site),
        text=letter.text.format(site=site, until=to_minute(link.expires_at), token=token),
        key=f"reader-link:{link.id}",
    )
