"""The tags of HTML by what they mean for text. A tag that stands nowhere here is taken for its text."""

from cms.richtext.blocks import ListKind, Style
from cms.richtext.inline import Mark

MARKS: dict[str, Mark] = {
    "strong": "strong",
    "b": "strong",
    "em": "em",
    "i": "em",
    "cite": "em",
    "var": "em",
    "dfn": "em",
    "code": "code",
    "tt": "code",
    "kbd": "code",
    "samp": "code",
    "s": "strike-through",
    "strike": "strike-through",
    "del": "strike-through",
    "sub": "sub",
    "sup": "sup",
}

STYLES: dict[str, Style] = {"h1": "h2", "h2": "h2", "h3": "h3", "h4": "h4", "h5": "h4", "h6": "h4", "p": "normal"}

LISTS: dict[str, ListKind] = {"ul": "bullet", "menu": "bullet", "ol": "number"}

# What is inside these runs, styles, asks for input, or is another language than HTML.
DROPPED = frozenset(
    {
        *("script", "style", "head", "title", "template", "noscript", "noframes", "noembed", "iframe", "object"),
        *("embed", "applet", "svg", "math", "canvas", "select", "textarea", "button", "audio", "video", "map"),
        *("frameset", "datalist", "xmp", "plaintext"),
    }
)

# These hold blocks or are blocks: text before and after them is not one paragraph.
BOUNDARIES = frozenset(
    {
        *("html", "body", "div", "section", "article", "main", "header", "footer", "nav", "aside", "address"),
        *("hgroup", "dl", "dt", "dd", "details", "summary", "center", "fieldset", "form", "legend", "caption"),
        *("thead", "tbody", "tfoot"),
    }
)
