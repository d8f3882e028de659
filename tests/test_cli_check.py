"""`cms check`: what was changed past the editors' verbs is found, and what can be worked out again is mended."""

import json
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from click.testing import CliRunner, Result

from cms.articles.actions import publish_article, unpublish_article, update_article
from cms.articles.disclaiming import revise_disclaimer
from cms.articles.drafts import ArticleChange
from cms.articles.models import Article, ArticleRevision, Publication
from cms.authors.actions import AuthorChange, update_author
from cms.authors.models import Author
from cms.checking import CHECKS
from cms.checking.threads import Place, standing
from cms.cli import main
from cms.comments.actions import moderate_comments, post_comment
from cms.comments.drafts import CommentDraft, Guest
from cms.comments.models import Comment, ModerationAction
from cms.disclaimers.actions import DisclaimerRevision
from cms.disclaimers.models import DisclaimerVersion, PolicyKind, PolicyVersion
from cms.disclaimers.policies import PolicyRevision, revise_policy
from cms.kernel.clock import now
from cms.kernel.database import Database, Dialect
from cms.kernel.ids import new_id
from cms.kernel.models import Event, Follower
from cms.kernel.viewer import SYSTEM
from cms.media.actions import MediaDraft, register_media
from cms.media.models import Media
from cms.media.texts import RichTextInput
from cms.site.models import Redirect
from tests.articles.world import (
    DAY,
    EDITOR,
    a_disclaimer,
    a_public_article,
    a_topic,
    an_article,
    an_author,
    every_row,
    found,
    signed,
)
from tests.databases import inside

Cli = Callable[..., Result]
#: The byte that somebody changed.
BEFORE, AFTER = "tide", "tidy"
PICTURE = b"JFIF"
PICTURED = MediaDraft(
    filename="ferry.jpg",
    content_type="image/jpeg",
    bytes=4,
    digest=f"sha256:{sha256(PICTURE).hexdigest()}",
    storage_key="00/ferry.jpg",
    width=1,
    height=1,
    alt="A ferry",
)


@pytest.fixture(autouse=True)
def _folder(command_folder: Path) -> Path:
    """Where every command here is called."""
    return command_folder


@pytest.fixture
def url(database_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The URL of the database that the command checks: one with something of everything in it."""
    monkeypatch.setenv("CMS_DATABASE_URL", database_url)
    Path("media/00").mkdir(parents=True)
    Path("media/00/ferry.jpg").write_bytes(PICTURE)
    inside(database_url, _fill)
    return database_url


@pytest.fixture
def cli() -> Cli:
    """Runs `cms check` with these options, in this process."""

    def called(*options: str) -> Result:
        return CliRunner().invoke(main, ["check", *options], prog_name="cms")

    return called


async def _fill(database: Database) -> None:
    await found(database)
    author, topic, image = await an_author(database), await a_topic(database), await _a_picture(database)
    bio = RichTextInput(markdown=f"Knows the {BEFORE}.")
    await update_author(database, SYSTEM, AuthorChange(author_id=author, expected_version=1, bio=bio))
    notice = await a_disclaimer(database)
    body = RichTextInput(markdown="Anew.")
    await revise_disclaimer(database, SYSTEM, DisclaimerRevision(disclaimer_id=notice.disclaimer_id, body=body))
    terms = PolicyRevision(kind=PolicyKind.TERMS, title="Terms", body=body, acceptance_text=f"I agree to the {BEFORE}.")
    await revise_policy(database, SYSTEM, terms)
    text = RichTextInput(markdown=f"The *{BEFORE}* turns.\n\n![A ferry](media:med_{image})")
    article = await a_public_article(database, body=text, contributors=signed(author), topic_ids=(topic,))
    accepted = (await PolicyVersion.get()).id
    said = CommentDraft(article.id, "Well said.", guest=Guest("Robin", "robin@example.org"), accepted_terms_id=accepted)
    first = (await post_comment(database, SYSTEM, said, at=now())).comment
    await moderate_comments(database, SYSTEM, [first.id], ModerationAction.APPROVE)
    await post_comment(database, SYSTEM, replace(said, body="And sung.", parent_id=first.id), at=now())


async def _a_picture(database: Database) -> UUID:
    return (await register_media(database, SYSTEM, PICTURED)).id


def told(result: Result) -> list[tuple[str, bool]]:
    """The check and whether it was mended, of each fault."""
    return [(each["check"], each["mended"]) for each in json.loads(result.output)]


def test_all_is_well(url: str, cli: Cli) -> None:
    """An alarm that rings for nothing is switched off, and is off when it matters; and looking changes nothing."""
    before = inside(url, every_row)
    assert cli().output == "All is well.\n"
    assert (cli("--json").output, cli("--fix").exit_code) == ("[]\n", 0)
    assert inside(url, every_row) == before


TEXTS: dict[str, tuple[Any, str]] = {
    "disclaimers_are_as_written": (DisclaimerVersion, "body_blocks"),
    "policies_are_as_written": (PolicyVersion, "acceptance_text"),
    "revisions_are_as_saved": (ArticleRevision, "body_blocks"),
}


async def _change_byte(model: Any, column: str) -> None:  # noqa: ANN401 - a model with texts
    """Exchange one byte of the first row that has it, past every verb."""
    row = await model.filter(**{f"{column}__contains": BEFORE}).order_by("id").first()
    await model.filter(id=row.id).update(**{column: getattr(row, column).replace(BEFORE, AFTER)})


@pytest.mark.parametrize("check", TEXTS)
def test_a_changed_byte_in_a_stored_version_is_found(url: str, cli: Cli, check: str) -> None:
    """Somebody with the database's password rewrites what readers agreed to, or what an article said."""

    async def change(_database: Database) -> None:
        await _change_byte(*TEXTS[check])

    inside(url, change)
    before = inside(url, every_row)

    looked, fixed = cli("--json"), cli("--fix", "--json")

    assert (told(looked), looked.exit_code) == ([(check, False)], 1)
    # What would be right only a person can say: nothing is mended, and nothing is made to look right.
    assert (told(fixed), fixed.exit_code) == ([(check, False)], 1)
    assert inside(url, every_row) == before


def test_a_rewritten_digest_is_found_by_the_next_version(url: str, cli: Cli) -> None:
    """Who can change a text can change the digest beside it; not that of every version after it, unseen."""

    async def change(_database: Database) -> None:
        first = await DisclaimerVersion.get(number=1)
        await DisclaimerVersion.filter(id=first.id).update(digest=f"sha256:{64 * '1'}")

    inside(url, change)
    lines = cli().output.splitlines()
    assert lines == [
        f"disclaimers_are_as_written: The disclaimer mind-the-tide: version {number} does not say what it said when "
        "it was written."
        for number in (1, 2)
    ]


FORMS: dict[str, tuple[Any, str]] = {
    "disclaimers_are_as_written": (DisclaimerVersion, "body_html"),
    "revisions_are_as_saved": (ArticleRevision, "body_markdown"),
    "biographies_are_rendered": (Author, "bio_html"),
}


@pytest.mark.parametrize("check", FORMS)
def test_a_form_that_differs_from_its_text_is_rendered_anew(url: str, cli: Cli, check: str) -> None:
    """Readers see the HTML and no digest covers it: a changed byte there would be the best hidden of all."""
    before = inside(url, every_row)

    async def change(_database: Database) -> None:
        await _change_byte(*FORMS[check])

    inside(url, change)
    looked, fixed, again = cli("--json"), cli("--fix", "--json"), cli()

    assert (told(looked), looked.exit_code) == ([(check, False)], 1)
    assert (told(fixed), fixed.exit_code) == ([(check, True)], 0)
    assert again.output == "All is well.\n"
    assert inside(url, every_row) == before


def test_counts_are_counted_again(url: str, cli: Cli) -> None:
    """A count that is off by one stays so for ever, since nobody moves it by one."""
    before = inside(url, every_row)

    async def change(_database: Database) -> None:
        await Author.all().update(article_count=7)
        await Article.all().update(comment_count=0)
        await Comment.filter(parent_id=None).update(reply_count=5)

    inside(url, change)
    looked, fixed = cli(), cli("--fix")

    assert looked.output.splitlines()[0] == "articles_are_counted: The articles of 1 authors or topics are miscounted."
    assert looked.output.splitlines()[1].startswith("comments_are_counted: 2 comments or articles from ")
    assert (looked.exit_code, fixed.exit_code) == (1, 0)
    assert [line.endswith(" Mended.") for line in fixed.output.splitlines()] == [True, True]
    assert inside(url, every_row) == before


def test_holes_in_what_is_shown_are_told(url: str, cli: Cli) -> None:
    """A picture that somebody threw away is missing on a page; what no page shows any more may miss it."""

    async def throw_away(_database: Database) -> str:
        await Media.all().update(deleted_at=now())
        return f"rev_{(await ArticleRevision.get()).id} names med_{(await Media.get()).id}, which is gone.\n"

    async def take_out(database: Database) -> None:
        article = await Article.get()
        plain = RichTextInput(markdown="The harbour is quiet.")
        change = ArticleChange(article_id=article.id, expected_version=article.version, body=plain)
        await update_article(database, EDITOR, change)
        await publish_article(database, EDITOR, article.id)

    hole = inside(url, throw_away)
    assert cli().output == f"references_lead_somewhere: {hole}"
    inside(url, take_out)
    assert cli().output == "All is well.\n"


def test_a_link_to_a_deleted_article_is_told(url: str, cli: Cli) -> None:
    """A link in what readers see leads nowhere since the article behind it was deleted."""

    async def link(database: Database) -> str:
        target = await a_public_article(database, "Gone soon")
        body = RichTextInput(markdown=f"[See](article:art_{target.id})")
        linking = await a_public_article(database, "Linking", body=body)
        await unpublish_article(database, EDITOR, target.id)
        await Article.filter(id=target.id).update(deleted_at=now())
        return f"references_lead_somewhere: rev_{linking.head_id} names art_{target.id}, which is gone.\n"

    assert inside(url, link) == cli().output


def test_redirects_that_lead_in_a_circle_are_told(url: str, cli: Cli) -> None:
    """Each of two redirects is right by itself; together they keep a browser busy."""

    async def lead(_database: Database) -> None:
        for path, target in (("/a", "/b"), ("/b", "/c"), ("/c", "/b"), ("/d", "/e"), ("/f", f"art_{new_id()}")):
            await Redirect.create(from_path=path, target=target)

    inside(url, lead)
    assert cli().output.splitlines() == [
        f"redirects_arrive: The redirect from {path} leads in a circle." for path in ("/a", "/b", "/c")
    ]


def test_a_missing_file_is_told(url: str, cli: Cli) -> None:
    """A restored database without its files shows broken pictures."""
    # Of an old page only the name of its picture is known: nothing is missing that never was there.
    nothing = replace(PICTURED, bytes=0, storage_key="00/never.jpg")
    inside(url, lambda database: register_media(database, SYSTEM, nothing))
    Path("media/00/ferry.jpg").unlink()
    result = cli("--fix")
    [line] = result.output.splitlines()
    assert line.endswith(": its file 00/ferry.jpg is missing.")
    assert result.exit_code == 1


def test_settings_of_a_public_server_are_looked_at(url: str, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """Links in letters would lead to nowhere, and strangers would say themselves where they come from."""
    monkeypatch.setenv("CMS_ENVIRONMENT", "production")
    monkeypatch.setenv("CMS_PUBLIC_URL", "http://harbour.example.org")
    monkeypatch.setenv("CMS_TRUSTED_PROXIES", "*")
    assert url
    assert [line.split(" ")[1] for line in cli().output.splitlines()] == ["CMS_PUBLIC_URL", "CMS_TRUSTED_PROXIES"]


def test_a_database_that_is_behind_is_told_so(
    empty_database_url: str, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every other check would fail in the database's words."""
    monkeypatch.setenv("CMS_DATABASE_URL", empty_database_url)
    result = cli()
    assert result.output.startswith("tables_are_up_to_date: Migrations wait: 0001_initial, ")
    assert result.exit_code == 1


def test_every_check_says_what_it_is_for() -> None:
    """Somebody who is woken at night by one of them wants to know why it matters."""
    assert [check.__name__ for check in CHECKS if not check.__doc__] == []


def test_more_rows_than_are_read_at_once(url: str, cli: Cli) -> None:
    """A check that stops after its first rows finds what is wrong with the old ones alone."""

    async def many(_database: Database) -> None:
        drafts = [
            Article(locale="en", translation_group_id=new_id(), comment_count=1 if number in {0, 449} else 0)
            for number in range(450)
        ]
        await Article.bulk_create(drafts)

    inside(url, many)
    lines = cli().output.splitlines()
    assert [line.partition(" from ")[0] for line in lines] == [
        "comments_are_counted: 1 comments or articles",
        "comments_are_counted: 1 comments or articles",
    ]


async def _upset(database: Database) -> None:
    """Let everything that follows from something else say something else; nothing keeps a program from that."""
    execute = database.connection.execute_script
    for statement in (
        "UPDATE comment SET depth = 3 WHERE parent_id IS NOT NULL",
        "UPDATE comment SET like_count = 2, reaction_count = 2, flag_count = 1 WHERE parent_id IS NULL",
        "UPDATE comment SET body_key = 'tide', body_html = '<p>Tide.</p>' WHERE parent_id IS NULL",
        "UPDATE author SET name_key = 'crow'",
        "UPDATE publication_topic SET starts_at = '2024-01-01T00:00:00.000000Z'",
        "DELETE FROM text_reference",
        "UPDATE follower SET position = 1000",
    ):
        await execute(statement)


def test_what_follows_from_something_else_is_worked_out_again(url: str, cli: Cli) -> None:
    """A thread that is not shown, a list in the wrong order, a picture that may be thrown away, a letter unsent."""

    async def follow(_database: Database) -> None:
        last = max(event.seq for event in await Event.all().only("seq"))
        await Follower.create(name="somebody", position=last, updated_at=now())

    inside(url, follow)
    before = _without_stamps(inside(url, every_row))
    inside(url, _upset)
    looked, fixed, again = cli("--json"), cli("--fix", "--json"), cli()

    assert [check for check, _ in told(looked)] == [
        "comments_are_rendered",
        "keys_are_folded",
        "listings_repeat_their_publications",
        "threads_hold_together",
        "voices_are_counted",
        "texts_name_what_is_listed",
        "followers_keep_up",
    ]
    assert (looked.exit_code, fixed.exit_code, again.output) == (1, 0, "All is well.\n")
    assert [mended for _, mended in told(fixed)] == [True] * 7
    assert _without_stamps(inside(url, every_row)) == before


def _without_stamps(rows: dict[str, list[tuple[object, ...]]]) -> dict[str, list[tuple[object, ...]]]:
    """The rows, apart from the moment at which a follower was set back, and the numbers of references."""
    return {table: each for table, each in rows.items() if table not in {"follower", "text_reference"}}


def test_what_only_a_person_can_decide_is_told(url: str, cli: Cli) -> None:
    """Guessed at, it would be wrong without a word; `--fix` leaves it alone."""

    async def harm(database: Database) -> tuple[str, ...]:
        article = await Article.get()
        (public,) = await Publication.all()
        await Publication.filter(id=public.id).update(ends_at=public.starts_at + 2 * DAY)
        columns = {name: getattr(public, name) for name in ("article_id", "revision_id", "published_at", "locale")}
        columns |= {"slug": public.slug, "title_key": public.title_key}
        await Publication.create(id=new_id(), starts_at=public.starts_at + DAY, **columns)
        other = await an_article(database, "Another")
        await Article.filter(id=other.id).update(head_id=article.head_id)
        await Follower.create(name="somebody", position=0, updated_at=now())
        await Follower.create(name="akismet-corrections", position=0, updated_at=now())
        await Event.all().update(at=now() - DAY)
        return tuple(str(each) for each in (article.id, other.id, (await Media.get()).id, await Event.all().count()))

    article, other, medium, events = inside(url, harm)
    Path("media/00/ferry.jpg").write_bytes(b"JPEG")
    for options in ((), ("--fix",)):
        result = cli(*options)
        lines = [line for line in result.output.splitlines() if not line.endswith(" Mended.")]
        assert result.exit_code == 1
        assert lines[:2] == [
            f"heads_are_the_newest: The head of art_{other} is another article's revision.",
            f"publications_follow_each_other: art_{article} is public twice at the same time.",
        ]
        assert f"files_are_as_stored: med_{medium}: its file 00/ferry.jpg is not what was stored." in lines
        assert lines[-1].startswith(f"followers_keep_up: {events} events wait for the follower somebody since ")
        assert f"listings_repeat_their_publications: art_{article} is not found under everybody" in result.output

    async def harm_otherwise(_database: Database) -> None:
        first = await Publication.all().order_by("starts_at").first()
        assert first is not None
        await Publication.filter(ends_at=None).update(ends_at=first.starts_at + 3 * DAY)
        await Publication.filter(id=first.id).update(ends_at=None)

    # One without an end is public beside every later one.
    inside(url, harm_otherwise)
    assert f"publications_follow_each_other: art_{article} is public twice at the same time." in cli().output


def test_a_thread_that_no_root_leads_to_is_told(url: str, cli: Cli) -> None:
    """Two comments that answer each other are shown nowhere, and looking for their root never ends."""

    async def tie(database: Database) -> str:
        article = await Article.get()
        first, second = await Comment.all().order_by("created_at", "id")
        set_parent = "UPDATE comment SET parent_id = '{}', root_id = '{}', depth = {} WHERE id = '{}'"
        for child, parent, depth in ((first, second, 1), (second, first, 2)):
            await database.connection.execute_script(set_parent.format(parent.id, first.id, depth, child.id))
        return f"threads_hold_together: 2 comments of art_{article.id} hang on nothing, on one another, or on another "

    expected = inside(url, tie)
    assert expected in cli("--fix").output
    assert expected in cli().output


def test_references_that_the_database_did_not_keep_are_told(url: str, cli: Cli) -> None:
    """A program that switched them off has taken away what others refer to."""

    async def switch_off(database: Database) -> str:
        execute = database.connection.execute_script
        if database.dialect is Dialect.SQLITE:
            await execute("PRAGMA foreign_keys = OFF")
            await execute(f"UPDATE media SET id = '{new_id()}'")
            return "rows of article_revision refer to rows of media that are not there."
        await execute("ALTER TABLE author DROP CONSTRAINT IF EXISTS unproved")
        await execute("ALTER TABLE author ADD CONSTRAINT unproved FOREIGN KEY (avatar_id) REFERENCES media NOT VALID")
        return "PostgreSQL was told not to look whether rows of author refer to rows that are there."

    async def refer(_database: Database) -> None:
        medium = await Media.get()
        await ArticleRevision.all().update(lead_image_id=medium.id, lead_image_alt="A ferry")

    inside(url, refer)
    expected = inside(url, switch_off)
    assert f"rows_refer_to_rows: {'1 ' if url.startswith('sqlite') else ''}{expected}" in cli().output


def test_a_place_in_a_thread_follows_from_the_parents() -> None:
    """A comment put at the wrong depth by its own repair would be shown at the wrong place for good."""
    root, reply, deeper, lost, loop = (new_id() for _ in range(5))
    wrong = Place(None, 7, None)
    told = {root: wrong, reply: wrong, deeper: wrong, lost: wrong, loop: wrong}
    parents = {root: None, reply: root, deeper: reply, lost: loop, loop: lost}
    places = {key: place._replace(parent_id=parents[key]) for key, place in told.items()}
    assert standing(places) == {root: Place(None, 0, None), reply: Place(root, 1, root), deeper: Place(reply, 2, root)}
    assert standing({}) == {}
