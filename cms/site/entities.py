"""How the site is read."""

from cms.kernel.ids import NodeType
from cms.kernel.viewer import Scope
from cms.reading.entity import Column, Entity, Kind, Lookup, Source, both, column, columns
from cms.reading.root import QUERY
from cms.site.models import Site

SITE = Entity("Site", NodeType.SITE, both(Source("site", "s", key="{s}.id")))
SITE.add(
    id=Column("{s}.id", Kind.KEY, nullable=False, prefix=NodeType.SITE),
    **columns(Site, "s", "name", "url", "description", "time_zone", "default_locale", "copyright_holder"),
    locales=Column("{s}.locales", Kind.LIST, nullable=False),
    preview_url=column(Site, "preview_url", "s", needs=Scope.CONTENT_PREVIEW),
)

QUERY.add(site=Lookup("Site"))
