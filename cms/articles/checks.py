"""What an editor should look at before an article goes out.

Each rule is a function; an ERROR keeps it from going out.
"""

from collections.abc import Callable
from dataclasses import dataclass

from cms.articles.vocabulary import CheckSeverity
from cms.reading.entity import ReadContext


@dataclass(frozen=True, slots=True)
class Checked:
    """What the rules look at."""

    title: str
    standfirst: str | None
    body_text: str
    has_author: bool
    lead_image_alt: str | None
    copyright_holder: str | None


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule found: how much it matters, what to do, and which input it is about."""

    severity: CheckSeverity
    message: str
    path: tuple[str, ...]


Rule = Callable[[Checked], Finding | None]


def has_title(article: Checked) -> Finding | None:
    """Without a title nobody can link to it or find it again."""
    if article.title.strip():
        return None
    return Finding(CheckSeverity.ERROR, "Give the article a title.", ("title",))


def has_body(article: Checked) -> Finding | None:
    """An empty page helps nobody."""
    if article.body_text.strip():
        return None
    return Finding(CheckSeverity.ERROR, "Write the body.", ("body",))


def image_is_described(article: Checked) -> Finding | None:
    """Readers who cannot see the image need its description (WCAG 2.2, 1.1.1)."""
    if article.lead_image_alt is None or article.lead_image_alt.strip():
        return None
    return Finding(CheckSeverity.WARNING, "Describe the lead image for those who cannot see it.", ("leadImage", "alt"))


def has_author(article: Checked) -> Finding | None:
    """A byline may be unknown, but not by oversight."""
    if article.has_author:
        return None
    return Finding(CheckSeverity.WARNING, "Name an author, unless the byline is unknown.", ("contributors",))


def has_standfirst(article: Checked) -> Finding | None:
    """Lists and search engines show it."""
    if article.standfirst:
        return None
    return Finding(CheckSeverity.INFO, "A standfirst tells readers in lists what to expect.", ("standfirst",))


def has_copyright(article: Checked) -> Finding | None:
    """Who may reuse the text should be said."""
    if article.copyright_holder:
        return None
    return Finding(CheckSeverity.INFO, "Say who holds the copyright.", ("copyright",))


RULES: tuple[Rule, ...] = (has_title, has_body, image_is_described, has_author, has_standfirst, has_copyright)


def findings(article: Checked) -> list[tuple[str, Finding]]:
    """What the rules found, each under the name of its rule, in the order of the rules."""
    found = [(rule.__name__, rule(article)) for rule in RULES]
    return [(name, finding) for name, finding in found if finding is not None]


def content_checks(
    _context: ReadContext,
    _arguments: object,
    title: str,
    standfirst: str | None,
    body_text: str,
    author: str | None,
    lead_image_alt: str | None,
    copyright_holder: str | None,
) -> list[dict[str, object]]:
    """The findings, as `ContentCheck` shows them."""
    article = Checked(title, standfirst, body_text, author is not None, lead_image_alt, copyright_holder)
    return [
        {
            "rule": name,
            "severity": finding.severity.value,
            "message": finding.message,
            "path": list(finding.path),
        }
        for name, finding in findings(article)
    ]
