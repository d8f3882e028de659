"""Which documents clients may name instead of sending them, and, where nothing else is answered, which they may ask."""

import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import click
from graphql import GraphQLError

from cms.app import open_reader
from cms.commands.common import run_migrated
from cms.delivery.document_files import Flaw, Written, documents_in
from cms.delivery.documents import Document, add_documents, digest_named, id_of, list_documents, remove_document
from cms.delivery.models import StoredDocument
from cms.kernel.clock import to_text
from cms.kernel.database import Database
from cms.kernel.errors import DomainError
from cms.kernel.settings import Settings
from cms.kernel.viewer import SYSTEM
from schema.errors import Refused
from schema.preparing import Preparer
from schema.schema import MastheadSchema
from schema.stored import operation_names


class _DocumentId(click.ParamType[str]):
    """The id of a document; its digest is what is looked for."""

    name = "id"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        digest = digest_named(value)
        if digest is None:
            self.fail("Name a document by its id: sha256: and 64 hexadecimal digits.", param, ctx)
        return digest


@dataclass(frozen=True, slots=True)
class _Looked:
    """What came of looking at documents: those that may be registered, each once, and what is wrong with others."""

    documents: Sequence[Document]
    refused: Sequence[Flaw]


@click.group()
def documents() -> None:
    """Register, list and remove the documents that clients name by the hash of their text."""


@documents.command()
@click.argument(
    "files", metavar="FILE...", nargs=-1, required=True, type=click.Path(exists=True, readable=False, path_type=Path)
)
@click.option("--json", "as_json", is_flag=True, help="Print what was registered, or refused, as JSON.")
@click.pass_obj
def add(settings: Settings, files: tuple[Path, ...], as_json: bool) -> None:  # noqa: FBT001 - a flag
    """Register the documents in files, all or none.

    A FILE is a GraphQL document, a folder of .graphql files, or a manifest in JSON, as @graphql-codegen or Apollo's
    tools write it. Each document must be valid, and within the limits. The exit status is 1 when one was refused.
    """

    async def register(database: Database) -> _Looked:
        async with open_reader(database, "", settings.limits) as reader:
            looked = _look([found for file in files for found in documents_in(file)], MastheadSchema(reader).preparer)
        if not looked.refused:
            await add_documents(database, SYSTEM, looked.documents)
        return looked

    looked = run_migrated(settings, register)
    added = [] if looked.refused else looked.documents
    if as_json:
        told = [{"id": id_of(document.digest), "name": document.name} for document in added]
        click.echo(json.dumps({"documents": told, "refused": [asdict(flaw) for flaw in looked.refused]}))
    else:
        _print((document.digest, document.name) for document in added)
        for flaw in looked.refused:
            click.echo(f"Refused {flaw.file}: {flaw.reason}", err=True)
        if looked.refused:
            click.echo("Nothing was registered.", err=True)
    sys.exit(1 if looked.refused else 0)


@documents.command(name="list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def list_(settings: Settings, as_json: bool) -> None:  # noqa: FBT001 - a flag
    """List every registered document."""

    async def found(_database: Database) -> list[StoredDocument]:
        return await list_documents(SYSTEM)

    listed = run_migrated(settings, found)
    if as_json:
        click.echo(json.dumps([_told(one) for one in listed]))
    else:
        _print((one.digest, one.name) for one in listed)


@documents.command()
@click.argument("digest", metavar="ID", type=_DocumentId())
@click.pass_obj
def remove(settings: Settings, digest: str) -> None:
    """Answer a document no more."""

    async def end(database: Database) -> StoredDocument:
        return await remove_document(database, SYSTEM, digest)

    removed = run_migrated(settings, end)
    click.echo(f"{id_of(removed.digest)}: removed. Running servers refuse it within seconds.")


def _look(found: Sequence[Written | Flaw], preparer: Preparer) -> _Looked:
    good: dict[str, Document] = {}
    refused: list[Flaw] = []
    for one in found:
        looked = _judged(one, preparer) if isinstance(one, Written) else one
        if isinstance(looked, Flaw):
            refused.append(looked)
        else:
            good[looked.digest] = looked
    return _Looked(list(good.values()), refused)


def _judged(written: Written, preparer: Preparer) -> Document | Flaw:
    """The document, if a client that sent it would get an answer."""
    try:
        names = operation_names(written.text, preparer)
        return Document(written.text, ", ".join(name for name in names if name) or None)
    except Refused as refused:
        return written.flaw(" ".join(_sentence(error) for error in refused.errors))
    except DomainError as error:
        return written.flaw(error.message)


def _sentence(error: GraphQLError) -> str:
    place = error.locations[0] if error.locations else None
    return f"{error.message} (line {place.line}, column {place.column})" if place else error.message


def _told(one: StoredDocument) -> dict[str, object]:
    return {"id": id_of(one.digest), "name": one.name, "createdAt": to_text(one.created_at)}


def _print(named: Iterable[tuple[str, str | None]]) -> None:
    for digest, name in named:
        click.echo(f"{id_of(digest)}  {name or '-'}")
