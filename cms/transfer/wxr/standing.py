"""What becomes of an item: whether readers see it, from when on, or not at all; and why, for the report.

The one thing to know: what readers of WordPress could not read without a password or an account, nobody can read here.
"""

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from typing import Final, NamedTuple

from cms.transfer.wxr.parsed import ParsedItem


class Standing(StrEnum):
    """Where an item stands here."""

    PUBLIC = "public"
    SCHEDULED = "scheduled"
    DRAFT = "draft"
    LEFT_OUT = "left out"


class Verdict(NamedTuple):
    """Where it stands, and what the report says about that; nothing where it stands as it did."""

    standing: Standing
    why: str = ""


#: The kinds that become articles.
ARTICLES: Final = frozenset({"post", "page"})
ATTACHMENT: Final = "attachment"

Rule = Callable[[ParsedItem, datetime | None, datetime], Verdict | None]


def _thrown_away(item: ParsedItem, _at: datetime | None, _now: datetime) -> Verdict | None:
    """What its editors threw away stays away."""
    return Verdict(Standing.LEFT_OUT, "In WordPress's trash, left out") if item.status == "trash" else None


def _never_written(item: ParsedItem, _at: datetime | None, _now: datetime) -> Verdict | None:
    """WordPress makes one of these whenever somebody opens its editor."""
    if item.status in {"auto-draft", "inherit"}:
        return Verdict(Standing.LEFT_OUT, "Nothing but a draft that WordPress made by itself, left out")
    return None


def _protected(item: ParsedItem, _at: datetime | None, _now: datetime) -> Verdict | None:
    """There are no passwords for single articles here."""
    return Verdict(Standing.DRAFT, "Protected by a password, now a draft") if item.has_password else None


def _private(item: ParsedItem, _at: datetime | None, _now: datetime) -> Verdict | None:
    """Only those who are signed in saw it."""
    return Verdict(Standing.DRAFT, "Private, now a draft") if item.status == "private" else None


def _waiting(item: ParsedItem, at: datetime | None, now: datetime) -> Verdict | None:
    """What was to come out is to come out then; what should have by now did not while anybody looked."""
    if item.status != "future":
        return None
    if at is not None and at > now:
        return Verdict(Standing.SCHEDULED)
    return Verdict(Standing.DRAFT, "Scheduled for a time that has passed, now a draft")


def _unfinished(item: ParsedItem, _at: datetime | None, _now: datetime) -> Verdict | None:
    """Drafts are drafts."""
    return Verdict(Standing.DRAFT) if item.status in {"draft", "pending"} else None


def _unknown(item: ParsedItem, _at: datetime | None, _now: datetime) -> Verdict | None:
    """A status that a plugin made may mean anything."""
    if item.status != "publish":
        return Verdict(Standing.DRAFT, f"Of the unknown status “{item.status}”, now a draft")
    return None


def _undated(_item: ParsedItem, at: datetime | None, _now: datetime) -> Verdict | None:
    """To be public is to be public since some time."""
    return Verdict(Standing.DRAFT, "Published, but without any date, now a draft") if at is None else None


def _ahead(_item: ParsedItem, at: datetime | None, now: datetime) -> Verdict | None:
    """Where WordPress's clock was ahead, readers have to wait for ours."""
    if at is not None and at > now:
        return Verdict(Standing.SCHEDULED, "Published at a time that is still to come, now scheduled")
    return None


#: The first that says something has the last word; what none of them knows readers could see.
RULES: Final[tuple[Rule, ...]] = (
    _thrown_away,
    _never_written,
    _protected,
    _private,
    _waiting,
    _unfinished,
    _unknown,
    _undated,
    _ahead,
)


def judge(item: ParsedItem, at: datetime | None, now: datetime) -> Verdict:
    """Where a post or a page stands here.

    Args:
        item: as WordPress had it.
        at: its own date, if it has one.
        now: the moment of the import.
    """
    verdicts = (rule(item, at, now) for rule in RULES)
    return next((verdict for verdict in verdicts if verdict), Verdict(Standing.PUBLIC))
