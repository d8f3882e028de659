"""The image an HTML article opens with: the one that stands above its first sentence, or the one it is shared with."""

import re
from dataclasses import dataclass

from lxml.html import HtmlElement

from cms.transfer.page.claims import Claims, image_address
from cms.transfer.page.markup import absolute, first, text_of
from cms.transfer.page.parsed import ParsedImage
from cms.transfer.page.wording import tidy

_SENTENCE_CHARS = 40
_DECORATION = re.compile(r"\b(?:avatar|gravatar|logo|icon|emoji|wp-smiley)\b", re.IGNORECASE)
# Browsers save a page's images beside it as "NAME_files/..."; such an address leads nowhere from here.
_SAVED_COPY = re.compile(r"(?:^|/)[^/]*_files/")


@dataclass(frozen=True, slots=True)
class LeadImage:
    """The image, and the element it stood in, to be cut from the body; `None` when the page only claims it."""

    image: ParsedImage
    stood_in: HtmlElement | None


def find_lead_image(article: HtmlElement, claims: Claims, page_url: str | None) -> LeadImage | None:
    """The lead image of an article; addresses are completed by `page_url`."""
    shared = absolute(image_address(claims), page_url)
    shown = _first_image(article)
    if shown is not None:
        return _shown(shown, shared, page_url)
    if shared is None:
        return None
    return LeadImage(ParsedImage(claims.said("og:image:alt", "twitter:image:alt"), shared), None)


def _first_image(article: HtmlElement) -> HtmlElement | None:
    """The first image, unless a sentence comes before it."""
    for element in article.iter("img", "p"):
        if element.tag == "img" and not _is_decoration(element):
            return element
        if element.tag == "p" and _has_sentence_before_image(element):
            return None
    return None


def _is_decoration(image: HtmlElement) -> bool:
    words = " ".join(filter(None, (image.get("class"), image.get("id"), image.get("role"))))
    return bool(_DECORATION.search(words)) or image.get("width") == "1"


def _has_sentence_before_image(paragraph: HtmlElement) -> bool:
    image = first(paragraph, ".//img")
    before = text_of(paragraph) if image is None else tidy(paragraph.text or "")
    return len(before) >= _SENTENCE_CHARS


def _shown(image: HtmlElement, shared: str | None, page_url: str | None) -> LeadImage:
    figure = first(image, "ancestor::figure[1]", "ancestor::*[contains(@class, 'wp-caption')][1]")
    caption = None if figure is None else first(figure, ".//figcaption", ".//*[contains(@class, 'caption-text')]")
    parsed = ParsedImage(tidy(image.get("alt") or ""), _address(image, page_url) or shared, text_of(caption) or None)
    return LeadImage(parsed, image if figure is None else figure)


def _address(image: HtmlElement, page_url: str | None) -> str | None:
    said = (image.get("data-src"), image.get("src"))
    usable = (address for address in said if address and not _SAVED_COPY.search(address))
    return next(filter(None, (absolute(address, page_url) for address in usable)), None)
