"""Moments and addresses at the edge: what is printed, what is accepted, and what is refused with which words."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from graphql import GraphQLError

from schema.scalars import parse_moment, parse_url, print_moment

_BAD_MOMENT = "Expected a time with its offset, like 2013-04-02T06:59:00Z or 2013-04-02T08:59:00+02:00 (RFC 3339)."
_BAD_URL = "Expected an absolute http, https or mailto address of at most 2048 characters."


@pytest.mark.parametrize(
    ("moment", "printed"),
    [
        (datetime(2013, 4, 2, 6, 59, tzinfo=UTC), "2013-04-02T06:59:00Z"),
        (datetime(2013, 4, 2, 8, 59, tzinfo=timezone(timedelta(hours=2))), "2013-04-02T06:59:00Z"),
        (datetime(2013, 4, 2, 6, 59, 0, 50, tzinfo=UTC), "2013-04-02T06:59:00.000050Z"),
        (datetime(800, 1, 1, tzinfo=UTC), "0800-01-01T00:00:00Z"),
        ("2013-04-02T06:59:00Z", "2013-04-02T06:59:00Z"),
    ],
)
def test_a_moment_is_printed_in_utc_and_in_whole_seconds_where_it_can(moment: object, printed: str) -> None:
    """Clients compare these as text; the reader's own text passes as it is."""
    assert print_moment(moment) == printed


@pytest.mark.parametrize("value", [datetime(2013, 4, 2), 1364885940, None])  # noqa: DTZ001 - a time without a zone is the case
def test_what_is_no_moment_is_not_printed(value: object) -> None:
    """A guess at the zone would be wrong by hours."""
    with pytest.raises(GraphQLError, match=r"^A time without a zone cannot be printed\.$"):
        print_moment(value)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2013-04-02T06:59:00Z", datetime(2013, 4, 2, 6, 59, tzinfo=UTC)),
        ("2013-04-02t06:59:00z", datetime(2013, 4, 2, 6, 59, tzinfo=UTC)),
        ("2013-04-02T08:59:00+02:00", datetime(2013, 4, 2, 6, 59, tzinfo=UTC)),
        ("2013-04-02T06:59:00.5-00:00", datetime(2013, 4, 2, 6, 59, 0, 500000, tzinfo=UTC)),
        ("2013-04-02T06:59:00.123456789Z", datetime(2013, 4, 2, 6, 59, 0, 123456, tzinfo=UTC)),
    ],
)
def test_any_offset_is_accepted_and_utc_comes_back(text: str, moment: datetime) -> None:
    """Two ways to write one moment are the same moment."""
    parsed = parse_moment(text)

    assert (parsed, parsed.tzinfo) == (moment, UTC)


@pytest.mark.parametrize(
    "value",
    [
        "2013-04-02T06:59:00",
        "2013-04-02",
        "20130402T065900Z",
        "2013-W14-2T06:59:00Z",
        "2013-02-30T06:59:00Z",
        "2013-04-02T24:00:01Z",
        "2013-04-02T06:59:00+02:00\n",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-01:00",
        "٢٠١٣-04-02T06:59:00Z",
        "yesterday",
        "",
        1364885940,
        True,
        None,
    ],
)
def test_what_names_no_moment_is_refused_with_an_example(value: object) -> None:
    """The message says what to send, and does not repeat what came."""
    with pytest.raises(GraphQLError) as refused:
        parse_moment(value)

    assert refused.value.message == _BAD_MOMENT


@pytest.mark.parametrize(
    "address",
    [
        "https://example.org/a?b=c#d",
        "http://example.org",
        "HTTPS://EXAMPLE.ORG/",
        "http://[2001:db8::1]:8080/",
        "https://bücher.example/überblick",
        "mailto:letters@example.org",
        "https://example.org/" + "a" * 2028,
    ],
)
def test_addresses_that_a_page_may_link_to_pass_unchanged(address: str) -> None:
    """An address is compared and shown as it was given."""
    assert parse_url(address) == address


@pytest.mark.parametrize(
    "value",
    [
        "javascript:alert(1)",
        "java\nscript:alert(1)",
        "data:text/html,hello",
        "//example.org/a",
        "/a/path",
        "example.org",
        "https://",
        "https:///path",
        "https://example.org:port/",
        "https://[2001:db8::1/",
        "https://example.org/a b",
        'https://example.org/"onclick=',
        "https://example.org\\@example.net/",
        "mailto:nobody",
        "https://example.org/" + "a" * 2029,
        "",
        7,
        None,
    ],
)
def test_other_addresses_are_refused(value: object) -> None:
    """What runs, what is relative, and what could end an attribute never reaches a page."""
    with pytest.raises(GraphQLError) as refused:
        parse_url(value)

    assert refused.value.message == _BAD_URL
