"""Saved pages for tests of importing, brought into a database, and questions to ask of what became of them."""

from pathlib import Path

from cms.articles.models import ArticleRevision
from cms.comments.models import Comment
from cms.kernel.database import Database
from cms.kernel.viewer import SYSTEM, Viewer
from cms.site.actions import SiteDraft, found_site
from cms.site.models import Site
from cms.transfer.importing import Report
from cms.transfer.page.importing import import_page

PAGES = Path(__file__).parent / "pages"
OVEN, OVEN_HTML, FERRY, MOON = "village-oven.txt", "village-oven.html", "night-ferry.txt", "nested-thread.txt"
OVEN_ALT = "loaves cooling on a wooden rack by a window"


async def bring(
    database: Database, name: str = OVEN, *, zone: str = "Europe/London", dry_run: bool = False, viewer: Viewer = SYSTEM
) -> Report:
    """A fixture page, imported; the site that is founded for it lies in `zone`."""
    data = (PAGES / name).read_bytes()
    return await import_page(database, viewer, data, name, dry_run=dry_run, time_zone=zone)


async def bring_lines(database: Database, *lines: str) -> Report:
    """A page of these lines, imported as text into a site that keeps UTC."""
    return await import_page(database, SYSTEM, "\n".join(lines).encode(), "page.txt")


async def the_head() -> ArticleRevision:
    """What the one article says."""
    return await ArticleRevision.get()


async def comments() -> list[Comment]:
    """Every comment, the oldest first."""
    return await Comment.all().order_by("created_at", "id")


async def a_site(database: Database, **given_values: object) -> Site:
    """A site that is here before any page."""
    values: dict[str, object] = {
        "name": "Harbour Light",
        "url": "https://harbour.example",
        "copyright_holder": "Harbour Press",
        "default_locale": "en",
        "locales": ("en", "de"),
        "time_zone": "Europe/Berlin",
        **given_values,
    }
    return await found_site(database, SYSTEM, SiteDraft(**values))  # type: ignore[arg-type]  # the draft's own fields, passed on
