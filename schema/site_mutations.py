"""What is decided about the site, and where its paths lead."""

from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from msgspec import UNSET

from cms.kernel.ids import GlobalId, NodeType
from cms.kernel.viewer import Scope
from cms.site.actions import CommentPolicyChange, SiteChange, update_site
from cms.site.redirects import RedirectDraft, create_redirect, delete_redirect
from schema.article_mutations import CommentPolicyInput, DeletePayload
from schema.descriptions import described
from schema.fields import EVERYBODY, argument, given, read
from schema.problems import MutationPayload
from schema.scalars import Url
from schema.writing import ID, Outcome, Writing, changed, kept, key_of, write

if TYPE_CHECKING:
    from schema.routes import Redirect
    from schema.site import Site


@described
@strawberry.input
class UpdateSiteInput:
    """What changes about the site. Fields left out stay as they are; null clears."""

    expected_version: int | None = given(
        EVERYBODY, "The version the caller has seen; where it is another by now, nothing is overwritten."
    )
    name: strawberry.Maybe[str] = given(EVERYBODY, "What the publication is called.")
    url: strawberry.Maybe[Url] = given(EVERYBODY, "The address of its front page.")
    description: strawberry.Maybe[str | None] = given(EVERYBODY, "What it is about, in a sentence or two.")
    time_zone: strawberry.Maybe[str] = given(EVERYBODY, "The IANA time zone, like `Europe/Lisbon`.")
    default_locale: strawberry.Maybe[str] = given(EVERYBODY, "The language of what names no other; one of `locales`.")
    locales: strawberry.Maybe[list[str]] = given(EVERYBODY, "The languages it publishes in, as BCP 47 tags.")
    copyright_holder: strawberry.Maybe[str] = given(
        EVERYBODY, "Who holds the copyright of articles that name nobody else."
    )
    preview_url: strawberry.Maybe[str | None] = given(
        EVERYBODY, "The address where drafts are previewed, with `{path}` and `{token}` to be filled in."
    )
    article_path: strawberry.Maybe[str] = given(
        EVERYBODY,
        "Where articles stand, like `/articles/{slug}` or `/{locale}/{slug}`. No redirects are left at old addresses.",
    )
    author_path: strawberry.Maybe[str] = given(EVERYBODY, "Where authors stand, like `/authors/{slug}`.")
    topic_path: strawberry.Maybe[str] = given(EVERYBODY, "Where topics stand, like `/topics/{slug}`.")
    comment_policy: strawberry.Maybe[CommentPolicyInput] = given(
        EVERYBODY, "The rules for comments where an article has none of its own; those left out stay."
    )


@described
@strawberry.input
class CreateRedirectInput:
    """A redirect to be. Nobody is sent twice: where its end redirects, it leads on at once."""

    from_: str = given(
        EVERYBODY, "The path that leads elsewhere, like `/old-page`. No content may stand there.", name="from"
    )
    to: str = given(EVERYBODY, "Where it leads: a path of the site, or an address with http or https.")
    permanent: bool = given(EVERYBODY, "Whether it is for good.", default=True)


@described
@strawberry.type
class SitePayload(MutationPayload):
    """What came of changing the site."""

    site: Annotated["Site", strawberry.lazy("schema.site")] | None = read(
        EVERYBODY, "The site as it is now; null when it did not work, and in a dry run."
    )


@described
@strawberry.type
class RedirectPayload(MutationPayload):
    """What came of making a redirect."""

    redirect: Annotated["Redirect", strawberry.lazy("schema.routes")] | None = read(
        EVERYBODY, "The redirect; null when it did not work, and in a dry run."
    )


async def _update_site(by: Writing, change: SiteChange) -> Outcome:
    site = await update_site(by.database, by.viewer, change)
    return Outcome(node=GlobalId(NodeType.SITE, site.id))


async def _create_redirect(by: Writing, draft: RedirectDraft) -> Outcome:
    redirect = await create_redirect(by.database, by.viewer, draft)
    return Outcome(node=GlobalId(NodeType.REDIRECT, redirect.id))


async def _delete_redirect(by: Writing, id: str) -> Outcome:  # noqa: A002 - the API's word
    redirect = await delete_redirect(by.database, by.viewer, key_of(id, NodeType.REDIRECT))
    return Outcome(deleted=GlobalId(NodeType.REDIRECT, redirect.id))


def _change(input: UpdateSiteInput) -> SiteChange:  # noqa: A002 - as above
    return SiteChange(
        expected_version=input.expected_version,
        name=kept(input.name),
        url=kept(input.url),
        description=kept(input.description),
        time_zone=kept(input.time_zone),
        default_locale=kept(input.default_locale),
        locales=changed(input.locales, tuple),
        copyright_holder=kept(input.copyright_holder),
        preview_url=kept(input.preview_url),
        article_path=kept(input.article_path),
        author_path=kept(input.author_path),
        topic_path=kept(input.topic_path),
        comment_policy=changed(input.comment_policy, _policy),
    )


def _policy(sent: CommentPolicyInput) -> CommentPolicyChange:
    return CommentPolicyChange(
        open=_stays(sent.open),
        closes_at=kept(sent.closes_at),
        close_after_days=kept(sent.close_after_days),
        moderation=_stays(sent.moderation),
        max_depth=_stays(sent.max_depth),
        max_length=_stays(sent.max_length),
        required_fields=UNSET if sent.required_fields is None else tuple(sent.required_fields),
    )


def _stays(sent: Any) -> Any:  # noqa: ANN401 - whatever the field holds
    """A rule that was sent; one that was not stays as it is, and so does one that is null, for none can be empty."""
    return UNSET if sent is None else sent


def _redirect(input: CreateRedirectInput) -> RedirectDraft:  # noqa: A002 - as above
    return RedirectDraft(from_path=input.from_, to=input.to, permanent=input.permanent)


@described
@strawberry.type
class SiteMutations:
    """Writes to the site."""

    update_site: SitePayload = write(
        Scope.SITE_MANAGE,
        "Change the site.",
        _update_site,
        arguments={"input": argument(EVERYBODY, UpdateSiteInput, "What changes.")},
        unpack=_change,
    )
    create_redirect: RedirectPayload = write(
        Scope.SITE_MANAGE,
        "Lead readers from a path to another, or to another site.",
        _create_redirect,
        arguments={"input": argument(EVERYBODY, CreateRedirectInput, "From where to where.")},
        unpack=_redirect,
    )
    delete_redirect: DeletePayload = write(
        Scope.SITE_MANAGE,
        "Let a path lead nowhere, be the redirect made by hand or left by content that moved.",
        _delete_redirect,
        arguments=ID,
    )
