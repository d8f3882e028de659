"""Articles that move: a publication under another slug than the one before leaves a redirect at the old address.

The one thing to know: what counts is what readers saw. A draft's slug becomes an address when it is published, and
where nothing was public in between, readers still know the address of the publication before that.
"""

from cms.articles.models import Article, Publication
from cms.kernel.addresses import take_address
from cms.kernel.database import Database
from cms.kernel.ids import GlobalId, NodeType
from cms.kernel.viewer import SYSTEM


async def leave_old_addresses(
    database: Database,
    article: Article,
    before: Publication | None,
    after: Publication | None,
    *,
    actor: str = SYSTEM.actor,
) -> None:
    """Let a publication that begins stand at its address, and lead readers there from the one before.

    Args:
        database: where; in the transaction in which it begins.
        article: whose publications they are.
        before: what was public until now; None when nothing was.
        after: what is public from now on; None when nothing is, and then no address changes.
        actor: who let it begin, as `Viewer.actor` says.
    """
    if after is None:
        return
    known = before or await _last_before(after)
    node = GlobalId(NodeType.ARTICLE, article.id)
    old = None if known is None else known.slug
    await take_address(database, node, after.slug, locale=article.locale, before=old, actor=actor)


async def _last_before(after: Publication) -> Publication | None:
    earlier = Publication.filter(article_id=after.article_id, starts_at__lt=after.starts_at)
    return await earlier.order_by("-starts_at").first()
