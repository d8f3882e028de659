"""A small publication for the tests of comments, put together row by row, and questions to ask of its threads."""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from cms.accounts.models import Role, User
from cms.articles.models import Article, ArticleRevision, ContributorRole, Publication, RevisionContributor
from cms.authors.models import Author
from cms.comments.actions import post_comment
from cms.comments.drafts import CommentDraft, Guest
from cms.comments.models import Comment, CommentFlag, CommentReaction, CommentStatus, Reaction
from cms.disclaimers.models import PolicyKind, PolicyVersion
from cms.kernel.comment_policy import CommentModeration
from cms.kernel.database import Database
from cms.kernel.ids import new_id
from cms.kernel.text import fold
from cms.kernel.viewer import ANONYMOUS
from cms.richtext import from_markdown, render
from cms.site.models import Site

PUBLISHED_AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
WREN = Guest("Wren", "wren@mail.example.com")


def body_columns(markdown: str) -> dict[str, Any]:
    """The columns of a text, from Markdown."""
    made = render(from_markdown(markdown))
    return {
        "body_blocks": made.blocks,
        "body_html": made.html,
        "body_markdown": made.markdown,
        "body_text": made.text,
        "body_renderer": made.renderer,
    }


async def make_site(**rules: Any) -> Site:  # noqa: ANN401 - columns of every type
    """The site, which shows comments at once unless told otherwise; `rules` are columns."""
    columns: dict[str, Any] = {
        "name": "Ground Floor",
        "url": "https://groundfloor.example.org",
        "time_zone": "Europe/London",
        "default_locale": "en",
        "locales": ["en"],
        "copyright_holder": "Ground Floor Magazine",
        "comments_moderation": CommentModeration.AFTER_PUBLICATION,
        "comments_required_fields": ["NAME", "EMAIL"],
    }
    return await Site.create(**{**columns, **rules})


async def make_author(name: str) -> Author:
    """Somebody who signs articles."""
    return await Author.create(slug=fold(name).replace(" ", "-"), name=name, name_key=fold(name))


async def make_user(name: str, *, author: Author | None = None, role: Role = Role.WRITER) -> User:
    """Somebody who works here."""
    email = f"{fold(name).replace(' ', '.')}@groundfloor.example.org"
    author_id = author.id if author else None
    return await User.create(
        name=name, name_key=fold(name), email=email, email_key=email, role=role, author_id=author_id
    )


async def make_article(*, author: Author | None = None, body: str = "A text.", **columns: Any) -> Article:  # noqa: ANN401 - columns of every type
    """An article that is public from PUBLISHED_AT on."""
    article = await make_draft(author=author, body=body, **columns)
    await publish(article)
    return article


async def make_draft(*, author: Author | None = None, body: str = "A text.", **columns: Any) -> Article:  # noqa: ANN401 - columns of every type
    """An article that readers do not see."""
    article = await Article.create(locale="en", translation_group_id=new_id(), **columns)
    revision = await ArticleRevision.create(
        article_id=article.id,
        number=1,
        content_hash="sha256:1",
        slug=f"text-{article.id}",
        title="A text",
        title_key="a text",
        word_count=2,
        **body_columns(body),
    )
    if author:
        await RevisionContributor.create(
            revision_id=revision.id,
            position=0,
            author_id=author.id,
            role=ContributorRole.AUTHOR,
            credited_as=author.name,
        )
    article.head_id = revision.id
    await article.save(update_fields=["head_id"])
    return article


async def publish(article: Article, starts_at: datetime = PUBLISHED_AT, ends_at: datetime | None = None) -> None:
    """Let readers see the head of `article` in an interval."""
    await Publication.create(
        article_id=article.id,
        revision_id=article.head_id,
        starts_at=starts_at,
        ends_at=ends_at,
        published_at=starts_at,
        locale="en",
        slug=f"text-{article.id}",
        title_key="a text",
    )


async def make_terms(number: int, effective_from: datetime) -> PolicyVersion:
    """A version of the terms."""
    return await PolicyVersion.create(
        kind=PolicyKind.TERMS,
        number=number,
        title="House rules",
        acceptance_text=f"I keep to the house rules ({number}).",
        effective_from=effective_from,
        digest=f"sha256:terms-{number}",
        **body_columns("Be kind."),
    )


async def say(database: Database, article: Article, body: str = "Well said.", **options: Any) -> Comment:  # noqa: ANN401 - whatever a draft may hold
    """A comment posted by a guest, at noon unless told otherwise; `options` go into the draft."""
    at, guest = options.pop("at", NOON), options.pop("guest", WREN)
    posted = await post_comment(database, ANONYMOUS, CommentDraft(article.id, body, guest=guest, **options), at=at)
    return posted.comment


async def fresh(comment: Comment) -> Comment:
    """The comment as it is stored now."""
    return await Comment.get(id=comment.id)


Standing = dict[UUID, tuple[bool, int]]


async def stored_standing() -> tuple[Standing, dict[UUID, int]]:
    """Of every comment whether it is listed and how many replies it has; of every article how many comments."""
    comments = await Comment.all()
    articles = await Article.all()
    return (
        {comment.id: (comment.is_listed, comment.reply_count) for comment in comments},
        {article.id: article.comment_count for article in articles},
    )


async def counted_standing() -> tuple[Standing, dict[UUID, int]]:
    """As `stored_standing`, from parents and statuses alone."""
    comments = await Comment.all()
    articles = await Article.all()
    listed = _listed(comments)
    replies = Counter(comment.parent_id for comment in comments if comment.id in listed)
    approved = Counter(comment.article_id for comment in comments if comment.status is CommentStatus.APPROVED)
    return (
        {comment.id: (comment.id in listed, replies[comment.id]) for comment in comments},
        {article.id: approved[article.id] for article in articles},
    )


Responses = dict[UUID, tuple[int, int, int, int, int]]


async def stored_responses() -> Responses:
    """Of every comment its counts: reactions in all, likes, helpfuls, thanks, flags."""
    comments = await Comment.all()
    return {
        each.id: (each.reaction_count, each.like_count, each.helpful_count, each.thanks_count, each.flag_count)
        for each in comments
    }


async def counted_responses() -> Responses:
    """As `stored_responses`, from the reactions and flags themselves."""
    reactions = Counter([(each.comment_id, each.reaction) for each in await CommentReaction.all()])
    flags = Counter([each.comment_id for each in await CommentFlag.all()])
    found = {}
    for comment in await Comment.all():
        like, helpful, thanks = (reactions[comment.id, reaction] for reaction in Reaction)
        found[comment.id] = (like + helpful + thanks, like, helpful, thanks, flags[comment.id])
    return found


def _listed(comments: Iterable[Comment]) -> set[UUID]:
    """The approved ones and everything above them."""
    parents = {comment.id: comment.parent_id for comment in comments}
    listed: set[UUID] = set()
    for comment in comments:
        here: UUID | None = comment.id if comment.status is CommentStatus.APPROVED else None
        while here is not None:
            listed.add(here)
            here = parents[here]
    return listed
