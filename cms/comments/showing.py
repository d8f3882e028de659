"""What readers see of articles at a moment, as letters name them: a title, and an address to go to."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from cms.comments.places import live_publications
from cms.kernel.ids import GlobalId, NodeType
from cms.kernel.naming import path_at
from cms.site.models import Site


@dataclass(frozen=True, slots=True)
class ShownArticle:
    """An article that is public. `url` is where the site shows it."""

    title: str
    url: str

    def at(self, comment_id: UUID) -> str:
        """The address of a comment: the article's, with the comment's global id as the fragment."""
        return f"{self.url}#{GlobalId(NodeType.COMMENT, comment_id)}"


async def shown_articles(site: Site, ids: Iterable[UUID], moment: datetime) -> dict[UUID, ShownArticle]:
    """The articles that readers see at `moment`, by id; the others are left out."""
    live = live_publications(moment).filter(article_id__in=sorted(set(ids)), article__deleted_at__isnull=True)
    rows = await live.values("article_id", "slug", "locale", "revision__title")
    return {
        row["article_id"]: ShownArticle(
            row["revision__title"], site.url + path_at(site.article_path, row["slug"], row["locale"])
        )
        for row in rows
    }
