"""Somebody as their mail address makes them known: what was written with it, by whoever it was.

The one thing to know: two addresses are the same when they differ in nothing but the case of their letters, and then
they have one key. Accounts and authors are found otherwise, by a key that folds more and by none; of these the address
decides, so that nobody is handed what is somebody else's.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tortoise.expressions import Q

from cms.accounts.addresses import key_of
from cms.accounts.models import User
from cms.authors.models import Author, Message
from cms.comments.models import Comment, ReaderLink, ReplySubscription
from cms.kernel.errors import Required
from cms.kernel.inputs import email
from cms.kernel.secrecy import email_key_of
from cms.kernel.text import fold_address


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody, by their mail address.

    Attributes:
        email: the address as it was given.
        key: the keyed hash that stands beside it in the tables.
        account: who works here under that address, if anybody does.
    """

    email: str
    key: str
    account: User | None

    def has(self, address: str | None) -> bool:
        """Whether this is their address."""
        return address is not None and fold_address(address) == fold_address(self.email)

    async def comments(self) -> Sequence[Mapping[str, Any]]:
        """Of each comment that was written with the address, or by its account under any, `id` and `article_id`."""
        theirs = Q(email_key=self.key)
        if self.account is not None:
            theirs |= Q(user_id=self.account.id)
        return await Comment.filter(theirs).order_by("id").values("id", "article_id")

    async def messages(self) -> list[Message]:
        """What they wrote to authors."""
        return await Message.filter(email_key=self.key).order_by("id")

    async def subscriptions(self) -> list[ReplySubscription]:
        """The replies they asked to be told of."""
        return await ReplySubscription.filter(email_key=self.key).order_by("id")

    async def links(self) -> list[ReaderLink]:
        """What was mailed to them for asking after their data."""
        return await ReaderLink.filter(email_key=self.key).order_by("id")

    async def authors(self) -> list[Author]:
        """The authors whose messages go to the address. They are few, and have no key beside it."""
        known = await Author.filter(email__not_isnull=True).order_by("id")
        return [author for author in known if self.has(author.email)]

    async def is_known(self) -> bool:
        """Whether anything is held about them, but for what they asked for by mail."""
        if self.account is not None or await self.comments() or await self.messages():
            return True
        return bool(await self.subscriptions() or await self.authors())


def address_of(given: str) -> str:
    """A mail address, checked.

    Raises:
        Required: there is none.
        TooLong, InvalidInput: it is none.
    """
    address = email(given, ("email",))
    if address is None:
        raise Required("Write a mail address.", ("email",))
    return address


async def find_person(given: str) -> Person:
    """Whoever has this address; there need not be anybody.

    Raises:
        Required, TooLong, InvalidInput: it is no address.
    """
    address = address_of(given)
    account = await User.get_or_none(email_key=key_of(address))
    is_theirs = account is not None and fold_address(account.email) == fold_address(address)
    return Person(address, email_key_of(address), account if is_theirs else None)
