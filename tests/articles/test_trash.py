"""The trash, and emptying it for good."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from cms.articles.actions import delete_article, publish_article
from cms.articles.models import Article
from cms.articles.previewing import create_preview_link
from cms.articles.trash import empty_trash, list_trash
from cms.cli import main
from cms.comments.actions import post_comment
from cms.comments.clearing import clear_comments
from cms.comments.drafts import CommentDraft, Guest
from cms.comments.models import Comment, Consent
from cms.disclaimers.models import PolicyKind
from cms.disclaimers.policies import PolicyRevision, revise_policy
from cms.kernel import clock, secrecy
from cms.kernel.database import Database, open_database
from cms.kernel.models import Event, TextReference, Tombstone
from cms.kernel.viewer import ANONYMOUS, SYSTEM
from cms.media.texts import RichTextInput
from cms.tables import MIGRATIONS, MODEL_MODULES
from tests.articles.world import DAY, EDITOR, NOON, a_topic, an_article, an_author, every_row, found, signed, told
from tests.databases import run

SECRET = b"a key for tests, thirty-two bytes"
#: What remembers, whatever becomes of an article.
_LASTING = {"event", "tombstone", "site", "author", "topic", "policy_version"}


@pytest.fixture(autouse=True)
def _secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secrecy._holder, "key", SECRET)


async def a_discussed_article(database: Database) -> Article:
    """A public article that names much, with a comment and an answer to it, and a preview link."""
    author, topic = await an_author(database), await a_topic(database)
    other = await an_article(database, "Stays")
    linked = RichTextInput(markdown=f"See [the other](article:art_{other.id}).")
    await publish_article(database, EDITOR, other.id, at=NOON - 2 * DAY)
    article = await an_article(database, "Goes", contributors=signed(author), topic_ids=(topic,), body=linked)
    with clock.at(NOON - DAY):
        article = await publish_article(database, EDITOR, article.id)
    wanted = PolicyRevision(
        kind=PolicyKind.TERMS, title="Terms", body=RichTextInput(markdown="Be kind."), acceptance_text="I will be kind."
    )
    terms = await revise_policy(database, SYSTEM, wanted)
    await create_preview_link(database, EDITOR, article.id)
    parent = None
    for name in ("Wren", "Kit", "Bea"):
        draft = CommentDraft(
            article.id,
            f"Said {name}.",
            parent_id=parent,
            guest=Guest(name, f"{name.lower()}@mail.example.com"),
            accepted_terms_id=terms.id,
        )
        parent = (await post_comment(database, ANONYMOUS, draft)).comment.id
        await Comment.all().update(status="APPROVED", is_listed=True)
    return article


@pytest.mark.asyncio
async def test_what_lies_in_the_trash(database: Database) -> None:
    """An editor who threw away the wrong one looks for it by its title and its day."""
    await found(database)
    draft, seen = await an_article(database, "Draft"), await an_article(database, "Seen")
    await an_article(database, "Stays")
    await publish_article(database, EDITOR, seen.id, at=NOON - DAY)
    for day, article in enumerate((draft, seen)):
        with clock.at(NOON + day * DAY):
            await delete_article(database, EDITOR, article.id)

    listed = await list_trash(database)

    assert [(each.id, each.title, each.deleted_at, each.was_public) for each in listed] == [
        (seen.id, "Seen", NOON + DAY, True),
        (draft.id, "Draft", NOON, False),
    ]


@pytest.mark.asyncio
async def test_emptying_removes_what_hangs_on_an_article(database: Database) -> None:
    """A row that stays behind keeps what somebody wanted gone, or keeps the rest from going."""
    await found(database)
    before = await every_row(database)
    article = await a_discussed_article(database)
    assert (await Comment.all().count(), await Consent.all().count(), await TextReference.all().count()) == (3, 3, 1)
    with clock.at(NOON):
        await delete_article(database, EDITOR, article.id)

    removed = await empty_trash(database, NOON + timedelta(seconds=1), (clear_comments,))

    assert removed == 1
    assert await Article.all().count() == 1
    assert await list_trash(database) == []
    left = await every_row(database)
    of_the_other = {"article", "article_revision", "article_slug", "publication"}
    grown = {name for name, rows in left.items() if len(rows) > len(before[name])}
    assert grown <= _LASTING | of_the_other
    assert str(article.id) not in repr({name: rows for name, rows in left.items() if name not in _LASTING})
    stone = await Tombstone.get(node_id=article.id)
    assert (stone.path, stone.since) == ("/articles/goes", NOON)
    assert (await told())["ARTICLE_DELETED"] == 1
    assert await Event.filter(article_id=article.id).count() > 0


@pytest.mark.asyncio
async def test_what_was_thrown_away_lately_stays(database: Database) -> None:
    """The trash is there for second thoughts."""
    await found(database)
    old, new = await an_article(database, "Old"), await an_article(database, "New")
    for day, article in enumerate((old, new)):
        with clock.at(NOON + day * DAY):
            await delete_article(database, EDITOR, article.id)

    removed = [await empty_trash(database, NOON + wait, (clear_comments,)) for wait in (0 * DAY, DAY, DAY)]

    assert removed == [0, 1, 0]
    assert [each.title for each in await list_trash(database)] == ["New"]
    # It was never public: nobody looks for it, and nothing says that it was there.
    assert await Tombstone.all().count() == 0


async def _fill(url: str) -> None:
    async with open_database(url, MODEL_MODULES, MIGRATIONS) as database:
        await found(database)
        for title, days in (("Last week", 7), ("Last year", 365)):
            article = await an_article(database, title)
            with clock.at(clock.now() - days * DAY):
                await delete_article(database, EDITOR, article.id)


def test_the_command(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is removed for good is removed by nobody but who says so, and 30 days of it are kept unless told."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CMS_DATABASE_URL", database_url)
    monkeypatch.setenv("CMS_SECRET_KEY", SECRET.decode())
    run(_fill(database_url))

    def cli(*arguments: str) -> str:
        result = CliRunner().invoke(main, ["trash", *arguments], prog_name="cms")
        assert result.exit_code == 0, result.output
        return result.stdout

    listed = json.loads(cli("list", "--json"))
    assert [(each["title"], each["wasPublic"]) for each in listed] == [("Last week", False), ("Last year", False)]
    assert cli("list").splitlines()[0].split("  ")[2:] == ["never public", "Last week"]
    assert cli("empty") == "Removed for good: 1.\n"
    assert [each["title"] for each in json.loads(cli("list", "--json"))] == ["Last week"]
    assert json.loads(cli("empty", "--older-than-days", "0", "--json")) == {"removed": 1}
    assert cli("list") == ""
