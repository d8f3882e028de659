"""What an editor should look at before an article goes out.

Each rule is a function with its reason; an ERROR keeps the article from going out. The rules ask nothing of the
database: what they look at stands in `Checked`.
"""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from itertools import groupby, islice
from typing import Any, Final, NamedTuple

import msgspec

from cms.articles.vocabulary import CheckSeverity
from cms.kernel.excerpts import excerpt
from cms.reading.entity import ReadContext
from cms.richtext import safe_href
from cms.richtext.blocks import Block, Cell, Image, Table, TextBlock
from cms.richtext.inline import Run, text_of
from cms.richtext.keys import runs_of
from cms.richtext.links import Target

#: How many places each rule names: a text with a hundred bare links has one fault, and a few places show it.
MOST_OF_A_RULE: Final = 5
#: About where search engines cut a title off.
LONGEST_SEO_TITLE: Final = 60
_MOST_QUOTED_CHARS = 60
_TITLE_LEVEL, _LEVELS = 1, {"h2": 2, "h3": 3, "h4": 4}


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What the rules look at.

    Attributes:
        blocks: the body.
        lead_image_alt: None where there is no lead image.
        seo_title: as an editor set it; None where it is the title.
        dead_links: the global ids of those articles it links to that readers cannot see.
        missing_disclaimer: the slug of one that names a topic above the article's own, and does not cover it.
    """

    title: str
    standfirst: str | None
    body_text: str
    blocks: tuple[Block, ...]
    has_author: bool
    lead_image_alt: str | None
    copyright_holder: str | None
    seo_title: str | None
    dead_links: Collection[str]
    missing_disclaimer: str | None


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule found: how much it matters, what to do, and which input it is about."""

    severity: CheckSeverity
    message: str
    path: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Link:
    """A link of the body: where it stands, where it leads, and what readers see of it."""

    place: int
    target: Target
    text: str


Rule = Callable[[Checked], Iterator[Finding]]


def has_title(article: Checked) -> Iterator[Finding]:
    """Without a title nobody can link to it or find it again."""
    if not article.title.strip():
        yield Finding(CheckSeverity.ERROR, "Give the article a title.", ("title",))


def has_body(article: Checked) -> Iterator[Finding]:
    """An empty page helps nobody."""
    if not article.body_text.strip():
        yield Finding(CheckSeverity.ERROR, "Write the body.", ("body",))


def images_are_described(article: Checked) -> Iterator[Finding]:
    """Readers who cannot see an image need its description (WCAG 2.2, 1.1.1)."""
    if article.lead_image_alt is not None and not article.lead_image_alt.strip():
        message = "Describe the lead image for those who cannot see it."
        yield Finding(CheckSeverity.ERROR, message, ("leadImage", "alt"))
    for place, block in enumerate(article.blocks):
        if isinstance(block, Image) and not block.alt.strip():
            message = "Describe this image for those who cannot see it."
            yield Finding(CheckSeverity.ERROR, message, (*_block(place), "alt"))


def links_are_safe(article: Checked) -> Iterator[Finding]:
    """What is stored was safe when it was saved; the rules may have become stricter since."""
    for link in _links(article):
        if link.target.kind == "link" and safe_href(link.target.value) != link.target.value:
            message = f"“{_quoted(link)}” leads to an address that may not be linked to: change it, or take it out."
            yield Finding(CheckSeverity.ERROR, message, _block(link.place))


def links_lead_somewhere(article: Checked) -> Iterator[Finding]:
    """A reader who follows a link to a draft stands before nothing, and learns that there is a draft."""
    for link in _links(article):
        if link.target.kind == "internalLink" and link.target.value in article.dead_links:
            message = f"“{_quoted(link)}” leads to what readers cannot see: publish that first, or take the link out."
            yield Finding(CheckSeverity.ERROR, message, _block(link.place))


def links_have_names(article: Checked) -> Iterator[Finding]:
    """Who has a page read aloud goes from link to link, and hears only their words (WCAG 2.2, 2.4.4)."""
    for link in _links(article):
        if not any(char.isalnum() for char in link.text) or link.target.value == "#":
            message = "An empty link: say in words where it leads, or take it out."
        elif "://" in link.text or link.text.startswith("www."):
            message = f"A bare address: write in place of {_quoted(link)} what stands there."
        else:
            continue
        yield Finding(CheckSeverity.WARNING, message, _block(link.place))


def headings_go_down_by_one(article: Checked) -> Iterator[Finding]:
    """Who cannot see the page finds the way by its headings; a level that is left out looks like a missing part."""
    above = _TITLE_LEVEL
    for place, block in enumerate(article.blocks):
        level = _LEVELS.get(block.style) if isinstance(block, TextBlock) else None
        if level is not None:
            if level > above + 1:
                message = f"A heading of level {level} follows one of level {above}: make it level {above + 1}."
                yield Finding(CheckSeverity.WARNING, message, _block(place))
            above = level


def has_author(article: Checked) -> Iterator[Finding]:
    """A byline may be unknown, but not by oversight."""
    if not article.has_author:
        message = "Name an author, unless the byline is unknown."
        yield Finding(CheckSeverity.WARNING, message, ("contributors",))


def has_the_disclaimer_of_its_topic(article: Checked) -> Iterator[Finding]:
    """A disclaimer covers the topics it names and not what stands below them: advice on sleep is advice on health."""
    if article.missing_disclaimer is not None:
        message = (
            f"The disclaimer {article.missing_disclaimer} names a topic above this article's, and does not cover it: "
            "choose it for the article, or file the article under that topic too."
        )
        yield Finding(CheckSeverity.WARNING, message, ("disclaimers",))


def seo_title_is_short(article: Checked) -> Iterator[Finding]:
    """What does not fit is cut off in the middle, and often the part that would have told one page from another."""
    title = article.seo_title or article.title
    if len(title) > LONGEST_SEO_TITLE:
        message = f"Search engines show about {LONGEST_SEO_TITLE} characters of a title, and this has {len(title)}."
        yield Finding(CheckSeverity.WARNING, message, ("seo", "title"))


def has_standfirst(article: Checked) -> Iterator[Finding]:
    """Lists and search engines show it."""
    if not article.standfirst:
        message = "A standfirst tells readers in lists what to expect."
        yield Finding(CheckSeverity.INFO, message, ("standfirst",))


def has_copyright(article: Checked) -> Iterator[Finding]:
    """Who may reuse the text should be said."""
    if not article.copyright_holder:
        yield Finding(CheckSeverity.INFO, "Say who holds the copyright.", ("copyright",))


#: Errors come first, then what somebody should look at, then what is good to know.
RULES: tuple[Rule, ...] = (
    has_title,
    has_body,
    images_are_described,
    links_are_safe,
    links_lead_somewhere,
    links_have_names,
    headings_go_down_by_one,
    has_author,
    has_the_disclaimer_of_its_topic,
    seo_title_is_short,
    has_standfirst,
    has_copyright,
)
#: What is asked of an article that went out long ago and is brought in as it was. Readers saw it without a description
#: of its image, and old articles that name one another would each wait for the other.
RULES_OF_HISTORY: tuple[Rule, ...] = (has_title, has_body)
MOST_FINDINGS: Final = MOST_OF_A_RULE * len(RULES)


def findings(article: Checked, rules: tuple[Rule, ...] = RULES) -> list[tuple[str, Finding]]:
    """What the rules found, each under the name of its rule, in the order of the rules and then of the text."""
    return [(rule.__name__, found) for rule in rules for found in islice(rule(article), MOST_OF_A_RULE)]


def blocks_of(stored: str) -> tuple[Block, ...]:
    """The blocks of a body, from its column."""
    return msgspec.json.decode(stored, type=tuple[Block, ...])


class HeadColumns(NamedTuple):
    """What the entity reads of a head to be checked, in its order. Several ids have spaces between them."""

    title: str
    standfirst: str | None
    body_text: str
    body_blocks: str
    author_id: str | None
    lead_image_alt: str | None
    copyright_holder: str | None
    seo_title: str | None
    dead_links: str
    missing_disclaimer: str | None


def content_checks(_context: ReadContext, _arguments: object, *columns: Any) -> list[dict[str, object]]:  # noqa: ANN401 - those of `HeadColumns`
    """The findings, as `ContentCheck` shows them."""
    head = HeadColumns(*columns)
    article = Checked(
        title=head.title,
        standfirst=head.standfirst,
        body_text=head.body_text,
        blocks=blocks_of(head.body_blocks),
        has_author=head.author_id is not None,
        lead_image_alt=head.lead_image_alt,
        copyright_holder=head.copyright_holder,
        seo_title=head.seo_title,
        dead_links=head.dead_links.split(),
        missing_disclaimer=head.missing_disclaimer,
    )
    return [
        {
            "rule": name,
            "severity": finding.severity.value,
            "message": finding.message,
            "path": list(finding.path),
        }
        for name, finding in findings(article)
    ]


def _block(place: int) -> tuple[str, ...]:
    return ("body", "blocks", str(place))


def _quoted(link: _Link) -> str:
    return excerpt(link.text, _MOST_QUOTED_CHARS)


def _links(article: Checked) -> Iterator[_Link]:
    """The links of the body in its order; neighbours with the same target are one, whatever else marks them."""
    for place, block in enumerate(article.blocks):
        for part in _texts_in(block):
            for target, runs in groupby(runs_of(part), _target):
                if target is not None:
                    yield _Link(place, target, text_of(runs).strip())


def _texts_in(block: Block) -> Iterator[TextBlock | Cell]:
    if isinstance(block, TextBlock):
        yield block
    elif isinstance(block, Table):
        yield from (cell for row in block.rows for cell in row.cells)


def _target(run: Run) -> Target | None:
    return next((mark for mark in run.marks if isinstance(mark, Target)), None)
