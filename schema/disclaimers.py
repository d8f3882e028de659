"""Disclaimers and policies. No text of theirs is ever changed in place; both are chains of versions."""

from datetime import datetime
from typing import Annotated

import strawberry

from cms.disclaimers.models import DisclaimerPlacement, DisclaimerScope, PolicyKind
from schema.article_lists import ARTICLE_PAGE, ArticleConnection
from schema.authors import Author
from schema.descriptions import describe_enum, described
from schema.fields import EVERYBODY, PAGE, argument, given, read
from schema.richtext import RichText
from schema.shared import Connection, Edge, Node
from schema.topics import Topic

describe_enum(
    DisclaimerPlacement,
    "Where a page shows a disclaimer.",
    BEFORE_BODY="Above the text, so that it is read first.",
    AFTER_BODY="Below the text.",
)
describe_enum(
    DisclaimerScope,
    "Which articles a disclaimer covers without anybody choosing it for them.",
    EVERY_ARTICLE="All articles.",
    TOPIC="Articles filed under one of its topics.",
    AUTHOR="Articles that name one of its authors.",
    SELECTED_ARTICLES="None; an editor chooses it for each article.",
)
describe_enum(
    PolicyKind,
    "The legal texts of a site.",
    TERMS="The terms that somebody who comments or writes to an author agrees to.",
    PRIVACY="What is kept about readers, why, and for how long.",
    COOKIES="What the site stores in readers' browsers.",
)

_DIGEST = "SHA-256 over the canonical text and the digest of the version before: nobody can change a text unseen."


@described
@strawberry.type
class Disclaimer(Node):
    """A legal or editorial notice. Its text is never edited in place: revising it makes a new version."""

    slug: str = read(EVERYBODY, "A short name for programs, unique among disclaimers.")
    version: int = read(EVERYBODY, "Grows with every change; give it as `expectedVersion` when changing this.")
    scope: DisclaimerScope = read(EVERYBODY, "Which articles go out under it without being told to.")
    placement: DisclaimerPlacement = read(EVERYBODY, "Where a page shows it.")
    topics: list[Topic] = read(EVERYBODY, "The topics that a TOPIC scope names; empty with any other scope.")
    authors: list[Author] = read(EVERYBODY, "The authors that an AUTHOR scope names; empty with any other scope.")
    current: Annotated["DisclaimerVersion", strawberry.lazy("schema.disclaimers")] = read(
        EVERYBODY, "The version that is in effect now, which articles published now go out under."
    )
    versions: Annotated["DisclaimerVersionConnection", strawberry.lazy("schema.disclaimers")] = read(
        EVERYBODY, "Every version there has been, the newest first.", arguments=PAGE
    )
    articles: ArticleConnection = read(EVERYBODY, "Articles published under any version of it.", arguments=ARTICLE_PAGE)
    retired_at: datetime | None = read(
        EVERYBODY, "Since when new publications go out without it; null while it is in use."
    )


@described
@strawberry.type
class DisclaimerVersion(Node):
    """What a disclaimer says from a day on. An article keeps the version it was published under."""

    number: int = read(EVERYBODY, "1 for the first version, and one more for each after it.")
    title: str = read(EVERYBODY, "The heading to print above the text.")
    body: RichText = read(EVERYBODY, "The text itself.")
    effective_from: datetime = read(EVERYBODY, "From when publications go out under this version.")
    digest: str = read(EVERYBODY, _DIGEST)
    disclaimer: Disclaimer = read(EVERYBODY, "The disclaimer this is a version of.")
    articles: ArticleConnection = read(EVERYBODY, "Articles published under exactly this text.", arguments=ARTICLE_PAGE)


@described
@strawberry.type
class DisclaimerVersionEdge(Edge[DisclaimerVersion]):
    """A version of a disclaimer and its place in a list."""


@described
@strawberry.type
class DisclaimerVersionConnection(Connection[DisclaimerVersionEdge, DisclaimerVersion]):
    """A page of a list of versions of a disclaimer."""


@described
@strawberry.type
class DisclaimerEdge(Edge[Disclaimer]):
    """A disclaimer and its place in a list."""


@described
@strawberry.type
class DisclaimerConnection(Connection[DisclaimerEdge, Disclaimer]):
    """A page of a list of disclaimers."""


@described
@strawberry.input(one_of=True)
class DisclaimerBy:
    """Which disclaimer: give exactly one of these."""

    id: strawberry.ID | None = given(EVERYBODY, "The disclaimer's id.")
    slug: str | None = given(EVERYBODY, "Its short name.")


@described
@strawberry.type
class PolicyVersion(Node):
    """What the terms, the privacy policy or the cookie notice say from a day on."""

    kind: PolicyKind = read(EVERYBODY, "Which of the legal texts this is.")
    number: int = read(EVERYBODY, "1 for the first version of its kind, and one more for each after it.")
    title: str = read(EVERYBODY, "The heading to print above the text.")
    body: RichText = read(EVERYBODY, "The text itself.")
    acceptance_text: str = read(
        EVERYBODY, "The sentence to print at the checkbox or button; the record of a reader's consent quotes it."
    )
    effective_from: datetime = read(EVERYBODY, "From when it is in force.")
    digest: str = read(EVERYBODY, _DIGEST)


#: The arguments of a site's policy.
POLICY = {
    "kind": argument(EVERYBODY, PolicyKind, "Which of the legal texts."),
    "at": argument(EVERYBODY, datetime | None, "The version that was in force at this moment; now when left out."),
}
