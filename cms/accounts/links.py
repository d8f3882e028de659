"""Links: what is mailed to somebody so that they can choose a password. Each works once, and for a while.

The one thing to know: only the hash of what is mailed is kept, and whatever makes an old one doubtful, another address,
a new password, an account that is switched off, voids it.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from cms.accounts.errors import LinkIsVoid
from cms.accounts.models import AccountLink, LinkPurpose, User
from cms.accounts.tokens import SecretKind, hash_of, new_secret
from cms.kernel.clock import now, to_minute
from cms.kernel.database import Database
from cms.kernel.mail import send_mail


@dataclass(frozen=True, slots=True)
class _Letter:
    """How long a link works, and the words it is mailed with."""

    lasts: timedelta
    subject: str
    text: str


_LETTERS: Final[Mapping[LinkPurpose, _Letter]] = {
    LinkPurpose.INVITATION: _Letter(
        timedelta(days=7),
        "Your account at {site}",
        "Hello {name},\n\n"
        "there is an account for you at {site}. Choose a password for it with this code, which works once, until\n"
        "{until} UTC:\n\n"
        "    {token}\n\n"
        "Whoever has the code can sign in as you: pass it on to nobody.\n",
    ),
    LinkPurpose.PASSWORD_RESET: _Letter(
        timedelta(hours=1),
        "A new password for {site}",
        "Hello {name},\n\n"
        "somebody asked for a new password for your account at {site}. Choose one with this code, which works once,\n"
        "until {until} UTC:\n\n"
        "    {token}\n\n"
        "If it was not you, there is nothing to do: your password stays as it is.\n",
    ),
}


async def mail_link(database: Database, user: User, purpose: LinkPurpose) -> None:
    """Mail somebody what lets them choose a password, in the open transaction.

    What was mailed before for the same purpose works no more. Invitations stay: anybody may ask for a reset.
    """
    await void_links(user, [purpose])
    letter, token, at = _LETTERS[purpose], new_secret(SecretKind.LINK), now()
    link = await AccountLink.create(
        user_id=user.id, purpose=purpose, token_hash=hash_of(token), created_at=at, expires_at=at + letter.lasts
    )
    site = await site_name(database)
    text = letter.text.format(name=user.name, site=site, until=to_minute(link.expires_at), token=token)
    subject = letter.subject.format(site=site)
    await send_mail(database, to=user.email, subject=subject, text=text, key=f"account-link:{link.id}")


async def void_links(user: User, purposes: Collection[LinkPurpose] = tuple(LinkPurpose)) -> None:
    """Let nothing that was mailed to somebody for these purposes work any more."""
    await AccountLink.filter(user_id=user.id, used_at=None, purpose__in=purposes).delete()


async def find_link(token: str, purpose: LinkPurpose) -> AccountLink:
    """The link behind what was mailed.

    Raises:
        LinkIsVoid: it is unknown, was used or is too old, or is for something else.
    """
    link = await AccountLink.get_or_none(token_hash=hash_of(token), purpose=purpose, used_at=None, expires_at__gt=now())
    if link is None:
        raise LinkIsVoid
    return link


async def use_link(link: AccountLink) -> None:
    """Use a link up, in the open transaction.

    Raises:
        LinkIsVoid: somebody used it in between, or voided it.
    """
    if not await AccountLink.filter(id=link.id, used_at=None).update(used_at=now()):
        raise LinkIsVoid


async def site_name(database: Database) -> str:
    """What the publication is called; the site's own package stands above this one."""
    rows = await database.connection.execute_query_dict("SELECT name FROM site LIMIT 1")
    return str(rows[0]["name"]) if rows else "Masthead"
