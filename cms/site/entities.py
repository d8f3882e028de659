"""How the site is read, what leads elsewhere on it, and what stood at an address and is gone.

The one thing to know: a redirect is there where it leads somewhere for whoever asks; one that names an article which is
not public leads readers nowhere.
"""

from typing import Final

from cms.kernel.ids import NodeType
from cms.kernel.viewer import Scope
from cms.reading.entity import (
    Address,
    Column,
    Entity,
    Itself,
    Kind,
    Lookup,
    LookupBy,
    Many,
    OrderKey,
    Place,
    Route,
    Source,
    both,
    column,
    columns,
)
from cms.reading.root import QUERY
from cms.site.models import Redirect, Site

SITE = Entity("Site", NodeType.SITE, both(Source("site", "s", key="{s}.id")))
SITE.add(
    id=Column("{s}.id", Kind.KEY, nullable=False, prefix=NodeType.SITE),
    **columns(Site, "s", "version", "name", "url", "description", "time_zone", "default_locale", "copyright_holder"),
    locales=Column("{s}.locales", Kind.LIST, nullable=False),
    preview_url=column(Site, "preview_url", "s", needs=Scope.CONTENT_PREVIEW),
)

#: What has an address of its own: a redirect may name any of it.
_ROUTABLE: Final = ("Article", "Author", "Topic")

REDIRECT = Entity(
    "Redirect",
    NodeType.REDIRECT,
    both(Source("redirect", "x", key="{x}.id")),
    # Keys grow with time.
    orders={"NEWEST": (OrderKey("{key}", Kind.KEY, descending=True),)},
    leads_by="to",
)
REDIRECT.add(
    id=Column("{x}.id", Kind.KEY, nullable=False, prefix=NodeType.REDIRECT),
    from_=column(Redirect, "from_path", "x"),
    to=Address("{x}.target", _ROUTABLE),
    **columns(Redirect, "x", "permanent", "automatic", "created_at"),
)

GONE = Entity("Gone", None, both(Source("tombstone", "g", key="{g}.node_id")))
GONE.add(since=Column("{g}.since", Kind.TIME, nullable=False))

#: Where content stands, there is that content and nothing else to tell.
CONTENT_ROUTE = Entity("ContentRoute", None, {})
CONTENT_ROUTE.add(content=Itself())


def _in_any_locale(table: str, path: str, alias: str) -> str:
    """Rows at a path in whatever language. The index begins with it; each that occurs is found by a step along it."""
    return (
        f"{alias}.{path} = {{value}} AND {alias}.locale IN (WITH RECURSIVE walk(locale) AS ("
        f"SELECT min(y.locale) FROM {table} AS y UNION ALL "
        f"SELECT (SELECT min(y.locale) FROM {table} AS y WHERE y.locale > walk.locale) FROM walk "
        "WHERE walk.locale IS NOT NULL) SELECT w.locale FROM walk AS w WHERE w.locale IS NOT NULL)"
    )


_PREFIXES = ", ".join(f"'{each.value}_'" for each in (NodeType.ARTICLE, NodeType.AUTHOR, NodeType.TOPIC))
# What moved before it went is gone at its earlier addresses too: those redirect to it.
_BURIED = (
    "{g}.node_id IN ("
    f"SELECT z.node_id FROM tombstone AS z WHERE {_in_any_locale('tombstone', 'path', 'z')} "
    f"UNION ALL SELECT CASE WHEN substr(z.target, 1, 4) IN ({_PREFIXES}) "
    "THEN CAST(substr(z.target, 5) AS {key_type}) END FROM redirect AS z "
    f"WHERE {_in_any_locale('redirect', 'from_path', 'z')})"
)

QUERY.add(
    site=Lookup("Site"),
    redirects=Many("Redirect", connection=True, order="NEWEST", scan=480),
    route=Route(
        content=("article", "author", "topic"),
        around="ContentRoute",
        places=(
            Place("Redirect", LookupBy(_in_any_locale("redirect", "from_path", "{x}")), "{x}.id DESC"),
            Place("Gone", LookupBy(_BURIED), "{g}.since DESC"),
        ),
    ),
)
