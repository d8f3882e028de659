"""Code, and verse: the elements in which white space is what the author meant.

Code of one line is a mark, code of several lines a block, whatever tag it stands in. A verse is a paragraph of lines.
"""

import re
from html import escape

from cms.transfer.wxr.markup.conversion import Conversion
from cms.transfer.wxr.markup.source import Token, attributes_of

_BRUSH = re.compile(r"\bbrush:\s*([\w+#.\-]+)")
_LANGUAGE = re.compile(r"(?<!\S)lang(?:uage)?-([\w+#.\-]+)")


def open_pre(to: Conversion, tag: Token) -> None:
    """Lines of code, or the verse block, which is a paragraph of lines."""
    attributes = attributes_of(tag.rest)
    if to.out.verbatim:
        to.begin("pre", "", "", to.out.text)
    elif "wp-block-verse" in attributes.get("class", ""):
        to.begin("pre", "<p>", "</p>", to.out.block)
        to.out.verses += 1
    else:
        _open_lines(to, "pre", attributes)


def _open_lines(to: Conversion, name: str, attributes: dict[str, str]) -> None:
    """Lines of code; the newline after the tag is none of them."""
    to.begin(name, f"<pre><code{_language(attributes)}>", "</code></pre>", to.out.block)
    to.out.verbatim += 1
    if to.source.text.startswith("\n", to.source.at):
        to.source.at += 1


def close_pre(to: Conversion) -> None:
    """The innermost `pre` ends."""
    _close_lines(to, "pre")


def _close_lines(to: Conversion, name: str) -> None:
    if not to.endings.get(name):
        return
    ending = to.endings[name].pop()
    if ending == "</code></pre>":
        to.out.verbatim -= 1
    elif ending == "</p>":
        to.out.verses -= 1
    write = to.out.inline if ending == "</code>" else to.out.block
    write(ending)


def open_code(to: Conversion, tag: Token) -> None:
    """Code of several lines is a block, whatever stood around it: a line of text cannot keep it."""
    end = to.source.find(r"</code(?=[\s/>])")
    if to.out.verbatim:
        _name_language(to, tag)
    elif min(to.source.find("\n"), to.source.find("<br")) < end < len(to.source.text):
        _open_lines(to, "code", attributes_of(tag.rest))
    else:
        to.begin("code", "<code>", "</code>", to.out.inline)


def _name_language(to: Conversion, tag: Token) -> None:
    """The tag inside a `pre` is where most editors put the language."""
    language = _language(attributes_of(tag.rest))
    if language and to.out.parts[-1] == "<pre><code>":
        to.out.parts[-1] = f"<pre><code{language}>"


def close_code(to: Conversion) -> None:
    """The innermost `code` ends, unless it only says again what a `pre` around it has said."""
    is_lines = to.endings.get("code", [""])[-1:] == ["</code></pre>"]
    if is_lines or not to.out.verbatim:
        _close_lines(to, "code")


def _language(attributes: dict[str, str]) -> str:
    """The language of code as a class, in whichever of their ways a plugin wrote it."""
    names = attributes.get("class", "")
    found = _BRUSH.search(names) or _LANGUAGE.search(names)
    language = found[1] if found else attributes.get("data-enlighter-language", "") or attributes.get("lang", "")
    return f' class="language-{escape(language)}"' if language else ""
