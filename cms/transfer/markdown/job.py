"""What every step of an import works with: the folder, the site it comes to, and what was found and made so far."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from pathlib import Path

from cms.kernel.database import Database
from cms.kernel.progress import Tell
from cms.kernel.text import printable
from cms.kernel.viewer import Viewer
from cms.site.models import Site
from cms.transfer.importing import Tally
from cms.transfer.markdown.places import Place, shown
from cms.transfer.wxr.findings import Findings

_MOST_KEYS = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What whoever imports may choose.

    Attributes:
        store: the folder of the media store, which images are copied to.
        dry_run: store nothing, and tell what would have been stored.
        time_zone: of the site that is founded where there is none, and of nothing else tells it.
        locale: of that site.
    """

    store: Path
    dry_run: bool = False
    time_zone: str = "UTC"
    locale: str = "en"


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One folder on its way in.

    Attributes:
        zone: of the clock that dates without an offset were read from.
        now: the moment of the import.
        findings: what the report will say, each once with the files that it concerns.
        left_over: keys of front matter that nobody took, by how many files have them.
    """

    database: Database
    viewer: Viewer
    place: Place
    tally: Tally
    site: Site
    zone: tzinfo
    now: datetime
    options: Options
    progress: Tell
    findings: Findings = field(default_factory=Findings)
    left_over: Counter[str] = field(default_factory=Counter)
    _first: dict[str, str] = field(default_factory=dict)

    def found(self, what: str, path: str) -> None:
        """Note something about a file."""
        self.findings.add(what, shown(path))

    def refused(self, kind: str, path: str, why: str) -> None:
        """Note that a file cannot be taken."""
        self.tally.refused(kind, f"{shown(path)}: {printable(why).removesuffix('.')}.")

    def not_taken(self, keys: tuple[str, ...], path: str) -> None:
        """Note keys that nobody took."""
        for key in map(shown, keys):
            if key in self.left_over or len(self.left_over) < _MOST_KEYS:
                self.left_over[key] += 1
                self._first.setdefault(key, shown(path))

    def tell(self) -> None:
        """Write what was noted on the way into the report."""
        self.tally.note(*self.findings.sentences())
        self.tally.not_understood(
            f"{key}: {count} {'file' if count == 1 else 'files'}, the first is {self._first[key]}"
            for key, count in self.left_over.items()
        )
