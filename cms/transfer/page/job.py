"""What every step of storing a page works with: the page, the site it comes to, and the moments that its times mean."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from zoneinfo import ZoneInfo

from cms.kernel.clock import now
from cms.kernel.database import Database
from cms.kernel.digests import digest_of
from cms.kernel.inputs import line
from cms.kernel.viewer import Viewer
from cms.site.models import Site
from cms.transfer.importing import Tally
from cms.transfer.page.parsed import ParsedPage
from cms.transfer.page.times import localise

SOURCE = "page"
_MAX_SOURCE_ID_CHARS = 512
_MAX_ADDRESS_CHARS = 5 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One page on its way in.

    Attributes:
        site: where it comes to; its time zone is the one that printed times are read in.
        published_at: when readers first saw it; `None` when the page gives no sign of that.
        posted_at: when each comment was posted, in the order of `page.comments`.
    """

    database: Database
    viewer: Viewer
    tally: Tally
    page: ParsedPage
    site: Site
    published_at: datetime | None
    posted_at: Sequence[datetime]


def prepare(database: Database, viewer: Viewer, tally: Tally, page: ParsedPage, site: Site) -> Job:
    """The job of bringing `page` to `site`; what had to be decided about its date is noted.

    Raises:
        PageError: a time lies outside the calendar.
    """
    zone = ZoneInfo(site.time_zone)
    posted_at = tuple(localise(comment.posted_at, zone) for comment in page.comments)
    return Job(
        database=database,
        viewer=viewer,
        tally=tally,
        page=page,
        site=site,
        published_at=_published_at(page, posted_at, zone, tally),
        posted_at=posted_at,
    )


def source_id(page: ParsedPage, part: str = "") -> str:
    """By what a page, or a part of it, is known when it comes again: short enough for its column."""
    known_as = line(f"{page.source_id}#{part}" if part else page.source_id, ("sourceId",), _MAX_ADDRESS_CHARS)
    return known_as if len(known_as) <= _MAX_SOURCE_ID_CHARS else digest_of(known_as)


def _published_at(page: ParsedPage, posted_at: Sequence[datetime], zone: ZoneInfo, tally: Tally) -> datetime | None:
    """The page's own date, or the beginning of the day of its first comment, which cannot have come before it."""
    given = localise(page.published, zone) if page.published else None
    if given is not None and given <= now():
        return given
    if given is not None:
        tally.note(f"The page's date, {given:%Y-%m-%d %H:%M}, is still to come and was not used.")
    if not posted_at:
        tally.note("The page prints no date and has no comment to tell one by: it is a draft, for you to publish.")
        return None
    day = min(posted_at).astimezone(zone).date()
    tally.note(f"The page prints no date; the day of its first comment, {day}, was taken as its own.")
    return localise(datetime.combine(day, time()), zone)
