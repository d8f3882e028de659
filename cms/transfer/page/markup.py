"""HTML trees: parsed without network or entities, searched by class, and read as paragraphs of plain text."""

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from urllib.parse import urljoin, urlsplit

from lxml import etree, html
from lxml.html import HtmlElement

from cms.transfer.page.parsed import PageError
from cms.transfer.page.times import read_machine_time, read_printed_time
from cms.transfer.page.wording import UNPRINTABLE, tidy

MAX_PAGE_ELEMENTS = 200_000
"""20,000 comments have 80,000. The rules take time in proportion, about 5 s for 100,000."""

BLOCKS = frozenset(
    {"address", "article", "aside", "blockquote", "body", "caption", "dd", "details", "div", "dl", "dt", "fieldset"}
    | {"figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "legend", "li"}
    | {"main", "nav", "ol", "p", "pre", "section", "summary", "table", "td", "th", "tr", "ul"}
)
"""Elements that begin a paragraph of their own."""

_SILENT = frozenset(
    {"script", "style", "template", "noscript", "head", "svg", "iframe", "object", "select", "textarea"}
)
_NOT_XML = re.compile(rf"[\x0b\x0c\x1c-\x1f]|{UNPRINTABLE.pattern}")
_SOURCE_SPACE = re.compile(r"[ \t\r\n\f\v]+")
_LONGEST_ADDRESS = 2048
_PARAGRAPH_BREAK = re.compile(r"\n\s*\n")


def parse_html(text: str) -> HtmlElement:
    """The tree of a page. Scripts are kept, because JSON-LD stands in them; nothing runs or is loaded.

    Raises:
        PageError: There is no element in the text, or there are more than `MAX_PAGE_ELEMENTS`.
    """
    parser = html.HTMLParser(
        encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True, huge_tree=False, recover=True
    )
    try:
        root = html.document_fromstring(_as_xml(text).encode(), parser=parser, ensure_head_body=True)
        _drop_controls(root)
    except (etree.LxmlError, ValueError, AssertionError) as error:
        raise PageError("The HTML cannot be read. Open the page in a browser and save it again.") from error
    if sum(1 for _ in root.iter()) > MAX_PAGE_ELEMENTS:
        raise PageError(f"The page has more than {MAX_PAGE_ELEMENTS} elements. Save it as .txt and import that.")
    return root


def _drop_controls(root: HtmlElement) -> None:
    """A reference can spell a character that text may not hold; one of them makes an extractor drop the page."""
    for element in root.iter():
        if _NOT_XML.search(f"{element.text or ''}{element.tail or ''}"):
            element.text, element.tail = _as_xml(element.text or ""), _as_xml(element.tail or "")
        for name, value in element.items():
            if _NOT_XML.search(value):
                element.attrib[name] = _as_xml(value)


def _as_xml(text: str) -> str:
    return _NOT_XML.sub(lambda found: " " if found[0].isspace() else "", text)


def elements(root: HtmlElement, path: str) -> list[HtmlElement]:
    """The elements below `root` that an XPath finds, in document order."""
    found = root.xpath(path)
    return [one for one in found if isinstance(one, HtmlElement)] if isinstance(found, list) else []


def first(root: HtmlElement, *paths: str) -> HtmlElement | None:
    """The first element that the first successful XPath finds."""
    return next((one for path in paths for one in elements(root, path)), None)


def with_class(name: str, tag: str = "*") -> str:
    """The XPath of elements below here that carry a class."""
    return f".//{tag}[{has_class(name)}]"


def has_class(name: str) -> str:
    """The XPath condition that an element carries a class, as a whole word."""
    return f"contains(concat(' ', normalize-space(@class), ' '), ' {name} ')"


def text_of(element: HtmlElement | None) -> str:
    """The text inside an element on one line; empty when there is no element."""
    return " ".join(paragraphs_of(element)).replace("\n", " ") if element is not None else ""


def time_of(element: HtmlElement | None) -> datetime | None:
    """The time that an element gives to machines, or else the one that it prints."""
    if element is None:
        return None
    stamp = first(element, "self::*[@datetime or @content]", ".//*[@datetime]")
    machine = read_machine_time(stamp.get("datetime") or stamp.get("content")) if stamp is not None else None
    printed = read_printed_time(text_of(element))
    return machine or (printed.at if printed else None)


def paragraphs_of(
    root: HtmlElement, skip: Callable[[etree._Element], bool] = lambda _element: False
) -> tuple[str, ...]:
    """The paragraphs of text inside an element; block elements and double line breaks separate them.

    Args:
        root: Where to read.
        skip: Says which elements below `root` to leave out, with everything inside them.
    """
    text = "".join(_pieces(root, skip))
    lines = (tuple(filter(None, map(tidy, part.split("\n")))) for part in _PARAGRAPH_BREAK.split(text))
    return tuple("\n".join(part) for part in lines if part)


def _pieces(root: HtmlElement, skip: Callable[[etree._Element], bool]) -> Iterator[str]:
    walk = etree.iterwalk(root, events=("start", "end"))
    for event, element in walk:
        if event == "end":
            yield _closing(element, is_root=element is root)
        elif element.tag in _SILENT or (element is not root and skip(element)):
            walk.skip_subtree()
        else:
            yield _opening(element)


def _opening(element: etree._Element) -> str:
    lead = "\n" if element.tag == "br" else _break(element)
    return lead + _SOURCE_SPACE.sub(" ", element.text or "")


def _closing(element: etree._Element, *, is_root: bool) -> str:
    return _break(element) + ("" if is_root else _SOURCE_SPACE.sub(" ", element.tail or ""))


def _break(element: etree._Element) -> str:
    return "\n\n" if element.tag in BLOCKS else ""


def leaf_blocks(root: HtmlElement) -> list[HtmlElement]:
    """The innermost block elements, in document order: each holds one paragraph."""
    inner = " or ".join(f"self::{tag}" for tag in sorted(BLOCKS))
    return elements(root, f".//*[({inner} or self::span or self::small or self::label) and not(.//*[{inner}])]")


def cut(element: HtmlElement) -> None:
    """Takes an element out of its tree and leaves the text after it in place."""
    if element.getparent() is not None:
        element.drop_tree()


def absolute(address: str | None, base: str | None) -> str | None:
    """A web address in full, resolved against the page's own; `None` when that gives no http(s) address."""
    if not address:
        return None  # Joined with the page's address, nothing would give the page itself.
    try:
        full = urljoin(base or "", address.strip())
        parts = urlsplit(full)
    except ValueError:
        return None
    is_web = parts.scheme in {"http", "https"} and bool(parts.netloc) and len(full) <= _LONGEST_ADDRESS
    return full if is_web and full == tidy(full) else None
