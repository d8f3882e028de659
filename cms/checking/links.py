"""Whether what refers to something finds it."""

from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from functools import partial
from typing import Any, Final
from uuid import UUID

from tortoise.expressions import Q

from cms.articles.known import chunks
from cms.articles.models import Article, ArticleRevision, Publication
from cms.authors.models import Author
from cms.checking.rows import in_parts, name_of
from cms.checking.texts import body_of
from cms.disclaimers.models import DisclaimerVersion, PolicyVersion
from cms.kernel.checking import Fault, Ground
from cms.kernel.clock import now
from cms.kernel.database import Dialect
from cms.kernel.ids import NodeType
from cms.kernel.mixins import Identified
from cms.kernel.models import TextReference
from cms.media.models import Media
from cms.media.texts import references
from cms.site.models import Redirect

_Named = tuple[int, str, UUID]

#: Where texts are: the column of their blocks, and the one with an image of theirs.
_TEXTS: Final[tuple[tuple[type[Identified], NodeType, str, tuple[str, ...]], ...]] = (
    (ArticleRevision, NodeType.ARTICLE_REVISION, "body_blocks", ("lead_image_id",)),
    (Author, NodeType.AUTHOR, "bio_blocks", ()),
    (DisclaimerVersion, NodeType.DISCLAIMER_VERSION, "body_blocks", ()),
    (PolicyVersion, NodeType.POLICY_VERSION, "body_blocks", ()),
)

_UNPROVED: Final = (
    "SELECT conrelid::regclass::text AS owner FROM pg_constraint WHERE contype = 'f' AND NOT convalidated"
)


async def rows_refer_to_rows(ground: Ground) -> AsyncIterator[Fault]:
    """The database keeps its references itself; a program that told it not to has left some that lead nowhere."""
    ask = ground.database.connection.execute_query_dict
    if ground.database.dialect is Dialect.SQLITE:
        broken = Counter([(row["table"], row["parent"]) for row in await ask("PRAGMA foreign_key_check")])
        for (table, parent), count in sorted(broken.items()):
            yield Fault(f"{count} rows of {table} refer to rows of {parent} that are not there.")
    else:
        for owner in sorted({row["owner"] for row in await ask(_UNPROVED)}):
            yield Fault(f"PostgreSQL was told not to look whether rows of {owner} refer to rows that are there.")


async def texts_name_what_is_listed(_ground: Ground) -> AsyncIterator[Fault]:
    """Where a medium is used is looked up in a list: it would be thrown away while a text still shows it."""
    for model, type_, blocks, images in _TEXTS:
        async for some in in_parts(model, blocks, *images, **{f"{blocks}__not_isnull": True}):
            bodies = {row.id: (getattr(row, blocks), *(getattr(row, image) for image in images)) for row in some}
            async for fault in _unlisted(bodies, type_):
                yield fault


async def references_lead_somewhere(_ground: Ground) -> AsyncIterator[Fault]:
    """A picture that is gone leaves a hole in the page, and a link to what is gone leads nowhere."""
    for model, type_ in ((Media, NodeType.MEDIA), (Article, NodeType.ARTICLE)):
        for target in sorted(await _gone(model, type_)):
            mentions = await TextReference.filter(target_type=type_.value, target_id=target).order_by("owner_id")
            for owner in await _shown({mention.owner_id for mention in mentions}):
                yield Fault(f"{owner} names {name_of(type_, target)}, which is gone.")


async def redirects_arrive(_ground: Ground) -> AsyncIterator[Fault]:
    """A browser that is sent in a circle shows an error of its own, and a search engine drops the page."""
    # All of them, as three texts each: where a chain leads can be anywhere.
    rows = await Redirect.all().order_by("id").values_list("locale", "from_path", "target")
    leads = {(str(locale), str(path)): str(target) for locale, path, target in rows}
    for (locale, path), target in leads.items():
        seen, place = {path}, target
        while place.startswith("/") and place not in seen:
            seen.add(place)
            place = leads.get((locale, place)) or leads.get(("", place)) or ""
        if place in seen:
            yield Fault(f"The redirect from {path} leads in a circle.")


async def _unlisted(bodies: Mapping[UUID, Sequence[Any]], type_: NodeType) -> AsyncIterator[Fault]:
    """The texts that name other things than the list says. One that cannot be read is told of by its own check."""
    listed: dict[UUID, set[_Named]] = defaultdict(set)
    for row in await TextReference.filter(owner_id__in=list(bodies)):
        listed[row.owner_id].add(_named(row))
    for key, (blocks, *images) in bodies.items():
        body = body_of(blocks)
        rows = [] if body is None else references(key, body, *images)
        if body is not None and {_named(row) for row in rows} != listed[key]:
            yield Fault(f"{name_of(type_, key)} names other things than are listed.", partial(_list_anew, key, rows))


def _named(row: TextReference) -> _Named:
    return row.position, row.target_type, row.target_id


async def _list_anew(owner_id: UUID, rows: Sequence[TextReference]) -> None:
    await TextReference.filter(owner_id=owner_id).delete()
    await TextReference.bulk_create(rows)


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
    found += [name_of(NodeType.ARTICLE_REVISION, key) for key in revisions if key is not None]
    found += [name_of(NodeType.AUTHOR, row.id) for row in await Author.filter(id__in=keys, deleted_at=None).only("id")]
    for model, type_ in ((DisclaimerVersion, NodeType.DISCLAIMER_VERSION), (PolicyVersion, NodeType.POLICY_VERSION)):
        found += [name_of(type_, row.id) for row in await model.filter(id__in=keys).only("id")]
    return sorted(found)
