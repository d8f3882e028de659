"""The publication that readers talk about while it is looked at."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bench.databases import SECRET_KEY
from cms.accounts.models import Role
from cms.accounts.sessions import sign_in
from cms.commands.common import migrate_if_empty
from cms.kernel.comment_policy import CommentField, CommentModeration
from cms.kernel.database import Database, open_database
from cms.kernel.secrecy import use_secret
from cms.site.models import Site
from cms.tables import MIGRATIONS, MODEL_MODULES
from tests.accounts.people import PASSWORD, somebody
from tests.articles.world import found


@asynccontextmanager
async def founded(url: str) -> AsyncIterator[Database]:
    """A new publication in an empty database: comments are shown at once, and all that they need is a name."""
    use_secret(SECRET_KEY.encode())
    async with open_database(url, MODEL_MODULES, MIGRATIONS) as database:
        await migrate_if_empty(database)
        await found(database)
        rules = {"comments_moderation": CommentModeration.AFTER_PUBLICATION}
        await Site.all().update(**rules, comments_required_fields=[CommentField.NAME])
        yield database


async def manager_of(database: Database) -> str:
    """The secret of the session of somebody who manages everything."""
    session = await sign_in(database, (await somebody(database, "Ada", Role.ADMIN)).email, PASSWORD)
    return session.token or ""
