"""Messages to authors: taken from whoever may write, kept and mailed together, and told to nobody else."""

import asyncio
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import structlog

from cms.articles.actions import delete_article, schedule_article, unpublish_article
from cms.authors.actions import AuthorChange, AuthorDraft, create_author, delete_author, update_author
from cms.authors.messages import MessageDraft, contact_author
from cms.authors.models import Author, Message
from cms.comments.models import Consent
from cms.disclaimers.models import PolicyKind, PolicyVersion
from cms.kernel import clock
from cms.kernel.database import Database
from cms.kernel.errors import (
    DomainError,
    InvalidInput,
    NotFound,
    RateLimited,
    Required,
    StateConflict,
    TermsNotAccepted,
    TooLong,
)
from cms.kernel.ids import GlobalId, NodeType, new_id
from cms.kernel.models import Event, Job
from cms.kernel.origins import address_hash
from cms.kernel.secrecy import email_key_of, use_secret
from cms.kernel.viewer import ANONYMOUS, SYSTEM
from cms.richtext import from_markdown, render
from tests.articles.world import DAY, NOON, a_public_article, an_article, every_row, found
from tests.schema.desk import ADDRESS, Desk

pytestmark = pytest.mark.asyncio

MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def _secret() -> None:
    use_secret(b"a key for tests, thirty-two bytes")


async def _reachable(database: Database, **given: Any) -> Author:  # noqa: ANN401 - of a draft
    draft = {"name": "Wren Ashdown", "email": "wren@harbour.example.org", "accepts_messages": True, **given}
    return await create_author(database, SYSTEM, AuthorDraft(**draft))


def _message(author_id: UUID, **given: Any) -> MessageDraft:  # noqa: ANN401 - of a draft
    written = {"name": "Kit", "email": "Kit@reader.example.com", "message": "Which boat was it?", **given}
    return MessageDraft(author_id=author_id, **written)


async def _write(database: Database, author: Author, address: str = ADDRESS, **given: Any) -> Message:  # noqa: ANN401 - as above
    return await contact_author(database, ANONYMOUS, _message(author.id, **given), address)


async def _terms(number: int, effective_from: datetime) -> GlobalId:
    made = render(from_markdown("Be kind."))
    version = await PolicyVersion.create(
        kind=PolicyKind.TERMS,
        number=number,
        title="House rules",
        acceptance_text=f"I keep to the house rules ({number}).",
        effective_from=effective_from,
        digest=f"sha256:terms-{number}",
        body_blocks=made.blocks,
        body_html=made.html,
        body_markdown=made.markdown,
        body_text=made.text,
        body_renderer=made.renderer,
    )
    return GlobalId(NodeType.POLICY_VERSION, version.id)


# What comes of one


async def test_a_message_is_kept_and_mailed(database: Database) -> None:
    """A reader who was told that it is on its way would wait for an answer to what nobody got."""
    author = await _reachable(database)
    await found(database)
    with clock.at(NOON):
        article = await a_public_article(database, "The ferry sails again")
        typed = " Which boat?\r\nSee https://boats.example.org \n"
        message = await _write(database, author, name="  Kit   Marsh ", message=typed, article_id=article.id)

    kept = await Message.get(id=message.id)
    assert (kept.author_id, kept.article_id, kept.created_at) == (author.id, article.id, NOON)
    assert (kept.name, kept.email) == ("Kit Marsh", "Kit@reader.example.com")
    assert kept.body == "Which boat?\nSee https://boats.example.org"
    assert (kept.address_hash, kept.erased_at) == (address_hash(ADDRESS, NOON), None)
    (job,) = await Job.all()
    assert (job.kind, job.unique_key) == ("mail", f"message:{message.id}")
    assert job.payload == {
        "to": "wren@harbour.example.org",
        "subject": "A message from a reader",
        "text": (
            "Kit Marsh <Kit@reader.example.com> wrote to you:\n\n"
            "It is about your article: The ferry sails again\n\n"
            "Which boat?\nSee https://boats.example.org\n\n"
            "-- \nTo answer, reply to this letter: your answer goes to the reader."
        ),
        "reply_to": "Kit@reader.example.com",
        "unsubscribe": None,
        "at": "2024-03-04T12:00:00.000000Z",
        "about": [str(message.id)],
    }


async def test_the_log_tells_that_a_message_came_and_nothing_of_its_writer(database: Database) -> None:
    """Followers and colleagues would read what a reader wrote to one person."""
    author = await _reachable(database)
    before = await Event.all().count()

    with structlog.testing.capture_logs() as logged:
        message = await _write(database, author)

    (event,) = await Event.all().order_by("seq").offset(before)
    assert (event.type, event.actor) == ("MESSAGE_RECEIVED", "anonymous")
    assert (event.node_type, event.node_id, event.article_id) == ("aut", author.id, None)
    assert event.payload == {"messageId": str(message.id)}
    assert logged == []


async def test_a_message_about_nothing_in_particular(database: Database) -> None:
    """The letter would speak of an article that there is not."""
    await _write(database, await _reachable(database))

    (job,) = await Job.all()
    assert job.payload["text"].startswith("Kit <Kit@reader.example.com> wrote to you:\n\nWhich boat was it?\n\n-- \n")


async def test_who_writes_is_recognised_as_in_comments(database: Database) -> None:
    """Somebody who asks what is kept about an address would be told of half of it."""
    message = await _write(database, await _reachable(database))

    assert message.email_key == email_key_of("kit@READER.example.com")


async def test_an_address_that_nobody_knows_is_not_kept(database: Database) -> None:
    """A hash of nothing would look like that of somebody."""
    message = await contact_author(database, ANONYMOUS, _message((await _reachable(database)).id), None)

    assert message.address_hash is None


# What is refused


@pytest.mark.parametrize(
    ("given", "error", "path"),
    [
        ({"name": " \n"}, Required, "name"),
        ({"name": "x" * 201}, TooLong, "name"),
        ({"email": ""}, Required, "email"),
        ({"email": "kit"}, InvalidInput, "email"),
        ({"email": "kit@reader.example.com\nBcc: all@example.org"}, InvalidInput, "email"),
        ({"email": "kit@=?utf-8?q?reader=0D=0ABcc=3A_all=40example.org?=.org"}, InvalidInput, "email"),
        ({"message": " \n "}, Required, "message"),
        ({"message": "x" * 5001}, TooLong, "message"),
        ({"message": "half a pair: \ud800"}, InvalidInput, "message"),
        ({"article_id": UUID(int=7)}, NotFound, "articleId"),
        ({"author_id": UUID(int=7)}, NotFound, "authorId"),
    ],
)
async def test_what_cannot_be_taken_changes_nothing(
    database: Database, given: dict[str, Any], error: type[DomainError], path: str
) -> None:
    """A letter without a writer, or a row without a letter, would stand there for ever."""
    author = await _reachable(database)
    before = await every_row(database)

    with pytest.raises(error) as refused:
        await contact_author(database, ANONYMOUS, _message(**{"author_id": author.id, **given}), ADDRESS)

    assert refused.value.path == (path,)
    assert await every_row(database) == before


async def test_five_thousand_characters_are_taken(database: Database) -> None:
    """The twin of the limit above."""
    assert len((await _write(database, await _reachable(database), message="é" * 5000)).body) == 5000


async def test_only_authors_who_take_messages_get_any(database: Database) -> None:
    """Somebody who said that they want none would get them all the same."""
    silent = await _reachable(database, accepts_messages=False)
    gone = await _reachable(database, name="Asa")
    switched = await _reachable(database, name="Bo")
    await delete_author(database, SYSTEM, gone.id)
    await update_author(
        database, SYSTEM, AuthorChange(author_id=switched.id, expected_version=1, accepts_messages=False)
    )
    before = await every_row(database)

    for author, error in ((silent, StateConflict), (gone, NotFound), (switched, StateConflict)):
        with pytest.raises(error) as refused:
            await _write(database, author)
        assert refused.value.path == ("authorId",)
        assert "@" not in refused.value.message

    assert await every_row(database) == before


async def test_only_what_readers_see_can_be_written_about(database: Database) -> None:
    """The title of a draft would go out in a letter, and whoever guesses ids would learn which are articles."""
    await found(database)
    author = await _reachable(database)
    with clock.at(NOON):
        draft = await an_article(database, "A secret")
        over = await unpublish_article(database, SYSTEM, (await a_public_article(database, "It is over")).id)
        planned = await schedule_article(
            database, SYSTEM, (await an_article(database, "Tomorrow")).id, publish_at=NOON + DAY
        )
        gone = await delete_article(database, SYSTEM, (await a_public_article(database, "Thrown away")).id)
        before = await every_row(database)

        told = set()
        for article in (draft, over, planned, gone):
            with pytest.raises(NotFound) as refused:
                await _write(database, author, article_id=article.id)
            told.add((refused.value.message, refused.value.path))
        with pytest.raises(NotFound) as refused:
            await _write(database, author, article_id=new_id())

        assert told == {(refused.value.message, refused.value.path)}
        assert await every_row(database) == before
    with clock.at(NOON + DAY):
        assert (await _write(database, author, article_id=planned.id)).article_id == planned.id


# Terms


async def test_the_terms_in_force_must_be_accepted(database: Database) -> None:
    """A reader would be held to what they never saw."""
    author = await _reachable(database)
    with clock.at(NOON):
        old, new = await _terms(1, NOON - 2 * DAY), await _terms(2, NOON - DAY)
        coming = await _terms(3, NOON + DAY)
        before = await every_row(database)

        for accepted in (None, old, coming, GlobalId(NodeType.ARTICLE, new.key)):
            with pytest.raises(TermsNotAccepted) as refused:
                await _write(database, author, accepted_terms=accepted)
            assert (refused.value.terms, refused.value.path) == (new, ("acceptedTermsId",))

        assert await every_row(database) == before


async def test_what_was_accepted_is_kept_word_for_word(database: Database) -> None:
    """Nobody could tell later what stood at the checkbox."""
    author = await _reachable(database)
    with clock.at(NOON):
        terms = await _terms(1, NOON)
        message = await _write(database, author, accepted_terms=terms)

    (consent,) = await Consent.all()
    assert (consent.message_id, consent.comment_id, consent.terms_id) == (message.id, None, terms.key)
    assert (consent.wording, consent.digest) == ("I keep to the house rules (1).", "sha256:terms-1")
    assert (consent.accepted_at, consent.channel) == (NOON, "graphql")


async def test_without_terms_nothing_is_accepted(database: Database) -> None:
    """There would be a record of an agreement to nothing."""
    with clock.at(NOON):
        coming = await _terms(1, NOON + DAY)
        await _write(database, await _reachable(database), accepted_terms=coming)

    assert await Consent.all().count() == 0


# How often


async def test_five_in_ten_minutes_from_one_neighbourhood(database: Database) -> None:
    """One reader could fill an author's letter box."""
    author, other = await _reachable(database), await _reachable(database, name="Asa")
    with clock.at(NOON):
        for number in range(5):
            await _write(database, author, f"203.0.113.{number}")
    with clock.at(NOON + 9 * MINUTE):
        with pytest.raises(RateLimited) as refused:
            await _write(database, other, "203.0.113.200")
        await _write(database, other, "203.0.114.200")
    with clock.at(NOON + 10 * MINUTE):
        await _write(database, author, "203.0.113.1")

    assert refused.value.retry_after == 60
    assert await Message.all().count() == 7


async def test_what_is_refused_does_not_count(database: Database) -> None:
    """Whoever mistypes five times could not write at all."""
    author = await _reachable(database)
    with clock.at(NOON):
        for _ in range(5):
            with pytest.raises(NotFound):
                await _write(database, author, article_id=new_id())

        await _write(database, author)


async def test_of_twenty_at_once_five_are_taken(database: Database) -> None:
    """Counting and writing could be overtaken by those who write at the same time."""
    author = await _reachable(database)

    async def write() -> bool:
        try:
            await _write(database, author)
        except RateLimited:
            return False
        return True

    assert sum(await asyncio.gather(*(write() for _ in range(20)))) == 5
    assert await Message.all().count() == await Job.all().count() == 5


# Over GraphQL


def _call(author_id: str, **more: str) -> str:
    given = {"name": "Kit", "email": "kit@reader.example.com", "message": "Which boat?", **more}
    written = ", ".join(f'{name}: "{value}"' for name, value in {"authorId": author_id, **given}.items())
    return f"contactAuthor(input: {{{written}}}"


_TOLD = """accepted errors {
  __typename code path ... on TermsNotAccepted { terms { id title } } ... on RateLimited { retryAfter } }"""
_EFFECTS = "effects { dryRun events { event count } }"


async def test_a_reader_writes_to_an_author(desk: Desk) -> None:
    """Readers have no account: nobody else may be asked for."""
    author = await _reachable(desk.database)
    field = _call(str(GlobalId(NodeType.AUTHOR, author.id)))

    dry = await desk.do(desk.people["anonymous"], f"{field}, options: {{dryRun: true}})", f"accepted {_EFFECTS}")
    assert (await Message.all().count(), await Job.all().count()) == (0, 0)
    answer = await desk.do(desk.people["anonymous"], f"{field})", f"{_TOLD} {_EFFECTS}")

    effects = {"dryRun": False, "events": []}
    assert dry == {"accepted": True, "effects": {**effects, "dryRun": True}}
    assert answer == {"accepted": True, "errors": [], "effects": effects}
    assert (await Message.all().count(), await Job.all().count()) == (1, 1)


async def test_the_terms_to_accept_are_shown(desk: Desk) -> None:
    """A client could say that something is missing, and not what."""
    author = str(GlobalId(NodeType.AUTHOR, (await _reachable(desk.database)).id))
    terms = str(await _terms(1, NOON))
    asked = [_call(author), _call(author, acceptedTermsId="none of ours"), _call(author, acceptedTermsId=author)]

    refused = [await desk.do(desk.people["anonymous"], f"{field})", _TOLD) for field in asked]
    taken = await desk.do(desk.people["anonymous"], f"{_call(author, acceptedTermsId=terms)})", _TOLD)

    error = {"__typename": "TermsNotAccepted", "code": "TERMS_NOT_ACCEPTED", "path": ["acceptedTermsId"]}
    told = {**error, "terms": {"id": terms, "title": "House rules"}}
    assert refused == [{"accepted": False, "errors": [told]}] * 3
    assert taken == {"accepted": True, "errors": []}


async def test_readers_are_told_when_to_try_again(desk: Desk) -> None:
    """A form could only say that it did not work."""
    author = str(GlobalId(NodeType.AUTHOR, (await _reachable(desk.database)).id))
    with clock.at(NOON):
        for _ in range(5):
            await desk.do(desk.people["anonymous"], f"{_call(author)})", "accepted")
        answer = await desk.do(desk.people["anonymous"], f"{_call(author)})", _TOLD)

    error = {"__typename": "RateLimited", "code": "RATE_LIMITED", "path": None, "retryAfter": 600}
    assert answer == {"accepted": False, "errors": [error]}


async def test_ids_of_other_things_are_nobodys(desk: Desk) -> None:
    """The ids of drafts could be tried as those of authors."""
    author = str(GlobalId(NodeType.AUTHOR, (await _reachable(desk.database)).id))
    article = str(GlobalId(NodeType.ARTICLE, (await an_article(desk.database)).id))

    wrong = [_call(article), _call("none"), _call(author, articleId=author), _call(author, articleId=article)]
    answers = [await desk.do(desk.people["anonymous"], f"{field})", _TOLD) for field in wrong]

    assert [answer["errors"][0]["path"] for answer in answers] == [["authorId"]] * 2 + [["articleId"]] * 2
    assert {answer["errors"][0]["code"] for answer in answers} == {"NOT_FOUND"}
    assert await Message.all().count() == 0
