"""What is decided about the site: its founding, its name, its addresses, its languages, its rules for comments."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from msgspec import UNSET, UnsetType

from cms.kernel.changing import locked, swap, unless_taken
from cms.kernel.clock import now
from cms.kernel.comment_policy import CommentField, CommentModeration
from cms.kernel.database import Database, transaction
from cms.kernel.errors import InvalidInput, NotFound, Required
from cms.kernel.events import EventType, append_event
from cms.kernel.guards import require, same_version
from cms.kernel.ids import GlobalId, NodeType
from cms.kernel.inputs import Path, line, locale, moment, optional_text, text, web_address
from cms.kernel.telling import Telling, changes_between, said, time_of
from cms.kernel.viewer import Scope, Viewer
from cms.site.models import Site

#: `Site.locales` is a plain list in the API.
MAX_LOCALES: Final = 100
MAX_COMMENT_DEPTH: Final = 16
MAX_COMMENT_CHARS: Final = 50_000
MAX_CLOSE_DAYS: Final = 36_500
#: How the site's fields are told in events.
_TOLD: Final[Telling] = {
    "name": lambda site: site.name,
    "url": lambda site: site.url,
    "description": lambda site: site.description,
    "timeZone": lambda site: site.time_zone,
    "defaultLocale": lambda site: site.default_locale,
    "locales": lambda site: site.locales,
    "copyrightHolder": lambda site: site.copyright_holder,
    "previewUrl": lambda site: site.preview_url,
    "articlePath": lambda site: site.article_path,
    "authorPath": lambda site: site.author_path,
    "topicPath": lambda site: site.topic_path,
    "commentPolicy": lambda site: said(site, _POLICY_TOLD),
}
_POLICY_TOLD: Final[Telling] = {
    "open": lambda site: site.comments_open,
    "closesAt": lambda site: time_of(site.comments_close_at),
    "closeAfterDays": lambda site: site.comments_close_after_days,
    "moderation": lambda site: site.comments_moderation.value,
    "maxDepth": lambda site: site.comments_max_depth,
    "maxLength": lambda site: site.comments_max_length,
    "requiredFields": lambda site: site.comments_required_fields,
}
_MAX_NAME_CHARS, _MAX_HOLDER_CHARS, _MAX_PATH_CHARS = 200, 300, 200
_SEGMENT = re.compile(r"\{slug\}|\{locale\}|[^{}/?#\s%\\]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class CommentPolicy:
    """The house rules for comments; an article may differ from each of them.

    Attributes:
        open: whether comments are taken.
        closes_at: from when on they are not.
        close_after_days: how many days after an article came out they are not.
        moderation: when a comment is looked at.
        max_depth: how deep replies may stand; 0 takes none.
        max_length: characters of a comment.
        required_fields: what a guest must tell.
    """

    open: bool = True
    closes_at: datetime | None = None
    close_after_days: int | None = None
    moderation: CommentModeration = CommentModeration.FIRST_COMMENT_ONLY
    max_depth: int = 4
    max_length: int = 5000
    required_fields: tuple[CommentField, ...] = (CommentField.NAME,)


@dataclass(frozen=True, slots=True, kw_only=True)
class CommentPolicyChange:
    """What changes about the house rules; what is UNSET stays, None clears."""

    open: bool | UnsetType = UNSET
    closes_at: datetime | UnsetType | None = UNSET
    close_after_days: int | UnsetType | None = UNSET
    moderation: CommentModeration | UnsetType = UNSET
    max_depth: int | UnsetType = UNSET
    max_length: int | UnsetType = UNSET
    required_fields: tuple[CommentField, ...] | UnsetType = UNSET


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteDraft:
    """The site to be. A path template holds `{slug}` as a whole segment once, and may hold `{locale}` as another."""

    name: str
    url: str
    copyright_holder: str
    default_locale: str
    locales: tuple[str, ...]
    time_zone: str = "UTC"
    description: str | None = None
    preview_url: str | None = None
    article_path: str = "/articles/{slug}"
    author_path: str = "/authors/{slug}"
    topic_path: str = "/topics/{slug}"
    comment_policy: CommentPolicy = field(default_factory=CommentPolicy)


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteChange:
    """What changes about the site; what is UNSET stays, None clears."""

    expected_version: int | None = None
    name: str | UnsetType = UNSET
    url: str | UnsetType = UNSET
    copyright_holder: str | UnsetType = UNSET
    default_locale: str | UnsetType = UNSET
    locales: tuple[str, ...] | UnsetType = UNSET
    time_zone: str | UnsetType = UNSET
    description: str | UnsetType | None = UNSET
    preview_url: str | UnsetType | None = UNSET
    article_path: str | UnsetType = UNSET
    author_path: str | UnsetType = UNSET
    topic_path: str | UnsetType = UNSET
    comment_policy: CommentPolicy | CommentPolicyChange | UnsetType = UNSET


async def found_site(database: Database, viewer: Viewer, draft: SiteDraft, *, at: datetime | None = None) -> Site:
    """Make the one site. Nothing else can be made before it.

    Raises:
        NotAllowed: the viewer lacks SITE_MANAGE.
        AlreadyExists: there is a site.
        DomainError: a value cannot be taken; see the path.
    """
    require(viewer, Scope.SITE_MANAGE)
    values: dict[str, Any] = _values(draft)
    _agree_on_locales(values["default_locale"], values["locales"])
    made_at = moment(at, ("createdAt",)) if at else now()
    async with transaction(database):
        with unless_taken("The place of the one site", ()):
            site = await Site.create(created_at=made_at, updated_at=made_at, **values)
        await _announce(database, viewer, site, {})
    return site


async def update_site(database: Database, viewer: Viewer, change: SiteChange) -> Site:
    """Change the site. A new template of paths holds for every address at once; from the old ones nothing redirects.

    Raises:
        NotAllowed: the viewer lacks SITE_MANAGE.
        NotFound: the site was never founded.
        VersionConflict: somebody changed it since.
        DomainError: a value cannot be taken; see the path.
    """
    require(viewer, Scope.SITE_MANAGE)
    changes = _values(change)
    async with transaction(database):
        site = await locked(Site, (await the_site()).id)
        await same_version(site, change.expected_version, NodeType.SITE)
        _agree_on_locales(changes.get("default_locale", site.default_locale), changes.get("locales", site.locales))
        before = said(site, _TOLD)
        if await swap(site, changes):
            await _announce(database, viewer, site, before)
    return site


async def the_site() -> Site:
    """The one site.

    Raises:
        NotFound: it was never founded.
    """
    site = await Site.first()
    if site is None:
        raise NotFound("There is no site yet: found it first.")
    return site


def checked_path(template: str, path: Path) -> str:
    """A template for paths, such as `/{locale}/articles/{slug}`.

    Raises:
        InvalidInput: `{slug}` is not a whole segment of it, once, or a segment is not as segments are.
    """
    segments = template.removeprefix("/").split("/")
    right = template.startswith("/") and all(_SEGMENT.fullmatch(segment) for segment in segments)
    if not right or segments.count("{slug}") != 1 or segments.count("{locale}") > 1:
        raise InvalidInput(
            "A path is like /articles/{slug} or /{locale}/{slug}: {slug} is a whole segment, once.", path
        )
    return line(template, path, _MAX_PATH_CHARS)


def policy_columns(policy: CommentPolicy | CommentPolicyChange) -> dict[str, object]:
    """The columns of house rules, those of them that are given.

    Raises:
        InvalidInput: a number is out of its range.
    """
    given = {name: getattr(policy, name) for name in _POLICY_CHECKS}
    return {_POLICY_COLUMNS[name]: _POLICY_CHECKS[name](value) for name, value in given.items() if value is not UNSET}


def within(number: int, most: int, path: Path, *, least: int = 1) -> int:
    """A number from `least` to `most`.

    Raises:
        InvalidInput: it is not.
    """
    if not least <= number <= most:
        raise InvalidInput(f"Give a number from {least} to {most}.", path)
    return number


def _values(given: SiteDraft | SiteChange) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, check in _CHECKS.items():
        value = getattr(given, name)
        if value is not UNSET:
            values[name] = check(value)
    if given.comment_policy is not UNSET:
        values |= policy_columns(given.comment_policy)
    return values


def _address(url: str) -> str:
    address = web_address(url, ("url",))
    if address is None:
        raise Required("A site has an address.", ("url",))
    if "?" in address or "#" in address:
        raise InvalidInput("The address of a site ends before any ? or #.", ("url",))
    return address.rstrip("/")


def _locales(tags: tuple[str, ...]) -> list[str]:
    found = list(dict.fromkeys(locale(tag, ("locales",)) for tag in tags))
    if not 1 <= len(found) <= MAX_LOCALES:
        raise InvalidInput(f"Name from 1 to {MAX_LOCALES} locales.", ("locales",))
    return found


def _time_zone(name: str) -> str:
    try:
        return ZoneInfo(name).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise InvalidInput("Write a time zone of the IANA database, like Europe/London.", ("timeZone",)) from None


def _preview(template: str | None) -> str | None:
    if template is None:
        return None
    if "{path}" not in template or "{token}" not in template:
        raise InvalidInput("The address of previews holds {path} and {token}.", ("previewUrl",))
    return text(template, ("previewUrl",))


_CHECKS: Mapping[str, Callable[[Any], object]] = {
    "name": lambda value: line(value, ("name",), _MAX_NAME_CHARS),
    "url": _address,
    "copyright_holder": lambda value: line(value, ("copyrightHolder",), _MAX_HOLDER_CHARS),
    "default_locale": lambda value: locale(value, ("defaultLocale",)),
    "locales": _locales,
    "time_zone": _time_zone,
    "description": lambda value: optional_text(value, ("description",)),
    "preview_url": _preview,
    "article_path": lambda value: checked_path(value, ("articlePath",)),
    "author_path": lambda value: checked_path(value, ("authorPath",)),
    "topic_path": lambda value: checked_path(value, ("topicPath",)),
}


def _closes_at(given: datetime | None) -> datetime | None:
    return None if given is None else moment(given, ("commentPolicy", "closesAt"))


def _close_after(days: int | None) -> int | None:
    return None if days is None else within(days, MAX_CLOSE_DAYS, ("commentPolicy", "closeAfterDays"))


_POLICY_COLUMNS: Mapping[str, str] = {
    "open": "comments_open",
    "closes_at": "comments_close_at",
    "close_after_days": "comments_close_after_days",
    "moderation": "comments_moderation",
    "max_depth": "comments_max_depth",
    "max_length": "comments_max_length",
    "required_fields": "comments_required_fields",
}
_POLICY_CHECKS: Mapping[str, Callable[[Any], object]] = {
    "open": lambda value: value,
    "closes_at": _closes_at,
    "close_after_days": _close_after,
    "moderation": lambda value: value,
    "max_depth": lambda value: within(value, MAX_COMMENT_DEPTH, ("commentPolicy", "maxDepth"), least=0),
    "max_length": lambda value: within(value, MAX_COMMENT_CHARS, ("commentPolicy", "maxLength")),
    "required_fields": lambda fields: [field.value for field in dict.fromkeys(fields)],
}


def _agree_on_locales(default: str, locales: list[str]) -> None:
    if default not in locales:
        raise InvalidInput(f"The default locale {default} is not among the locales.", ("defaultLocale",))


async def _announce(database: Database, viewer: Viewer, site: Site, before: Mapping[str, object]) -> None:
    payload = {"version": site.version, "changed": changes_between(before, said(site, _TOLD))}
    node = GlobalId(NodeType.SITE, site.id)
    await append_event(database, EventType.SITE_CHANGED, viewer.actor, node, payload=payload)
