"""What can be given as an argument of what its giver may not know of: ids, texts, moments, numbers, cursors.

The one thing to know: each is given in two ways, as something hidden and as something that never was, as like it as can
be. Nothing lies between the two, in any order, so that a caller who may not know of the one gets one answer to both.
"""

import base64
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any, TypeAlias
from uuid import UUID

import orjson

from cms.kernel.clock import to_text
from cms.kernel.ids import GlobalId, NodeType
from cms.kernel.viewer import Scope
from cms.reading.vocabulary import Perspective
from schema.audience import Demand
from tests.schema.canaries import ABSENT, Dyed, canaries_in
from tests.schema.whose import NODES, Row

#: By where a list is and how it is sorted, the ids and cursors of all its items, hidden ones too.
Cursors: TypeAlias = Mapping[tuple[str, str], Sequence[tuple[str, str]]]

#: What ids, texts and moments are of, by where they are given. Whoever adds an argument says so here.
_IDS: Mapping[str, tuple[NodeType, ...]] = {
    "Query.node(id:)": tuple(NodeType),
    "Query.nodes(ids:)": tuple(NodeType),
    "Query.comment(id:)": (NodeType.COMMENT,),
    "Query.media(id:)": (NodeType.MEDIA,),
    # Whoever may read the audit trail reads all of it: it keeps nothing from them that an id could find out.
    "Query.auditLog(nodeId:)": (),
    "ArticleBy.id": (NodeType.ARTICLE,),
    "AuthorBy.id": (NodeType.AUTHOR,),
    "TopicBy.id": (NodeType.TOPIC,),
    "DisclaimerBy.id": (NodeType.DISCLAIMER,),
    "ArticleFilter.id": (NodeType.ARTICLE,),
    "ArticleFilter.disclaimer": (NodeType.DISCLAIMER,),
    "AuthorFilter.id": (NodeType.AUTHOR,),
    "TopicFilter.id": (NodeType.TOPIC,),
    "CommentFilter.article": (NodeType.ARTICLE,),
    "ArticleRevision.diff(against:)": (NodeType.ARTICLE_REVISION,),
}
_TEXTS: Mapping[str, tuple[str, str] | None] = {
    "ArticleBy.slug": ("article_slug", "slug"),
    "ArticleBy.path": ("article_slug", "slug"),
    "Query.route(path:)": ("article_slug", "slug"),
    "AuthorBy.slug": ("author", "slug"),
    "AuthorBy.path": ("author", "slug"),
    "TopicBy.slug": ("topic", "slug"),
    "TopicBy.path": ("topic", "slug"),
    "DisclaimerBy.slug": ("disclaimer", "slug"),
    "ArticleFilter.slug": ("article_slug", "slug"),
    "ArticleFilter.title": ("article_revision", "title"),
    "AuthorFilter.slug": ("author", "slug"),
    "AuthorFilter.name": ("author", "name"),
    "TopicFilter.slug": ("topic", "slug"),
    "TopicFilter.name": ("topic", "name"),
    "CommentFilter.authorName": ("comment", "author_name"),
    "CommentFilter.text": ("comment", "body_text"),
    "CommentFilter.authorEmail": ("comment", "author_email"),
    "ArticleFilter.locale": None,
    "Query.article(locale:)": None,
    "Comment.reactions(readerKey:)": None,
}
#: What tokens are of: a forged one holds the key of something hidden.
_TOKENS = {"Query.commentsByEditToken(editTokens:)": NodeType.COMMENT}
#: What path something stands at, by the site's templates.
PATHS = {
    NodeType.ARTICLE: "/{locale}/articles/{slug}",
    NodeType.AUTHOR: "/people/{slug}",
    NodeType.TOPIC: "/topics/{slug}",
}
_BY_PATH = {
    "ArticleBy.path": NodeType.ARTICLE,
    "Query.route(path:)": NodeType.ARTICLE,
    "AuthorBy.path": NodeType.AUTHOR,
    "TopicBy.path": NodeType.TOPIC,
}
#: For moments: whose they are, and where such a moment stands (its table, the column of its owner, its own).
_MOMENTS: Mapping[str, tuple[NodeType, str, str, str] | None] = {
    "ArticleFilter.publishedAt": (NodeType.ARTICLE, "publication", "article_id", "published_at"),
    "ArticleFilter.updatedAt": (NodeType.ARTICLE, "publication", "article_id", "starts_at"),
    "ArticleFilter.publishAt": None,
    "Article.asPublished(at:)": None,
    "CommentFilter.createdAt": (NodeType.COMMENT, "comment", "id", "created_at"),
    "Site.policy(at:)": (NodeType.POLICY_VERSION, "policy_version", "id", "effective_from"),
}
_SIZES = {"first": 3, "last": 3, "maxLength": 5, "width": 320, "height": 200}
_A_MOMENT = "2026-02-25T00:00:00Z"
#: This list is of drafts, whatever the request's perspective.
_OF_DRAFTS = "Media.usedBy"
_DISCUSSED = "CommentFilter.article"


@dataclass(frozen=True)
class Value:
    """A value with something hidden in it, and with something absent in its place; the same where nothing is hidden."""

    hidden: Any
    absent: Any
    demands: tuple[Demand, ...] = ()

    def within(self, name: str, beside: Mapping[str, "Value"], demands: Iterable[Demand] = ()) -> "Value":
        """The same inside an object, under a name."""
        return Value(
            {name: self.hidden} | {key: value.hidden for key, value in beside.items()},
            {name: self.absent} | {key: value.absent for key, value in beside.items()},
            (*demands, *self.demands),
        )

    def listed(self) -> "Value":
        """The same as the only item of a list."""
        return Value([self.hidden], [self.absent], self.demands)


def same(value: object) -> Value:
    """A value with nothing hidden in it."""
    return Value(value, value)


# What is hidden from a caller, as values of each scalar


def absent_id(found: str) -> str:
    """An id like another one, next to it, that nothing has."""
    prefix, _, key = found.partition("_")
    return f"{prefix}_{UUID(int=UUID(key).int ^ 1)}"


def absent_text(found: str) -> str:
    """A text like another one, of its length, that stands nowhere."""
    for canary in canaries_in(found.encode()):
        found = found.replace(canary, ABSENT)
    return found


def absent_cursor(found: str) -> str:
    """The cursor of an item that would stand next to another one, and does not exist."""
    *values, key = orjson.loads(base64.urlsafe_b64decode(found + "=" * (-len(found) % 4)))
    changed = orjson.dumps([*values, str(UUID(int=UUID(key).int ^ 1))])
    return base64.urlsafe_b64encode(changed).decode().rstrip("=")


@dataclass(frozen=True)
class Operands:
    """What can be given of what a caller may not know of; where that is nothing, something harmless."""

    dyed: Dyed
    scopes: frozenset[Scope]
    perspective: Perspective
    cursors: Cursors = field(default_factory=dict)

    def of(self, scalar: str, name: str, where: str) -> list[Value]:
        """Values for what is called `name` and stands at `where`.

        Raises:
            KeyError: nobody has said what is given there.
        """
        match scalar:
            case "ID":
                return [self._id(where, self.random(where, name))]
            case "String":
                return [self._text(where, self.random(where, name))]
            case "DateTime":
                return [self._moment(where, self.random(where, name))]
            case "Boolean":
                return [same(True), same(False)]
        return [same(_SIZES[name])] if name in _SIZES else [self._number(where, self.random(where, name))]

    def random(self, *names: str) -> Random:
        """What chooses for this caller under such names: always the same."""
        return Random(" ".join([*names, self.perspective, *sorted(self.scopes)]))  # noqa: S311 - a choice, no secret

    def cursor(self, where: str, order: str) -> Value:
        """The cursor of an item that the caller may not know of, if the list has one."""
        listed = self.cursors[where, order]
        types = {NodeType(one[:3]) for one, _ in listed}
        hidden = {str(GlobalId(kind, row["id"])) for kind in types for row in self._hidden(kind, where)}
        secret = [cursor for one, cursor in listed if one in hidden]
        if not secret:
            return same(listed[0][1])
        found = self.random(where, order).choice(secret)
        return Value(found, absent_cursor(found))

    def _hidden(self, node_type: NodeType, where: str) -> list[Row]:
        if where == _DISCUSSED:
            return self.dyed.undiscussed(self.scopes)
        perspective = Perspective.DRAFT if where == _OF_DRAFTS else self.perspective
        return self.dyed.hidden(node_type, self.scopes, perspective)

    def _id(self, where: str, random: Random) -> Value:
        types = [kind for kind in _IDS[where] if kind in NODES]
        ids = [str(GlobalId(kind, row["id"])) for kind in types for row in self._hidden(kind, where)]
        if not ids:
            return same("art_no")
        found = random.choice(ids)
        return Value(found, absent_id(found))

    def _token(self, where: str, random: Random) -> Value:
        rows = self._hidden(_TOKENS[where], where)
        if not rows:
            return same(ABSENT)
        key = random.choice(rows)["id"]
        return Value(f"{key.hex}.{'0' * 64}", f"{UUID(int=key.int ^ 1).hex}.{'0' * 64}")

    def _text(self, where: str, random: Random) -> Value:
        if where in _TOKENS:
            return self._token(where, random)
        stands = _TEXTS[where]
        if stands is None:
            return same(ABSENT)
        table, column = stands
        rows = [row for row in self.dyed.unmatched(table, self.scopes, self.perspective) if row[column]]
        if not rows:
            return same(ABSENT)
        row = random.choice(rows)
        text = str(row[column])
        if where in _BY_PATH:
            text = PATHS[_BY_PATH[where]].format(slug=text, locale=row.get("locale"))
        return Value(text, absent_text(text))

    def _moment(self, where: str, random: Random) -> Value:
        """A moment at which something hidden happened and nothing else, and the one just before."""
        stands = _MOMENTS[where]
        if stands is None:
            return same(_A_MOMENT)
        node_type, table, owner, column = stands
        hidden = {row["id"] for row in self._hidden(node_type, where)}
        moments: dict[bool, set[datetime]] = {True: set(), False: set()}
        for row in self.dyed.tables[table].values():
            moments[row[owner] in hidden].add(row[column])
        secret = sorted(moments[True] - moments[False])
        if not secret:
            return same(_A_MOMENT)
        moment = random.choice(secret)
        return Value(to_text(moment), to_text(moment - timedelta(microseconds=1)))

    def _number(self, where: str, random: Random) -> Value:
        """How many comments something hidden has, and one more: nothing else has nearly as many."""
        if where != "ArticleFilter.commentCount":
            raise KeyError(where)
        rows = self._hidden(NodeType.ARTICLE, where)
        if not rows:
            return same(1)
        number = random.choice(rows)["comment_count"]
        return Value(number, number + 1)
