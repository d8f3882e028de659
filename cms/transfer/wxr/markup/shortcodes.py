"""WordPress's own shortcodes, and those of the plugins that every old blog had.

`RULES` says what each one becomes. A shortcode that is not in it is kept as text; it is reported when it looks like
one, which a word in brackets does not.
"""

import re
from collections.abc import Callable
from html import escape

from cms.transfer.wxr.markup.conversion import MAX_DIGITS, Conversion, Frame
from cms.transfer.wxr.markup.pictures import caption_image
from cms.transfer.wxr.markup.source import Token, attributes_of, decoded

MAX_CAPTIONED = 200_000
"""Characters. A gallery repeats the captions of its images, and a text of galleries must not grow past any bound."""

_CODES = frozenset({"code", "sourcecode", "source", "php", "css", "html", "xml", "js", "javascript", "python", "ruby"})
_MORE_CODES = frozenset({"bash", "shell", "sql", "java", "csharp", "cpp", "perl", "plain", "text"})
_NO_LANGUAGES = frozenset({"code", "sourcecode", "source", "plain", "text"})
_FILMS = frozenset({"embed", "youtube", "vimeo", "dailymotion", "soundcloud", "spotify", "instagram", "ted", "tiktok"})
_FILES = ("src", "mp3", "m4a", "ogg", "wav", "mp4", "m4v", "webm", "ogv", "flv", "url", "href")

_WEB = re.compile(r"https?://[^\s\[\]<>\"']+")
_IDS = re.compile(r"\d+")
_MARKUP = re.compile(r"<[^<>]*>")
# What `[embed]` stands around; a visual editor may have made a link of it.
_ENCLOSED = r"\s*+(?:<a\s[^<>]*+>)?\s*+(?P<url>https?://[^\s\[\]<>\"']++)?\s*+(?:</a>)?\s*+\[/{name}\]"


def convert_shortcode(to: Conversion, token: Token) -> None:
    """A shortcode begins, or is one that has no end."""
    if to.out.verbatim:
        to.out.text(_as_text(token))
    elif token.said in RULES:
        RULES[token.said](to, token)
    else:
        to.out.text(token.written)
        if _looks_like_one(to, token):
            to.note(f"shortcode [{token.said[:40]}] kept as text")


def end_shortcode(to: Conversion, token: Token) -> None:
    """The end of a shortcode that stands around something; without a beginning it is text."""
    if token.said not in RULES or to.out.verbatim or not to.frames.get(token.said):
        to.out.text(_as_text(token))
    else:
        frame = to.frames[token.said].pop()
        if token.said in _CAPTIONS:
            _close_caption(to, frame)


def report_unclosed(to: Conversion) -> None:
    """Captions that nothing ended: their image and their words are there, each for itself."""
    for name in _CAPTIONS:
        if to.frames.get(name):
            to.note(f"shortcode [{name}] is never closed")


def _as_text(token: Token) -> str:
    return token.written.replace("<", "&lt;")


def _keep(to: Conversion, token: Token) -> None:
    to.note(f"shortcode [{token.said}] kept as text")
    to.out.text(_as_text(token))


def _looks_like_one(to: Conversion, token: Token) -> bool:
    """Whether it says more than a word in brackets would: attributes, a name no word has, an end, a line to itself."""
    if "=" in token.rest or "_" in token.said or "-" in token.said:
        return True
    text, end = to.source.text, to.source.at
    start = end - len(token.written)
    is_line = text[max(start - 1, 0) : start] in {"", "\n"} and text[end : end + 1] in {"", "\n", "\r"}
    return is_line or token.said in to.source.ends


# Images


def _open_caption(to: Conversion, token: Token) -> None:
    attributes = attributes_of(token.rest)
    to.shows(*_IDS.findall(attributes.get("id", "")))
    to.out.end_paragraph()
    if "<a " in attributes.get("caption", ""):
        to.note("link in a caption dropped, its words stay")
    words = escape(decoded(_MARKUP.sub("", attributes.get("caption", ""))), quote=False)
    to.open_frame(token.said, words)


def _close_caption(to: Conversion, frame: Frame) -> None:
    if not caption_image(to, frame.start, frame.caption) and frame.caption:
        to.out.end_paragraph()
        to.out.inline(frame.caption)
    to.out.end_paragraph()


def _show_gallery(to: Conversion, token: Token) -> None:
    attributes = attributes_of(token.rest)
    ids = _IDS.findall(attributes.get("ids") or attributes.get("include", ""))
    if not ids:
        to.note("gallery of all attachments of the post dropped")
    to.out.end_paragraph()
    for one in dict.fromkeys(ids):
        _show_attachment(to, one)
    to.out.end_paragraph()


def _show_attachment(to: Conversion, number: str) -> None:
    to.shows(number)
    if to.find_image(f"?attachment_id={number}"):
        start = len(to.out.parts)
        to.picture("", "", number)
        _close_caption(to, Frame(start, escape(_caption_of(to, number), quote=False)))
    else:
        to.note("image of a gallery dropped, since nothing is known of it but its number")


def _caption_of(to: Conversion, number: str) -> str:
    words = to.caption_of(int(number)) if len(number) <= MAX_DIGITS else ""
    to.captioned += len(words)
    if to.captioned <= MAX_CAPTIONED:
        return words
    to.note("captions of galleries dropped, since they are longer than a text may be")
    return ""


def _list_tracks(to: Conversion, token: Token) -> None:
    to.shows(*_IDS.findall(attributes_of(token.rest).get("ids", "")))
    to.note("shortcode [playlist] dropped")


# What plays


def _play(to: Conversion, token: Token) -> None:
    attributes = attributes_of(token.rest)
    found = _WEB.search(decoded(token.rest))
    url = next((attributes[name] for name in _FILES if attributes.get(name)), found[0] if found else "")
    if not url:
        _keep(to, token)
        return
    to.file(url, token.said)
    to.open_frame(token.said)


def _embed(to: Conversion, token: Token) -> None:
    enclosed = re.compile(_ENCLOSED.format(name=token.said)).match(to.source.text, to.source.at)
    named = _WEB.search(decoded(token.rest))
    url = named[0] if named else decoded((enclosed and enclosed["url"]) or "")
    if not url and token.said == "vimeo" and token.rest.strip().isdecimal():
        url = f"https://vimeo.com/{token.rest.strip()}"
    if not url:
        _keep(to, token)
        return
    if enclosed:
        to.source.skip_to(enclosed.end())
    to.framed(url, "embed")


# Code


def _show_code(to: Conversion, token: Token) -> None:
    """Everything up to the end is code, tags and other shortcodes too; `&lt;` in it is `<`, as editors store it."""
    end = to.source.find(rf"\[/{token.said}\]")
    if end == len(to.source.text):
        _keep(to, token)
        return
    code = to.source.skip_to(end).strip("\n").replace("<", "&lt;")
    to.source.at += len(f"[/{token.said}]")
    attributes = attributes_of(token.rest)
    named = attributes.get("language") or attributes.get("lang") or ""
    language = named or ("" if token.said in _NO_LANGUAGES else token.said)
    shown = f' class="language-{escape(language)}"' if language else ""
    to.out.block(f"<pre><code{shown}>{code}</code></pre>")


_CAPTIONS = ("caption", "wp_caption")
RULES: dict[str, Callable[[Conversion, Token], None]] = {
    **dict.fromkeys(_CAPTIONS, _open_caption),
    **dict.fromkeys(_CODES | _MORE_CODES, _show_code),
    **dict.fromkeys(_FILMS, _embed),
    "gallery": _show_gallery,
    "playlist": _list_tracks,
    "audio": _play,
    "video": _play,
}
