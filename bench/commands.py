"""A command of `cms` as somebody runs it, with the time that it took and the most memory that it held.

The one thing to know: it is a process of its own, and can be killed as `kill -9` does.
"""

import json
import re
import subprocess
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bench.databases import CMS, environment

_LOOK_SECONDS: Final = 0.05
_PEAK = re.compile(r"VmHWM:\s+(\d+) kB")


@dataclass(frozen=True, slots=True)
class Ran:
    """A command that ran. `said` is what it printed as JSON, None where it was killed or refused."""

    seconds: float
    megabytes: float
    said: dict[str, Any] | None

    @property
    def cost(self) -> str:
        """What it took, for people."""
        return f"{self.seconds:.0f} s, at most {self.megabytes:.0f} MiB"


def cms(url: str, *arguments: str, folder: Path | None = None, kill_after: float = float("inf")) -> Ran:
    """One command, to its end or until it is killed.

    Args:
        url: of the database.
        arguments: of the command, which takes `--json`.
        folder: the one in which it runs; this one when left out.
        kill_after: seconds.
    """
    begun = time.perf_counter()
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen([*CMS, *arguments, "--json"], env=environment(url), stdout=said, cwd=folder)  # noqa: S603 - our own program
        megabytes = 0.0
        while process.poll() is None:
            megabytes = _peak(process.pid) or megabytes
            if time.perf_counter() - begun > kill_after:
                process.kill()
            time.sleep(_LOOK_SECONDS)
        said.seek(0)
        told = json.load(said) if process.returncode == 0 else None
    return Ran(time.perf_counter() - begun, megabytes, told)


def _peak(process: int) -> float | None:
    """The most memory that a process has held; none where it has just ended.

    Not what the system tells once it has: that begins with what its parent held, which is more than a command.
    """
    with suppress(OSError):
        found = _PEAK.search(Path(f"/proc/{process}/status").read_text(encoding="ascii", errors="replace"))
        return int(found[1]) / 1024 if found else None
    return None
