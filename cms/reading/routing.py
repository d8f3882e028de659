"""What a path leads to, and where something stands now.

The one thing to know: everything that a path can lead to is looked for in the one statement, each kind on a level of
its own under its own visibility; which comes first is decided when the answer is made.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cms.reading import shapes
from cms.reading.conditions import all_of
from cms.reading.entity import Address, Column, Entity, Kind, Lookup, LookupBy, Route
from cms.reading.levels import Alone, Level
from cms.reading.lookups import named_by
from cms.reading.names import Names
from cms.reading.request import Requested
from cms.reading.vocabulary import Perspective

if TYPE_CHECKING:
    from cms.reading.planning import Planner

_PATH = "path"


def route(planner: "Planner", found: Route, asked: Requested) -> shapes.First:
    """The shape of what a path leads to, each kind of thing being a new level."""
    perspective = planner.perspective_of(asked)
    options = [*_content(planner, found, asked, perspective), *_places(planner, found, asked, perspective)]
    return shapes.First(tuple(options))


def _content(planner: "Planner", found: Route, asked: Requested, perspective: Perspective) -> Iterator[shapes.One]:
    around = planner.entities[found.around]
    for name in found.content:
        lookup = planner.entities["Query"].fields[name]
        if not isinstance(lookup, Lookup):
            raise TypeError(f"{name} looks nothing up")
        level = _level(planner, planner.entities[lookup.target], lookup.by[_PATH], asked, perspective)
        yield shapes.One(level, None, planner.object(level, asked.selections[around.name], around.fields))


def _places(planner: "Planner", found: Route, asked: Requested, perspective: Perspective) -> Iterator[shapes.One]:
    for place in found.places:
        entity = planner.entities[place.target]
        level = _level(planner, entity, place.by, asked, perspective, order=str(place.order))
        yield shapes.One(level, None, planner.object(level, asked.selections[entity.name], entity.fields))


def _level(
    planner: "Planner", entity: Entity, by: LookupBy, asked: Requested, perspective: Perspective, *, order: str = ""
) -> Level:
    """The row of an entity that stands at the path, if there is one that the viewer may see."""
    level = planner.level(entity, entity.sources[perspective], perspective)
    where = named_by(planner.binder, by, asked.arguments[_PATH], level.names)
    where += planner.visible(entity, level.names, perspective, trusted=False)
    level.found = Alone(all_of(where), level.names.sql(order), limit="1")
    level.single = True
    level.column(level.names.key, Kind.KEY)
    return level


def path_of(planner: "Planner", found: Address, names: Names, perspective: Perspective) -> str:
    """SQL for the path of the node that an address names; null where the viewer may not see it."""
    text = names.sql(found.sql)
    cases = [_case(planner, planner.entities[target], text, perspective) for target in found.targets]
    # The cases are tried in their order, so that no text is taken for a key which is none.
    return f"CASE substr({text}, 1, 4) {' '.join(cases)} ELSE {text} END"


def _case(planner: "Planner", entity: Entity, text: str, perspective: Perspective) -> str:
    path = entity.fields[_PATH]
    if entity.node_type is None or not isinstance(path, Column):
        raise TypeError(f"{entity.name} stands at no path")
    names = planner.names(entity.sources[perspective], perspective)
    shown = names.sql(path.sql)
    key = f"CAST(substr({text}, 5) AS {planner.dialect.key_type})"
    where = all_of([f"{names.key} = {key}", *planner.visible(entity, names, perspective, trusted=False)])
    return f"WHEN '{entity.node_type.value}_' THEN (SELECT {shown} FROM {names.rows()} WHERE {where} LIMIT 1)"


def leads_somewhere(planner: "Planner", entity: Entity, names: Names, perspective: Perspective) -> str:
    """The condition that the address by which an entity leads is not null."""
    address = entity.fields[entity.leads_by]
    if not isinstance(address, Address):
        raise TypeError(f"{entity.name}.{entity.leads_by} is no address")
    return f"({path_of(planner, address, names, perspective)}) IS NOT NULL"
