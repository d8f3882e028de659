"""Keyed hashes are stable under one key, and say nothing under another."""

import pytest

from cms.kernel import secrecy
from cms.kernel.secrecy import NoSecret, is_same, keyed_hash, keyed_numbers, use_secret

KEY = b"a key for tests, thirty-two bytes"


def test_a_keyed_hash_is_hmac_sha256_of_purpose_and_value() -> None:
    """Stored hashes must be found again by every later release."""
    use_secret(KEY)

    assert keyed_hash("email", "wren@mail.example.com") == (
        "hmac-sha256:bc1e08fa01f5979b5043731e82431c700c7d025b16132a4239714184820a22d7"
    )
    assert len(keyed_hash("email", "")) == len("hmac-sha256:") + 64


def test_purpose_and_key_separate_hashes() -> None:
    """A hash of one kind could otherwise be replayed as one of another."""
    use_secret(KEY)
    first = keyed_hash("email", "x")

    assert keyed_hash("reader", "x") != first
    use_secret(b"another key of at least 16 bytes")
    assert keyed_hash("email", "x") != first


def test_keyed_numbers_are_the_same_for_the_same_words_and_few_enough_to_be_shared() -> None:
    """What was counted could not be found again, be found without the key, or be told from every other word."""
    words = [f"word {number}" for number in range(2000)]
    use_secret(b"a key of more than sixteen bytes")
    first, again = keyed_numbers("words", words, 8), keyed_numbers("words", reversed(words), 8)
    elsewhere = keyed_numbers("names", words, 8)
    use_secret(b"another key, of as many bytes...")

    assert first == again[::-1]
    assert set(first) == set(range(256))
    for other in (elsewhere, keyed_numbers("words", words, 8)):
        assert sum(one == two for one, two in zip(first, other, strict=True)) < 40
    assert max(keyed_numbers("words", words, 32)) > 2**31


def test_without_a_key_nothing_is_hashed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that forgot its key must not store hashes under an empty one."""
    monkeypatch.setattr(secrecy._holder, "key", None)

    with pytest.raises(NoSecret, match="use_secret"):
        keyed_hash("email", "x")


def test_a_short_key_is_refused() -> None:
    """Fifteen bytes can be guessed sooner than sixteen; the line is drawn somewhere."""
    with pytest.raises(ValueError, match="at least 16 bytes"):
        use_secret(b"x" * 15)


def test_comparison_takes_any_text() -> None:
    """Tokens come from callers, who send anything."""
    assert is_same("ü", "ü")
    assert not is_same("ü", "u")
