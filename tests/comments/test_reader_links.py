"""Codes by mail: whoever asks learns nothing, nobody is flooded, and each code does one thing once."""

import asyncio
import re
from datetime import timedelta

import pytest

from cms.accounts.errors import LinkIsVoid
from cms.accounts.tokens import hash_of
from cms.authors.models import Author
from cms.comments.drafts import Guest
from cms.comments.erasing import Erased
from cms.comments.models import Comment, ReaderLink, ReaderRequest
from cms.comments.privacy import claim_erasure, claim_export, erase_personal_data
from cms.comments.reader_links import READER_REQUEST, answer_request, request_personal_data
from cms.kernel import clock
from cms.kernel.database import Database
from cms.kernel.errors import InvalidInput, RateLimited, Required
from cms.kernel.jobs import Hands
from cms.kernel.mail import MAIL
from cms.kernel.models import Event, Job, Throttle
from cms.kernel.viewer import ANONYMOUS, SYSTEM
from tests.comments.world import NOON, make_article, make_site, make_user, say

pytestmark = pytest.mark.asyncio

EXPORT, ERASE = ReaderRequest.EXPORT, ReaderRequest.ERASE
HERE, WREN = "203.0.113.9", "Wren@mail.example.com"
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


async def ask(database: Database, purpose: ReaderRequest = EXPORT, email: str = WREN) -> str | None:
    """Ask for a code, and let the worker answer: the code, if one was mailed."""
    await Job.filter(kind=MAIL).delete()
    await request_personal_data(database, email, purpose, HERE)
    while await Hands(database, {READER_REQUEST: answer_request}).look() is not None:
        pass
    letter = await Job.get_or_none(kind=MAIL)
    return None if letter is None else re.findall(r"cms_l_\S+", letter.payload["text"])[0]


async def a_comment(database: Database) -> Comment:
    """A comment of Wren's."""
    await make_site()
    return await say(database, await make_article())


async def test_only_where_something_is_held_is_there_a_letter(database: Database) -> None:
    """Whoever asks for an address would learn whether its owner reads here; or a stranger be written to."""
    await a_comment(database)
    await make_user("Moss")
    with clock.at(NOON):
        await request_personal_data(database, "nobody@mail.example.org", EXPORT, HERE)
        unknown = await Job.get()
        await Job.all().delete()
        await request_personal_data(database, WREN.upper(), EXPORT, HERE)
        known = await Job.get()
        await Job.all().delete()
        none = await ask(database, email="nobody@mail.example.org")
        links = await ReaderLink.all().count()
        code = await ask(database, email=WREN.upper())
        letter = await Job.get(kind=MAIL)
        colleague = await ask(database, email="moss@groundfloor.example.org")
        await Author.create(slug="asa", name="Asa", name_key="asa", email="Asa@mail.example.org")
        author = await ask(database, email="asa@mail.example.org")

    assert (known.kind, known.payload.keys()) == (unknown.kind, unknown.payload.keys())
    assert (none, links, colleague is not None, author is not None) == (None, 0, True, True)
    assert code is not None
    assert (letter.payload["to"], letter.payload["subject"]) == (WREN.upper(), "What Ground Floor holds about you")
    assert letter.payload["text"] == (
        "Hello,\n\n"
        "somebody asked what is held about this address at Ground Floor. You get all of it with this code, which "
        "works\nonce, until 2026-03-03 12:00 UTC:\n\n"
        f"    {code}\n\n"
        "Whoever has the code can read it: pass it on to nobody. If it was not you, there is nothing to do."
    )
    (link,) = await ReaderLink.filter(email=WREN.upper())
    assert (link.token_hash, link.expires_at, link.used_at) == (hash_of(code), NOON + DAY, None)
    assert not await Event.filter(payload__contains="wren").exists()


async def test_a_code_works_once_for_a_day_and_for_what_it_was_mailed(database: Database) -> None:
    """A letter that lies about would open everything for ever; or who only wants to read would erase it all."""
    comment = await a_comment(database)
    with clock.at(NOON):
        to_read, to_erase = await ask(database), await ask(database, ERASE)
        assert to_read is not None
        assert to_erase is not None
        for claim, wrong in ((claim_erasure, to_read), (claim_export, to_erase), (claim_export, "cms_l_none")):
            with pytest.raises(LinkIsVoid):
                await claim(database, ANONYMOUS, wrong)
    with clock.at(NOON + DAY):
        for claim, late in ((claim_erasure, to_erase), (claim_export, to_read)):
            with pytest.raises(LinkIsVoid):
                await claim(database, ANONYMOUS, late)
    with clock.at(NOON + DAY - MINUTE):
        data = await claim_export(database, ANONYMOUS, to_read)
        with pytest.raises(LinkIsVoid):
            await claim_export(database, ANONYMOUS, to_read)
        untouched = (await Comment.get(id=comment.id)).body_text
        erased = await claim_erasure(database, ANONYMOUS, to_erase)

    assert [each["text"] for each in data["comments"]] == ["Well said."]
    assert [(each["purpose"], each["usedAt"]) for each in data["requests"]] == [
        (EXPORT, NOON + DAY - MINUTE),
        (ERASE, None),
    ]
    assert (untouched, erased.comments, await ReaderLink.all().count()) == ("Well said.", 1, 0)
    told = await Event.filter(type__startswith="PERSONAL_DATA").order_by("seq").values_list("type", "actor", "payload")
    assert told == [
        ("PERSONAL_DATA_EXPORTED", "anonymous", {"comments": 1, "messages": 0}),
        ("PERSONAL_DATA_ERASED", "anonymous", {"comments": 1, "messages": 0}),
    ]


async def test_of_several_at_once_one_uses_it(database: Database) -> None:
    """A code that was read over somebody's shoulder would work beside theirs."""
    await a_comment(database)
    with clock.at(NOON):
        code = await ask(database)
        assert code is not None
        outcomes = await asyncio.gather(
            *(claim_export(database, ANONYMOUS, code) for _ in range(5)), return_exceptions=True
        )

    assert sorted(type(each).__name__ for each in outcomes) == ["LinkIsVoid"] * 4 + ["dict"]


async def test_a_reader_and_an_administrator_who_erase_at_once(database: Database) -> None:
    """Each would wait for what the other holds, until the database breaks one of them off."""
    await make_site()
    article = await make_article()
    outcomes: list[object] = []
    for number in range(3):
        with clock.at(NOON + number * DAY):
            guest = Guest("Wren", f"wren{number}@mail.example.com")
            await say(database, article, guest=guest, at=clock.now())
            code = await ask(database, ERASE, f"wren{number}@mail.example.com")
            assert code is not None
            outcomes += await asyncio.gather(
                claim_erasure(database, ANONYMOUS, code),
                erase_personal_data(database, SYSTEM, f"wren{number}@mail.example.com"),
                return_exceptions=True,
            )

    erased = [each.comments for each in outcomes if isinstance(each, Erased)]
    assert {type(each).__name__ for each in outcomes} <= {"Erased", "LinkIsVoid"}
    assert (len(outcomes), sum(erased)) == (6, 3)
    assert await Comment.filter(erased_at=None).count() == 0


async def test_a_job_that_is_begun_twice_writes_one_letter(database: Database) -> None:
    """A worker that is taken for dead and is not would have two letters sent."""
    await a_comment(database)
    with clock.at(NOON):
        await request_personal_data(database, WREN, EXPORT, HERE)
        claim = await Hands(database, {READER_REQUEST: answer_request}).claim()
        assert claim is not None
        await asyncio.gather(answer_request(database, claim), answer_request(database, claim))

    assert (await ReaderLink.all().count(), await Job.filter(kind=MAIL).count()) == (1, 1)


async def test_nobody_is_flooded_and_nobody_asks_for_everybody(database: Database) -> None:
    """Strangers could fill somebody's letter box, or try addresses from a list."""
    await a_comment(database)
    with clock.at(NOON):
        for spelled in (WREN, WREN.upper(), WREN.replace("mail", "\uff4dail")):
            await request_personal_data(database, spelled, EXPORT, HERE)
        with pytest.raises(RateLimited) as for_one:
            await request_personal_data(database, WREN, ERASE, "198.51.100.7")
        for number in range(7):
            await request_personal_data(database, f"reader{number}@mail.example.org", EXPORT, "203.0.113.200")
        with pytest.raises(RateLimited) as from_here:
            await request_personal_data(database, "another@mail.example.org", EXPORT, HERE)
        jobs = await Job.all().count()
        for refused, error in ((" ", Required), ("wren", InvalidInput)):
            with pytest.raises(error):
                await request_personal_data(database, refused, EXPORT, "198.51.100.7")
    with clock.at(NOON + DAY):
        await request_personal_data(database, WREN, EXPORT, HERE)

    assert (for_one.value.retry_after, from_here.value.retry_after, jobs) == (24 * 3600, 3600, 10)
    assert not [key for key in await Throttle.all().values_list("key", flat=True) if "@" in str(key)]
