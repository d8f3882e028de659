"""An export read as a stream: the parser tells tags and text, records come out, and no tree is built.

The one thing to know: records are whole. What a torn file breaks off in the middle of is no record, and `Reading.torn`
says in which line it was; everything before it came out.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from lxml import etree

from cms.transfer.wxr.cleaning import Mended, cleaned
from cms.transfer.wxr.parsed import (
    Channel,
    ParsedAuthor,
    ParsedComment,
    ParsedItem,
    ParsedTerm,
    Record,
    WxrError,
    number_in,
)
from cms.transfer.wxr.prolog import HEAD_BYTES, encoding_of, is_wxr

#: Custom fields that mean something here.
THUMBNAIL, ALT, FILE_FACTS = "_thumbnail_id", "_wp_attachment_image_alt", "_wp_attachment_metadata"
_META: Final = frozenset({THUMBNAIL, ALT, FILE_FACTS})
_MOMENTS: Final = (
    "post_date_gmt",
    "post_date",
    "pubDate",
    "post_modified_gmt",
    "post_modified",
)
_MOST_CHARS: Final = 4 * 1024 * 1024
#: So deep stand the elements that are read; deeper ones are those of plugins.
_DEEPEST: Final = 5


@dataclass(slots=True)
class Reading:
    """One file on its way. `torn` says why and in which line it broke off, once it has."""

    path: Path
    torn: str = ""
    mended: Mended = field(default_factory=Mended)

    def records(self) -> Iterator[Record]:
        """Everything the file holds, in its order; a comment before the item that it belongs to.

        Raises:
            WxrError: it is no export, or one that is not taken; nothing came out then.
        """
        encoding = self._encoding()
        target = _Target()
        # UTF-8 whatever the file says: it was decoded before.
        parser = etree.XMLParser(target=target, encoding="utf-8", resolve_entities=False, no_network=True)  # type: ignore[arg-type]  # the stub wants comments and bytes; lxml calls what is there
        try:
            for part in cleaned(self.path, encoding, self.mended):
                parser.feed(part)
                yield from target.taken()
            parser.close()
        except etree.XMLSyntaxError as error:
            self.torn = f"line {error.lineno}: {error.msg}"
            target.break_off()
        yield from target.taken()
        if not target.is_told:
            raise WxrError("The file holds no WordPress export. Export under Tools: Export, and import that.")

    def _encoding(self) -> str:
        with self.path.open("rb") as file:
            head = file.read(HEAD_BYTES)
        encoding = encoding_of(head)
        if not is_wxr(head):
            raise WxrError("The file is no WordPress export. Export under Tools: Export, and import that.")
        return encoding


class _Target:
    """What the parser talks to; `start`, `end`, `data`, `doctype` and `close` are its names.

    Texts are kept by the names of their elements for each record that is open: the channel, an item, a comment in it,
    and inside those what repeats (an author, a term, a custom field).
    """

    def __init__(self) -> None:
        self.is_told = False
        self._records: list[Record] = []
        self._open: list[_Open] = []
        self._text: list[str] = []
        self._chars = 0
        self._depth = 0
        self._items = 0

    def taken(self) -> Iterator[Record]:
        """The records that were completed since the last call."""
        records, self._records = self._records, []
        yield from records

    def break_off(self) -> None:
        """Tell what is known of a channel that never ends."""
        if self._open and self._open[0].name == "channel":
            self.tell_channel(self._open[0])

    def doctype(self, *_: object) -> None:
        """A document type where no look at the bytes found one."""
        raise WxrError("The file has a document type. WordPress writes none: the file is not taken.")

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        self._depth += 1
        name = _name(tag)
        # Tags inside a text that nobody escaped are passed over, and their texts belong to it.
        if not self._open or self._depth <= self._open[-1].depth + 1:
            self._forget()
        if name in _RECORDS and self._depth <= _DEEPEST:
            if name == "item" and self._open:
                self.tell_channel(self._open[0])
            self._open.append(_Open(name, self._depth, dict(attributes)))

    def data(self, text: str) -> None:
        # Of what is longer no more is kept than tells that it is too long for anything here.
        self._chars += len(text)
        if self._chars <= _MOST_CHARS:
            self._text.append(text)

    def end(self, tag: str) -> None:
        within = self._depth - self._open[-1].depth if self._open else -1
        if within in {0, 1}:
            self._take(_name(tag), "".join(self._text), is_record=within == 0)
            self._forget()
        self._depth -= 1

    def _forget(self) -> None:
        self._text.clear()
        self._chars = 0

    def close(self) -> None:
        """Nothing is left to be told."""

    def _take(self, name: str, text: str, *, is_record: bool) -> None:
        if not is_record:
            self._open[-1].keep(name, text)
            return
        done = self._open.pop()
        done.texts[""] = text
        _RECORDS[name](self, done)

    # What the table below calls

    def tell_channel(self, done: "_Open") -> None:
        """Told with the first item, since a torn file never ends its channel."""
        if not self.is_told:
            self._records.append(_channel(done))
        self.is_told = True

    def tell_author(self, done: "_Open") -> None:
        if login := done.line("author_login"):
            whole = f"{done.line('author_first_name')} {done.line('author_last_name')}"
            name = done.line("author_display_name") or whole
            self._records.append(ParsedAuthor(login, done.number("author_id"), done.line("author_email"), name.strip()))

    def tell_category(self, done: "_Open") -> None:
        self._term("category", done.line("category_nicename"), done.line("cat_name"), done, "category")

    def tell_tag(self, done: "_Open") -> None:
        self._term("post_tag", done.line("tag_slug"), done.line("tag_name"), done, "tag")

    def tell_term(self, done: "_Open") -> None:
        self._term(done.line("term_taxonomy"), done.line("term_slug"), done.line("term_name"), done, "term")

    def _term(self, taxonomy: str, slug: str, name: str, done: "_Open", prefix: str) -> None:
        parent, said = done.line(f"{prefix}_parent"), done.texts.get(f"{prefix}_description", "")
        self._records.append(ParsedTerm(taxonomy, slug, name or slug, parent, said))

    def tell_filed(self, done: "_Open") -> None:
        """A category or a tag as it is named on an item."""
        if self._open and self._open[-1].name == "item":
            taxonomy = {"tag": "post_tag", "": "category"}.get(done.attributes.get("domain", ""))
            named = done.attributes.get("nicename", "")
            term = ParsedTerm(taxonomy or done.attributes["domain"], named, done.texts[""].strip())
            self._open[-1].terms.append(term)

    def tell_meta(self, done: "_Open") -> None:
        key = done.line("meta_key")
        if self._open and key in _META:
            self._open[-1].meta[key] = done.texts.get("meta_value", "").strip()
        elif self._open and key and not key.startswith("_"):
            self._open[-1].fields[key] = None

    def tell_comment(self, done: "_Open") -> None:
        self._records.append(_comment(done, self._items))

    def tell_item(self, done: "_Open") -> None:
        self._records.append(_item(done, self._items))
        self._items += 1


@dataclass(slots=True)
class _Open:
    """An element whose children are being told."""

    name: str
    depth: int
    attributes: dict[str, str]
    texts: dict[str, str] = field(default_factory=dict)
    terms: list[ParsedTerm] = field(default_factory=list)
    meta: dict[str, str] = field(default_factory=dict)
    fields: dict[str, None] = field(default_factory=dict)

    def keep(self, name: str, text: str) -> None:
        """Keep the first text that says something: an empty `atom:link` stands before the link of some exports."""
        if not self.texts.get(name):
            self.texts[name] = text

    def line(self, name: str) -> str:
        """A text without white space around it."""
        return self.texts.get(name, "").strip()

    def number(self, name: str) -> int:
        """An id; 0 where there is none."""
        return number_in(self.line(name))


@lru_cache(maxsize=512)
def _name(tag: str) -> str:
    """An element's name, without the version in its namespace: `title`, `wp:category`, `content:encoded`."""
    namespace, _, local = tag.rpartition("}")
    if "/excerpt/" in namespace:
        return f"excerpt:{local}"
    if namespace.endswith("/content/"):
        return f"content:{local}"
    # `category` is the one name that stands both with WordPress's namespace and without any.
    return f"wp:{local}" if local == "category" and namespace else local


def _channel(done: _Open) -> Channel:
    return Channel(
        title=done.line("title"),
        url=done.line("base_blog_url") or done.line("link") or done.line("base_site_url"),
        description=done.line("description"),
        language=done.line("language"),
        version=done.line("wxr_version"),
        exported=done.line("pubDate"),
    )


def _item(done: _Open, place: int) -> ParsedItem:
    return ParsedItem(
        place=place,
        number=done.number("post_id"),
        kind=done.line("post_type") or "post",
        status=done.line("status"),
        title=done.line("title"),
        link=done.line("link"),
        guid=done.line("guid"),
        slug=done.line("post_name"),
        # No login has brackets, and exports that were mended by hand do.
        creator=done.line("creator").strip("<> "),
        content=done.texts.get("content:encoded", ""),
        excerpt=done.texts.get("excerpt:encoded", ""),
        has_password=bool(done.line("post_password")),
        takes_comments=done.line("comment_status") != "closed",
        is_sticky=done.line("is_sticky") == "1",
        parent=done.number("post_parent"),
        order=done.number("menu_order"),
        attachment_url=done.line("attachment_url"),
        moments={name: done.line(name) for name in _MOMENTS},
        terms=tuple(done.terms),
        meta=done.meta,
        fields=tuple(done.fields),
    )


def _comment(done: _Open, place: int) -> ParsedComment:
    return ParsedComment(
        place=place,
        number=done.number("comment_id"),
        parent=done.number("comment_parent"),
        kind=done.line("comment_type"),
        approved=done.line("comment_approved"),
        name=done.line("comment_author"),
        email=done.line("comment_author_email"),
        url=done.line("comment_author_url"),
        user=done.number("comment_user_id"),
        content=done.texts.get("comment_content", ""),
        moments={"post_date_gmt": done.line("comment_date_gmt"), "post_date": done.line("comment_date")},
    )


_RECORDS: dict[str, Callable[[Any, _Open], None]] = {
    "channel": _Target.tell_channel,
    "author": _Target.tell_author,
    "wp:category": _Target.tell_category,
    "tag": _Target.tell_tag,
    "term": _Target.tell_term,
    "category": _Target.tell_filed,
    "postmeta": _Target.tell_meta,
    "comment": _Target.tell_comment,
    "item": _Target.tell_item,
}
