"""People for tests: somebody in each role, their passwords, and what is in the post."""

import re
from datetime import datetime, timedelta
from uuid import UUID

import pyotp

from cms.accounts.identity import BadCredential, Identities
from cms.accounts.models import Role, User
from cms.accounts.passwords import Effort
from cms.accounts.sessions import SignedIn, sign_in
from cms.accounts.users import UserDraft, create_user, first_password
from cms.kernel import clock
from cms.kernel.database import Database
from cms.kernel.models import Event, Job
from cms.kernel.viewer import SYSTEM
from tests.articles.world import NOON

#: What hashing costs in tests.
CHEAP = Effort(passes=1, memory_kib=8)
PASSWORD = "correct horse battery"  # noqa: S105 - it opens nothing
OTHER = "wrong horse battery"
HOME, OFFICE = "203.0.113.7", "198.51.100.9"
SECOND = timedelta(seconds=1)
TOTP_SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"  # noqa: S105 - RFC 6238's own


async def somebody(
    database: Database,
    name: str = "Ada",
    role: Role = Role.ADMIN,
    *,
    password: str | None = PASSWORD,
    author_id: UUID | None = None,
) -> User:
    """Somebody who works here, by name; invited where there is no password."""
    email = f"{name.lower()}@example.org"
    hashed = await first_password(password, email=email, name=name) if password else None
    draft = UserDraft(name=name, email=email, role=role, password_hash=hashed, author_id=author_id)
    return await create_user(database, SYSTEM, draft)


async def signed_in(
    database: Database, user: User, at: datetime = NOON, *, password: str = PASSWORD, code: str | None = None
) -> SignedIn:
    """A sign-in at a moment."""
    with clock.at(at):
        return await sign_in(database, user.email, password, code, address=HOME)


async def events() -> list[tuple[str, str, object]]:
    """Type, actor and payload of what was told, in order."""
    return [(one.type, one.actor, one.payload) for one in await Event.all().order_by("seq")]


async def letters() -> list[Job]:
    """What is in the post, the oldest first."""
    return await Job.filter(kind="mail").order_by("id")


async def mailed_token() -> str:
    """The token in the last letter."""
    found = re.search(r"cms_l_[A-Za-z0-9_-]{43}", str((await letters())[-1].payload))
    assert found is not None
    return found[0]


def as_code(secret: str, moment: datetime) -> str:
    """What an authenticator shows at a moment."""
    code: str = pyotp.TOTP(secret).at(moment)
    return code


async def refused(identities: Identities, credential: str) -> bool:
    """Whether a credential is refused."""
    try:
        await identities.viewer(credential)
    except BadCredential:
        return True
    return False
