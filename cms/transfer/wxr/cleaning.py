"""The text of an export on its way to the parser, mended where real exports are broken, a part at a time.

WordPress writes into its exports what stands in its tables: control characters that XML forbids, bytes that are no
UTF-8, and in titles and addresses ampersands that nobody escaped. Each is mended and counted. What tears the structure
itself is not guessed at; the parser says where it is.
"""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from html.entities import html5
from pathlib import Path
from typing import Final

PART_BYTES: Final = 64 * 1024

_BEGIN, _END = "<![CDATA[", "]]>"
_MARKS = re.compile(r"<!\[CDATA\[|\]\]>|<!--|-->")
_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_AMPERSAND = re.compile(r"&(?:(?P<name>[A-Za-z][A-Za-z0-9]{0,31});|(?P<number>#(?:[0-9]{1,7}|x[0-9A-Fa-f]{1,6});))?")
_OWN: Final = frozenset({"amp", "lt", "gt", "quot", "apos"})
_BEGUN = re.compile(r"(?:<(?:!(?:\[(?:C(?:D(?:A(?:TA?)?)?)?)?|-)?)?|\]{1,2}|-{1,2}|&#?[A-Za-z0-9]{0,32})\Z")
#: A mark or a reference that a part may be cut in is shorter than this.
_LONGEST: Final = 40


@dataclass(slots=True)
class Mended:
    """What was mended so far."""

    controls: int = 0
    bytes_: int = 0
    ampersands: int = 0


def cleaned(path: Path, encoding: str, mended: Mended) -> Iterator[bytes]:
    """The file in parts, in UTF-8 and without the declaration of another encoding's name having to be believed."""
    inside = rest = begun = ""
    for text in _decoded(path, encoding, mended):
        text_, found = _NO_XML.subn("", rest + text)
        mended.controls += found
        # The end waits for the next part, unless a mark or a reference cannot have been cut there.
        cut = _safe_end(text_)
        rest = text_[cut:]
        done, inside = _mend(text_[:cut], inside, mended)
        # A section ends with the part and goes on in the next: the parser keeps whole ones, and refuses long ones.
        is_cut = inside == _END
        yield f"{begun}{done}{_END if is_cut else ''}".encode()
        begun = _BEGIN if is_cut else ""
    done, _ = _mend(rest, inside, mended)
    yield f"{begun}{done}".encode()


def _decoded(path: Path, encoding: str, mended: Mended) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder(encoding)(errors="surrogateescape")
    with path.open("rb") as file:
        begun = file.read(3)
        file.seek(3 if begun == codecs.BOM_UTF8 else 0)
        while part := file.read(PART_BYTES):
            yield _replaced(decoder.decode(part), mended)
    yield _replaced(decoder.decode(b"", final=True), mended)


def _replaced(text: str, mended: Mended) -> str:
    """Bytes that are no character here, as the character that says so."""
    if text.isascii():
        return text
    replaced, found = re.subn("[\udc80-\udcff]", "\ufffd", text)
    mended.bytes_ += found
    return replaced


def _safe_end(text: str) -> int:
    """Where a text can be cut: before what may be the beginning of a mark or of a reference."""
    begun = _BEGUN.search(text, max(len(text) - _LONGEST, 0))
    return begun.start() if begun else len(text)


def _mend(text: str, inside: str, mended: Mended) -> tuple[str, str]:
    """The text with its ampersands mended, and which mark the next part has to look for; none outside of both."""
    parts: list[str] = []
    place = 0
    for mark in _MARKS.finditer(text):
        if not inside and mark[0] in {_BEGIN, "<!--"}:
            parts += [_references(text[place : mark.start()], mended), mark[0]]
            inside, place = (_END if mark[0] == _BEGIN else "-->"), mark.end()
        elif mark[0] == inside:
            parts.append(text[place : mark.end()])
            inside, place = "", mark.end()
    parts.append(text[place:] if inside else _references(text[place:], mended))
    return "".join(parts), inside


def _references(text: str, mended: Mended) -> str:
    if "&" not in text:
        return text

    def written(found: re.Match[str]) -> str:
        if found["number"] or found["name"] in _OWN:
            return found[0]
        mended.ampersands += 1
        character = html5.get(f"{found['name']};") if found["name"] else None
        return character if character and character not in "<>&" else "&amp;" + found[0][1:]

    return _AMPERSAND.sub(written, text)
