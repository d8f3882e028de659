"""What `cms check` looks at, in the order in which it is told. Adding a check is one function and one line in `CHECKS`.

The one thing to know: texts that people agreed to, and articles that were shown to them, carry a digest of what they
say. A byte that was changed past the editors' verbs is found here.
"""

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from functools import partial
from itertools import groupby
from typing import Any, Final, TypeAlias, TypeVar
from uuid import UUID

from tortoise.expressions import Q

from cms.articles.counting import recount_everything
from cms.articles.known import chunks
from cms.articles.models import Article, ArticleRevision, Publication
from cms.articles.revisions import wording_of
from cms.authors.models import Author
from cms.comments.counting import lock_articles, recount_articles
from cms.comments.placing import articles_with_passages, count_misplaced, place_passages
from cms.disclaimers.chains import broken_links
from cms.disclaimers.models import Disclaimer, DisclaimerVersion, PolicyVersion
from cms.kernel.checking import Check, Fault, Found, Ground, find_faults, rehearsed
from cms.kernel.clock import now
from cms.kernel.database import Database
from cms.kernel.ids import GlobalId, NodeType
from cms.kernel.migrating import pending
from cms.kernel.models import TextReference
from cms.media.models import Media
from cms.media.texts import Body, columns, stored_body
from cms.richtext import RichTextError
from cms.site.models import Redirect

T = TypeVar("T", Article, ArticleRevision, Author, Media)
Version: TypeAlias = DisclaimerVersion | PolicyVersion
#: A row that holds a text.
Holder: TypeAlias = Version | ArticleRevision | Author

_CHUNK: Final = 200
_FIRST: Final = UUID(int=0)


async def settings_are_safe(ground: Ground) -> AsyncIterator[Fault]:
    """A server that strangers reach says where it is, over a safe connection: links in letters begin with that."""
    settings = ground.settings
    if settings.is_production and not settings.public_url.startswith("https://"):
        yield Fault("CMS_PUBLIC_URL should be the address of this server from outside, and begin with https://.")
    if settings.is_production and "*" in settings.trusted_proxies:
        yield Fault("CMS_TRUSTED_PROXIES takes everybody's word for where a request comes from: name the proxies.")


async def disclaimers_are_as_written(_ground: Ground) -> AsyncIterator[Fault]:
    """Readers were shown exactly this text; each version's digest covers it and the version before."""
    slugs = {row.id: row.slug for row in await Disclaimer.all().only("id", "slug")}
    versions = await DisclaimerVersion.all().order_by("disclaimer_id", "number")
    for key, group in groupby(versions, key=lambda each: each.disclaimer_id):
        for fault in _faults_of_chain(f"The disclaimer {slugs[key]}", list(group)):
            yield fault


async def policies_are_as_written(_ground: Ground) -> AsyncIterator[Fault]:
    """People agreed to exactly this text; the records of their consent name its digest."""
    versions = await PolicyVersion.all().order_by("kind", "number")
    for kind, group in groupby(versions, key=lambda each: each.kind):
        for fault in _faults_of_chain(f"The policy {kind.value}", list(group)):
            yield fault


async def revisions_are_as_saved(_ground: Ground) -> AsyncIterator[Fault]:
    """What an article said at a moment of the past is only worth something if nobody could change it since."""
    async for some in _in_chunks(ArticleRevision):
        for revision in some:
            name = _name(NodeType.ARTICLE_REVISION, revision.id)
            body = _body_of(revision.body_blocks)
            # Three statements a revision: this is asked once a night, and not while somebody waits.
            if body is None or (await wording_of(revision)).content_hash != revision.content_hash:
                yield Fault(f"{name} does not say what it said when it was saved.")
            elif fault := _fault_of_forms(name, revision, body):
                yield fault


async def biographies_are_rendered(_ground: Ground) -> AsyncIterator[Fault]:
    """Readers see the rendered form of a text, and editors the text itself: they must say the same."""
    async for some in _in_chunks(Author, bio_blocks__not_isnull=True):
        for author in some:
            name, body = _name(NodeType.AUTHOR, author.id), _body_of(author.bio_blocks or "")
            if body is None:
                yield Fault(f"The biography of {name} cannot be read any more.")
            elif fault := _fault_of_forms(name, author, body, "bio"):
                yield fault


async def articles_are_counted(ground: Ground) -> AsyncIterator[Fault]:
    """Lists of authors are sorted by their counts, and a count that is off by one stays so for ever."""
    mend = partial(recount_everything, ground.database)
    if wrong := await rehearsed(ground.database, mend):
        yield Fault(f"The articles of {wrong} authors or topics are miscounted.", mend)


async def comments_are_counted(ground: Ground) -> AsyncIterator[Fault]:
    """A thread that counts a reply too many asks for one that is not there."""
    async for some in _in_chunks(Article):
        mend = partial(_count_comments, ground.database, [article.id for article in some])
        if wrong := await rehearsed(ground.database, mend):
            yield Fault(f"{wrong} comments or articles from {some[0].id} on are miscounted.", mend)


async def passages_are_placed(ground: Ground) -> AsyncIterator[Fault]:
    """A comment on a passage stands beside other words than it is about, or is hidden with a passage that is there."""
    async for article_id in articles_with_passages():
        if wrong := await count_misplaced(article_id):
            mend = partial(place_passages, ground.database, article_id)
            yield Fault(f"{wrong} passages of {_name(NodeType.ARTICLE, article_id)} stand elsewhere than told.", mend)


async def references_lead_somewhere(_ground: Ground) -> AsyncIterator[Fault]:
    """A picture that is gone leaves a hole in the page, and a link to what is gone leads nowhere."""
    for model, type_ in ((Media, NodeType.MEDIA), (Article, NodeType.ARTICLE)):
        for target in sorted(await _gone(model, type_)):
            mentions = await TextReference.filter(target_type=type_.value, target_id=target).order_by("owner_id")
            for owner in await _shown({mention.owner_id for mention in mentions}):
                yield Fault(f"{owner} names {_name(type_, target)}, which is gone.")


async def redirects_arrive(_ground: Ground) -> AsyncIterator[Fault]:
    """A browser that is sent in a circle shows an error of its own, and a search engine drops the page."""
    leads = {(row.locale, row.from_path): row.target for row in await Redirect.all().order_by("id")}
    for (locale, path), target in leads.items():
        seen, place = {path}, target
        while place.startswith("/") and place not in seen:
            seen.add(place)
            place = leads.get((locale, place)) or leads.get(("", place)) or ""
        if place in seen:
            yield Fault(f"The redirect from {path} leads in a circle.")


async def files_are_there(ground: Ground) -> AsyncIterator[Fault]:
    """A row without its file is a broken picture on every page that shows it."""
    folder = ground.settings.media_folder
    # Media whose bytes never arrived, as importers find them on old pages, have a name and no file.
    async for some in _in_chunks(Media, deleted_at=None, bytes__gt=0):
        for medium in some:
            if not (folder / medium.storage_key).is_file():
                yield Fault(f"{_name(NodeType.MEDIA, medium.id)}: its file {medium.storage_key} is missing.")


CHECKS: tuple[Check, ...] = (
    settings_are_safe,
    disclaimers_are_as_written,
    policies_are_as_written,
    revisions_are_as_saved,
    biographies_are_rendered,
    articles_are_counted,
    comments_are_counted,
    passages_are_placed,
    references_lead_somewhere,
    redirects_arrive,
    files_are_there,
)


def _quietly(_done: int, _total: int, _what: str) -> None:
    """Say nothing."""


async def check_everything(
    ground: Ground, *, mend: bool = False, tell: Callable[[int, int, str], None] = _quietly
) -> list[Found]:
    """What is wrong with the settings and the data; nothing, where all is well.

    Args:
        ground: what to look at.
        mend: whether to make right what can be worked out again.
        tell: is told how far it has come.
    """
    waiting = await pending(ground.database)
    if waiting:
        # Every other check asks for columns that may not be there.
        return [
            Found(
                "tables_are_up_to_date", f"Migrations wait: {', '.join(waiting)}. Run `cms migrate`.", is_mended=False
            )
        ]
    return await find_faults(ground, CHECKS, mend=mend, tell=tell)


def _faults_of_chain(name: str, versions: Sequence[Version]) -> Iterator[Fault]:
    """What is wrong with the versions of one text. The forms of a text are made again only from one that is intact."""
    broken = set(broken_links(versions))
    for version in versions:
        body = _body_of(version.body_blocks)
        if version.number in broken or body is None:
            yield Fault(f"{name}: version {version.number} does not say what it said when it was written.")
        elif fault := _fault_of_forms(f"{name}: version {version.number}", version, body):
            yield fault


def _fault_of_forms(name: str, row: Holder, body: Body, prefix: str = "body") -> Fault | None:
    """The fault of a row whose forms are not those of its text: one was changed, or they were made by older code."""
    right = columns(body, prefix)
    if all(getattr(row, column) == value for column, value in right.items()):
        return None
    return Fault(f"{name} is shown in other words than it has.", partial(_render_anew, row, right))


async def _render_anew(row: Holder, right: dict[str, Any]) -> None:
    await type(row).filter(id=row.id).update(**right)


def _body_of(blocks: str) -> Body | None:
    """The text of a row, rendered anew; None where it cannot be read."""
    try:
        return stored_body(blocks)
    except (RichTextError, ValueError):
        return None


async def _count_comments(database: Database, article_ids: Sequence[UUID]) -> int:
    await lock_articles(article_ids)
    return await recount_articles(database, article_ids)


async def _gone(model: type[Article | Media], type_: NodeType) -> set[UUID]:
    """What texts name and is not there, or in the trash."""
    rows = await TextReference.filter(target_type=type_.value).distinct().values("target_id")
    named = {UUID(str(row["target_id"])) for row in rows}
    there = {row.id for some in chunks(named) for row in await model.filter(id__in=some, deleted_at=None).only("id")}
    return named - there


async def _shown(owner_ids: set[UUID]) -> list[str]:
    """Those owners of texts that somebody is shown or about to be: what only history holds may have holes."""
    keys, found = list(owner_ids), list[str]()
    unended = Q(ends_at=None) | Q(ends_at__gt=now())
    revisions = {row.head_id for row in await Article.filter(head_id__in=keys, deleted_at=None).only("id", "head_id")}
    revisions |= {row.revision_id for row in await Publication.filter(unended, revision_id__in=keys)}
    found += [_name(NodeType.ARTICLE_REVISION, key) for key in revisions if key is not None]
    found += [_name(NodeType.AUTHOR, row.id) for row in await Author.filter(id__in=keys, deleted_at=None).only("id")]
    for model, type_ in ((DisclaimerVersion, NodeType.DISCLAIMER_VERSION), (PolicyVersion, NodeType.POLICY_VERSION)):
        found += [_name(type_, row.id) for row in await model.filter(id__in=keys).only("id")]
    return sorted(found)


async def _in_chunks(model: type[T], **wanted: object) -> AsyncIterator[list[T]]:
    """The rows of a table in the order of their ids, some at a time, so that no table has to fit into memory."""
    last = _FIRST
    while some := await model.filter(id__gt=last, **wanted).order_by("id").limit(_CHUNK):
        yield some
        last = some[-1].id


def _name(type_: NodeType, key: UUID) -> str:
    return str(GlobalId(type_, key))
