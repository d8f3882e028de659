"""What a caller did wrong, as data; and what a write set off. Every payload of a mutation tells both."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Final

import strawberry

from cms.articles.errors import CheckFailed as CheckFailedError
from cms.kernel.errors import DomainError, ErrorCode
from cms.kernel.errors import InUse as InUseError
from cms.kernel.errors import RateLimited as RateLimitedError
from cms.kernel.errors import TermsNotAccepted as TermsNotAcceptedError
from cms.kernel.errors import VersionConflict as VersionConflictError
from cms.kernel.events import EventType
from schema.article_lists import ArticleConnection
from schema.articles import ContentCheck
from schema.descriptions import describe_enum, described
from schema.fields import EVERYBODY, PAGE, read
from schema.shared import FieldDiff, Node

if TYPE_CHECKING:
    from schema.disclaimers import PolicyVersion
    from schema.routes import Redirect

describe_enum(
    ErrorCode,
    "Why a write was not carried out, for programs; the message beside it is for people.",
    INVALID="A value cannot be taken as it is.",
    REQUIRED="Something that must be there is missing or empty.",
    TOO_LONG="A text is longer than what is kept of its kind.",
    NOT_FOUND="There is no such thing, or none that the caller may see.",
    ALREADY_EXISTS="Something that must be the only one, such as a slug, is taken.",
    VERSION_CONFLICT="Somebody else changed it first: look at what they changed, then try again with the new version.",
    NOT_ALLOWED="The caller may not do this.",
    STATE_CONFLICT="As the thing stands now, this cannot be done with it.",
    CHECK_FAILED="A check found what keeps an article from being published.",
    IN_USE="Other content names it, and would be left with a gap.",
    TERMS_NOT_ACCEPTED="The terms in force were not accepted; they may have changed meanwhile.",
    COMMENTS_CLOSED="No comments are taken here, or not any more.",
    RATE_LIMITED="This was tried too often: wait.",
    IDEMPOTENCY_MISMATCH="The idempotency key was used for another input.",
    UNSUPPORTED_MEDIA="Files of this kind are not taken.",
    TOO_LARGE="A file is larger than what is taken.",
)


describe_enum(
    EventType,
    "What happens in the content. New kinds are added: keep a branch for those you do not know.",
    ARTICLE_CREATED="An article was written.",
    ARTICLE_UPDATED="An article was saved, restored, put away, or moved to another version of a disclaimer.",
    ARTICLE_SUBMITTED="An article was laid before an editor.",
    ARTICLE_RETURNED="An article was given back to its writer.",
    ARTICLE_SCHEDULED="When an article comes out or goes was planned.",
    ARTICLE_PUBLISHED="Readers see an article, or a newer revision of it.",
    ARTICLE_UNPUBLISHED="Readers no longer see an article.",
    ARTICLE_DELETED="An article was deleted.",
    AUTHOR_CHANGED="An author was made known, changed or deleted.",
    TOPIC_CHANGED="A topic was planted, changed, moved or deleted.",
    DISCLAIMER_REVISED="A disclaimer was written, revised, aimed elsewhere or retired.",
    POLICY_REVISED="The terms, the privacy policy or the cookie notice have a new version.",
    MEDIA_CHANGED="A file was added, described anew or deleted.",
    REDIRECT_CHANGED="A redirect was made or deleted.",
    SITE_CHANGED="The site's settings were changed.",
    COMMENT_POSTED="A comment was written.",
    COMMENT_APPROVED="Readers see a comment.",
    COMMENT_EDITED="A comment was changed by its writer.",
    COMMENT_REMOVED="Readers no longer see a comment.",
    COMMENT_FLAGGED="Somebody asked the moderators to look at a comment.",
)


@described
@strawberry.interface
class UserError:
    """What a caller did wrong, or could not have known. Faults of the server are GraphQL errors instead."""

    message: str = read(EVERYBODY, "What is wrong and what to do next, for people.")
    code: ErrorCode = read(EVERYBODY, "The same for programs; stable.")
    path: list[str] | None = read(
        EVERYBODY,
        "The part of the input it belongs to, from the outside in, like `leadImage`, `alt`; null for the whole of it.",
    )


@described
@strawberry.type
class InputError(UserError):
    """Something about the input, or about who gave it; the code says what."""


@described
@strawberry.type
class VersionConflict(UserError):
    """Somebody else changed it since the caller looked. Nothing was overwritten."""

    current_version: int = read(EVERYBODY, "The version it has now, to give as `expectedVersion` after a look at it.")
    current: Node | None = read(EVERYBODY, "The thing as it is now.")
    theirs: list[FieldDiff] = read(
        EVERYBODY, "What the others changed since; empty when it was none of the fields, but for instance published."
    )


@described
@strawberry.type
class CheckFailed(UserError):
    """Checks found what keeps an article from being published."""

    checks: list[ContentCheck] = read(EVERYBODY, "All that was found, what is only worth a look as well.")


@described
@strawberry.type
class InUse(UserError):
    """Other content names it, so that it cannot go."""

    used_by: ArticleConnection = read(EVERYBODY, "The articles that name it.", arguments=PAGE)


@described
@strawberry.type
class RateLimited(UserError):
    """This was tried too often."""

    retry_after: int = read(EVERYBODY, "In how many seconds it can be tried again.")


@described
@strawberry.type
class TermsNotAccepted(UserError):
    """The terms in force have to be accepted first."""

    terms: Annotated["PolicyVersion", strawberry.lazy("schema.disclaimers")] = read(
        EVERYBODY, "The terms in force, to be shown to the reader."
    )


ERROR_TYPES: Final = (InputError, VersionConflict, CheckFailed, InUse, RateLimited, TermsNotAccepted)


@described
@strawberry.type
class EventCount:
    """How often something happened."""

    event: EventType = read(EVERYBODY, "What happened.")
    count: int = read(EVERYBODY, "How often.")


@described
@strawberry.type
class Effects:
    """What a write set off, or in a dry run would set off."""

    dry_run: bool = read(EVERYBODY, "Whether nothing was committed.")
    events: list[EventCount] = read(EVERYBODY, "The events it appended to the log, by type.")
    cache_tags: list[str] = read(EVERYBODY, "The tags of cached answers that it puts out of date: ids of what changed.")
    redirects: list[Annotated["Redirect", strawberry.lazy("schema.routes")]] = read(
        EVERYBODY, "The redirects it left at addresses that changed."
    )


@described
@strawberry.interface
class MutationPayload:
    """What every write answers. `errors` is empty when it worked; else nothing was changed."""

    errors: list[UserError] = read(EVERYBODY, "Why it did not work; empty when it did.")
    effects: Effects = read(EVERYBODY, "What it set off.")


@dataclass(frozen=True, slots=True)
class Problem:
    """A caller's mistake in the words of the API: the error's type and its fields, with ids in place of content."""

    type_name: str
    values: Mapping[str, Any]


def problem_of(error: DomainError) -> Problem:
    """What a client is told of an error."""
    values: dict[str, Any] = {
        "message": error.message,
        "code": error.code.value,
        "path": list(error.path) or None,
    }
    match error:
        case VersionConflictError():
            current = str(error.current) if error.current else None
            theirs = [{"before": None, "after": None, **each} for each in error.theirs]
            values |= {"current_version": error.current_version, "current": current, "theirs": theirs}
            return Problem("VersionConflict", values)
        case CheckFailedError():
            checks = [
                {"rule": rule, "severity": found.severity.value, "message": found.message, "path": list(found.path)}
                for rule, found in error.findings
            ]
            return Problem("CheckFailed", values | {"checks": checks})
        case InUseError():
            return Problem("InUse", values | {"used_by": str(error.node)})
        case RateLimitedError():
            return Problem("RateLimited", values | {"retry_after": error.retry_after})
        case TermsNotAcceptedError():
            return Problem("TermsNotAccepted", values | {"terms": str(error.terms)})
    return Problem("InputError", values)
