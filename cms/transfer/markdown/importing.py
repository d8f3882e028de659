"""A folder of texts comes in, by the verbs that editors use: everything, or nothing where it fails.

The one thing to know: it is one transaction, also of a large folder. On SQLite other writers wait for it.
"""

from pathlib import Path
from typing import Final

from cms.kernel.clock import now
from cms.kernel.database import Database
from cms.kernel.guards import require
from cms.kernel.progress import Tell, quietly
from cms.kernel.viewer import Scope, Viewer
from cms.transfer.importing import Report, Tally, one_import
from cms.transfer.markdown.articles import bring
from cms.transfer.markdown.errors import Unreadable
from cms.transfer.markdown.founding import found_if_none, zone_of
from cms.transfer.markdown.job import Job, Options
from cms.transfer.markdown.naming import SITE
from cms.transfer.markdown.opening import opened
from cms.transfer.markdown.places import Place, is_text, shown
from cms.transfer.markdown.planning import make_plan

_NEEDED: Final = (Scope.CONTENT_WRITE, Scope.CONTENT_PUBLISH, Scope.SITE_MANAGE)


async def import_markdown(
    database: Database, viewer: Viewer, place: Path, options: Options, progress: Tell = quietly
) -> Report:
    """Bring in a folder or a zip of Markdown. The same again changes nothing.

    Args:
        database: where.
        viewer: must hold CONTENT_WRITE, CONTENT_PUBLISH and SITE_MANAGE.
        place: the folder or the zip.
        options: what whoever imports may choose.
        progress: is told how far it has come.

    Returns:
        What was done; `failed` when something was refused.

    Raises:
        NotAllowed: the viewer may not.
        InvalidInput: there is no such time zone or language.
    """
    for scope in _NEEDED:
        require(viewer, scope)
    tally = Tally()
    try:
        with opened(place) as found:
            job = await _brought(database, viewer, found, place, options, tally, progress)
    except Unreadable as error:
        tally.refused("files", f"{shown(place.name)}: {error}.")
        return tally.report()
    job.tell()
    return tally.report()


async def _brought(
    database: Database, viewer: Viewer, found: Place, path: Path, options: Options, tally: Tally, progress: Tell
) -> Job:
    if not any(is_text(name) or name == SITE for name in found.sizes):
        raise Unreadable("there is no Markdown in it")
    async with one_import(database, dry_run=options.dry_run):
        site = await found_if_none(database, viewer, found, path, options, tally)
        job = Job(
            database=database,
            viewer=viewer,
            place=found,
            tally=tally,
            site=site,
            zone=zone_of(site.time_zone),
            now=now(),
            options=options,
            progress=progress,
        )
        await bring(job, make_plan(job))
    return job
