"""What somebody may ask of whoever keeps their words: nothing is left out of what is told, and nothing stays."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from contextvars import Context
from datetime import timedelta
from typing import Any

import orjson
import pytest
from structlog.testing import capture_logs

from cms.accounts.models import ApiToken, Role, Session, User
from cms.articles.models import Article
from cms.authors.models import Message
from cms.comments import carrying
from cms.comments.actions import moderate_comments, post_comment
from cms.comments.bulk import BulkComment, add_comments
from cms.comments.drafts import CommentDraft, Guest
from cms.comments.learning import Lessons
from cms.comments.models import (
    Comment,
    CommentFlag,
    CommentReaction,
    CommentStatus,
    Consent,
    ModerationAction,
    ModerationDecision,
    ReaderLink,
    ReplySubscription,
    ScreeningSignal,
    SpamModel,
)
from cms.comments.privacy import erase_personal_data, export_personal_data
from cms.comments.reply_mail import telling
from cms.kernel import clock
from cms.kernel.database import Database, Dialect, transaction
from cms.kernel.digests import canonical_json
from cms.kernel.errors import InvalidInput, NotAllowed, Required, StateConflict
from cms.kernel.jobs import enqueue
from cms.kernel.mail import MAIL
from cms.kernel.models import Event, Job
from cms.kernel.scrubbing import SCRUB
from cms.kernel.viewer import ANONYMOUS, SYSTEM, Scope, Viewer
from tests.articles.world import every_row
from tests.comments.lives import EMAIL, NAME, URL, WORDS, Life, bytes_of, found_in, live, scrubbed, tables_of
from tests.comments.post_office import PostOffice
from tests.comments.world import (
    NOON,
    PUBLISHED_AT,
    counted_responses,
    counted_standing,
    make_article,
    make_site,
    make_user,
    stored_responses,
    stored_standing,
)

pytestmark = pytest.mark.asyncio

#: Somebody waits until no letter is being written.
WAITS_FOR_WRITERS = "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
LATER = NOON + timedelta(hours=2)
AT_NOON, AT_LATER = "2026-03-02T12:00:00Z", "2026-03-02T14:00:00Z"
#: What stands in a table of its own, so that whoever forgets the table leaves it there.
HIDDEN_IN = {
    "comment": [
        trace for trace in WORDS if trace not in {"why it is spam", "a report", "a message", "what it said before"}
    ],
    "screening_signal": ["what a rule quoted of it"],
    "moderation_decision": ["what a rule quoted of it", "why it is spam"],
    "comment_flag": ["a report"],
    "message": ["the address", "the name", "a message"],
    "reply_subscription": ["the address"],
    "reader_link": ["the address"],
    "job": [
        "the address",
        "the name",
        "a reply",
        "a comment that waits",
        "what a rule quoted of it",
        "the comment about it",
        "a message",
    ],
}


async def told(database: Database, email: str) -> Any:  # noqa: ANN401 - JSON
    """What a client is told of an address."""
    with clock.at(LATER):
        return orjson.loads(canonical_json(await export_personal_data(database, SYSTEM, email)))


# What is told


async def test_all_that_is_held_is_told_and_nothing_of_others(database: Database) -> None:
    """Somebody would be told half of what is kept about them; or what others wrote, or a code that is theirs alone."""
    life = await live(database)

    data = await told(database, EMAIL.upper())
    others = await told(database, "wren@mail.example.com")
    nobody = await told(database, "nobody@mail.example.org")

    assert found_in(orjson.dumps(data).lower()) == [trace for trace in WORDS if trace != "what it said before"]
    assert [each["id"] for each in data["comments"]] == [f"com_{comment.id}" for comment in life.comments]
    assert data["comments"][3] == _the_comment_about_a_passage(life)
    assert data["comments"][2]["moderation"][0]["rule"] == "advertising"
    assert data["comments"][4]["moderation"][0] == {
        "action": "MARK_SPAM",
        "previousStatus": "APPROVED",
        "reason": "Quotes hibiscus all over.",
        "rule": None,
        "automatic": False,
        "createdAt": AT_NOON,
    }
    assert data["messages"] == [_the_message(life)]
    assert [(each["confirmedAt"], each["email"]) for each in data["replySubscriptions"]] == [(None, EMAIL)]
    assert [(each["purpose"], each["usedAt"]) for each in data["requests"]] == [("EXPORT", None)]
    assert sorted(each["kind"] for each in data["waitingLetters"]) == ["mail"] * 4 + ["reader-request"]
    assert {each["to"] for each in data["waitingLetters"]} == {EMAIL, None}
    assert b"groundfloor" not in orjson.dumps(data)
    assert (b"cms_l_" in orjson.dumps(data), len(data["notHeld"])) == (False, 5)
    assert found_in(orjson.dumps(others).lower()) == []
    assert [each["text"] for each in others["comments"]] == ["Was it?"]
    assert {name for name, value in nobody.items() if value} == {"email", "exportedAt", "notHeld"}
    assert [event.payload for event in await Event.filter(type="PERSONAL_DATA_EXPORTED").order_by("seq")] == [
        {"comments": 5, "messages": 1},
        {"comments": 1, "messages": 0},
        {"comments": 0, "messages": 0},
    ]


def _the_comment_about_a_passage(life: Life) -> dict[str, object]:
    comment, consent = life.passage, _the_consent(life)
    return {
        "id": f"com_{comment.id}",
        "articleId": f"art_{life.article.id}",
        "parentId": None,
        "status": "APPROVED",
        "name": NAME,
        "email": EMAIL,
        "url": URL,
        "text": "I saw it: tangerine.",
        "markdown": "I saw it: tangerine.\n",
        "passage": {
            "blockKey": "b0",
            "foundIn": comment.anchor_found_in,
            "exact": "periwinkle that day",
            "prefix": "hyacinth: The sea was",
            "suffix": "",
            "state": comment.anchor_state,
        },
        "isByAccount": False,
        "byContributor": False,
        "createdAt": AT_NOON,
        "updatedAt": AT_NOON,
        "editedAt": AT_NOON,
        "addressHash": comment.address_hash,
        "source": None,
        "sourceId": None,
        "reactions": {"LIKE": 1, "HELPFUL": 0, "THANKS": 0},
        "consents": [consent],
        "screening": [],
        "moderation": [],
        "flags": [{"reason": "OTHER", "detail": "She says juniper, and means it.", "createdAt": AT_NOON}],
    }


def _the_message(life: Life) -> dict[str, object]:
    return {
        "id": str(life.message.id),
        "authorId": f"aut_{life.message.author_id}",
        "articleId": None,
        "name": NAME,
        "email": EMAIL,
        "text": "Do you like lavender?",
        "createdAt": AT_NOON,
        "addressHash": life.message.address_hash,
        "consents": [_the_consent(life)],
    }


def _the_consent(life: Life) -> dict[str, object]:
    return {
        "termsId": f"pol_{life.terms.id}",
        "digest": "sha256:terms-1",
        "wording": "I keep to the house rules (1).",
        "acceptedAt": AT_NOON,
        "channel": "graphql",
    }


# What is erased


async def test_after_an_erasure_no_byte_of_it_is_left(database: Database) -> None:
    """Whoever reads the file, its log or ours would find what somebody was promised to be gone."""
    with capture_logs() as logs:
        life = await live(database)
        held = await bytes_of(database)
        with clock.at(LATER):
            erased = await erase_personal_data(database, SYSTEM, EMAIL.upper())
            unscrubbed = await bytes_of(database)
            await scrubbed(database)
        left = await bytes_of(database)
        again = await erase_personal_data(database, SYSTEM, EMAIL)

    before = [trace for trace in WORDS if database.dialect is Dialect.SQLITE or trace != "what it said before"]
    assert found_in(held) == before
    # The twin of the worker's part: the log of the file still has all of it.
    assert found_in(unscrubbed) == (before if database.dialect is Dialect.SQLITE else [])
    assert found_in(left) == []
    assert found_in(repr(logs).lower().encode()) == []
    assert (erased.comments, erased.messages, erased.keeps_account) == (5, 1, False)
    assert (again.comments, again.messages) == (0, 0)
    await _all_else_is_as_it_was(life)
    await _the_log_tells_what_happened(life)


async def _all_else_is_as_it_was(life: Life) -> None:
    """The thread has its shape and its counts, and every record is there."""
    gone = {comment.id: comment for comment in await Comment.exclude(erased_at=None)}
    assert sorted(gone) == sorted(comment.id for comment in life.comments)
    assert {(each.status, each.erased_at, each.body_blocks) for each in gone.values()} == {("DELETED", LATER, "[]")}
    assert {each.address_hash for each in gone.values()} == {None}
    passages: set[object] = {(row.anchor_block_key, row.anchor_state, row.anchor_found_in) for row in gone.values()}
    assert (life.passage.anchor_found_in is not None, passages) == (True, {(None, None, None)})
    assert {each.id: (each.parent_id, each.depth, each.created_at) for each in gone.values()} == {
        each.id: (each.parent_id, each.depth, each.created_at) for each in life.comments
    }
    assert await stored_standing() == await counted_standing()
    assert await stored_responses() == await counted_responses()
    assert (await Article.get(id=life.article.id)).comment_count == 1
    assert (gone[life.approved.id].is_listed, gone[life.reply.id].is_listed) == (True, False)
    wren = await Comment.get(id=life.wren.id)
    assert (wren.body_text, wren.author_email, wren.reply_count) == ("Was it?", "wren@mail.example.com", 0)
    (message,) = await Message.all()
    assert (message.name, message.email, message.body, message.erased_at) == ("", "", "", LATER)
    assert (message.email_key, message.address_hash) == ("", None)
    counts = [await table.all().count() for table in (Consent, ScreeningSignal, CommentFlag, CommentReaction)]
    assert counts == [7, 1, 1, 1]
    assert await ModerationDecision.filter(reason=None).count() == await ModerationDecision.all().count() == 2
    assert [wish.email for wish in await ReplySubscription.all()] == ["wren@mail.example.com"]
    assert await ReaderLink.all().count() == 0
    assert [job.payload["text"] for job in await Job.filter(kind=MAIL)] == ["It is about somebody else."]


async def _the_log_tells_what_happened(life: Life) -> None:
    removed = await Event.filter(type="COMMENT_REMOVED", at=LATER).order_by("seq").values_list("node_id", "payload")
    assert dict(removed) == {
        comment.id: {"status": "DELETED", "previous_status": status}
        for comment, status in zip(life.comments, ("APPROVED", "APPROVED", "PENDING", "APPROVED", "SPAM"), strict=True)
    }
    erasures = await Event.filter(type="PERSONAL_DATA_ERASED").order_by("seq").values_list("actor", "payload")
    assert erasures == [("system", {"comments": 5, "messages": 1}), ("system", {"comments": 0, "messages": 0})]


async def test_a_table_that_was_forgotten_would_be_found(database: Database) -> None:
    """The twin of the test above: of each table that keeps its rows, what only it holds is found."""
    await live(database)

    found = {}
    for table in HIDDEN_IN:
        async with _undone(database):
            await _let_nothing_change(database, table)
            await erase_personal_data(database, SYSTEM, EMAIL)
            found[table] = found_in(await tables_of(database))

    assert found == HIDDEN_IN


@asynccontextmanager
async def _undone(database: Database) -> AsyncIterator[None]:
    """Undo whatever is done in the block."""
    async with transaction(database) as open_one:
        yield
        await open_one.rollback()


async def _let_nothing_change(database: Database, table: str) -> None:
    """Have the database pass over whatever is to be changed in a table."""
    does = {Dialect.SQLITE: "BEGIN SELECT RAISE(IGNORE); END", Dialect.POSTGRES: "FOR EACH ROW EXECUTE FUNCTION pass()"}
    if database.dialect is Dialect.POSTGRES:
        await database.connection.execute_query(
            "CREATE FUNCTION pass() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'"
        )
    for verb in ("UPDATE", "DELETE"):
        trigger = f"CREATE TRIGGER no_{verb} BEFORE {verb} ON {table} {does[database.dialect]}"
        await database.connection.execute_query(trigger)


async def test_what_was_erased_stays_away(database: Database) -> None:
    """A moderator's slip, or the next import, would bring back what somebody had erased."""
    await make_site(comments_required_fields=[])
    article = await make_article()
    row = BulkComment(article.id, "Old", NAME, PUBLISHED_AT, email=EMAIL, source="old site", source_id="17")
    (imported,) = await add_comments(database, SYSTEM, [row])

    erased = await erase_personal_data(database, SYSTEM, EMAIL)
    taken_again = await add_comments(database, SYSTEM, [row])
    with pytest.raises(StateConflict):
        await moderate_comments(database, SYSTEM, [imported], ModerationAction.APPROVE)

    assert (erased.comments, taken_again) == (1, [imported])
    assert await Comment.all().values_list("author_name", "body_text", "status") == [("", "", CommentStatus.DELETED)]


async def test_what_others_wait_for_stays(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever is called “a” and wrote “e” could have every invitation and every message to an author taken back."""
    # However many there are: each is looked at.
    monkeypatch.setattr(carrying, "_BATCH", 1)
    await make_site(comments_required_fields=[])
    article = await make_article()
    await post_comment(database, ANONYMOUS, CommentDraft(article.id, "e", guest=Guest("a", EMAIL)), at=NOON)
    for text in ("Somebody asked for a code: cms_l_abcdef", "A letter about Ines"):
        await enqueue(database, MAIL, {"to": "kit@mail.example.org", "subject": "A code", "text": text, "about": []})
    await enqueue(database, "place-passages", {"article": str(article.id)})
    await enqueue(database, MAIL, {"to": EMAIL, "subject": "Hers", "text": "Hello"})

    await erase_personal_data(database, SYSTEM, EMAIL)

    assert await Job.exclude(kind=SCRUB).count() == 3


async def test_what_was_learned_from_it_is_learned_anew(database: Database) -> None:
    """How often their words were seen would go on being counted, until a moderator happens to decide something."""
    await make_site()
    article = await make_article()
    ines, wren = (Guest(name, f"{name}@mail.example.org") for name in ("ines", "wren"))
    taught, other = [
        (await post_comment(database, ANONYMOUS, CommentDraft(article.id, "Well said", guest=guest), at=NOON)).comment
        for guest in (ines, wren)
    ]
    await post_comment(database, ANONYMOUS, CommentDraft(article.id, "Not judged", guest=Guest("A", EMAIL)), at=NOON)
    await moderate_comments(database, SYSTEM, [taught.id, other.id], ModerationAction.MARK_SPAM)
    lessons, models = Lessons(), []
    for minute, email in enumerate((EMAIL, "ines@mail.example.org", "nobody@mail.example.org")):
        with capture_logs():
            await lessons(database, NOON + timedelta(minutes=minute))
        models.append((await SpamModel.get()).lessons)
        await erase_personal_data(database, SYSTEM, email)
        models.append(await SpamModel.all().count())

    assert models == [2, 1, 2, 0, 1, 1]


@pytest.mark.parametrize("dialect", [Dialect.POSTGRES], ids=str)
async def test_a_letter_that_is_being_written_is_taken_back_as_well(database: Database) -> None:
    """It would be written down after the erasure has looked, and lie there with what it quotes."""
    await make_site()
    article = await make_article()
    asking = CommentDraft(article.id, "Tell me", guest=Guest("Wren", "wren@mail.example.com"), notify_of_replies=True)
    above = (await post_comment(database, ANONYMOUS, asking, at=NOON)).comment
    await ReplySubscription.all().update(confirmed_at=NOON)
    answer = CommentDraft(article.id, "A marmalade sky", guest=Guest(NAME, EMAIL), parent_id=above.id)
    await post_comment(database, ANONYMOUS, answer, at=NOON)
    with clock.at(NOON):
        await PostOffice(database).follow()
        claim = await PostOffice(database).hands.claim()
        assert claim is not None
        async with asyncio.timeout(20):
            async with transaction(database):
                await telling("")(database, claim)
                erasing = asyncio.create_task(erase_personal_data(database, SYSTEM, EMAIL), context=Context())
                while not (await database.connection.execute_query_dict(WAITS_FOR_WRITERS) or erasing.done()):
                    pass
            await erasing

    assert found_in(await tables_of(database)) == []


# Whose it is


async def test_an_account_stays_and_what_it_wrote_goes(database: Database) -> None:
    """A colleague could be removed by a mail address; or keep the comments that a reader would be rid of."""
    await make_site()
    article, user = await make_article(), await make_user("Ines Quill", role=Role.MODERATOR)
    viewer = Viewer(frozenset({Scope.COMMENTS_MODERATE}), user_id=user.id, actor=f"user:{user.id}")
    draft = CommentDraft(article.id, "As I said.", notify_of_replies=True)
    comment = (await post_comment(database, viewer, draft, at=NOON)).comment
    await moderate_comments(database, viewer, [comment.id], ModerationAction.APPROVE)
    await Session.create(user=user, token_hash="the hash of a session", epoch=0, expires_at=LATER)  # noqa: S106 - none
    await ApiToken.create(name="The app", secret_hash="the hash of a secret", scopes=[], created_by_id=user.id)  # noqa: S106 - none
    # The account has another address by now than when it wrote.
    await User.filter(id=user.id).update(email="ines@groundfloor.example.org", email_key="ines@groundfloor.example.org")

    data = await told(database, "Ines@groundfloor.example.org")
    erased = await erase_personal_data(database, SYSTEM, "ines@groundfloor.example.org")

    account = data["account"]
    assert (account["name"], account["role"], account["moderationDecisions"]) == ("Ines Quill", "MODERATOR", 1)
    assert (account["sessions"][0]["expiresAt"], account["apiTokens"]) == (AT_LATER, ["The app"])
    assert "the hash of" not in repr(data)
    assert [(each["text"], each["isByAccount"]) for each in data["comments"]] == [("As I said.", True)]
    assert (erased.comments, erased.keeps_account) == (1, True)
    stored = await Comment.get(id=comment.id)
    assert (stored.user_id, stored.author_name, stored.body_text) == (None, "", "")
    # It was asked for with the address that the account had then.
    assert await ReplySubscription.all().count() == 0
    assert (await User.get(id=user.id)).name == "Ines Quill"
    assert (await ModerationDecision.get()).moderator_id == user.id


async def test_an_address_that_only_looks_the_same_is_somebody_elses(database: Database) -> None:
    """Whoever registers gross.example would read, or erase, what people at groß.example wrote."""
    await make_site()
    article, colleague = await make_article(), await make_user("Juno Dale")
    await User.filter(id=colleague.id).update(email="ines@gross.example", email_key="ines@gross.example")
    for number, address in enumerate(("ines@groß.example", "INES@groß.example", "ines@gross.example")):
        draft = CommentDraft(article.id, f"Number {number}", guest=Guest("Ines", address))
        posted = await post_comment(database, ANONYMOUS, draft, at=NOON)
        if number == 1:
            await moderate_comments(database, SYSTEM, [posted.comment.id], ModerationAction.REMOVE)

    data = await told(database, "ines@GROß.example")
    erased = await erase_personal_data(database, SYSTEM, "ines@GROß.example")

    assert [each["text"] for each in data["comments"]] == ["Number 0", "Number 1"]
    assert (data["account"], erased.comments, erased.keeps_account) == (None, 2, False)
    # What was away is not taken away again.
    assert await Event.filter(type="COMMENT_REMOVED").count() == 2
    assert [comment.body_text for comment in await Comment.filter(erased_at=None)] == ["Number 2"]


async def test_who_may_not_and_what_is_no_address(database: Database) -> None:
    """Every moderator could read, and undo, what readers wrote under an address."""
    await live(database)
    before = await every_row(database)
    others = Viewer(frozenset(Scope) - {Scope.PERSONAL_DATA}, actor="token:others")

    for verb in (export_personal_data, erase_personal_data):
        with pytest.raises(NotAllowed):
            await verb(database, others, EMAIL)
        with pytest.raises(Required):
            await verb(database, SYSTEM, " ")
        with pytest.raises(InvalidInput) as refused:
            await verb(database, SYSTEM, f"{EMAIL}, {EMAIL}")
        assert "ines" not in refused.value.message.lower()

    assert await every_row(database) == before
