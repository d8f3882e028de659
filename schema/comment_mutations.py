"""What readers do with comments, and what moderators decide about them."""

from typing import TYPE_CHECKING, Annotated, Final
from uuid import UUID

import strawberry

from cms.comments.actions import delete_comment, moderate_comments
from cms.comments.closing import set_comments_open
from cms.comments.drafts import Anchor, CommentDraft, CommentEdit, Guest, read_early
from cms.comments.edit_tokens import edit_token
from cms.comments.editing import edit_comment
from cms.comments.models import Comment as CommentRow
from cms.comments.models import FlagReason, ModerationAction, Reaction
from cms.comments.receiving import receive_comment
from cms.comments.responding import flag_comment, react_to_comment
from cms.kernel.ids import GlobalId, NodeType, parse_global_id
from cms.kernel.viewer import Scope
from schema.article_mutations import ArticlePayload
from schema.descriptions import described
from schema.fields import EVERYBODY, argument, given, read
from schema.problems import MutationPayload
from schema.scalars import Url
from schema.writing import ID, Opening, Outcome, Writing, key_of, keys_of, optional_key, write

if TYPE_CHECKING:
    from schema.comments import Comment

#: Whoever posts, changes or takes away a comment reads it as its writer: what waits is there, spam looks as if it did.
_AS_ITS_WRITER: Final = Opening("comments_by_edit_token", "editTokens", edit_token)


@described
@strawberry.input
class GuestInput:
    """Somebody who comments without an account."""

    name: str = given(EVERYBODY, "The name to print above the comment; up to 100 characters.")
    email: str | None = given(EVERYBODY, "An e-mail address, which readers never see.")
    url: Url | None = given(EVERYBODY, "The address of the guest's own site, which the name links to.")


@described
@strawberry.input
class AnchorInput:
    """The passage a comment is about."""

    block_key: str = given(EVERYBODY, "The key of the block in the body's Portable Text that holds the passage.")
    exact: str = given(EVERYBODY, "The passage itself, as it stands there; up to 1,000 characters.")
    prefix: str | None = given(EVERYBODY, "A few words before it, to tell equal passages apart.")
    suffix: str | None = given(EVERYBODY, "A few words after it.")


@described
@strawberry.input
class PostCommentInput:
    """A comment to be posted."""

    article_id: strawberry.ID = given(EVERYBODY, "The article it is about, one that readers see.")
    parent_id: strawberry.ID | None = given(EVERYBODY, "The comment it answers; left out, it answers the article.")
    guest: GuestInput | None = given(EVERYBODY, "Who writes; left out by whoever is signed in.")
    body: str = given(EVERYBODY, "What it says: plain text with Markdown emphasis, links and quotes.")
    anchor: AnchorInput | None = given(EVERYBODY, "The passage it is about; left out, it is about the whole.")
    accepted_terms_id: strawberry.ID | None = given(
        EVERYBODY,
        "The version of the terms that the reader was shown and accepted: the id of `commentPolicy.terms`, where "
        "there are any.",
    )
    notify_of_replies: bool = given(
        EVERYBODY,
        "Be told of replies by mail. It needs a mail address, to which a letter goes that asks whether its owner wants "
        "that; without their confirmation nothing more is mailed.",
        default=False,
    )


@described
@strawberry.input
class EditCommentInput:
    """Another text for a comment."""

    id: strawberry.ID = given(EVERYBODY, "Which comment.")
    edit_token: str = given(EVERYBODY, "The token that `postComment` told its writer.")
    body: str = given(EVERYBODY, "What it is to say: plain text with Markdown emphasis, links and quotes.")


@described
@strawberry.type
class PostCommentPayload(MutationPayload):
    """What came of posting a comment."""

    comment: Annotated["Comment", strawberry.lazy("schema.comments")] | None = read(
        EVERYBODY,
        "The comment as its writer sees it, PENDING while it waits for a moderator; null when it did not work, and in "
        "a dry run.",
    )
    edit_token: str | None = read(
        EVERYBODY,
        "By which its writer is known again: it finds the comment with `commentsByEditToken`, changes it for 15 "
        "minutes and takes it away at any time. Told once, and stored nowhere.",
    )


@described
@strawberry.type
class CommentPayload(MutationPayload):
    """What came of doing something with a comment."""

    comment: Annotated["Comment", strawberry.lazy("schema.comments")] | None = read(
        EVERYBODY, "The comment as the caller sees it now; null when it did not work, and in a dry run."
    )


@described
@strawberry.type
class ModerateCommentsPayload(MutationPayload):
    """What came of deciding about comments."""

    comments: list[Annotated["Comment", strawberry.lazy("schema.comments")]] = read(
        EVERYBODY,
        "The comments as they are now, in the order of the ids; empty when it did not work, and in a dry run.",
    )


async def _post(by: Writing, draft: CommentDraft) -> Outcome:
    posted = await receive_comment(by.database, by.viewer, draft, by.address)
    return Outcome(node=_id_of(posted.comment), secrets={"edit_token": posted.edit_token})


async def _edit(by: Writing, edit: CommentEdit) -> Outcome:
    return _of(await edit_comment(by.database, by.viewer, edit, by.address))


async def _delete(by: Writing, id: str, edit_token: str | None = None) -> Outcome:  # noqa: A002 - the API's word
    return _of(await delete_comment(by.database, by.viewer, _key(id), edit_token))


async def _flag(by: Writing, id: str, reason: FlagReason, detail: str | None = None) -> Outcome:  # noqa: A002 - as above
    return _of(await flag_comment(by.database, by.viewer, _key(id), reason, detail, address=by.address))


async def _react(by: Writing, id: str, reaction: Reaction, reader_key: str, *, remove: bool = False) -> Outcome:  # noqa: A002 - as above
    changed = await react_to_comment(
        by.database, by.viewer, _key(id), reaction, reader_key, remove=remove, address=by.address
    )
    return _of(changed)


async def _moderate(
    by: Writing, ids: list[strawberry.ID], action: ModerationAction, reason: str | None = None
) -> Outcome:
    keys = keys_of(ids, NodeType.COMMENT, "ids")
    comments = await moderate_comments(by.database, by.viewer, keys, action, reason)
    return Outcome(nodes=[_id_of(comment) for comment in comments])


async def _set_open(by: Writing, article_id: str, *, open: bool) -> Outcome:  # noqa: A002 - as above
    key = key_of(article_id, NodeType.ARTICLE, ("articleId",))
    article = await set_comments_open(by.database, by.viewer, key, is_open=open)
    return Outcome(node=GlobalId(NodeType.ARTICLE, article.id))


def _of(comment: CommentRow) -> Outcome:
    return Outcome(node=_id_of(comment))


def _id_of(comment: CommentRow) -> GlobalId:
    return GlobalId(NodeType.COMMENT, comment.id)


def _key(given_id: str) -> UUID:
    return key_of(given_id, NodeType.COMMENT)


def _draft(input: PostCommentInput) -> CommentDraft:  # noqa: A002 - as above
    return CommentDraft(
        article_id=key_of(input.article_id, NodeType.ARTICLE, ("articleId",)),
        parent_id=optional_key(input.parent_id, NodeType.COMMENT, ("parentId",)),
        guest=_guest(input.guest) if input.guest else None,
        body=read_early(input.body),
        anchor=_anchor(input.anchor) if input.anchor else None,
        accepted_terms_id=_terms(input.accepted_terms_id),
        notify_of_replies=input.notify_of_replies,
    )


def _guest(given_: GuestInput) -> Guest:
    return Guest(given_.name, given_.email, given_.url)


def _anchor(given_: AnchorInput) -> Anchor:
    return Anchor(given_.block_key, given_.exact, given_.prefix, given_.suffix)


def _terms(given_id: str | None) -> UUID | None:
    """The version that was accepted. What is no id of one accepts nothing, and is answered with the terms to show."""
    node = parse_global_id(given_id or "")
    return node.key if node is not None and node.type is NodeType.POLICY_VERSION else None


def _changed(input: EditCommentInput) -> CommentEdit:  # noqa: A002 - as above
    return CommentEdit(_key(input.id), input.edit_token, read_early(input.body))


@strawberry.type
class CommentMutations:
    """The verbs of comments."""

    post_comment: PostCommentPayload = write(
        EVERYBODY,
        "Comment on an article, or answer a comment. The house rules show it at once or have it wait. Five in ten "
        "minutes are taken from one neighbourhood of addresses, twenty seconds apart.",
        _post,
        arguments={"input": argument(EVERYBODY, PostCommentInput, "The comment.")},
        unpack=_draft,
        opening=_AS_ITS_WRITER,
    )
    edit_comment: CommentPayload = write(
        EVERYBODY,
        "Change a comment's text, as its writer, within 15 minutes. The house rules look at it again, and may have it "
        "wait.",
        _edit,
        arguments={"input": argument(EVERYBODY, EditCommentInput, "Which, and the text.")},
        unpack=_changed,
        opening=_AS_ITS_WRITER,
    )
    delete_comment: CommentPayload = write(
        EVERYBODY,
        "Take a comment away, as its writer or as a moderator. Where it has replies an empty place stays.",
        _delete,
        arguments=ID
        | {
            "edit_token": argument(
                EVERYBODY, str | None, "The token of its writer; left out by whoever is signed in or moderates."
            )
        },
        opening=_AS_ITS_WRITER,
    )
    flag_comment: CommentPayload = write(
        EVERYBODY,
        "Report a comment to the moderators. A reader's second report of the same comment changes nothing.",
        _flag,
        arguments=ID
        | {
            "reason": argument(EVERYBODY, FlagReason, "Why."),
            "detail": argument(EVERYBODY, str | None, "What there is to say about it; up to 1,000 characters."),
        },
    )
    react_to_comment: CommentPayload = write(
        EVERYBODY,
        "React to a comment. A reader has one reaction to each comment: another takes its place.",
        _react,
        arguments=ID
        | {
            "reaction": argument(EVERYBODY, Reaction, "How."),
            "reader_key": argument(
                EVERYBODY,
                str,
                "By which the client knows its reader again: 16 to 200 random characters, made and kept by the client.",
            ),
            "remove": argument(EVERYBODY, bool, "Take that reaction back.", default=False),
        },
    )
    moderate_comments: ModerateCommentsPayload = write(
        Scope.COMMENTS_MODERATE,
        "Decide about comments, all of them or none. Every decision is kept, and undone by the opposite one.",
        _moderate,
        arguments={
            "ids": argument(EVERYBODY, list[strawberry.ID], "Which: 1 to 100."),
            "action": argument(EVERYBODY, ModerationAction, "What to do with them."),
            "reason": argument(EVERYBODY, str | None, "On which ground, for other moderators; up to 1,000 characters."),
        },
    )
    set_comments_open: ArticlePayload = write(
        Scope.COMMENTS_MODERATE,
        "Close an article's comments, or open them again, in its comment policy. What was written stays. A closing "
        "time that has passed is the editors' to change.",
        _set_open,
        arguments={
            "article_id": argument(EVERYBODY, strawberry.ID, "Under which article."),
            "open": argument(EVERYBODY, bool, "Whether comments are taken from now on."),
        },
    )
