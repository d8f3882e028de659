"""What somebody may ask of whoever keeps their words: to be told all that is held about them, and to have it erased.

The one thing to know: both are asked for by a mail address, by those who hold the scope for it or by the reader, who
proves with a mailed code that the address is theirs. The log says that it was done and how much it was, never for whom.
"""

from typing import Any

from cms.comments.erasing import Erased, erase, take_turns
from cms.comments.exporting import everything_about
from cms.comments.models import ReaderRequest
from cms.comments.persons import Person, find_person
from cms.comments.places import the_site
from cms.comments.reader_links import use_reader_link
from cms.kernel.database import Database, transaction
from cms.kernel.events import InternalEvent, append_event
from cms.kernel.guards import require
from cms.kernel.ids import GlobalId, NodeType
from cms.kernel.viewer import Scope, Viewer


async def export_personal_data(database: Database, viewer: Viewer, email: str) -> dict[str, Any]:
    """All that is held about a mail address; see `exporting`. Times are moments.

    Raises:
        NotAllowed: the viewer lacks PERSONAL_DATA.
        Required, TooLong, InvalidInput: it is no address.
    """
    require(viewer, Scope.PERSONAL_DATA)
    return await _export(database, viewer, await find_person(email))


async def erase_personal_data(database: Database, viewer: Viewer, email: str) -> Erased:
    """Erase what was written with a mail address; see `erasing`.

    Raises:
        NotAllowed: the viewer lacks PERSONAL_DATA.
        Required, TooLong, InvalidInput: it is no address.
    """
    require(viewer, Scope.PERSONAL_DATA)
    return await _erase(database, viewer, await find_person(email))


async def claim_export(database: Database, viewer: Viewer, token: str) -> dict[str, Any]:
    """As `export_personal_data`, for the address that a code was mailed to.

    Raises:
        LinkIsVoid: the code is no good, or not for this.
    """
    async with transaction(database):
        person = await use_reader_link(token, ReaderRequest.EXPORT)
        return await _export(database, viewer, person)


async def claim_erasure(database: Database, viewer: Viewer, token: str) -> Erased:
    """As `erase_personal_data`, for the address that a code was mailed to.

    Raises:
        LinkIsVoid: the code is no good, or not for this.
    """
    async with transaction(database):
        await take_turns(database)
        person = await use_reader_link(token, ReaderRequest.ERASE)
        return await _erase(database, viewer, person)


async def _export(database: Database, viewer: Viewer, person: Person) -> dict[str, Any]:
    async with transaction(database):
        data = await everything_about(person)
        counts = {name: len(data[name]) for name in ("comments", "messages")}
        await _tell(database, viewer, InternalEvent.PERSONAL_DATA_EXPORTED, counts)
    return data


async def _erase(database: Database, viewer: Viewer, person: Person) -> Erased:
    async with transaction(database):
        erased = await erase(database, viewer.actor, person)
        counts = {"comments": erased.comments, "messages": erased.messages}
        await _tell(database, viewer, InternalEvent.PERSONAL_DATA_ERASED, counts)
    return erased


async def _tell(database: Database, viewer: Viewer, type_: InternalEvent, counts: dict[str, int]) -> None:
    node = GlobalId(NodeType.SITE, (await the_site()).id)
    await append_event(database, type_, viewer.actor, node, payload=counts)
