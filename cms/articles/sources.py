"""Where the rows of articles come from.

PUBLISHED reads what is public at the moment of the request: the publication whose interval holds `{now}`, and its
revision. DRAFT reads every article's head, beside the publication it may have. Under either, `{a}` is the article,
`{r}` the revision, `{p}` the publication, and `{i}` whatever repeats the publication's interval and sort key for the
list at hand.
"""

from cms.reading.address import SITE_JOIN
from cms.reading.entity import Join, Source
from cms.reading.vocabulary import Perspective

OPEN = "{i}.starts_at <= {now} AND ({i}.ends_at IS NULL OR {now} < {i}.ends_at)"
_OPEN_PUBLICATION = "{p}.starts_at <= {now} AND ({p}.ends_at IS NULL OR {now} < {p}.ends_at)"

_REVISION = Join("article_revision", "r", "{r}.id = {p}.revision_id")
_HEAD = Join("article_revision", "r", "{r}.id = {a}.head_id")
_OWN_PUBLICATION = Join("publication", "p", f"{{p}}.article_id = {{a}}.id AND {_OPEN_PUBLICATION}", outer=True)

PUBLISHED = Source(
    "publication",
    "p",
    key="{p}.article_id",
    joins=(Join("article", "a", "{a}.id = {p}.article_id"), _REVISION, SITE_JOIN),
    same={"i": "p"},
    when=OPEN,
)
DRAFT = Source(
    "article",
    "a",
    key="{a}.id",
    joins=(_HEAD, _OWN_PUBLICATION, SITE_JOIN),
    same={"i": "p"},
    when="{a}.deleted_at IS NULL",
)
BY_PERSPECTIVE = {Perspective.PUBLISHED: PUBLISHED, Perspective.DRAFT: DRAFT}


def listed(table: str) -> Source:
    """Public articles found through a listing table, which repeats interval and sort key."""
    joins = (
        Join("publication", "p", "{p}.id = {i}.publication_id"),
        Join("article", "a", "{a}.id = {i}.article_id"),
        _REVISION,
        SITE_JOIN,
    )
    return Source(table, "i", key="{i}.article_id", joins=joins, when=OPEN)


def heads(table: str, alias: str, *, when: str = "") -> Source:
    """Articles found through a table of their heads' parts."""
    joins = (
        Join("article", "a", f"{{a}}.head_id = {{{alias}}}.revision_id"),
        _HEAD,
        _OWN_PUBLICATION,
        SITE_JOIN,
    )
    condition = f"{{a}}.deleted_at IS NULL AND {when}" if when else "{a}.deleted_at IS NULL"
    return Source(table, alias, key="{a}.id", joins=joins, same={"i": "p"}, when=condition)


def translations(perspective: Perspective) -> Source:
    """The other articles of an article's translation group; `{o}` is the article itself."""
    other = Join("article", "a", "{a}.translation_group_id = {o}.translation_group_id AND {a}.id <> {o}.id")
    if perspective is Perspective.DRAFT:
        joins = (other, _HEAD, _OWN_PUBLICATION, SITE_JOIN)
        return Source("article", "o", key="{a}.id", joins=joins, same={"i": "p"}, when="{a}.deleted_at IS NULL")
    joins = (other, Join("publication", "p", "{p}.article_id = {a}.id"), _REVISION, SITE_JOIN)
    return Source("article", "o", key="{a}.id", joins=joins, same={"i": "p"}, when=OPEN)


def related() -> Source:
    """Public articles that share a topic with an article, each once; `{o}` is the article's own topic."""
    own = Join(
        "publication_topic",
        "o",
        "{o}.topic_id = {i}.topic_id AND {o}.article_id <> {i}.article_id "
        "AND {o}.starts_at <= {now} AND ({o}.ends_at IS NULL OR {now} < {o}.ends_at)",
    )
    first_shared = (
        "NOT EXISTS (SELECT 1 FROM publication_topic AS g JOIN publication_topic AS h ON h.topic_id = g.topic_id "
        "WHERE g.publication_id = {i}.publication_id AND h.publication_id = {o}.publication_id "
        "AND g.topic_id < {i}.topic_id)"
    )
    source = listed("publication_topic")
    return Source(source.table, source.alias, source.key, (own, *source.joins), when=f"{OPEN} AND {first_shared}")


def using_media() -> Source:
    """Articles whose head names a medium (`{x}` is the mention), or whose public revision does and not the head."""
    joins = (
        Join("article_revision", "y", "{y}.id = {x}.owner_id"),
        Join("article", "a", "{a}.id = {y}.article_id"),
        _HEAD,
        _OWN_PUBLICATION,
        SITE_JOIN,
    )
    once = (
        "{x}.position = (SELECT min(g.position) FROM text_reference AS g "
        "WHERE g.owner_id = {x}.owner_id AND g.target_id = {x}.target_id)"
    )
    head_too = (
        "EXISTS (SELECT 1 FROM text_reference AS h WHERE h.owner_id = {a}.head_id AND h.target_id = {x}.target_id)"
    )
    current = f"({{a}}.head_id = {{x}}.owner_id OR ({{p}}.revision_id = {{x}}.owner_id AND NOT {head_too}))"
    when = f"{{a}}.deleted_at IS NULL AND {once} AND {current}"
    return Source("text_reference", "x", key="{a}.id", joins=joins, same={"i": "p"}, when=when)
