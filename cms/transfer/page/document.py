"""A page saved as HTML. `RULES` is the whole policy: each rule takes its part out of the tree, hidden from the next.

The one thing to know: by the time the body is looked for, comments, disclaimer and copyright line are gone. A general
extractor takes them for paragraphs of the article.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from lxml.html import HtmlElement

from cms.transfer.page.body import extract_body, find_container
from cms.transfer.page.claims import Claims, read_claims
from cms.transfer.page.discussion import find_discussion, read_claimed
from cms.transfer.page.draft import Draft
from cms.transfer.page.lead import find_lead_image
from cms.transfer.page.markup import (
    BLOCKS,
    absolute,
    cut,
    elements,
    first,
    has_class,
    leaf_blocks,
    paragraphs_of,
    parse_html,
    text_of,
    time_of,
    with_class,
)
from cms.transfer.page.parsed import ParsedPage
from cms.transfer.page.times import read_machine_time
from cms.transfer.page.wording import (
    find_invitation,
    is_cookie_notice,
    is_disclaimer,
    is_furniture,
    is_required_note,
    is_terms_notice,
    read_byline,
    read_copyright,
    speaks_of_author_above,
)

_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8}){0,4}")
_LONGEST_NAME = 80
_LONGEST_META_LINE = 160
_MOST_SEARCHES = 500
_TITLE_PLACES = (
    f".//*[{has_class('entry-title')}]",
    ".//*[@itemprop='headline'][not(self::meta)]",
    ".//article//h1",
    ".//main//h1",
)
_BYLINE_PLACES = (
    ".//*[@rel='author']",
    with_class("byline"),
    ".//*[@itemprop='author']//*[@itemprop='name']",
    ".//*[@itemprop='author'][not(self::meta)]",
    f".//*[{has_class('author')}]//*[{has_class('fn')}]",
)
_PUBLISHED_PLACES = (
    ".//*[@itemprop='datePublished']",
    f".//time[{has_class('published')} or {has_class('entry-date')}]",
    ".//time[@pubdate]",
    ".//header//time",
    with_class("entry-date"),
)
_IS_COMMENT_AREA = (
    f"@id='respond' or @id='commentform' or @id='comments' or {has_class('comment-respond')}"
    f" or {has_class('comments-area')} or {has_class('comment-list')} or {has_class('commentlist')}"
)
_COMMENT_AREAS = f".//*[{_IS_COMMENT_AREA}][not(ancestor::*[{_IS_COMMENT_AREA}])]"
_PINGS = f".//*[{has_class('pingback')} or {has_class('trackback')}]"
_OUTSIDE = frozenset({"nav", "aside", "form", "button"})


@dataclass(slots=True, kw_only=True)
class HtmlDraft(Draft):
    """A draft with what is left of the page's tree. `heads` are the elements that byline and date were read from."""

    root: HtmlElement
    claims: Claims
    heads: list[HtmlElement] = field(default_factory=list)

    def article(self) -> HtmlElement:
        """The part of the page around the article's text, with its headings; the whole page when nothing is marked."""
        found = first(self.root, ".//article", ".//main", ".//*[@role='main']")
        return self.root if found is None else found


def take_language(draft: HtmlDraft) -> None:
    """As the page declares it; anything that is no language tag is ignored."""
    said = (draft.root.get("lang"), draft.claims.said("content-language"), draft.claims.text("inLanguage"))
    tags = (tag.strip() for tag in said if tag)
    draft.language = next((tag for tag in tags if _LANGUAGE.fullmatch(tag)), None)


def take_canonical_url(draft: HtmlDraft) -> None:
    """Only an absolute http(s) address can say which page this is; it becomes the page's identity."""
    link = first(draft.root, ".//link[@rel='canonical']")
    said = (
        link.get("href") if link is not None else None,
        draft.claims.said("og:url"),
        draft.claims.text("mainEntityOfPage", "url"),
    )
    draft.canonical_url = next(filter(None, (absolute(address, None) for address in said)), None)


def take_comments(draft: HtmlDraft) -> None:
    """First among the visible parts: a reader may quote anything below."""
    discussion = find_discussion(draft.root, draft.canonical_url)
    for element in discussion.stood_in:
        cut(element)
    if not discussion.stood_in:
        discussion = read_claimed(draft.claims.comments())
    draft.comments.extend(discussion.comments)
    draft.unrecognised.extend(discussion.unrecognised)


def take_pings(draft: HtmlDraft) -> None:
    """Links from other sites stand among the comments and are none."""
    for element in elements(draft.root, _PINGS):
        draft.unrecognised.extend(paragraphs_of(element))
        cut(element)


def _if(understands: Callable[[str], bool]) -> Callable[[str], object]:
    return lambda text: text if understands(text) else None


NOTICES: tuple[tuple[str, Callable[[str], object]], ...] = (
    ("copyright", read_copyright),
    ("disclaimer", _if(is_disclaimer)),
    ("terms_notice", _if(is_terms_notice)),
    ("required_note", _if(is_required_note)),
    ("cookie_notice", _if(is_cookie_notice)),
)
"""The standing parts that are known by their wording, each by the name of its field."""


def take_notices(draft: HtmlDraft) -> None:
    """Of each kind the first one is the article's; later ones are the site's and stay where they are."""
    for block in leaf_blocks(draft.root):
        text = text_of(block)
        part = next((name for name, read in NOTICES if getattr(draft, name) is None and read(text)), None)
        if part:
            setattr(draft, part, dict(NOTICES)[part](text))
            cut(block)


def take_invitation(draft: HtmlDraft) -> None:
    """A sentence of the disclaimer, which keeps it: it is a legal text."""
    draft.contact_invitation = find_invitation(draft.disclaimer or "")


def take_comment_form(draft: HtmlDraft) -> None:
    """What is left around the comments: headings and form labels are furniture, the rest is not understood."""
    for area in elements(draft.root, _COMMENT_AREAS):
        for text in paragraphs_of(area):
            is_known = is_furniture(text) or first(area, ".//form", "self::form") is not None
            (draft.furniture if is_known else draft.unrecognised).append(text)
        cut(area)


def take_title(draft: HtmlDraft) -> None:
    """The heading that readers see, before what the page tells search engines."""
    heads = elements(draft.root, ".//h1")
    shown = first(draft.root, *_TITLE_PLACES)
    shown = heads[0] if shown is None and len(heads) == 1 else shown
    told = (text_of(shown), draft.claims.text("headline"), draft.claims.said("og:title"), _window_title(draft))
    draft.title = next(filter(None, told), None)
    for head in [shown, *heads]:
        if head is not None and text_of(head) == draft.title:
            cut(head)


def _window_title(draft: HtmlDraft) -> str:
    element = first(draft.root, ".//head/title", ".//title")
    return " ".join((element.text or "").split()) if element is not None else ""


def take_byline(draft: HtmlDraft) -> None:
    """What the article prints, then what it tells machines. A page that names nobody has no byline."""
    found = [one for path in _BYLINE_PLACES for one in elements(draft.article(), path) if _byline_of(one)]
    draft.heads.extend(found[:1])
    told = (_byline_of(found[0]) if found else None, draft.claims.text("author"), draft.claims.said("author"))
    draft.byline = next((name for name in told if name and len(name) <= _LONGEST_NAME), None)
    if draft.byline is None and draft.disclaimer and speaks_of_author_above(draft.disclaimer):
        draft.notes.append("The disclaimer speaks of an author named above, and the page names none.")


def _byline_of(element: HtmlElement) -> str | None:
    text = text_of(element)
    name = read_byline(text) or text
    return name if 0 < len(name) <= _LONGEST_NAME else None


def take_published(draft: HtmlDraft) -> None:
    """What the page tells machines names its offset; a printed date does not."""
    shown = first(draft.article(), *_PUBLISHED_PLACES)
    told = (draft.claims.text("datePublished"), draft.claims.said("article:published_time", "date"))
    times = (read_machine_time(text) for text in told if text)
    draft.published = next(filter(None, times), None) or time_of(shown)
    draft.heads.extend([shown] if shown is not None and draft.published else [])


def take_meta_line(draft: HtmlDraft) -> None:
    """The line under the title that byline and date stand in, so that it does not become the first paragraph."""
    for head in draft.heads:
        if draft.root not in head.iterancestors():
            continue  # It stood in the same line as the one before.
        line = next((one for one in [head, *head.iterancestors()] if one.tag in BLOCKS), head)
        text = text_of(line)
        if len(text) <= _LONGEST_META_LINE and _is_line(draft, line):
            draft.furniture.extend([text] if text else [])
            cut(line)
        else:
            cut(head)


def _is_line(draft: HtmlDraft, line: HtmlElement) -> bool:
    container = find_container(draft.root)
    around = [] if container is None else [container, *container.iterancestors()]
    return line not in around and line.tag != "body" and first(line, ".//p", ".//img") is None


def take_lead_image(draft: HtmlDraft) -> None:
    """The image above the first sentence, or else the one that the page shows where it is shared."""
    lead = find_lead_image(draft.article(), draft.claims, draft.canonical_url)
    if lead is None:
        return
    draft.lead_image = lead.image
    if not lead.image.alt:
        draft.notes.append("The lead image has no alternative text; somebody should write one.")
    if lead.stood_in is not None:
        cut(lead.stood_in)


def take_body(draft: HtmlDraft) -> None:
    """What is left of the article."""
    draft.body_html = extract_body(draft.root)


def take_the_rest(draft: HtmlDraft) -> None:
    """Last: texts of the article that did not reach the body are listed, those around it are counted."""
    inside = paragraphs_of(draft.article(), lambda one: one.tag in _OUTSIDE)
    for text in _missing(inside, _body_paragraphs(draft)):
        (draft.furniture if is_furniture(text) else draft.unrecognised).append(text)
    outside = len(paragraphs_of(draft.root)) - len(inside)
    if outside:
        draft.notes.append(f"{outside} texts around the article (menus, sidebars, footers) were left out.")


def _missing(texts: Sequence[str], body: Sequence[str]) -> list[str]:
    """The texts that are not in the body, white space aside: an extractor may join and break lines as it likes."""
    whole = {_squashed(text) for text in body}
    apart = [text for text in texts if _squashed(text) not in whole]
    # Looking inside joined paragraphs reads the whole body each time, so on a vast page only the first ones are.
    joined = "".join(map(_squashed, body))
    return [text for at, text in enumerate(apart) if at >= _MOST_SEARCHES or _squashed(text) not in joined]


def _squashed(text: str) -> str:
    return "".join(text.split())


def _body_paragraphs(draft: HtmlDraft) -> tuple[str, ...]:
    return paragraphs_of(parse_html(draft.body_html)) if draft.body_html else ()


RULES: tuple[Callable[[HtmlDraft], None], ...] = (
    take_language,
    take_canonical_url,
    take_comments,
    take_pings,
    take_notices,
    take_invitation,
    take_comment_form,
    take_title,
    take_byline,
    take_published,
    take_meta_line,
    take_lead_image,
    take_body,
    take_the_rest,
)


def parse_document(text: str) -> ParsedPage:
    """The parts of a page that was saved as HTML.

    Raises:
        PageError: The markup cannot be read, the page has no title, or the "import" extra is not installed.
    """
    root = parse_html(text)
    draft = HtmlDraft(root=root, claims=read_claims(root))
    for rule in RULES:
        rule(draft)
    return draft.finish(next(iter(_body_paragraphs(draft)), ""))
