"""The values of a statement: placeholders when it is written, what stands in them when it is sent."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from cms.kernel.viewer import Scope, Viewer
from cms.reading.dialect import Dialect
from cms.reading.entity import Kind
from cms.reading.request import ReadRefused


@dataclass(frozen=True, slots=True)
class Bindable:
    """What a request brings to a statement that is already written."""

    variables: Mapping[str, object]
    viewer: Viewer
    now: datetime
    decoded: dict[tuple[str, str], list[object]] = field(default_factory=dict)


Reader = Callable[[Bindable], object]


@dataclass(frozen=True, slots=True)
class Fixed:
    """Reads the same from every request: what stands in the document itself need not be looked at again."""

    value: object

    def __call__(self, _request: Bindable) -> object:
        """The value."""
        return self.value


def mapped(read: Reader, convert: Callable[[object], object]) -> Reader:
    """Reads what `convert` makes of what is read."""
    if isinstance(read, Fixed):
        return Fixed(convert(read.value))
    return lambda request: convert(read(request))


@dataclass(frozen=True, slots=True)
class Values:
    """The values of a list of readers: those that are fixed are there already."""

    fixed: tuple[object, ...]
    changing: tuple[tuple[int, Reader], ...]

    def read(self, request: Bindable) -> list[object]:
        """The values in this request."""
        values = list(self.fixed)
        for place, read in self.changing:
            values[place] = read(request)
        return values


def values_of(readers: Sequence[Reader]) -> Values:
    """The readers as one."""
    fixed = tuple(read.value if isinstance(read, Fixed) else None for read in readers)
    return Values(fixed, tuple((place, read) for place, read in enumerate(readers) if not isinstance(read, Fixed)))


@dataclass(slots=True)
class Binder:
    """Collects the values of one statement and hands out their placeholders."""

    dialect: Dialect
    viewer: Viewer
    readers: list[Callable[[Bindable], object]] = field(default_factory=list)
    _shared: dict[str, str] = field(default_factory=dict)

    def bind(self, kind: Kind, read: Reader, *, many: bool = False) -> str:
        """The placeholder for a value of `kind`, or for a list of them."""
        if kind is Kind.TEXT:
            read = mapped(read, _texts if many else _text)
        encode = self.dialect.encoder(kind, many=many)
        self.readers.append(read if encode is None else mapped(read, encode))
        return self.dialect.placeholder(len(self.readers), kind, many=many)

    def word(self, word: str) -> str | None:
        """What a word in braces stands for everywhere in the statement; None for a word that is not ours.

        `{now}` is the moment of the request, `{viewer}` the key of the user who asks or null, `{preview}` the key of
        the article that a preview link shows or null, `{may_<SCOPE>}` whether the viewer holds a scope, and
        `{key_type}` what a text is cast to that holds a key.
        """
        if word == "now":
            return self._once(word, Kind.TIME, lambda request: request.now)
        if word == "viewer":
            return self._once(word, Kind.KEY, lambda request: request.viewer.user_id)
        if word == "preview":
            return self._once(word, Kind.KEY, lambda request: request.viewer.preview_of)
        if word.startswith("may_"):
            return "1 = 1" if self.viewer.may(Scope(word.removeprefix("may_"))) else "1 = 0"
        return self.dialect.key_type if word == "key_type" else None

    def _once(self, word: str, kind: Kind, read: Reader) -> str:
        if word not in self._shared:
            self._shared[word] = self.bind(kind, read)
        return self._shared[word]


def _texts(found: object) -> list[object]:
    return [_text(item) for item in found] if isinstance(found, list) else []


def _text(value: object) -> object:
    """`value`, unless it is a text that PostgreSQL cannot hold: both databases refuse it alike.

    Raises:
        ReadRefused: it holds U+0000, or half of a surrogate pair.
    """
    if isinstance(value, str) and ("\0" in value or not _is_unicode(value)):
        raise ReadRefused("A text may not hold U+0000 or half of a surrogate pair.")
    return value


def _is_unicode(text: str) -> bool:
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
