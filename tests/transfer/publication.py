"""A publication that has used everything: the sample, and then so much more that every table has a row.

The one thing to know: a table without a row cannot be lost on the way, so a test of what comes along begins here.
"""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

from cms.accounts.models import Role, Session, User
from cms.accounts.tokens import create_token
from cms.accounts.users import UserDraft, create_user, first_password
from cms.articles.actions import (
    create_article,
    delete_article,
    publish_article,
    schedule_article,
    submit_article,
    update_article,
)
from cms.articles.drafts import ArticleChange, ArticleDraft
from cms.articles.models import Article, PreviewLink
from cms.authors.messages import MessageDraft, contact_author
from cms.authors.models import Author
from cms.comments.actions import moderate_comments, post_comment
from cms.comments.drafts import CommentDraft, Guest
from cms.comments.learning import learn
from cms.comments.models import FlagReason, ModerationAction, Reaction, ReaderLink, ReaderRequest
from cms.comments.policy import terms_in_effect
from cms.comments.responding import flag_comment, react_to_comment
from cms.delivery.documents import Document, add_documents
from cms.delivery.models import Webhook
from cms.kernel.clock import now
from cms.kernel.database import Database
from cms.kernel.ids import GlobalId, NodeType
from cms.kernel.models import Event, Follower, Job
from cms.kernel.viewer import ANONYMOUS, SYSTEM, Scope, Viewer
from cms.media.texts import RichTextInput
from cms.site.redirects import RedirectDraft, create_redirect
from seed.loader import load_sample

PASSWORD: Final = "a lighthouse in the fog"  # noqa: S105 - of nobody
HERE: Final = "203.0.113.9"
INES: Final = Guest("Ines Quill", "ines.quill@mail.example.org", "https://quill.example.org/")
#: Every character that anything on the way could take for its own.
ODD: Final = "\"Odd\" \\ 'text'\n{}[],: \u2028 \U0001f9ad \\u0000 </script> NULL $1 ? %s -- ;"


@dataclass(frozen=True, slots=True)
class Publication:
    """Some of what is in it."""

    editor: User
    article: Article
    commented: Article


async def fill(database: Database, media_folder: Path) -> Publication:
    """Do in an empty database everything that can be done in one; the process's key is set."""
    await load_sample(database, media_folder)
    editor = await _hire(database)
    viewer = Viewer(frozenset(Scope), actor=f"user:{editor.id}", user_id=editor.id)
    article = await _edit(database, viewer)
    commented = await _comment(database, viewer)
    await _surround(database, viewer)
    await _leave_open(editor, article)
    return Publication(editor, article, commented)


async def _hire(database: Database) -> User:
    author = await Author.all().order_by("id").first()
    assert author is not None
    email, name = "edda@harbour.example.org", "Edda Editor"
    hashed = await first_password(PASSWORD, email=email, name=name)
    draft = UserDraft(name=name, email=email, role=Role.ADMIN, password_hash=hashed, author_id=author.id)
    return await create_user(database, SYSTEM, draft)


async def _edit(database: Database, viewer: Viewer) -> Article:
    """Revisions that nobody saw, a review, a date to come, and an article in the trash."""
    article = await create_article(
        database, viewer, ArticleDraft(title=ODD.replace("\n", " "), body=RichTextInput(markdown=f"{ODD}\n\n***\n"))
    )
    change = ArticleChange(article_id=article.id, expected_version=article.version, standfirst=ODD, note="Again")
    article = await update_article(database, viewer, change)
    article = await submit_article(database, viewer, article.id, expected_version=article.version, note="Please look")
    planned = await create_article(
        database, viewer, ArticleDraft(title="Tomorrow's tide", body=RichTextInput(markdown="It comes."))
    )
    await schedule_article(database, viewer, planned.id, publish_at=now() + timedelta(days=1))
    gone = await create_article(
        database, viewer, ArticleDraft(title="Yesterday's news", body=RichTextInput(markdown="It went."))
    )
    await publish_article(database, viewer, gone.id)
    await delete_article(database, viewer, gone.id)
    return article


async def _comment(database: Database, viewer: Viewer) -> Article:
    """A thread whose readers did all that readers do, and a letter to an author."""
    article = await Article.filter(comment_count__gt=0, deleted_at=None).order_by("-comment_count", "id").first()
    terms = await terms_in_effect(now())
    assert article is not None
    assert terms is not None
    said = CommentDraft(article.id, ODD, guest=INES, accepted_terms_id=terms.id, notify_of_replies=True)
    comment = (await post_comment(database, ANONYMOUS, said, address=HERE)).comment
    await moderate_comments(database, viewer, [comment.id], ModerationAction.APPROVE, "It is odd, and no more.")
    await flag_comment(database, ANONYMOUS, comment.id, FlagReason.OFF_TOPIC, ODD, address=HERE)
    await react_to_comment(database, ANONYMOUS, comment.id, Reaction.HELPFUL, "sixteen or more of them", address=HERE)
    spam = CommentDraft(article.id, "Buy boats, cheap boats, at once.", guest=INES, accepted_terms_id=terms.id)
    bought = (await post_comment(database, ANONYMOUS, spam, address=HERE)).comment
    await moderate_comments(database, viewer, [bought.id], ModerationAction.MARK_SPAM)
    await learn(database, now())
    author = await Author.filter(accepts_messages=True).order_by("id").first()
    assert author is not None
    accepted = GlobalId(NodeType.POLICY_VERSION, terms.id)
    letter = MessageDraft(
        author_id=author.id, name=INES.name, email="ines@mail.example.org", message=ODD, accepted_terms=accepted
    )
    await contact_author(database, ANONYMOUS, letter, HERE)
    return article


async def _surround(database: Database, viewer: Viewer) -> None:
    await create_token(database, viewer, "the website", [Scope.CONTENT_PREVIEW])
    await create_redirect(database, viewer, RedirectDraft(from_path="/old", to="https://elsewhere.example.org/"))
    await add_documents(database, viewer, [Document("{ site { name } }", "Name")])
    await Webhook.create(url="https://hooks.example.org/", events=["ARTICLE_PUBLISHED"], secret="known to two")  # noqa: S106 - of nobody
    last = await Event.all().order_by("-seq").first()
    assert last is not None
    await Follower.create(name="letters", position=last.seq)


async def _leave_open(editor: User, article: Article) -> None:
    """What stays where it is: a sign-in, links in letters, and work to be done."""
    tomorrow = now() + timedelta(days=1)
    await Session.create(user_id=editor.id, token_hash="a session", epoch=0, expires_at=tomorrow)  # noqa: S106 - as above
    await PreviewLink.create(article_id=article.id, token_hash="a preview", expires_at=tomorrow)  # noqa: S106 - as above
    await ReaderLink.create(
        email="ines@mail.example.org",
        email_key="a key",
        purpose=ReaderRequest.EXPORT,
        token_hash="a link",  # noqa: S106 - as above
        expires_at=tomorrow,
    )
    await Job.create(kind="mail", payload={"to": "ines@mail.example.org"})
