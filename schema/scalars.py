"""Values that GraphQL has no word for: moments, addresses, and JSON as it is.

Python annotations say `datetime`, `Url` and `Json`; `SCALARS` tells Strawberry what each is called and how it is
checked. Messages are short and never repeat what was sent.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import NewType
from urllib.parse import urlsplit

import strawberry
from graphql import GraphQLError
from strawberry.types.scalar import ScalarDefinition

Json = NewType("Json", object)
Url = NewType("Url", str)

# RFC 3339, section 5.6, with the offset that makes it a moment. Longer fractions are cut to microseconds.
_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?(?:[Zz]|[+-][0-9]{2}:[0-9]{2})"
)
_BAD_MOMENT = "Expected a time with its offset, like 2013-04-02T06:59:00Z or 2013-04-02T08:59:00+02:00 (RFC 3339)."

_MAX_URL_CHARS = 2048
_BAD_URL = "Expected an absolute http, https or mailto address of at most 2048 characters."
_UNSAFE_IN_URL = re.compile(r"[\s\x00-\x1f\x7f\\<>\"]")


def print_moment(value: object) -> str:
    """`value` in UTC as `2013-04-02T06:59:00Z`, with six decimals only where there is a fraction of a second.

    Text is taken as already printed: the reader formats times inside its statement.

    Raises:
        GraphQLError: it is no moment; a time without a zone is none.
    """
    if isinstance(value, str):
        return value
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise GraphQLError("A time without a zone cannot be printed.")
    return value.astimezone(UTC).isoformat().removesuffix("+00:00") + "Z"


def parse_moment(value: object) -> datetime:
    """The moment that RFC 3339 text names, in UTC.

    Raises:
        GraphQLError: it is no such text, has no offset, or names a day or an hour that does not exist.
    """
    if not isinstance(value, str) or not _MOMENT.fullmatch(value):
        raise GraphQLError(_BAD_MOMENT)
    try:
        return datetime.fromisoformat(value.upper()).astimezone(UTC)
    except (ValueError, OverflowError):  # 30 February, or a year that the offset moves out of 1 to 9999
        raise GraphQLError(_BAD_MOMENT) from None


def parse_url(value: object) -> str:
    """An address that a page may link to.

    Raises:
        GraphQLError: it is relative, too long, of another scheme, or holds white space, quotes or angle brackets.
    """
    if not isinstance(value, str) or len(value) > _MAX_URL_CHARS or _UNSAFE_IN_URL.search(value):
        raise GraphQLError(_BAD_URL)
    if not _is_linkable(value):
        raise GraphQLError(_BAD_URL)
    return value


def _is_linkable(value: str) -> bool:
    try:
        parts = urlsplit(value)
        _ = parts.port  # urlsplit looks at the port only when it is asked for
    except ValueError:
        return False
    if parts.scheme == "mailto":
        return "@" in parts.path
    return parts.scheme in {"http", "https"} and bool(parts.hostname)


def _as_it_is(value: object) -> object:
    return value


#: For `StrawberryConfig(scalar_map=...)`.
SCALARS: Mapping[object, ScalarDefinition] = {
    datetime: strawberry.scalar(
        name="DateTime",
        description=(
            "A moment, as RFC 3339 writes it: `2013-04-02T06:59:00Z`. Answers are in UTC, in whole seconds unless "
            "there is a fraction; as input any offset is accepted, and one is required."
        ),
        specified_by_url="https://www.rfc-editor.org/rfc/rfc3339",
        serialize=print_moment,
        parse_value=parse_moment,
    ),
    # Stored JSON may come as raw text in an `orjson.Fragment`; it passes as it is, for whoever writes the answer.
    Json: strawberry.scalar(
        name="JSON",
        description="Any JSON value, passed through as it is: an object, a list, a text, a number, a boolean or null.",
        specified_by_url="https://www.rfc-editor.org/rfc/rfc8259",
        serialize=_as_it_is,
        parse_value=_as_it_is,
    ),
    Url: strawberry.scalar(
        name="URL",
        description=(
            "An address. As input it is absolute, and its scheme is http, https or mailto; an answer may also be "
            "relative to the site, like `/media/cover.jpg`."
        ),
        specified_by_url="https://www.rfc-editor.org/rfc/rfc3986",
        serialize=_as_it_is,
        parse_value=parse_url,
    ),
}
