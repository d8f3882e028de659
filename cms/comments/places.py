"""Where a comment goes: an article that readers see, with its rules, and perhaps a comment that it answers.

The one thing to know: the article's row stays locked until the transaction ends. Whatever changes an article's threads
takes that lock first, so all that is read here stays true until it is acted upon.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from cms.articles.models import Article, Publication
from cms.comments.counting import lock_articles
from cms.comments.models import Comment, CommentStatus
from cms.comments.policy import CommentPolicy, policy_of, terms_in_effect
from cms.kernel.errors import NotFound, StateConflict
from cms.site.models import Site

PARENT_PATH = ("parentId",)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a comment goes. `parent` is None for a comment on the article itself."""

    article: Article
    revision_id: UUID
    policy: CommentPolicy
    parent: Comment | None

    @property
    def depth(self) -> int:
        """The depth that a comment has here; 0 on the article itself."""
        return self.parent.depth + 1 if self.parent else 0

    @property
    def root_id(self) -> UUID | None:
        """The comment that began the thread; None where this one begins it."""
        return (self.parent.root_id or self.parent.id) if self.parent else None


async def find_place(article_id: UUID, parent_id: UUID | None, moment: datetime) -> Place:
    """The place, its article locked.

    Raises:
        NotFound: readers see no such article at `moment`, or no such comment under it.
        StateConflict: the parent is as deep as the article's policy lets threads be, or there is no site yet.
    """
    article = (await lock_articles([article_id])).get(article_id)
    publication = await live_publication(article_id, moment)
    if article is None or article.deleted_at is not None or publication is None:
        raise NotFound("There is no such article.", ("articleId",))
    policy = policy_of(await the_site(), article, publication.published_at, await terms_in_effect(moment))
    parent = await _find_parent(article_id, parent_id) if parent_id else None
    if parent is not None and parent.depth >= policy.max_depth:
        raise too_deep()
    return Place(article, publication.revision_id, policy, parent)


def too_deep() -> StateConflict:
    """What is said to whoever answers the deepest comment that may be."""
    return StateConflict("Replies go no deeper here: answer a comment further up.", PARENT_PATH)


async def the_site() -> Site:
    """The one site.

    Raises:
        StateConflict: it was not set up.
    """
    site = await Site.first()
    if site is None:
        raise StateConflict("The site was not set up yet: give it a name and an address first.")
    return site


async def is_public(article_id: UUID, moment: datetime) -> bool:
    """Whether readers see the article at `moment`, if it was not thrown away."""
    return await live_publication(article_id, moment) is not None


async def live_publication(article_id: UUID, moment: datetime) -> Publication | None:
    """What readers see of the article at `moment`, if it was not thrown away: which revision, and since when."""
    live = live_publications(moment).filter(article_id=article_id)
    return await live.only("id", "revision_id", "published_at").first()


def live_publications(moment: datetime) -> QuerySet[Publication]:
    """What readers see at `moment`, of all articles, also of those that were thrown away."""
    return Publication.filter(Q(ends_at__isnull=True) | Q(ends_at__gt=moment), starts_at__lte=moment)


async def _find_parent(article_id: UUID, parent_id: UUID) -> Comment:
    parent = await Comment.get_or_none(id=parent_id, article_id=article_id, status=CommentStatus.APPROVED)
    if parent is None:
        raise NotFound("There is no such comment to answer under this article.", PARENT_PATH)
    return parent
