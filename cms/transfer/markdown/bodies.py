"""Bodies as rich text: links to other files lead to their articles, and images of the folder are media.

The one thing to know: where a link is a link, and not a word of code, only the parser can tell. So each place that may
be one is given a sign and the text is parsed; where the sign did not become a link, everything stays as it was written.
"""

import re
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote
from uuid import UUID, uuid4

from cms.kernel.ids import GlobalId, NodeType
from cms.richtext import Document, from_html, from_markdown
from cms.richtext.blocks import InternalLink, MarkDef, Table, TextBlock
from cms.transfer.markdown.hidden import without_hidden
from cms.transfer.markdown.links import LINK, Maybe
from cms.transfer.markdown.naming import SITE, path_from
from cms.transfer.markdown.places import Place

Bring = Callable[[str, str], Awaitable[UUID | None]]

_HTML: Final = re.compile(
    r"\s*<(?:!--|(?:p|div|h[1-6]|ul|ol|table|figure|section|article|blockquote|img|span|a|center)\b).*>\s*",
    re.DOTALL | re.IGNORECASE,
)
#: What stands in Markdown and hardly in HTML.
_MARKDOWN: Final = re.compile(r"^(?:#{1,6} |[-*+] |> |```|\d+\. )|\]\(", re.MULTILINE)
#: Of Liquid and of Hugo; in code it is told as well.
_TEMPLATE: Final = re.compile(r"\{\{[^{}\n]{1,200}\}\}|\{%[^{}\n]{1,200}%\}")
_TITLE: Final = re.compile(r"\s*#[ \t]+(?P<title>[^\n]*?)(?:[ \t]+#+)?[ \t]*(?:\n|\Z)")
#: Where Hugo and Jekyll keep what is found at the root of the site.
_ROOTS: Final = ("", "static/", "assets/", "public/", "content/")


@dataclass(frozen=True, slots=True)
class Converted:
    """A body that was read, and what of it should be looked at, as sentences without their ends."""

    document: Document
    notes: tuple[str, ...]


class Bodies:
    """Reads bodies.

    Args:
        place: where the files lie.
        articles: the global ids of articles that are here or come in, by the names of their files.
        addresses: the same by where they were found before.
        bring: brings a file of the folder into the media store, with words that describe it.
    """

    def __init__(self, place: Place, articles: Mapping[str, str], addresses: Mapping[str, str], bring: Bring) -> None:
        self._place = place
        self._articles = articles
        self._addresses = addresses
        self._bring = bring
        self._is_ours = SITE in place.sizes

    async def read(self, text: str, here: str) -> Converted:
        """A body as rich text.

        Args:
            text: Markdown; what is nothing but HTML is read as HTML.
            here: the name of its file.

        Raises:
            RichTextError: it is refused.
        """
        text, hides = without_hidden(text, is_ours=self._is_ours)
        maybes = [] if _is_html(text) else [self._maybe(found, here) for found in LINK.finditer(text)]
        images: dict[str, str] = {}
        document = self._parsed(_with(text, [maybe.marked for maybe in maybes]), images)
        links = _linked(document) | images.keys()
        final = _with(text, [maybe.settled(is_link=maybe.sign in links) for maybe in maybes])
        leads_to = {maybe.sign: maybe.leads_to or "" for maybe in maybes}
        shown = {leads_to.get(url, url): alt for url, alt in images.items()}
        media = {url: await self._medium(url, alt, here) for url, alt in shown.items()}
        if maybes or media:
            document = self._parsed(final, {}, media)
        dead = any(maybe.sign in links and not maybe.leads_to for maybe in maybes)
        told = {
            "Words that its writer hid from readers were left out": hides,
            "What a template would have filled in stands as it was written": self._is_template(final),
            "A link to a file that is not here became its words": dead,
        }
        notes = (note for note, is_so in told.items() if is_so)
        return Converted(document, (*notes, *_notes(text, media)))

    def find(self, link: str, here: str) -> str | None:
        """The file that a link in a file leads to, however generators write that; none where there is none."""
        # Ghost's sign for the address of its site, where what converted an export left it.
        link = link.removeprefix("__GHOST_URL__")
        for way in dict.fromkeys((link, unquote(link), unquote(link.partition("#")[0].partition("?")[0]))):
            if way.startswith("/"):
                found = next((name for root in _ROOTS if (name := self._place.named(root + way))), None)
            else:
                found = self._place.named(path_from(here, way)) or self._place.named(way)
            if found:
                return found
        return None

    def _is_template(self, text: str) -> bool:
        return not self._is_ours and _TEMPLATE.search(text) is not None

    def _parsed(self, text: str, images: dict[str, str], media: Mapping[str, str | None] | None = None) -> Document:
        """The text parsed; the addresses of its images are put into `images`, with the words for them."""

        def image(url: str, alt: str) -> str | None:
            images.setdefault(url, alt)
            return (media or {}).get(url)

        read = from_html if _is_html(text) else from_markdown
        return read(text, resolve_image=image, resolve_link=self._addresses.get)

    async def _medium(self, url: str, alt: str, here: str) -> str | None:
        name = None if "://" in url else self.find(url, here)
        key = await self._bring(name, alt) if name else None
        return str(GlobalId(NodeType.MEDIA, key)) if key else None

    def _maybe(self, found: re.Match[str], here: str) -> Maybe:
        sign = f"art_{uuid4()}"
        if found["embeds"]:
            name = found["wiki"].strip()
            file = self._place.called(name.rpartition("/")[2]) or self.find(name, here)
            return Maybe(found[0], sign, f"![](<{sign}>)" if file else found[0], f"/{file}" if file else None)
        file = self._file(found, here)
        is_elsewhere = "://" in found[0] or bool(found["bare"] and file)
        if (found["wiki"] or is_elsewhere) and file not in self._articles:
            return Maybe(found[0], sign, found[0], None)
        before = found["before"] or found["definition"] or f"[{(found['words'] or found['wiki'] or '').strip()}]("
        after = ")" if found["wiki"] else ""
        return Maybe(found[0], sign, f"{before}article:{sign}{after}", self._articles.get(file or ""))

    def _file(self, found: re.Match[str], here: str) -> str | None:
        """The text that a link leads to."""
        if link := found["plain"] or found["angled"] or found["defined"]:
            return self.find(link, here)
        written: str = found["bare"] or found["hugo"] or found["jekyll"] or found["wiki"]
        name = unquote(written.partition("#")[0]).strip().removesuffix(".html").rstrip("/")
        ways = (name, f"{name}.md", f"{name}/index.md")
        near = next((file for way in ways if (file := self.find(way, here))), None)
        return near or self._called(name.rpartition("/")[2])

    def _called(self, name: str) -> str | None:
        """The only text of a name, with or without its ending."""
        return self._place.called(name) or self._place.called(f"{name}.md") or self._place.called(f"{name}.markdown")


def take_title(body: str) -> tuple[str, str]:
    """The heading that a body begins with, and what follows it; an empty title where it begins otherwise."""
    found = _TITLE.match(body)
    return (found["title"], body[found.end() :]) if found else ("", body)


def _is_html(text: str) -> bool:
    """Whether a body is nothing but HTML, as those are that came from somewhere else."""
    return _HTML.fullmatch(text) is not None and _MARKDOWN.search(text) is None


def _with(text: str, parts: Sequence[str]) -> str:
    """The text with these in the places of what may be links, in their order."""
    given = iter(parts)
    return LINK.sub(lambda _: next(given), text) if parts else text


def _notes(text: str, media: Mapping[str, str | None]) -> Iterator[str]:
    missing = [url for url, key in media.items() if key is None]
    if _is_html(text):
        yield "Its body is HTML, and was read as such"
    if any("://" in url for url in missing):
        yield "An image of another site became a link to it"
    if any("://" not in url for url in missing):
        yield "An image whose file is not here, or is of no type that is taken, became its words"


def _linked(document: Document) -> set[str]:
    """The ids that links of a document name."""
    return {mark.article for mark in _marks(document) if isinstance(mark, InternalLink)}


def _marks(document: Document) -> Iterator[MarkDef]:
    for block in document.blocks:
        if isinstance(block, TextBlock):
            yield from block.mark_defs
        elif isinstance(block, Table):
            yield from (mark for row in block.rows for cell in row.cells for mark in cell.mark_defs)
