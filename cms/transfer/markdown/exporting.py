"""Everything that Markdown can hold goes out: a folder that reads well as it is, and that comes in again as the same.

The one thing to know: it is read at one moment, and the same content makes the same bytes, wherever it lies. What
Markdown has no place for is counted and told: comments, history, disclaimers, how to reach people.
"""

import asyncio
import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from cms.articles.known import chunks
from cms.authors.models import Author
from cms.kernel.database import Database
from cms.kernel.progress import Tell, quietly
from cms.media.models import Media
from cms.site.models import Site
from cms.topics.models import Topic
from cms.transfer.archives.archive import chunks_of
from cms.transfer.archives.errors import CannotPack
from cms.transfer.archives.parts import is_safe
from cms.transfer.markdown.atlas import Atlas, draw_atlas
from cms.transfer.markdown.editions import Editions, choose_editions
from cms.transfer.markdown.front import write_page
from cms.transfer.markdown.naming import BESIDE, SITE
from cms.transfer.markdown.outgoing import Lost, write_articles
from cms.transfer.markdown.pages import of_author, of_medium, of_site, of_topic
from cms.transfer.markdown.sinks import Sink, sink_at
from cms.transfer.markdown.yaml_text import write_yaml
from cms.transfer.moment import one_moment


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportedMarkdown:
    """What was exported.

    Attributes:
        place: where it lies.
        articles: how many, drafts among them.
        drafts: how many of them nobody sees.
        authors: how many.
        topics: how many.
        media: how many files, each content once.
        left_out: how many articles are not in it, by why.
        behind: the paths of articles that have newer words here, which nobody sees yet.
        missing: the paths of media whose file is not in the store; texts name them all the same.
        altered: the paths of media whose file is another one than was put there; it is what was found.
        notes: full sentences about what Markdown has no place for.
    """

    place: str
    articles: int
    drafts: int
    authors: int
    topics: int
    media: int
    left_out: Mapping[str, int]
    behind: tuple[str, ...]
    missing: tuple[str, ...]
    altered: tuple[str, ...]
    notes: tuple[str, ...]

    def to_text(self) -> str:
        """The same for people, without a newline at its end."""
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        yield (
            f"{self.place}: {self.articles:,} articles, {self.drafts:,} of them drafts; {self.authors:,} authors, "
            f"{self.topics:,} topics, {self.media:,} files."
        )
        yield from (f"Articles left out since they are {why}: {number:,}." for why, number in self.left_out.items())
        yield from (f"{path} is what readers see; there are newer words, which they do not." for path in self.behind)
        yield from (f"The file {path} was not there." for path in self.missing)
        yield from (f"The file {path} is not what was put there." for path in self.altered)
        yield from self.notes


async def export_markdown(
    database: Database, target: Path, media_folder: Path, tell: Tell = quietly
) -> ExportedMarkdown:
    """Export everything that Markdown can hold.

    Args:
        database: whose content.
        target: a folder that is new or empty, or a name that ends in `.zip`.
        media_folder: the media store.
        tell: is told how far it has come.

    Raises:
        CannotPack: there is no site yet, or it cannot be written there.
    """
    lost = Lost()
    with sink_at(target) as sink:
        async with one_moment(database):
            site = await Site.first()
            if site is None:
                raise CannotPack("There is no site yet, and nothing to export.")
            chosen = await choose_editions()
            atlas = await draw_atlas(chosen.going)
            await _write(sink, [(SITE, write_yaml(of_site(site)).encode())])
            await write_articles(sink, site, chosen.going, atlas, lost, tell)
            await _write_authors(sink, atlas)
            await _write_topics(sink, atlas)
            media = await _described(sink, atlas)
        await _write_media(sink, media, atlas, media_folder, lost, tell)
    return _exported(target, chosen, atlas, media, lost)


def _exported(target: Path, chosen: Editions, atlas: Atlas, media: Sequence[Media], lost: Lost) -> ExportedMarkdown:
    return ExportedMarkdown(
        place=str(target),
        articles=len(chosen.going),
        drafts=sum(each.is_draft for each in chosen.going),
        authors=len(atlas.authors),
        topics=len(atlas.topics),
        media=len(media) - len(lost.missing),
        left_out=chosen.left_out,
        behind=tuple(atlas.articles[each.article.id] for each in chosen.going if each.is_behind),
        missing=tuple(lost.missing),
        altered=tuple(lost.altered),
        notes=tuple(_notes(lost)),
    )


def _notes(lost: Lost) -> Iterator[str]:
    yield "Comments, earlier revisions, redirects, disclaimers and policies are not in Markdown: a bundle holds them."
    if lost.disclaimers:
        yield f"Disclaimers that were chosen for an article, and are not named in its file: {lost.disclaimers:,}."
    if lost.rules:
        yield f"Articles with rules for comments of which only open or closed is kept: {lost.rules:,}."


async def _write(sink: Sink, files: Iterable[tuple[str, bytes]]) -> None:
    await asyncio.to_thread(sink.write, list(files))


async def _write_authors(sink: Sink, atlas: Atlas) -> None:
    for some in chunks(sorted(atlas.authors, key=lambda key: atlas.authors[key])):
        rows = {row.id: row for row in await Author.filter(id__in=list(some))}
        await _write(sink, [_author(rows[key], atlas) for key in some])


def _author(author: Author, atlas: Atlas) -> tuple[str, bytes]:
    here = atlas.authors[author.id]
    bio = atlas.body(author.bio_blocks, author.bio_markdown or "", here) if author.bio_blocks else ""
    return here, write_page(of_author(author, here, atlas.media), bio)


async def _write_topics(sink: Sink, atlas: Atlas) -> None:
    for some in chunks(sorted(atlas.topics, key=lambda key: atlas.topics[key])):
        rows = {row.id: row for row in await Topic.filter(id__in=list(some))}
        await _write(sink, [(atlas.topics[key], write_page(of_topic(rows[key], atlas.slugs), "")) for key in some])


async def _described(sink: Sink, atlas: Atlas) -> list[Media]:
    """Write beside the place of each file what is said of it; the media whose files are written, by their paths."""
    firsts: dict[str, UUID] = {}
    for key, path in atlas.media.items():
        firsts.setdefault(path, key)
    found: list[Media] = []
    for some in chunks(sorted(firsts)):
        rows = {row.id: row for row in await Media.filter(id__in=[firsts[path] for path in some])}
        media = [rows[firsts[path]] for path in some]
        await _write(sink, [(atlas.media[row.id] + BESIDE, write_yaml(of_medium(row)).encode()) for row in media])
        found += media
    return found


async def _write_media(sink: Sink, media: Sequence[Media], atlas: Atlas, folder: Path, lost: Lost, tell: Tell) -> None:
    for done, row in enumerate(media, start=1):
        await asyncio.to_thread(_copy, sink, row, atlas.media[row.id], folder, lost)
        tell(done, len(media), "media")


def _copy(sink: Sink, row: Media, path: str, folder: Path, lost: Lost) -> None:
    place = folder / row.storage_key
    if not (is_safe(row.storage_key) and place.is_file()):
        lost.missing.append(path)
        return
    digest = hashlib.sha256()

    def chunks_read() -> Iterator[bytes]:
        for chunk in chunks_of(place):
            digest.update(chunk)
            yield chunk

    sink.add(path, chunks_read())
    if f"sha256:{digest.hexdigest()}" != row.digest:
        lost.altered.append(path)
