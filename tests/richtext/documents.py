"""Documents to test with: a hypothesis strategy for canonical ones, and the safety rules HTML is held to.

The rules are written again here, from HTML's side and with another parser, so that a mistake in the writer cannot hide
in them.
"""

import re
from html.parser import HTMLParser

from hypothesis import strategies as st

from cms.richtext import Document, from_blocks

MEDIA = "med_01890a5d-ac96-774b-bcce-b302099a8057"
ARTICLE = "art_01890a5d-ac96-774b-bcce-b302099a8058"

WORDS = [
    "a",
    "word",
    "Größe",
    "naïve",
    "“quoted”",
    "\u2018single\u2019",
    "—",
    "\u2013",
    "…",
    "non\u00a0break",
    "👩\u200d👩\u200d👧",
    "🙂",
    "שלום",
    "مرحبا",
    "\u200fRTL",
    "*",
    "**",
    "_",
    "__",
    "~",
    "~~",
    "^",
    "`",
    "``",
    "```",
    "~~~",
    "[",
    "]",
    "(",
    ")",
    "[a](b)",
    "![x](y)",
    "!",
    "#",
    "##",
    ">",
    "-",
    "+",
    "1.",
    "2)",
    "---",
    "===",
    "|",
    "a|b",
    "\\",
    "\\*",
    "&amp;",
    "&",
    "&#42;",
    "<b>",
    "<",
    "<https://x.org>",
    "</script>",
    "{~",
    "~}",
    "{^",
    "^}",
    "{",
    "}",
    ":",
    "://",
    "https://x.org/a_b",
    '"',
    "'",
    "$",
    "\u3000",
    "字",
    "。",
    "「强调」",
    "x_y_z",
    "*.*",
    "[ ]",
    "[x]: y",
    "-----",
    "| a |",
    ".",
    ",",
    "\u2028",
    "é",
    "\ufe0f",
    "%",
    "@",
]

_text = st.lists(
    st.sampled_from(WORDS) | st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=3),
    min_size=1,
    max_size=4,
)
texts = st.builds(lambda words, glue: glue.join(words), _text, st.sampled_from(["", " ", "\n", "  "]))

HREFS = [
    "https://example.org/",
    "https://example.org/a_(b)?q=1&copy;=2*_~#x",
    "http://example.org/é/漢",
    "mailto:a@example.org",
    "tel:+49-30-123",
    "/about",
    "/a b|c",
    "#top",
    "https://example.org/%20[x]`y`",
    "/id/",
    "https://example.org/&amp;",
]

_definitions = st.fixed_dictionaries(
    {"_type": st.just("link"), "_key": st.just("k1"), "href": st.sampled_from(HREFS)}
) | st.just({"_type": "internalLink", "_key": "k2", "article": ARTICLE})


@st.composite
def _held_text(draw: st.DrawFn) -> dict[str, object]:
    """Children and mark definitions, as a block or a cell has them."""
    definitions = draw(st.lists(_definitions, max_size=2, unique_by=lambda definition: definition["_key"]))
    decorators = st.lists(
        st.sampled_from(["strong", "em", "code", "strike-through", "sub", "sup"]), max_size=3, unique=True
    )
    keys = [str(definition["_key"]) for definition in definitions]
    link = st.sampled_from([[], *([key] for key in keys)])
    spans = draw(st.lists(st.tuples(texts, decorators, link), min_size=1, max_size=5))
    children = [{"_type": "span", "text": text, "marks": marks + linked} for text, marks, linked in spans]
    return {"children": children, "markDefs": definitions}


def _block(kind: dict[str, object]) -> st.SearchStrategy[dict[str, object]]:
    return _held_text().map(lambda held: {"_type": "block", **kind, **held})


@st.composite
def _tables(draw: st.DrawFn) -> dict[str, object]:
    width = draw(st.integers(1, 3))
    cell = _held_text().map(lambda held: {"_type": "cell", **held})
    cells = st.lists(cell, min_size=width, max_size=width)
    rows = draw(st.lists(cells, min_size=1, max_size=3))
    return {"_type": "table", "rows": [{"_type": "row", "cells": row} for row in rows]}


_bullets = st.just({"listItem": "bullet"})
_numbers = st.integers(0, 12).map(lambda start: {"listItem": "number", "start": start})
_list_items = st.builds(
    lambda block, kind, level: {**block, **kind, "level": level}, _block({}), _bullets | _numbers, st.integers(1, 4)
)
_codes = st.builds(
    lambda code, language: {"_type": "code", "code": code, "language": language},
    texts | st.sampled_from(["x\n", "\n\nx", "\tx = 1\n\n\n    y", "```\nx\n```", "</code></pre><script>"]),
    st.sampled_from(["", "python", "c++", "objective-c"]),
)
_images = st.builds(
    lambda alt, caption: {"_type": "image", "media": MEDIA, "alt": alt, "caption": caption}, texts, texts
)
_embeds = st.sampled_from(
    [
        {"_type": "embed", "provider": "youtube", "url": "https://www.youtube.com/watch?v=abc-_fghijk"},
        {"_type": "embed", "provider": "vimeo", "url": "https://vimeo.com/1234"},
    ]
)
_blocks = st.one_of(
    *(_block({"style": style}) for style in ("normal", "normal", "h2", "h3", "h4", "blockquote", "blockquote")),
    _list_items,
    _list_items,
    _codes,
    _images,
    _embeds,
    _tables(),
    st.just({"_type": "divider"}),
)


def documents(max_blocks: int = 4) -> st.SearchStrategy[Document]:
    """Any document: every kind of block, and text that means something to Markdown or HTML."""
    return st.lists(_blocks, max_size=max_blocks).map(from_blocks)


ALLOWED = {
    "p": set(),
    "h2": set(),
    "h3": set(),
    "h4": set(),
    "ul": set(),
    "ol": {"start"},
    "li": set(),
    "blockquote": set(),
    "pre": set(),
    "code": {"class"},
    "figure": {"data-embed"},
    "figcaption": set(),
    "img": {"src", "alt"},
    "hr": set(),
    "br": set(),
    "table": set(),
    "thead": set(),
    "tbody": set(),
    "tr": set(),
    "th": set(),
    "td": set(),
    "strong": set(),
    "em": set(),
    "s": set(),
    "sub": set(),
    "sup": set(),
    "a": {"href", "rel"},
}
_HREF = re.compile(r"https?://[^/\\].*|mailto:.*|tel:.*|/(?![/\\]).*|#.*|/")
_VALUES = {
    "href": _HREF,
    "src": re.compile(r"/media/id/med_[0-9a-f\-]{36}"),
    "class": re.compile(r"language-[a-z0-9+#.\-_]+"),
    "data-embed": re.compile(r"[a-z]+"),
    "start": re.compile(r"[0-9]+"),
    "rel": re.compile(r"noopener|nofollow ugc noopener"),
    "alt": re.compile(r".*", re.DOTALL),
}
_VOID = {"img", "br", "hr"}


class _Auditor(HTMLParser):
    """Lists what in a piece of HTML is not allowed, and every tag that is not closed in order."""

    def __init__(self) -> None:
        super().__init__()
        self.faults: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ALLOWED:
            self.faults.append(f"<{tag}>")
            return
        if tag not in _VOID:
            self.open.append(tag)
        for name, value in attrs:
            if name not in ALLOWED[tag] or not _VALUES[name].fullmatch(value or ""):
                self.faults.append(f"<{tag} {name}={value!r}>")
            elif name == "href" and any(
                ord(char) < 0x21 or char in "\u202a\u202e\u2066\u2067\\" for char in value or ""
            ):
                self.faults.append(f"href {value!r}")

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"</{tag}>")

    def handle_comment(self, data: str) -> None:
        self.faults.append(f"<!--{data}-->")

    def handle_decl(self, decl: str) -> None:
        self.faults.append(f"<!{decl}>")

    def unknown_decl(self, data: str) -> None:
        self.faults.append(f"<![{data}>")

    def handle_pi(self, data: str) -> None:
        self.faults.append(f"<?{data}>")


def faults_in(html: str) -> list[str]:
    """What in `html` is not ours to write; empty when it is safe and well nested."""
    auditor = _Auditor()
    auditor.feed(html)
    auditor.close()
    return auditor.faults + [f"<{tag}> left open" for tag in auditor.open]
