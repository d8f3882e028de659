"""Writing and saving articles: revisions, slugs, versions."""

import asyncio
from uuid import UUID

import pytest

from cms.articles.actions import (
    create_article,
    delete_article,
    publish_article,
    restore_revision,
    return_article,
    submit_article,
    update_article,
)
from cms.articles.drafts import ArticleChange, ArticleDraft, CommentRules, Contribution, Copyright, LeadImage, Seo
from cms.articles.known import Known
from cms.articles.models import (
    Article,
    ArticleRevision,
    ArticleSlug,
    ContributorRole,
    Review,
    RevisionContributor,
    RevisionTopic,
)
from cms.articles.wording import settle
from cms.kernel import clock
from cms.kernel.comment_policy import CommentField
from cms.kernel.database import Database, transaction
from cms.kernel.errors import (
    AlreadyExists,
    DomainError,
    InvalidInput,
    NotAllowed,
    NotFound,
    Required,
    StateConflict,
    VersionConflict,
)
from cms.kernel.events import EventType
from cms.kernel.ids import GlobalId, NodeType, new_id
from cms.kernel.models import Event, TextReference
from cms.kernel.viewer import ANONYMOUS, SYSTEM
from cms.media.actions import MediaDraft, register_media
from cms.media.texts import RichTextInput
from tests.articles.world import (
    DAY,
    EDITOR,
    NOON,
    WRITER,
    a_draft,
    a_topic,
    an_article,
    an_author,
    every_row,
    found,
    signed,
    told,
)


async def a_picture(database: Database) -> UUID:
    """The key of a medium with an alt text and a credit."""
    draft = MediaDraft(
        filename="ferry.jpg",
        content_type="image/jpeg",
        bytes=1000,
        digest="sha256:" + "0" * 64,
        storage_key=f"{new_id()}.jpg",
        width=800,
        height=600,
        alt="A ferry",
        credit="Harbour Press",
    )
    return (await register_media(database, SYSTEM, draft)).id


@pytest.mark.asyncio
async def test_a_new_article_says_everything_it_was_given(database: Database) -> None:
    """A field that is accepted and not stored is lost without anybody noticing."""
    await found(database)
    wren, kit = await an_author(database), await an_author(database, "Kit Merrow")
    topic, picture = await a_topic(database), await a_picture(database)
    draft = a_draft(
        contributors=(Contribution(kit, ContributorRole.EDITOR, "K. M."), Contribution(wren)),
        topic_ids=(topic,),
        lead_image=LeadImage(picture, caption="At dawn"),
        copyright=Copyright("Harbour Press", 2026, license_url="https://example.org/licence"),
        seo=Seo(title="Ferry", no_index=True),
        comments=CommentRules(open=False, required_fields=(CommentField.EMAIL,)),
        body=RichTextInput(markdown=f"Two words\n\n![A map](media:med_{picture})"),
    )

    with clock.at(NOON):
        article = await create_article(database, WRITER, draft, at=NOON - 5 * DAY)

    stored = await Article.get(id=article.id)
    revision = await ArticleRevision.get(id=stored.head_id)
    assert (stored.version, stored.locale, stored.created_at) == (1, "en", NOON - 5 * DAY)
    assert (stored.comments_open, stored.comments_required_fields) == (False, ["EMAIL"])
    assert (revision.number, revision.slug, revision.created_at) == (1, "the-ferry-sails-again", NOON - 5 * DAY)
    assert (revision.author_id, revision.title_key) == (wren, "the ferry sails again")
    assert (revision.lead_image_alt, revision.lead_image_caption, revision.lead_image_credit) == (
        "A ferry",
        "At dawn",
        "Harbour Press",
    )
    assert (revision.copyright_year, revision.seo_title, revision.seo_no_index) == (2026, "Ferry", True)
    assert [(row.author_id, row.credited_as) for row in await RevisionContributor.all().order_by("position")] == [
        (kit, "K. M."),
        (wren, "Wren Ashdown"),
    ]
    assert [row.topic_id for row in await RevisionTopic.all()] == [topic]
    named = await TextReference.filter(owner_id=revision.id).order_by("position")
    assert [(row.position, row.target_type, row.target_id) for row in named] == [
        (-1, "med", picture),
        (0, "med", picture),
    ]


@pytest.mark.asyncio
async def test_made_slugs_count_up_and_given_ones_are_refused(database: Database) -> None:
    """Two articles at one address: one of them cannot be read."""
    await found(database)

    made = [await an_article(database, "Winter!") for _ in range(3)]
    german = await an_article(database, "Winter", locale="de")
    with pytest.raises(AlreadyExists) as refused:
        await an_article(database, "Other", slug="winter-2")

    slugs = [(await ArticleRevision.get(id=article.head_id)).slug for article in made]
    assert slugs == ["winter", "winter-2", "winter-3"]
    assert (await ArticleRevision.get(id=german.head_id)).slug == "winter"
    assert refused.value.path == ("slug",)


@pytest.mark.asyncio
async def test_twenty_at_once_make_twenty_slugs(database: Database) -> None:
    """Of two who take the same slug at once, one would be refused for what it never asked for."""
    await found(database)

    await asyncio.gather(*(an_article(database, "Winter") for _ in range(20)))

    held = {str(slug) for slug in await ArticleSlug.all().values_list("slug", flat=True)}
    assert held == {"winter", *(f"winter-{number}" for number in range(2, 21))}


@pytest.mark.parametrize("slug", ["Winter", "a b", "-a", "a--b", "ä" * 97, "", "a/b", "\x00"])
@pytest.mark.asyncio
async def test_a_slug_that_is_none_is_refused(database: Database, slug: str) -> None:
    """An address that a browser writes otherwise than we store leads nowhere."""
    await found(database)
    before = await every_row(database)

    with pytest.raises(DomainError) as refused:
        await an_article(database, slug=slug)

    assert refused.value.path == ("slug",)
    assert await every_row(database) == before


@pytest.mark.asyncio
async def test_of_a_hundred_edits_of_one_version_one_wins(database: Database) -> None:
    """With a naive read and write 97 to 100 of 100 edits were lost in silence."""
    await found(database)
    article = await an_article(database)

    async def edit(number: int) -> str:
        change = ArticleChange(article_id=article.id, expected_version=1, title=f"Edit {number}")
        try:
            await update_article(database, WRITER, change)
        except VersionConflict as conflict:
            return f"conflict with {conflict.current_version}"
        return "won"

    outcomes = await asyncio.gather(*(edit(number) for number in range(100)))

    assert sorted(outcomes) == ["conflict with 2"] * 99 + ["won"]
    assert (await Article.get(id=article.id)).version == 2
    assert await ArticleRevision.all().count() == 2
    assert (await told())[EventType.ARTICLE_UPDATED] == 1


@pytest.mark.asyncio
async def test_an_identical_save_makes_no_revision(database: Database) -> None:
    """A history full of saves that changed nothing hides those that did."""
    await found(database)
    author = await an_author(database)
    article = await an_article(database, contributors=signed(author), topic_ids=(await a_topic(database),))
    before = await every_row(database)
    same = ArticleChange(
        article_id=article.id,
        expected_version=1,
        title=" The  ferry sails again ",
        body=RichTextInput(html="<p>After a <em>long</em> winter.</p>"),
        contributors=signed(author),
        slug="the-ferry-sails-again",
        comments=None,
    )

    saved = await update_article(database, WRITER, same)

    assert saved.version == 1
    assert await every_row(database) == before


@pytest.mark.asyncio
async def test_absent_fields_stay_and_none_clears(database: Database) -> None:
    """A client that sends only the title must not delete the rest."""
    await found(database)
    author, topic = await an_author(database), await a_topic(database)
    draft = a_draft(standfirst="At last.", contributors=signed(author), topic_ids=(topic,), seo=Seo(title="Ferry"))
    article = await create_article(database, WRITER, draft)

    await update_article(database, WRITER, ArticleChange(article_id=article.id, expected_version=1, title="New"))
    change = ArticleChange(article_id=article.id, expected_version=2, standfirst=None, topic_ids=(), seo=None)
    article = await update_article(database, WRITER, change, at=NOON)

    first, second, third = await ArticleRevision.filter(article_id=article.id).order_by("number")
    assert (second.title, second.standfirst, second.slug, second.seo_title) == (
        "New",
        "At last.",
        "the-ferry-sails-again",
        "Ferry",
    )
    assert (second.body_blocks, second.author_id) == (first.body_blocks, author)
    assert (third.title, third.created_at) == ("New", NOON)
    assert [third.standfirst, third.seo_title] == [None, None]
    assert await RevisionTopic.filter(revision_id=second.id).count() == 1
    assert await RevisionTopic.filter(revision_id=third.id).count() == 0
    assert (article.version, article.head_id, article.updated_at) == (3, third.id, NOON)


@pytest.mark.asyncio
async def test_a_new_slug_is_held_and_the_old_one_let_go(database: Database) -> None:
    """A draft's old slug would stay taken for ever; a public one's would be free for somebody else to take over."""
    await found(database)
    draft = await an_article(database, "One")
    public = await an_article(database, "Two")
    await publish_article(database, EDITOR, public.id)

    await update_article(database, WRITER, ArticleChange(article_id=draft.id, expected_version=1, slug="three"))
    await update_article(database, WRITER, ArticleChange(article_id=public.id, expected_version=2, slug="four"))
    while_public = {str(slug) for slug in await ArticleSlug.all().values_list("slug", flat=True)}
    await publish_article(database, EDITOR, public.id)

    assert while_public == {"three", "two", "four"}
    assert {str(slug) for slug in await ArticleSlug.all().values_list("slug", flat=True)} == {"three", "four"}


@pytest.mark.asyncio
async def test_autosaves_make_no_noise_and_go_when_a_real_save_lands(database: Database) -> None:
    """An editor's program saves every few seconds; followers and the history need not hear of it."""
    await found(database)
    article = await an_article(database)
    before = await told()
    for number in (1, 2):
        change = ArticleChange(article_id=article.id, expected_version=number, autosave=True, title=f"Draft {number}")
        article = await update_article(database, WRITER, change)
    assert (article.version, await told()) == (3, before)

    saved = await update_article(
        database, WRITER, ArticleChange(article_id=article.id, expected_version=3, title="Draft 2", note="Done")
    )

    kept = await ArticleRevision.filter(article_id=article.id).order_by("number")
    assert [(row.number, row.title, row.autosave, row.note) for row in kept] == [
        (1, "The ferry sails again", False, None),
        (4, "Draft 2", False, "Done"),
    ]
    assert saved.version == 4


@pytest.mark.asyncio
async def test_a_restored_revision_is_the_head_and_readers_see_nothing_new(database: Database) -> None:
    """Restoring must neither copy the past nor publish it."""
    await found(database)
    article = await an_article(database)
    first = article.head_id
    assert first is not None
    await publish_article(database, EDITOR, article.id)
    await update_article(database, WRITER, ArticleChange(article_id=article.id, expected_version=2, title="New"))

    restored = await restore_revision(database, WRITER, first, expected_version=3)

    assert (restored.head_id, restored.version) == (first, 4)
    assert await ArticleRevision.all().count() == 2
    assert (await told())[EventType.ARTICLE_PUBLISHED] == 1
    with pytest.raises(NotFound):
        await restore_revision(database, WRITER, new_id())


@pytest.mark.asyncio
async def test_translations_share_a_group_and_a_language_has_one(database: Database) -> None:
    """Two German versions of one article: a reader who switches language would get either."""
    await found(database)
    article = await an_article(database)

    german = await an_article(database, "Die Fähre", locale="de", translation_of=article.id)
    with pytest.raises(AlreadyExists):
        await an_article(database, "Die Fähre", locale="de", translation_of=article.id)
    with pytest.raises(InvalidInput):
        await an_article(database, "Le bac", locale="fr", translation_of=article.id)

    assert german.translation_group_id == article.translation_group_id
    assert (await ArticleRevision.get(id=german.head_id)).slug == "die-fähre"
    assert await Article.all().count() == 2


@pytest.mark.asyncio
async def test_a_review_is_opened_once_and_closed(database: Database) -> None:
    """Two open reviews of one article: an editor closes one and the other stays for ever."""
    await found(database)
    article = await an_article(database)

    article = await submit_article(database, WRITER, article.id, expected_version=1, note="Please")
    with pytest.raises(StateConflict):
        await submit_article(database, WRITER, article.id, expected_version=2)
    with pytest.raises(NotAllowed):
        await return_article(database, WRITER, article.id, expected_version=2, note="No")
    with pytest.raises(Required):
        await return_article(database, EDITOR, article.id, expected_version=2, note=" ")
    article = await return_article(database, EDITOR, article.id, expected_version=2, note="Shorter")

    assert article.version == 3
    assert await told() == {"SITE_CHANGED": 1, "ARTICLE_CREATED": 1, "ARTICLE_SUBMITTED": 1, "ARTICLE_RETURNED": 1}


def test_an_article_names_at_most_thirty_of_a_kind() -> None:
    """Lists have no pages: the thirty-first would be stored, paid for by nobody, and never shown."""
    keys = [new_id() for _ in range(31)]
    known = Known(authors=dict.fromkeys(keys, "Wren Ashdown"), topics=keys, disclaimers=keys, media={})

    def drafts(count: int) -> list[tuple[ArticleDraft, str]]:
        some = tuple(keys[:count])
        return [
            (a_draft(contributors=tuple(map(Contribution, some))), "contributors"),
            (a_draft(topic_ids=some), "topicIds"),
            (a_draft(disclaimer_ids=some), "disclaimerIds"),
        ]

    settled = [settle(draft, known) for draft, _ in drafts(30)]
    assert [each.author_id for each in settled[0].contributors] == keys[:30]
    assert [settled[1].topic_ids, settled[2].disclaimer_ids] == [tuple(keys[:30])] * 2
    for draft, path in drafts(31):
        with pytest.raises(InvalidInput) as refused:
            settle(draft, known)
        assert (refused.value.message, refused.value.path) == ("Name at most 30.", (path,))


@pytest.mark.asyncio
async def test_refusals_change_nothing(database: Database) -> None:
    """Half of a refused write is worse than the whole of it."""
    await found(database)
    author = await an_author(database)
    article = await an_article(database)
    gone = await an_article(database, "Gone")
    await delete_article(database, EDITOR, gone.id)
    before = await every_row(database)

    for draft, path in (
        (a_draft(" "), ("title",)),
        (a_draft("x" * 301), ("title",)),
        (a_draft("a\x00b"), ("title",)),
        (a_draft(contributors=(Contribution(author), Contribution(new_id()))), ("contributors", "1", "authorId")),
        (a_draft(contributors=(Contribution(author), Contribution(author))), ("contributors",)),
        (a_draft(topic_ids=(new_id(),)), ("topicIds", "0")),
        (a_draft(disclaimer_ids=(new_id(),)), ("disclaimerIds", "0")),
        (a_draft(lead_image=LeadImage(new_id())), ("leadImage", "mediaId")),
        (a_draft(body=RichTextInput()), ("body",)),
        (a_draft(body=RichTextInput(markdown="a", html="a")), ("body",)),
        (a_draft(copyright=Copyright("H", 20)), ("copyright", "year")),
        (a_draft(seo=Seo(canonical_url="javascript:alert(1)")), ("seo", "canonicalUrl")),
        (a_draft(translation_of=gone.id, locale="de"), ("translationOf",)),
        (a_draft(source="wxr"), ("sourceId",)),
        (a_draft(comments=CommentRules(max_depth=-1)), ("comments", "maxDepth")),
    ):
        with pytest.raises(DomainError) as refused:
            await create_article(database, WRITER, draft)
        assert refused.value.path == path, draft
    for change, error in (
        (ArticleChange(article_id=gone.id, expected_version=2, title="Back"), NotFound),
        (ArticleChange(article_id=new_id(), expected_version=1, title="Back"), NotFound),
        (ArticleChange(article_id=article.id, expected_version=2, title="Late"), VersionConflict),
        (ArticleChange(article_id=article.id, expected_version=1, title="Ok", topic_ids=(new_id(),)), NotFound),
    ):
        with pytest.raises(error):
            await update_article(database, WRITER, change)
    for call in (
        create_article(database, ANONYMOUS, a_draft()),
        update_article(database, ANONYMOUS, ArticleChange(article_id=article.id, expected_version=1, title="No")),
        publish_article(database, WRITER, article.id),
        restore_revision(database, ANONYMOUS, new_id()),
    ):
        with pytest.raises(NotAllowed):
            await call

    assert await every_row(database) == before


@pytest.mark.asyncio
async def test_an_import_is_known_by_its_source(database: Database) -> None:
    """The same post imported twice would stand there twice."""
    await found(database)
    await an_article(database, source="wxr", source_id="17")

    with pytest.raises(AlreadyExists) as refused:
        await an_article(database, source="wxr", source_id="17")
    await an_article(database, source="page", source_id="17")

    assert refused.value.path == ("sourceId",)
    assert await Article.all().count() == 2


@pytest.mark.asyncio
async def test_events_are_of_the_transaction(database: Database) -> None:
    """An event of something that was rolled back would tell followers of what never happened."""
    await found(database)

    async def fail() -> None:
        async with transaction(database):
            await an_article(database)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail()
    article = await an_article(database)

    event = await Event.filter(type=EventType.ARTICLE_CREATED).get()
    assert (event.actor, event.node_type, event.node_id, event.article_id) == ("system", "art", article.id, article.id)
    assert event.payload == {"version": 1}
    assert str(GlobalId(NodeType(event.node_type), event.node_id)) == f"art_{article.id}"


@pytest.mark.asyncio
async def test_a_review_names_what_was_submitted(database: Database) -> None:
    """An editor would judge a text that the writer has gone on changing."""
    await found(database)
    article = await an_article(database)
    change = ArticleChange(article_id=article.id, expected_version=1, title="Typing", autosave=True)
    typed = await update_article(database, WRITER, change)
    await submit_article(database, WRITER, article.id, expected_version=2)

    await update_article(database, WRITER, ArticleChange(article_id=article.id, expected_version=3, title="More"))

    review = await Review.get(article_id=article.id)
    assert (review.revision_id, review.closed_at) == (typed.head_id, None)
    # Pruned with the other autosaves it would be gone from under the editor's eyes.
    assert (await ArticleRevision.get(id=review.revision_id)).title == "Typing"


@pytest.mark.asyncio
async def test_an_autosave_of_what_is_there_changes_nothing(database: Database) -> None:
    """A program that saves every few seconds would raise the version under everybody's hands."""
    await found(database)
    article = await an_article(database)
    before = await every_row(database)

    same = ArticleChange(article_id=article.id, expected_version=1, title="The ferry sails again", autosave=True)
    saved = await update_article(database, WRITER, same)

    assert saved.version == 1
    assert await every_row(database) == before


@pytest.mark.asyncio
async def test_a_revision_knows_with_which_version_it_came(database: Database) -> None:
    """By it a late writer is told what changed since."""
    await found(database)
    article = await an_article(database)
    await submit_article(database, WRITER, article.id, expected_version=1)
    await update_article(database, WRITER, ArticleChange(article_id=article.id, expected_version=2, title="Two"))

    kept = await ArticleRevision.filter(article_id=article.id).order_by("number")
    assert [(row.number, row.saved_as_version) for row in kept] == [(1, 1), (2, 3)]
