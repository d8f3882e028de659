"""What callers write, checked and brought into one form."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from itertools import islice
from uuid import UUID

import pytest

from cms.kernel import inputs
from cms.kernel.digests import canonical_json, digest_of
from cms.kernel.errors import DomainError, InvalidInput, Required, TooLong
from cms.kernel.naming import candidates

PATH = ("name",)


@pytest.mark.parametrize(
    ("given", "kept"),
    [(" a \t b\n", "a b"), ("e\u0301", "é"), ("x" * 300, "x" * 300), ("a\u00a0b", "a b"), ("👩‍🚀", "👩‍🚀")],
)
def test_a_line_is_one_line(given: str, kept: str) -> None:
    """Two titles that look the same must be the same."""
    assert inputs.line(given, PATH) == kept


@pytest.mark.parametrize(
    ("given", "error"),
    [("", Required), (" \n", Required), ("x" * 301, TooLong), ("a\x00", InvalidInput), ("\ud800", InvalidInput)],
)
def test_a_line_that_is_none_is_refused(given: str, error: type[DomainError]) -> None:
    """PostgreSQL would raise on NUL, SQLite keep it; a lone surrogate cannot be written at all."""
    with pytest.raises(error) as refused:
        inputs.line(given, PATH)
    assert refused.value.path == PATH


def test_text_keeps_its_lines() -> None:
    """A caption of two lines is one of two lines on every system."""
    assert inputs.text(" a\r\nb\rc \n", PATH) == "a\nb\nc"
    assert inputs.optional_text("  ", PATH) is None
    assert inputs.optional_text(None, PATH) is None


@pytest.mark.parametrize(
    ("given", "kept"), [("EN", "en"), ("de_ch", "de-CH"), ("ZH-hant-tw", "zh-Hant-TW"), ("es-419", "es-419")]
)
def test_a_locale_has_one_spelling(given: str, kept: str) -> None:
    """`de-ch` and `de-CH` would be two languages, with two articles under one slug."""
    assert inputs.locale(given) == kept


@pytest.mark.parametrize("given", ["", "e", "english-language-x", "en-", "en US", "de-CH-", "12"])
def test_what_is_no_locale_is_refused(given: str) -> None:
    """A tag that no browser knows selects nothing."""
    with pytest.raises(InvalidInput):
        inputs.locale(given)


@pytest.mark.parametrize(
    ("check", "given"),
    [
        (inputs.web_address, "javascript:alert(1)"),
        (inputs.web_address, "//example.org"),
        (inputs.web_address, "https://"),
        (inputs.web_address, "https://exa mple.org"),
        (inputs.web_address, "https://example.org:99999"),
        (inputs.email, "somebody"),
        (inputs.email, "a@b"),
        (inputs.email, "a@b.example, c@d.example"),
        # Whoever writes headers decodes these (RFC 2047): into line breaks, and into other people's addresses.
        (inputs.email, "a@=?utf-8?q?b=0D=0ABcc=3A_c=40d.example?=.example"),
        (inputs.email, "=?utf-8?b?YUBiLmV4YW1wbGUs?=@d.example"),
    ],
)
def test_an_address_that_is_none_is_refused(check: Callable[[str, tuple[str, ...]], object], given: str) -> None:
    """What a page links to, and where letters go, must be what it looks like."""
    with pytest.raises(InvalidInput):
        check(given, PATH)


@pytest.mark.parametrize("given", ["a.b+c=d?e@f-g.example", "josé@हिन्दी.example", "o'hara@1.2.example"])
def test_an_address_that_looks_unusual_is_taken(given: str) -> None:
    """Somebody whose address has all that addresses may have could not be written to."""
    assert inputs.email(given, PATH) == given


def test_a_moment_has_a_zone() -> None:
    """A time without a zone is a different moment for each who reads it."""
    noon = datetime(2024, 3, 4, 12, tzinfo=UTC)
    assert inputs.moment(noon.astimezone(timezone(timedelta(hours=2))), PATH) == noon
    with pytest.raises(InvalidInput):
        inputs.moment(noon.replace(tzinfo=None), PATH)


def test_slugs_for_one_name_are_told_apart_within_their_length() -> None:
    """The hundredth article of one long title still needs an address that fits."""
    assert list(islice(candidates("Winter!"), 3)) == ["winter", "winter-2", "winter-3"]
    long = list(islice(candidates("ab" * 60), 12))
    assert {len(slug) for slug in long} == {96}
    assert (long[1][-2:], long[11][-3:]) == ("-2", "-12")


def test_a_digest_does_not_depend_on_the_order_of_keys() -> None:
    """The same text must have the same digest wherever it is computed."""
    key = UUID("01890a5d-ac96-774b-bcce-b302099a8057")

    assert canonical_json({"b": [key], "a": "ä"}) == '{"a":"ä","b":["01890a5d-ac96-774b-bcce-b302099a8057"]}'.encode()
    assert digest_of({"b": 1, "a": 2}) == digest_of({"a": 2, "b": 1})
    assert digest_of({}) == "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
    with pytest.raises(TypeError):
        canonical_json(object())
