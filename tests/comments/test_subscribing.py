"""Wishes to be told of replies: an address is asked, seldom; confirms what it was asked for; ends it by one click."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from cms.accounts.tokens import hash_of
from cms.articles.models import ArticleRevision, Publication
from cms.comments.actions import delete_comment, moderate_comments, post_comment
from cms.comments.drafts import CommentDraft, Guest
from cms.comments.errors import ConfirmationIsVoid
from cms.comments.models import Comment, ModerationAction, ReplySubscription
from cms.comments.subscriptions import TokenPurpose, confirm_replies, end_replies, subscription_of, token_of
from cms.kernel import clock
from cms.kernel.database import Database
from cms.kernel.ids import new_id
from cms.kernel.models import Throttle
from cms.kernel.viewer import SYSTEM, Viewer
from tests.articles.world import every_row
from tests.comments.post_office import URL, PostOffice, waiting
from tests.comments.world import DAY, NOON, WREN, make_article, make_site, make_user, say

HOUR = timedelta(hours=1)
INES = Guest("Ines", "ines@mail.example.com")


async def ask(
    database: Database, *, at: timedelta = timedelta(), guest: Guest = WREN, body: str = "Tell me"
) -> Comment:
    """A comment under an article of its own, by somebody who wants to be told of replies."""
    return await say(database, await make_article(), body, guest=guest, notify_of_replies=True, at=NOON + at)


async def standing(comments: Sequence[Comment]) -> list[str]:
    """Of each comment whether somebody waits for replies: asked for, confirmed or ended."""
    wishes = {wish.comment_id: wish for wish in await ReplySubscription.all()}
    found = [wishes[comment.id] for comment in comments]
    return ["ended" if wish.ended_at else "confirmed" if wish.confirmed_at else "asked" for wish in found]


# Tokens


def test_a_token_does_what_it_was_mailed_for() -> None:
    """Whoever is told how to end letters could confirm them; or somebody guess a token from another."""
    one, other = new_id(), new_id()
    confirming, ending = token_of(TokenPurpose.CONFIRM, one), token_of(TokenPurpose.END, one)

    assert len(confirming) == 97
    assert subscription_of(TokenPurpose.CONFIRM, confirming) == one
    assert subscription_of(TokenPurpose.END, ending) == one
    for wrong in (
        ending,
        confirming.replace(one.hex, other.hex),
        confirming[:-1],
        confirming.upper(),
        one.hex,
        "",
        ".",
        f"{'ü' * 32}.{'0' * 64}",
        "\0",
    ):
        assert subscription_of(TokenPurpose.CONFIRM, wrong) is None


# Asking


@pytest.mark.asyncio
async def test_a_letter_asks_and_says_nothing_of_whoever_typed_the_address(database: Database) -> None:
    """Nobody could confirm; or strangers have us mail their advertising to whom they like."""
    await make_site()
    selling = Guest("Buy at www.sale.example", WREN.email)
    with clock.at(NOON):
        comment = await ask(database, guest=selling, body="Cheap, cheap")
        (letter,) = await PostOffice(database).work()
        nothing = await PostOffice(database).work()

    wish = await ReplySubscription.get()
    token = token_of(TokenPurpose.CONFIRM, wish.id)
    assert (letter.to, letter.unsubscribe) == ("wren@mail.example.com", None)
    assert letter.subject == "Please confirm: replies by mail from Ground Floor"
    assert letter.text == (
        "Hello,\n\nsomebody, most likely you, commented at Ground Floor\n"
        "and asked to have replies to it mailed to this address. It is about:\n\n- A text\n\n"
        f"If you want that, confirm it here until 2026-03-16 12:00 UTC:\n\n{URL}/confirm?token={token}\n\n"
        "If it was not you, there is nothing to do: without your confirmation no reply is mailed to you."
    )
    assert (nothing, await waiting(), await standing([comment])) == ([], [], ["asked"])
    assert wish.token_hash == hash_of(token_of(TokenPurpose.END, wish.id))


@pytest.mark.asyncio
async def test_an_address_is_not_flooded(database: Database) -> None:
    """Somebody who types another's address under a hundred comments would fill their mailbox."""
    await make_site()
    office, sent = PostOffice(database), []
    for hours in range(3 * 24):
        with clock.at(NOON + hours * HOUR):
            # The case of an address, and whose it is said to be, make no other address of it.
            for name, address in ((f"Nobody {hours}", "wren@mail.example.com"), ("Wren", "Wren@MAIL.example.com")):
                await ask(database, at=hours * HOUR, guest=Guest(name, address), body=f"{name} {hours}")
            sent += [hours] * len(await office.work())
            assert len(await waiting()) <= 1

    # At once, then after 1, 2, 4, 8, 16 and 24 hours: seven letters for 144 comments.
    assert sent == [0, 1, 3, 7, 15, 31, 55]


@pytest.mark.asyncio
async def test_what_was_asked_for_meanwhile_is_in_the_next_letter_and_not_in_the_last(database: Database) -> None:
    """A second comment within the hour could never be confirmed; or a stranger's be confirmed unseen."""
    await make_site()
    office = PostOffice(database)
    with clock.at(NOON):
        ended = await ask(database, body="Never mind")
        await ReplySubscription.filter(comment_id=ended.id).update(ended_at=NOON)
        first = await ask(database)
        (letter,) = await office.work()
    with clock.at(NOON + HOUR / 4):
        second = await ask(database, at=HOUR / 4, body="Me too")
        unasked = await say(database, await make_article(), at=NOON + HOUR / 4)
        early = await office.work()
        put_off = await waiting()
    with clock.at(NOON + HOUR / 2):
        await confirm_replies(database, letter.token)
        after_the_first = await standing([first, second])
        third = await ask(database, at=HOUR / 2, body="And this")
    with clock.at(NOON + HOUR):
        (later,) = await office.work()
        await confirm_replies(database, later.token)
        await confirm_replies(database, later.token)

    assert (early, put_off) == ([], [("reply-confirmation", HOUR * 3 / 4)])
    assert after_the_first == ["confirmed", "asked"]
    assert await standing([first, second, third]) == ["confirmed", "confirmed", "confirmed"]
    assert not await ReplySubscription.filter(comment_id=unasked.id).exists()
    # Whoever asks what is held would be told that they confirmed what was over.
    assert (await ReplySubscription.get(comment_id=ended.id)).confirmed_at is None
    # Who answers is asked without delay the next time.
    assert await Throttle.filter(key__startswith="reply-confirmation").count() == 0


@pytest.mark.asyncio
async def test_an_address_that_only_looks_the_same_is_somebody_elses(database: Database) -> None:
    """Whoever registers gross.example would read under what people at groß.example wrote, and sign them up or off."""
    await make_site()
    office, one, other = PostOffice(database), Guest("Ines", "ines@groß.example"), Guest("Ines", "ines@gross.example")
    with clock.at(NOON):
        first, second = await ask(database, guest=one), await ask(database, guest=other, body="Me too")
        await ArticleRevision.filter(article_id=first.article_id).update(title="Tides")
        letters = await office.work()
    with clock.at(NOON + HOUR):
        letters += await office.work()
        await confirm_replies(database, letters[1].token)
        confirmed = await standing([first, second])
        await confirm_replies(database, letters[0].token)
        wish = await ReplySubscription.get(comment_id=second.id)
        await end_replies(database, token_of(TokenPurpose.END, wish.id), everything=True)

    told = {letter.to: "Tides" in letter.text for letter in letters}
    # Counted as one: letters of another width would else make a hundred addresses of one mailbox.
    assert await Throttle.filter(key__startswith="reply-confirmation").count() == 0
    assert (len(letters), told) == (2, {"ines@groß.example": True, "ines@gross.example": False})
    assert sorted(confirmed) == ["asked", "confirmed"]
    assert await standing([first, second]) == ["confirmed", "ended"]


@pytest.mark.asyncio
async def test_nobody_is_asked_about_what_is_not_there(database: Database) -> None:
    """Somebody would be asked about spam in their name, or what they took back, or what nobody can read."""
    await make_site()
    office = PostOffice(database)
    with clock.at(NOON):
        spam, removed, hidden = [await ask(database, body=f"Number {number}") for number in range(3)]
        await moderate_comments(database, SYSTEM, [spam.id], ModerationAction.MARK_SPAM)
        await delete_comment(database, SYSTEM, removed.id)
        await Publication.filter(article_id=hidden.article_id).update(ends_at=NOON)
        letters = await office.work()

    assert letters == []
    assert await standing([spam, removed, hidden]) == ["asked", "ended", "asked"]


@pytest.mark.asyncio
async def test_an_account_has_an_address_that_is_known(database: Database) -> None:
    """Whoever works here would be asked whether their own address is theirs."""
    await make_site()
    user = await make_user("Juno Dale")
    viewer = Viewer(frozenset(), user_id=user.id, actor=f"user:{user.id}")
    with clock.at(NOON):
        draft = CommentDraft((await make_article()).id, "Tell me", notify_of_replies=True)
        posted = await post_comment(database, viewer, draft)
        letters = await PostOffice(database).work()

    assert (letters, await standing([posted.comment])) == ([], ["confirmed"])


# Confirming


@pytest.mark.asyncio
async def test_what_confirms_nothing_changes_nothing(database: Database) -> None:
    """A token of another kind, an old one, or one whose wish was ended would sign somebody up."""
    await make_site()
    ended, old = await ask(database), await ask(database, guest=INES)
    wishes = {wish.comment_id: wish.id for wish in await ReplySubscription.all()}
    with clock.at(NOON + HOUR):
        await end_replies(database, token_of(TokenPurpose.END, wishes[ended.id]))
    before = await every_row(database)

    for moment, token in (
        (NOON, "nonsense"),
        (NOON, token_of(TokenPurpose.END, wishes[old.id])),
        (NOON, token_of(TokenPurpose.CONFIRM, new_id())),
        (NOON, token_of(TokenPurpose.CONFIRM, wishes[ended.id])),
        (NOON + 14 * DAY, token_of(TokenPurpose.CONFIRM, wishes[old.id])),
    ):
        with clock.at(moment), pytest.raises(ConfirmationIsVoid) as refused:
            await confirm_replies(database, token)
        assert refused.value.path == ("token",)

    assert await every_row(database) == before
    with clock.at(NOON + 14 * DAY - HOUR):
        await confirm_replies(database, token_of(TokenPurpose.CONFIRM, wishes[old.id]))
    with clock.at(NOON + 15 * DAY):
        await confirm_replies(database, token_of(TokenPurpose.CONFIRM, wishes[old.id]))
    assert await standing([ended, old]) == ["ended", "confirmed"]


# Ending


@pytest.mark.asyncio
async def test_one_click_ends_the_letters_about_a_comment_or_all_of_them(database: Database) -> None:
    """Letters would go on; or end for somebody else; or the end move each time a mailbox clicks again."""
    await make_site()
    one, two, three = [await ask(database, body=f"Number {number}") for number in range(3)]
    other = await ask(database, guest=INES)
    everybody = [one, two, three, other]
    await ReplySubscription.all().update(confirmed_at=NOON)
    wishes = {wish.comment_id: token_of(TokenPurpose.END, wish.id) for wish in await ReplySubscription.all()}

    before = await every_row(database)
    for token in ("", "nonsense", token_of(TokenPurpose.END, new_id()), token_of(TokenPurpose.CONFIRM, one.id)):
        await end_replies(database, token, everything=True)
    assert await every_row(database) == before

    for moment in (NOON + HOUR, NOON + 2 * HOUR):
        with clock.at(moment):
            await end_replies(database, wishes[one.id])
    assert await standing(everybody) == ["ended", "confirmed", "confirmed", "confirmed"]
    with clock.at(NOON + 3 * HOUR):
        await end_replies(database, wishes[one.id], everything=True)
    assert await standing(everybody) == ["ended", "ended", "ended", "confirmed"]
    ends = (
        await ReplySubscription.filter(ended_at__not_isnull=True)
        .order_by("ended_at")
        .values_list("ended_at", flat=True)
    )
    assert list(ends) == [NOON + HOUR, NOON + 3 * HOUR, NOON + 3 * HOUR]
