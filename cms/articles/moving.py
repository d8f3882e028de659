"""Articles that move: a publication under another slug than the one before leaves a redirect at the old address.

The one thing to know: what counts is what readers saw. A draft's slug becomes an address when it is published, and
where nothing was public in between, readers still know the address of the publication before that.
"""

from cms.articles.models import Article, Publication
from cms.kernel.addresses import take_address
from cms.kernel.database import Database
from cms.kernel.ids import GlobalId, NodeType


async def leave_old_address(database: Database, article: Article, begun: Publication, actor: str) -> None:
    """Let a publication that begins stand at its address, and lead readers there from the one before.

    Args:
        database: where; in the transaction in which it begins.
        article: whose publication it is.
        begun: what is public from now on.
        actor: who let it begin, as `Viewer.actor` says.
    """
    earlier = Publication.filter(article_id=article.id, starts_at__lt=begun.starts_at)
    known = await earlier.order_by("-starts_at").first()
    before = None if known is None else known.slug
    node = GlobalId(NodeType.ARTICLE, article.id)
    await take_address(database, node, begun.slug, locale=article.locale, before=before, actor=actor)
