"""Somebody as their mail address makes them known: what was written with it, by whoever it was.

The one thing to know: two addresses are the same when they differ in nothing but the case of their letters. The key by
which rows are found folds more than that: `ines@groß.example` and `ines@gross.example` have one key, and may be two
people's. So the key finds, and the address in the row decides; nobody is handed what somebody else wrote.
"""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from tortoise.expressions import Q

from cms.accounts.addresses import key_of
from cms.accounts.models import User
from cms.authors.models import Author, Message
from cms.comments.models import Comment, ReaderLink, ReplySubscription
from cms.kernel.errors import Required
from cms.kernel.inputs import email
from cms.kernel.secrecy import email_key_of

T = TypeVar("T", Message, ReplySubscription, ReaderLink, Author)


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
        return address is not None and _same_case(address) == _same_case(self.email)

    def own(self, rows: Iterable[T]) -> list[T]:
        """Those of the rows, found by the key, that are theirs."""
        return [row for row in rows if self.has(row.email)]

    async def comments(self) -> list[Mapping[str, Any]]:
        """Of each comment that was written with the address, or by its account under any: keys, standing, words.

        The columns are `id`, `article_id`, `status`, `author_name`, `author_email`, `user_id` and `body_text`.
        """
        theirs = Q(email_key=self.key)
        if self.account is not None:
            theirs |= Q(user_id=self.account.id)
        rows = await Comment.filter(theirs).order_by("id").values(*_COLUMNS)
        return [row for row in rows if self.has(row["author_email"]) or self._is_account(row["user_id"])]

    async def messages(self) -> list[Message]:
        """What they wrote to authors."""
        return self.own(await Message.filter(email_key=self.key).order_by("id"))

    async def subscriptions(self) -> list[ReplySubscription]:
        """The replies they asked to be told of."""
        return self.own(await ReplySubscription.filter(email_key=self.key).order_by("id"))

    async def links(self) -> list[ReaderLink]:
        """What was mailed to them for asking after their data."""
        return self.own(await ReaderLink.filter(email_key=self.key).order_by("id"))

    async def authors(self) -> list[Author]:
        """The authors whose messages go to the address. They are few, and have no key beside it."""
        return self.own(await Author.filter(email__not_isnull=True).order_by("id"))

    async def is_known(self) -> bool:
        """Whether anything is held about them, but for what they asked for by mail."""
        if self.account is not None:
            return True
        held: Sequence[object] = await self.comments() or await self.messages() or await self.subscriptions()
        return bool(held)

    def _is_account(self, user_id: UUID | None) -> bool:
        return self.account is not None and user_id == self.account.id


_COLUMNS = ("id", "article_id", "status", "author_name", "author_email", "user_id", "body_text")


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
    is_theirs = account is not None and _same_case(account.email) == _same_case(address)
    return Person(address, email_key_of(address), account if is_theirs else None)


def _same_case(address: str) -> str:
    return unicodedata.normalize("NFC", address).lower()
