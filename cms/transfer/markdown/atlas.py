"""Where everything lies in what is exported: the paths of files, by the keys of what they hold.

The one thing to know: a path follows from a slug, or from the name and the digest of a file, and from nothing that
differs from one database to another.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final
from uuid import UUID, uuid4, uuid5

import orjson

from cms.authors.models import Author
from cms.kernel.ids import GlobalId, NodeType, parse_global_id
from cms.media.models import Media
from cms.richtext import from_blocks
from cms.richtext.markdown_writer import to_markdown
from cms.site.actions import the_site
from cms.topics.models import Topic
from cms.transfer.markdown.editions import Edition
from cms.transfer.markdown.naming import ARTICLES, AUTHORS, TOPICS, file_name, media_name, path_between

_MARK_CHARS: Final = 8
_SIGN: Final = re.compile(r"(?:media:med|article:art)_[0-9a-f-]{36}")
_OURS: Final = ("media:med_", "article:art_")


@dataclass(frozen=True, slots=True)
class Atlas:
    """The paths of files below the folder.

    Attributes:
        articles: by the keys of articles.
        authors: by the keys of authors.
        topics: by the keys of topics.
        media: by the keys of media; those with the same bytes lie in one file.
        slugs: of authors and of topics, by their keys.
        has_locales: whether there is more than one language, each with a folder of its own.
        seed: what makes signs that nobody can have written.
    """

    articles: Mapping[UUID, str]
    authors: Mapping[UUID, str]
    topics: Mapping[UUID, str]
    media: Mapping[UUID, str]
    slugs: Mapping[UUID, str]
    has_locales: bool = False
    seed: UUID = field(default_factory=uuid4)

    def body(self, blocks: str, markdown: str, here: str) -> str:
        """A stored text as Markdown in which links and images are paths from the file that it will stand in.

        Args:
            blocks: the text.
            markdown: the same as Markdown in our own notation.
            here: the path of the file.
        """
        if not any(each in markdown for each in _OURS):
            return markdown
        # What is written in a text may look like an id, and is none: so those that are get a new one for the moment.
        signs: dict[str, str] = {}
        signed = self._signed(orjson.loads(blocks), here, signs)
        return _SIGN.sub(lambda found: signs.get(found[0], found[0]), to_markdown(from_blocks(signed)))

    def _signed(self, node: Any, here: str, signs: dict[str, str]) -> Any:  # noqa: ANN401 - JSON
        """The same blocks, in which every id of a file that is written is a sign for its path."""
        if isinstance(node, list):
            return [self._signed(each, here, signs) for each in node]
        if not isinstance(node, dict):
            return node
        match node.get("_type"):
            case "image":
                return node | {"media": self._sign(node["media"], here, signs)}
            case "internalLink":
                return node | {"article": self._sign(node["article"], here, signs)}
            case _:
                return {name: self._signed(value, here, signs) for name, value in node.items()}

    def _sign(self, written: str, here: str, signs: dict[str, str]) -> str:
        """What stands for the path of what an id names; the id itself where it has none."""
        node = parse_global_id(written)
        paths, before = (self.media, "media:") if node and node.type is NodeType.MEDIA else (self.articles, "article:")
        path = paths.get(node.key) if node else None
        if node is None or path is None:
            return written
        # One for each id, so that what was one link stays one.
        sign = str(GlobalId(node.type, uuid5(self.seed, written)))
        signs[before + sign] = path_between(here, path)
        return sign


async def draw_atlas(editions: Sequence[Edition]) -> Atlas:
    """Where everything lies that is exported: these articles, every author, every topic, every file."""
    authors = _slugs(await Author.filter(deleted_at=None).values_list("id", "slug"))
    topics = _slugs(await Topic.filter(deleted_at=None).values_list("id", "slug"))
    # Articles may be in a language that the site does not name any more.
    has_locales = len({*(await the_site()).locales, *(each.article.locale for each in editions)}) > 1
    return Atlas(
        articles={each.article.id: _article_path(each, has_folders=has_locales) for each in editions},
        authors={key: f"{AUTHORS}/{file_name(slug)}.md" for key, slug in authors.items()},
        topics={key: f"{TOPICS}/{file_name(slug)}.md" for key, slug in topics.items()},
        media=await _media_paths(),
        slugs=authors | topics,
        has_locales=has_locales,
    )


def _article_path(edition: Edition, *, has_folders: bool) -> str:
    folder = f"{ARTICLES}/{edition.article.locale}" if has_folders else ARTICLES
    return f"{folder}/{file_name(edition.slug)}.md"


def _slugs(rows: Iterable[tuple[Any, ...]]) -> dict[UUID, str]:
    return {UUID(str(key)): str(slug) for key, slug in rows}


async def _media_paths() -> dict[UUID, str]:
    """A file for each content, called after the oldest medium that holds it; more of the digest tells names apart."""
    paths: dict[UUID, str] = {}
    by_content: dict[str, str] = {}
    taken: set[str] = set()
    names = ("id", "filename", "digest", "bytes")
    for row in await Media.filter(deleted_at=None).order_by("digest", "created_at", "id").only(*names):
        # One whose file never came has a name of its own: it is not the same as the others.
        content = row.digest.removeprefix("sha256:") if row.bytes else sha256(row.id.bytes).hexdigest()
        if content not in by_content:
            ideas = (media_name(row.filename, content[:length]) for length in (_MARK_CHARS, len(content)))
            by_content[content] = next(idea for idea in ideas if idea not in taken)
            taken.add(by_content[content])
        paths[row.id] = by_content[content]
    return paths
