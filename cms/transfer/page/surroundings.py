"""What stands around an article and must be there before it: the site, its author, its disclaimer, its image.

The one thing to know: what is here already under the same name or with the same text is used, and never changed.
"""

from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit
from uuid import UUID

import orjson

from cms.articles.disclaiming import create_disclaimer
from cms.articles.pins import load_covers
from cms.authors.actions import AuthorDraft, create_author
from cms.authors.models import Author
from cms.disclaimers.actions import DisclaimerDraft
from cms.disclaimers.models import DisclaimerScope, DisclaimerVersion
from cms.kernel.clock import now
from cms.kernel.database import Database
from cms.kernel.errors import InvalidInput
from cms.kernel.inputs import locale
from cms.kernel.text import fold
from cms.kernel.viewer import Viewer
from cms.media.actions import MediaDraft, register_media
from cms.media.texts import RichTextInput
from cms.richtext import from_plain_text, render
from cms.site.actions import SiteDraft, found_site
from cms.site.models import Site
from cms.transfer.importing import Tally
from cms.transfer.page.job import SOURCE, Job, source_id
from cms.transfer.page.parsed import ParsedImage, ParsedPage, digest

_NO_BYTES = digest()
_LONGEST_NAME, _LONGEST_FILENAME = 200, 255


async def site_for(
    database: Database, viewer: Viewer, page: ParsedPage, tally: Tally, *, time_zone: str, site_url: str
) -> Site:
    """The one site; where there is none, a small one is founded from what the page tells of its publisher."""
    site = await Site.first()
    if site is not None:
        return site
    tag = language_of(page) or "en"
    draft = SiteDraft(
        name=_publisher(page),
        url=_origin(page) or site_url,
        copyright_holder=_publisher(page),
        default_locale=tag,
        locales=(tag,),
        time_zone=time_zone,
    )
    tally.created("sites")
    tally.note(
        f"There was no site, so “{draft.name}” was founded at {draft.url}, in {tag}. Times without an offset were read"
        f" in its time zone, {time_zone}: they stay as read if you change the zone later."
    )
    return await found_site(database, viewer, draft)


async def author_of(job: Job) -> UUID | None:
    """The author with the name that the page prints; nobody when it prints none."""
    name = job.page.byline
    if name is None:
        return None
    if "," in name or " and " in name or " & " in name:
        job.tally.note(f"The byline “{name}” may name several people; it was taken as one.")
    namesakes = await Author.filter(name_key=fold(name), deleted_at=None).order_by("created_at", "id")
    if len(namesakes) > 1:
        job.tally.note(f"{len(namesakes)} authors are called {name}; the one known longest was taken.")
    if namesakes:
        job.tally.unchanged("authors")
        return namesakes[0].id
    job.tally.created("authors")
    return (await create_author(job.database, job.viewer, AuthorDraft(name=name))).id


async def disclaimer_of(job: Job) -> UUID | None:
    """The disclaimer that says what the page's says and was in effect when it came out; a new one where none was.

    Of a disclaimer we know only the pages that show it. So one that was made for a later page does not hold for an
    earlier one, and that one gets its own: import the oldest pages first.
    """
    said = _disclaimer_text(job.page)
    if said is None:
        return None
    _note_invitation(job)
    body = plain_text(said)
    known = await _disclaimer_saying(job, render(from_plain_text(said)).text)
    if known is not None:
        job.tally.unchanged("disclaimers")
        return known
    job.tally.created("disclaimers")
    draft = DisclaimerDraft(
        title=_disclaimer_title(job.page),
        body=body,
        scope=DisclaimerScope.SELECTED_ARTICLES,
        effective_from=job.published_at,
    )
    return (await create_disclaimer(job.database, job.viewer, draft)).disclaimer_id


async def image_of(job: Job) -> UUID | None:
    """The medium that stands for the page's lead image, of which only words and perhaps an address are known.

    It is registered without a file (no bytes, and a place in the store where nothing lies): the text for those who
    cannot see the image is kept, no file is made up, and `cms check` names it among the missing until it is there.
    """
    image = job.page.lead_image
    if image is None or not (image.alt or image.url or image.caption):
        return None
    job.tally.note(_missing_file(image))
    known_as = source_id(job.page, "lead-image")
    draft = MediaDraft(
        filename=_filename(image),
        content_type="application/octet-stream",
        bytes=0,
        digest=_NO_BYTES,
        storage_key=f"missing/{digest(known_as).removeprefix('sha256:')}",
        alt=image.alt,
        caption=image.caption,
        source=SOURCE,
        source_id=known_as,
    )
    job.tally.created("media")
    return (await register_media(job.database, job.viewer, draft)).id


def plain_text(text: str) -> RichTextInput:
    """Paragraphs, as actions take them.

    Raises:
        RichTextError: there is more of it than is kept.
    """
    return RichTextInput(blocks=orjson.loads(render(from_plain_text(text)).blocks))


def language_of(page: ParsedPage) -> str | None:
    """The page's language as a canonical tag; `None` when it declares none that we understand."""
    try:
        return locale(page.language) if page.language else None
    except InvalidInput:
        return None


def _publisher(page: ParsedPage) -> str:
    holder = page.copyright.holder if page.copyright else None
    if holder and len(holder) <= _LONGEST_NAME:
        return holder
    return urlsplit(page.canonical_url or "").hostname or "Imported site"


def _origin(page: ParsedPage) -> str | None:
    parts = urlsplit(page.canonical_url or "")
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else None


def _disclaimer_text(page: ParsedPage) -> str | None:
    """With the invitation to write to the author, which stands in the disclaimer or in a paragraph after it."""
    said, invitation = page.disclaimer, page.contact_invitation
    if said is None or invitation is None or invitation in said:
        return said or invitation
    return f"{said}\n\n{invitation}"


def _note_invitation(job: Job) -> None:
    if job.page.contact_invitation:
        job.tally.note(
            "The page invites readers to write to the author, and that is kept in the disclaimer; authors get letters"
            " here once they have a mail address and accept messages."
        )


def _disclaimer_title(page: ParsedPage) -> str:
    holder = page.copyright.holder if page.copyright else None
    return f"Disclaimer of {holder}" if holder and len(holder) <= _LONGEST_NAME else "Disclaimer"


async def _disclaimer_saying(job: Job, text: str) -> UUID | None:
    """The first disclaimer, of any scope, whose version in effect at the page's time says `text`."""
    said_by = set(await DisclaimerVersion.filter(body_text=text).values_list("id", flat=True))
    if not said_by:
        return None
    moment = job.published_at or now()
    found = next((cover.id for cover in await load_covers() if cover.version_at(moment) in said_by), None)
    if found is None:
        job.tally.note("A disclaimer that says the same is not in effect at the page's time, so the page got its own.")
    return found


def _filename(image: ParsedImage) -> str:
    name = PurePosixPath(unquote(urlsplit(image.url or "").path)).name
    fits = name.isprintable() and 0 < len(name) <= _LONGEST_FILENAME
    return name if fits else "missing-image"


def _missing_file(image: ParsedImage) -> str:
    where = f" It was at {image.url}." if image.url else ""
    what = f" Its text, “{image.alt}”, is kept." if image.alt else ""
    return f"The file of the lead image is missing: upload it.{where}{what}"
