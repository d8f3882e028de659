"""What is done about personal data: it is told or erased, by those who hold the scope or by whom it is about."""

import strawberry

from cms.comments.erasing import Erased
from cms.comments.models import ReaderRequest
from cms.comments.privacy import claim_erasure, claim_export, erase_personal_data, export_personal_data
from cms.comments.reader_links import request_personal_data
from cms.kernel.viewer import Scope
from schema.descriptions import describe_enum, described
from schema.fields import EVERYBODY, argument, read
from schema.problems import MutationPayload
from schema.scalars import Json
from schema.writing import Outcome, Writing, write

describe_enum(
    ReaderRequest,
    "What a mailed code lets a reader do.",
    EXPORT="Read all that is held about their mail address.",
    ERASE="Have erased what was written with their mail address.",
)


@described
@strawberry.type
class PersonalDataPayload(MutationPayload):
    """What came of asking what is held about a mail address."""

    data: Json | None = read(
        EVERYBODY,
        "All of it, as one object: comments with what was decided about them, consents, messages to authors, wishes "
        "to be told of replies, an account; `notHeld` says what cannot be told. Null when it did not work, in a dry "
        "run, and where an idempotency key is repeated, since no copy is kept.",
    )


@described
@strawberry.type
class ErasePayload(MutationPayload):
    """What came of erasing what was written with a mail address."""

    erased_comments: int = read(EVERYBODY, "How many comments lost their text and every trace of their writer.")
    erased_messages: int = read(EVERYBODY, "How many messages to authors did.")
    keeps_account: bool = read(
        EVERYBODY, "Whether somebody works here under the address: their account stays until it is switched off."
    )


@described
@strawberry.type
class RequestPersonalDataPayload(MutationPayload):
    """What came of asking for a code: never whether anything is held."""


async def _export(by: Writing, email: str) -> Outcome:
    # A secret to whoever keeps answers for idempotency keys: they are kept for a day, and this is not to be.
    return Outcome(secrets={"data": await export_personal_data(by.database, by.viewer, email)})


async def _erase(by: Writing, email: str) -> Outcome:
    return _told(await erase_personal_data(by.database, by.viewer, email))


async def _request(by: Writing, email: str, purpose: ReaderRequest) -> Outcome:
    await request_personal_data(by.database, email, purpose, by.address)
    return Outcome()


async def _claim_export(by: Writing, token: str) -> Outcome:
    return Outcome(secrets={"data": await claim_export(by.database, by.viewer, token)})


async def _claim_erasure(by: Writing, token: str) -> Outcome:
    return _told(await claim_erasure(by.database, by.viewer, token))


def _told(erased: Erased) -> Outcome:
    counts = {"erased_comments": erased.comments, "erased_messages": erased.messages}
    return Outcome(values={**counts, "keeps_account": erased.keeps_account})


_EMAIL = {"email": argument(EVERYBODY, str, "The mail address, in any case.")}
_TOKEN = {"token": argument(EVERYBODY, str, "The code from the letter; it works once.")}


@strawberry.type
class PrivacyMutations:
    """The verbs about personal data."""

    export_personal_data: PersonalDataPayload = write(
        Scope.PERSONAL_DATA, "Tell all that is held about a mail address.", _export, arguments=_EMAIL
    )
    erase_personal_data: ErasePayload = write(
        Scope.PERSONAL_DATA,
        "Erase what was written with a mail address: name, address and text go, the thread keeps its shape. Nobody can "
        "undo it.",
        _erase,
        arguments=_EMAIL,
    )
    request_personal_data: RequestPersonalDataPayload = write(
        EVERYBODY,
        "Have a code mailed to one's address, if anything is held about it. Three a day for an address, ten an hour "
        "from one neighbourhood of addresses.",
        _request,
        arguments={
            "email": argument(EVERYBODY, str, "One's mail address."),
            "purpose": argument(EVERYBODY, ReaderRequest, "What the code is to be good for."),
        },
        options=False,
    )
    claim_personal_data: PersonalDataPayload = write(
        EVERYBODY,
        "Read all that is held about one's mail address, by a code mailed for EXPORT.",
        _claim_export,
        arguments=_TOKEN,
        options=False,
    )
    claim_erasure: ErasePayload = write(
        EVERYBODY,
        "Erase what was written with one's mail address, by a code mailed for ERASE. Nobody can undo it.",
        _claim_erasure,
        arguments=_TOKEN,
        options=False,
    )
