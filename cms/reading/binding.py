"""The values of a statement: placeholders when it is written, what stands in them when it is sent."""

from collections.abc import Callable, Mapping
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
            read = _checked_texts(read) if many else _checked_text(read)
        encode = self.dialect.encoder(kind, many=many)
        self.readers.append(read if encode is None else _encoded(encode, read))
        return self.dialect.placeholder(len(self.readers), kind, many=many)

    def word(self, word: str) -> str | None:
        """What a word in braces stands for everywhere in the statement; None for a word that is not ours.

        `{now}` is the moment of the request, `{viewer}` the key of the user who asks or null, and `{may_<SCOPE>}`
        whether the viewer holds a scope.
        """
        if word == "now":
            return self._once(word, Kind.TIME, lambda request: request.now)
        if word == "viewer":
            return self._once(word, Kind.KEY, lambda request: request.viewer.user_id)
        if word.startswith("may_"):
            return "1 = 1" if self.viewer.may(Scope(word.removeprefix("may_"))) else "1 = 0"
        return None

    def _once(self, word: str, kind: Kind, read: Reader) -> str:
        if word not in self._shared:
            self._shared[word] = self.bind(kind, read)
        return self._shared[word]


def _checked_text(read: Reader) -> Reader:
    return lambda request: _text(read(request))


def _checked_texts(read: Reader) -> Reader:
    def texts(request: Bindable) -> list[object]:
        found = read(request)
        return [_text(item) for item in found] if isinstance(found, list) else []

    return texts


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


def _encoded(encode: Callable[[object], object], read: Reader) -> Reader:
    return lambda request: encode(read(request))
