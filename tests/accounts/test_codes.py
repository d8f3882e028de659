"""Codes from an authenticator: the standard's own examples, the window, and that each counts once."""

from datetime import UTC, datetime
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from cms.accounts.codes import new_secret, otpauth_url, step_of

# RFC 6238, appendix B: the key "12345678901234567890" in base 32, and the last six digits of the codes it lists.
RFC_SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"  # noqa: S105 - everybody knows it
RFC_CODES = [
    (59, "287082"),
    (1111111109, "081804"),
    (1111111111, "050471"),
    (1234567890, "005924"),
    (2000000000, "279037"),
    (20000000000, "353130"),
]


def at(seconds: float) -> datetime:
    """A moment by its Unix time."""
    return datetime.fromtimestamp(seconds, UTC)


@pytest.mark.parametrize(("seconds", "code"), RFC_CODES)
def test_the_codes_are_those_of_the_standard(seconds: int, code: str) -> None:
    """No authenticator would show a code that is taken."""
    assert step_of(RFC_SECRET, code, None, at(seconds)) == seconds // 30


def test_a_code_is_taken_one_step_early_and_one_late() -> None:
    """A phone whose clock is half a minute off would lock its owner out; or an hour's codes would all do."""
    step = 1111111111 // 30
    moments = [(step + offset) * 30 for offset in (-2, -1, 0, 1, 2)]

    taken = [step_of(RFC_SECRET, "050471", None, at(moment)) for moment in moments]

    assert taken == [None, step, step, step, None]


def test_a_code_counts_once() -> None:
    """Whoever reads it over a shoulder could use it again."""
    step = 1111111111 // 30
    moment = at(1111111111)

    assert step_of(RFC_SECRET, "050471", step - 1, moment) == step
    assert step_of(RFC_SECRET, "050471", step, moment) is None
    assert step_of(RFC_SECRET, "050471", step + 1, moment) is None


@pytest.mark.parametrize("typed", ["050 471", " 050471\n", "05 04 71"])
def test_blanks_do_not_count(typed: str) -> None:
    """Authenticators show a code in two halves, and people type what they see."""
    assert step_of(RFC_SECRET, typed, None, at(1111111111)) is not None


@pytest.mark.parametrize(
    "typed", ["", "50471", "0050471", "05047１", "٠٥٠٤٧١", "050471x", "-50471", "\0", "\ud800", "9" * 9999]
)
def test_what_is_no_code_is_none(typed: str) -> None:
    """It could end in a fault of ours, or be taken for another."""
    assert step_of(RFC_SECRET, typed, None, at(1111111111)) is None


def test_secrets_are_long_and_differ() -> None:
    """A secret could be found by trying."""
    secrets = {new_secret() for _ in range(20)}

    assert len(secrets) == 20
    assert {len(secret) for secret in secrets} == {32}


def test_an_authenticator_is_told_whose_code_it_is() -> None:
    """On a phone with twenty of them nobody would find the right one."""
    url = urlsplit(otpauth_url(RFC_SECRET, account="ada@example.org", issuer="The Harbour Light"))

    assert (url.scheme, url.netloc) == ("otpauth", "totp")
    assert unquote(url.path) == "/The Harbour Light:ada@example.org"
    assert parse_qs(url.query) == {"secret": [RFC_SECRET], "issuer": ["The Harbour Light"]}
