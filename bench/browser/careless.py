"""The broken twin: a renderer that lets everything through, by which the strings prove that they can do harm."""

import re
from typing import Final

from bench.browser.looking import Output
from bench.browser.strings import Hostile

_LINK: Final = re.compile(r"!?\[x\]\(<?(.*?)>?\)", re.DOTALL)
_REFERENCE: Final = re.compile(r"\[x\]\[y\]\s*\[y\]: (.*)", re.DOTALL)
_AUTOLINK: Final = re.compile(r"<(.*)>", re.DOTALL)
_ADDRESS: Final = re.compile(r"(.*)", re.DOTALL)
#: What has to be read before it can do harm; all else is HTML by itself.
_READ: Final = {
    "Markdown links": _LINK,
    "Markdown links in brackets": _LINK,
    "images": _LINK,
    "autolinks": _AUTOLINK,
    "references": _REFERENCE,
    "addresses": _ADDRESS,
}


def carelessly(string: Hostile) -> Output:
    """A string as HTML: where it leads is linked to, and what it holds is left in."""
    read = _READ.get(string.family)
    found = read.fullmatch(string.text) if read else None
    html = f'<a href="{found[1]}">x</a><img src="{found[1]}">' if found else string.text
    return Output(string.number, string.family, html)
