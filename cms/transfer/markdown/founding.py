"""The site of a folder, where there is none yet: as the folder tells of it, in our words or those of its generator.

The one thing to know: what a folder says of a site that is there already changes nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cms.kernel.database import Database
from cms.kernel.errors import DomainError, InvalidInput
from cms.kernel.inputs import locale, optional_line, optional_text, web_address
from cms.kernel.viewer import Viewer
from cms.site.actions import SiteDraft, checked_path, found_site
from cms.site.models import Site
from cms.transfer.importing import Tally
from cms.transfer.markdown.errors import Unreadable
from cms.transfer.markdown.front import MAX_FRONT_BYTES, decoded, read_toml
from cms.transfer.markdown.job import Options
from cms.transfer.markdown.keys import Keys
from cms.transfer.markdown.naming import ABOUT_SITE, SITE
from cms.transfer.markdown.places import Place, shown
from cms.transfer.markdown.yaml_text import Value, read_yaml

_NOWHERE: Final = "http://127.0.0.1:8000"
_MAX_NAME_CHARS, _MAX_HOLDER_CHARS = 200, 300
_PATHS: Final = ("article_path", "author_path", "topic_path")


@dataclass(frozen=True, slots=True)
class _Told:
    """What a folder says of its site, each where it says so and it can be taken."""

    name: str | None = None
    url: str | None = None
    description: str | None = None
    holder: str | None = None
    time_zone: str | None = None
    default_locale: str | None = None
    locales: tuple[str, ...] = ()
    paths: Mapping[str, str] = field(default_factory=dict)


async def found_if_none(
    database: Database, viewer: Viewer, place: Place, path: Path, options: Options, tally: Tally
) -> Site:
    """The site there is, or one that is founded.

    Raises:
        InvalidInput: there is no such time zone or language.
    """
    here = await Site.first()
    if here is not None:
        if SITE in place.sizes:
            tally.unchanged("sites")
        return here
    told = _told(place)
    default = told.default_locale or locale(options.locale)
    name = (told.name or _name_of(path))[:_MAX_NAME_CHARS]
    draft = SiteDraft(
        name=name,
        url=told.url or _NOWHERE,
        description=told.description,
        copyright_holder=told.holder or name,
        default_locale=default,
        locales=told.locales if default in told.locales else (default, *told.locales),
        time_zone=told.time_zone or zone_of(options.time_zone).key,
    )
    draft = replace(draft, **told.paths)  # type: ignore[arg-type]  # only paths are in it
    tally.created("sites")
    tally.note(
        f"There was no site, so “{name}” was founded at {draft.url}, in {', '.join(draft.locales)}, in the zone "
        f"{draft.time_zone}."
    )
    return await found_site(database, viewer, draft)


def zone_of(name: str) -> ZoneInfo:
    """A time zone by its name.

    Raises:
        InvalidInput: there is none.
    """
    try:
        return ZoneInfo(name)
    # There is none of that name, it leads out of the database, or to a folder in it.
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise InvalidInput("Write a time zone of the IANA database, like Europe/London.", ("timeZone",)) from None


def _name_of(path: Path) -> str:
    return " ".join(shown(path.resolve().stem).split()) or "Imported site"


def _told(place: Place) -> _Told:
    for name in ABOUT_SITE:
        if name in place.sizes:
            try:
                return _meant(_read(place, name))
            except Unreadable:
                continue
    return _Told()


def _read(place: Place, name: str) -> dict[str, Value]:
    text = decoded(place.read(name, MAX_FRONT_BYTES))
    return read_toml(text) if name.endswith(".toml") else read_yaml(text)


def _meant(values: dict[str, Value]) -> _Told:
    keys = Keys(values)
    default = _tag(keys.text("defaultlocale", "lang", "locale", "languagecode", "defaultcontentlanguage"))
    tags = [_tag(value) for value in keys.listed("locales") or () if isinstance(value, str)]
    return _Told(
        name=_line(keys.text("name", "title"), _MAX_NAME_CHARS),
        url=_address(keys.text("url", "baseurl")),
        description=_text(keys.text("description")),
        holder=_line(keys.text("copyrightholder"), _MAX_HOLDER_CHARS),
        time_zone=_zone(keys.text("timezone")),
        default_locale=default,
        locales=tuple(dict.fromkeys(tag for tag in tags if tag)),
        paths={name: path for name in _PATHS if (path := _path(keys.text(name.replace("_", ""))))},
    )


def _line(written: str | None, most: int) -> str | None:
    try:
        return optional_line(written, (), most)
    except DomainError:
        return None


def _text(written: str | None) -> str | None:
    try:
        return optional_text(written, ())
    except DomainError:
        return None


def _address(written: str | None) -> str | None:
    try:
        address = web_address(written, ())
    except DomainError:
        return None
    return None if address is None or "?" in address or "#" in address else address


def _zone(written: str | None) -> str | None:
    try:
        return zone_of(written).key if written else None
    except InvalidInput:
        return None


def _tag(written: str | None) -> str | None:
    try:
        return locale(written) if written else None
    except InvalidInput:
        return None


def _path(template: str | None) -> str | None:
    try:
        return checked_path(template, ()) if template else None
    except DomainError:
        return None
