"""Preview links: whoever holds one reads the head of one article, for a while, and nothing else that is not public.

The one thing to know: nothing of a link is looked up twice. `cms.accounts.identity` tells who holds it, and how
articles are read says what they see.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final
from urllib.parse import quote
from uuid import UUID

from cms.accounts.tokens import SecretKind, hash_of, new_secret
from cms.articles.models import Article, ArticleRevision, PreviewLink
from cms.kernel.addresses import path_of
from cms.kernel.changing import locked
from cms.kernel.clock import now, to_text
from cms.kernel.database import Database, transaction
from cms.kernel.errors import InvalidInput
from cms.kernel.events import InternalEvent, append_event
from cms.kernel.guards import require
from cms.kernel.ids import GlobalId, NodeType
from cms.kernel.viewer import Scope, Viewer
from cms.site.actions import the_site

SHORTEST: Final = timedelta(minutes=1)
LONGEST: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Preview:
    """A link that was made just now.

    Attributes:
        token: `cms_p_` and 43 letters, digits, hyphens and underscores; shown this once, kept nowhere.
        url: where the link leads; without a template of the site's, where the article stands once it is public.
    """

    link: PreviewLink
    token: str = field(repr=False)
    url: str = field(repr=False)


async def create_preview_link(
    database: Database, viewer: Viewer, article_id: UUID, expires_in: timedelta = timedelta(hours=1)
) -> Preview:
    """Let whoever is given the link read an article's head: as it is when they look, not as it is now.

    Args:
        database: where.
        viewer: must hold CONTENT_PREVIEW.
        article_id: what to show.
        expires_in: for how long; from a minute to 30 days.

    Raises:
        NotAllowed: the viewer may not.
        NotFound: there is no such article.
        InvalidInput: it would expire too soon or too late.
    """
    require(viewer, Scope.CONTENT_PREVIEW)
    if not SHORTEST <= expires_in <= LONGEST:
        raise InvalidInput("A preview link lasts from 1 minute to 30 days.", ("expiresInMinutes",))
    token = new_secret(SecretKind.PREVIEW)
    async with transaction(database):
        article = await locked(Article, article_id, ("articleId",))
        url = await _address(database, article, token)
        link = await PreviewLink.create(
            article_id=article.id,
            token_hash=hash_of(token),
            expires_at=now() + expires_in,
            created_by_id=viewer.user_id,
        )
        node = GlobalId(NodeType.ARTICLE, article.id)
        payload = {"expiresAt": to_text(link.expires_at)}
        await append_event(database, InternalEvent.PREVIEW_LINK_CREATED, viewer.actor, node, payload=payload)
    return Preview(link, token, url)


async def _address(database: Database, article: Article, token: str) -> str:
    site = await the_site()
    head = await ArticleRevision.get(id=article.head_id).only("id", "slug")
    path = await path_of(database, NodeType.ARTICLE, head.slug, article.locale) or "/"
    if not site.preview_url:
        return site.url + path
    # A template may hold the path as a path or as a value of its query: so written, it is right in either.
    return site.preview_url.replace("{path}", quote(path)).replace("{token}", token)
