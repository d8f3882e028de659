"""Somebody who left traces in every table that can hold any, and ways to look for them byte by byte.

The one thing to know: each trace has a word of its own, which nothing else in a database says, so that what is found
tells where it came from.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final

from cms.accounts.models import Role
from cms.articles.models import Article
from cms.authors.messages import MessageDraft, contact_author
from cms.authors.models import Author, Message
from cms.comments.actions import moderate_comments, post_comment
from cms.comments.drafts import Anchor, CommentDraft, CommentEdit, Guest
from cms.comments.edit_tokens import edit_token
from cms.comments.editing import edit_comment
from cms.comments.models import Comment, FlagReason, ModerationAction, Reaction, ReaderRequest, ReplySubscription
from cms.comments.reader_links import READER_REQUEST, answer_request, request_personal_data
from cms.comments.responding import flag_comment, react_to_comment
from cms.comments.subscriptions import TokenPurpose, confirm_replies, token_of
from cms.disclaimers.models import PolicyVersion
from cms.kernel import clock
from cms.kernel.database import Database, Dialect
from cms.kernel.ids import GlobalId, NodeType
from cms.kernel.jobs import Hands, enqueue
from cms.kernel.mail import MAIL
from cms.kernel.models import Job
from cms.kernel.scrubbing import SCRUB, scrub
from cms.kernel.viewer import ANONYMOUS, SYSTEM
from tests.articles.world import every_row
from tests.comments.post_office import PostOffice
from tests.comments.world import NOON, make_article, make_site, make_terms, make_user

EMAIL: Final = "Ines.Quill@mail.example.org"
NAME: Final = "Ines Quillfeather"
URL: Final = "https://quillfeather.example.org/about"
HERE: Final = "203.0.113.9"
INES: Final = Guest(NAME, EMAIL, URL)
WREN: Final = Guest("Wren", "wren@mail.example.com")

#: What each trace says that nothing else does.
WORDS: Final[Mapping[str, str]] = {
    "the address": "ines.quill@mail.example.org",
    "the name": "quillfeather",
    "an approved comment": "marmalade",
    "a reply": "vermilion",
    "a comment that waits": "cobalt",
    "what a rule quoted of it": "ultramarine",
    "before a passage": "hyacinth",
    "the comment about it": "tangerine",
    "what it said before": "saffron",
    "spam": "magnolia",
    "why it is spam": "hibiscus",
    "a report": "juniper",
    "a message": "lavender",
}


@dataclass(frozen=True, slots=True)
class Life:
    """What Ines left, and those beside her.

    Attributes:
        approved: her comment with a reply of Wren's, told to whoever waits for replies.
        reply: hers, to Wren.
        waiting, passage, spam: hers; the second was changed, and reported.
        wren: what Wren answered her.
    """

    article: Article
    approved: Comment
    wren: Comment
    reply: Comment
    waiting: Comment
    passage: Comment
    spam: Comment
    message: Message
    terms: PolicyVersion

    @property
    def comments(self) -> list[Comment]:
        """Hers, the oldest first."""
        return [self.approved, self.reply, self.waiting, self.passage, self.spam]


async def live(database: Database) -> Life:
    """Have Ines do all that a reader can do."""
    await make_site()
    await make_user("Moss Moderator", role=Role.MODERATOR)
    terms = await make_terms(1, NOON - timedelta(days=9))
    article = await make_article(body="The sea was periwinkle that day.")
    ines = CommentDraft(article.id, "", guest=INES, accepted_terms_id=terms.id)
    with clock.at(NOON):
        approved = await _said(database, ines, "A *marmalade* sky.", notify_of_replies=True)
        wren = await _said(database, ines, "Was it?", guest=WREN, parent_id=approved.id, notify_of_replies=True)
        reply = await _said(database, ines, "A vermilion one, then.", parent_id=wren.id)
        waiting = await _said(database, ines, "A cobalt casino: https://ultramarine.example/")
        passage = await _about_a_passage(database, ines)
        spam = await _said(database, ines, "Magnolia for everybody.")
        await _judged(database, passage, spam)
        message = await _wrote(database, terms)
        await _asked(database)
        await _mailed(database, wren)
    return Life(article, approved, wren, reply, waiting, passage, spam, message, terms)


async def _said(database: Database, who: CommentDraft, body: str, **more: Any) -> Comment:  # noqa: ANN401 - of a draft
    draft = replace(who, body=body, **more)
    return (await post_comment(database, ANONYMOUS, draft, address=HERE)).comment


async def _about_a_passage(database: Database, ines: CommentDraft) -> Comment:
    anchor = Anchor("b0", "periwinkle that day", prefix="hyacinth: The sea was ")
    comment = await _said(database, ines, "I saw it: saffron.", anchor=anchor)
    edit = CommentEdit(comment.id, edit_token(comment.id), "I saw it: tangerine.")
    return await edit_comment(database, ANONYMOUS, edit, HERE)


async def _judged(database: Database, passage: Comment, spam: Comment) -> None:
    said = "She says juniper, and means it."
    await flag_comment(database, ANONYMOUS, passage.id, FlagReason.OTHER, said, address="198.51.100.7")
    await react_to_comment(database, ANONYMOUS, passage.id, Reaction.LIKE, "sixteen or more of them", address=HERE)
    await moderate_comments(database, SYSTEM, [spam.id], ModerationAction.MARK_SPAM, "Quotes hibiscus all over.")


async def _wrote(database: Database, terms: PolicyVersion) -> Message:
    author = await Author.create(
        slug="asa", name="Asa", name_key="asa", email="asa@groundfloor.example.org", accepts_messages=True
    )
    accepted = GlobalId(NodeType.POLICY_VERSION, terms.id)
    draft = MessageDraft(
        author_id=author.id, name=NAME, email=EMAIL, message="Do you like lavender?", accepted_terms=accepted
    )
    return await contact_author(database, ANONYMOUS, draft, HERE)


async def _asked(database: Database) -> None:
    """A code mailed for her, and another that nobody wrote a letter about yet."""
    await request_personal_data(database, EMAIL, ReaderRequest.EXPORT, HERE)
    await Hands(database, {READER_REQUEST: answer_request}).look()
    await request_personal_data(database, EMAIL.upper(), ReaderRequest.ERASE, HERE)


async def _mailed(database: Database, wren: Comment) -> None:
    """Letters: to her, about her to Wren and a moderator; two that nobody could deliver, one of them about others."""
    wish = await ReplySubscription.get(comment_id=wren.id)
    await confirm_replies(database, token_of(TokenPurpose.CONFIRM, wish.id))
    office = PostOffice(database)
    await office.follow()
    with clock.at(NOON + timedelta(hours=1)):
        while await office.hands.look() is not None:
            pass
    for letter in (f"From {EMAIL.lower()}.", "It is about somebody else."):
        key = await enqueue(database, MAIL, {"to": "moss@example.org", "subject": "Old", "text": letter})
        await Job.filter(id=key).update(dead_at=NOON)


async def scrubbed(database: Database) -> None:
    """What the worker does after an erasure."""
    hands = Hands(database, {SCRUB: scrub})
    while await hands.look() is not None:
        pass


async def bytes_of(database: Database) -> bytes:
    """Everything that is stored, in small letters: the files of SQLite, or the tables of PostgreSQL."""
    if database.dialect is Dialect.SQLITE:
        files = (database.path.with_name(database.path.name + end) for end in ("", "-wal", "-shm"))
        return b"".join(path.read_bytes() for path in files if path.exists()).lower()
    return await tables_of(database)


async def tables_of(database: Database) -> bytes:
    """Every row of every table as text, in small letters."""
    return repr(await every_row(database)).lower().encode()


def found_in(stored: bytes, words: Iterable[str] = WORDS) -> list[str]:
    """The traces that stand there, in the order of WORDS."""
    return [trace for trace in words if WORDS[trace].encode() in stored]
