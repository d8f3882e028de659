"""The rows of disclaimers: the half of the editors' verbs that knows nothing of articles.

The verbs themselves stand in `cms.articles.disclaiming`, since whoever changes a disclaimer changes what waits to be
published under it. Each function here expects to be called in their transaction.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import TypeVar
from uuid import UUID

from msgspec import UNSET, UnsetType

from cms.disclaimers.chains import chained_digest, next_effect
from cms.disclaimers.models import Disclaimer, DisclaimerPlacement, DisclaimerScope, DisclaimerVersion
from cms.disclaimers.targets import Targets, agreed, store_targets, targets_of
from cms.disclaimers.telling import differences, said_in, told_of
from cms.kernel.changing import locked, swap, unless_taken
from cms.kernel.errors import FieldChange, Required, StateConflict
from cms.kernel.guards import same_version
from cms.kernel.ids import NodeType, new_id
from cms.kernel.inputs import line
from cms.kernel.naming import choose_slug
from cms.kernel.viewer import Viewer
from cms.media.texts import Body, RichTextInput, columns, read_body, store_references

T = TypeVar("T")
W = TypeVar("W", "DisclaimerDraft", "DisclaimerRevision")


class ReviseApplies(StrEnum):
    """Which articles a new version reaches."""

    NEW_PUBLICATIONS_ONLY = "NEW_PUBLICATIONS_ONLY"
    EVERY_COVERED_ARTICLE = "EVERY_COVERED_ARTICLE"


@dataclass(frozen=True, slots=True, kw_only=True)
class DisclaimerDraft:
    """A disclaimer to be, with its first version.

    Attributes:
        title: of the first version; a slug is made of it when none is given.
        body: of the first version.
        topic_ids: what the scope TOPIC names; empty for others.
        author_ids: what the scope AUTHOR names; empty for others.
        effective_from: from when on the first version holds; from now on when left out.
    """

    title: str
    body: RichTextInput | Body
    scope: DisclaimerScope
    placement: DisclaimerPlacement = DisclaimerPlacement.AFTER_BODY
    slug: str | None = None
    topic_ids: tuple[UUID, ...] = ()
    author_ids: tuple[UUID, ...] = ()
    effective_from: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DisclaimerRevision:
    """The next version of a disclaimer. Without a title it keeps the one it has."""

    disclaimer_id: UUID
    body: RichTextInput | Body
    expected_version: int | None = None
    title: str | None = None
    effective_from: datetime | None = None
    applies: ReviseApplies = ReviseApplies.NEW_PUBLICATIONS_ONLY


@dataclass(frozen=True, slots=True, kw_only=True)
class DisclaimerChange:
    """What changes about a disclaimer, which is never its text; what is UNSET stays.

    With another scope the topics or authors that the one before named are forgotten.
    """

    disclaimer_id: UUID
    expected_version: int | None = None
    scope: DisclaimerScope | UnsetType = UNSET
    placement: DisclaimerPlacement | UnsetType = UNSET
    topic_ids: tuple[UUID, ...] | UnsetType = UNSET
    author_ids: tuple[UUID, ...] | UnsetType = UNSET


@dataclass(frozen=True, slots=True)
class Changed:
    """A disclaimer after a change, and what changed, by the names that the API has for it."""

    disclaimer: Disclaimer
    fields: Sequence[FieldChange]


@dataclass(frozen=True, slots=True)
class NextVersion:
    """A new version of a disclaimer, and the disclaimer's own number of changes after it."""

    version: DisclaimerVersion
    disclaimer_version: int
    fields: Sequence[FieldChange]


def with_body_read(given: W) -> W:
    """The same with its text read: do it before a transaction, which on SQLite keeps every other writer waiting.

    Raises:
        InvalidInput: the text is refused.
        Required: it says nothing.
    """
    return replace(given, body=body_read(given.body))


def body_read(given: RichTextInput | Body) -> Body:
    """The text of a disclaimer.

    Raises:
        InvalidInput: it is refused.
        Required: it says nothing.
    """
    body = read_body(given) if isinstance(given, RichTextInput) else given
    if not body.rendered.text.strip():
        raise Required("A disclaimer says something.", ("body",))
    return body


async def write_disclaimer(viewer: Viewer, draft: DisclaimerDraft, made_at: datetime) -> DisclaimerVersion:
    """Write a disclaimer, what it names, and its first version. That what it names is there was checked.

    Raises:
        AlreadyExists: the slug is taken.
        DomainError: a value cannot be taken; see the path.
    """
    body = body_read(draft.body)
    targets = agreed(draft.scope, draft.topic_ids, draft.author_ids)
    title = line(draft.title, ("title",))
    slug = await choose_slug(draft.slug, title, _taken)
    with unless_taken("The slug", ("slug",)):
        disclaimer = await Disclaimer.create(
            created_at=made_at, updated_at=made_at, slug=slug, scope=draft.scope, placement=draft.placement
        )
    await store_targets(disclaimer.id, targets)
    revision = DisclaimerRevision(
        disclaimer_id=disclaimer.id, body=body, title=title, effective_from=draft.effective_from
    )
    return await _append(viewer, revision, [], made_at)


async def write_change(change: DisclaimerChange) -> Changed:
    """Write what changes about a disclaimer. That what it names is there was checked.

    Raises:
        NotFound: there is no such disclaimer.
        VersionConflict: somebody changed it since.
        StateConflict: it is retired.
        Required: the scope names at least one topic or author, and none is given or was named.
        InvalidInput: topics or authors are given that the scope does not name.
    """
    disclaimer = await _in_use(change.disclaimer_id, change.expected_version)
    before, scope = await targets_of(disclaimer.id), _or(change.scope, disclaimer.scope)
    kept = before if scope is disclaimer.scope else Targets()
    targets = agreed(scope, _or(change.topic_ids, kept.topic_ids), _or(change.author_ids, kept.author_ids))
    before_all = told_of(disclaimer, before)
    if targets != before:
        await store_targets(disclaimer.id, targets)
    placement = _or(change.placement, disclaimer.placement)
    await swap(disclaimer, {"scope": scope, "placement": placement}, force=targets != before)
    return Changed(disclaimer, differences(before_all, told_of(disclaimer, targets)))


async def write_version(viewer: Viewer, revision: DisclaimerRevision, made_at: datetime) -> NextVersion:
    """Write the next version and raise the disclaimer's own.

    Raises:
        NotFound: there is no such disclaimer.
        VersionConflict: somebody changed it since.
        StateConflict: it is retired.
        DomainError: a value cannot be taken; see the path.
    """
    disclaimer = await _in_use(revision.disclaimer_id, revision.expected_version)
    before = await DisclaimerVersion.filter(disclaimer_id=disclaimer.id).order_by("number")
    version = await _append(viewer, revision, before, made_at)
    await swap(disclaimer, {}, force=True)
    return NextVersion(version, disclaimer.version, differences(said_in(before[-1]), said_in(version)))


async def write_retirement(disclaimer_id: UUID, retired_at: datetime) -> Disclaimer:
    """Write that a disclaimer covers nothing that goes out from `retired_at` on.

    Raises:
        NotFound: there is no such disclaimer.
        StateConflict: it is retired already.
    """
    disclaimer = await locked(Disclaimer, disclaimer_id)
    if disclaimer.retired_at is not None:
        raise StateConflict("The disclaimer is retired already.", ("id",))
    await swap(disclaimer, {"retired_at": retired_at})
    return disclaimer


async def _append(
    viewer: Viewer, revision: DisclaimerRevision, before: Sequence[DisclaimerVersion], made_at: datetime
) -> DisclaimerVersion:
    last = before[-1] if before else None
    title = last.title if last and revision.title is None else line(revision.title or "", ("title",))
    body = body_read(revision.body)
    effective_from = next_effect(revision.effective_from, made_at, before)
    version = await DisclaimerVersion.create(
        id=new_id(),
        created_at=made_at,
        disclaimer_id=revision.disclaimer_id,
        number=last.number + 1 if last else 1,
        title=title,
        effective_from=effective_from,
        digest=chained_digest(title, body.rendered.blocks, effective_from, last.digest if last else None),
        created_by_id=viewer.user_id,
        **columns(body),
    )
    await store_references(version.id, body)
    return version


async def _in_use(disclaimer_id: UUID, expected_version: int | None) -> Disclaimer:
    """A disclaimer that is not retired, locked."""
    disclaimer = await locked(Disclaimer, disclaimer_id)
    await same_version(disclaimer, expected_version, NodeType.DISCLAIMER)
    if disclaimer.retired_at is not None:
        raise StateConflict("The disclaimer is retired: create a new one.", ("id",))
    return disclaimer


def _or(given: T | UnsetType, stored: T) -> T:
    return stored if isinstance(given, UnsetType) else given


async def _taken(slugs: list[str]) -> set[str]:
    return {str(slug) for slug in await Disclaimer.filter(slug__in=slugs).values_list("slug", flat=True)}
