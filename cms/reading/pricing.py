"""What an operation could cost: the objects and bytes its answer may hold, worked out from its shape alone.

An object is whatever stands in braces in the answer. Lists count as long as they can be, pages as many items as were
asked for, and every value weighs what its column declares. So the price is known before anything is sent, and no answer
holds more objects than were charged.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from cms.kernel.ids import NodeType, parse_global_id
from cms.kernel.limits import Budget
from cms.reading import shapes
from cms.reading.entity import LONGEST_LIST

#: Quotes, colon and comma around a key, and braces around an object.
_AROUND_KEY, _AROUND_OBJECT = 4, 3
_CURSOR_BYTES = 160
_FLAG_BYTES = 20
_DEAREST = 3

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Factor:
    """How many of something there are: the page size at `place` of the request's arguments, or the ids there."""

    place: int
    among: NodeType | None = None

    def read(self, arguments: Sequence[object]) -> int:
        """The number in this request."""
        value = arguments[self.place]
        if isinstance(value, int):
            return value
        nodes = [parse_global_id(str(text)) for text in value] if isinstance(value, list) else []
        return sum(node is not None and node.type is self.among for node in nodes)


@dataclass(frozen=True, slots=True)
class Times:
    """How often something stands in the answer: a number, times what a request says."""

    fixed: int = 1
    factors: tuple[Factor, ...] = ()

    def by(self, many: "int | Factor") -> "Times":
        """So many for each of these."""
        if isinstance(many, int):
            return Times(self.fixed * many, self.factors)
        return Times(self.fixed, (*self.factors, many))

    def read(self, arguments: Sequence[object]) -> int:
        """The number in this request."""
        number = self.fixed
        for factor in self.factors:
            number *= factor.read(arguments)
        return number


@dataclass(frozen=True, slots=True)
class Charge:
    """What one place of the answer costs: so many objects and bytes, so often."""

    path: Path
    times: Times
    objects: int
    size_bytes: int


@dataclass(frozen=True, slots=True, order=True)
class Price:
    """What an operation could return."""

    objects: int
    size_bytes: int

    def __add__(self, other: "Price") -> "Price":
        return Price(self.objects + other.objects, self.size_bytes + other.size_bytes)

    def is_within(self, budget: Budget) -> bool:
        """Whether a caller with this budget may have it."""
        return self.objects <= budget.objects and self.size_bytes <= budget.size_bytes


#: What costs nothing.
FREE = Price(0, 0)


@dataclass(frozen=True, slots=True)
class Dear:
    """A place that costs much: where it is, what it adds, and how many of it there are."""

    path: Path
    price: Price
    times: int


@dataclass(frozen=True)
class Tariff:
    """The charges of one compiled operation; the request's arguments make prices of them."""

    charges: tuple[Charge, ...]

    @cached_property
    def _sums(self) -> Mapping[tuple[Factor, ...], tuple[int, int]]:
        """Objects and bytes for each combination of what requests decide: a page in a page, ..."""
        sums: dict[tuple[Factor, ...], tuple[int, int]] = {(): (0, 0)}
        for charge in self.charges:
            objects, size = sums.get(charge.times.factors, (0, 0))
            fixed = charge.times.fixed
            sums[charge.times.factors] = (objects + fixed * charge.objects, size + fixed * charge.size_bytes)
        return sums

    def price(self, arguments: Sequence[object]) -> Price:
        """The price of one request.

        Args:
            arguments: what the plan's `arguments` read from it.
        """
        objects = size = 0
        for factors, (each_objects, each_bytes) in self._sums.items():
            number = 1
            for factor in factors:
                number *= factor.read(arguments)
            objects += number * each_objects
            size += number * each_bytes
        return Price(objects, size)

    def dearest(self, arguments: Sequence[object], beside: Sequence[Dear] = ()) -> list[Dear]:
        """The places that cost most, those `beside` content among them, the dearest first."""
        places = [*beside, *(self._dear(charge, arguments) for charge in self.charges)]
        return sorted(places, key=lambda dear: dear.price, reverse=True)[:_DEAREST]

    def _dear(self, charge: Charge, arguments: Sequence[object]) -> Dear:
        times = charge.times.read(arguments)
        return Dear(charge.path, Price(times * charge.objects, times * charge.size_bytes), times)


def tariff(shape: shapes.Object) -> Tariff:
    """The charges of an operation with this shape."""
    return Tariff(tuple(_object(shape, (), Times())))


def _object(shape: shapes.Object, path: Path, times: Times) -> Iterator[Charge]:
    size = _AROUND_OBJECT
    for key, entry in shape.entries:
        size += _key(key) + _weight(entry)
        yield from _inside(entry, (*path, key), times)
    yield Charge(path, times, 1, size)


def _key(key: str) -> int:
    return len(key) + _AROUND_KEY


def _weight(entry: object) -> int:
    """The bytes of what stands in its owner's own braces."""
    match entry:
        case shapes.Value() | shapes.Calculated():
            return entry.weight
        case shapes.Constant(value):
            return len(str(value))
        case shapes.Cursor():
            return _CURSOR_BYTES
    return _AROUND_OBJECT


def _inside(entry: object, path: Path, times: Times) -> Iterator[Charge]:
    """The charges of what has braces of its own."""
    match entry:
        case shapes.Calculated() if entry.type_name:
            size = sum(_key(key) for key, _ in entry.entries)
            yield Charge(path, times.by(entry.most), 1, size)
        case shapes.Object():
            yield from _object(entry, path, times)
        case shapes.One():
            yield from _object(entry.object, path, times)
        case shapes.Rows():
            yield from _rows(entry, path, times)
        case shapes.Mixed() | shapes.ByIds() | shapes.First():
            yield from _several(entry, path, times)
        case shapes.Connection():
            yield from _connection(entry, path, times)


def _several(shape: shapes.Mixed | shapes.ByIds | shapes.First, path: Path, times: Times) -> Iterator[Charge]:
    """The charges of what may be of one type or another."""
    match shape:
        case shapes.Mixed():
            for _, one in shape.targets:
                yield from _object(one.object, path, times.by(LONGEST_LIST))
        case shapes.ByIds():
            for prefix, one in shape.targets.items():
                yield from _object(one.object, path, times.by(Factor(shape.place, prefix)))
        case shapes.First(options):
            # One of them is shown; all of them are looked for, with everything below.
            for one in options:
                yield from _object(one.object, path, times)


def _rows(shape: shapes.Rows, path: Path, times: Times) -> Iterator[Charge]:
    if shape.effort:
        yield Charge(path, times, shape.effort, 0)
    yield from _object(shape.object, path, times.by(shape.most if shape.size is None else Factor(shape.size)))


def _connection(shape: shapes.Connection, path: Path, times: Times) -> Iterator[Charge]:
    items = times.by(Factor(shape.size))
    size = _AROUND_OBJECT
    returns_rows = any(isinstance(entry, shapes.Object | shapes.Edge) for _, entry in shape.entries)
    if shape.level is not None and not returns_rows:
        # The rows are fetched for what the page tells of itself.
        yield Charge(path, items, 1, 0)
    for key, entry in shape.entries:
        inner = (*path, key)
        size += _key(key) + _weight(entry)
        match entry:
            case shapes.Object():
                yield from _object(entry, inner, items)
            case shapes.Edge():
                yield from _edge(entry, inner, items)
            case shapes.PageInfo():
                told = sum(_key(name) + _page_info_bytes(field) for name, field in entry.entries)
                yield Charge(inner, times, 1, told)
    yield Charge(path, times, 1 + shape.effort, size)


def _page_info_bytes(field: str) -> int:
    return _CURSOR_BYTES if field.endswith("cursor") else _FLAG_BYTES


def _edge(shape: shapes.Edge, path: Path, times: Times) -> Iterator[Charge]:
    size = _AROUND_OBJECT
    for key, entry in shape.entries:
        size += _key(key) + _weight(entry)
        if isinstance(entry, shapes.Object):
            yield from _object(entry, (*path, key), times)
    yield Charge(path, times, 1, size)
