"""What is stored with a comment: its columns, what was agreed to, what the rules said, who waits for replies."""

from datetime import datetime
from typing import Any

from cms.accounts.tokens import hash_of
from cms.comments.bodies import Body
from cms.comments.models import (
    Comment,
    CommentStatus,
    Consent,
    ModerationAction,
    ModerationDecision,
    ReplySubscription,
    ScreeningSignal,
)
from cms.comments.moderation import Screening
from cms.comments.policy import Terms
from cms.comments.subscriptions import TokenPurpose, token_of
from cms.comments.writers import Writer
from cms.kernel.errors import Required
from cms.kernel.ids import new_id
from cms.kernel.text import fold


def columns_of(writer: Writer, body: Body) -> dict[str, Any]:
    """Who wrote and what, as the columns of a comment. Comments hold no references: their links lead to the web."""
    return {
        "author_name": writer.name,
        "author_key": fold(writer.name),
        "author_email": writer.email,
        "email_key": writer.email_key,
        "author_url": writer.url,
        "user_id": writer.user_id,
        **body_columns(body),
    }


def body_columns(body: Body) -> dict[str, Any]:
    """What a comment says, as its columns."""
    return {
        "body_blocks": body.rendered.blocks,
        "body_html": body.rendered.html,
        "body_markdown": body.rendered.markdown,
        "body_text": body.rendered.text,
        "body_renderer": body.rendered.renderer,
        "body_key": body.key,
    }


async def record_consent(comment: Comment, terms: Terms, channel: str, moment: datetime) -> None:
    """Keep what was agreed to, word for word: the terms may change, and this says what stood at the checkbox."""
    await Consent.create(
        comment_id=comment.id,
        terms_id=terms.id,
        digest=terms.digest,
        wording=terms.wording,
        accepted_at=moment,
        created_at=moment,
        channel=channel,
    )


async def record_screening(comment: Comment, screening: Screening, moment: datetime) -> None:
    """Keep what each rule said, and the decision of the one that holds the comment."""
    await record_signals(comment, screening)
    await record_hold(comment, screening, moment)


async def record_signals(comment: Comment, screening: Screening) -> None:
    """Keep what each rule said."""
    for position, signal in enumerate(screening.signals):
        await ScreeningSignal.create(comment_id=comment.id, position=position, **signal._asdict())


async def record_hold(
    comment: Comment, screening: Screening, moment: datetime, previous: CommentStatus | None = None
) -> None:
    """Keep the decision of the rule that holds the comment, if one does; `previous` is where it stood before."""
    if screening.held_by:
        await ModerationDecision.create(
            comment_id=comment.id,
            action=ModerationAction.HOLD,
            previous_status=previous,
            rule=screening.held_by.rule,
            reason=screening.held_by.detail,
            automatic=True,
            created_at=moment,
        )


async def subscribe_to_replies(comment: Comment) -> None:
    """Keep the wish to be told of replies, until its mail address is confirmed: a letter asks for that.

    The address of an account is its holder's by the invitation they followed. Of the token that ends it the SHA-256 is
    stored.

    Raises:
        Required: there is no address to write to.
    """
    if comment.author_email is None or comment.email_key is None:
        raise Required("To be told of replies, give a mail address.", ("guest", "email"))
    key = new_id()
    await ReplySubscription.create(
        id=key,
        comment_id=comment.id,
        email=comment.author_email,
        email_key=comment.email_key,
        token_hash=hash_of(token_of(TokenPurpose.END, key)),
        confirmed_at=comment.created_at if comment.user_id else None,
        created_at=comment.created_at,
    )
