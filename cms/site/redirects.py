"""Redirects: paths that lead elsewhere, made by hand here and left by what moves (`cms.kernel.addresses`).

The one thing to know: nobody is sent twice. A redirect to a path that redirects leads to its end at once, and those
that led to where a new one begins are led on.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from cms.kernel.addresses import (
    ANY_LOCALE,
    is_taken,
    lead_on,
    leave_redirect,
    remove_redirect,
    tell_redirect,
)
from cms.kernel.changing import one_at_a_time, unless_taken
from cms.kernel.clock import now
from cms.kernel.database import Database, transaction
from cms.kernel.effects import note_redirect
from cms.kernel.errors import AlreadyExists, InvalidInput, NotFound, StateConflict
from cms.kernel.guards import require
from cms.kernel.inputs import Path, line, moment, web_address
from cms.kernel.viewer import Scope, Viewer
from cms.site.models import Redirect, Site

__all__ = ["RedirectDraft", "create_redirect", "delete_redirect", "leave_redirect"]

MAX_FROM_CHARS: Final = 1024
MAX_TO_CHARS: Final = 2048
# An address on the site: from its root, and not `//host`, which browsers take for another site.
_PATH = re.compile(r"/(?!/)[^\s\\<>\"?#]*")
_PATH_AND_MORE = re.compile(r"/(?!/)[^\s\\<>\"]*")
# Redirects are made by one at a time: two that are each right can make a circle together.
_REDIRECTS = 0x7265646972656374


@dataclass(frozen=True, slots=True, kw_only=True)
class RedirectDraft:
    """A redirect to be: from a path of the site to a path or a web address."""

    from_path: str
    to: str
    permanent: bool = True


async def create_redirect(
    database: Database, viewer: Viewer, draft: RedirectDraft, *, at: datetime | None = None
) -> Redirect:
    """Lead readers from a path to another, or to another site.

    Args:
        database: where.
        viewer: must hold SITE_MANAGE.
        draft: from where to where.
        at: since when, for imports; now when left out.

    Raises:
        NotAllowed: the viewer may not.
        AlreadyExists: the path redirects already.
        StateConflict: readers find content at the path.
        InvalidInput: it would lead to itself, or an address is none; see the path.
    """
    require(viewer, Scope.SITE_MANAGE)
    from_path = _path(draft.from_path)
    to = _target(draft.to)
    made_at = moment(at, ("createdAt",)) if at else now()
    async with transaction(database):
        await one_at_a_time(database, _REDIRECTS)
        if await Redirect.exists(from_path=from_path):
            raise AlreadyExists("This path redirects already: delete that redirect first.", ("from",))
        if await is_taken(database, from_path):
            raise StateConflict("Readers find content at this path; it cannot lead elsewhere.", ("from",))
        target = await _end_of(await _within_the_site(to))
        if _place(target) == from_path:
            raise InvalidInput("This would lead to itself.", ("to",))
        with unless_taken("The path", ("from",)):
            made = await Redirect.create(
                locale=ANY_LOCALE, from_path=from_path, target=target, permanent=draft.permanent, created_at=made_at
            )
        note_redirect(made.id)
        changed: dict[str, tuple[object, object]] = {"from": (None, from_path), "to": (None, target)}
        await tell_redirect(database, viewer.actor, made.id, changed)
        await lead_on(database, from_path, target, viewer.actor)
    return made


async def delete_redirect(database: Database, viewer: Viewer, redirect_id: UUID) -> Redirect:
    """Let a path lead nowhere, be the redirect made by hand or left by a move.

    Raises:
        NotAllowed: the viewer lacks SITE_MANAGE.
        NotFound: there is no such redirect.
    """
    require(viewer, Scope.SITE_MANAGE)
    async with transaction(database):
        redirect = await Redirect.filter(id=redirect_id).select_for_update().get_or_none()
        if redirect is None:
            raise NotFound("There is no such redirect.", ("id",))
        await remove_redirect(database, redirect, viewer.actor)
    return redirect


def _path(given: str) -> str:
    found = line(given, ("from",), MAX_FROM_CHARS)
    if not _PATH.fullmatch(found):
        raise InvalidInput("Write a path of the site, like /old-page, without ? and #.", ("from",))
    return found


def _target(given: str) -> str:
    where: Path = ("to",)
    found = line(given, where, MAX_TO_CHARS)
    if _PATH_AND_MORE.fullmatch(found):
        return found
    if web_address(found, where) is None:
        raise InvalidInput("Write a path like /new-page, or an address that begins with https:// or http://.", where)
    return found


async def _within_the_site(target: str) -> str:
    """A path, where the target is an address of the site itself: else a loop could hide in its host's name."""
    site = await Site.first()
    own = site is not None and (target == site.url or target.startswith(f"{site.url}/"))
    return (target.removeprefix(site.url) or "/") if site is not None and own else target


async def _end_of(target: str) -> str:
    """Where somebody ends up who is sent to a target. Redirects lead to no redirects, so one look is enough."""
    onward = await Redirect.filter(from_path=_place(target)).order_by("-id").first()
    return target if onward is None else onward.target


def _place(target: str) -> str:
    """A target without what follows its path."""
    return re.split("[?#]", target, maxsplit=1)[0]
