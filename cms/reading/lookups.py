"""Finding a row by what names it: a global id, a slug, a path."""

from collections.abc import Callable, Mapping
from uuid import UUID

from cms.kernel.ids import GlobalId, NodeType, parse_global_id
from cms.reading.binding import Binder, Reader, mapped
from cms.reading.conditions import reader
from cms.reading.entity import Kind, Lookup, LookupBy
from cms.reading.names import Names
from cms.reading.request import Leaf, LeafList, ReadRefused, Requested, Value

_MOST_IDS = 100


def lookup_conditions(binder: Binder, found: Lookup, asked: Requested, names: Names) -> list[str]:
    """The conditions that find the row a lookup's arguments name."""
    if not found.by:
        return []
    by = asked.arguments.get("by", asked.arguments)
    if not isinstance(by, Mapping):
        raise ReadRefused(f"{asked.name} needs to be told which one.")
    chosen, value = _only([(name, value) for name, value in by.items() if name in found.by], asked)
    conditions = named_by(binder, found.by[chosen], value, names)
    for argument, meanings in found.arguments.items():
        if chosen in meanings:
            given, absent = meanings[chosen]
            extra = asked.arguments.get(argument)
            written = names.sql(absent) if extra is None else names.sql(given, value=_text(binder, extra))
            conditions.append(written)
    return conditions


def _only(given: list[tuple[str, Value]], asked: Requested) -> tuple[str, Value]:
    """The one thing that is given; a variable in its place may turn out to be absent or null."""
    if len(given) != 1 or given[0][1] is None:
        raise ReadRefused(f"{asked.name} is found by exactly one thing, which is not null.")
    return given[0]


def _text(binder: Binder, value: Value) -> str:
    return binder.bind(Kind.TEXT, reader(value))


def named_by(binder: Binder, how: LookupBy, value: Value, names: Names) -> list[str]:
    """The conditions that find the row which `value` names in one way."""
    if how.prefix is not None:
        keys = binder.bind(Kind.KEY, keys_reader(value, how.prefix), many=True)
        return [binder.dialect.is_in(names.sql(how.sql), keys)]
    conditions = [names.sql(how.sql, value=_text(binder, value))]
    if how.among is not None and how.parts is not None:
        parts = how.parts
        listed = binder.bind(Kind.TEXT, reader(value, lambda text: parts(str(text))), many=True)
        conditions.append(binder.dialect.is_in(names.sql(how.among), listed))
    return conditions


def _samples(value: Value) -> list[str]:
    """The ids an operation is compiled with; their types are part of its shape."""
    if isinstance(value, LeafList):
        return [str(item.sample) for item in value.items]
    sample = value.sample if isinstance(value, Leaf) else value
    return [str(item) for item in sample] if isinstance(sample, list) else [str(sample)]


def prefixes(value: Value) -> list[NodeType]:
    """The types of node among the ids, each once."""
    nodes = [parse_global_id(text) for text in _samples(value)]
    return list(dict.fromkeys(node.type for node in nodes if node is not None))


def ids_reader(value: Value) -> Reader:
    """What reads the ids of a request, as a list of texts.

    Raises, here or when it reads:
        ReadRefused: more than 100.
    """
    return mapped(reader(value), _ids)


def _ids(found: object, what: str = "ids") -> list[str]:
    listed = [str(text) for text in found] if isinstance(found, list) else [str(found)]
    if len(listed) > _MOST_IDS:
        raise ReadRefused(f"At most {_MOST_IDS} {what} can be asked for at once.")
    return listed


def key_reader(value: Value, prefix: NodeType) -> Reader:
    """What reads the key of an id that names a node of the type `prefix`; of any other null, which nothing equals."""
    return mapped(keys_reader(value, prefix), _first)


def _first(found: object) -> object:
    return found[0] if isinstance(found, list) and found else None


def opened_reader(value: Value, prefix: NodeType, key_of: Callable[[str], UUID | None]) -> Reader:
    """What reads the ids of what tokens open, in their order; an empty text for one that opens nothing.

    Raises, when it reads:
        ReadRefused: more than 100.
    """

    def ids(found: object) -> list[str]:
        keys = [key_of(token) for token in _ids(found, "tokens")]
        return ["" if key is None else str(GlobalId(prefix, key)) for key in keys]

    return mapped(reader(value), ids)


def keys_reader(value: Value, prefix: NodeType | None) -> Reader:
    """What reads the keys of those ids that name a node of the type `prefix`."""
    return keys_of(reader(value), prefix)


def keys_of(read: Reader, prefix: NodeType | None) -> Reader:
    """What reads the keys of those that name a node of the type `prefix`, among the ids that are read."""

    def keys(found: object) -> list[str]:
        nodes = [parse_global_id(text) for text in _ids(found)]
        return [str(node.key) for node in nodes if node is not None and node.type is prefix]

    return mapped(read, keys)
