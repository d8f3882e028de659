"""Keys grow and cannot be guessed; global ids are taken only as we write them."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from uuid import RFC_4122, UUID

import pytest

from cms.kernel.clock import at
from cms.kernel.ids import GlobalId, NodeType, _Uuid7, new_id, parse_global_id

NOON = datetime(2024, 3, 4, 12, tzinfo=UTC)
KEY = UUID("01890a5d-ac96-774b-bcce-b302099a8057")


def _stamp(key: UUID) -> int:
    """The milliseconds since 1970 in a UUIDv7."""
    return key.int >> 80


def test_a_key_is_a_uuid_of_version_7() -> None:
    """Other systems refuse a key whose version and variant bits are wrong (RFC 9562, section 5.7)."""
    for _ in range(1000):
        key = new_id()
        assert (key.version, key.variant) == (7, RFC_4122)


def test_a_key_begins_with_its_millisecond() -> None:
    """Keys would not come in the order in which things were made."""
    with at(NOON + timedelta(microseconds=999)):
        key = _Uuid7().next()

    assert _stamp(key) == int(NOON.timestamp() * 1000)


def test_keys_grow_while_the_clock_stands_still() -> None:
    """Two comments of one millisecond would change places from one page to the next."""
    with at(NOON):
        maker = _Uuid7()
        keys = [maker.next() for _ in range(10_000)]

    assert all(earlier < later for earlier, later in pairwise(keys))
    assert {_stamp(key) for key in keys} == {int(NOON.timestamp() * 1000)}
    assert {(key.version, key.variant) for key in keys} == {(7, RFC_4122)}


def test_keys_grow_when_the_clock_steps_back() -> None:
    """A clock that is set right would let new rows sort before old ones."""
    maker = _Uuid7()
    with at(NOON):
        first = maker.next()
    with at(NOON - timedelta(hours=1)):
        second = maker.next()
    with at(NOON + timedelta(seconds=1)):
        third = maker.next()

    assert first < second < third
    assert _stamp(third) == int((NOON + timedelta(seconds=1)).timestamp() * 1000)


def test_keys_of_one_moment_do_not_tell_each_other() -> None:
    """Whoever has one key could count up to the next: steps must differ."""
    with at(NOON):
        maker = _Uuid7()
        keys = [maker.next().int for _ in range(100)]

    steps = {later - earlier for earlier, later in pairwise(keys)}
    assert len(steps) == 99


def test_threads_never_get_the_same_key() -> None:
    """An import in a thread beside a request would lose a row."""
    with ThreadPoolExecutor(4) as pool:
        keys = [key for batch in pool.map(lambda _: [new_id() for _ in range(2000)], range(4)) for key in batch]

    assert len(set(keys)) == 8000


def test_every_kind_has_three_letters_of_its_own() -> None:
    """An id would name two things."""
    assert len({node.value for node in NodeType}) == len(NodeType) == 16
    assert all(len(node.value) == 3 and node.value.isascii() and node.value.islower() for node in NodeType)


@pytest.mark.parametrize("node", list(NodeType))
def test_a_global_id_is_read_back(node: NodeType) -> None:
    """What the API gives out would not be found."""
    written = str(GlobalId(node, KEY))

    assert written == f"{node.value}_01890a5d-ac96-774b-bcce-b302099a8057"
    assert parse_global_id(written) == GlobalId(node, KEY)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "art",
        "art_",
        "01890a5d-ac96-774b-bcce-b302099a8057",
        "xyz_01890a5d-ac96-774b-bcce-b302099a8057",
        "ART_01890a5d-ac96-774b-bcce-b302099a8057",
        "art_01890A5D-AC96-774B-BCCE-B302099A8057",
        "art-01890a5d-ac96-774b-bcce-b302099a8057",
        "art_01890a5dac96774bbcceb302099a8057",
        "art_{01890a5d-ac96-774b-bcce-b302099a8057}",
        "art_01890a5d-ac96-774b-bcce-b302099a805",
        "art_01890a5d-ac96-774b-bcce-b302099a80577",
        "art_01890a5d-ac96-774b-bcce-b302099a8057\n",
        " art_01890a5d-ac96-774b-bcce-b302099a8057",
        "art_01890a5d-ac96-774b-bcce-b302099a805\x00",
        "art_0189٠a5d-ac96-774b-bcce-b302099a8057",
        "art_01890a5d-ac96-774b-bcce-b302099a8057' OR 1=1",
    ],
)
def test_what_is_not_written_as_we_write_it_names_nothing(text: str) -> None:
    """One malformed key fails a whole statement on PostgreSQL; two spellings of one id miss a cache."""
    assert parse_global_id(text) is None
