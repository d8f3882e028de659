"""A WordPress export comes in, by the verbs that editors use: first what it holds is planned, then it is brought.

The one thing to know: it is many transactions, so that a large export keeps no other writer waiting for long. Killed
anywhere and run again it ends the same; a rehearsal is one transaction that is rolled back.
"""

from contextlib import AbstractAsyncContextManager, nullcontext
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cms.kernel.clock import now
from cms.kernel.database import Database
from cms.kernel.errors import InvalidInput
from cms.kernel.guards import require
from cms.kernel.inputs import locale, web_address
from cms.kernel.progress import Tell, quietly
from cms.kernel.viewer import Scope, Viewer
from cms.site.actions import SiteDraft, found_site
from cms.site.models import Site
from cms.transfer.importing import Report, Tally, one_import
from cms.transfer.wxr.articles import bring_articles
from cms.transfer.wxr.commenting import bring_comments
from cms.transfer.wxr.fetching import fetch_media
from cms.transfer.wxr.job import Job, Options
from cms.transfer.wxr.parsed import Channel, WxrError
from cms.transfer.wxr.plan import Plan, make_plan
from cms.transfer.wxr.reading import Reading
from cms.transfer.wxr.redirects import bring_redirects
from cms.transfer.wxr.surroundings import bring_authors, bring_media, bring_topics
from cms.transfer.wxr.wording import plain_line, shortened

_NEEDED: Final = (Scope.CONTENT_WRITE, Scope.CONTENT_PUBLISH, Scope.COMMENTS_MODERATE, Scope.SITE_MANAGE)
#: Each needs what those before it made; files come last, since they take longest and nothing waits for them.
_STEPS: Final = (
    bring_authors,
    bring_topics,
    bring_media,
    bring_articles,
    bring_redirects,
    bring_comments,
    fetch_media,
)
_DEFAULT_OPTIONS: Final = Options()
_NOWHERE: Final = "http://127.0.0.1:8000"
_MAX_NAME_CHARS: Final = 200


async def import_wxr(
    database: Database,
    viewer: Viewer,
    path: Path,
    options: Options = _DEFAULT_OPTIONS,
    progress: Tell = quietly,
) -> Report:
    """Bring in a WordPress export. The same export again changes nothing.

    Args:
        database: where.
        viewer: must hold CONTENT_WRITE, CONTENT_PUBLISH, COMMENTS_MODERATE and SITE_MANAGE.
        path: the file.
        options: what whoever imports may choose.
        progress: is told how far it has come.

    Returns:
        What was done; `failed` when something was refused, or the file breaks off.

    Raises:
        NotAllowed: the viewer may not.
        InvalidInput: there is no such time zone.
    """
    for scope in _NEEDED:
        require(viewer, scope)
    tally = Tally()
    try:
        async with _around(database, options):
            job = await _prepare(database, viewer, path, tally, options, progress)
            for step in _STEPS:
                await step(job)
    except WxrError as error:
        tally.refused("files", str(error))
        return tally.report()
    return _told(job)


def _around(database: Database, options: Options) -> AbstractAsyncContextManager[None]:
    return one_import(database, dry_run=True) if options.dry_run else nullcontext()


async def _prepare(
    database: Database, viewer: Viewer, path: Path, tally: Tally, options: Options, progress: Tell
) -> Job:
    reading = Reading(path)
    here = await Site.first()
    zone = _zone(here.time_zone if here else options.time_zone)
    moment = now()
    plan = make_plan(reading, zone, moment)
    site = here or await _found_site(database, viewer, plan.channel, options, tally)
    return Job(
        database=database,
        viewer=viewer,
        reading=reading,
        plan=plan,
        tally=tally,
        site=site,
        zone=zone,
        now=moment,
        locale=_locale(site, plan),
        options=options,
        progress=progress,
    )


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    # There is none of that name, it leads out of the database, or to a folder in it.
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise InvalidInput("Write a time zone of the IANA database, like Europe/London.", ("timeZone",)) from None


async def _found_site(database: Database, viewer: Viewer, channel: Channel, options: Options, tally: Tally) -> Site:
    """A small site, of what the export tells of its own."""
    name = shortened(plain_line(channel.title), _MAX_NAME_CHARS) or "Imported site"
    tag = _language(channel) or "en"
    draft = SiteDraft(
        name=name,
        url=_address(channel.url) or _NOWHERE,
        description=plain_line(channel.description) or None,
        copyright_holder=name,
        default_locale=tag,
        locales=(tag,),
        time_zone=options.time_zone,
    )
    tally.created("sites")
    tally.note(f"There was no site, so “{name}” was founded at {draft.url}, in {tag}, in the zone {draft.time_zone}.")
    return await found_site(database, viewer, draft)


def _language(channel: Channel) -> str | None:
    try:
        return locale(channel.language) if channel.language else None
    except InvalidInput:
        return None


def _address(url: str) -> str | None:
    try:
        address = web_address(url, ())
    except InvalidInput:
        return None
    return None if address is None or "?" in address or "#" in address else address


def _locale(site: Site, plan: Plan) -> str:
    """The export's language where the site has it, or one of the site's that is spoken alike, or the site's own."""
    tag, locales = _language(plan.channel), list(site.locales)
    if tag is None or tag in locales:
        return tag or site.default_locale
    alike = [known for known in locales if known.partition("-")[0] == tag.partition("-")[0]]
    chosen: str = alike[0] if alike else site.default_locale
    plan.findings.add(f"The export is in {tag}, which the site does not have; what was taken is", chosen)
    return chosen


def _told(job: Job) -> Report:
    if job.reading.torn:
        where = f"The file breaks off or is damaged at {job.reading.torn}."
        job.tally.refused("files", f"{where} What is whole before that came in, and nothing after it.")
    job.tally.note(*job.findings.sentences())
    return job.tally.report()
