"""What editors do with authors: make one known, and change what is known."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import UNSET, UnsetType

from cms.authors.models import Author
from cms.kernel.changing import checked_source, locked, swap, unless_taken
from cms.kernel.clock import now
from cms.kernel.database import Database, transaction
from cms.kernel.errors import NotFound, Required
from cms.kernel.events import EventType, append_event
from cms.kernel.guards import require, same_version
from cms.kernel.ids import GlobalId, NodeType
from cms.kernel.inputs import email, line, moment, optional_line, web_address
from cms.kernel.naming import choose_slug
from cms.kernel.text import fold
from cms.kernel.viewer import Scope, Viewer
from cms.media.models import Media
from cms.media.texts import Body, RichTextInput, columns, read_body, store_references

_MAX_NAME_CHARS = 200
_NO_BIO = dict.fromkeys(("bio_blocks", "bio_html", "bio_markdown", "bio_text", "bio_renderer"))


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorDraft:
    """An author to be. Without a slug one is made of the name."""

    name: str
    slug: str | None = None
    credentials: str | None = None
    bio: RichTextInput | None = None
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
    bio: RichTextInput | UnsetType | None = UNSET
    avatar_id: UUID | UnsetType | None = UNSET
    website: str | UnsetType | None = UNSET
    email: str | UnsetType | None = UNSET
    accepts_messages: bool | UnsetType = UNSET


async def create_author(
    database: Database, viewer: Viewer, draft: AuthorDraft, *, at: datetime | None = None
) -> Author:
    """Make an author known.

    Args:
        database: where.
        viewer: must hold CONTENT_WRITE.
        draft: who.
        at: since when, for imports; now when left out.

    Raises:
        NotAllowed: the viewer may not.
        AlreadyExists: the slug or the source is taken.
        DomainError: a value cannot be taken; see the path.
    """
    require(viewer, Scope.CONTENT_WRITE)
    name = line(draft.name, ("name",), _MAX_NAME_CHARS)
    bio = read_body(draft.bio, ("bio",)) if draft.bio else None
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
        await _announce(database, viewer, author)
    return author


async def update_author(database: Database, viewer: Viewer, change: AuthorChange) -> Author:
    """Change what is known of an author. What was printed under an article stays as it was printed.

    Raises:
        NotAllowed: the viewer lacks CONTENT_WRITE.
        NotFound: there is no such author.
        VersionConflict: somebody changed it since.
        AlreadyExists: the slug is taken.
        DomainError: a value cannot be taken; see the path.
    """
    require(viewer, Scope.CONTENT_WRITE)
    bio = read_body(change.bio, ("bio",)) if isinstance(change.bio, RichTextInput) else None
    async with transaction(database):
        author = await locked(Author, change.author_id)
        same_version(author.version, change.expected_version)
        changes = {**_changes(author, change, bio), **await _looked_up(author, change)}
        with unless_taken("The slug", ("slug",)):
            written = await swap(author, changes)
        if written:
            if change.bio is not UNSET:
                await store_references(author.id, bio)
            await _announce(database, viewer, author)
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


async def _announce(database: Database, viewer: Viewer, author: Author) -> None:
    node = GlobalId(NodeType.AUTHOR, author.id)
    await append_event(database, EventType.AUTHOR_CHANGED, viewer.actor, node, payload={"version": author.version})
