"""The rules for comments on one article: its own where it has any, the site's for the rest.

The one thing to know: each rule is looked up by itself, so an article may close its comments early and leave everything
else to the site. Of two closing times the earlier one holds.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar
from uuid import UUID

from cms.articles.models import Article
from cms.disclaimers.models import PolicyKind, PolicyVersion
from cms.kernel.comment_policy import CommentField, CommentModeration
from cms.site.models import Site

T = TypeVar("T")

#: A century: more days than this are for ever, and would leave the calendar.
MAX_OPEN_DAYS = 36_525


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms in effect, as a consent record quotes them; `wording` is the sentence at the checkbox."""

    id: UUID
    digest: str
    wording: str


@dataclass(frozen=True, slots=True)
class CommentPolicy:
    """What holds for comments on an article.

    Attributes:
        open: whether comments were opened at all; `is_open` says whether they still are.
        closes_at: the first moment at which none is taken any more.
        max_depth: the depth of the deepest reply; comments on the article itself have depth 0.
        max_length: characters (code points) of the text as it is typed.
    """

    open: bool
    closes_at: datetime | None
    moderation: CommentModeration
    max_depth: int
    max_length: int
    required_fields: frozenset[CommentField]
    terms: Terms | None

    def is_open(self, moment: datetime) -> bool:
        """Whether a comment is taken at `moment`."""
        return self.open and (self.closes_at is None or moment < self.closes_at)


def policy_of(site: Site, article: Article, published_at: datetime, terms: Terms | None) -> CommentPolicy:
    """The policy of `article`, whose live publication came out at `published_at`."""
    required = _own_or(article.comments_required_fields, site.comments_required_fields)
    return CommentPolicy(
        open=_own_or(article.comments_open, site.comments_open),
        closes_at=_closes_at(site, article, published_at),
        moderation=_own_or(article.comments_moderation, site.comments_moderation),
        max_depth=_own_or(article.comments_max_depth, site.comments_max_depth),
        max_length=_own_or(article.comments_max_length, site.comments_max_length),
        required_fields=frozenset(CommentField(field) for field in required),
        terms=terms,
    )


async def terms_in_effect(moment: datetime) -> Terms | None:
    """The newest TERMS that took effect by `moment`; None while there are none."""
    version = (
        await PolicyVersion.filter(kind=PolicyKind.TERMS, effective_from__lte=moment)
        .order_by("-effective_from", "-number")
        .only("id", "digest", "acceptance_text")
        .first()
    )
    return Terms(version.id, version.digest, version.acceptance_text) if version else None


def _own_or(own: T | None, of_site: T) -> T:
    return of_site if own is None else own


def _closes_at(site: Site, article: Article, published_at: datetime) -> datetime | None:
    fixed = _own_or(article.comments_close_at, site.comments_close_at)
    days = _own_or(article.comments_close_after_days, site.comments_close_after_days)
    counted = None if days is None else published_at + timedelta(days=min(days, MAX_OPEN_DAYS))
    return min((moment for moment in (fixed, counted) if moment is not None), default=None)
