"""What editors do with disclaimers, and those who answer for the site with its legal texts."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from cms.articles.disclaiming import (
    apply_disclaimer_version,
    create_disclaimer,
    retire_disclaimer,
    revise_disclaimer,
    update_disclaimer,
)
from cms.disclaimers.actions import (
    DisclaimerChange,
    DisclaimerDraft,
    DisclaimerRevision,
    ReviseApplies,
    with_body_read,
)
from cms.disclaimers.models import DisclaimerPlacement, DisclaimerScope, PolicyKind
from cms.disclaimers.policies import PolicyRevision, revise_policy, with_text_read
from cms.kernel.ids import GlobalId, NodeType
from cms.kernel.viewer import Scope
from schema.descriptions import describe_enum, described
from schema.fields import EVERYBODY, argument, given, read
from schema.problems import MutationPayload
from schema.richtext import RichTextInput, rich_text
from schema.writing import ID, Outcome, Writing, changed, kept, key_of, keys_of, write

if TYPE_CHECKING:
    from schema.disclaimers import Disclaimer, PolicyVersion

describe_enum(
    ReviseApplies,
    "Which articles a new version of a disclaimer reaches.",
    NEW_PUBLICATIONS_ONLY="Those that go out from now on. What is public stays under the words it went out with.",
    EVERY_COVERED_ARTICLE="Public ones that the disclaimer covers too: each is moved to it now.",
)


@described
@strawberry.input
class CreateDisclaimerInput:
    """A disclaimer to be, with its first version."""

    slug: str | None = given(EVERYBODY, "A short name for programs; left out, it is made from the title.")
    title: str = given(EVERYBODY, "The heading to print above the text.")
    body: RichTextInput = given(EVERYBODY, "The text itself.")
    scope: DisclaimerScope = given(EVERYBODY, "Which articles go out under it without being told to.")
    topic_ids: list[strawberry.ID] | None = given(EVERYBODY, "The topics that the scope TOPIC names; at least one.")
    author_ids: list[strawberry.ID] | None = given(EVERYBODY, "The authors that the scope AUTHOR names; at least one.")
    placement: DisclaimerPlacement = given(EVERYBODY, "Where a page shows it.", default=DisclaimerPlacement.AFTER_BODY)
    effective_from: datetime | None = given(EVERYBODY, "From when articles go out under it; now when left out.")


@described
@strawberry.input
class UpdateDisclaimerInput:
    """What changes about a disclaimer, which is never its text. Fields left out stay as they are.

    What is public stays under what it went out with; the new scope holds for what goes out from now on.
    """

    id: strawberry.ID = given(EVERYBODY, "Which disclaimer.")
    expected_version: int = given(
        EVERYBODY, "The version the caller has seen; where it is another by now, nothing is overwritten."
    )
    placement: strawberry.Maybe[DisclaimerPlacement] = given(EVERYBODY, "Where a page shows it.")
    scope: strawberry.Maybe[DisclaimerScope] = given(
        EVERYBODY, "Which articles go out under it; what the scope before it named is forgotten."
    )
    topic_ids: strawberry.Maybe[list[strawberry.ID]] = given(EVERYBODY, "The topics that the scope TOPIC names.")
    author_ids: strawberry.Maybe[list[strawberry.ID]] = given(EVERYBODY, "The authors that the scope AUTHOR names.")


@described
@strawberry.input
class ReviseDisclaimerInput:
    """The next version of a disclaimer. The versions before it stay as they were, for ever."""

    id: strawberry.ID = given(EVERYBODY, "Which disclaimer.")
    expected_version: int = given(
        EVERYBODY, "The version the caller has seen; where it is another by now, no version is added."
    )
    title: str | None = given(EVERYBODY, "The heading to print above the text; left out, it stays as it is.")
    body: RichTextInput = given(EVERYBODY, "The text itself, the whole of it.")
    effective_from: datetime | None = given(
        EVERYBODY, "From when articles go out under it; now when left out, and never before an earlier version."
    )
    applies: ReviseApplies = given(EVERYBODY, "Which articles it reaches.", default=ReviseApplies.NEW_PUBLICATIONS_ONLY)


@described
@strawberry.input
class ApplyDisclaimerVersionInput:
    """Public articles that are to be moved to the version of a disclaimer that is in effect."""

    version_id: strawberry.ID = given(EVERYBODY, "The version in effect, of a disclaimer that is not retired.")
    article_ids: list[strawberry.ID] | None = given(
        EVERYBODY, "Which articles, each public and covered by the disclaimer; left out, all that it covers."
    )


@described
@strawberry.input
class RevisePolicyInput:
    """The next version of one of the site's legal texts; the first when there is none."""

    kind: PolicyKind = given(EVERYBODY, "Which of the legal texts.")
    title: str = given(EVERYBODY, "The heading to print above the text.")
    body: RichTextInput = given(EVERYBODY, "The text itself, the whole of it.")
    acceptance_text: str = given(
        EVERYBODY, "The sentence to print at the checkbox or button; the record of a reader's consent quotes it."
    )
    effective_from: datetime | None = given(
        EVERYBODY, "From when it is in force; now when left out, and never before an earlier version."
    )


@described
@strawberry.type
class DisclaimerPayload(MutationPayload):
    """What came of doing something with a disclaimer."""

    disclaimer: Annotated["Disclaimer", strawberry.lazy("schema.disclaimers")] | None = read(
        EVERYBODY, "The disclaimer as it is now; null when it did not work, and in a dry run."
    )


@described
@strawberry.type
class ApplyDisclaimerVersionPayload(MutationPayload):
    """What came of moving articles to a version of a disclaimer."""

    moved_count: int | None = read(
        EVERYBODY,
        "How many articles were moved, or in a dry run would be; those that had it already do not count. "
        "Null when it did not work.",
    )


@described
@strawberry.type
class PolicyPayload(MutationPayload):
    """What came of revising one of the site's legal texts."""

    policy: Annotated["PolicyVersion", strawberry.lazy("schema.disclaimers")] | None = read(
        EVERYBODY, "The new version; null when it did not work, and in a dry run."
    )


async def _create(by: Writing, draft: DisclaimerDraft) -> Outcome:
    version = await create_disclaimer(by.database, by.viewer, draft)
    return Outcome(node=GlobalId(NodeType.DISCLAIMER, version.disclaimer_id))


async def _update(by: Writing, change: DisclaimerChange) -> Outcome:
    disclaimer = await update_disclaimer(by.database, by.viewer, change)
    return Outcome(node=GlobalId(NodeType.DISCLAIMER, disclaimer.id))


async def _revise(by: Writing, revision: DisclaimerRevision) -> Outcome:
    revised = await revise_disclaimer(by.database, by.viewer, revision)
    return Outcome(node=GlobalId(NodeType.DISCLAIMER, revised.version.disclaimer_id))


async def _apply(by: Writing, input: ApplyDisclaimerVersionInput) -> Outcome:  # noqa: A002 - the API's word
    version = key_of(input.version_id, NodeType.DISCLAIMER_VERSION, ("versionId",))
    chosen = None if input.article_ids is None else keys_of(input.article_ids, NodeType.ARTICLE, "articleIds")
    moved = await apply_disclaimer_version(by.database, by.viewer, version, chosen)
    return Outcome(values={"moved_count": moved})


async def _retire(by: Writing, id: str) -> Outcome:  # noqa: A002 - as above
    disclaimer = await retire_disclaimer(by.database, by.viewer, key_of(id, NodeType.DISCLAIMER))
    return Outcome(node=GlobalId(NodeType.DISCLAIMER, disclaimer.id))


async def _revise_policy(by: Writing, revision: PolicyRevision) -> Outcome:
    version = await revise_policy(by.database, by.viewer, revision)
    return Outcome(node=GlobalId(NodeType.POLICY_VERSION, version.id))


def _draft(input: CreateDisclaimerInput) -> DisclaimerDraft:  # noqa: A002 - as above
    return with_body_read(
        DisclaimerDraft(
            slug=input.slug,
            title=input.title,
            body=rich_text(input.body),
            scope=input.scope,
            topic_ids=keys_of(input.topic_ids, NodeType.TOPIC, "topicIds"),
            author_ids=keys_of(input.author_ids, NodeType.AUTHOR, "authorIds"),
            placement=input.placement,
            effective_from=input.effective_from,
        )
    )


def _change(input: UpdateDisclaimerInput) -> DisclaimerChange:  # noqa: A002 - as above
    return DisclaimerChange(
        disclaimer_id=key_of(input.id, NodeType.DISCLAIMER),
        expected_version=input.expected_version,
        scope=kept(input.scope),
        placement=kept(input.placement),
        topic_ids=changed(input.topic_ids, lambda found: keys_of(found, NodeType.TOPIC, "topicIds")),
        author_ids=changed(input.author_ids, lambda found: keys_of(found, NodeType.AUTHOR, "authorIds")),
    )


def _revision(input: ReviseDisclaimerInput) -> DisclaimerRevision:  # noqa: A002 - as above
    return with_body_read(
        DisclaimerRevision(
            disclaimer_id=key_of(input.id, NodeType.DISCLAIMER),
            expected_version=input.expected_version,
            title=input.title,
            body=rich_text(input.body),
            effective_from=input.effective_from,
            applies=input.applies,
        )
    )


def _policy(input: RevisePolicyInput) -> PolicyRevision:  # noqa: A002 - as above
    return with_text_read(
        PolicyRevision(
            kind=input.kind,
            title=input.title,
            body=rich_text(input.body),
            acceptance_text=input.acceptance_text,
            effective_from=input.effective_from,
        )
    )


@described
@strawberry.type
class DisclaimerMutations:
    """Writes to disclaimers and policies."""

    create_disclaimer: DisclaimerPayload = write(
        Scope.CONTENT_PUBLISH,
        "Write a disclaimer. It covers what goes out from now on; what waits to go out comes under it too.",
        _create,
        arguments={"input": argument(EVERYBODY, CreateDisclaimerInput, "What it says, and of what.")},
        unpack=_draft,
    )
    update_disclaimer: DisclaimerPayload = write(
        Scope.CONTENT_PUBLISH,
        "Let a disclaimer cover other articles, or stand elsewhere on a page; its text stays as it is.",
        _update,
        arguments={"input": argument(EVERYBODY, UpdateDisclaimerInput, "What changes.")},
        unpack=_change,
    )
    revise_disclaimer: DisclaimerPayload = write(
        Scope.CONTENT_PUBLISH,
        "Add a version to a disclaimer, chained to the one before by its digest.",
        _revise,
        arguments={"input": argument(EVERYBODY, ReviseDisclaimerInput, "What it says now, and whom it reaches.")},
        unpack=_revision,
    )
    apply_disclaimer_version: ApplyDisclaimerVersionPayload = write(
        Scope.CONTENT_PUBLISH,
        "Move public articles to the version of a disclaimer that is in effect, as one act: all of them or none.",
        _apply,
        arguments={"input": argument(EVERYBODY, ApplyDisclaimerVersionInput, "Which version, and which articles.")},
    )
    retire_disclaimer: DisclaimerPayload = write(
        Scope.CONTENT_PUBLISH,
        "Let a disclaimer cover nothing that goes out from now on. What is public stays under it.",
        _retire,
        arguments=ID,
    )
    revise_policy: PolicyPayload = write(
        Scope.SITE_MANAGE,
        "Add a version to the terms, the privacy policy or the cookie notice.",
        _revise_policy,
        arguments={"input": argument(EVERYBODY, RevisePolicyInput, "What it says, from when on.")},
        unpack=_policy,
    )
