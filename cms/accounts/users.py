"""The people who work here: let in, changed, switched off. Nobody is deleted, since what they did names them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from msgspec import UNSET, UnsetType

from cms.accounts.addresses import account_address
from cms.accounts.errors import LastAdministrator, NoSuchUser
from cms.accounts.events import tell, unsaid
from cms.accounts.forgetting import forget
from cms.accounts.links import mail_link, void_links
from cms.accounts.models import LinkPurpose, Role, Session, User
from cms.accounts.passwords import check_password, hash_password
from cms.accounts.permissions import require_over
from cms.kernel.changing import locked, one_at_a_time, swap, unless_taken
from cms.kernel.database import APP_LABEL, Database, transaction
from cms.kernel.errors import FieldChange, NotFound
from cms.kernel.events import InternalEvent
from cms.kernel.guards import require
from cms.kernel.ids import GlobalId, NodeType
from cms.kernel.inputs import line
from cms.kernel.text import fold
from cms.kernel.viewer import Scope, Viewer

_MAX_NAME_CHARS: Final = 200
# Two administrators who each step down while the other is there would leave nobody.
_ADMINISTRATORS: Final = 0x61646D696E


@dataclass(frozen=True, slots=True, kw_only=True)
class UserDraft:
    """Somebody who is to work here. Without a password (see `first_password`) they are invited by mail."""

    name: str
    email: str
    role: Role
    password_hash: str | None = field(default=None, repr=False)
    author_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UserChange:
    """What changes about somebody; what is UNSET stays, None clears."""

    user_id: UUID
    name: str | UnsetType = UNSET
    email: str | UnsetType = UNSET
    role: Role | UnsetType = UNSET
    active: bool | UnsetType = UNSET
    author_id: UUID | UnsetType | None = UNSET


async def first_password(password: str, *, email: str, name: str) -> str:
    """What a draft keeps of a password. It takes its time, which is better spent before a transaction.

    Raises:
        DomainError: the password cannot be taken; see `check_password`.
    """
    check_password(password, ("password",), email=email, name=name)
    return await hash_password(password)


async def create_user(database: Database, viewer: Viewer, draft: UserDraft) -> User:
    """Let somebody in.

    Args:
        database: where.
        viewer: must hold PEOPLE_MANAGE, and every scope that the role gives.
        draft: who.

    Raises:
        NotAllowed: the viewer may not.
        AlreadyExists: somebody has an account by that address.
        NotFound: there is no such author.
        DomainError: a value cannot be taken; see the path.
    """
    require_over(viewer, draft.role)
    values: dict[str, Any] = {
        **_named(draft.name),
        **_reached(draft.email),
        "role": draft.role,
        "password_hash": draft.password_hash,
    }
    async with transaction(database):
        values["author_id"] = await _author(database, draft.author_id)
        with unless_taken("The mail address", ("email",)):
            user = await User.create(**values)
        await tell(database, viewer, user, InternalEvent.USER_CREATED)
        if draft.password_hash is None:
            await mail_link(database, user, LinkPurpose.INVITATION)
    return user


async def update_user(database: Database, viewer: Viewer, change: UserChange) -> User:
    """Change what is known of somebody, what they may do, or whether they can sign in.

    Another role, and an account that is switched off, end their sessions. Another address voids what was mailed to the
    old one; who has chosen no password yet is invited anew.

    Raises:
        NotAllowed: the viewer lacks PEOPLE_MANAGE, or a scope that the person has or is to have.
        NoSuchUser: there is nobody by that id.
        LastAdministrator: nobody would be left who can let anybody in.
        AlreadyExists: somebody else has an account by that address.
        NotFound: there is no such author.
        DomainError: a value cannot be taken; see the path.
    """
    require(viewer, Scope.PEOPLE_MANAGE)
    async with transaction(database):
        await one_at_a_time(database, _ADMINISTRATORS)
        user = await _locked(change.user_id)
        changes = {**_changes(change), **await _looked_up(database, change)}
        require_over(viewer, user.role, changes.get("role", user.role))
        await _keep_an_administrator(user, changes)
        before = _told(user)
        ends = user.role != changes.get("role", user.role) or changes.get("active", user.active) < user.active
        if ends:
            changes["epoch"] = user.epoch + 1
        with unless_taken("The mail address", ("email",)):
            written = await swap(user, changes)
        if written:
            await _follow_up(database, user, before, ends=ends)
            await tell(database, viewer, user, InternalEvent.USER_CHANGED, _differences(before, _told(user)))
    forget(f"user:{user.id}")
    return user


async def reset_totp(database: Database, viewer: Viewer, user_id: UUID) -> User:
    """Take the codes off the account of somebody whose phone is gone; their sessions end.

    Raises:
        NotAllowed: the viewer lacks PEOPLE_MANAGE, or a scope that the person has.
        NoSuchUser: there is nobody by that id.
    """
    require(viewer, Scope.PEOPLE_MANAGE)
    async with transaction(database):
        user = await _locked(user_id)
        require_over(viewer, user.role)
        if user.totp_secret is not None:
            await swap(user, {"totp_secret": None, "totp_last_step": None, "epoch": user.epoch + 1})
            await Session.filter(user_id=user.id).delete()
            await tell(database, viewer, user, InternalEvent.USER_CHANGED, [unsaid("totp")])
    forget(f"user:{user.id}")
    return user


async def list_users(viewer: Viewer) -> list[User]:
    """Everybody who works here or did, by name.

    Raises:
        NotAllowed: the viewer lacks PEOPLE_MANAGE.
    """
    require(viewer, Scope.PEOPLE_MANAGE)
    return await User.all().order_by("name_key", "id")


async def find_user(viewer: Viewer, email: str) -> User:
    """Who has an account by this address.

    Raises:
        NotAllowed: the viewer lacks PEOPLE_MANAGE.
        NoSuchUser: nobody has.
        DomainError: it is no address.
    """
    require(viewer, Scope.PEOPLE_MANAGE)
    user = await User.get_or_none(email_key=account_address(email)[1])
    if user is None:
        raise NoSuchUser("Nobody has an account by this address: see `cms user list`.", ("email",))
    return user


async def _locked(user_id: UUID) -> User:
    try:
        return await locked(User, user_id)
    except NotFound:
        raise NoSuchUser("There is nobody by this id.", ("id",)) from None


def _changes(change: UserChange) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    if change.name is not UNSET:
        changes |= _named(change.name)
    if change.email is not UNSET:
        changes |= _reached(change.email)
    if change.role is not UNSET:
        changes["role"] = change.role
    if change.active is not UNSET:
        changes["active"] = change.active
    return changes


async def _looked_up(database: Database, change: UserChange) -> dict[str, Any]:
    return {} if change.author_id is UNSET else {"author_id": await _author(database, change.author_id)}


def _named(name: str) -> dict[str, str]:
    cleaned = line(name, ("name",), _MAX_NAME_CHARS)
    return {"name": cleaned, "name_key": fold(cleaned)}


def _reached(email: str) -> dict[str, str]:
    address, key = account_address(email)
    return {"email": address, "email_key": key}


async def _author(database: Database, author_id: UUID | None) -> UUID | None:
    """The author somebody writes as; authors stand above this package, so that their table is asked by its name."""
    authors = database.apps[APP_LABEL]["Author"]
    if author_id is not None and not await authors.exists(id=author_id, deleted_at=None):
        raise NotFound("There is no such author.", ("authorId",))
    return author_id


async def _keep_an_administrator(user: User, changes: Mapping[str, Any]) -> None:
    """See that somebody stays who can sign in and let others in; who never chose a password cannot."""
    stays = changes.get("role", user.role) is Role.ADMIN and changes.get("active", user.active)
    if stays or not _can_administrate(user):
        return
    others = User.filter(role=Role.ADMIN, active=True, password_hash__not_isnull=True).exclude(id=user.id)
    if not await others.exists():
        raise LastAdministrator("Nobody else who can sign in is an administrator: make somebody one first.", ("id",))


def _can_administrate(user: User) -> bool:
    return user.role is Role.ADMIN and user.active and bool(user.password_hash)


async def _follow_up(database: Database, user: User, before: Mapping[str, object], *, ends: bool) -> None:
    """What else goes with a change: sessions that end, letters that are void, a new invitation."""
    if ends:
        await Session.filter(user_id=user.id).delete()
    moved = before["email"] != user.email
    if not user.active or moved:
        await void_links(user)
    if user.active and moved and not user.password_hash:
        await mail_link(database, user, LinkPurpose.INVITATION)


def _told(user: User) -> dict[str, object]:
    """What of somebody can change, under the names that the API has for it."""
    author = str(GlobalId(NodeType.AUTHOR, user.author_id)) if user.author_id else None
    return {"name": user.name, "email": user.email, "role": user.role.value, "author": author, "active": user.active}


def _differences(before: Mapping[str, object], after: Mapping[str, object]) -> list[FieldChange]:
    return [
        unsaid(field) if field == "email" else {"field": field, "before": before[field], "after": after[field]}
        for field in before
        if before[field] != after[field]
    ]
