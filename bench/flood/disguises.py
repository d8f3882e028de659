"""What a flood is made of: the same try over and over, each time made to look like somebody else's.

The one thing to know: a disguise changes whatever a sender can change. What none of them can change is where the
connection comes from, and that alone is counted.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from random import Random
from typing import Any, Final

_UNSEEN: Final = "\u200b\u200c\u200d\u2060\ufeff"
_FORWARDED: Final = ("x-forwarded-for", "x-real-ip", "forwarded", "cf-connecting-ip", "true-client-ip", "x-client-ip")
_POST: Final = (
    "mutation($input: PostCommentInput!, $options: WriteOptions) { done: postComment(input: $input, options: $options)"
    " { comment { id } errors { code ... on RateLimited { retryAfter } } } }"
)
_SIGN_IN: Final = (
    "mutation($email: String!, $password: String!) { done: signIn(email: $email, password: $password)"
    " { token errors { code ... on RateLimited { retryAfter } } } }"
)
#: As many as a document may begin with, for whoever is signed in; and as many as it may name, for everybody else.
_SIGNED_FIELDS, _FIELDS = 4, 30


class Disguise(StrEnum):
    """What is changed from one try to the next."""

    NONE = "none"
    EMAIL_CASE = "case of the address"
    NAMES = "names"
    UNSEEN = "zero-width noise"
    HEADERS = "forwarded headers"
    KEYS = "idempotency keys"
    SOCKET = "WebSocket"
    ALIASES = "aliases, signed in"
    TOO_MANY_ALIASES = "aliases, 30 in a document"
    ADDRESSES = "IPv6 addresses of one /48"
    ACCOUNTS = "accounts"


class Target(StrEnum):
    """What is tried."""

    COMMENT = "comments"
    PASSWORD = "passwords"  # noqa: S105 - a word, not one of them


@dataclass(frozen=True, slots=True)
class Try:
    """One request.

    Attributes:
        fields: how many comments or passwords it holds.
        secret: of the session, for whoever is signed in.
    """

    target: Target
    disguise: Disguise
    query: str
    variables: Mapping[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict)
    fields: int = 1
    secret: str | None = field(default=None, repr=False)

    @property
    def body(self) -> bytes:
        """The request, or the payload of a message over WebSocket."""
        return json.dumps({"query": self.query, "variables": self.variables}).encode()


@dataclass(frozen=True, slots=True)
class Victim:
    """What is flooded: an article, and an account whose session the sender has; its address is guessed at, too."""

    article: str
    secret: str = field(repr=False)
    email: str = "ada@example.org"


def comments(victim: Victim, count: int, random: Random) -> list[Try]:
    """That many comments, in all disguises by turns; those in one document count for as many as there are."""
    made: list[Try] = []
    while (left := count - sum(each.fields for each in made)) > 0:
        disguise = _OF_COMMENTS[len(made) % len(_OF_COMMENTS)]
        made.append(_comment(victim, disguise, random, left))
    return made


def passwords(victim: Victim, count: int, random: Random) -> list[Try]:
    """That many wrong passwords: a third for one account in all disguises, and the rest for as many accounts."""
    return [_password(victim, number, random) for number in range(count)]


def neighbours(victim: Victim, count: int, random: Random) -> list[Try]:
    """That many comments as a proxy hands them on, each from another address of one /48."""
    return [_said(victim, Disguise.ADDRESSES, random, headers=_chain(random)) for _ in range(count)]


#: A document with 30 holds so many that one in 56 makes a third of all.
_OF_COMMENTS: Final = (
    *(
        *(Disguise.NONE, Disguise.EMAIL_CASE, Disguise.HEADERS, Disguise.NAMES, Disguise.UNSEEN, Disguise.KEYS),
        *(Disguise.SOCKET, Disguise.HEADERS, Disguise.SOCKET, Disguise.ALIASES, Disguise.KEYS),
    )
    * 5,
    Disguise.TOO_MANY_ALIASES,
)
_OF_PASSWORDS: Final = (Disguise.EMAIL_CASE, Disguise.HEADERS, Disguise.SOCKET)


def _comment(victim: Victim, disguise: Disguise, random: Random, left: int) -> Try:
    if disguise is Disguise.ALIASES:
        return _together(victim, disguise, random, min(_SIGNED_FIELDS, left), victim.secret)
    if disguise is Disguise.TOO_MANY_ALIASES:
        return _together(victim, disguise, random, min(_FIELDS, max(left, 2)), None)
    return _said(victim, disguise, random, headers=_lies(random) if disguise is Disguise.HEADERS else {})


def _said(victim: Victim, disguise: Disguise, random: Random, headers: Mapping[str, str]) -> Try:
    options = {"idempotencyKey": f"flood-{random.getrandbits(64):x}"} if disguise is Disguise.KEYS else {}
    variables = {"input": _input(victim, disguise, random), "options": options}
    return Try(Target.COMMENT, disguise, _POST, variables, headers)


def _input(victim: Victim, disguise: Disguise, random: Random) -> Mapping[str, Any]:
    name, email, body = "Flo", "flo@mail.example.org", f"Buy {random.getrandbits(64):x}."
    if disguise is Disguise.EMAIL_CASE:
        email = _cased(email, random)
    if disguise is Disguise.NAMES:
        name, email = f"Flo {random.getrandbits(32):x}", f"{random.getrandbits(32):x}@mail.example.org"
    if disguise is Disguise.UNSEEN:
        body = _noisy(body, random)
    return {"articleId": victim.article, "body": body, "guest": {"name": name, "email": email}}


def _together(victim: Victim, disguise: Disguise, random: Random, fields: int, secret: str | None) -> Try:
    """Several comments in one document; a colleague's have no guest."""
    inputs = {f"i{number}": _input(victim, disguise, random) for number in range(fields)}
    if secret:
        inputs = {name: {key: each[key] for key in ("articleId", "body")} for name, each in inputs.items()}
    declared = ", ".join(f"${name}: PostCommentInput!" for name in inputs)
    shown = "{ comment { id } errors { code ... on RateLimited { retryAfter } } }"
    asked = " ".join(f"{name}: postComment(input: ${name}) {shown}" for name in inputs)
    query = f"mutation({declared}) {{ {asked} }}"
    return Try(Target.COMMENT, disguise, query, inputs, fields=fields, secret=secret)


def _password(victim: Victim, number: int, random: Random) -> Try:
    if number % 3:
        disguise, email = Disguise.ACCOUNTS, f"{random.getrandbits(64):x}@example.org"
    else:
        disguise, email = _OF_PASSWORDS[number // 3 % len(_OF_PASSWORDS)], _cased(victim.email, random)
    variables = {"email": email, "password": f"guess {random.getrandbits(64):x}"}
    return Try(Target.PASSWORD, disguise, _SIGN_IN, variables, _lies(random) if disguise is Disguise.HEADERS else {})


def _cased(text: str, random: Random) -> str:
    return "".join(random.choice((char.lower(), char.upper())) for char in text)


def _noisy(text: str, random: Random) -> str:
    return "".join(char + random.choice(_UNSEEN) for char in text)


def _lies(random: Random) -> Mapping[str, str]:
    """Headers by which proxies say whom they speak for."""
    address = ".".join(str(random.randint(1, 254)) for _ in range(4))
    said = dict.fromkeys(_FORWARDED, address)
    return {**said, "forwarded": f"for={address};proto=https", "x-forwarded-for": f"{address}, {address}"}


def _chain(random: Random) -> Mapping[str, str]:
    """What the proxy adds stands last; what the sender made up stands before it."""
    made_up = ".".join(str(random.randint(1, 254)) for _ in range(4))
    parts = ":".join(f"{random.getrandbits(16):x}" for _ in range(5))
    return {"x-forwarded-for": f"{made_up}, 2001:db8:77:{parts}"}
