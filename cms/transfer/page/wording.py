"""How the standing parts of a page are worded: who owns it, what is disclaimed, what a commenter accepts.

The one thing to know: a part is recognised by its wording alone, so each pattern asks for more than one sign.
"""

import re

from cms.transfer.page.parsed import ParsedCopyright

LONGEST_NOTICE = 2000
"""Characters. A longer paragraph is somebody's text, whatever phrases it holds."""

# One no-break space is kept where typesetting wants it (10 km, « mot »); elsewhere double spaces left it behind.
_SPACES = re.compile(r"(?P<kept>(?<=[\d§«])[\u00a0\u202f](?=\S)|(?<=\S)[\u00a0\u202f](?=[»;:!?%]))|\s+")
# Controls, lone surrogates (JSON can spell them, UTF-8 cannot) and two characters of no width: databases refuse some.
UNPRINTABLE = re.compile(r"[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\ud800-\udfff\ufeff\u200b\ufffe\uffff]")

_COPYRIGHT = re.compile(r"(?:©|\(c\)|copyright)(?:\s*(?:©|\(c\)|copyright))*\s*(?P<rest>.*)", re.IGNORECASE | re.DOTALL)
_YEAR = re.compile(r"\b(?:19|20)\d\d\b(?:\s*[-\u2013\u2014,]\s*(?:19|20)\d\d\b)*")
_RESERVED = re.compile(r"[.,;]?\s*all rights reserved[.!]?", re.IGNORECASE)
_LONGEST_COPYRIGHT = 300
_EDGES = " ,;|-\u2013\u2014"

_DISCLAIMER_SIGNS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"\b(?:views|opinions)\b[^.]{0,40}\bexpressed\b",
        r"\bsolely (?:written|those|the)\b",
        r"\bnot necessarily (?:be )?(?:shared|reflect|represent|endorsed|those)",
        r"\bthe (?:preceding|above|foregoing) (?:article|post|text)\b",
        r"\bfor (?:general )?(?:information|informational|educational)(?: and \w+)? purposes only\b",
        r"\b(?:not|no) (?:a )?substitute for (?:professional|medical|legal|financial)\b",
        r"\bdoes not constitute\b[^.]{0,60}\badvice\b",
    )
)
_DISCLAIMER_LABEL = re.compile(r"(?:editorial |legal |medical )?disclaimer\s*[:.\u2014\u2013-]", re.IGNORECASE)

_INVITATION = re.compile(
    r"\b(?:questions|concerns|comments|feedback|corrections)\b.{0,120}"
    r"\b(?:directed|sent|addressed|emailed|written) to the author\b"
    r"|\b(?:contact|email|e-mail|write to|reach) the author\b",
    re.IGNORECASE | re.DOTALL,
)
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z\u201c\"\u2018'])")

_TERMS = re.compile(
    r"by (?:commenting|posting|submitting|leaving|sending)\b.{0,80}\byou\b.{0,40}"
    r"\b(?:acknowledge|agree|accept|consent)",
    re.IGNORECASE | re.DOTALL,
)
_REQUIRED = re.compile(
    r"(?:\*\s*)?(?:indicates )?(?:an? )?required fields?\b|required fields are marked", re.IGNORECASE
)
_LONGEST_REQUIRED = 160
_COOKIE_USE = re.compile(
    r"\buses?\b.{0,40}\bcookies\b|\bcookies\b.{0,60}\b(?:are|is) used\b", re.IGNORECASE | re.DOTALL
)
_COOKIE_CONSENT = re.compile(r"\b(?:consent|by continuing|accept|agree|our traffic|personali[sz]e)\b", re.IGNORECASE)

_FURNITURE = re.compile(
    r"leave a (?:comment|reply)|post a comment|add a comment"
    r"|(?:\d+ |no )?(?:comments?|responses?|replies)(?: \(\d+\))?|reply"
    r"|skip to (?:main )?content|cancel reply|post comment|submit comment|log in to (?:reply|leave a comment)",
    re.IGNORECASE,
)
_THOUGHTS = re.compile(
    r"(?:\d+|one|two|three) (?:thoughts?|comments?|responses?|replies) (?:on|to) .{1,200}", re.IGNORECASE
)
_LONGEST_FURNITURE = 230

_BYLINE = re.compile(r"(?:(?:written|posted|words|text|story) )?by:? (?P<name>[^\W\d_].{1,78})", re.IGNORECASE)


def tidy(text: str) -> str:
    """`text` on one line: white space is one space, characters that print nothing and cannot be stored are gone."""
    return _SPACES.sub(lambda run: run["kept"] or " ", UNPRINTABLE.sub("", text)).strip()


def read_copyright(text: str) -> ParsedCopyright | None:
    """The copyright line that `text` is: it starts with the mark or the word, and names a year or reserves rights."""
    mark = _COPYRIGHT.match(text) if len(text) <= _LONGEST_COPYRIGHT else None
    if not mark:
        return None
    rest = mark["rest"]
    year, reserved = _YEAR.search(rest), _RESERVED.search(rest)
    if not reserved and not _year_stands_at_an_edge(rest, year):
        return None
    holder = _YEAR.sub(" ", rest[: reserved.start()] if reserved else rest)
    return ParsedCopyright(_bare_holder(holder), _latest(year), text)


def _year_stands_at_an_edge(rest: str, year: re.Match[str] | None) -> bool:
    """A sentence may begin with the word ("Copyright law changed in 1976 again"); a notice has its year at an end."""
    return year is not None and (year.start() == 0 or not rest[year.end() :].strip(" ."))


def _latest(year: re.Match[str] | None) -> int | None:
    return int(year[0][-4:]) if year else None


def _bare_holder(text: str) -> str | None:
    bare = tidy(text).strip(_EDGES).removeprefix("by ").strip(_EDGES)
    return bare.removesuffix(".") or None


def is_disclaimer(text: str) -> bool:
    """Whether two signs of a disclaimer stand in one paragraph, or it is labelled as one."""
    if len(text) > LONGEST_NOTICE:
        return False
    signs = sum(1 for sign in _DISCLAIMER_SIGNS if sign.search(text))
    return signs > 1 or _DISCLAIMER_LABEL.match(text) is not None


def find_invitation(text: str) -> str | None:
    """The sentence of `text` that invites the reader to contact the author."""
    if len(text) > LONGEST_NOTICE:
        return None
    return next((sentence for sentence in _SENTENCE_END.split(text) if _INVITATION.search(sentence)), None)


def is_terms_notice(text: str) -> bool:
    """Whether `text` says what a commenter accepts by commenting."""
    return len(text) <= LONGEST_NOTICE and _TERMS.match(text) is not None


def is_required_note(text: str) -> bool:
    """Whether `text` explains the mark of required form fields."""
    return len(text) <= _LONGEST_REQUIRED and _REQUIRED.search(text) is not None


def is_cookie_notice(text: str) -> bool:
    """Whether `text` tells a visitor that cookies are used and what staying means."""
    return len(text) <= LONGEST_NOTICE and bool(_COOKIE_USE.search(text) and _COOKIE_CONSENT.search(text))


def is_furniture(text: str) -> bool:
    """Whether `text` is a heading or a link that pages carry around an article, and nobody's words."""
    if len(text) > _LONGEST_FURNITURE:
        return False
    return bool(_FURNITURE.fullmatch(text.strip(" :.")) or _THOUGHTS.fullmatch(text))


def read_byline(text: str) -> str | None:
    """The name in "By NAME"; `None` for anything that is not only that."""
    match = _BYLINE.fullmatch(text)
    return match["name"].strip() if match and not match["name"].endswith((".", "!", "?", ":")) else None


def speaks_of_author_above(text: str) -> bool:
    """Whether `text` relies on a byline that should stand higher up on the page."""
    return "author named above" in text.lower()
