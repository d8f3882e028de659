"""Subscriptions: planned and priced like every operation, then told item by item from the event log.

The one thing to know: nothing is decided for good. For every item, and every two seconds between them, it is asked
anew who the subscriber is, and whether they may have what they asked for; content is read when it is told.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple
from uuid import UUID

from graphql import GraphQLField, GraphQLObjectType, GraphQLSchema, get_named_type

from cms.kernel.clock import now
from cms.kernel.errors import DomainError
from cms.kernel.event_log import LoggedEvent
from cms.kernel.ids import GlobalId, NodeType
from cms.kernel.log_cursors import BadCursor, cursor_of, seq_of
from cms.kernel.tailing import Listener, Tail, UnknownPosition
from cms.kernel.viewer import ANONYMOUS, Viewer
from cms.reading.pricing import Price
from cms.reading.reader import Compiled, Reader
from cms.reading.request import Leaf, Requested, Selection
from cms.reading.vocabulary import Perspective
from schema.arguments import ArgumentReader
from schema.errors import Refused, refusal
from schema.fields import python_name
from schema.following import FOLLOW, Follow, Following, Item
from schema.payloads import IDS, Content, Objects, PayloadPlanner, price_of

#: How often it is asked who a subscriber is while there is nothing to tell. What is known of a credential is kept for
#: two seconds more (`identity.KEPT`): together less than the five seconds after which nothing may be told any more.
RENEWED_SECONDS: Final = 2.0
#: For how long one look serves all strangers who follow the same thing in the same words. A thousand phones below one
#: article are told of a comment in the time that reading it takes once.
SHARED_SECONDS: Final = 0.1
_MOST_SHARED: Final = 500
#: How many items are read at a time, for strangers and for those who are known each: whoever comes back to a thousand
#: of them, on as many lines as an address may have, leaves room for queries between any two.
_TOLD_AT_ONCE: Final = 2
_STANDING: Final = "standing"
#: What items are about, with ids to plan by: of which types they are decides which tables are looked into.
_SEEN: Final = {"Comment": NodeType.COMMENT, "Article": NodeType.ARTICLE}
_SAMPLES: Final = [str(GlobalId(type_, UUID(int=0))) for type_ in _SEEN.values()]


class Unfollowable(Exception):
    """Fields of Subscription that are not declared by `follow`; the message lists them."""


def check_follows(schema: GraphQLSchema) -> None:
    """See that every field of Subscription has events behind it.

    Raises:
        Unfollowable: listing those that have none.
    """
    fields = schema.subscription_type.fields if schema.subscription_type else {}
    without = [name for name, one in fields.items() if FOLLOW not in one.extensions["strawberry-definition"].metadata]
    if without:
        raise Unfollowable(f"Declare these by `follow`: {', '.join(without)}")


@dataclass(frozen=True, slots=True)
class StreamPlan:
    """What a subscription asks for, ready for viewers with the same scopes.

    Attributes:
        follow: what stands behind its field.
        asked: the field, and how its arguments were written.
        item: what is wanted of each item.
        sight: reads whether a viewer sees what an item is about.
        shown: the names of an item's fields that show content, by their keys in the answer.
    """

    follow: Follow
    asked: Requested
    item: Objects
    sight: Compiled
    shown: Mapping[str, str]

    @property
    def weight(self) -> int:
        """How much room it takes, by the length of its statements."""
        return len(self.sight.plan.sql) + sum(len(one.compiled.plan.sql) for one in self.item.contents())


class Subscriber(NamedTuple):
    """Who follows, at one moment: the plan for what they may have by now, and with whose eyes it is read."""

    plan: StreamPlan
    viewer: Viewer


#: Asks anew who follows. Raises whatever keeps them from following on.
Renew = Callable[[], Awaitable[Subscriber]]


class Told(NamedTuple):
    """One item: its part of the answer, and the cursor to go on after. The first has no part: from there it begins."""

    data: dict[str, object] | None
    cursor: str


def _taking_turns() -> asyncio.Semaphore:
    return asyncio.Semaphore(_TOLD_AT_ONCE)


#: Looks what is to be told of an event.
Look = Callable[[], Coroutine[Any, Any, Told | None]]


class _Look(NamedTuple):
    """One look, and when it was begun. The plan is kept with it, so that no other one can come by the same id."""

    begun: float
    plan: StreamPlan
    found: asyncio.Future[Told | None]


class _Crowd:
    """What strangers were told a moment ago. Nothing about a stranger decides what they see."""

    def __init__(self) -> None:
        self._looks: dict[tuple[int, str, int], _Look] = {}

    async def told(self, plan: StreamPlan, variables: str, seq: int, look: Look) -> Told | None:
        """What those are told of an event who follow by this plan; where that is too long ago, by another look."""
        key, moment = (id(plan), variables, seq), asyncio.get_running_loop().time()
        known = self._looks.get(key)
        if known is None or moment - known.begun >= SHARED_SECONDS:
            if len(self._looks) >= _MOST_SHARED:
                self._looks.clear()
            known = self._looks[key] = _Look(moment, plan, asyncio.ensure_future(look()))
        # Whoever began it may leave; the others want to know all the same.
        return await asyncio.shield(known.found)


@dataclass(frozen=True, slots=True)
class Streams:
    """Plans and runs the subscriptions of one schema."""

    schema: GraphQLSchema
    arguments: ArgumentReader
    reader: Reader
    tail: Tail
    _turns: asyncio.Semaphore = field(default_factory=_taking_turns)
    _turns_of_strangers: asyncio.Semaphore = field(default_factory=_taking_turns)
    _crowd: _Crowd = field(default_factory=_Crowd)

    # Before anything is told

    def plan(self, selection: Selection, viewer: Viewer, perspective: Perspective) -> StreamPlan:
        """What a subscription asks for; it begins with one field.

        Raises:
            ReadRefused: the viewer may not see all of it, or it makes no sense.
        """
        (asked,) = selection.fields
        found = self._field(asked)
        type_ = get_named_type(found.type)
        assert isinstance(type_, GraphQLObjectType)  # noqa: S101 - every item is an object
        follow: Follow = found.extensions["strawberry-definition"].metadata[FOLLOW]
        perspective = follow.perspective or perspective
        item = PayloadPlanner(self.schema, self.reader, viewer, perspective, frozenset()).plan(
            type_, asked.selections[type_.name]
        )
        shown = {field.key: field.name for field in item.fields if field.content is not None}
        return StreamPlan(follow, asked, item, self._sight(viewer, perspective), shown)

    def _sight(self, viewer: Viewer, perspective: Perspective) -> Compiled:
        wanted = {
            "Comment": Selection("Comment", (Requested(_STANDING, "status"),)),
            "Article": Selection("Article", (Requested("id", "id"),)),
        }
        found = Requested(IDS, "nodes", {"ids": Leaf(_SAMPLES, (IDS,))}, wanted)
        return self.reader.compile(Selection("Query", (found,)), viewer, perspective)

    def price(self, plan: StreamPlan, variables: Mapping[str, Any], viewer: Viewer) -> Price:
        """What one item could hold.

        Raises:
            TooExpensive: more than the viewer's budget.
        """
        places = [(plan.asked.key, content) for content in plan.item.contents()]
        return price_of(self.reader, viewer, variables, plan.item.price, places)

    def _field(self, asked: Requested) -> GraphQLField:
        root = self.schema.subscription_type
        assert root is not None  # noqa: S101 - validation has passed
        fields: Mapping[str, GraphQLField] = root.fields
        return next(found for name, found in fields.items() if python_name(name, found) == asked.name)

    # Telling

    async def follow(
        self, variables: Mapping[str, Any], renew: Renew, resumed: str | None = None
    ) -> AsyncGenerator[Told, None]:
        """The items of one subscription, for as long as somebody takes them.

        Args:
            variables: coerced.
            renew: see `Renew`.
            resumed: a cursor that wins over `after`, from a transport that comes back by itself.

        Raises:
            Refused: there is nothing to follow, or the cursor is none.
            Exception: whatever `renew` raises, and the reader.
        """
        subscriber = await renew()
        following, after = self._begun(subscriber, variables)
        after = resumed or after
        words = _words(subscriber.plan, variables)
        turns = self._turns_of_strangers if subscriber.viewer.is_anonymous else self._turns
        await self._check_sight(following, subscriber)
        async with self.tail.listening() as listener:
            if after is not None:
                listener.position = _position(after)
            yield Told(None, cursor_of(listener.position))
            while True:
                events = await _news(listener, following)
                for event in events:
                    async with turns:
                        # On SQLite nothing here has to wait, and everybody else would, until all of it is told.
                        await asyncio.sleep(0)  # noqa: TID251 - a turn for the others, and no time
                        told = await self._told(event, following, await renew(), variables, words)
                    if told is not None:
                        yield told
                if not events:
                    await renew()

    def _begun(self, subscriber: Subscriber, variables: Mapping[str, Any]) -> tuple[Following, str | None]:
        """What is followed, and after which cursor."""
        plan = subscriber.plan
        arguments = dict(self.arguments.read(self._field(plan.asked), plan.asked.arguments, variables).arguments)
        after = arguments.pop("after", None)
        try:
            return plan.follow.begin(**arguments), after
        except DomainError as error:
            raise Refused([refusal(str(error), error.code.value)]) from None

    async def _check_sight(self, following: Following, subscriber: Subscriber) -> None:
        if following.about is not None and await self._seen(following.about, subscriber) is None:
            raise Refused([refusal("There is no such thing, or it is not yours to see.", "NOT_FOUND")])

    async def _told(
        self, event: LoggedEvent, following: Following, subscriber: Subscriber, variables: Mapping[str, Any], words: str
    ) -> Told | None:
        """What the subscriber is told of an event, if it is theirs to know."""

        async def look() -> Told | None:
            return await self._looked(event, following, subscriber, variables)

        if subscriber.viewer != ANONYMOUS:
            return await look()
        return await self._crowd.told(subscriber.plan, words, event.seq, look)

    async def _looked(
        self, event: LoggedEvent, following: Following, subscriber: Subscriber, variables: Mapping[str, Any]
    ) -> Told | None:
        item = following.item(event)
        if item is None or not await self._is_theirs(item, subscriber):
            return None
        cursor = cursor_of(event.seq)
        source = {**item.values, "cursor": cursor}
        data = await subscriber.plan.item.show(source, self._read(subscriber, variables))
        if item.about is not None and any(
            data[key] is None and source[name] is not None for key, name in subscriber.plan.shown.items()
        ):
            return None  # It was hidden between the two looks.
        return Told({subscriber.plan.asked.key: data}, cursor)

    async def _is_theirs(self, item: Item, subscriber: Subscriber) -> bool:
        if item.about is None:
            return True
        seen = await self._seen(item.about, subscriber)
        return seen is not None and item.standing in {None, seen.get(_STANDING)}

    async def _seen(self, node: GlobalId, subscriber: Subscriber) -> Mapping[str, Any] | None:
        found: list[Mapping[str, Any] | None]
        found = await self._nodes(subscriber.plan.sight, subscriber.viewer, {IDS: [str(node)]})
        return found[0]

    def _read(self, subscriber: Subscriber, variables: Mapping[str, Any]) -> Callable[..., Awaitable[list[Any]]]:
        """What reads the content that an item shows."""

        async def read(content: Content, ids: list[str]) -> list[Any]:
            return await self._nodes(content.compiled, subscriber.viewer, {**variables, IDS: content.named(ids)})

        return read

    async def _nodes(self, compiled: Compiled, viewer: Viewer, variables: Mapping[str, Any]) -> list[Any]:
        moment = now()
        bound = self.reader.bind(compiled, viewer, moment, variables)
        found: list[Any] = (await self.reader.read(compiled, bound, viewer, moment))[IDS]
        return found


def _words(plan: StreamPlan, variables: Mapping[str, Any]) -> str:
    """What of the variables decides what is told; from where on it is told is everybody's own."""
    after = plan.asked.arguments.get("after")
    own = after.path[0] if isinstance(after, Leaf) and after.path else None
    return repr({name: value for name, value in variables.items() if name != own})


async def _news(listener: Listener, following: Following) -> list[LoggedEvent]:
    try:
        return await listener.news(following.wanted, RENEWED_SECONDS)
    except UnknownPosition:
        message = "What this cursor stands for never happened here: begin again without it."
        raise Refused([refusal(message, "BAD_USER_INPUT")]) from None


def _position(cursor: str) -> int:
    try:
        return seq_of(cursor)
    except BadCursor:
        message = "This is not a cursor of ours; start again without it."
        raise Refused([refusal(message, "BAD_USER_INPUT")]) from None
