"""What is taken already, for adding many articles at once: slugs, sources, places in translation groups."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from cms.articles.drafts import ArticleDraft
from cms.articles.known import chunks
from cms.articles.models import Article, ArticleSlug
from cms.articles.saving import MAX_TRANSLATIONS
from cms.kernel.errors import AlreadyExists, NotFound, StateConflict
from cms.kernel.ids import new_id
from cms.kernel.inputs import slug as checked_slug
from cms.kernel.naming import candidates


@dataclass(slots=True)
class Shelf:
    """What is taken, and what the rows so far have taken besides.

    Attributes:
        slugs: by locale.
        sources: pairs of source and source_id.
        groups: the translation group of each article that drafts translate.
        members: the locales there are of each group.
    """

    slugs: set[tuple[str, str]]
    sources: set[tuple[str, str]]
    groups: dict[UUID, UUID]
    members: set[tuple[UUID, str]]
    _sizes: Counter[UUID] = field(init=False)

    def __post_init__(self) -> None:
        self._sizes = Counter(group for group, _ in self.members)

    def take_slug(self, locale: str, given: str | None, title: str) -> str:
        """A slug that nobody has, taken.

        Raises:
            AlreadyExists: the one that was asked for is taken.
            DomainError: it is no slug.
        """
        if given is not None and (locale, checked_slug(given)) in self.slugs:
            raise AlreadyExists(f"The slug {given} is taken.", ("slug",))
        ideas = (idea for idea in candidates(title) if (locale, idea) not in self.slugs)
        slug = checked_slug(given) if given is not None else next(ideas)
        self.slugs.add((locale, slug))
        return slug

    def take_source(self, source: str | None, source_id: str | None) -> None:
        """Note where an article comes from.

        Raises:
            AlreadyExists: it was imported before.
        """
        if source is None or source_id is None:
            return
        if (source, source_id) in self.sources:
            raise AlreadyExists(f"{source_id} was imported from {source} before.", ("sourceId",))
        self.sources.add((source, source_id))

    def take_group(self, translation_of: UUID | None, locale: str) -> UUID:
        """A place in the group of the article that is translated, or a group of its own.

        Raises:
            NotFound: there is no such article.
            AlreadyExists: there is a translation into that language.
            StateConflict: the group is full.
        """
        if translation_of is None:
            return new_id()
        group = self.groups.get(translation_of)
        if group is None:
            raise NotFound("There is no such article.", ("translationOf",))
        if (group, locale) in self.members:
            raise AlreadyExists(f"There is a version in {locale} already.", ("translationOf",))
        if self._sizes[group] >= MAX_TRANSLATIONS:
            raise StateConflict(f"An article has at most {MAX_TRANSLATIONS} translations.", ("translationOf",))
        self.members.add((group, locale))
        self._sizes[group] += 1
        return group


async def load_shelf(drafts: Sequence[ArticleDraft]) -> Shelf:
    """What of what these drafts want is taken: all slugs (some 100 bytes each), their sources, their groups."""
    slugs = await ArticleSlug.all().values_list("locale", "slug")
    originals = [draft.translation_of for draft in drafts if draft.translation_of]
    groups: dict[UUID, UUID] = {}
    members = set[tuple[UUID, str]]()
    for some in chunks(set(originals)):
        for row in await Article.filter(id__in=some, deleted_at=None).select_for_update(no_key=True).order_by("id"):
            groups[row.id] = row.translation_group_id
    for some in chunks(set(groups.values())):
        for row in await Article.filter(translation_group_id__in=some, deleted_at=None):
            members.add((row.translation_group_id, row.locale))
    return Shelf({(str(locale), str(slug)) for locale, slug in slugs}, await _sources(drafts), groups, members)


async def _sources(drafts: Sequence[ArticleDraft]) -> set[tuple[str, str]]:
    taken = set[tuple[str, str]]()
    wanted = {draft.source_id for draft in drafts if draft.source_id}
    for some in chunks(wanted):
        rows = await Article.filter(source_id__in=some).values_list("source", "source_id")
        taken |= {(str(source), str(source_id)) for source, source_id in rows}
    return taken
