"""The body of an HTML page, found by trafilatura. By now everything that is not body has been cut out of the tree.

The one thing to know: trafilatura belongs to the "import" extra and takes 0.4 s to load, so it is loaded when needed.
"""

import copy
import importlib
from types import ModuleType

from lxml import etree, html
from lxml.html import HtmlElement

from cms.transfer.page.markup import elements, first, has_class, parse_html
from cms.transfer.page.parsed import PageError

MAX_ARTICLE_ELEMENTS = 20_000
"""trafilatura 2.3 takes time in the square of them: 10,000 took 0.5 s, 40,000 took 11 s. Long articles have 2,000."""

_CONTAINERS = (
    ".//*[@itemprop='articleBody']",
    *(f".//*[{has_class(name)}]" for name in ("entry-content", "post-content", "article-content", "article-body")),
    ".//article",
    ".//main",
    ".//*[@role='main']",
)


def find_container(root: HtmlElement) -> HtmlElement | None:
    """The element that the page itself marks as holding the article's text."""
    return first(root, *_CONTAINERS)


def extract_body(root: HtmlElement) -> str | None:
    """The article's text as simple HTML, without a surrounding element; `None` when there is none.

    Raises:
        PageError: trafilatura is not installed, or the article is too large or nested too deeply for it.
    """
    trafilatura = _load()
    container = find_container(root)
    article = root.body if container is None else container
    if article is None:
        return None  # A frame set, or a page that was one comment.
    page = _alone(article)
    try:
        found = trafilatura.extract(
            page,
            output_format="html",
            config=_config(trafilatura),
            include_comments=False,
            include_images=True,
            include_links=True,
            include_formatting=True,
            include_tables=True,
        )
    except (etree.LxmlError, RecursionError, ValueError) as error:
        raise PageError("The page's body cannot be read. Save the page as .txt and import that.") from error
    return _inside(found) if found else None


def _load() -> ModuleType:
    try:
        return importlib.import_module("trafilatura")
    except ImportError as error:
        raise PageError(
            'Reading HTML pages needs the "import" extra: pip install "masthead-cms[import]". '
            "A page saved as .txt can be imported without it."
        ) from error


def _config(trafilatura: ModuleType) -> object:
    """Its own settings, but for the shortest body: under 250 characters it would give all text in one paragraph."""
    config = copy.deepcopy(trafilatura.settings.DEFAULT_CONFIG)
    config.set("DEFAULT", "MIN_EXTRACTED_SIZE", "1")
    return config


def _alone(found: HtmlElement) -> HtmlElement:
    """A document with nothing but a copy of the article, so that no sidebar can be taken for it."""
    article = copy.deepcopy(found)
    if sum(1 for _ in article.iter()) > MAX_ARTICLE_ELEMENTS:
        raise PageError(
            f"The article has more than {MAX_ARTICLE_ELEMENTS} elements. Save the page as .txt and import that."
        )
    article.tag, article.tail = "div", None
    page = parse_html("<article></article>")
    elements(page, ".//article")[0].append(article)
    return page


def _inside(document: str) -> str | None:
    body = parse_html(document).body
    inside = "".join(html.tostring(child, encoding="unicode").strip() for child in body)
    return inside or None
