"""The rows of disclaimers: the half of the editors' verbs that knows nothing of articles.

The verbs themselves stand in `cms.articles.disclaiming`, since whoever changes a disclaimer changes what waits to be
published under it. Each function here expects to be called in their transaction.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from cms.disclaimers.chains import chained_digest, next_effect
from cms.disclaimers.models import (
    Disclaimer,
    DisclaimerAuthor,
    DisclaimerPlacement,
    DisclaimerScope,
    DisclaimerTopic,
    DisclaimerVersion,
)
from cms.kernel.changing import locked, swap, unless_taken
from cms.kernel.errors import InvalidInput, Required, StateConflict
from cms.kernel.guards import same_version
from cms.kernel.ids import new_id
from cms.kernel.inputs import line
from cms.kernel.naming import choose_slug
from cms.kernel.viewer import Viewer
from cms.media.texts import RichTextInput, columns, read_body, store_references

#: `Disclaimer.topics` and `Disclaimer.authors` are plain lists in the API.
MAX_TARGETS: Final = 100


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
    body: RichTextInput
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
    body: RichTextInput
    expected_version: int | None = None
    title: str | None = None
    effective_from: datetime | None = None
    applies: ReviseApplies = ReviseApplies.NEW_PUBLICATIONS_ONLY


async def write_disclaimer(viewer: Viewer, draft: DisclaimerDraft, made_at: datetime) -> DisclaimerVersion:
    """Write a disclaimer, what it names, and its first version. That what it names is there was checked.

    Raises:
        AlreadyExists: the slug is taken.
        DomainError: a value cannot be taken; see the path.
    """
    topics, authors = _targets(draft)
    title = line(draft.title, ("title",))
    slug = await choose_slug(draft.slug, title, _taken)
    with unless_taken("The slug", ("slug",)):
        disclaimer = await Disclaimer.create(
            created_at=made_at, updated_at=made_at, slug=slug, scope=draft.scope, placement=draft.placement
        )
    named = {"disclaimer_id": disclaimer.id}
    await DisclaimerTopic.bulk_create(
        DisclaimerTopic(**named, position=place, topic_id=key) for place, key in enumerate(topics)
    )
    await DisclaimerAuthor.bulk_create(
        DisclaimerAuthor(**named, position=place, author_id=key) for place, key in enumerate(authors)
    )
    revision = DisclaimerRevision(
        disclaimer_id=disclaimer.id, body=draft.body, title=title, effective_from=draft.effective_from
    )
    return await _append(viewer, revision, [], made_at)


async def write_version(viewer: Viewer, revision: DisclaimerRevision, made_at: datetime) -> DisclaimerVersion:
    """Write the next version and raise the disclaimer's own.

    Raises:
        NotFound: there is no such disclaimer.
        VersionConflict: somebody changed it since.
        StateConflict: it is retired.
        DomainError: a value cannot be taken; see the path.
    """
    disclaimer = await locked(Disclaimer, revision.disclaimer_id)
    same_version(disclaimer.version, revision.expected_version)
    if disclaimer.retired_at is not None:
        raise StateConflict("The disclaimer is retired: create a new one.", ("id",))
    before = await DisclaimerVersion.filter(disclaimer_id=disclaimer.id).order_by("number")
    version = await _append(viewer, revision, before, made_at)
    await swap(disclaimer, {}, force=True)
    return version


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
    body = read_body(revision.body)
    if not body.rendered.text.strip():
        raise Required("A disclaimer says something.", ("body",))
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


def _targets(draft: DisclaimerDraft) -> tuple[list[UUID], list[UUID]]:
    """The topics and authors that are named, each once, as the scope wants them."""
    topics, authors = list(dict.fromkeys(draft.topic_ids)), list(dict.fromkeys(draft.author_ids))
    for scope, named, path in (
        (DisclaimerScope.TOPIC, topics, ("topicIds",)),
        (DisclaimerScope.AUTHOR, authors, ("authorIds",)),
    ):
        if draft.scope is scope and not named:
            raise Required(f"The scope {scope.value} names at least one.", path)
        if draft.scope is not scope and named:
            raise InvalidInput(f"Only the scope {scope.value} names these.", path)
        if len(named) > MAX_TARGETS:
            raise InvalidInput(f"Name at most {MAX_TARGETS}.", path)
    return topics, authors


async def _taken(slugs: list[str]) -> set[str]:
    return {str(slug) for slug in await Disclaimer.filter(slug__in=slugs).values_list("slug", flat=True)}
