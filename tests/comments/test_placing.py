"""Passages placed anew when readers get to see another text: once, by whoever takes the job, and for all comments."""

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

import orjson
import pytest

from cms.app import open_reader
from cms.articles.actions import (
    publish_article,
    restore_revision,
    schedule_article,
    unpublish_article,
    update_article,
)
from cms.articles.drafts import ArticleChange
from cms.articles.models import Article, ArticleRevision
from cms.articles.planned import announce_due
from cms.checking import passages_are_placed
from cms.comments import placing
from cms.comments.drafts import Anchor
from cms.comments.models import AnchorState, Comment
from cms.comments.privacy import erase_personal_data
from cms.kernel import clock
from cms.kernel.checking import Ground, find_faults
from cms.kernel.comment_policy import CommentModeration
from cms.kernel.database import Database, Dialect
from cms.kernel.following import Follower
from cms.kernel.jobs import Hands
from cms.kernel.models import Event, Job
from cms.kernel.settings import Settings
from cms.kernel.viewer import SYSTEM
from cms.media.texts import RichTextInput
from cms.site.models import Site
from cms.worker import FOLLOWERS
from tests.articles.world import EDITOR, NOON, a_public_article, found, while_waited_for
from tests.comments.world import fresh, say
from tests.reading.asking import MEDIA_URL, asker

pytestmark = pytest.mark.asyncio

HOUR = timedelta(hours=1)
OLD = "Take the ferry at six.\n\nWalk home by the quay.\n\nSleep."
_ANCHOR = "anchor { blockKey state }"
Place = tuple[AnchorState | None, str | None]
EXACT, ORPHANED = (AnchorState.EXACT, None), (AnchorState.ORPHANED, None)


class Newsroom:
    """A public article with comments on three passages, and a worker that is called when it is needed."""

    def __init__(self, database: Database, article: Article, comments: Sequence[Comment]) -> None:
        self.database = database
        self.article = article
        self.comments = comments
        self._follower = Follower(database, "comment-anchors", FOLLOWERS["comment-anchors"])
        self._hands = Hands(database, {placing.PLACE_PASSAGES: placing.perform})

    async def change(self, markdown: str) -> None:
        """Save another text; readers do not see it yet."""
        article = await Article.get(id=self.article.id)
        body = RichTextInput(markdown=markdown)
        change = ArticleChange(article_id=article.id, expected_version=article.version, body=body)
        await update_article(self.database, EDITOR, change)

    async def publish(self) -> None:
        """Let readers see the head."""
        await publish_article(self.database, EDITOR, self.article.id)

    async def work(self) -> int:
        """Let the worker do all there is to do; how many jobs that were."""
        while await self._follower.look():
            pass
        done = await Job.filter(kind=placing.PLACE_PASSAGES).count()
        while await self._hands.look():
            pass
        assert await Job.filter(kind=placing.PLACE_PASSAGES).count() == 0
        return done

    async def places(self) -> list[Place]:
        """Where the three passages stand, as the tables say."""
        rows = [await fresh(comment) for comment in self.comments]
        return [(row.anchor_state, row.anchor_found_in) for row in rows]


async def open_newsroom(database: Database) -> Newsroom:
    """Three comments, each on a passage of its own paragraph; at noon."""
    await found(database)
    await Site.all().update(comments_moderation=CommentModeration.AFTER_PUBLICATION)
    article = await a_public_article(database, body=RichTextInput(markdown=OLD))
    ferry, quay, sleep = await keys_of(article)
    anchors = Anchor(ferry, "the ferry at six", "Take"), Anchor(quay, "by the quay", "home"), Anchor(sleep, "Sleep")
    comments = [await say(database, article, f"On {anchor.exact}", anchor=anchor, at=clock.now()) for anchor in anchors]
    room = Newsroom(database, article, comments)
    await room.work()
    return room


async def keys_of(article: Article) -> list[str]:
    """The keys of the blocks of an article's head."""
    head = await ArticleRevision.get(id=(await Article.get(id=article.id)).head_id)
    return [block["_key"] for block in orjson.loads(head.body_blocks)]


async def test_passages_follow_what_readers_see(database: Database) -> None:
    """Comments would stand beside words they are not about, or move before readers see why."""
    with clock.at(NOON):
        room = await open_newsroom(database)
        first = (await Article.get(id=room.article.id)).head_id
        assert first is not None
        ferry, quay, sleep = await keys_of(room.article)
        assert await room.places() == [EXACT] * 3

        await room.change("Sleep.\n\nTake the fery at six.\n\nSwim.")
        assert (await room.work(), await room.places()) == (0, [EXACT] * 3)

    with clock.at(NOON + HOUR):
        await room.publish()
        assert await room.work() == 1
        places = await room.places()
    keys = await keys_of(room.article)
    told = await Event.filter(node_id=room.article.id).order_by("-seq").first()

    states = [state for state, _ in places]
    assert states == [AnchorState.MOVED, AnchorState.ORPHANED, AnchorState.EXACT]
    assert places[0][1] in {None, keys[1]}
    assert [row.updated_at for row in [await fresh(each) for each in room.comments]] == [NOON + HOUR] * 2 + [NOON]
    assert [(await fresh(each)).version for each in room.comments] == [1, 1, 1]
    assert told is not None
    assert (told.type, told.payload["passages"]) == ("ARTICLE_UPDATED", "placed")

    async with open_reader(database, MEDIA_URL) as reader:
        asked = f'{{ article(by: {{id: "art_{room.article.id}"}}) {{ comments {{ nodes {{ {_ANCHOR} }} }} }} }}'
        answer = await asker(reader)(asked, at=NOON + HOUR)
    assert [node["anchor"] for node in answer["article"]["comments"]["nodes"]] == [
        {"blockKey": places[0][1] or ferry, "state": "MOVED"},
        {"blockKey": quay, "state": "ORPHANED"},
        {"blockKey": sleep, "state": "EXACT"},
    ]

    # The first text again: everything is where it was.
    with clock.at(NOON + 2 * HOUR):
        await restore_revision(database, EDITOR, first)
        assert (await room.work(), await room.places()) == (0, places)
        await room.publish()
        assert (await room.work(), await room.places()) == (1, [EXACT] * 3)


async def test_a_text_that_comes_out_by_the_clock_places_them_too(database: Database) -> None:
    """Whatever is planned for the morning would have its comments beside the words of the evening."""
    with clock.at(NOON):
        room = await open_newsroom(database)
        await room.change("Swim.")
        await schedule_article(database, EDITOR, room.article.id, publish_at=NOON + HOUR)
        assert (await room.work(), await room.places()) == (0, [EXACT] * 3)
    with clock.at(NOON + HOUR):
        await announce_due(database, NOON + HOUR)
        assert (await room.work(), await room.places()) == (1, [ORPHANED] * 3)


async def test_what_is_done_twice_is_done_once(database: Database) -> None:
    """A worker that dies would leave events behind that say that something changed when nothing did."""
    with clock.at(NOON):
        room = await open_newsroom(database)
        await room.change("Swim.")
        await room.publish()
        changed = [await placing.place_passages(database, room.article.id) for _ in range(2)]
        assert changed == [3, 0]
        events = Counter([event.type for event in await Event.filter(node_id=room.article.id)])
        # What is erased has no passage to place; what readers cannot see stays as it was.
        await Comment.filter(id=room.comments[0].id).update(anchor_state=None, anchor_exact=None)
        await room.change(OLD)
        await room.publish()
        await unpublish_article(database, EDITOR, room.article.id)
        # An article without such comments gives nobody anything to do.
        await a_public_article(database, "Another")

        assert await room.work() == 1
        assert await room.places() == [(None, None), ORPHANED, ORPHANED]
    assert events == {"ARTICLE_CREATED": 1, "ARTICLE_PUBLISHED": 2, "ARTICLE_UPDATED": 2}


async def test_cms_check_finds_and_mends_what_stands_elsewhere(database: Database) -> None:
    """A restored backup, or a worker that never ran, would leave comments beside the wrong words for ever."""
    ground = Ground(database, Settings())
    with clock.at(NOON):
        room = await open_newsroom(database)
        assert await find_faults(ground, [passages_are_placed], mend=False, tell=print) == []
        await Comment.filter(id=room.comments[0].id).update(anchor_state=AnchorState.ORPHANED)
        await Comment.filter(id=room.comments[1].id).update(anchor_found_in="elsewhere")

        looked, mended = [
            await find_faults(ground, [passages_are_placed], mend=mend, tell=lambda *_: None) for mend in (False, True)
        ]

        assert [each.what for each in looked] == [f"2 passages of art_{room.article.id} stand elsewhere than told."]
        assert [each.is_mended for each in (*looked, *mended)] == [False, True]
        assert await room.places() == [EXACT] * 3


async def test_more_comments_than_are_read_at_once(database: Database) -> None:
    """Those beyond the first batch would stay where they were."""
    with clock.at(NOON):
        room = await open_newsroom(database)
        first = await fresh(room.comments[0])
        columns = {name: getattr(first, name) for name in Comment._meta.db_fields if name != "id"}
        await Comment.bulk_create([Comment(**columns) for _ in range(placing._BATCH + 50)])
        await room.change("Swim.")
        await room.publish()
        await room.work()

    assert await Comment.filter(anchor_state=AnchorState.ORPHANED).count() == placing._BATCH + 53


async def test_what_is_erased_meanwhile_has_no_passage_any_more(database: Database) -> None:
    """A slow worker would write beside an empty comment where somebody's passage stood."""
    with clock.at(NOON):
        room = await open_newsroom(database)
        await room.change("Swim.")
        await room.publish()
        erasing = erase_personal_data(database, SYSTEM, "wren@mail.example.com")
        await while_waited_for(database, room.article, erasing, placing.place_passages(database, room.article.id))

    assert await room.places() == [(None, None)] * 3


async def test_another_text_that_comes_out_meanwhile_wins(database: Database) -> None:
    """A slow worker would put the passages back to where they stood in a text that nobody sees any more."""
    with clock.at(NOON):
        room = await open_newsroom(database)
        await Comment.filter(id=room.comments[0].id).update(anchor_found_in="elsewhere")
        await room.change("Swim.")
        placed = []

        async def place() -> None:
            placed.append(await placing.place_passages(database, room.article.id))

        await while_waited_for(database, room.article, room.publish(), place())

        # On SQLite nobody reads while somebody else writes: there it begins with the other text.
        assert placed == [0 if database.dialect is Dialect.POSTGRES else 3]
        assert (await room.work(), await room.places()) == (1, [ORPHANED] * 3)
