"""How a type of the API names what can be written: who may ask, a description, arguments, and the verb behind it.

The one thing to know: a write is two functions. `unpack` reads the arguments before anything is locked (rich text is
parsed there, passwords are hashed there); `act` calls one action, inside the transaction in which the payload's content
is then read. The audience said here keeps strangers from having anything read at all; the action decides.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

import strawberry
from msgspec import UNSET
from strawberry.types.arguments import StrawberryArgument
from strawberry.types.field import StrawberryField

from cms.kernel.database import Database
from cms.kernel.errors import NotFound
from cms.kernel.ids import GlobalId, NodeType, parse_global_id
from cms.kernel.viewer import Scope, Viewer
from schema.descriptions import described
from schema.fields import AUDIENCE, EVERYBODY, Audience, argument, given, named_arguments

#: Where Strawberry's metadata keeps what a field writes.
WRITE: Final = "write"


@described
@strawberry.input
class WriteOptions:
    """For any mutation. A dry run does everything but commit; it answers errors and effects, and shows no content.

    The same key with the same input returns the first answer; secrets that are shown once stay null.
    """

    dry_run: bool = given(EVERYBODY, "Do everything but commit.", default=False)
    idempotency_key: str | None = given(
        EVERYBODY, "Made by the client, for one write: sent again with it, nothing happens twice. Kept for 24 hours."
    )


@dataclass(frozen=True, slots=True)
class Writing:
    """Where a write happens, and for whom.

    Attributes:
        database: in a transaction that is this write's, unless it was declared without.
        viewer: who asks.
        address: where the request comes from; None where no transport said so.
    """

    database: Database
    viewer: Viewer
    address: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of a write.

    Attributes:
        node: what the payload shows.
        nodes: likewise, where it shows several.
        deleted: what is gone; the payload's `deletedId`.
        values: the payload's other fields, by their Python names, as JSON can say them.
        secrets: likewise, but told only the first time.
        viewer_id: whose eyes the payload is read with, where the write made a person of a stranger.
    """

    node: GlobalId | None = None
    nodes: Sequence[GlobalId] = ()
    deleted: GlobalId | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    secrets: Mapping[str, Any] = field(default_factory=dict)
    viewer_id: UUID | None = None


Act = Callable[..., Awaitable[Outcome]]
Unpack = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Opening:
    """How whoever wrote something reads it: by a token, which opens more of it than its id does.

    Attributes:
        field: the root field that reads what tokens open, by its Python name.
        argument: its argument, by the name that documents use.
        token_of: the token of what a key names.
    """

    field: str
    argument: str
    token_of: Callable[[UUID], str]


@dataclass(frozen=True, slots=True)
class Write:
    """The verb behind a field of Mutation.

    Attributes:
        audience: who may try. Whoever lacks the scope is told so in the payload, not by a refusal of the operation:
            which verb needs what is no secret, and a client can show it beside the button.
        act: takes a Writing, and what `unpack` made of the arguments; without `unpack`, the arguments by name.
        unpack: reads the arguments before the transaction; may be a coroutine function.
        in_transaction: False for what must be counted even where it is refused: the action opens its own.
        uses: the type whose deletion other content can stand against (for `InUse`).
        opening: set where only somebody who may read it as its writer gets this far; the payload is then read so.
    """

    audience: Audience
    act: Act
    unpack: Unpack | None
    in_transaction: bool
    uses: NodeType | None
    opening: Opening | None


def write(  # noqa: PLR0913 - each is a word of its own, and all but three are said by name
    audience: Audience,
    description: str,
    act: Act,
    *,
    arguments: Mapping[str, StrawberryArgument] | None = None,
    unpack: Unpack | None = None,
    options: bool = True,
    transaction: bool = True,
    uses: NodeType | None = None,
    opening: Opening | None = None,
) -> Any:  # noqa: ANN401 - the annotation beside the field is its type
    """A field of Mutation; the annotation of the class attribute gives its payload."""
    verb = Write(audience, act, unpack, transaction, uses, opening)
    told = f"{description} Needs the scope {audience.value}." if isinstance(audience, Scope) else description
    made = StrawberryField(description=told, metadata=MappingProxyType({AUDIENCE: EVERYBODY, WRITE: verb}))
    made.arguments = named_arguments({**(arguments or {}), **(_OPTIONS if options else {})})
    return made


_OPTIONS = {"options": argument(EVERYBODY, WriteOptions | None, "How to go about it.")}

#: The arguments of a write that changes one thing, where nobody can be overwritten.
ID = {"id": argument(EVERYBODY, strawberry.ID, "What it is done to.")}
#: Those of one that could.
VERSIONED = {
    **ID,
    "expected_version": argument(
        EVERYBODY, int, "The version the caller has seen; where it is another by now, nothing is changed."
    ),
}


def key_of(given_id: str, type_: NodeType, path: tuple[str, ...] = ("id",)) -> UUID:
    """The key behind a global id.

    Raises:
        NotFound: it is no id, or one of another type; nobody learns whether that exists.
    """
    node = parse_global_id(given_id)
    if node is None or node.type is not type_:
        raise NotFound("There is no such thing, or it is not yours to see.", path)
    return node.key


def optional_key(given_id: str | None, type_: NodeType, path: tuple[str, ...]) -> UUID | None:
    """As `key_of`; None is None."""
    return None if given_id is None else key_of(given_id, type_, path)


def keys_of(given_ids: "list[strawberry.ID] | None", type_: NodeType, path: str) -> tuple[UUID, ...]:
    """The keys behind several global ids; none when nobody gave any.

    Raises:
        NotFound: as `key_of`, with the place in the list.
    """
    return tuple(key_of(each, type_, (path, str(place))) for place, each in enumerate(given_ids or ()))


def kept(maybe: "strawberry.Some[Any] | None") -> Any:  # noqa: ANN401 - whatever the field holds
    """What an update gives of a field: its value, None where it is cleared, UNSET where it stays."""
    return UNSET if maybe is None else maybe.value


def given_value(maybe: "strawberry.Some[Any] | None") -> Any:  # noqa: ANN401 - whatever the field holds
    """What is given of a field that means the same whether it is left out or null."""
    return None if maybe is None else maybe.value


def changed(maybe: "strawberry.Some[Any] | None", read: Callable[[Any], Any], cleared: Any = None) -> Any:  # noqa: ANN401 - as above
    """As `kept`, with a value read by `read`; `cleared` is what null means."""
    found = kept(maybe)
    if found is UNSET:
        return UNSET
    return cleared if found is None else read(found)
