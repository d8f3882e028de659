"""Whose everything is: which column may be read, and for whom each row is there.

The one thing to know: `SHOWN` names the columns that can be read; any other is nobody's, so that a new one is hidden
until a line here says otherwise. Whose a row is, is worked out from the rows alone, in Python: a second opinion, which
shares nothing with the reader's SQL but what was meant.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias
from uuid import UUID

from cms.kernel.ids import NodeType, parse_global_id
from cms.kernel.viewer import Scope
from cms.reading.vocabulary import Perspective
from tests.reading.rows import NOW

Row: TypeAlias = dict[str, Any]
Tables: TypeAlias = dict[str, dict[object, Row]]
#: Of each group a caller must hold one scope at least. No group at all is everybody, an empty group nobody.
Audience: TypeAlias = tuple[frozenset[Scope], ...]

EVERYBODY: Audience = ()
NOBODY: Audience = (frozenset(),)
EDITORS: Audience = (frozenset({Scope.CONTENT_PREVIEW}),)
WRITERS: Audience = (frozenset({Scope.CONTENT_WRITE}),)
MODERATORS: Audience = (frozenset({Scope.COMMENTS_MODERATE}),)
MANAGERS: Audience = (frozenset({Scope.PEOPLE_MANAGE}),)
SITE_MANAGERS: Audience = (frozenset({Scope.SITE_MANAGE}),)
PRIVACY: Audience = (frozenset({Scope.PERSONAL_DATA}),)
COLLEAGUES: Audience = (frozenset({Scope.CONTENT_PREVIEW, Scope.COMMENTS_MODERATE, Scope.PEOPLE_MANAGE}),)
LAWYERS: Audience = (frozenset({Scope.CONTENT_PREVIEW, Scope.SITE_MANAGE}),)
STAFF: Audience = (frozenset({Scope.CONTENT_PREVIEW, Scope.COMMENTS_MODERATE}),)


def may(scopes: Iterable[Scope], audience: Audience) -> bool:
    """Whether a caller with these scopes is of the audience."""
    held = frozenset(scopes)
    return all(held & group for group in audience)


def _for(audience: Audience, *columns: str) -> dict[str, Audience]:
    return dict.fromkeys(columns, audience)


def _text(prefix: str) -> tuple[str, ...]:
    return tuple(f"{prefix}_{form}" for form in ("html", "markdown", "text", "blocks"))


#: By table and column, who may read it in those rows that they may see.
SHOWN: Mapping[str, Mapping[str, Audience]] = {
    "site": _for(EVERYBODY, "name", "url", "description", "copyright_holder") | _for(EDITORS, "preview_url"),
    "author": _for(EVERYBODY, "slug", "name", "credentials", "website", *_text("bio")) | _for(WRITERS, "email"),
    "topic": _for(EVERYBODY, "slug", "name", "description"),
    "media": _for(EVERYBODY, "filename", "storage_key", "content_type", "alt", "caption", "credit", "placeholder"),
    "disclaimer": _for(EVERYBODY, "slug"),
    "disclaimer_version": _for(EVERYBODY, "title", "digest", *_text("body")),
    "policy_version": _for(EVERYBODY, "title", "acceptance_text", "digest", *_text("body")),
    "article_slug": _for(EVERYBODY, "slug"),
    "article_revision": _for(EVERYBODY, "title", "standfirst", *_text("body"))
    | _for(EVERYBODY, "lead_image_alt", "lead_image_caption", "lead_image_credit")
    | _for(EVERYBODY, "copyright_holder", "copyright_statement", "copyright_license_url")
    | _for(EVERYBODY, "seo_title", "seo_description", "seo_canonical_url")
    | _for(EDITORS, "note"),
    "revision_contributor": _for(EVERYBODY, "credited_as"),
    "review": _for(EDITORS, "note"),
    "comment": _for(EVERYBODY, "author_name", "author_url", *_text("body"))
    | _for(EVERYBODY, "anchor_block_key", "anchor_found_in", "anchor_exact", "anchor_prefix", "anchor_suffix")
    | _for(MODERATORS, "author_email"),
    "comment_flag": _for(MODERATORS, "detail"),
    "moderation_decision": _for(MODERATORS, "reason"),
    "screening_signal": _for(MODERATORS, "rule", "detail"),
    "consent": _for(PRIVACY, "wording", "digest"),
    "redirect": _for(EVERYBODY, "from_path"),
    "event": _for(SITE_MANAGERS, "type", "actor", "payload"),
    "api_token": _for(MANAGERS, "name"),
    "user_account": _for(EVERYBODY, "name") | _for(MANAGERS, "email"),
}
NODES = {
    NodeType.ARTICLE: "article",
    NodeType.ARTICLE_REVISION: "article_revision",
    NodeType.AUTHOR: "author",
    NodeType.TOPIC: "topic",
    NodeType.DISCLAIMER: "disclaimer",
    NodeType.DISCLAIMER_VERSION: "disclaimer_version",
    NodeType.POLICY_VERSION: "policy_version",
    NodeType.SITE: "site",
    NodeType.COMMENT: "comment",
    NodeType.MEDIA: "media",
    NodeType.USER: "user_account",
    NodeType.API_TOKEN: "api_token",
    NodeType.REDIRECT: "redirect",
    NodeType.AUDIT_ENTRY: "event",
}


@dataclass(frozen=True)
class Truth:
    """Whose each row is, at the moment of the world."""

    tables: Tables

    def reads(self, table: str, column: str, row: Row) -> Audience:
        """Who may read a value, by whatever way leads to it."""
        shown = SHOWN.get(table, {}).get(column, NOBODY)
        return NOBODY if shown == NOBODY else shown + self._row(table, row) + self._image(table, column, row)

    def _row(self, table: str, row: Row) -> Audience:
        rules: dict[str, Callable[[Row], Audience]] = {
            "article_slug": lambda slug: self._article(slug["article_id"]),
            "article_revision": self._revision,
            "revision_contributor": self._contributor,
            "review": lambda review: self._article(review["article_id"]),
            "disclaimer": self._disclaimer,
            "disclaimer_version": _begun,
            "policy_version": lambda policy: _begun(policy, LAWYERS),
            "comment": self._words,
            "api_token": _token,
            "user_account": lambda _user: COLLEAGUES,
            "event": lambda _event: SITE_MANAGERS,
            "redirect": lambda redirect: self._redirect(redirect, Perspective.DRAFT),
        }
        if "comment_id" in row:
            return self._words(self.tables["comment"][row["comment_id"]])
        return rules.get(table, _kept)(row)

    def finds(self, node_type: NodeType, row: Row, perspective: Perspective) -> Audience:
        """Who finds a thing by its id, its slug or its path."""
        match node_type:
            case NodeType.ARTICLE:
                return self._listed(row, perspective)
            case NodeType.ARTICLE_REVISION:
                return EDITORS + self._listed(self.tables["article"][row["article_id"]], perspective)
            case NodeType.COMMENT:
                return self._reach(row) if row["is_listed"] else self._reach(row) + MODERATORS
            case NodeType.REDIRECT:
                return self._redirect(row, perspective)
        return self._row(NODES[node_type], row)

    def matches(self, table: str, row: Row, perspective: Perspective) -> Audience:
        """Who finds something by the words of a row, in a list."""
        if table == "article_slug":
            return self._listed(self.tables["article"][row["article_id"]], perspective)
        if table == "article_revision":
            article = self.tables["article"][row["article_id"]]
            shown = self.current(article) if perspective is Perspective.PUBLISHED else article["head_id"]
            return self._listed(article, perspective) if row["id"] == shown else NOBODY
        return self._row(table, row)

    def current(self, article: Row) -> UUID | None:
        """The key of the revision that readers get."""
        return self._public.get(article["id"])

    @cached_property
    def _public(self) -> Mapping[UUID, UUID]:
        publications = self.tables["publication"].values()
        return {row["article_id"]: row["revision_id"] for row in publications if _is_open(row)}

    def _listed(self, article: Row, perspective: Perspective) -> Audience:
        if perspective is Perspective.PUBLISHED:
            return EVERYBODY if self.current(article) else NOBODY
        return EDITORS + _kept(article)

    def _redirect(self, row: Row, perspective: Perspective) -> Audience:
        """A redirect is there where it leads somewhere."""
        node = parse_global_id(row["target"])
        if node is None:
            return EVERYBODY
        found = self.tables[NODES[node.type]][node.key]
        if node.type is not NodeType.ARTICLE:
            return _kept(found)
        return EVERYBODY if self.current(found) else self._listed(found, perspective)

    def _article(self, key: UUID) -> Audience:
        article = self.tables["article"][key]
        return _kept(article) + (EVERYBODY if self.current(article) else EDITORS)

    def _revision(self, row: Row) -> Audience:
        article = self.tables["article"][row["article_id"]]
        return _kept(article) + (EVERYBODY if row["id"] == self.current(article) else EDITORS)

    def _contributor(self, row: Row) -> Audience:
        revision = self.tables["article_revision"][row["revision_id"]]
        return self._revision(revision) + _kept(self.tables["author"][row["author_id"]])

    def _image(self, table: str, column: str, row: Row) -> Audience:
        """The words of an image that was thrown away go with it; editors see in comparisons that there were some."""
        if table != "article_revision" or not column.startswith("lead_image_") or row["lead_image_id"] is None:
            return EVERYBODY
        return EDITORS if self.tables["media"][row["lead_image_id"]]["deleted_at"] else EVERYBODY

    def _disclaimer(self, row: Row) -> Audience:
        versions = (one for one in self.tables["disclaimer_version"].values() if one["disclaimer_id"] == row["id"])
        return EVERYBODY if any(_begun(one) == EVERYBODY for one in versions) else EDITORS

    def _words(self, row: Row) -> Audience:
        """Who reads what a comment says: of a tombstone, moderators, until it is erased."""
        if row["status"] == "APPROVED":
            return self._reach(row)
        return NOBODY if row["erased_at"] else self._reach(row) + MODERATORS

    def _reach(self, row: Row) -> Audience:
        return self.discusses(self.tables["article"][row["article_id"]])

    def discusses(self, article: Row) -> Audience:
        """Who finds the comments under an article: moderators and editors, whether or not readers get it."""
        return _kept(article) + (EVERYBODY if self.current(article) else STAFF)


def _is_open(publication: Row) -> bool:
    """Whether it lasts: it begins with its first moment and has ended at its last."""
    ends_at = publication["ends_at"]
    return bool(publication["starts_at"] <= NOW) and (ends_at is None or bool(ends_at > NOW))


def _kept(row: Row) -> Audience:
    return NOBODY if row.get("deleted_at") else EVERYBODY


def _token(token: Row) -> Audience:
    return MANAGERS if token["revoked_at"] is None else NOBODY


def _begun(row: Row, before: Audience = EDITORS) -> Audience:
    return EVERYBODY if row["effective_from"] <= NOW else before
