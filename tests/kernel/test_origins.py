"""Where requests come from: the same place is known again for a day, and no longer."""

from datetime import timedelta

from cms.kernel.origins import address_hash, address_hashes
from cms.kernel.secrecy import use_secret
from tests.articles.world import NOON

HERE, NEXT_DOOR, ELSEWHERE = "203.0.113.9", "203.0.113.77", "198.51.100.7"
DAY = timedelta(days=1)


def test_a_place_is_known_for_a_day() -> None:
    """What is kept could tell who was there in spring and in autumn; or not even who sends the same twice."""
    use_secret(b"a key for tests, thirty-two bytes")

    today, tomorrow, later = (address_hashes(HERE, NOON + days * DAY) for days in range(3))

    assert address_hashes(NEXT_DOOR, NOON) == today
    assert tomorrow[1] == today[0]
    assert not {*today} & {*later, *address_hashes(ELSEWHERE, NOON)}
    assert (address_hash(HERE, NOON), today[0].startswith("hmac-sha256:")) == (today[0], True)
    assert (address_hash(None, NOON), address_hashes(None, NOON)) == (None, ())
