"""What every step of an import works with: the file, the plan, the site it comes to, and what was made so far."""

from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from pathlib import Path
from uuid import UUID

from cms.kernel.database import Database
from cms.kernel.progress import Tell
from cms.kernel.viewer import Viewer
from cms.site.models import Site
from cms.transfer.importing import Tally
from cms.transfer.wxr.findings import Findings
from cms.transfer.wxr.identity import source_id
from cms.transfer.wxr.plan import Plan
from cms.transfer.wxr.reading import Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What whoever imports may choose.

    Attributes:
        pages_topic: the name of the topic that pages become articles of.
        time_zone: of the site that is founded where there is none.
        dry_run: store nothing, and tell what would have been stored.
        store: the folder that files of attachments are fetched to; without one none is fetched.
        reaches_loopback: whether files may be fetched from this machine; in development only.
    """

    pages_topic: str = "Pages"
    time_zone: str = "UTC"
    dry_run: bool = False
    store: Path | None = None
    reaches_loopback: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One export on its way in.

    Attributes:
        locale: of the articles.
        zone: of the clock that local dates were read from.
        now: the moment of the import.
        progress: is told how far it has come.
        authors: those that are here, by login.
        topics: those that are here, by taxonomy and slug; that of pages by `("page", "")`.
        media: those that are here, by the ids of the attachments.
    """

    database: Database
    viewer: Viewer
    reading: Reading
    plan: Plan
    tally: Tally
    site: Site
    zone: tzinfo
    now: datetime
    locale: str
    options: Options
    progress: Tell
    authors: dict[str, UUID] = field(default_factory=dict)
    topics: dict[tuple[str, str], UUID] = field(default_factory=dict)
    media: dict[int, UUID] = field(default_factory=dict)

    @property
    def findings(self) -> Findings:
        """What the report will say."""
        return self.plan.findings

    def known_as(self, kind: str, number: int | str) -> str:
        """The `source_id` of a thing of this export."""
        return source_id(self.plan.blog, kind, number)
