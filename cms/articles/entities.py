"""How articles and their revisions are read, and what that adds to the floors below."""

from collections.abc import Mapping
from dataclasses import replace

from cms.articles import sources
from cms.articles.checks import MOST_FINDINGS, content_checks
from cms.articles.content import (
    CONTRIBUTOR,
    COVERING,
    DISCLAIMERS,
    ORDERS,
    PATH,
    PINNED,
    content,
)
from cms.articles.derived import reading_minutes
from cms.articles.differences import field_differences
from cms.articles.models import Article, ArticleRevision
from cms.articles.permissions import IS_OWN, viewer_can
from cms.authors.entities import AUTHOR
from cms.disclaimers.entities import DISCLAIMER, DISCLAIMER_VERSION
from cms.kernel.ids import NodeType, parse_global_id
from cms.kernel.viewer import Scope, Viewer
from cms.media.entities import MEDIA
from cms.reading.address import SITE_JOIN, addresses, by_path
from cms.reading.entity import (
    ArgumentCondition,
    Bound,
    Column,
    Computed,
    Entity,
    Field,
    Filter,
    FlagFilter,
    Join,
    Kind,
    Lookup,
    LookupBy,
    Many,
    OrderKey,
    RelationFilter,
    Source,
    Sql,
    ToOne,
    Unasked,
    both,
    column,
    columns,
)
from cms.reading.root import QUERY
from cms.reading.vocabulary import Perspective
from cms.topics.entities import TOPIC

# Not the last microsecond of the year: asyncpg sends that one as infinity, behind which a page would never end.
_NEVER_PUBLISHED = "'9999-12-31T23:59:59.000000Z'"
_PUBLISHED_AT: Sql = {
    Perspective.PUBLISHED: "{i}.published_at",
    Perspective.DRAFT: f"COALESCE({{i}}.published_at, {_NEVER_PUBLISHED})",
}
#: Readers are told when what they read last changed, not when somebody last touched a draft of it.
_CHANGED_AT: Sql = {Perspective.PUBLISHED: "{i}.starts_at", Perspective.DRAFT: "{a}.updated_at"}
_TITLE_KEY: Sql = {Perspective.PUBLISHED: "{p}.title_key", Perspective.DRAFT: "{r}.title_key"}
_NEXT = (
    "(SELECT z.{column} FROM publication AS z WHERE z.article_id = {{key}} AND z.starts_at > {{now}} "
    "ORDER BY z.starts_at LIMIT 1)"
)
_PUBLISH_AT = _NEXT.format(column="starts_at")
_UNPUBLISH_AT = (
    "(SELECT min(z.ends_at) FROM publication AS z WHERE z.article_id = {key} AND z.ends_at > {now} AND NOT EXISTS "
    "(SELECT 1 FROM publication AS y WHERE y.article_id = z.article_id AND y.starts_at = z.ends_at))"
)
_CHANGED = "({p}.revision_id IS NULL OR {p}.revision_id <> {a}.head_id)"
_IN_REVIEW = "EXISTS (SELECT 1 FROM review AS z WHERE z.article_id = {key} AND z.closed_at IS NULL)"
_STATUS: Sql = {
    Perspective.PUBLISHED: "'PUBLISHED'",
    Perspective.DRAFT: (
        "CASE WHEN {a}.archived_at IS NOT NULL THEN 'ARCHIVED' WHEN {p}.id IS NOT NULL THEN 'PUBLISHED' "
        f"WHEN {_PUBLISH_AT} IS NOT NULL THEN 'SCHEDULED' "
        "WHEN {a}.first_published_at <= {now} THEN 'UNPUBLISHED' ELSE 'DRAFT' END"
    ),
}
#: A slug is found where an index knows it: readers look for what is public, editors for any that an article holds.
_SLUG: Sql = {Perspective.PUBLISHED: "{p}.slug", Perspective.DRAFT: "{r}.slug"}
_HAS_SLUG: Sql = {
    Perspective.PUBLISHED: "{p}.slug = {value}",
    Perspective.DRAFT: (
        "{r}.slug = {value} AND {key} IN (SELECT z.article_id FROM article_slug AS z WHERE z.slug = {value})"
    ),
}
_published_at = Column("{i}.published_at", Kind.TIME)
_changed_at = Column(_CHANGED_AT, Kind.TIME, nullable=False)
_status = Column(_STATUS, nullable=False)


def _previewed(viewer: Viewer, perspective: Perspective) -> str:
    """Whoever holds a preview link reads the head of one article, and of no other."""
    every = perspective is Perspective.PUBLISHED or viewer.may(Scope.CONTENT_PREVIEW)
    return "" if every else "{key} = {preview}"


ARTICLE = Entity(
    "Article",
    NodeType.ARTICLE,
    sources.BY_PERSPECTIVE,
    visible=_previewed,
    filters={
        "id": Filter("{key}", Kind.KEY, prefix=NodeType.ARTICLE),
        "slug": Filter("{r}.slug", folded="{r}.slug"),
        "title": Filter("{r}.title", folded="{r}.title_key"),
        "locale": Filter("{a}.locale", folded="lower({a}.locale)"),
        "publishedAt": Filter("{i}.published_at", Kind.TIME),
        "updatedAt": Filter(_CHANGED_AT, Kind.TIME),
        "commentCount": Filter("{a}.comment_count", Kind.INT),
        "author": RelationFilter("Author", "{r}.id", through=("revision_contributor", "revision_id", "author_id")),
        "topic": RelationFilter("Topic", "{r}.id", through=("revision_topic", "revision_id", "topic_id")),
        "disclaimer": RelationFilter(
            "Disclaimer", "{p}.id", through=("publication_disclaimer", "publication_id", "disclaimer_id"), by="id"
        ),
        "status": Filter(_STATUS, needs=Scope.CONTENT_PREVIEW),
        "publishAt": Filter(_PUBLISH_AT, Kind.TIME, needs=Scope.CONTENT_PREVIEW),
        "inReview": FlagFilter(_IN_REVIEW, needs=Scope.CONTENT_PREVIEW),
        "hasUnpublishedChanges": FlagFilter(_CHANGED, needs=Scope.CONTENT_PREVIEW),
    },
    orders={
        "PUBLISHED_AT": (OrderKey(_PUBLISHED_AT, Kind.TIME, descending=True),),
        "UPDATED_AT": (OrderKey(_CHANGED_AT, Kind.TIME, descending=True),),
        "CREATED_AT": (OrderKey("{a}.created_at", Kind.TIME, descending=True),),
        "TITLE": (OrderKey(_TITLE_KEY, Kind.TEXT),),
        "COMMENT_COUNT": (OrderKey("{a}.comment_count", Kind.INT, descending=True),),
    },
)

# Revisions


def _editors(viewer: Viewer, _perspective: Perspective) -> str:
    return "" if viewer.may(Scope.CONTENT_PREVIEW) else "1 = 0"


def _editors_of_visible(viewer: Viewer, perspective: Perspective) -> str:
    """A revision is there where its article is: its `article` is never null."""
    if viewer.may(Scope.CONTENT_PREVIEW) and perspective is Perspective.PUBLISHED:
        return (
            "EXISTS (SELECT 1 FROM publication AS z WHERE z.article_id = {r}.article_id "
            "AND z.starts_at <= {now} AND (z.ends_at IS NULL OR {now} < z.ends_at))"
        )
    return _editors(viewer, perspective)


_ARTICLE_JOIN = Join("article", "a", "{a}.id = {r}.article_id")
_LAST_PUBLICATION = Join(
    "publication",
    "p",
    "{p}.id = (SELECT z.id FROM publication AS z WHERE z.revision_id = {r}.id ORDER BY z.starts_at DESC LIMIT 1)",
    outer=True,
)
REVISION = Entity(
    "ArticleRevision",
    NodeType.ARTICLE_REVISION,
    both(
        Source(
            "article_revision",
            "r",
            key="{r}.id",
            joins=(_ARTICLE_JOIN, _LAST_PUBLICATION, SITE_JOIN),
            when="{a}.deleted_at IS NULL",
        )
    ),
    visible=_editors_of_visible,
    orders={"NEWEST": (OrderKey("{r}.number", Kind.INT, descending=True),)},
)
#: The same, found by the publication that it went out in, under the disclaimers that were pinned to that.
PUBLISHED_REVISION = replace(
    REVISION,
    name="PublishedRevision",
    node_type=None,
    sources=both(
        Source(
            "publication",
            "p",
            key="{p}.id",
            joins=(Join("article_revision", "r", "{r}.id = {p}.revision_id"), _ARTICLE_JOIN, SITE_JOIN),
            when="{a}.deleted_at IS NULL",
        )
    ),
    fields={},
)

_PREVIOUS = (
    "(SELECT y.id FROM article_revision AS y WHERE y.article_id = {r}.article_id AND y.number < {r}.number "
    "AND NOT (y.autosave) ORDER BY y.number DESC LIMIT 1)"
)
_AGAINST = f"COALESCE({{against}}, {_PREVIOUS})"
_COMPARED = (
    "slug",
    "title",
    "standfirst",
    "body_markdown",
    "lead_image_alt",
    "lead_image_caption",
    "lead_image_credit",
)


#: Texts that are read to be compared or checked are counted as they arrive, like those that are shown.
_WEIGHTS = {"body_markdown": 8 * 1024, "body_text": 8 * 1024, "body_blocks": 16 * 1024}


def _own(name: str) -> Column:
    return Column(f"{{r}}.{name}", weight=_WEIGHTS.get(name))


def _other(name: str) -> Column:
    sql = f"(SELECT z.{name} FROM article_revision AS z WHERE z.id = {_AGAINST} AND z.article_id = {{r}}.article_id)"
    return Column(sql, weight=_WEIGHTS.get(name))


def _revision_key(value: object) -> str | None:
    node = parse_global_id(str(value)) if isinstance(value, str) else None
    return str(node.key) if node is not None and node.type is NodeType.ARTICLE_REVISION else None


def _revision_fields(disclaimers: Many) -> dict[str, Field]:
    published_at = Column("{p}.published_at", Kind.TIME)
    return {
        "id": Column("{r}.id", Kind.KEY, nullable=False, prefix=NodeType.ARTICLE_REVISION),
        **columns(ArticleRevision, "r", "number", "autosave", "note", "created_at"),
        **content(disclaimers, published_at, column(ArticleRevision, "created_at", "r")),
        "created_by": ToOne("User", "{r}.created_by_id"),
        "article": ToOne("Article", "{r}.article_id"),
        "diff": Computed(
            tuple(map(_own, _COMPARED)) + tuple(map(_other, _COMPARED)),
            field_differences,
            bound={"against": Bound(Kind.KEY, _revision_key)},
            plain=True,
            most=len(_COMPARED),
            weight=4 * 1024,
        ),
    }


REVISION.add(**_revision_fields(COVERING))
PUBLISHED_REVISION.add(**_revision_fields(PINNED))

REVIEW = Entity("Review", None, both(Source("review", "y", key="{y}.id")), visible=_editors)
REVIEW.add(
    revision=ToOne("ArticleRevision", "{y}.revision_id"),
    submitted_by=ToOne("User", "{y}.submitted_by_id"),
    submitted_at=Column("{y}.created_at", Kind.TIME, nullable=False),
    note=Column("{y}.note"),
)

# Articles


def _head(name: str, kind: Kind = Kind.TEXT) -> Column:
    """A column of the newest revision, which is what would be published next."""
    sql = f"(SELECT z.{name} FROM article_revision AS z WHERE z.id = {{a}}.head_id)"
    return Column(sql, kind, weight=_WEIGHTS.get(name))


# What checks look at beyond the head itself; `cms.articles.gate` brings together the same for those who publish.
# The two databases have no word in common for a list made of rows. Walking from each dead link to the next is SQL to
# both, and there are few.
_IS_DEAD = (
    "y.owner_id = {a}.head_id AND y.target_type = 'art' AND y.target_id <> {a}.id AND NOT EXISTS "
    "(SELECT 1 FROM publication AS z WHERE z.article_id = y.target_id "
    "AND z.starts_at <= {now} AND (z.ends_at IS NULL OR {now} < z.ends_at))"
)
_DEAD_LINKS = (
    "(WITH RECURSIVE dead(place, ids) AS (SELECT -1, '' UNION ALL "
    "SELECT x.position, dead.ids || ' art_' || CAST(x.target_id AS text) FROM dead "
    "JOIN text_reference AS x ON x.owner_id = {a}.head_id AND x.position = "
    f"(SELECT min(y.position) FROM text_reference AS y WHERE y.position > dead.place AND {_IS_DEAD})) "
    "SELECT dead.ids FROM dead ORDER BY dead.place DESC LIMIT 1)"
)
_LINE = (
    "SELECT g.topic_id FROM revision_topic AS g WHERE g.revision_id = {a}.head_id "
    "UNION SELECT h.parent_id FROM line JOIN topic AS h ON h.id = line.id WHERE h.parent_id IS NOT NULL"
)
_MISSING_DISCLAIMER = (
    f"(WITH RECURSIVE line(id) AS ({_LINE}) SELECT z.slug FROM disclaimer AS z WHERE z.scope = 'TOPIC' "
    "AND (z.retired_at IS NULL OR {now} < z.retired_at) "
    "AND EXISTS (SELECT 1 FROM disclaimer_version AS y WHERE y.disclaimer_id = z.id AND y.effective_from <= {now}) "
    "AND EXISTS (SELECT 1 FROM disclaimer_topic AS y JOIN line ON line.id = y.topic_id WHERE y.disclaimer_id = z.id) "
    "AND NOT EXISTS (SELECT 1 FROM disclaimer_topic AS y JOIN revision_topic AS x ON x.topic_id = y.topic_id "
    "WHERE y.disclaimer_id = z.id AND x.revision_id = {a}.head_id) "
    "AND NOT EXISTS (SELECT 1 FROM revision_disclaimer AS y "
    "WHERE y.disclaimer_id = z.id AND y.revision_id = {a}.head_id) "
    "ORDER BY CASE z.placement WHEN 'BEFORE_BODY' THEN 0 ELSE 1 END, z.created_at, z.id LIMIT 1)"
)


def _for_editors() -> Mapping[str, Field]:
    needs = Scope.CONTENT_PREVIEW
    at = (
        "(SELECT z.id FROM publication AS z WHERE z.article_id = {key} AND z.starts_at <= {at} "
        "AND (z.ends_at IS NULL OR {at} < z.ends_at))"
    )
    return {
        "has_unpublished_changes": Column(_CHANGED, Kind.BOOL, nullable=False, needs=needs),
        "head": ToOne("ArticleRevision", "{a}.head_id", needs=needs),
        "published": ToOne("PublishedRevision", "{p}.id", needs=needs),
        "scheduled": ToOne("PublishedRevision", _NEXT.format(column="id"), needs=needs),
        "publish_at": Column(_PUBLISH_AT, Kind.TIME, needs=needs),
        "unpublish_at": Column(_UNPUBLISH_AT, Kind.TIME, needs=needs),
        "review": ToOne(
            "Review",
            "(SELECT z.id FROM review AS z WHERE z.article_id = {key} AND z.closed_at IS NULL)",
            needs=needs,
        ),
        "checks": Computed(
            (
                _head("title"),
                _head("standfirst"),
                _head("body_text"),
                _head("body_blocks"),
                _head("author_id", Kind.KEY),
                _head("lead_image_alt"),
                _head("copyright_holder"),
                _head("seo_title"),
                Column(_DEAD_LINKS, nullable=False),
                Column(_MISSING_DISCLAIMER),
            ),
            content_checks,
            needs=needs,
            plain=True,
            most=MOST_FINDINGS,
            weight=2 * 1024,
        ),
        "revisions": Many(
            "ArticleRevision",
            parent="{key}",
            child="{r}.article_id",
            connection=True,
            order="NEWEST",
            arguments={"autosaves": ArgumentCondition({False: "NOT ({r}.autosave)", True: ""})},
            needs=needs,
        ),
        "as_published": ToOne("PublishedRevision", at, needs=needs, arguments={"at": Kind.TIME}),
    }


_FIRST_PUBLISHED = "CASE WHEN {a}.first_published_at <= {now} THEN {a}.first_published_at END"

ARTICLE.add(
    id=Column("{key}", Kind.KEY, nullable=False, prefix=NodeType.ARTICLE),
    **addresses(PATH),
    **content(DISCLAIMERS, _published_at, _changed_at),
    **columns(Article, "a", "locale", "version", "created_at", "comment_count"),
    **columns(ArticleRevision, "r", "word_count"),
    translations=Many(
        "Article",
        parent="{key}",
        child="{o}.id",
        exclusive=False,
        order="LOCALE",
        sources={perspective: sources.translations(perspective) for perspective in Perspective},
    ),
    status=_status,
    author=ToOne("Author", "{r}.author_id"),
    reading_minutes=Computed((Column("{r}.word_count", Kind.INT),), reading_minutes),
    updated_at=_changed_at,
    first_published_at=Column(_FIRST_PUBLISHED, Kind.TIME),
    published_at=_published_at,
    related=Many(
        "Article",
        parent="{key}",
        child="{o}.article_id",
        exclusive=False,
        order="PUBLISHED_AT",
        sources=both(sources.related()),
        size=3,
        limited_by="first",
        effort=100,
    ),
    viewer_can=Computed(
        (_status, Column(_IN_REVIEW, Kind.BOOL, nullable=False), Column(IS_OWN, Kind.BOOL, nullable=False)), viewer_can
    ),
    **_for_editors(),
)
# A canonical address that an editor has set outweighs the article's own.
ARTICLE.fields["canonical_url"] = Column(f"COALESCE({{r}}.seo_canonical_url, {{s}}.url || {PATH})", nullable=False)

# What articles add to the floors below

ARTICLE.orders["LOCALE"] = (OrderKey("{a}.locale", Kind.TEXT),)
TOPIC.orders["POSITION"] = (OrderKey("{n}.position", Kind.INT),)
DISCLAIMER_VERSION.orders |= ORDERS


#: What was put away is found under its status, or by who knows it.
_PUT_AWAY = Unasked(
    {Perspective.PUBLISHED: "", Perspective.DRAFT: "{a}.archived_at IS NULL"}, frozenset({"status", "id", "slug"})
)


def _articles_by(public: str, column_name: str, draft: Source, draft_column: str) -> Many:
    """The articles of something, the latest first: through its listing table, or through the heads that name it."""
    return Many(
        "Article",
        parent="{key}",
        child={Perspective.PUBLISHED: f"{{i}}.{column_name}", Perspective.DRAFT: draft_column},
        exclusive=False,
        connection=True,
        order="PUBLISHED_AT",
        sources={Perspective.PUBLISHED: sources.listed(public), Perspective.DRAFT: draft},
        unasked=_PUT_AWAY,
    )


_ONE_ROLE_EACH = (
    "NOT EXISTS (SELECT 1 FROM revision_contributor AS z WHERE z.revision_id = {n}.revision_id "
    "AND z.author_id = {n}.author_id AND z.position < {n}.position)"
)
_PINNED_DRAFT = Source(
    "publication_disclaimer",
    "i",
    key="{a}.id",
    joins=(
        Join("publication", "p", "{p}.id = {i}.publication_id"),
        Join("article", "a", "{a}.id = {i}.article_id"),
        Join("article_revision", "r", "{r}.id = {a}.head_id"),
        SITE_JOIN,
    ),
    when=f"{{a}}.deleted_at IS NULL AND {sources.OPEN}",
)
AUTHOR.add(
    articles=_articles_by(
        "publication_author",
        "author_id",
        sources.heads("revision_contributor", "n", when=_ONE_ROLE_EACH),
        "{n}.author_id",
    )
)
TOPIC.add(articles=_articles_by("publication_topic", "topic_id", sources.heads("revision_topic", "n"), "{n}.topic_id"))
DISCLAIMER.add(articles=_articles_by("publication_disclaimer", "disclaimer_id", _PINNED_DRAFT, "{i}.disclaimer_id"))
DISCLAIMER_VERSION.add(articles=_articles_by("publication_disclaimer", "version_id", _PINNED_DRAFT, "{i}.version_id"))
MEDIA.add(
    used_by=Many(
        "Article",
        parent="{key}",
        child="{x}.target_id",
        exclusive=False,
        connection=True,
        order="UPDATED_AT",
        sources=both(sources.using_media()),
        needs=Scope.CONTENT_PREVIEW,
        perspective=Perspective.DRAFT,
    )
)

QUERY.add(
    article=Lookup(
        "Article",
        by={
            "id": LookupBy("{key}", prefix=NodeType.ARTICLE),
            "slug": LookupBy(_HAS_SLUG),
            "path": by_path(PATH, _SLUG),
        },
        arguments={"locale": {"slug": ("{a}.locale = {value}", "{a}.locale = {s}.default_locale")}},
    ),
    articles=Many("Article", connection=True, order="PUBLISHED_AT", scan=260, unasked=_PUT_AWAY),
)

ENTITIES = (ARTICLE, REVISION, PUBLISHED_REVISION, REVIEW, CONTRIBUTOR)
