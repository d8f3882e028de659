"""What translations translate in the end: the file of an article that is itself no translation.

The one thing to know: a file may name another translation, and people write lines that lead round in a circle.
"""

from collections.abc import Collection
from typing import Final

from cms.kernel.ids import GlobalId, NodeType
from cms.transfer.markdown.bodies import Bodies
from cms.transfer.markdown.identity import key_in
from cms.transfer.markdown.job import Job
from cms.transfer.markdown.planning import Head, Plan

_LONGEST_LINE: Final = 100


class Originals:
    """What translations translate, by their files.

    Args:
        job: the import.
        plan: every article of the folder.
        bodies: finds files.
        gone: the files of articles that were deleted here.
    """

    def __init__(self, job: Job, plan: Plan, bodies: Bodies, gone: Collection[str]) -> None:
        self._job = job
        self._plan = plan
        self._bodies = bodies
        self._gone = gone
        self._by_id = {str(GlobalId(NodeType.ARTICLE, head.key)): path for path, head in plan.articles.items()}
        self._by_slug: dict[str, str] = {}
        for path, head in plan.articles.items():
            self._by_slug.setdefault(head.slug, path)

    def of(self, head: Head) -> str | None:
        """The file of the original; none where there is none, or the line of translations leads round in a circle."""
        path, seen = head.path, [head.path]
        while original := self._plan.articles[path].original:
            found = self._found(original, path)
            if found is None or found in seen or len(seen) > _LONGEST_LINE:
                self._job.found("What it translates is not in the folder, or translates it", head.path)
                return None
            path = found
            seen.append(path)
        return path if path != head.path and path not in self._gone else None

    def _found(self, original: str, path: str) -> str | None:
        here = self._bodies.find(original, path)
        if here in self._plan.articles:
            return here
        return self._by_id.get(original) if key_in(original) else self._by_slug.get(original)
