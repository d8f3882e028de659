"""A saved page becomes an article with all that stands around it, by the actions that editors use.

The one thing to know: nothing is invented, and nothing that is here already is changed. A page that came before brings
only the comments that are new.
"""

from datetime import datetime

from cms.articles.actions import create_article, publish_article
from cms.articles.drafts import ArticleDraft, Contribution, Copyright, LeadImage
from cms.articles.models import Article
from cms.kernel.changing import one_at_a_time
from cms.kernel.database import Database
from cms.kernel.errors import DomainError, NotAllowed
from cms.kernel.guards import require
from cms.kernel.viewer import Scope, Viewer
from cms.media.texts import RichTextInput
from cms.richtext import RichTextError
from cms.transfer.importing import Report, Tally, one_import
from cms.transfer.page import parse_page
from cms.transfer.page.commenting import comment_rules, store_comments, typed_comments
from cms.transfer.page.job import SOURCE, Job, prepare, source_id
from cms.transfer.page.parsed import PageError, ParsedPage
from cms.transfer.page.surroundings import author_of, disclaimer_of, image_of, language_of, plain_text, site_for

_NEEDED = (Scope.CONTENT_WRITE, Scope.CONTENT_PUBLISH, Scope.COMMENTS_MODERATE)
_PAGES = 0x7061676573
DEFAULT_SITE_URL = "http://127.0.0.1:8000"


async def import_page(
    database: Database,
    viewer: Viewer,
    data: bytes,
    filename: str,
    *,
    dry_run: bool = False,
    time_zone: str = "UTC",
    site_url: str = DEFAULT_SITE_URL,
) -> Report:
    """Bring in a saved page: all of it, or nothing where any of it is refused. The same page again changes nothing.

    Args:
        database: where.
        viewer: must hold CONTENT_WRITE, CONTENT_PUBLISH and COMMENTS_MODERATE; SITE_MANAGE where there is no site yet.
        data: the file as saved.
        filename: its name, for its ending.
        dry_run: store nothing, and tell what would have been stored.
        time_zone: of the site that is founded where there is none; one that is here keeps its own.
        site_url: the address of such a site, where the page does not say its own.

    Returns:
        What was done; `failed` when the page was refused.

    Raises:
        NotAllowed: the viewer may not.
    """
    for scope in _NEEDED:
        require(viewer, scope)
    tally = Tally()
    page: ParsedPage | None = None
    try:
        page = parse_page(data, filename)
        async with one_import(database, dry_run=dry_run):
            await one_at_a_time(database, _PAGES)
            _tell(page, tally)
            site = await site_for(database, viewer, page, tally, time_zone=time_zone, site_url=site_url)
            await _store(prepare(database, viewer, tally, page, site))
    except NotAllowed:
        raise
    except (DomainError, PageError, RichTextError) as error:
        return _refusal(error, page)
    return tally.report()


def _tell(page: ParsedPage, tally: Tally) -> None:
    tally.note(*page.notes)
    tally.not_understood(page.unrecognised)
    for text in filter(None, (page.terms_notice, page.required_note, page.cookie_notice)):
        tally.note(f"This was left out, because it belongs to the site and not to the article: “{text}”")


def _refusal(error: DomainError | PageError | RichTextError, page: ParsedPage | None) -> Report:
    """Nothing was stored, so nothing else is counted."""
    tally = Tally()
    where = _place(error.path, page) if isinstance(error, DomainError) and page else ""
    tally.refused("pages", f"{where}{error} Nothing of the page was stored.")
    return tally.report()


def _place(path: tuple[str, ...], page: ParsedPage) -> str:
    """What of the page an error is about, to be put before its message."""
    if path[:1] == ("comments",):
        comment = page.comments[int(path[1])]
        return f"The comment by {comment.name} of {comment.posted_at:%Y-%m-%d %H:%M}: "
    return f"{'.'.join(path)}: " if path else ""


async def _store(job: Job) -> None:
    typed = typed_comments(job.page)
    known = await Article.get_or_none(source=SOURCE, source_id=source_id(job.page))
    if known is not None:
        job.tally.unchanged("articles")
        job.tally.note("The page was imported before. Its article stays as it is here; only new comments are added.")
    if known is not None and known.deleted_at is not None:
        job.tally.note("Its article was deleted here, and is not brought back.")
        return
    article = known or await _write_article(job, typed)
    await store_comments(job, article, typed)


async def _write_article(job: Job, typed: list[str]) -> Article:
    page = job.page
    author_id, disclaimer_id, image_id = await author_of(job), await disclaimer_of(job), await image_of(job)
    image = page.lead_image
    draft = ArticleDraft(
        title=page.title,
        locale=_locale(job),
        body=RichTextInput(html=page.body_html) if page.body_html else plain_text("\n\n".join(page.paragraphs)),
        lead_image=LeadImage(image_id, alt=image.alt, caption=image.caption or "") if image and image_id else None,
        contributors=(Contribution(author_id, credited_as=page.byline),) if author_id else (),
        disclaimer_ids=(disclaimer_id,) if disclaimer_id else (),
        copyright=_copyright(job),
        comments=comment_rules(job, typed),
        source=SOURCE,
        source_id=source_id(page),
    )
    article = await create_article(job.database, job.viewer, draft, at=job.published_at)
    job.tally.created("articles")
    if job.published_at is None:
        return article
    return await publish_article(job.database, job.viewer, article.id, at=job.published_at)


def _locale(job: Job) -> str:
    """The page's language where the site has it, or one of the site's that is spoken alike, or the site's own."""
    tag, locales = language_of(job.page), list(job.site.locales)
    alike = [known for known in locales if tag and known.partition("-")[0] == tag.partition("-")[0]]
    if tag is None or tag in locales:
        return tag or job.site.default_locale
    chosen: str = alike[0] if alike else job.site.default_locale
    job.tally.note(f"The page is in {tag}, which the site does not have; {chosen} was taken.")
    return chosen


def _copyright(job: Job) -> Copyright | None:
    """As the page states it; a holder or a year that it leaves out is the site's, or that of its publication."""
    stated = job.page.copyright
    if stated is None:
        return None
    year = stated.year or _year(job.published_at)
    if year is None:
        job.tally.note(f"The copyright line names no year, and nothing else does: “{stated.statement}” was left out.")
        return None
    if stated.holder is None:
        job.tally.note(f"The copyright line names nobody; {job.site.copyright_holder} was taken, as the site says.")
    if stated.year is None:
        job.tally.note(f"The copyright line names no year; {year}, when the page came out, was taken.")
    return Copyright(stated.holder or job.site.copyright_holder, year, stated.statement)


def _year(moment: datetime | None) -> int | None:
    return moment.year if moment else None
