"""What differs between the two databases when a plan is written as SQL."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass

from cms.reading.entity import LARGEST_PAGE, Kind

#: The largest page, and the row more that tells whether there is another.
MOST_ROWS = LARGEST_PAGE + 1


class Dialect(ABC):
    """How one database says it."""

    #: Whether the rows of a page under each parent arrive in order; where not, they are sorted after they arrive.
    keeps_order: bool
    #: Whether a page is first found in a subquery, under names of its own.
    finds_page_first: bool
    #: The type of keys.
    key_type: str

    @abstractmethod
    def placeholder(self, number: int, kind: Kind, *, many: bool) -> str:
        """The text that stands for the `number`th value (from 1), or list of values."""

    @abstractmethod
    def encoder(self, kind: Kind, *, many: bool) -> Callable[[object], object] | None:
        """What a value must go through before the driver takes it; None for nothing."""

    @abstractmethod
    def inner_join(self, table: str, alias: str, on: str) -> str:
        """A join that does not let the planner choose another driving table."""

    @abstractmethod
    def slot_type(self, kind: Kind) -> str:
        """The type under which values of `kind` share a column of the result; kinds of one type can share."""

    @abstractmethod
    def output(self, sql: str, kind: Kind) -> str:
        """`sql` as it leaves the statement."""

    @abstractmethod
    def padding(self, slot_type: str) -> str:
        """A null for a column that a level does not use."""

    @abstractmethod
    def is_in(self, sql: str, placeholder: str) -> str:
        """Whether `sql` is among a bound list."""

    @abstractmethod
    def related(self, sql: str, child: str, rows: str) -> str:
        """Whether some row of `rows` (FROM and WHERE, without the last AND) has a `child` equal to `sql`."""

    @abstractmethod
    def first_rows(self, select: str, limit: str) -> str:
        """The first rows of an ordered SELECT; `limit` is a placeholder, never for more than `MOST_ROWS`."""

    @abstractmethod
    def page_under_parents(self, page: "Page") -> str:
        """The SELECT of a level that pages under each of its parents."""

    @abstractmethod
    def value(self, name: str, kind: Kind, *, nullable: bool) -> str:
        """The Python expression that makes the answer's value from the raw value in the expression `name`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """The parts of a level that pages under each parent, for a dialect to put together.

    Where a page is found first, `find_*` use names of their own and the rest the level's; otherwise they are the same.

    Attributes:
        parents: the FROM item that gives each parent once, as `p`, with what links it as `p.link`.
        columns: the level's columns.
        rows: the FROM clause of the level's rows.
        driving: the name of the driving table in `rows`.
        find_rows: the FROM clause that finds the page, with only what `find_where` and `find_order` need.
        find_driving: the name of the driving table in `find_rows`.
        find_where: the condition, the link to `p` included.
        find_order: the ORDER BY list.
        limit: how many rows under each parent, a number or a placeholder.
    """

    parents: str
    columns: str
    rows: str
    driving: str
    find_rows: str
    find_driving: str
    find_where: str
    find_order: str
    limit: str
