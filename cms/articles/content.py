"""What an article says, as it is read: the fields that an article and its revisions share.

A revision's disclaimers are those pinned to its publication; one that never went out shows those that would cover it
now.
"""

from collections.abc import Mapping

from cms.articles.derived import copyright_statement, json_ld
from cms.articles.models import ArticleRevision
from cms.articles.vocabulary import MAX_COVERING, MAX_NAMED
from cms.kernel.viewer import Scope
from cms.media.reading import rich_text
from cms.reading.address import SITE_JOIN, path_sql
from cms.reading.entity import (
    ArgumentCondition,
    Column,
    Computed,
    Embedded,
    Entity,
    Field,
    Join,
    Kind,
    Many,
    OrderKey,
    Source,
    ToOne,
    both,
    column,
    columns,
)
from cms.reading.vocabulary import Perspective

PATH = path_sql("{s}.article_path", "{r}.slug", "{a}.locale")
_OWN_ADDRESS = f"{{s}}.url || {PATH}"

CONTRIBUTOR = Entity(
    "Contributor",
    None,
    both(
        Source(
            "revision_contributor",
            "c",
            key="{c}.id",
            when="EXISTS (SELECT 1 FROM author AS z WHERE z.id = {c}.author_id AND z.deleted_at IS NULL)",
        )
    ),
    orders={"POSITION": (OrderKey("{c}.position", Kind.INT),)},
)
CONTRIBUTOR.add(
    author=ToOne("Author", "{c}.author_id"),
    role=Column("{c}.role", nullable=False),
    credited_as=Column("{c}.credited_as", nullable=False),
)

_PLACED = {"placement": ArgumentCondition("{d}.placement = {value}")}
_PINS = Source(
    "publication_disclaimer",
    "j",
    key="{j}.version_id",
    joins=(
        Join("disclaimer_version", "v", "{v}.id = {j}.version_id"),
        Join("disclaimer", "d", "{d}.id = {j}.disclaimer_id"),
    ),
)
_COVERS = (
    "{d}.retired_at IS NULL AND ({d}.scope = 'EVERY_ARTICLE' "
    "OR EXISTS (SELECT 1 FROM revision_disclaimer AS g WHERE g.revision_id = {o}.id AND g.disclaimer_id = {d}.id) "
    "OR ({d}.scope = 'TOPIC' AND EXISTS (SELECT 1 FROM disclaimer_topic AS g JOIN revision_topic AS h "
    "ON h.topic_id = g.topic_id WHERE g.disclaimer_id = {d}.id AND h.revision_id = {o}.id)) "
    "OR ({d}.scope = 'AUTHOR' AND EXISTS (SELECT 1 FROM disclaimer_author AS g JOIN revision_contributor AS h "
    "ON h.author_id = g.author_id WHERE g.disclaimer_id = {d}.id AND h.revision_id = {o}.id)))"
)
_CURRENT_VERSION = (
    "{v}.id = (SELECT z.id FROM disclaimer_version AS z WHERE z.disclaimer_id = {d}.id AND z.effective_from <= {now} "
    "ORDER BY z.effective_from DESC, z.number DESC LIMIT 1)"
)
#: `{o}` is the revision; each disclaimer that covers it, in the version that is in effect.
_COVERAGE = Source(
    "article_revision",
    "o",
    key="{v}.id",
    joins=(Join("disclaimer", "d", _COVERS), Join("disclaimer_version", "v", _CURRENT_VERSION)),
)

PINNED = Many(
    "DisclaimerVersion",
    parent="{p}.id",
    child="{j}.publication_id",
    exclusive=False,
    order="PIN",
    sources=both(_PINS),
    arguments=_PLACED,
    most=MAX_COVERING,
)
COVERING = Many(
    "DisclaimerVersion",
    parent="{r}.id",
    child="{o}.id",
    exclusive=False,
    order="COVERAGE",
    sources=both(_COVERAGE),
    arguments=_PLACED,
    most=MAX_COVERING,
)
#: An article's own: what it was published under, or in the DRAFT perspective what would cover its head.
DISCLAIMERS = Many(
    "DisclaimerVersion",
    parent={Perspective.PUBLISHED: "{p}.id", Perspective.DRAFT: "{r}.id"},
    child={Perspective.PUBLISHED: "{j}.publication_id", Perspective.DRAFT: "{o}.id"},
    exclusive=False,
    order={Perspective.PUBLISHED: "PIN", Perspective.DRAFT: "COVERAGE"},
    sources={Perspective.PUBLISHED: _PINS, Perspective.DRAFT: _COVERAGE},
    arguments=_PLACED,
    most=MAX_COVERING,
)
_SHOWN_FIRST = "CASE {d}.placement WHEN 'BEFORE_BODY' THEN 0 ELSE 1 END"
#: Pins in their own order; what would cover a head, in the order it would be pinned.
ORDERS = {
    "PIN": (OrderKey("{j}.position", Kind.INT),),
    "COVERAGE": (OrderKey(_SHOWN_FIRST, Kind.INT), OrderKey("{d}.created_at", Kind.TIME)),
}


_TOPICS = Source(
    "revision_topic",
    "n",
    key="{n}.topic_id",
    joins=(Join("topic", "t", "{t}.id = {n}.topic_id"), SITE_JOIN),
    when="{t}.deleted_at IS NULL",
)


def _revision(name: str) -> Column:
    return column(ArticleRevision, name, "r")


def _lead_image() -> Embedded:
    return Embedded(
        {
            "media": ToOne("Media", "{r}.lead_image_id"),
            "alt": Column("{r}.lead_image_alt", nullable=False),
            "caption": _revision("lead_image_caption"),
            "credit": _revision("lead_image_credit"),
        },
        # An image that was thrown away is no image: its words go with it.
        present=Column(
            "(SELECT z.id FROM media AS z WHERE z.id = {r}.lead_image_id AND z.deleted_at IS NULL)", Kind.KEY
        ),
    )


def _copyright() -> Embedded:
    stated = (_revision("copyright_holder"), _revision("copyright_year"), _revision("copyright_statement"))
    return Embedded(
        {
            "holder": Column("{r}.copyright_holder", nullable=False),
            "year": Column("{r}.copyright_year", Kind.INT, nullable=False),
            "statement": Computed(stated, copyright_statement),
            "license_url": _revision("copyright_license_url"),
        },
        present=_revision("copyright_holder"),
    )


def _overrides() -> Mapping[str, Field]:
    return {
        "title": _revision("seo_title"),
        "description": _revision("seo_description"),
        "canonical_url": _revision("seo_canonical_url"),
        "no_index": _revision("seo_no_index"),
    }


def _seo(published_at: Column, changed_at: Column) -> Embedded:
    title = Column("COALESCE({r}.seo_title, {r}.title)", nullable=False)
    description = Column("COALESCE({r}.seo_description, {r}.standfirst)")
    address = Column(f"COALESCE({{r}}.seo_canonical_url, {_OWN_ADDRESS})", nullable=False)
    told = (
        title,
        description,
        address,
        Column("{a}.locale", nullable=False),
        published_at,
        changed_at,
        Column("{r}.word_count", Kind.INT, nullable=False),
        Column("(SELECT z.name FROM author AS z WHERE z.id = {r}.author_id AND z.deleted_at IS NULL)"),
        Column("(SELECT z.storage_key FROM media AS z WHERE z.id = {r}.lead_image_id AND z.deleted_at IS NULL)"),
        Column("{s}.name", nullable=False),
        _revision("copyright_holder"),
        Column("{r}.copyright_year", Kind.INT),
    )
    return Embedded(
        {
            "title": title,
            "description": description,
            "canonical_url": address,
            "no_index": Column("({r}.seo_no_index IS NOT NULL AND {r}.seo_no_index)", Kind.BOOL, nullable=False),
            "json_ld": Computed(told, json_ld, weight=2048),
            "overrides": Embedded(_overrides(), needs=Scope.CONTENT_PREVIEW),
        }
    )


def content(disclaimers: Many, published_at: Column, changed_at: Column) -> dict[str, Field]:
    """The fields of `ArticleContent`."""
    return {
        **columns(ArticleRevision, "r", "slug", "title", "standfirst"),
        "body": rich_text("{r}.body", "{r}.id"),
        "lead_image": _lead_image(),
        "contributors": Many(
            "Contributor",
            parent="{r}.id",
            child="{c}.revision_id",
            order="POSITION",
            arguments={"role": ArgumentCondition("{c}.role = {value}")},
            most=MAX_NAMED,
        ),
        "topics": Many(
            "Topic",
            parent="{r}.id",
            child="{n}.revision_id",
            exclusive=False,
            order="POSITION",
            sources=both(_TOPICS),
            most=MAX_NAMED,
        ),
        "disclaimers": disclaimers,
        "copyright": _copyright(),
        "seo": _seo(published_at, changed_at),
    }
