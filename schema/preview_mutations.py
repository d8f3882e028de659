"""Links that show an article before readers see it."""

from datetime import datetime, timedelta

import strawberry

from cms.articles.previewing import create_preview_link
from cms.kernel.ids import NodeType
from cms.kernel.viewer import Scope
from schema.descriptions import described
from schema.fields import EVERYBODY, argument, read
from schema.problems import MutationPayload
from schema.scalars import Url
from schema.writing import Outcome, Writing, key_of, write


@described
@strawberry.type
class PreviewLinkPayload(MutationPayload):
    """A link that shows one article as it was saved last, to whoever holds it."""

    token: str | None = read(
        EVERYBODY, "To be sent as a credential, `Bearer` and this; told once, and null when it did not work."
    )
    url: Url | None = read(EVERYBODY, "The address to open, as the site's `previewUrl` says; told once.")
    expires_at: datetime | None = read(EVERYBODY, "Until when it shows anything.")


async def _create(by: Writing, article_id: str, expires_in_minutes: int) -> Outcome:
    article = key_of(article_id, NodeType.ARTICLE, ("articleId",))
    made = await create_preview_link(by.database, by.viewer, article, timedelta(minutes=expires_in_minutes))
    return Outcome(values={"expires_at": made.link.expires_at}, secrets={"token": made.token, "url": made.url})


@strawberry.type
class PreviewMutations:
    """The verb of previews."""

    create_preview_link: PreviewLinkPayload = write(
        Scope.CONTENT_PREVIEW,
        "Make a link that shows one article as it was saved last, and nothing else, to whoever holds it.",
        _create,
        arguments={
            "article_id": argument(EVERYBODY, strawberry.ID, "Which article."),
            "expires_in_minutes": argument(EVERYBODY, int, "For how long, 1 to 43,200.", default=60),
        },
    )
