"""How a type of the API names what can be followed live: who may, a description, arguments, and which events it is of.

The one thing to know: a subscription is three questions. Which events are wanted is asked once; what one of them is to
this subscriber, of each; and whether the subscriber may see what it is about, at the moment it is told.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from strawberry.types.arguments import StrawberryArgument
from strawberry.types.field import StrawberryField

from cms.kernel.event_log import LoggedEvent
from cms.kernel.ids import GlobalId
from cms.kernel.tailing import Wanted
from cms.reading.vocabulary import Perspective
from schema.fields import AUDIENCE, EVERYBODY, Audience, argument, directives_of, named_arguments

#: Where Strawberry's metadata keeps what a field follows.
FOLLOW: Final = "follow"


@dataclass(frozen=True, slots=True)
class Item:
    """What is told of one event.

    Attributes:
        values: the fields, by their Python names; ids where the API shows content.
        about: what the subscriber must be able to see, or else hears nothing of it; None where the scope is enough.
        standing: of a comment, where it must stand; None where any place will do.
    """

    values: Mapping[str, Any]
    about: GlobalId | None = None
    standing: str | None = None


@dataclass(frozen=True, slots=True)
class Following:
    """What one subscriber follows.

    Attributes:
        wanted: the events.
        item: what one of them is to the subscriber, if anything.
        about: what must be there for the subscriber, or else there is nothing to follow.
    """

    wanted: Wanted
    item: Callable[[LoggedEvent], Item | None]
    about: GlobalId | None = None


@dataclass(frozen=True, slots=True)
class Follow:
    """What stands behind a field of Subscription.

    Attributes:
        begin: what is followed, from the arguments by name.
        perspective: the state of content that is read; None for the caller's.
    """

    begin: Callable[..., Following]
    perspective: Perspective | None


_AFTER = {
    "after": argument(
        EVERYBODY,
        str | None,
        "Go on after the item with this cursor, however long ago it was told; left out, from now on.",
    )
}


def follow(
    audience: Audience,
    description: str,
    begin: Callable[..., Following],
    *,
    arguments: Mapping[str, StrawberryArgument] | None = None,
    perspective: Perspective | None = None,
) -> Any:  # noqa: ANN401 - the annotation beside the field is its type
    """A field of Subscription; the annotation of the class attribute gives the type of its items."""
    metadata = MappingProxyType({AUDIENCE: audience, FOLLOW: Follow(begin, perspective)})
    made = StrawberryField(description=description, directives=directives_of(audience), metadata=metadata)
    made.arguments = named_arguments({**(arguments or {}), **_AFTER})
    return made
