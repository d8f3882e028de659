"""Orders as SQL: directions, ties, and what lies beyond an item."""

import pytest

from cms.entities import ENTITIES
from cms.kernel.viewer import ANONYMOUS
from cms.reading.binding import Bindable, Binder
from cms.reading.entity import Kind
from cms.reading.names import Names
from cms.reading.ordering import Order, order_of, page_wanted, size_reader
from cms.reading.request import Leaf, ReadRefused
from cms.reading.sqlite import SqliteDialect
from cms.reading.vocabulary import Perspective
from tests.reading.rows import NOW

_ARTICLE = ENTITIES["Article"]
_TITLE = {"field": "TITLE", "direction": "ASC"}
_LATEST = {"field": "PUBLISHED_AT", "direction": "DESC"}


@pytest.fixture
def names() -> Names:
    """Names of the articles that readers see."""
    binder = Binder(SqliteDialect(), ANONYMOUS)
    return Names(_ARTICLE.sources[Perspective.PUBLISHED], Perspective.PUBLISHED, "1", binder)


def test_the_id_ends_every_order_in_the_direction_before_it(names: Names) -> None:
    """So that one index serves, and equals never change places."""
    assert order_of(ANONYMOUS, _ARTICLE, "PUBLISHED_AT", None).by(names) == "p1.published_at DESC, p1.article_id DESC"
    assert order_of(ANONYMOUS, _ARTICLE, "PUBLISHED_AT", [_TITLE]).by(names) == "p1.title_key ASC, p1.article_id ASC"
    assert order_of(ANONYMOUS, _ARTICLE, "TITLE", [_TITLE, _LATEST]).by(names) == (
        "p1.title_key ASC, p1.published_at DESC, p1.article_id DESC"
    )


def test_backwards_turns_every_key(names: Names) -> None:
    """A page from the end is a page of the opposite order."""
    assert order_of(ANONYMOUS, _ARTICLE, "TITLE", [_TITLE, _LATEST]).by(names, backwards=True) == (
        "p1.title_key DESC, p1.published_at ASC, p1.article_id ASC"
    )


def test_beyond_an_item_in_one_direction_is_a_row_comparison(names: Names) -> None:
    """Which an index answers."""
    order = order_of(ANONYMOUS, _ARTICLE, "PUBLISHED_AT", None)
    assert order.beyond(names, ["?1", "?2"], backwards=False) == "(p1.published_at, p1.article_id) < (?1, ?2)"
    assert order.beyond(names, ["?1", "?2"], backwards=True) == "(p1.published_at, p1.article_id) > (?1, ?2)"
    assert order.beyond(names, ["?1", "?2"], backwards=True, inclusive=True) == (
        "(p1.published_at, p1.article_id) >= (?1, ?2)"
    )


def test_beyond_an_item_in_mixed_directions_is_spelt_out(names: Names) -> None:
    """Key by key: further on in the first, or equal there and further on in the rest."""
    order = order_of(ANONYMOUS, _ARTICLE, "TITLE", [_TITLE, _LATEST])
    rest = "(p1.published_at < ?2 OR (p1.published_at = ?2 AND (p1.article_id < ?3 OR (p1.article_id = ?3 AND 1 = 0))))"
    assert order.beyond(names, ["?1", "?2", "?3"], backwards=False) == (
        f"(p1.title_key > ?1 OR (p1.title_key = ?1 AND {rest}))"
    )


def test_the_name_of_an_order_tells_list_keys_and_directions() -> None:
    """Cursors carry it: one made for another order is told from its own."""
    assert order_of(ANONYMOUS, _ARTICLE, "TITLE", [_TITLE, _LATEST]).name == "Article.TITLE.ASC,PUBLISHED_AT.DESC"
    assert order_of(ANONYMOUS, ENTITIES["Comment"], "OLDEST_FIRST", "NEWEST_FIRST").name == "Comment.NEWEST_FIRST"
    named = [order_of(ANONYMOUS, ENTITIES[entity], "NAME", None).name for entity in ("Author", "Topic")]
    assert named == ["Author.NAME", "Topic.NAME"]


def test_an_order_has_at_most_five_fields() -> None:
    """More tell nobody apart, and cost."""
    assert isinstance(order_of(ANONYMOUS, _ARTICLE, "TITLE", [_TITLE] * 5), Order)
    with pytest.raises(ReadRefused):
        order_of(ANONYMOUS, _ARTICLE, "TITLE", [_TITLE] * 6)


def test_every_order_ends_in_a_key_and_holds_known_kinds() -> None:
    """Only these kinds come back out of a cursor."""
    kinds = {key.kind for entity in ENTITIES.values() for keys in entity.orders.values() for key in keys}
    assert kinds == {Kind.TIME, Kind.TEXT, Kind.INT, Kind.KEY}


def _size(size: object) -> object:
    return size_reader(Leaf(size), 20)(Bindable({}, ANONYMOUS, NOW))


def test_page_sizes() -> None:
    """1 to 100, and the list's own when nobody says."""
    assert size_reader(None, 5)(Bindable({}, ANONYMOUS, NOW)) == 5
    assert [_size(size) for size in (1, 100)] == [1, 100]
    for size in (0, -1, 101, None, "5"):
        with pytest.raises(ReadRefused):
            _size(size)


def test_a_page_begins_at_one_end() -> None:
    """Asking for both is a mistake; null is as if nothing was given."""
    assert page_wanted({"first": None, "last": Leaf(3)}).backwards
    assert not page_wanted({"first": Leaf(3), "last": None}).backwards
    with pytest.raises(ReadRefused):
        page_wanted({"first": Leaf(1), "last": Leaf(1)})
