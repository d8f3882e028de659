"""The comments of an HTML page: WordPress markup, schema.org microdata, and JSON-LD where neither is there.

The one thing to know: a theme may wrap one comment in two elements of class `comment`, and an answer stands inside the
comment that it answers. A list between the two, or another number, tells an answer from a wrapping.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from html import escape
from urllib.parse import urldefrag

from lxml import etree
from lxml.html import HtmlElement

from cms.transfer.page.claims import ClaimedComment
from cms.transfer.page.draft import comment_ids
from cms.transfer.page.markup import (
    absolute,
    elements,
    has_class,
    paragraphs_of,
    parse_html,
    text_of,
    time_of,
    with_class,
)
from cms.transfer.page.parsed import PageError, ParsedComment
from cms.transfer.page.times import read_machine_time

_PARTS = " or ".join(
    f"descendant::*[{has_class(name)}]"
    for name in (
        "comment-content",
        "comment-body",
        "comment-text",
        "comment-author",
        "comment-meta",
        "comment-metadata",
    )
)
_CANDIDATES = (
    f".//*[({has_class('comment')} and (starts-with(@id, 'comment-') or starts-with(@id, 'li-comment-') or {_PARTS}))"
    " or contains(@itemtype, 'schema.org/Comment') or contains(@itemtype, 'schema.org/UserComments')]"
)
_LISTS = frozenset({"ol", "ul"})
_NUMBER = re.compile(r"comment-(\d+)$")
_DEPTH = re.compile(r"(?:^|\s)depth-(\d{1,3})(?:\s|$)")
_SAYS = re.compile(r"\s+(?:says|said|wrote|writes):?$")

_NAME_PLACES = (
    ".//*[@itemprop='author' or @itemprop='creator']//*[@itemprop='name']",
    with_class("fn"),
    with_class("comment-author-name"),
    ".//*[@itemprop='author' or @itemprop='creator']",
    ".//cite",
    with_class("comment-author"),
    ".//*[@rel='author']",
)
_TIME_PLACES = (
    ".//*[@itemprop='dateCreated' or @itemprop='datePublished' or @itemprop='commentTime']",
    ".//time",
    with_class("comment-date"),
    with_class("comment-time"),
    f".//*[{has_class('comment-metadata')} or {has_class('comment-meta')}]//a",
    with_class("comment-metadata"),
    with_class("comment-meta"),
)
_TEXT_PLACES = (
    ".//*[@itemprop='text' or @itemprop='commentText']",
    with_class("comment-content"),
    with_class("comment-text"),
    with_class("comment-body"),
)
_AROUND_TEXT = frozenset(
    {"comment-author", "comment-meta", "commentmetadata", "comment-metadata", "reply", "says", "comment-edit-link"}
    | {"comment-reply-link", "children", "comment-awaiting-moderation"}
)
_LINK_PLACES = (
    ".//a[contains(@href, '#comment-')]",
    ".//*[@itemprop='url'][@href]",
    ".//a[.//time]",
)


@dataclass(frozen=True, slots=True)
class Discussion:
    """The comments found, the elements they stood in, and the texts of comments that lack a name, a time or a text."""

    comments: tuple[ParsedComment, ...] = ()
    stood_in: tuple[HtmlElement, ...] = ()
    unrecognised: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Tree:
    """Comment elements in document order, and the one that each candidate element belongs to."""

    comments: Sequence[HtmlElement]
    owner: Mapping[HtmlElement, HtmlElement]

    def owns(self, comment: HtmlElement, element: HtmlElement) -> bool:
        return next((self.owner[one] for one in _lineage(element) if one in self.owner), None) is comment

    def first_owned(self, comment: HtmlElement, places: Sequence[str]) -> HtmlElement | None:
        found = (one for path in places for one in elements(comment, path) if self.owns(comment, one))
        return next((one for one in found if one not in self.owner), None)

    def around(self, comment: HtmlElement, position: Mapping[HtmlElement, int]) -> int | None:
        """The position of the nearest comment that `comment` stands in."""
        outer = (self.owner[one] for one in comment.iterancestors() if one in self.owner)
        return next((position[one] for one in outer if one in position), None)


def find_discussion(root: HtmlElement, page_url: str | None) -> Discussion:
    """The comments in a page's markup, in document order; `page_url` completes their permalinks."""
    tree = _tree(elements(root, _CANDIDATES))
    read = [(comment, _read(tree, comment, page_url)) for comment in tree.comments]
    kept = [(comment, parsed) for comment, parsed in read if parsed]
    position = {comment: index for index, (comment, _) in enumerate(kept)}
    parents = _parents(tree, [comment for comment, _ in kept], position)
    comments = [replace(parsed, parent=parent) for (_, parsed), parent in zip(kept, parents, strict=True)]
    lost = [text for comment, parsed in read if not parsed for text in _own_texts(tree, comment)]
    return Discussion(_with_ids(comments), tuple(tree.comments), tuple(lost))


def _tree(candidates: Sequence[HtmlElement]) -> _Tree:
    comments: list[HtmlElement] = []
    owner: dict[HtmlElement, HtmlElement] = {}
    for candidate in candidates:
        outer = next((one for one in candidate.iterancestors() if one in owner), None)
        if outer is not None and _wraps(outer, candidate):
            owner[candidate] = owner[outer]
        else:
            owner[candidate] = candidate
            comments.append(candidate)
    return _Tree(comments, owner)


def _wraps(outer: HtmlElement, inner: HtmlElement) -> bool:
    """Whether both elements are one comment."""
    if _number(outer) and _number(inner):
        return _number(outer) == _number(inner)
    return inner.get("itemprop") != "comment" and not any(
        one.tag in _LISTS or "children" in (one.get("class") or "").split() for one in _between(outer, inner)
    )


def _between(outer: HtmlElement, inner: HtmlElement) -> list[HtmlElement]:
    ancestors = list(inner.iterancestors())
    return ancestors[: ancestors.index(outer)]


def _lineage(element: HtmlElement) -> list[HtmlElement]:
    return [element, *element.iterancestors()]


def _number(element: HtmlElement) -> str:
    found = _NUMBER.search(element.get("id") or "")
    return found[1] if found else ""


def _read(tree: _Tree, comment: HtmlElement, page_url: str | None) -> ParsedComment | None:
    name_at = tree.first_owned(comment, _NAME_PLACES)
    time_at = tree.first_owned(comment, _TIME_PLACES)
    name, posted_at = _SAYS.sub("", text_of(name_at)), time_of(time_at)
    paragraphs = _paragraphs(tree, comment, (name_at, time_at))
    if not name or posted_at is None or not paragraphs:
        return None
    link = tree.first_owned(comment, _LINK_PLACES)
    url = absolute(link.get("href"), page_url) if link is not None else None
    return ParsedComment(name, posted_at, paragraphs, source_id=_source_id(comment, url), url=url)


def _paragraphs(tree: _Tree, comment: HtmlElement, heads: Sequence[HtmlElement | None]) -> tuple[str, ...]:
    text_at = tree.first_owned(comment, _TEXT_PLACES)
    return paragraphs_of(
        comment if text_at is None else text_at,
        lambda one: (
            one in heads or _is_around_text(one) or (isinstance(one, HtmlElement) and _is_other(tree, comment, one))
        ),
    )


def _is_around_text(element: etree._Element) -> bool:
    return not _AROUND_TEXT.isdisjoint((element.get("class") or "").split())


def _is_other(tree: _Tree, comment: HtmlElement, element: HtmlElement) -> bool:
    return tree.owner.get(element, comment) is not comment


def _own_texts(tree: _Tree, comment: HtmlElement) -> tuple[str, ...]:
    return paragraphs_of(comment, lambda one: isinstance(one, HtmlElement) and _is_other(tree, comment, one))


def _source_id(comment: HtmlElement, url: str | None) -> str:
    """The number that the page gives a comment, or the end of its permalink; empty when it has neither."""
    number = _number(comment)
    return f"comment-{number}" if number else urldefrag(url or "").fragment


def _with_ids(comments: Sequence[ParsedComment]) -> tuple[ParsedComment, ...]:
    """The comments, each with an id of its own: what the page gives once, or else a digest."""
    given = Counter(comment.source_id for comment in comments)
    digests = comment_ids([(one.name, one.posted_at.isoformat(), *one.paragraphs) for one in comments])
    return tuple(
        one if one.source_id and given[one.source_id] == 1 else replace(one, source_id=digest_id)
        for one, digest_id in zip(comments, digests, strict=True)
    )


def _parents(tree: _Tree, comments: Sequence[HtmlElement], position: Mapping[HtmlElement, int]) -> Iterator[int | None]:
    """The comment that each one answers: the one around it, or where answers follow flat, the last one less deep."""
    latest: dict[int, int] = {}
    for index, comment in enumerate(comments):
        depth = _depth(comment)
        around = tree.around(comment, position)
        yield latest.get(depth - 1) if around is None else around
        latest = {level: at for level, at in latest.items() if level < depth} | {depth: index}


def _depth(comment: HtmlElement) -> int:
    found = _DEPTH.search(comment.get("class") or "")
    return int(found[1]) if found else 0


def read_claimed(claims: Sequence[ClaimedComment]) -> Discussion:
    """The comments of a page's JSON-LD, for pages whose markup shows none."""
    comments: list[ParsedComment] = []
    position: dict[int, int] = {}
    lost: list[str] = []
    for at, claim in enumerate(claims):
        posted_at, paragraphs = read_machine_time(claim.time), _claimed_paragraphs(claim.text)
        if not claim.name or posted_at is None or not paragraphs:
            lost.extend(paragraphs)
            continue
        position[at] = len(comments)
        url = absolute(claim.url, None)
        parent = position.get(claim.parent) if claim.parent is not None else None
        fragment = urldefrag(url or "").fragment
        comments.append(ParsedComment(claim.name, posted_at, paragraphs, fragment, url=url, parent=parent))
    return Discussion(_with_ids(comments), unrecognised=tuple(lost))


def _claimed_paragraphs(text: str) -> tuple[str, ...]:
    """JSON-LD holds plain text or HTML, and does not say which."""
    try:
        return paragraphs_of(parse_html(text if "<" in text else escape(text).replace("\n", "<br>")))
    except PageError:
        return ()
