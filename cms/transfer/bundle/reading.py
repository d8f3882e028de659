"""Lines of JSON as rows, for both databases.

The one thing to know: what comes from a file was written by anybody. A line is read as a row of its table with every
value of its type and within its size, or it is refused.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, UTC, datetime
from itertools import repeat
from typing import Annotated, Any, Final
from uuid import UUID

import msgspec
import orjson
from msgspec import Meta, Raw
from tortoise.fields import BooleanField, CharField, Field, FloatField
from tortoise.fields.data import BigIntField, CharEnumFieldInstance, IntField, TextField

from cms.comments.bodies import stored_forms
from cms.comments.models import Comment
from cms.kernel.fields import IdField, JsonTextField, SortKeyField, TimeField
from cms.kernel.text import printable
from cms.media.models import Media
from cms.media.texts import columns, stored_body
from cms.richtext import RENDERER_VERSION, RichTextError
from cms.transfer.archives.errors import BadArchive
from cms.transfer.archives.parts import is_safe
from cms.transfer.bundle.manifest import Table
from cms.transfer.bundle.rows import is_json
from cms.transfer.bundle.tables import Kept

#: No row of ours comes near; a line without an end would fill the memory.
LONGEST_LINE: Final = 64 * 1024 * 1024
_SMALL: Final = Annotated[int, Meta(ge=-(2**31), le=2**31 - 1)]
_LARGE: Final = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]
_TYPES: Final[Mapping[type[Field[Any]], Any]] = {
    IdField: UUID,
    TimeField: Annotated[datetime, Meta(tz=True)],
    SortKeyField: str,
    TextField: str,
    JsonTextField: Raw,
    BooleanField: bool,
    BigIntField: _LARGE,
    IntField: _SMALL,
    FloatField: float,
}
_MOST_SHOWN: Final = 200
#: What lists say is said in words; only events tell of anything else.
_WORDS: Final = msgspec.json.Decoder(list[str])
# Written as JSON writes it. A backslash before it is written twice, and then these are six characters of a text.
_NUL: Final = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")
#: Where pages lead, by their columns: a browser would take other addresses for programs.
_ON_THE_WEB: Final = re.compile(r"https?://", re.IGNORECASE)
_ADDRESSES: Final = {
    **dict.fromkeys(("website", "url", "author_url", "preview_url"), _ON_THE_WEB),
    **dict.fromkeys(("seo_canonical_url", "copyright_license_url"), _ON_THE_WEB),
    # A path of the site, or what moved.
    "target": re.compile(r"https?://|/(?!/)|[a-z]{3}_", re.IGNORECASE),
}
_NO_ROW: Final = (
    msgspec.MsgspecError,  # it is no JSON, or something else than a row
    ValueError,  # its bytes are no text, or its text is none of ours
    OverflowError,  # a time that not every database keeps
    RecursionError,  # JSON in JSON in JSON
)


@dataclass(frozen=True, slots=True)
class _Json:
    """A column that holds JSON as text."""

    name: str
    may_be_null: bool
    is_rich_text: bool

    def text_of(self, raw: Raw) -> str | None:
        """The very text that stands in the line, so that what is hashed stays what it is."""
        text = bytes(raw).decode()
        if text == "null" and self.may_be_null:
            return None
        if not text.startswith(("{", "[")):
            raise msgspec.ValidationError(f"Expected an object or an array - at `$.{self.name}`")
        if not self.is_rich_text:
            self._refuse_unreadable(text)
        return text

    def _refuse_unreadable(self, text: str) -> None:
        """Refuse JSON that nobody could be shown afterwards; rich texts are read anyway."""
        if self.name != "payload":
            _WORDS.decode(text)
        elif not isinstance(orjson.loads(text), dict):
            raise msgspec.ValidationError(f"Expected `object`, got `array` - at `$.{self.name}`")
        if _NUL.search(text):
            raise msgspec.ValidationError(f"A text holds a NUL - at `$.{self.name}`")


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads the lines of a table.

    Attributes:
        columns: what the rows have that come out: those of the file, and those that are made of a text.
    """

    kept: Kept
    columns: tuple[str, ...]
    _decoder: "msgspec.json.Decoder[Any]"
    _json: tuple[tuple[int, _Json], ...]
    _text: int | None
    _file: int | None
    _addresses: tuple[tuple[int, re.Pattern[str]], ...]

    def read(self, line: bytes, number: int) -> list[object]:
        """The values of a row, as both drivers take them.

        Args:
            line: of the file.
            number: of the line, from 1.

        Raises:
            BadArchive: it is no row of the table.
        """
        try:
            values = list(msgspec.structs.astuple(self._decoder.decode(line)))
            for place, column in self._json:
                values[place] = column.text_of(values[place])
            values = [_in_utc(value) if isinstance(value, datetime) else value for value in values]
            forms = self._forms(None if self._text is None else values[self._text])
        except _NO_ROW as error:
            raise self._refusal(number, _reason(error)) from None
        if wrong := next(self._wrong(values), None):
            raise self._refusal(number, wrong)
        return [*values, *forms]

    def _wrong(self, values: Sequence[object]) -> Iterator[str]:
        """What is of the right type, and would do harm."""
        if any(isinstance(value, str) and "\0" in value for value in values):
            yield "a text holds a NUL"
        if self._file is not None and not is_safe(str(values[self._file])):
            yield "its file would lie outside the media store"
        for place, pattern in self._addresses:
            if values[place] is not None and not pattern.match(str(values[place])):
                yield f"what leads on is no address - at `$.{self.columns[place]}`"

    def _forms(self, blocks: str | None) -> Iterable[object]:
        """What is made of a text, in the order of its table's forms."""
        if blocks is None:
            return repeat(None, len(self.kept.forms))
        if self.kept.model is Comment:
            made = {**stored_forms(blocks), "body_renderer": RENDERER_VERSION}
        else:
            made = columns(stored_body(blocks), str(self.kept.text))
        return [made[name] for name in self.kept.forms]

    def _refusal(self, number: int, why: str) -> BadArchive:
        return BadArchive(f"Line {number:,} of {self.kept.name} is no row of that table: {why}.")


def reader_of(kept: Kept, table: Table) -> Reader:
    """What reads the lines of a table as a manifest tells of it.

    Raises:
        BadArchive: it has columns that are none of this version's, lacks one that must be there, or names one twice.
    """
    fields = kept.fields
    if unknown := sorted(set(table.columns) - set(fields)):
        raise BadArchive(
            f"A newer Masthead made this bundle ({kept.name}: {presentable(', '.join(unknown))}): use that version."
        )
    if lacking := [name for name, field in fields.items() if name not in table.columns and not field.null]:
        raise BadArchive(f"The file is not whole: {kept.name} has no {', '.join(lacking)}.")
    if len(set(table.columns)) < len(table.columns):
        raise BadArchive(f"The file is something else: it names a column of {kept.name} twice.")
    struct = msgspec.defstruct(
        kept.name, [(name, _type_of(name, fields[name])) for name in table.columns], forbid_unknown_fields=True
    )
    named = {name: place for place, name in enumerate(table.columns)}
    return Reader(
        kept,
        (*table.columns, *kept.forms),
        msgspec.json.Decoder(struct),
        tuple((place, _json_of(name, fields[name])) for name, place in named.items() if is_json(name, fields[name])),
        named.get(f"{kept.text}_blocks"),
        named.get("storage_key") if kept.model is Media else None,
        tuple((place, _ADDRESSES[name]) for name, place in named.items() if name in _ADDRESSES),
    )


def presentable(text: str) -> str:
    """Words of a file, to stand in a sentence of ours: on one line, without what terminals obey, and not too many."""
    return f"{printable(text[:_MOST_SHOWN])}{'…' if len(text) > _MOST_SHOWN else ''}"


def lines_of(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The lines of a part, without their ends; what stands behind the last end is a line too.

    Raises:
        BadArchive: one is longer than any row.
    """
    rest = b""
    for chunk in chunks:
        *whole, rest = (rest + chunk).split(b"\n")
        if len(rest) > LONGEST_LINE:
            raise BadArchive("The file is something else: a line in it has no end.")
        yield from whole
    if rest:
        yield rest


def _json_of(name: str, field: Field[Any]) -> _Json:
    return _Json(name, may_be_null=field.null, is_rich_text=not isinstance(field, JsonTextField))


def _type_of(name: str, field: Field[Any]) -> Any:  # noqa: ANN401 - what msgspec takes for a type
    if is_json(name, field):
        return Raw
    return _plain_type_of(field) | None if field.null else _plain_type_of(field)


def _in_utc(value: datetime) -> datetime:
    """The time as tables keep it. The first and the last there is are to PostgreSQL's driver before and after all."""
    found = value.astimezone(UTC)
    if found.year in {MINYEAR, MAXYEAR}:
        raise OverflowError
    return found


def _plain_type_of(field: Field[Any]) -> Any:  # noqa: ANN401 - as above
    if isinstance(field, CharEnumFieldInstance):
        return field.enum_type
    if isinstance(field, CharField):
        return Annotated[str, Meta(max_length=field.max_length)]
    return next(found for kind, found in _TYPES.items() if isinstance(field, kind))


def _reason(error: Exception) -> str:
    if isinstance(error, msgspec.ValidationError | RichTextError):
        return presentable(str(error))
    return "a time in it is none" if isinstance(error, OverflowError) else "it is no JSON"
