"""What stands at which path, and what is left there when it moves or goes.

The one thing to know: a redirect that a move leaves names what moved, not where it went, so that no chain can form.
Whatever has an address stands beside the site or above it, so the tables here are known by name, as foreign keys know
them.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from tortoise.expressions import Q
from tortoise.models import Model

from cms.kernel.clock import now
from cms.kernel.database import APP_LABEL, Database
from cms.kernel.effects import note_redirect
from cms.kernel.events import EventType, NewEvent, append_events
from cms.kernel.ids import GlobalId, NodeType
from cms.kernel.models import Tombstone
from cms.kernel.naming import names_in, path_at
from cms.kernel.viewer import SYSTEM

#: Redirects of every language, and of none.
ANY_LOCALE: Final = ""


class Template(StrEnum):
    """The site's templates of paths, by their columns."""

    ARTICLE = "article_path"
    AUTHOR = "author_path"
    TOPIC = "topic_path"


_TEMPLATES = {NodeType.ARTICLE: Template.ARTICLE, NodeType.AUTHOR: Template.AUTHOR, NodeType.TOPIC: Template.TOPIC}


def table(database: Database, name: str) -> type[Model]:
    """The model of that name, from whatever floor it is."""
    return database.apps[APP_LABEL][name]


async def path_of(database: Database, type_: NodeType, slug: str, locale: str = ANY_LOCALE) -> str | None:
    """Where something with this slug stands; None where no site was founded, which says how paths are made."""
    template = (await _templates(database)).get(_TEMPLATES[type_])
    return None if template is None else path_at(template, slug, locale)


async def is_taken(database: Database, path: str) -> bool:
    """Whether readers find content at a path now."""
    templates = await _templates(database)
    named = {template: names_in(text, path) for template, text in templates.items()}
    for template, name in (("Author", Template.AUTHOR), ("Topic", Template.TOPIC)):
        if (found := named.get(name)) and await table(database, template).exists(slug=found[0], deleted_at=None):
            return True
    found = named.get(Template.ARTICLE)
    if found is None:
        return False
    slug, locale = found
    moment, same_locale = now(), {"locale": locale} if locale else {}
    public = table(database, "Publication").filter(slug=slug, starts_at__lte=moment, **same_locale)
    return await public.filter(Q(ends_at=None) | Q(ends_at__gt=moment)).exists()


async def take_address(
    database: Database, node: GlobalId, slug: str, *, locale: str = ANY_LOCALE, before: str | None = None, actor: str
) -> None:
    """Let something stand under a slug from now on: redirects from there go, and one is left where it stood before.

    Args:
        database: where; in the transaction of the change.
        node: what stands there.
        slug: its slug from now on.
        locale: its language, where its address may hold one.
        before: the slug that readers knew it by; None when it had none.
        actor: who did it, as `Viewer.actor` says.
    """
    path = await path_of(database, node.type, slug, locale)
    if path is None:
        return
    await _remove_redirects(database, path, actor)
    left = None if before in {None, slug} else await path_of(database, node.type, str(before), locale)
    # What went from there long ago may have been followed by something else.
    if left is not None and not await is_taken(database, left):
        await leave_redirect(database, locale, left, node, actor=actor)


async def leave_redirect(
    database: Database, locale: str, from_path: str, node: GlobalId, *, actor: str = SYSTEM.actor
) -> None:
    """Lead whoever comes to a path to what stood there; what led to the path leads there at once.

    Args:
        database: where; in the transaction of the change.
        locale: the language of what moved, or ANY_LOCALE.
        from_path: where it stood.
        node: what moved.
        actor: who moved it, as `Viewer.actor` says.
    """
    redirects = table(database, "Redirect")
    target = str(node)
    row = redirects(locale=locale, from_path=from_path, target=target, permanent=True, automatic=True)
    # Upserted: somebody may have led the path elsewhere by hand, or be doing so now.
    await redirects.bulk_create(
        [row], on_conflict=("locale", "from_path"), update_fields=("target", "permanent", "automatic")
    )
    made = await redirects.get(locale=locale, from_path=from_path)
    note_redirect(made.pk)
    await tell_redirect(database, actor, made.pk, {"from": (None, from_path), "to": (None, target)})
    await lead_on(database, from_path, target, actor)


async def lead_on(database: Database, path: str, target: str, actor: str) -> None:
    """Let redirects that led to a path lead to where it leads, so that nobody is sent twice."""
    here = Q(target=path) | Q(target__startswith=f"{path}?") | Q(target__startswith=f"{path}#")
    for row in await table(database, "Redirect").filter(here).order_by("id").select_for_update().values("id", "target"):
        await table(database, "Redirect").filter(id=row["id"]).update(target=target)
        await tell_redirect(database, actor, row["id"], {"to": (row["target"], target)})


async def bury(database: Database, node: GlobalId, slug: str) -> None:
    """Say at the address of something that it is gone."""
    path = await path_of(database, node.type, slug)
    await Tombstone.create(node_id=node.key, type=node.type.value, since=now(), locale=ANY_LOCALE, path=path)


async def tell_redirect(
    database: Database, actor: str, key: UUID, changed: Mapping[str, tuple[object, object]]
) -> None:
    """Append the event that a redirect was made, changed or deleted: for each field, what it was and what it is."""
    listed = [{"field": name, "before": before, "after": after} for name, (before, after) in changed.items()]
    node = GlobalId(NodeType.REDIRECT, key)
    await append_events(database, actor, [NewEvent(EventType.REDIRECT_CHANGED, node, payload={"changed": listed})])


async def remove_redirect(database: Database, redirect: Any, actor: str) -> None:  # noqa: ANN401 - a model known by name
    """Delete a redirect; whoever keeps a copy learns of it by its tombstone."""
    await redirect.delete()
    await Tombstone.create(node_id=redirect.id, type=NodeType.REDIRECT.value, since=now(), locale=redirect.locale)
    changed = {"from": (redirect.from_path, None), "to": (redirect.target, None)}
    await tell_redirect(database, actor, redirect.id, changed)


async def _remove_redirects(database: Database, path: str, actor: str) -> None:
    for row in await table(database, "Redirect").filter(from_path=path).order_by("id").select_for_update():
        await remove_redirect(database, row, actor)


async def _templates(database: Database) -> dict[Template, str]:
    """The site's templates; none where no site was founded."""
    site = await table(database, "Site").first().values(*Template)
    return {template: site[template] for template in Template} if site else {}
