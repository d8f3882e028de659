"""What the rules of a conversion share: what was written, what is open, and what the report will say."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from html import escape
from urllib.parse import unquote, urlsplit

from cms.richtext.embeds import find_embed
from cms.richtext.links import media_of, safe_href
from cms.transfer.wxr.markup.grid import Grid
from cms.transfer.wxr.markup.paragraphs import Paragraphs
from cms.transfer.wxr.markup.source import Source

MAX_DIGITS = 18
"""Of an attachment's number, which WordPress counts in 64 bits."""
MAX_NESTING = 24
"""Elements of one name that are open at once; deeper ones are their text, since no block holds so many."""

_RESIZED = re.compile(r"-\d{1,5}x\d{1,5}(?=\.[A-Za-z]{3,4}$)")
_PICTURE = re.compile(r"\.(?:jpe?g|png|gif|webp|avif|bmp|svg)$|[?&]attachment_id=\d+$", re.IGNORECASE)


@dataclass(slots=True)
class Frame:
    """A figure, a caption or a shortcode around an image that is open."""

    start: int  # the place in the parts that were written
    caption: str = ""


@dataclass(slots=True)
class Conversion:
    """The state of one conversion.

    Attributes:
        source: what is read.
        out: what was written.
        link: where an address of the source leads here.
        find_image: the media id of an image's address, or None.
        caption_of: the words under an attachment in a gallery, by its WordPress id.
        notes: what the report will say, each once, in order.
        attachments: WordPress ids of what the text shows, each once, in order.
        endings: for each name of a tag, how its open elements will be closed.
        frames: for each kind of frame, those that are open.
        grids: the tables that are open.
        captioned: characters of captions that attachments brought.
        object_address: what the open `object` shows, once that is known.
    """

    source: Source
    out: Paragraphs
    link: Callable[[str], str]
    find_image: Callable[[str], str | None]
    caption_of: Callable[[int], str]
    notes: dict[str, None] = field(default_factory=dict)
    attachments: dict[int, None] = field(default_factory=dict)
    endings: dict[str, list[str]] = field(default_factory=dict)
    frames: dict[str, list[Frame]] = field(default_factory=dict)
    grids: list[Grid] = field(default_factory=list)
    captioned: int = 0
    object_address: str = ""

    def note(self, phrase: str) -> None:
        """Say `phrase` in the report."""
        self.notes[phrase] = None

    def shows(self, *ids: object) -> None:
        """The text shows these attachments; what is no id is passed over."""
        for one in ids:
            if str(one).isdecimal() and len(str(one)) <= MAX_DIGITS and int(str(one)):
                self.attachments[int(str(one))] = None

    def is_open(self, *names: str) -> bool:
        """Whether an element of one of these names is open."""
        return any(self.endings.get(name) for name in names)

    def begin(self, name: str, opening: str, ending: str, write: Callable[[str], None]) -> None:
        """Write `opening`, and remember how the element ends; both are nothing when too many of its name are open."""
        endings = self.endings.setdefault(name, [])
        fits = len(endings) < MAX_NESTING
        write(opening if fits else "")
        endings.append(ending if fits else "")

    def open_frame(self, kind: str, caption: str = "") -> None:
        """A frame begins here; one inside too many others is none, and no words are lost with it."""
        frames = self.frames.setdefault(kind, [])
        if len(frames) < MAX_NESTING:
            frames.append(Frame(len(self.out.parts), caption))

    # What several rules write

    def address(self, url: str) -> str | None:
        """Where a link to `url` leads here, as an attribute's value; None when it cannot be kept."""
        url = url.strip()
        mapped = url if url.startswith("#") else self.link(url)
        usable = mapped.startswith("article:") or safe_href(mapped) is not None
        return escape(mapped) if usable else None

    def linked_line(self, url: str, text: str = "") -> None:
        """A paragraph that is a link to `url`."""
        href = self.address(url)
        shown = escape(text or url, quote=False)
        self.out.end_paragraph()
        self.out.inline(f'<a href="{href}">{shown}</a>' if href else shown)
        self.out.end_paragraph()

    def framed(self, url: str, what: str) -> None:
        """What `url` shows in place, or a link to it where that is not among the sites that may be embedded."""
        url = f"https:{url}" if url.startswith("//") else url
        if find_embed(url):
            self.out.end_paragraph()
            self.out.inline(f'<iframe src="{escape(url)}"></iframe>')
            self.out.end_paragraph()
        elif url.startswith("http"):
            self.note(f"{what} of {host_of(url)} kept as a link")
            self.linked_line(url)
        else:
            self.note(f"{what} without a web address dropped")

    def file(self, url: str, what: str) -> None:
        """A file that a player would have played: a link that reads as its name."""
        if find_embed(url):
            self.framed(url, what)
            return
        self.note(f"{what} kept as a link")
        self.linked_line(url, file_name(url))

    def picture(self, url: str, alt: str, attachment: str = "") -> None:
        """An image: ours when its address or its id is known, else a link to it.

        A resized one is known by the address of the original; one that has only an id is asked for by WordPress's
        own short address, `?attachment_id=<id>`.
        """
        self.shows(attachment)
        media = next(filter(None, map(self.find_image, _known_as(url, attachment))), None)
        if media is not None:
            checked = media_of(url, alt, lambda _url, _alt: media)
            self.out.image(f'<img src="media:{checked}" alt="{escape(alt)}">')
        elif safe_href(url) is None:
            self.note("image without a usable address dropped")
            self.out.inline(escape(alt, quote=False))
        else:
            self.note("image kept as a link")
            self.out.image(f'<img src="{escape(url)}" alt="{escape(alt or file_name(url))}">')

    def is_picture(self, url: str) -> bool:
        """Whether `url` is a picture, or the page that WordPress makes for one."""
        return bool(_PICTURE.search(url.partition("?")[0]) or _PICTURE.search(url)) or self.find_image(url) is not None


def host_of(url: str) -> str:
    """The host of `url` for people; empty when there is none."""
    try:
        return (urlsplit(url).hostname or "").removeprefix("www.")
    except ValueError:
        return ""


def file_name(url: str) -> str:
    """The last part of the path of `url`, which is what people call a file."""
    return unquote(url.partition("?")[0].rpartition("/")[2])


def _known_as(url: str, attachment: str) -> tuple[str, ...]:
    """The addresses that one image may be known by, the most exact first."""
    bare = url.partition("?")[0]
    by_id = (f"?attachment_id={attachment}",) if attachment.isdecimal() else ()
    return tuple(dict.fromkeys(filter(None, (url, *by_id, bare, _RESIZED.sub("", bare)))))
