"""Stored documents: GraphQL documents that clients name by the SHA-256 of their text.

The one thing to know: what stands in the table was registered by somebody who may, and where nothing but stored
documents is answered, the table is the list of what strangers can ask. Nothing that a request brings is written here.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Final

from cms.delivery.models import StoredDocument
from cms.kernel.clock import now
from cms.kernel.database import Database, Dialect, transaction
from cms.kernel.errors import InvalidInput, NotFound
from cms.kernel.guards import require
from cms.kernel.remembering import Remembered
from cms.kernel.viewer import Scope, Viewer
from cms.reading.reader import Runner

#: How long a document, or that there is none, is taken for the truth.
KEPT: Final = timedelta(seconds=5)
MAX_KNOWN: Final = 1_000
MAX_MISSING: Final = 10_000
MAX_NAME_CHARS: Final = 200
#: GraphQL over HTTP, appendix A, "SHA256 Hex Document Identifier". Tools also leave the prefix out, or write capitals.
ID_PREFIX: Final = "sha256:"

_ID = re.compile(rf"(?:{ID_PREFIX})?([0-9A-Fa-f]{{64}})")
_FIND = {
    Dialect.SQLITE: "SELECT document FROM stored_document WHERE registered AND digest = ?",
    Dialect.POSTGRES: "SELECT document FROM stored_document WHERE registered AND digest = $1",
}


class NoSuchDocument(NotFound):
    """No document is registered under this id."""


@dataclass(frozen=True)
class Document:
    """A document to register: its text to the letter, and the name of its operation, where it has one.

    Raises:
        InvalidInput: the text holds U+0000, which no request may hold either.
    """

    text: str
    name: str | None = None

    def __post_init__(self) -> None:
        if "\0" in self.text:
            raise InvalidInput("The document holds U+0000, which is no character to write: remove it.", ("document",))

    @cached_property
    def digest(self) -> str:
        """What the table knows it by."""
        return digest_of(self.text)


def digest_of(text: str) -> str:
    """The SHA-256 of a document's text in UTF-8: 64 hexadecimal digits, in lower case."""
    return hashlib.sha256(text.encode()).hexdigest()


def digest_named(document_id: str) -> str | None:
    """The digest that an id names, in the one form in which the table has it; None where it can be no id."""
    named = _ID.fullmatch(document_id)
    return named[1].lower() if named else None


def id_of(digest: str) -> str:
    """How clients name a document."""
    return ID_PREFIX + digest


async def add_documents(database: Database, viewer: Viewer, documents: Sequence[Document]) -> None:
    """Register documents, all or none; what is registered already stays as it is.

    Args:
        database: where.
        viewer: must hold SITE_MANAGE.
        documents: valid ones. What GraphQL is, this floor does not know.

    Raises:
        NotAllowed: the viewer may not.
    """
    require(viewer, Scope.SITE_MANAGE)
    rows = [_row(document) for document in documents]
    async with transaction(database):
        await StoredDocument.bulk_create(rows, on_conflict=["digest"], update_fields=["registered"])


async def remove_document(database: Database, viewer: Viewer, digest: str) -> StoredDocument:
    """Answer a document no more; servers that know it still do for KEPT at most.

    Raises:
        NotAllowed: the viewer lacks SITE_MANAGE.
        NoSuchDocument: there is none.
    """
    require(viewer, Scope.SITE_MANAGE)
    async with transaction(database):
        found = await StoredDocument.get_or_none(digest=digest, registered=True)
        if found is None:
            raise NoSuchDocument("There is no such document: look for its id in the list of documents.", ("id",))
        await found.delete()
    return found


async def list_documents(viewer: Viewer) -> list[StoredDocument]:
    """Every registered document, those without a name first, then by name.

    Raises:
        NotAllowed: the viewer lacks SITE_MANAGE.
    """
    require(viewer, Scope.SITE_MANAGE)
    found = await StoredDocument.filter(registered=True)
    return sorted(found, key=lambda document: (document.name or "", document.digest))


async def find_document(runner: Runner, dialect: Dialect, digest: str) -> str | None:
    """The text of a registered document, in one statement; None where there is none."""
    rows = await runner.rows(_FIND[dialect], [digest])
    text: str | None = rows[0][0] if rows else None
    return text


class Documents:
    """The registered documents of a server, of which those in use are at hand. One for a process."""

    def __init__(self, database: Database, runner: Runner) -> None:
        """Ask `runner`, whose connections wait for no writer."""
        self._runner = runner
        self._dialect = database.dialect
        self._texts = Remembered(self._find, KEPT, most=MAX_KNOWN, most_missing=MAX_MISSING)

    def at_hand(self, digest: str) -> str | None:
        """The text of a registered document, if it is known without a statement."""
        return self._texts.at_hand(digest, now())

    async def text(self, digest: str) -> str | None:
        """The text of a registered document, or None, as it was less than KEPT ago; with one statement at most."""
        return await self._texts.get(digest, now())

    async def aclose(self) -> None:
        """Wait for what is still under way."""
        await self._texts.aclose()

    async def _find(self, digest: str, _at: datetime) -> str | None:
        return await find_document(self._runner, self._dialect, digest)


def _row(document: Document) -> StoredDocument:
    name = document.name and document.name[:MAX_NAME_CHARS]
    return StoredDocument(digest=document.digest, document=document.text, name=name, registered=True)
