"""The event log."""

import pytest

from cms.kernel import clock
from cms.kernel.database import Database, Dialect, transaction
from cms.kernel.events import EventType, NewEvent, append_event, append_events
from cms.kernel.ids import GlobalId, NodeType, new_id
from cms.kernel.models import Event
from tests.articles.world import NOON


@pytest.mark.asyncio
async def test_an_event_says_who_what_and_when(database: Database) -> None:
    """Followers and the audit trail have nothing but these columns."""
    comment, article = new_id(), new_id()

    with clock.at(NOON):
        async with transaction(database):
            node = GlobalId(NodeType.COMMENT, comment)
            payload = {"z": 1, "a": None}
            await append_event(
                database, EventType.COMMENT_POSTED, "anonymous", node, article_id=article, payload=payload
            )

    event = await Event.get()
    assert (event.type, event.actor, event.at) == ("COMMENT_POSTED", "anonymous", NOON)
    assert (event.node_type, event.node_id, event.article_id) == ("com", comment, article)
    assert list(event.payload.items()) == [("z", 1), ("a", None)]


@pytest.mark.asyncio
async def test_events_of_one_transaction_share_its_number(database: Database) -> None:
    """A follower on PostgreSQL reads below the oldest transaction that still runs: it must know which wrote what."""
    nodes = [GlobalId(NodeType.ARTICLE, new_id()) for _ in range(3)]

    async with transaction(database):
        await append_events(database, "system", [NewEvent(EventType.ARTICLE_CREATED, node) for node in nodes])
        if database.dialect is Dialect.POSTGRES:
            asked = "SELECT pg_current_xact_id()::text::bigint AS own"
            (row,) = await database.connection.execute_query_dict(asked)
            own = row["own"]
        else:
            own = 0

    events = await Event.all().order_by("seq")
    assert [event.transaction_id for event in events] == [own] * 3
    assert [event.node_id for event in events] == [node.key for node in nodes]
    assert [event.article_id for event in events] == [node.key for node in nodes]
    assert len({event.id for event in events}) == 3
