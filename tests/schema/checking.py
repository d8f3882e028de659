"""The checks of the matrix: each asks everything of its kind as one caller, and lists what is wrong.

The one thing to know: a check that finds nothing returns an empty list; the tests see each find something, too.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLNamedType,
    get_named_type,
)

from cms.entities import ENTITIES
from cms.kernel.ids import GlobalId, NodeType
from cms.kernel.viewer import Scope, Viewer
from cms.reading.vocabulary import Perspective
from tests.reading.everything import Everything
from tests.reading.operations import Word, literal
from tests.schema.matrix import Matrix
from tests.schema.operands import PATHS, absent_id, absent_text
from tests.schema.served import CALLERS, SCHEMA, Answer, Served, forgetting, perspectives
from tests.schema.whose import NODES, Row

_MOST_IDS = 30
_MOST_ERRORS = 5
_LISTS = {
    "site": "",
    "viewer": "",
    "articles": "(first: 100)",
    "authors": "",
    "topics": "",
    "disclaimers": "",
    "redirects": "",
    "comments": "(first: 100)",
}
#: Lists that only callers with a scope may begin with.
_MANAGED = {"users": Scope.PEOPLE_MANAGE, "apiTokens": Scope.PEOPLE_MANAGE, "auditLog": Scope.SITE_MANAGE}

# What is shown


def everything(served: Served, who: str, depth: int = 1) -> Iterator[str]:
    """Documents that ask for all that a caller may have, in lists and by ids, and so many objects further."""
    writer = Everything(SCHEMA, Viewer(CALLERS[who]))
    managed = {name: "(first: 100)" for name, scope in _MANAGED.items() if scope in CALLERS[who]}
    yield from writer.documents(_LISTS | managed, depth)
    ids = served.dyed.ids()
    for start in range(0, len(ids), _MOST_IDS):
        yield from writer.documents({"nodes": f"(ids: {literal(ids[start : start + _MOST_IDS])})"}, depth)


def documents(served: Served, who: str) -> Iterator[str]:
    """All that is asked as one caller, with what is refused."""
    matrix = served.matrix(who)
    yield from everything(served, who)
    yield from (paper.hidden for paper in matrix.papers())
    yield from (document for document, _ in matrix.forbidden())


async def seen(served: Served, who: str, depth: int = 1) -> set[str]:
    """The canaries in all that a caller may ask for."""
    found: set[str] = set()
    for perspective in perspectives(who):
        for document in everything(served, who, depth):
            answer = await served.ask(who, document, perspective)
            assert answer.codes == set(), answer.errors
            found |= answer.canaries
    return found


async def leaks(served: Served, who: str) -> list[str]:
    """The columns that a caller sees something of that is not theirs, in what is nearest."""
    return served.dyed.where(await seen(served, who, 0) - served.dyed.shown_to(CALLERS[who]))


# What arguments tell of what is hidden


async def differences(served: Served, who: str, at: str = "") -> list[str]:
    """The arguments by which a caller can tell what is hidden from what never was, or that show it, or fail on it.

    Args:
        served: who is asked.
        who: the caller.
        at: only arguments of fields that begin like this.
    """
    wrong: list[str] = []
    shown = served.dyed.shown_to(CALLERS[who])
    for perspective in perspectives(who):
        for paper in served.matrix(who, perspective).papers(at):
            hidden = await served.ask(who, paper.hidden, perspective)
            absent = await served.ask(who, paper.absent, perspective, paper.variables) if paper.absent else hidden
            wrong += [f"{code} in {set(paper.places)}" for code in hidden.codes | absent.codes]
            wrong += [f"{where} in {set(paper.places)}" for where in served.dyed.where(hidden.canaries - shown)]
            if hidden != absent:
                wrong += _differing(hidden, absent, paper.places)
    return sorted(set(wrong))


def _differing(hidden: Answer, absent: Answer, places: Iterable[str]) -> list[str]:
    one, other = dict(_aliased(hidden.found)), dict(_aliased(absent.found))
    differing = [place for number, place in enumerate(places) if one.get(f"p{number}") != other.get(f"p{number}")]
    return differing or [f"{hidden.status}, {hidden.headers}, and {absent.status}, {absent.headers}"]


def _aliased(found: object) -> Mapping[str, list[object]]:
    """What was answered under each of the names that a document gives, wherever it stands."""
    seen: dict[str, list[object]] = {}
    waiting = [found]
    while waiting:
        one = waiting.pop()
        if isinstance(one, list):
            waiting += one
        elif isinstance(one, dict):
            named = {name: inner for name, inner in one.items() if re.fullmatch(r"p\d+", name)}
            waiting += [inner for name, inner in one.items() if name not in named]
            for name, inner in named.items():
                seen.setdefault(name, []).append(inner)
    return seen


async def traces(served: Served, at: str = "") -> list[str]:
    """What readers are answered otherwise than they would be if nothing hidden had ever been.

    Args:
        served: who is asked.
        at: only by fields that begin like this.
    """
    asked: list[tuple[str, Sequence[str]]] = []
    asked += [(paper.hidden, paper.places) for paper in served.matrix("anonymous").papers(at)]
    asked += [] if at else [(document, [document]) for document in everything(served, "anonymous")]
    answers = [await served.ask("anonymous", document) for document, _ in asked]
    with forgetting(served):
        without = [await served.ask("anonymous", document) for document, _ in asked]
    pairs = zip(answers, without, (places for _, places in asked), strict=True)
    return sorted({place for one, other, places in pairs if one != other for place in _differing(one, other, places)})


_BY = {
    NodeType.ARTICLE: "article",
    NodeType.AUTHOR: "author",
    NodeType.TOPIC: "topic",
    NodeType.DISCLAIMER: "disclaimer",
}
_BY_ID = {NodeType.COMMENT: "comment", NodeType.MEDIA: "media"}


async def found_out(served: Served, who: str) -> list[str]:
    """The hidden things that a caller is answered anything but nothing for, or something else than for absent ones."""
    wrong = []
    for perspective, lookup, method in _asked_for(served, who):
        hidden = await served.ask(who, lookup.query, perspective, {"key": lookup.hidden}, method=method)
        absent = await served.ask(who, lookup.query, perspective, {"key": lookup.absent}, method=method)
        if hidden != absent or (hidden.status, hidden.found) != (200, {"data": {"found": lookup.nothing}}):
            wrong.append(f"{method} {perspective} {lookup.query} {lookup.hidden}")
    return wrong


@dataclass(frozen=True)
class _Lookup:
    """A way to ask for one thing: by something hidden, by something absent, and what nothing looks like there."""

    query: str
    hidden: str
    absent: str
    nothing: object = None


def _asked_for(served: Served, who: str) -> Iterator[tuple[Perspective, _Lookup, str]]:
    for perspective, node_type, method in product(perspectives(who), NODES, ("POST", "GET")):
        for row in served.dyed.hidden(node_type, CALLERS[who], perspective):
            for lookup in (*_by_id(node_type, row), *_by_words(served, node_type, row)):
                yield perspective, lookup, method


def _by_id(node_type: NodeType, row: Row) -> Iterator[_Lookup]:
    hidden = str(GlobalId(node_type, row["id"]))
    absent = absent_id(hidden)
    yield _Lookup("query($key: ID!) { found: node(id: $key) { __typename id } }", hidden, absent)
    yield _Lookup("query($key: ID!) { found: nodes(ids: [$key, $key]) { id } }", hidden, absent, [None, None])
    if node_type in _BY_ID:
        yield _Lookup(f"query($key: ID!) {{ found: {_BY_ID[node_type]}(id: $key) {{ id }} }}", hidden, absent)
    if node_type in _BY:
        yield _Lookup(f"query($key: ID!) {{ found: {_BY[node_type]}(by: {{id: $key}}) {{ id }} }}", hidden, absent)


def _by_words(served: Served, node_type: NodeType, row: Row) -> Iterator[_Lookup]:
    if node_type in _BY:
        slug = served.dyed.slug(node_type, row)
        query = f"query($key: String!) {{ found: {_BY[node_type]}(by: {{slug: $key}}) {{ id }} }}"
        yield _Lookup(query, slug, absent_text(slug))
        if node_type in PATHS:
            path = PATHS[node_type].format(slug=slug, locale=row.get("locale"))
            yield _Lookup(query.replace("slug", "path"), path, absent_text(path))


# What is refused


async def unrefused(served: Served, who: str) -> list[str]:
    """What runs though the caller lacks a scope for it, or is refused without its name and its scope."""
    wrong = []
    for document, unmet in served.matrix(who).forbidden():
        served.sent.clear()
        answer = await served.ask(who, document)
        told = {(error["extensions"].get("scope"), error["message"]) for error in answer.errors}
        named = all(
            any(demand.scope == scope and demand.name.rpartition(".")[2] in message for scope, message in told)
            for demand in unmet[:_MOST_ERRORS]
        )
        if answer.codes != {"FORBIDDEN"} or "data" in answer.found or served.sent or not named:
            wrong.append(f"{unmet[0].name} for want of {unmet[0].scope}")
    return sorted(set(wrong))


@dataclass(frozen=True)
class _Mistake:
    """A document with something in it that is in no schema."""

    query: str
    variables: Mapping[str, object] = field(default_factory=dict)
    code: str = "GRAPHQL_VALIDATION_FAILED"


def _mistakes(matrix: Matrix) -> Iterator[_Mistake]:
    """An unknown field of each type, and an unknown argument, filter and order key wherever there are known ones."""
    for type_ in matrix.types:
        yield _Mistake(matrix.document(type_.name, "nonsense"))
        for name, found in type_.fields.items():
            for argument, given in found.args.items():
                yield _Mistake(matrix.given(type_, name, f"{argument}s", 1))
                for value in _unknown(get_named_type(given.type), argument):
                    yield _Mistake(matrix.given(type_, name, argument, value))
                    # In a variable, where the document does not show it.
                    query = f"query($given: {given.type}) {matrix.given(type_, name, argument, Word('$given'))}"
                    yield _Mistake(query, {"given": value}, "BAD_USER_INPUT")


def _unknown(type_: GraphQLNamedType, argument: str) -> list[object]:
    """Values that an argument does not know, among them orders that the reader uses for itself."""
    keys = [Word("NONSENSE"), *map(Word, _internal_orders(type_.name) if argument == "orderBy" else ())]
    if isinstance(type_, GraphQLInputObjectType):
        return [{"nonsense": 1}, *({"field": key} for key in keys)]
    return [*keys] if isinstance(type_, GraphQLEnumType) else []


def _internal_orders(type_name: str) -> list[str]:
    entity = ENTITIES.get(type_name.partition("Order")[0])
    enums = [one for one in SCHEMA.type_map.values() if isinstance(one, GraphQLEnumType)]
    return sorted(set(entity.orders) - {name for one in enums for name in one.values}) if entity else []


async def misread(served: Served, who: str) -> list[str]:
    """What is in no schema, and is not refused as such."""
    wrong = []
    # The same documents for all: each is parsed and validated once.
    for mistake in _mistakes(served.matrix("anonymous")):
        served.sent.clear()
        answer = await served.ask(who, mistake.query, variables=mistake.variables)
        if answer.codes != {mistake.code} or "data" in answer.found or served.sent:
            wrong.append(f"{mistake.query} {dict(mistake.variables)}")
    return wrong


async def admitted(served: Served) -> list[str]:
    """The credentials that stand for nobody and are not refused for it, on every field that a query begins with."""
    matrix, wrong = served.matrix("anonymous"), []
    for probe in matrix.bare("Query"):
        for kind, credential in served.bad_credentials.items():
            for method in ("POST", "GET"):
                served.sent.clear()
                answer = await served.request(
                    matrix.document("Query", probe.written), credential=credential, method=method
                )
                told = dict(answer.headers).get(b"www-authenticate")
                refused = (answer.status, answer.codes, told) == (401, {"UNAUTHENTICATED"}, b"Bearer")
                if not refused or "data" in answer.found or served.sent:
                    wrong.append(f"{method} {probe.where}: {kind}")
    return wrong
