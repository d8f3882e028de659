"""What editors do with authors: make one known, change what is known, and let one go whom nothing names."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, TypeVar
from uuid import UUID

from msgspec import UNSET, UnsetType

from cms.authors.models import Author
from cms.kernel.addresses import bury, take_address
from cms.kernel.changing import checked_source, locked, swap, unless_taken
from cms.kernel.clock import now
from cms.kernel.database import Database, transaction
from cms.kernel.errors import NotFound, Required
from cms.kernel.events import EventType, append_event
from cms.kernel.guards import require, same_version
from cms.kernel.ids import GlobalId, NodeType
from cms.kernel.inputs import email, line, moment, optional_line, web_address
from cms.kernel.naming import choose_slug
from cms.kernel.telling import Telling, changes_between, id_of, said
from cms.kernel.text import fold
from cms.kernel.usage import refuse_in_use
from cms.kernel.viewer import Scope, Viewer
from cms.media.models import Media
from cms.media.texts import Body, RichTextInput, columns, read_body, store_references

_MAX_NAME_CHARS = 200
#: How an author's fields are told in events; who is told that the address changed is not told the address.
_TOLD: Final[Telling] = {
    "slug": lambda author: author.slug,
    "name": lambda author: author.name,
    "credentials": lambda author: author.credentials,
    "bio": lambda author: author.bio_markdown,
    "avatarId": lambda author: id_of(NodeType.MEDIA, author.avatar_id),
    "website": lambda author: author.website,
    "email": lambda author: author.email,
    "acceptsMessages": lambda author: author.accepts_messages,
}
_UNTOLD: Final = frozenset({"email"})
_NO_BIO = dict.fromkeys(("bio_blocks", "bio_html", "bio_markdown", "bio_text", "bio_renderer"))


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorDraft:
    """An author to be. Without a slug one is made of the name."""

    name: str
    slug: str | None = None
    credentials: str | None = None
    bio: RichTextInput | Body | None = None
    avatar_id: UUID | None = None
    website: str | None = None
    email: str | None = None
    accepts_messages: bool = False
    source: str | None = None
    source_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorChange:
    """What changes about an author; what is UNSET stays, None clears."""

    author_id: UUID
    expected_version: int
    slug: str | UnsetType = UNSET
    name: str | UnsetType = UNSET
    credentials: str | UnsetType | None = UNSET
    bio: RichTextInput | Body | UnsetType | None = UNSET
    avatar_id: UUID | UnsetType | None = UNSET
    website: str | UnsetType | None = UNSET
    email: str | UnsetType | None = UNSET
    accepts_messages: bool | UnsetType = UNSET


D = TypeVar("D", AuthorDraft, AuthorChange)


def with_bio_read(given: D) -> D:
    """The same with its text read: do it before a transaction, which on SQLite keeps every other writer waiting.

    Raises:
        InvalidInput: the text is refused.
    """
    return replace(given, bio=read_body(given.bio, ("bio",))) if isinstance(given.bio, RichTextInput) else given


async def create_author(
    database: Database, viewer: Viewer, draft: AuthorDraft, *, at: datetime | None = None
) -> Author:
    """Make an author known.

    Args:
        database: where.
        viewer: must hold CONTENT_PUBLISH.
        draft: who.
        at: since when, for imports; now when left out.

    Raises:
        NotAllowed: the viewer may not.
        AlreadyExists: the slug or the source is taken.
        DomainError: a value cannot be taken; see the path.
    """
    require(viewer, Scope.CONTENT_PUBLISH)
    name = line(draft.name, ("name",), _MAX_NAME_CHARS)
    read = with_bio_read(draft).bio
    bio = read if isinstance(read, Body) else None
    made_at = moment(at, ("createdAt",)) if at else now()
    values: dict[str, Any] = {
        **_named(name),
        "credentials": optional_line(draft.credentials, ("credentials",), _MAX_NAME_CHARS),
        **(columns(bio, "bio") if bio else _NO_BIO),
        "website": web_address(draft.website, ("website",)),
        **_reachable(email(draft.email), accepts_messages=draft.accepts_messages),
    }
    async with transaction(database):
        values |= await checked_source(Author, draft.source, draft.source_id)
        values |= {"slug": await choose_slug(draft.slug, name, _taken), "avatar_id": await _image(draft.avatar_id)}
        with unless_taken("The slug", ("slug",)):
            author = await Author.create(created_at=made_at, updated_at=made_at, **values)
        await store_references(author.id, bio)
        await _announce(database, viewer, author, {})
        await _stand(database, viewer, author, None)
    return author


async def update_author(database: Database, viewer: Viewer, change: AuthorChange) -> Author:
    """Change what is known of an author. What was printed under an article stays as it was printed.

    Raises:
        NotAllowed: the viewer lacks CONTENT_PUBLISH.
        NotFound: there is no such author.
        VersionConflict: somebody changed it since.
        AlreadyExists: the slug is taken.
        DomainError: a value cannot be taken; see the path.
    """
    require(viewer, Scope.CONTENT_PUBLISH)
    read = with_bio_read(change).bio
    bio = read if isinstance(read, Body) else None
    async with transaction(database):
        author = await locked(Author, change.author_id)
        await same_version(author, change.expected_version, NodeType.AUTHOR)
        before = said(author, _TOLD)
        changes = {**_changes(author, change, bio), **await _looked_up(author, change)}
        with unless_taken("The slug", ("slug",)):
            written = await swap(author, changes)
        if written:
            if change.bio is not UNSET:
                await store_references(author.id, bio)
            await _announce(database, viewer, author, before)
            await _stand(database, viewer, author, str(before["slug"]))
    return author


async def delete_author(database: Database, viewer: Viewer, author_id: UUID) -> Author:
    """Let an author go whom nothing names. The row stays, out of sight; at the address a tombstone says so.

    Raises:
        NotAllowed: the viewer lacks CONTENT_PUBLISH.
        NotFound: there is no such author.
        InUse: an article names them, as it stands or as readers ever saw it, or a disclaimer does.
    """
    require(viewer, Scope.CONTENT_PUBLISH)
    async with transaction(database):
        author = await locked(Author, author_id, to_delete=True)
        await refuse_in_use(database, GlobalId(NodeType.AUTHOR, author.id))
        await swap(author, {"deleted_at": now()})
        await bury(database, GlobalId(NodeType.AUTHOR, author.id), author.slug)
        await _announce(database, viewer, author, said(author, _TOLD), deleted=True)
    return author


def _changes(author: Author, change: AuthorChange, bio: Body | None) -> dict[str, object]:
    changes: dict[str, object] = {}
    if change.name is not UNSET:
        changes |= _named(line(change.name, ("name",), _MAX_NAME_CHARS))
    if change.credentials is not UNSET:
        changes["credentials"] = optional_line(change.credentials, ("credentials",), _MAX_NAME_CHARS)
    if change.bio is not UNSET:
        changes |= columns(bio, "bio") if bio else _NO_BIO
    if change.website is not UNSET:
        changes["website"] = web_address(change.website, ("website",))
    address = author.email if change.email is UNSET else email(change.email)
    accepts = author.accepts_messages if change.accepts_messages is UNSET else change.accepts_messages
    return {**changes, **_reachable(address, accepts_messages=accepts)}


async def _looked_up(author: Author, change: AuthorChange) -> dict[str, object]:
    changes: dict[str, object] = {}
    if change.slug is not UNSET and change.slug != author.slug:
        changes["slug"] = await choose_slug(change.slug, author.name, _taken)
    if change.avatar_id is not UNSET:
        changes["avatar_id"] = await _image(change.avatar_id)
    return changes


def _named(name: str) -> dict[str, object]:
    return {"name": name, "name_key": fold(name)}


def _reachable(address: str | None, *, accepts_messages: bool) -> dict[str, object]:
    if accepts_messages and address is None:
        raise Required("An author who accepts messages needs a mail address.", ("email",))
    return {"email": address, "accepts_messages": accepts_messages}


async def _image(media_id: UUID | None) -> UUID | None:
    if media_id is not None and not await Media.exists(id=media_id, deleted_at=None):
        raise NotFound("There is no such image.", ("avatarId",))
    return media_id


async def _taken(slugs: list[str]) -> set[str]:
    rows = await Author.filter(slug__in=slugs, deleted_at=None).values_list("slug", flat=True)
    return {str(slug) for slug in rows}


async def _stand(database: Database, viewer: Viewer, author: Author, before: str | None) -> None:
    """Let the author stand under their slug; an author's page is public as soon as there is one."""
    node = GlobalId(NodeType.AUTHOR, author.id)
    await take_address(database, node, author.slug, before=before, actor=viewer.actor)


async def _announce(
    database: Database, viewer: Viewer, author: Author, before: Mapping[str, object], **more: object
) -> None:
    changed = changes_between(before, said(author, _TOLD), untold=_UNTOLD)
    payload = {"version": author.version, "changed": changed, **more}
    node = GlobalId(NodeType.AUTHOR, author.id)
    await append_event(database, EventType.AUTHOR_CHANGED, viewer.actor, node, payload=payload)
