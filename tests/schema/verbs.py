"""Every mutation in one table: how it is asked, and who may. Three tests go through it; none is left out.

The one thing to know: `ask` prepares what the mutation is done to and answers its arguments as they are written in a
document. What it is done to belongs to `owner`, which is how a writer's own differs from a colleague's.
"""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from cms.accounts.tokens import create_token
from cms.articles.actions import archive_article, create_article, publish_article, schedule_article, submit_article
from cms.articles.disclaiming import create_disclaimer
from cms.articles.models import Article
from cms.authors.actions import AuthorDraft, create_author
from cms.authors.models import Author
from cms.comments.actions import moderate_comments, post_comment
from cms.comments.drafts import CommentDraft, Guest, PostedComment
from cms.comments.models import ModerationAction
from cms.disclaimers.actions import DisclaimerDraft
from cms.disclaimers.models import DisclaimerScope, DisclaimerVersion
from cms.kernel.clock import now, to_text
from cms.kernel.ids import GlobalId, NodeType, new_id
from cms.kernel.viewer import ANONYMOUS, SYSTEM, Viewer
from cms.media.texts import RichTextInput
from cms.site.redirects import RedirectDraft, create_redirect
from cms.topics.actions import TopicDraft, create_topic
from cms.topics.models import Topic
from tests.articles.world import a_draft
from tests.schema.desk import Desk

Ask = Callable[[Desk, Viewer], Awaitable[str]]

#: Who tries, and whose it is. `own` and `other` are a writer's.
CALLERS: Final[Mapping[str, tuple[str, str]]] = {
    "anonymous": ("anonymous", "editor"),
    "program": ("program", "editor"),
    "own": ("writer", "writer"),
    "other": ("writer", "colleague"),
    "editor": ("editor", "writer"),
    "moderator": ("moderator", "writer"),
    "admin": ("admin", "writer"),
}
WRITERS: Final = frozenset({"program", "own", "editor", "admin"})
CONTENT: Final = WRITERS | {"other"}
EDITORS: Final = frozenset({"editor", "admin"})
ADMINS: Final = frozenset({"admin"})
MODERATORS: Final = frozenset({"moderator", "admin"})


@dataclass(frozen=True, slots=True)
class Verb:
    """One mutation.

    Attributes:
        ask: its arguments.
        shows: what to ask of its payload beside errors and effects.
        may: the callers who may; all others are refused.
        secrets: the fields that are told only once.
        is_content: whether what it shows is content, which a dry run does not show.
    """

    ask: Ask
    shows: str
    may: frozenset[str]
    secrets: tuple[str, ...] = ()
    is_content: bool = True


def literal(value: object) -> str:
    """A value as a document writes it, for what JSON writes alike."""
    return json.dumps(value)


def article_id(article: Article) -> str:
    """An article's global id, as a document writes it."""
    return literal(str(GlobalId(NodeType.ARTICLE, article.id)))


def versioned(article: Article) -> str:
    """The arguments of what is done to an article at the version it has."""
    return f"id: {article_id(article)}, expectedVersion: {article.version}"


async def draft(desk: Desk, owner: Viewer) -> Article:
    """A draft of the owner's, who may be somebody who only moderates."""
    return await create_article(desk.database, owner, a_draft())


async def public(desk: Desk, owner: Viewer) -> Article:
    """An article of the owner's that readers see."""
    return await publish_article(desk.database, SYSTEM, (await draft(desk, owner)).id)


async def scheduled(desk: Desk, owner: Viewer) -> Article:
    """An article of the owner's that comes out tomorrow."""
    made = await draft(desk, owner)
    return await schedule_article(desk.database, SYSTEM, made.id, publish_at=now() + timedelta(days=1))


async def submitted(desk: Desk, owner: Viewer) -> Article:
    """An article of the owner's that lies before an editor."""
    made = await draft(desk, owner)
    return await submit_article(desk.database, SYSTEM, made.id, expected_version=made.version)


async def _create_article(_desk: Desk, _owner: Viewer) -> str:
    return 'input: {title: "Low water", body: {markdown: "At *six*."}}'


async def _update_article(desk: Desk, owner: Viewer) -> str:
    made = await draft(desk, owner)
    return f'input: {{{versioned(made)}, title: "Another title"}}'


async def _submit(desk: Desk, owner: Viewer) -> str:
    return f'{versioned(await draft(desk, owner))}, note: "Please read."'


async def _return(desk: Desk, owner: Viewer) -> str:
    return f'{versioned(await submitted(desk, owner))}, note: "Name the boat."'


async def _publish(desk: Desk, owner: Viewer) -> str:
    return versioned(await draft(desk, owner))


async def _schedule(desk: Desk, owner: Viewer) -> str:
    tomorrow = to_text(now() + timedelta(days=1))
    return f"{versioned(await draft(desk, owner))}, publishAt: {literal(tomorrow)}"


async def _unschedule(desk: Desk, owner: Viewer) -> str:
    return f"id: {article_id(await scheduled(desk, owner))}"


async def _of_public(desk: Desk, owner: Viewer) -> str:
    return f"id: {article_id(await public(desk, owner))}"


async def _restore(desk: Desk, owner: Viewer) -> str:
    made = await archive_article(desk.database, SYSTEM, (await draft(desk, owner)).id)
    revision = literal(str(GlobalId(NodeType.ARTICLE_REVISION, made.head_id))) if made.head_id else ""
    return f"id: {revision}, expectedVersion: {made.version}"


async def _of_draft(desk: Desk, owner: Viewer) -> str:
    return f"id: {article_id(await draft(desk, owner))}"


async def _preview(desk: Desk, owner: Viewer) -> str:
    return f"articleId: {article_id(await draft(desk, owner))}, expiresInMinutes: 5"


async def _create_author(_desk: Desk, _owner: Viewer) -> str:
    return 'input: {name: "Wren Ashdown", bio: {markdown: "Sails."}}'


async def author(desk: Desk, **given: object) -> Author:
    """An author whom nothing names."""
    made = AuthorDraft(name="Wren Ashdown", email="wren@harbour.example.org", accepts_messages=True)
    return await create_author(desk.database, SYSTEM, replace(made, **given))  # type: ignore[arg-type] # checked there


async def _update_author(desk: Desk, _owner: Viewer) -> str:
    made = await author(desk)
    return f'input: {{id: "aut_{made.id}", expectedVersion: 1, name: "Wren Dale", slug: "wren-dale-{made.id}"}}'


async def _delete_author(desk: Desk, _owner: Viewer) -> str:
    return f'id: "aut_{(await author(desk)).id}"'


async def _contact(desk: Desk, _owner: Viewer) -> str:
    made = await author(desk)
    return f'input: {{authorId: "aut_{made.id}", name: "Ines", email: "ines@mail.example.org", message: "Well said."}}'


async def _create_topic(_desk: Desk, _owner: Viewer) -> str:
    return 'input: {name: "Tides"}'


async def topic(desk: Desk) -> Topic:
    """A topic that nothing names."""
    return await create_topic(desk.database, SYSTEM, TopicDraft(name="Boats"))


async def _update_topic(desk: Desk, _owner: Viewer) -> str:
    made = await topic(desk)
    return f'input: {{id: "top_{made.id}", expectedVersion: 1, name: "Ferries", slug: "ferries-{made.id}"}}'


async def _delete_topic(desk: Desk, _owner: Viewer) -> str:
    return f'id: "top_{(await topic(desk)).id}"'


async def _create_disclaimer(_desk: Desk, _owner: Viewer) -> str:
    return 'input: {title: "Views", body: {markdown: "The author\'s own."}, scope: EVERY_ARTICLE}'


async def disclaimer(desk: Desk, owner: Viewer) -> DisclaimerVersion:
    """A disclaimer of every article, and a public article that went out before there was one."""
    await public(desk, owner)
    made = DisclaimerDraft(
        title="Views", body=RichTextInput(markdown="The author's own."), scope=DisclaimerScope.EVERY_ARTICLE
    )
    return await create_disclaimer(desk.database, SYSTEM, made)


async def _update_disclaimer(desk: Desk, owner: Viewer) -> str:
    made = await disclaimer(desk, owner)
    return f'input: {{id: "dis_{made.disclaimer_id}", expectedVersion: 1, placement: BEFORE_BODY}}'


async def _revise_disclaimer(desk: Desk, owner: Viewer) -> str:
    made = await disclaimer(desk, owner)
    said = 'body: {markdown: "Theirs alone."}, applies: EVERY_COVERED_ARTICLE'
    return f'input: {{id: "dis_{made.disclaimer_id}", expectedVersion: 1, {said}}}'


async def _apply(desk: Desk, owner: Viewer) -> str:
    return f'input: {{versionId: "dvn_{(await disclaimer(desk, owner)).id}"}}'


async def _retire(desk: Desk, owner: Viewer) -> str:
    return f'id: "dis_{(await disclaimer(desk, owner)).disclaimer_id}"'


async def _revise_policy(_desk: Desk, _owner: Viewer) -> str:
    return 'input: {kind: TERMS, title: "Terms", body: {markdown: "Be kind."}, acceptanceText: "I agree."}'


async def _update_site(_desk: Desk, _owner: Viewer) -> str:
    return 'input: {description: "News of the quay."}'


async def _create_redirect(_desk: Desk, _owner: Viewer) -> str:
    return 'input: {from: "/old", to: "https://elsewhere.example.org/", permanent: false}'


async def _delete_redirect(desk: Desk, _owner: Viewer) -> str:
    made = await create_redirect(desk.database, SYSTEM, RedirectDraft(from_path=f"/{new_id()}", to="/new"))
    return f'id: "red_{made.id}"'


async def _create_user(_desk: Desk, _owner: Viewer) -> str:
    return 'input: {name: "Juno", email: "juno@harbour.example.org", role: WRITER}'


async def _update_user(desk: Desk, _owner: Viewer) -> str:
    return f'input: {{id: "usr_{desk.people["colleague"].user_id}", name: "Juno"}}'


async def _create_api_token(_desk: Desk, _owner: Viewer) -> str:
    return 'input: {name: "The app", scopes: [CONTENT_PREVIEW]}'


async def _revoke_api_token(desk: Desk, _owner: Viewer) -> str:
    made, _ = await create_token(desk.database, SYSTEM, "The app", ["CONTENT_PREVIEW"])
    return f'id: "tok_{made.id}"'


async def _post_comment(desk: Desk, owner: Viewer) -> str:
    """Whoever is not signed in is tried on what is the editor's, and says who they are."""
    guest = f", guest: {_GUEST}" if owner is desk.people["editor"] else ""
    return f'input: {{articleId: {article_id(await public(desk, owner))}, body: "Well said."{guest}}}'


async def comment(desk: Desk, owner: Viewer) -> PostedComment:
    """A guest's comment that readers see."""
    said = CommentDraft((await public(desk, owner)).id, "Well said.", guest=Guest("Ines", "ines@mail.example.org"))
    posted = await post_comment(desk.database, ANONYMOUS, said)
    await moderate_comments(desk.database, SYSTEM, [posted.comment.id], ModerationAction.APPROVE)
    return posted


async def _of_comment(desk: Desk, owner: Viewer) -> str:
    return f'id: "com_{(await comment(desk, owner)).comment.id}"'


async def _edit_comment(desk: Desk, owner: Viewer) -> str:
    made = await comment(desk, owner)
    return f'input: {{id: "com_{made.comment.id}", editToken: "{made.edit_token}", body: "Very well said."}}'


async def _delete_comment(desk: Desk, owner: Viewer) -> str:
    made = await comment(desk, owner)
    return f'id: "com_{made.comment.id}", editToken: "{made.edit_token}"'


async def _flag_comment(desk: Desk, owner: Viewer) -> str:
    return f'{await _of_comment(desk, owner)}, reason: OTHER, detail: "Not about boats."'


async def _react(desk: Desk, owner: Viewer) -> str:
    return f'{await _of_comment(desk, owner)}, reaction: LIKE, readerKey: "sixteen or more of them"'


async def _moderate_comments(desk: Desk, owner: Viewer) -> str:
    return f'ids: ["com_{(await comment(desk, owner)).comment.id}"], action: REJECT, reason: "Off topic."'


async def _set_comments_open(desk: Desk, owner: Viewer) -> str:
    return f"articleId: {article_id(await public(desk, owner))}, open: false"


async def _personal_data(desk: Desk, owner: Viewer) -> str:
    await comment(desk, owner)
    return 'email: "INES@mail.example.org"'


_GUEST: Final = '{name: "Ines", email: "ines@mail.example.org"}'
_COMMENT: Final = "comment { id status body { text } editedAt reactions { reaction count } }"
_ARTICLE: Final = "article { id version title slug status viewerCan }"
_DELETED: Final = "deletedId"
_DISCLAIMER: Final = "disclaimer { id version placement retiredAt current { number title } }"

VERBS: Final[Mapping[str, Verb]] = {
    "createArticle": Verb(_create_article, _ARTICLE, CONTENT),
    "updateArticle": Verb(_update_article, _ARTICLE, WRITERS),
    "submitArticle": Verb(_submit, _ARTICLE, WRITERS),
    "returnArticle": Verb(_return, _ARTICLE, EDITORS),
    "publishArticle": Verb(_publish, _ARTICLE, EDITORS),
    "scheduleArticle": Verb(_schedule, _ARTICLE, EDITORS),
    "unscheduleArticle": Verb(_unschedule, _ARTICLE, EDITORS),
    "unpublishArticle": Verb(_of_public, _ARTICLE, EDITORS),
    "archiveArticle": Verb(_of_draft, _ARTICLE, EDITORS),
    "restoreRevision": Verb(_restore, _ARTICLE, WRITERS),
    "deleteArticle": Verb(_of_draft, _DELETED, WRITERS),
    "createPreviewLink": Verb(_preview, "token url expiresAt", CONTENT, secrets=("token", "url")),
    "createAuthor": Verb(_create_author, "author { id name bio { text } version }", EDITORS),
    "updateAuthor": Verb(_update_author, "author { id name slug version }", EDITORS),
    "deleteAuthor": Verb(_delete_author, _DELETED, EDITORS),
    "contactAuthor": Verb(_contact, "accepted", frozenset(CALLERS), is_content=False),
    "postComment": Verb(
        _post_comment, "comment { id status viewerCan } editToken", frozenset(CALLERS), secrets=("editToken",)
    ),
    "editComment": Verb(_edit_comment, _COMMENT, frozenset(CALLERS)),
    "deleteComment": Verb(_delete_comment, _COMMENT, frozenset(CALLERS)),
    "flagComment": Verb(_flag_comment, _COMMENT, frozenset(CALLERS)),
    "reactToComment": Verb(_react, _COMMENT, frozenset(CALLERS)),
    # What it shows is a list, which a dry run leaves empty instead of null.
    "moderateComments": Verb(_moderate_comments, "comments { id status }", MODERATORS, is_content=False),
    "setCommentsOpen": Verb(_set_comments_open, "article { id commentPolicy { open } }", MODERATORS),
    "exportPersonalData": Verb(_personal_data, "data", ADMINS, secrets=("data",), is_content=False),
    "erasePersonalData": Verb(_personal_data, "erasedComments erasedMessages keepsAccount", ADMINS, is_content=False),
    "createTopic": Verb(_create_topic, "topic { id name path version }", EDITORS),
    "updateTopic": Verb(_update_topic, "topic { id name slug version }", EDITORS),
    "deleteTopic": Verb(_delete_topic, _DELETED, EDITORS),
    "createDisclaimer": Verb(_create_disclaimer, _DISCLAIMER, EDITORS),
    "updateDisclaimer": Verb(_update_disclaimer, _DISCLAIMER, EDITORS),
    "reviseDisclaimer": Verb(_revise_disclaimer, _DISCLAIMER, EDITORS),
    "applyDisclaimerVersion": Verb(_apply, "movedCount", EDITORS, is_content=False),
    "retireDisclaimer": Verb(_retire, _DISCLAIMER, EDITORS),
    "revisePolicy": Verb(_revise_policy, "policy { id kind number title }", ADMINS),
    "updateSite": Verb(_update_site, "site { id description }", ADMINS),
    "createRedirect": Verb(_create_redirect, "redirect { id from to permanent automatic }", ADMINS),
    "deleteRedirect": Verb(_delete_redirect, _DELETED, ADMINS),
    "createUser": Verb(_create_user, "user { id name role active }", ADMINS),
    "updateUser": Verb(_update_user, "user { id name role active }", ADMINS),
    "createApiToken": Verb(_create_api_token, "apiToken { id name scopes } secret", ADMINS, secrets=("secret",)),
    "revokeApiToken": Verb(_revoke_api_token, _DELETED, ADMINS),
}
