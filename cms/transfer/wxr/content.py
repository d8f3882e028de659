"""The text of a WordPress post, classic or of blocks, as our rich text.

The one thing to know: no word that a reader of the old site could see is lost without a note. Tokens of the source are
written again as plain HTML, tag by tag, and that is read by `cms.richtext`, which alone decides what is stored.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from html import escape

from cms.richtext import Document, from_html
from cms.richtext.embeds import find_embed
from cms.richtext.limits import checked
from cms.transfer.wxr.markup.blocks import convert_comment, has_blocks
from cms.transfer.wxr.markup.conversion import Conversion, host_of
from cms.transfer.wxr.markup.elements import close_element, open_element
from cms.transfer.wxr.markup.paragraphs import Paragraphs
from cms.transfer.wxr.markup.shortcodes import RULES, convert_shortcode, end_shortcode, report_unclosed
from cms.transfer.wxr.markup.source import Kind, Source, Token, decoded

_ADDRESS_LINE = re.compile(r"(?:^|(?<=\n))[ \t]*+(https?://[^\s<>\[\]\"]++)[ \t]*+(?=\n|$)")
_ENDS_TEXT = re.compile(r"</|<!|\Z")
# Sites whose addresses WordPress shows in place, beside those that can be shown here.
_SHOWN_THERE = frozenset(
    {
        *("wordpress.tv", "videopress.com", "flickr.com", "flic.kr", "smugmug.com", "imgur.com", "giphy.com"),
        *("facebook.com", "tumblr.com", "reddit.com", "pinterest.com", "kickstarter.com", "mixcloud.com"),
        *("reverbnation.com", "slideshare.net", "scribd.com", "issuu.com", "speakerdeck.com", "animoto.com"),
        *("screencast.com", "crowdsignal.com", "polldaddy.com", "blip.tv", "hulu.com", "viddler.com", "vine.co"),
    }
)
_INSIDE = ("li", "blockquote", "dt", "h1", "h2", "h3", "h4", "h5", "h6")


@dataclass(frozen=True, slots=True)
class Converted:
    """What became of a post's text.

    Attributes:
        document: the text.
        notes: what was dropped, or kept as less than it was; short phrases, each once, in the order of the text.
        attachments: WordPress ids of the attachments that the text shows, in its order.
    """

    document: Document
    notes: tuple[str, ...]
    attachments: tuple[int, ...]


def convert(
    html: str,
    *,
    link: Callable[[str], str],
    image: Callable[[str], str | None],
    caption: Callable[[int], str],
) -> Converted:
    """The content of a post as stored by WordPress.

    Args:
        html: what stands in `content:encoded`.
        link: where an address of the text leads here; `article:<id>` is an article, and any other answer an address.
        image: the media id of an image's address, or None when it is not ours, and the image becomes a link. An
            attachment of which the text tells only the number is asked for as `?attachment_id=<number>`.
        caption: the words under an attachment in a gallery, which tells only its number; empty where there are none.

    Raises:
        RichTextError: the text is larger than rich text may be.
    """
    source = Source(checked(html), frozenset(RULES))
    to = Conversion(source, Paragraphs(breaks_lines=not has_blocks(html)), link, image, caption)
    for token in source:
        _convert(to, token)
    report_unclosed(to)
    return Converted(from_html(to.out.html()), tuple(to.notes), tuple(to.attachments))


def _convert(to: Conversion, token: Token) -> None:
    match token.kind:
        case Kind.TEXT:
            _convert_text(to, token.said)
        case Kind.OPENING:
            open_element(to, token)
        case Kind.CLOSING:
            close_element(to, token.said)
        case Kind.COMMENT:
            convert_comment(to, token.said)
        case Kind.SHORTCODE:
            convert_shortcode(to, token)
        case Kind.END_OF_SHORTCODE:
            end_shortcode(to, token)


def _convert_text(to: Conversion, text: str) -> None:
    """Text, in which an address that has a line to itself is more than its letters."""
    done = 0
    if "://" in text and not to.out.verbatim and not to.is_open("a"):
        for line in _ADDRESS_LINE.finditer(text):
            to.out.text(text[done : line.start()])
            done = line.end() if _has_line_to_itself(to, line) else line.start()
            if done == line.end():
                _show_address(to, decoded(line[1]))
    to.out.text(text[done:])


def _has_line_to_itself(to: Conversion, line: re.Match[str]) -> bool:
    begins = line.start() > 0 or to.out.begins_line
    ends = line.end() < len(line.string) or _ENDS_TEXT.match(to.source.text, to.source.at) is not None
    return begins and ends


def _show_address(to: Conversion, url: str) -> None:
    """What it embeds, for which WordPress asked nothing but the line; else a link."""
    if to.is_open(*_INSIDE) or to.grids:
        href = to.address(url)
        shown = escape(url, quote=False)
        to.out.inline(f'<a href="{href}">{shown}</a>' if href else shown)
    elif find_embed(url):
        to.framed(url, "embed")
    else:
        if to.frames.get("figure") or host_of(url) in _SHOWN_THERE:
            to.note(f"embed of {host_of(url)} kept as a link")
        to.linked_line(url)
