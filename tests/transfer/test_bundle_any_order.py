"""Two sites that were one, on which anything happened in any order: each can take in the other, and nothing breaks.

The one thing to know: the orders are random, and the same in every run. What verbs refuse is part of them.
"""

import random
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import pytest

from cms.accounts.models import Role
from cms.accounts.users import UserDraft, create_user
from cms.articles.actions import (
    create_article,
    delete_article,
    publish_article,
    unpublish_article,
    update_article,
)
from cms.articles.drafts import ArticleChange
from cms.articles.models import Article
from cms.articles.trash import empty_trash
from cms.authors.actions import AuthorDraft, create_author, delete_author
from cms.authors.models import Author
from cms.comments.actions import moderate_comments, post_comment
from cms.comments.clearing import clear_comments
from cms.comments.drafts import CommentDraft, Guest
from cms.comments.models import Comment, CommentStatus, ModerationAction, Reaction
from cms.comments.privacy import erase_personal_data
from cms.comments.responding import react_to_comment
from cms.disclaimers.models import PolicyKind, PolicyVersion
from cms.kernel.clock import now
from cms.kernel.database import Database
from cms.kernel.errors import DomainError, NotFound
from cms.kernel.ids import GlobalId, NodeType
from cms.kernel.mixins import Identified
from cms.kernel.secrecy import use_secret
from cms.kernel.viewer import ANONYMOUS, SYSTEM, Viewer
from cms.media.texts import RichTextInput
from cms.site.redirects import RedirectDraft, create_redirect
from cms.topics.actions import TopicChange, TopicDraft, create_topic, delete_topic, update_topic
from cms.topics.models import Topic
from tests.articles.world import a_draft, signed
from tests.articles.world import found as found_a_site
from tests.seed.sample import SECRET
from tests.transfer.backups import found_in, rows_in, within
from tests.transfer.bundles import (
    Place,
    bring_in,
    copied,
    revise_terms,
    rows_of,
    without_counts,
)

M = TypeVar("M", bound=Identified)
NAMES = ("Ada Vell", "Bo Finch", "Cy Marsh")
TITLES = ("Low tide", "Old nets", "The last ferry", "Salt")
PATHS = ("/a", "/b", "/c", "/d")


@pytest.fixture(autouse=True)
def _secret() -> None:
    use_secret(SECRET)


@dataclass(frozen=True, slots=True)
class Life:
    """Somebody who does this and that on a site, in an order of chance."""

    database: Database
    chance: random.Random
    viewer: Viewer

    async def step(self) -> None:
        """Something is done, or refused as it can be."""
        with suppress(DomainError):
            await self.chance.choice(VERBS)(self)

    async def any(self, model: type[M], **given: object) -> M:
        """One of them, where there is one."""
        rows = await model.filter(**given).order_by("id")
        if not rows:
            raise NotFound("There is none.", ("id",))
        return self.chance.choice(rows)

    def text(self) -> str:
        """Some words."""
        return f"{self.chance.choice(TITLES)} {self.chance.randrange(10**6)}."


async def _write(life: Life) -> None:
    topic, author = await life.any(Topic, deleted_at=None), await life.any(Author, deleted_at=None)
    title = life.chance.choice(TITLES)
    linked = await life.any(Article, deleted_at=None) if life.chance.random() < 0.3 else None
    body = RichTextInput(markdown=f"[This]({GlobalId(NodeType.ARTICLE, linked.id)})." if linked else life.text())
    slug = title.lower().replace(" ", "-") if life.chance.random() < 0.5 else None
    draft = a_draft(title, slug=slug, body=body, contributors=signed(author.id), topic_ids=(topic.id,))
    article = await create_article(life.database, life.viewer, draft)
    await publish_article(life.database, life.viewer, article.id)


async def _rewrite(life: Life) -> None:
    article = await life.any(Article, deleted_at=None)
    topic = await life.any(Topic, deleted_at=None)
    change = ArticleChange(
        article_id=article.id,
        expected_version=article.version,
        title=life.chance.choice(TITLES),
        body=RichTextInput(markdown=life.text()),
        topic_ids=(topic.id,),
    )
    await update_article(life.database, life.viewer, change)
    if life.chance.random() < 0.5:
        await publish_article(life.database, life.viewer, article.id)


async def _take_down(life: Life) -> None:
    await unpublish_article(life.database, life.viewer, (await life.any(Article, deleted_at=None)).id)


async def _throw_away(life: Life) -> None:
    await delete_article(life.database, life.viewer, (await life.any(Article, deleted_at=None)).id)
    if life.chance.random() < 0.5:
        await empty_trash(life.database, now(), (clear_comments,))


async def _sign(life: Life) -> None:
    slug = life.chance.choice(NAMES).lower().replace(" ", "-")
    await create_author(life.database, life.viewer, AuthorDraft(name=life.chance.choice(NAMES), slug=slug))


async def _plant(life: Life) -> None:
    parent = await life.any(Topic, deleted_at=None)
    draft = TopicDraft(name=life.chance.choice(TITLES), slug=f"t{life.chance.randrange(6)}", parent_id=parent.id)
    await create_topic(life.database, life.viewer, draft)


async def _move(life: Life) -> None:
    topic, parent = await life.any(Topic, deleted_at=None), await life.any(Topic, deleted_at=None)
    change = TopicChange(topic_id=topic.id, expected_version=topic.version, parent_id=parent.id, name=life.text())
    await update_topic(life.database, life.viewer, change)


async def _cut(life: Life) -> None:
    await delete_topic(life.database, life.viewer, (await life.any(Topic, deleted_at=None)).id)


async def _let_go(life: Life) -> None:
    await delete_author(life.database, life.viewer, (await life.any(Author, deleted_at=None)).id)


async def _lead(life: Life) -> None:
    draft = RedirectDraft(from_path=life.chance.choice(PATHS), to=life.chance.choice(PATHS))
    await create_redirect(life.database, life.viewer, draft)


async def _revise(life: Life) -> None:
    await revise_terms(life.database, life.text())


async def _answer(life: Life) -> None:
    terms = await PolicyVersion.filter(kind=PolicyKind.TERMS).order_by("-number").first()
    article = await life.any(Article, deleted_at=None)
    above = await Comment.filter(article_id=article.id, status=CommentStatus.APPROVED).order_by("id")
    draft = CommentDraft(
        article.id,
        life.text(),
        parent_id=life.chance.choice([None, *(each.id for each in above)]),
        guest=Guest(life.chance.choice(NAMES), f"{life.chance.randrange(5)}@mail.example.org"),
        accepted_terms_id=terms.id if terms else None,
        notify_of_replies=life.chance.random() < 0.5,
    )
    await post_comment(life.database, ANONYMOUS, draft)


async def _judge(life: Life) -> None:
    action = life.chance.choice(list(ModerationAction))
    await moderate_comments(life.database, life.viewer, [(await life.any(Comment)).id], action, "So be it.")


async def _like(life: Life) -> None:
    comment, key = await life.any(Comment), f"the key of reader number {life.chance.randrange(4)}"
    await react_to_comment(life.database, ANONYMOUS, comment.id, life.chance.choice(list(Reaction)), key)


async def _forget(life: Life) -> None:
    await erase_personal_data(life.database, life.viewer, f"{life.chance.randrange(5)}@mail.example.org")


VERBS = (
    *(_write, _rewrite, _answer, _answer, _answer),
    *(_take_down, _throw_away, _sign, _plant, _move, _cut, _let_go, _lead, _revise, _judge, _like, _forget),
)


async def _begin(database: Database) -> None:
    await found_a_site(database)
    await create_topic(database, SYSTEM, TopicDraft(name="Everything"))
    await create_author(database, SYSTEM, AuthorDraft(name="Isolde Quill"))


def _live(place: Place, seed: int, steps: int) -> None:
    async def lived(database: Database) -> None:
        chance = random.Random(seed)  # noqa: S311 - the same in every run
        draft = UserDraft(name="Moss", email=f"moss-{steps}@mail.example.org", role=Role.ADMIN)
        user = await create_user(database, SYSTEM, draft)
        life = Life(database, chance, Viewer(SYSTEM.scopes, user_id=user.id, actor=f"user:{user.id}"))
        for _ in range(steps):
            await life.step()

    within(place.url, lived)


@pytest.mark.parametrize("seed", range(3))
def test_whatever_happened_on_two_sites_they_can_be_joined(
    database_url: str, tmp_path: Path, request: pytest.FixtureRequest, seed: int
) -> None:
    """Something would be lost that was here, or be wrong afterwards, in an order of events that nobody thought of."""
    with ExitStack() as stack:
        origin = Place(database_url, tmp_path)
        within(origin.url, _begin)
        _live(origin, seed, 20)
        left, right = (stack.enter_context(copied(origin, tmp_path / name, request)) for name in ("left", "right"))
        for number, place in enumerate((left, right), 1):
            _live(place, 100 * number + seed, 30)
        bundles = {right: left.bundle(), left: right.bundle()}
        before = {place: rows_of(file) for place, file in zip(bundles, reversed(bundles.values()), strict=True)}
        known = {each.what for place in bundles for each in found_in(place.url, place.folder)}
        for here, file in bundles.items():
            report = bring_in(here.url, file, here.media)
            assert report.created > 0
            assert {each.what for each in found_in(here.url, here.folder)} <= known
            between = rows_in(here.url)
            again = bring_in(here.url, file, here.media)
            assert rows_in(here.url) == between
            # What a tombstone came in for is not lacking something any more: it is known to be gone.
            assert [each.split()[0] for each in again.refusals] == [each.split()[0] for each in report.refusals]
            assert without_counts(before[here]) <= without_counts(rows_of(here.bundle()))
