"""The beginning of a file, looked at before any parser sees it: whether it is an export, and whether it may be parsed.

The one thing to know: WordPress writes no document type and no entities, so a file that declares any was made to do
harm, and is refused by its bytes. An encoding in which those bytes could hide is refused with it.
"""

import re
from typing import Final

from cms.transfer.wxr.parsed import WxrError

#: So much is looked at; the comment that WordPress writes above its exports has a thousand bytes.
HEAD_BYTES: Final = 64 * 1024

_MARK: Final = b"\xef\xbb\xbf"
_DECLARATION = re.compile(rb"<\?xml\s[^>]*?encoding\s*=\s*[\"']([A-Za-z0-9._:\-]+)[\"'][^>]*?\?>", re.DOTALL)
_PASSED = re.compile(rb"\s+|<\?.*?\?>|<!--.*?-->", re.DOTALL)
# Those in which every byte below 128 is the ASCII character, so that nothing can hide from a look at the bytes.
_ENCODINGS = re.compile(r"utf-?8|(?:us-)?ascii|iso-8859-\d{1,2}|latin-?1|windows-125\d|cp125\d|koi8-r", re.IGNORECASE)
_NAMESPACE = re.compile(rb"https?://wordpress\.org/export/\d")


def is_wxr(head: bytes) -> bool:
    """Whether a file that begins like this is a WordPress export, as far as can be told before it is parsed."""
    rest = head.removeprefix(_MARK).lstrip()
    return rest.startswith(b"<") and (_NAMESPACE.search(head) is not None or b"WordPress eXtended RSS" in head)


def encoding_of(head: bytes) -> str:
    """The encoding of a file that begins like this, after everything that must not be parsed was refused.

    Raises:
        WxrError: it has a document type, is in an encoding that is not taken, or is no XML.
    """
    rest = head.removeprefix(_MARK)
    if rest[:2] in {b"\xff\xfe", b"\xfe\xff"} or b"\x00" in rest[:4]:
        raise WxrError("The file is in UTF-16 or UTF-32. Save it as UTF-8 and import that.")
    _refuse_document_type(rest)
    declared = _DECLARATION.match(rest)
    name = declared[1].decode("ascii") if declared else "utf-8"
    if not _ENCODINGS.fullmatch(name):
        raise WxrError(f"The file says that it is in {name}, which is not taken. Save it as UTF-8 and import that.")
    return name


def _refuse_document_type(rest: bytes) -> None:
    """What stands before the first element is passed over; a document type can stand nowhere else."""
    place = 0
    while found := _PASSED.match(rest, place):
        place = found.end()
    if rest[place : place + 2] == b"<!":
        raise WxrError("The file has a document type or entities. WordPress writes none: the file is not taken.")
    if rest[place : place + 1] != b"<":
        raise WxrError("The file is no XML. Export from WordPress under Tools: Export, and import that.")
