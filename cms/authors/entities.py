"""How authors are read."""

from cms.authors.models import Author
from cms.kernel.ids import NodeType
from cms.kernel.viewer import Scope
from cms.media.reading import rich_text
from cms.reading.address import SITE_JOIN, addresses, by_path, path_sql
from cms.reading.entity import (
    Column,
    Entity,
    Filter,
    Kind,
    Lookup,
    LookupBy,
    Many,
    OrderKey,
    Source,
    ToOne,
    both,
    column,
    columns,
)
from cms.reading.root import QUERY

PATH = path_sql("{s}.author_path", "{u}.slug")

AUTHOR = Entity(
    "Author",
    NodeType.AUTHOR,
    both(Source("author", "u", key="{u}.id", joins=(SITE_JOIN,), when="{u}.deleted_at IS NULL")),
    filters={
        "id": Filter("{u}.id", Kind.KEY, prefix=NodeType.AUTHOR),
        "slug": Filter("{u}.slug", folded="{u}.slug"),
        "name": Filter("{u}.name", folded="{u}.name_key"),
    },
    orders={
        "NAME": (OrderKey("{u}.name_key", Kind.TEXT),),
        "CREATED_AT": (OrderKey("{u}.created_at", Kind.TIME),),
        "ARTICLE_COUNT": (OrderKey("{u}.article_count", Kind.INT),),
    },
)
AUTHOR.add(
    id=Column("{u}.id", Kind.KEY, nullable=False, prefix=NodeType.AUTHOR),
    **addresses(PATH),
    **columns(Author, "u", "slug", "version", "name", "credentials", "website", "accepts_messages"),
    **columns(Author, "u", "created_at", "updated_at"),
    bio=rich_text("{u}.bio", "{u}.id", present=column(Author, "bio_html", "u"), weight=2048),
    avatar=ToOne("Media", "{u}.avatar_id"),
    email=column(Author, "email", "u", needs=Scope.CONTENT_WRITE),
)

QUERY.add(
    author=Lookup(
        "Author",
        by={
            "id": LookupBy("{key}", prefix=NodeType.AUTHOR),
            "slug": LookupBy("{u}.slug = {value}"),
            "path": by_path(PATH, "{u}.slug"),
        },
    ),
    authors=Many("Author", connection=True, order="NAME"),
)
