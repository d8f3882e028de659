"""The sheet of redirects. One that names what moved leads to where that stands now."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from cms.authors.models import Author
from cms.kernel.ids import GlobalId, NodeType, parse_global_id
from cms.site.models import Redirect
from cms.topics.models import Topic
from cms.transfer.sheets.sheet import EVERYTHING, NOT_IN_THE_TRASH, Sheet, View, id_of
from cms.transfer.sheets.shown import shown_by_id


@dataclass(frozen=True, slots=True)
class _Row:
    """A redirect, where it leads, which is nowhere when that is gone, and what stands there if it names that."""

    redirect: Redirect
    to: str | None
    node: GlobalId | None


async def _look_up(view: View, redirects: Sequence[Redirect]) -> list[_Row]:
    nodes = {redirect.id: parse_global_id(redirect.target) for redirect in redirects}
    paths = await _paths(view, {node for node in nodes.values() if node is not None})
    return [
        _Row(redirect, redirect.target if node is None else paths.get(node), node)
        for redirect in redirects
        for node in [nodes[redirect.id]]
    ]


async def _paths(view: View, nodes: Iterable[GlobalId]) -> Mapping[GlobalId, str | None]:
    """Where things stand; those that lie in the trash stand nowhere."""
    keys: dict[NodeType, list[UUID]] = {type_: [] for type_ in NodeType}
    for node in nodes:
        keys[node.type].append(node.key)
    articles = await shown_by_id(view, keys[NodeType.ARTICLE])
    authors = await Author.filter(NOT_IN_THE_TRASH, id__in=keys[NodeType.AUTHOR]).only("id", "slug")
    topics = await Topic.filter(NOT_IN_THE_TRASH, id__in=keys[NodeType.TOPIC]).only("id", "slug")
    return {
        **{GlobalId(NodeType.ARTICLE, key): each.path(view) for key, each in articles.items()},
        **{GlobalId(NodeType.AUTHOR, each.id): view.author_path(each.slug) for each in authors},
        **{GlobalId(NodeType.TOPIC, each.id): view.topic_path(each.slug) for each in topics},
    }


REDIRECTS: Final = Sheet(
    name="redirects",
    model=Redirect,
    reads=("locale", "from_path", "target", "permanent", "automatic", "created_at"),
    where=EVERYTHING,
    look_up=_look_up,
    columns={
        "id": lambda _, row: id_of(NodeType.REDIRECT, row.redirect.id),
        "from": lambda _, row: row.redirect.from_path,
        "to": lambda _, row: row.to,
        "to id": lambda _, row: str(row.node) if row.node else None,
        "locale": lambda _, row: row.redirect.locale,
        "permanent": lambda _, row: row.redirect.permanent,
        "automatic": lambda _, row: row.redirect.automatic,
        "created": lambda _, row: row.redirect.created_at,
    },
)
