"""Names in SQL: aliases of one use, and no join that nothing needs."""

import pytest

from cms.kernel.viewer import ANONYMOUS, Scope, Viewer
from cms.reading.binding import Bindable, Binder
from cms.reading.entity import Join, Kind, Source
from cms.reading.names import Names
from cms.reading.request import ReadRefused
from cms.reading.sqlite import SqliteDialect
from cms.reading.vocabulary import Perspective
from tests.reading.rows import NOW

_SOURCE = Source(
    "shelf",
    "s",
    key="{s}.id",
    joins=(
        Join("room", "r", "{r}.id = {s}.room_id"),
        Join("house", "h", "{h}.id = {r}.house_id"),
        Join("loan", "l", "{l}.shelf_id = {s}.id", outer=True),
    ),
    same={"i": "s"},
)


@pytest.fixture
def binder() -> Binder:
    """The values of one statement."""
    return Binder(SqliteDialect(), Viewer(frozenset({Scope.CONTENT_PREVIEW})))


@pytest.fixture
def names(binder: Binder) -> Names:
    """A use of the source."""
    return Names(_SOURCE, Perspective.PUBLISHED, "4", binder)


def test_a_table_that_nothing_names_is_not_joined(names: Names) -> None:
    """Every join costs, on each row."""
    assert names.sql("{s}.title") == "s4.title"
    assert names.rows() == "shelf AS s4"


def test_a_join_brings_what_it_stands_on(names: Names) -> None:
    """The house is found through the room."""
    assert names.sql("{h}.name") == "h4.name"
    assert names.rows() == (
        "shelf AS s4 CROSS JOIN room AS r4 ON r4.id = s4.room_id CROSS JOIN house AS h4 ON h4.id = r4.house_id"
    )


def test_an_outer_join_stays_outer(names: Names) -> None:
    """What is not lent out is a row all the same."""
    names.sql("{l}.until")
    assert names.rows() == "shelf AS s4 LEFT JOIN loan AS l4 ON l4.shelf_id = s4.id"


def test_one_table_under_two_names(names: Names) -> None:
    """`{i}` is the shelf itself here; elsewhere it may be a table of its own."""
    assert names.sql("{i}.starts_at") == "s4.starts_at"


def test_texts_may_differ_by_perspective(names: Names) -> None:
    """The one of this use is taken."""
    assert names.sql({Perspective.PUBLISHED: "{s}.public", Perspective.DRAFT: "{l}.draft"}) == "s4.public"
    assert names.rows() == "shelf AS s4"


def test_words_of_the_request(names: Names, binder: Binder) -> None:
    """One value for each, however often it is named; scopes are decided when the statement is written."""
    assert names.sql("{s}.a <= {now} AND {now} < {s}.b") == "s4.a <= ?1 AND ?1 < s4.b"
    assert names.sql("{may_CONTENT_PREVIEW} OR {may_SITE_MANAGE}") == "1 = 1 OR 1 = 0"
    assert names.sql("{key} = {value} {else}", value="?9") == "s4.id = ?9 {else}"
    assert [read(Bindable({}, ANONYMOUS, NOW)) for read in binder.readers] == ["2026-03-02T12:00:00.000000Z"]


@pytest.mark.parametrize("text", ["a\0b", "\ud800"], ids=ascii)
def test_texts_that_a_database_cannot_hold_are_refused_when_they_are_bound(binder: Binder, text: str) -> None:
    """On both databases alike, alone and in lists."""
    binder.bind(Kind.TEXT, lambda _request: text)
    binder.bind(Kind.TEXT, lambda _request: ["fine", text], many=True)
    for read in binder.readers:
        with pytest.raises(ReadRefused):
            read(Bindable({}, ANONYMOUS, NOW))
