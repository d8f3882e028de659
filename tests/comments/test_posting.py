"""Posting a comment: what is stored with it, and what keeps it from being stored."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from cms.articles.models import Article, ArticleRevision
from cms.comments.actions import post_comment
from cms.comments.drafts import Anchor, CommentDraft, Guest
from cms.comments.edit_tokens import comment_of
from cms.comments.errors import CommentsClosed, RepeatedComment
from cms.comments.models import (
    AnchorState,
    Comment,
    CommentStatus,
    Consent,
    ModerationAction,
    ModerationDecision,
    ReplySubscription,
    ScreeningSignal,
    ScreeningVerdict,
)
from cms.kernel.clock import at as clock_at
from cms.kernel.comment_policy import CommentModeration
from cms.kernel.database import Database
from cms.kernel.errors import (
    AlreadyExists,
    DomainError,
    InvalidInput,
    NotAllowed,
    NotFound,
    Required,
    StateConflict,
    TermsNotAccepted,
    TooLong,
)
from cms.kernel.models import Event
from cms.kernel.origins import address_hashes
from cms.kernel.secrecy import email_key_of
from cms.kernel.viewer import ANONYMOUS, SYSTEM, Scope, Viewer
from cms.site.models import Site
from tests.comments.world import (
    DAY,
    NOON,
    PUBLISHED_AT,
    WREN,
    fresh,
    make_article,
    make_author,
    make_draft,
    make_site,
    make_terms,
    make_user,
    publish,
    say,
)

pytestmark = pytest.mark.asyncio


async def counts(article: Article) -> tuple[int, int]:
    """An article's comments, as its counter says and as they are stored."""
    return (await Article.get(id=article.id)).comment_count, await Comment.filter(article_id=article.id).count()


async def events() -> list[tuple[str, str, UUID, UUID | None, object]]:
    """The log, oldest first."""
    return [(e.type, e.actor, e.node_id, e.article_id, e.payload) for e in await Event.all().order_by("seq")]


async def test_a_comment_is_stored_whole(database: Database) -> None:
    """Something readers, moderators or searches need would be missing."""
    await make_site()
    article = await make_article()
    guest = Guest(" Wren\u202e  Q. ", "Wren@Mail.example.com", "https://wren.example")

    with clock_at(NOON):
        posted = await post_comment(database, ANONYMOUS, CommentDraft(article.id, "*Well* said.", guest=guest))

    comment = await fresh(posted.comment)
    assert (comment.author_name, comment.author_key) == ("Wren Q.", "wren q.")
    assert (comment.author_email, comment.author_url) == ("Wren@Mail.example.com", "https://wren.example")
    assert comment.email_key == email_key_of("wren@mail.example.com")
    assert (comment.body_html, comment.body_text) == ("<p><em>Well</em> said.</p>", "Well said.")
    assert (comment.body_key, comment.body_markdown, comment.body_renderer) == ("well said.", "*Well* said.\n", 1)
    assert (comment.status, comment.is_listed, comment.depth) == (CommentStatus.APPROVED, True, 0)
    assert (comment.parent_id, comment.root_id, comment.user_id) == (None, None, None)
    assert (comment.created_at, comment.updated_at, comment.version) == (NOON, NOON, 1)
    assert comment_of(posted.edit_token) == comment.id
    assert await counts(article) == (1, 1)
    assert await Consent.all().count() == await ScreeningSignal.all().count() == 0
    assert await ModerationDecision.all().count() == 0
    assert await events() == [
        ("COMMENT_POSTED", "anonymous", comment.id, article.id, {"status": "APPROVED"}),
        ("COMMENT_APPROVED", "anonymous", comment.id, article.id, {"status": "APPROVED"}),
    ]


async def test_replies_know_their_thread_and_are_counted(database: Database) -> None:
    """Threads would fall apart, or show numbers that are not so."""
    await make_site()
    article = await make_article()
    root = await say(database, article, "First")
    reply = await say(database, article, "Second", parent_id=root.id)
    answer = await say(database, article, "Third", parent_id=reply.id)

    assert (answer.parent_id, answer.root_id, answer.depth) == (reply.id, root.id, 2)
    assert (reply.parent_id, reply.root_id, reply.depth) == (root.id, root.id, 1)
    assert [(await fresh(each)).reply_count for each in (root, reply, answer)] == [1, 1, 0]
    assert await counts(article) == (3, 3)


async def test_a_held_comment_keeps_why_and_is_not_counted(database: Database) -> None:
    """Readers would see a number with nothing behind it, moderators a comment held for no reason."""
    await make_site()
    article = await make_article()
    root = await say(database, article)

    held = await say(
        database, article, "Best price: https://a.example https://b.example https://c.example", parent_id=root.id
    )

    assert (held.status, held.is_listed) == (CommentStatus.PENDING, False)
    signals = await ScreeningSignal.filter(comment_id=held.id).order_by("position")
    assert [(each.position, each.rule, each.verdict, each.detail) for each in signals] == [
        (0, "many_links", ScreeningVerdict.HOLD, "has 3 links"),
        (1, "sales_talk", ScreeningVerdict.HOLD, "says “best price”"),
    ]
    decision = await ModerationDecision.get(comment_id=held.id)
    assert (decision.action, decision.automatic, decision.rule) == (ModerationAction.HOLD, True, "many_links")
    assert decision.reason == "has 3 links"
    assert decision.moderator_id is None
    assert decision.created_at == NOON
    assert await counts(article) == (1, 2)
    assert (await fresh(root)).reply_count == 0
    assert (await events())[-1][0] == "COMMENT_POSTED"


@pytest.mark.parametrize(
    ("mode", "statuses"),
    [
        (CommentModeration.AFTER_PUBLICATION, ["APPROVED", "APPROVED"]),
        (CommentModeration.BEFORE_PUBLICATION, ["PENDING", "PENDING"]),
        (CommentModeration.FIRST_COMMENT_ONLY, ["PENDING", "APPROVED"]),
    ],
)
async def test_what_is_looked_at_first(database: Database, mode: CommentModeration, statuses: list[str]) -> None:
    """Comments would be shown that the editors want to read first, or wait although they need not."""
    await make_site(comments_moderation=mode)
    article = await make_article()

    first = await say(database, article, "First")
    await Comment.filter(id=first.id).update(status=CommentStatus.APPROVED, is_listed=True)
    second = await say(database, article, "Second", guest=Guest("W.", "WREN@mail.example.com"))

    assert [first.status, second.status] == statuses


async def test_terms_in_effect_are_accepted_word_for_word(database: Database) -> None:
    """Nobody could say what a reader agreed to."""
    await make_site()
    article = await make_article()
    terms = await make_terms(1, PUBLISHED_AT)
    await make_terms(2, NOON + DAY)

    comment = await say(database, article, accepted_terms_id=terms.id, channel="seed")

    consent = await Consent.get(comment_id=comment.id)
    assert (consent.terms_id, consent.digest) == (terms.id, "sha256:terms-1")
    assert (consent.wording, consent.channel) == ("I keep to the house rules (1).", "seed")
    assert (consent.accepted_at, consent.message_id) == (NOON, None)


async def test_older_terms_or_none_are_not_enough(database: Database) -> None:
    """A reader would be bound by rules never shown to them."""
    await make_site()
    article = await make_article()
    old, new = await make_terms(1, PUBLISHED_AT), await make_terms(2, NOON)

    for accepted in (None, old.id, uuid4()):
        with pytest.raises(TermsNotAccepted) as refusal:
            await say(database, article, accepted_terms_id=accepted)
        assert (refusal.value.terms.key, refusal.value.path) == (new.id, ("acceptedTermsId",))

    assert await counts(article) == (0, 0)


async def test_whoever_is_signed_in_writes_under_their_name(database: Database) -> None:
    """An author's answer would be held, or look like anybody's."""
    await make_site(comments_moderation=CommentModeration.BEFORE_PUBLICATION)
    author = await make_author("Adaeze Farrow")
    article, other = await make_article(author=author), await make_article()
    user = await make_user("Adaeze Farrow", author=author)
    viewer = Viewer(user_id=user.id, actor=f"user:{user.id}")

    here = (await post_comment(database, viewer, CommentDraft(article.id, "Quite so."), at=NOON)).comment
    there = (await post_comment(database, viewer, CommentDraft(other.id, "Quite so."), at=NOON)).comment

    assert (here.author_name, here.user_id, here.by_contributor) == ("Adaeze Farrow", user.id, True)
    assert (there.status, there.by_contributor) == (CommentStatus.APPROVED, False)
    with pytest.raises(InvalidInput):
        await post_comment(database, viewer, CommentDraft(article.id, "I am two.", guest=WREN), at=NOON)
    await user.filter(id=user.id).update(active=False)
    with pytest.raises(NotAllowed):
        await post_comment(database, viewer, CommentDraft(article.id, "Still here."), at=NOON)


async def test_only_managers_say_which_author_writes(database: Database) -> None:
    """Any guest could put words into an author's mouth."""
    await make_site()
    author, stranger = await make_author("Adaeze Farrow"), await make_author("Peg Ansty")
    article = await make_article(author=author)
    guest = Guest("Adaeze Farrow", "adaeze@groundfloor.example.org")

    draft = CommentDraft(article.id, "Quite so.", guest=guest, contributor_author_id=author.id)
    posted = await post_comment(database, SYSTEM, draft, at=NOON)
    as_stranger = CommentDraft(article.id, "No.", guest=guest, contributor_author_id=stranger.id)
    borrowed = await post_comment(database, SYSTEM, as_stranger, at=NOON)

    assert (posted.comment.by_contributor, posted.comment.status) == (True, CommentStatus.APPROVED)
    assert (borrowed.comment.by_contributor, borrowed.comment.status) == (False, CommentStatus.PENDING)
    with pytest.raises(NotAllowed):
        await post_comment(database, ANONYMOUS, draft, at=NOON + DAY)


async def test_a_passage_is_found_in_the_text_readers_see(database: Database) -> None:
    """Comments on a passage would stand beside another one."""
    await make_site()
    article = await make_article(body="Walk home.\n\nThe long way, if you can.")
    blocks = (await ArticleRevision.get(id=article.head_id)).body_blocks
    key = blocks.split('"_key":"')[1].split('"')[0]

    async def state_of(exact: str, suffix: str = "") -> AnchorState | None:
        comment = await say(database, article, f"On {exact}", anchor=Anchor(key, exact, "", suffix))
        return (await fresh(comment)).anchor_state

    assert await state_of("Walk", " home") is AnchorState.EXACT
    assert await state_of("The long way", ", if") is AnchorState.MOVED
    assert await state_of("The short way") is AnchorState.ORPHANED
    with pytest.raises(Required):
        await state_of("  ")


async def test_replies_are_told_of_once_confirmed(database: Database) -> None:
    """Somebody else's mail address could be signed up for good."""
    await make_site(comments_required_fields=["NAME"])
    article = await make_article()

    comment = await say(database, article, notify_of_replies=True)

    wish = await ReplySubscription.get(comment_id=comment.id)
    assert (wish.email, wish.email_key, wish.confirmed_at) == (WREN.email, comment.email_key, None)
    with pytest.raises(Required) as refusal:
        await say(database, article, "Tell me", guest=Guest("Nobody"), notify_of_replies=True)
    assert refusal.value.path == ("guest", "email")
    assert await counts(article) == (1, 1)


@pytest.mark.parametrize(
    ("options", "error", "path"),
    [
        ({"guest": None}, Required, ("guest",)),
        ({"guest": Guest(" ", "a@example.com")}, Required, ("guest", "name")),
        ({"guest": Guest("A")}, Required, ("guest", "email")),
        ({"guest": Guest("A" * 101, "a@example.com")}, TooLong, ("guest", "name")),
        ({"guest": Guest("A\0", "a@example.com")}, InvalidInput, ("guest", "name")),
        ({"guest": Guest("A", "nobody")}, InvalidInput, ("guest", "email")),
        ({"guest": Guest("A", "a@example.com", "javascript:alert(1)")}, InvalidInput, ("guest", "url")),
        ({"body": "x" * 21}, TooLong, ("body",)),
        ({"body": " \n "}, Required, ("body",)),
        ({"parent_id": uuid4()}, NotFound, ("parentId",)),
        ({"at": PUBLISHED_AT - timedelta(microseconds=1)}, NotFound, ("articleId",)),
        ({"at": PUBLISHED_AT + 14 * DAY}, CommentsClosed, ()),
    ],
)
async def test_refused_as_it_is(
    database: Database, options: dict[str, Any], error: type[DomainError], path: tuple[str, ...]
) -> None:
    """Something would be stored that should not be, or half of it."""
    await make_site(comments_max_length=20, comments_close_after_days=14)
    article = await make_article()

    with pytest.raises(error) as refusal:
        await say(database, article, **options)

    assert (type(refusal.value), refusal.value.path) == (error, path)
    assert (await counts(article), await events()) == ((0, 0), [])


async def test_length_counts_characters_not_bytes(database: Database) -> None:
    """A comment in another script could be a third as long."""
    await make_site(comments_max_length=20)
    article = await make_article()

    comment = await say(database, article, "  " + "字" * 19 + "🙂  ")

    assert comment.body_text == "字" * 19 + "🙂"


async def test_only_what_readers_see_takes_comments(database: Database) -> None:
    """Comments would show that a draft, a deleted or a withdrawn article exists."""
    await make_site()
    draft, deleted, ended = await make_draft(), await make_article(deleted_at=NOON), await make_draft()
    await publish(ended, ends_at=NOON)

    for article_id in (draft.id, deleted.id, ended.id, uuid4()):
        with pytest.raises(NotFound) as refusal:
            await post_comment(database, ANONYMOUS, CommentDraft(article_id, "Hello", guest=WREN), at=NOON)
        assert refusal.value.path == ("articleId",)
    assert await Comment.all().count() == 0


async def test_a_reply_needs_a_shown_parent_under_the_same_article(database: Database) -> None:
    """A reply would reveal what is held, or stand under another article."""
    await make_site(comments_max_depth=1)
    article, other = await make_article(), await make_article()
    root, held = await say(database, article), await say(database, article, "Buy now!")
    reply = await say(database, article, "Yes", parent_id=root.id)

    for parent_id, place in ((held.id, article), (root.id, other)):
        with pytest.raises(NotFound):
            await say(database, place, "Reply", parent_id=parent_id)
    with pytest.raises(StateConflict) as refusal:
        await say(database, article, "Deeper", parent_id=reply.id)
    assert refusal.value.path == ("parentId",)
    await Site.all().update(comments_max_depth=0)
    with pytest.raises(StateConflict):
        await say(database, article, "No replies here", parent_id=root.id)
    assert (await counts(article), await counts(other)) == ((2, 3), (0, 0))


async def test_the_same_words_by_the_same_person_within_a_day_are_one_comment(database: Database) -> None:
    """An impatient click would post twice, or nobody could ever agree with anybody."""
    await make_site(comments_required_fields=[])
    article, other = await make_article(), await make_article()
    await say(database, article, "Well said.")

    for guest in (WREN, Guest("Somebody else", "WREN@mail.example.com")):
        with pytest.raises(RepeatedComment):
            await say(database, article, " well  SAID. ", guest=guest, at=NOON + DAY - timedelta(seconds=1))
    await say(database, article, "Well said.", guest=Guest("Hal", "hal@mail.example.com"))
    await say(database, article, "Well said.", at=NOON + DAY)
    await say(database, other, "Well said.")
    await say(database, article, "Anonymous", guest=Guest("Nobody"))
    with pytest.raises(RepeatedComment):
        await say(database, article, "Anonymous", guest=Guest("Nobody"))

    assert (await counts(article), await counts(other)) == ((4, 4), (1, 1))


async def test_a_source_is_taken_once(database: Database) -> None:
    """An import run twice would double every thread."""
    await make_site()
    article = await make_article()
    draft = CommentDraft(article.id, "From the old site", guest=WREN)

    first = await post_comment(database, SYSTEM, draft, at=NOON, source="seed", source_id="one")
    with pytest.raises(AlreadyExists):
        await post_comment(database, SYSTEM, draft, at=NOON + 2 * DAY, source="seed", source_id="one")

    stored = await fresh(first.comment)
    assert (stored.source, stored.source_id) == ("seed", "one")
    assert await counts(article) == (1, 1)


async def test_without_a_site_there_is_nothing_to_comment_on(database: Database) -> None:
    """The caller would get a fault of ours, masked."""
    article = await make_article()

    with pytest.raises(StateConflict):
        await say(database, article)


async def test_posting_needs_no_scope(database: Database) -> None:
    """Readers could not comment, or a token with another scope could not."""
    await make_site()
    article = await make_article()
    token = Viewer(scopes=frozenset([Scope.CONTENT_PREVIEW]), actor="token:1")

    posted = await post_comment(database, token, CommentDraft(article.id, "By an app", guest=WREN), at=NOON)

    assert posted.comment.status is CommentStatus.APPROVED
    assert (await events())[0][1] == "token:1"


async def test_of_an_address_only_a_hash_of_its_block_and_day_is_kept(database: Database) -> None:
    """Readers' addresses would lie about, or tell for ever who was there when."""
    await make_site(comments_required_fields=[])
    article = await make_article()

    async def kept(body: str, address: str | None, at: datetime) -> str | None:
        draft = CommentDraft(article.id, body, guest=Guest("Nobody"))
        return (await post_comment(database, ANONYMOUS, draft, at=at, address=address)).comment.address_hash

    first = await kept("One", "203.0.113.9", NOON)
    assert first == address_hashes("203.0.113.77", NOON)[0]
    assert first is not None
    assert "203.0.113" not in first
    assert await kept("Two", "203.0.114.9", NOON) != first
    assert await kept("Three", "203.0.113.9", NOON + DAY) != first
    assert await kept("Four", None, NOON) is None


async def test_a_new_day_does_not_make_a_second_click_new(database: Database) -> None:
    """Whoever clicks twice around midnight would be there twice."""
    await make_site(comments_required_fields=[])
    article = await make_article()
    midnight = NOON.replace(hour=0) + DAY
    draft = CommentDraft(article.id, "Well said.", guest=Guest("Nobody"))
    await post_comment(database, ANONYMOUS, draft, at=midnight - timedelta(seconds=1), address="203.0.113.9")

    with pytest.raises(RepeatedComment):
        await post_comment(database, ANONYMOUS, draft, at=midnight, address="203.0.113.9")
