"""Addresses on the site: what path something stands at, and what stands at a path."""

from urllib.parse import unquote

from cms.reading.entity import Column, Field, Join, LookupBy, Sql

_MOST_SEGMENTS = 16

#: The one row of the site, which holds the templates of paths.
SITE_JOIN = Join("site", "s", "{s}.singleton")


def path_sql(template: str, slug: str, locale: str = "''") -> str:
    """The path that the site's `template` gives for a slug and a locale (all SQL)."""
    return f"replace(replace({template}, '{{slug}}', {slug}), '{{locale}}', {locale})"


def addresses(path: str) -> dict[str, Field]:
    """The fields of `Routable`, for something that stands at `path` (SQL)."""
    return {
        "path": Column(path, nullable=False),
        "canonical_url": Column(f"{{s}}.url || {path}", nullable=False),
    }


def by_path(path: str, slug: Sql) -> LookupBy:
    """Find something by the path it stands at; its slug is one of the path's segments, which the index knows."""
    return LookupBy(f"{path} = {{value}}", among=slug, parts=_segments)


def _segments(path: str) -> list[str]:
    return [unquote(segment) for segment in path.split("/") if segment][:_MOST_SEGMENTS]
