"""What sample content is made of, as it is written in `seed/content/`.

Everything names other things by slug or key, never by id: ids exist only once the loader has stored something. Words in
capitals are those of the API (`AUTHOR`, `AFTER_BODY`, `TERMS`). Times are in UTC.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta

Moment = Annotated[datetime, Meta(tz=True)]
Slug = Annotated[str, Meta(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
Text = Annotated[str, Meta(min_length=1)]
Fraction = Annotated[float, Meta(ge=0, le=1)]

Moderation = Literal["BEFORE_PUBLICATION", "AFTER_PUBLICATION", "FIRST_COMMENT_ONLY"]
CommentField = Literal["NAME", "EMAIL", "URL"]
Placement = Literal["BEFORE_BODY", "AFTER_BODY"]
Scope = Literal["EVERY_ARTICLE", "TOPIC", "AUTHOR", "SELECTED_ARTICLES"]
PolicyKind = Literal["TERMS", "PRIVACY", "COOKIES"]
Role = Literal["AUTHOR", "EDITOR", "REVIEWER", "TRANSLATOR", "PHOTOGRAPHER"]
State = Literal["published", "draft", "scheduled", "unpublished"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteCommentPolicy:
    """What holds for comments unless an article says otherwise; `max_length` counts characters."""

    open: bool
    moderation: Moderation
    max_depth: int
    max_length: int
    required_fields: tuple[CommentField, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """The publication. `front_page_article` is the slug of the article a newcomer is shown first."""

    name: Text
    url: Text
    description: Text
    default_locale: str
    locales: tuple[str, ...]
    time_zone: str
    copyright_holder: Text
    article_path: str
    preview_url: str
    front_page_article: Slug
    comment_policy: SiteCommentPolicy


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """A picture in `seed/images/`. Width and height are pixels; the focal point is a fraction from the top left."""

    key: Slug
    filename: Text
    alt: Text
    caption: Text
    credit: Text
    width: int
    height: int
    focal_x: Fraction
    focal_y: Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """Somebody who signs articles; `bio` is Markdown."""

    slug: Slug
    name: Text
    bio: Text
    accepts_messages: bool
    credentials: str | None = None
    website: str | None = None
    email: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """A place in the tree of topics; a parent stands before its children."""

    slug: Slug
    name: Text
    description: Text
    parent: Slug | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DisclaimerVersion:
    """One wording of a disclaimer; `body` is Markdown."""

    title: Text
    body: Text
    effective_from: Moment


@dataclass(frozen=True, slots=True, kw_only=True)
class Disclaimer:
    """A notice and all its wordings, oldest first. `topics` and `authors` are what its scope names."""

    slug: Slug
    scope: Scope
    placement: Placement
    versions: Annotated[tuple[DisclaimerVersion, ...], Meta(min_length=1)]
    topics: tuple[Slug, ...] = ()
    authors: tuple[Slug, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """One version of a policy; `body` is Markdown. Versions of one kind stand oldest first."""

    kind: PolicyKind
    title: Text
    body: Text
    acceptance_text: Text
    effective_from: Moment


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadImage:
    """An article's picture, by the key of an image. What is None is as the image itself says."""

    key: Slug
    alt: str | None = None
    caption: str | None = None
    credit: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Contributor:
    """Who had a part in an article. `credited_as` None: by the name they have."""

    author: Slug
    role: Role
    credited_as: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Copyright:
    """Whose an article is."""

    holder: Text
    year: int
    statement: Text
    license_url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Seo:
    """What an editor set for search engines; None is derived from the article."""

    title: str | None = None
    description: str | None = None
    canonical_url: str | None = None
    no_index: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleCommentPolicy:
    """Where one article's comments differ from the site's."""

    open: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """A reader's comment; `body` is plain text with Markdown emphasis, links and quotes.

    `reply_to` is the key of an earlier comment on the same article. `contributor` is set where a contributor to the
    article writes. `expect` is what the screening of comments is expected to do with it.
    """

    key: Slug
    name: Text
    email: Text
    created_at: Moment
    body: Text
    url: str | None = None
    reply_to: Slug | None = None
    contributor: Slug | None = None
    expect: Literal["shown", "held"] = "shown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """An article with its comments, oldest first. `seed.content` says how the Markdown of `body` is written.

    `published_at` is set for what is or was public, `publish_at` for what is scheduled, `unpublished_at` for what was
    taken down. `disclaimers` are those beyond the ones whose scope covers the article.
    """

    slug: Slug
    locale: str
    title: Text
    standfirst: Text
    body: Text
    topics: Annotated[tuple[Slug, ...], Meta(min_length=1)]
    state: State = "published"
    published_at: Moment | None = None
    publish_at: Moment | None = None
    unpublished_at: Moment | None = None
    translation_of: Slug | None = None
    disclaimers: tuple[Slug, ...] = ()
    lead_image: LeadImage | None = None
    contributors: tuple[Contributor, ...] = ()
    copyright: Copyright | None = None
    seo: Seo | None = None
    comment_policy: ArticleCommentPolicy | None = None
    comments: tuple[Comment, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """All of it. Articles stand in the order they appeared, so that each names only earlier ones; drafts are last."""

    site: Site
    images: tuple[Image, ...]
    authors: tuple[Author, ...]
    topics: tuple[Topic, ...]
    disclaimers: tuple[Disclaimer, ...]
    policies: tuple[Policy, ...]
    articles: tuple[Article, ...]
