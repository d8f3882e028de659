"""Articles as files, some at a time: what they name is looked up once for all of them.

The one thing to know: of a line of translations, the one in the language that the site names first is the original.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from cms.articles.known import chunks
from cms.articles.models import ArticleRevision, RevisionContributor, RevisionDisclaimer, RevisionTopic
from cms.kernel.progress import Tell
from cms.media.models import Media
from cms.site.models import Site
from cms.transfer.markdown.atlas import Atlas
from cms.transfer.markdown.editions import Edition
from cms.transfer.markdown.front import write_page
from cms.transfer.markdown.pages import Credited, Named, of_article
from cms.transfer.markdown.sinks import Sink

_AT_ONCE: Final = 100


@dataclass(slots=True)
class Lost:
    """What was noticed on the way that does not go out as it is."""

    disclaimers: int = 0
    rules: int = 0
    missing: list[str] = field(default_factory=list)
    altered: list[str] = field(default_factory=list)


async def write_articles(
    sink: Sink, site: Site, editions: Sequence[Edition], atlas: Atlas, lost: Lost, tell: Tell
) -> None:
    """Write every article.

    Args:
        sink: where to.
        site: whose they are.
        editions: the words of each.
        atlas: where everything lies.
        lost: is told what has no place in a file.
        tell: is told how far it has come.
    """
    originals = _originals(site, editions)
    done = 0
    for some in chunks(editions, _AT_ONCE):
        pages = [page async for page in _articles(some, atlas, originals, lost)]
        await asyncio.to_thread(sink.write, pages)
        done += len(some)
        tell(done, len(editions), "articles")


async def _articles(
    editions: Sequence[Edition], atlas: Atlas, originals: Mapping[UUID, UUID], lost: Lost
) -> AsyncIterator[tuple[str, bytes]]:
    """Some articles as files."""
    keys = [each.revision_id for each in editions]
    revisions = {row.id: row for row in await ArticleRevision.filter(id__in=keys)}
    people = await _people(keys, atlas)
    topics = await _topics(keys, atlas)
    images = [row.lead_image_id for row in revisions.values() if row.lead_image_id]
    media = {row.id: row for row in await Media.filter(id__in=images)}
    lost.disclaimers += await RevisionDisclaimer.filter(revision_id__in=keys).count()
    lost.rules += sum(map(_has_other_rules, editions))
    for each in editions:
        revision, here = revisions[each.revision_id], atlas.articles[each.article.id]
        original = originals.get(each.article.id)
        named = Named(
            people=people.get(revision.id, ()),
            topics=topics.get(revision.id, ()),
            image=atlas.media.get(revision.lead_image_id) if revision.lead_image_id else None,
            medium=media.get(revision.lead_image_id) if revision.lead_image_id else None,
            original=atlas.articles[original] if original else None,
        )
        fields = of_article(each, revision, named, here, has_locales=atlas.has_locales)
        yield here, write_page(fields, atlas.body(revision.body_blocks, revision.body_markdown, here))


def _has_other_rules(edition: Edition) -> bool:
    article = edition.article
    rules = (
        article.comments_close_at,
        article.comments_close_after_days,
        article.comments_moderation,
        article.comments_max_depth,
        article.comments_max_length,
        article.comments_required_fields,
    )
    return any(rule is not None for rule in rules)


def _originals(site: Site, editions: Sequence[Edition]) -> dict[UUID, UUID]:
    """What each translation translates: the article of its group in the language that the site names first."""
    order = {tag: place for place, tag in enumerate(dict.fromkeys([site.default_locale, *site.locales]))}
    groups: dict[UUID, list[Edition]] = {}
    for each in editions:
        groups.setdefault(each.article.translation_group_id, []).append(each)
    found: dict[UUID, UUID] = {}
    for group in groups.values():
        first = min(group, key=lambda each: (order.get(each.article.locale, len(order)), each.article.locale))
        found |= {each.article.id: first.article.id for each in group if each is not first}
    return found


async def _people(revisions: Sequence[UUID], atlas: Atlas) -> dict[UUID, list[Credited]]:
    found: dict[UUID, list[Credited]] = {}
    for row in await RevisionContributor.filter(revision_id__in=list(revisions)).order_by("position"):
        if row.author_id in atlas.slugs:
            person = Credited(atlas.slugs[row.author_id], row.role, row.credited_as)
            found.setdefault(row.revision_id, []).append(person)
    return found


async def _topics(revisions: Sequence[UUID], atlas: Atlas) -> dict[UUID, list[str]]:
    found: dict[UUID, list[str]] = {}
    for row in await RevisionTopic.filter(revision_id__in=list(revisions)).order_by("position"):
        if row.topic_id in atlas.slugs:
            found.setdefault(row.revision_id, []).append(atlas.slugs[row.topic_id])
    return found
