"""The letters to those who want to be told of replies: the one that asks whether they do, and the one that tells.

The one thing to know: each is written in the transaction of its job, from what is so at that moment. Direct replies are
told of, and nothing deeper: whoever wants to follow a whole thread is better served by the page.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from cms.comments import letters
from cms.comments.letter_jobs import CONFIRMATION, taken_off
from cms.comments.models import Comment, CommentStatus, ReplySubscription
from cms.comments.places import the_site
from cms.comments.showing import ShownArticle, shown_articles
from cms.comments.subscriptions import ASKING, CONFIRM_WITHIN, TokenPurpose, asking_key, token_of
from cms.kernel.clock import now
from cms.kernel.database import Database, transaction
from cms.kernel.errors import RateLimited
from cms.kernel.jobs import Claim, Handler, enqueue
from cms.kernel.mail import send_mail
from cms.kernel.throttling import throttled
from cms.site.models import Site

#: What a comment may be while its writer is asked to confirm: what looks like spam is not answered by mail.
_WORTH_ASKING = (CommentStatus.PENDING, CommentStatus.APPROVED)


def link(public_url: str, site: Site, page: str, token: str) -> str:
    """Where a letter leads: to a page of this server, or of the site where nobody said where the server is."""
    return f"{public_url or site.url}/{page}?token={token}"


def confirming(public_url: str) -> Handler:
    """What asks an address to confirm all that was asked for with it; `public_url` is where this server is."""

    async def confirm(database: Database, claim: Claim) -> None:
        async with transaction(database):
            if await taken_off(database, claim):
                await _ask(database, public_url, claim.payload["emailKey"])

    return confirm


def telling(public_url: str) -> Handler:
    """What tells of a reply; `public_url` is where this server is."""

    async def tell(database: Database, claim: Claim) -> None:
        async with transaction(database):
            if await taken_off(database, claim):
                await _tell(database, public_url, UUID(claim.payload["commentId"]), claim.payload["eventId"])

    return tell


async def _ask(database: Database, public_url: str, email_key: str) -> None:
    moment, site = now(), await the_site()
    wishes = await _unanswered(email_key, moment)
    articles = await shown_articles(site, [article_id for _, article_id in wishes], moment)
    named = [(wish, articles[article_id]) for wish, article_id in wishes if article_id in articles]
    if not named:
        return
    try:
        await throttled(database, asking_key(named[-1][0].email), ASKING)
    except RateLimited as limited:
        # Nothing is lost by waiting: that letter will ask for all that was asked for until then.
        later = moment + timedelta(seconds=limited.retry_after)
        payload = {"emailKey": email_key}
        await enqueue(database, CONFIRMATION, payload, run_at=later, unique_key=f"{CONFIRMATION}:{email_key}")
        return
    await _write_confirmation(database, public_url, site, named)


async def _unanswered(email_key: str, moment: datetime) -> list[tuple[ReplySubscription, UUID]]:
    """The wishes of an address that nobody confirmed yet, with the article of each, oldest first."""
    wishes = (
        await ReplySubscription.filter(email_key=email_key, confirmed_at=None, ended_at=None)
        .filter(created_at__gt=moment - CONFIRM_WITHIN, comment__status__in=_WORTH_ASKING, comment__erased_at=None)
        .order_by("created_at", "id")
        .select_related("comment")
    )
    return [(wish, wish.comment.article_id) for wish in wishes]


async def _write_confirmation(
    database: Database, public_url: str, site: Site, named: Sequence[tuple[ReplySubscription, ShownArticle]]
) -> None:
    newest = named[-1][0]
    titles = list(dict.fromkeys(article.title for _, article in named))
    target = link(public_url, site, "confirm", token_of(TokenPurpose.CONFIRM, newest.id))
    letter = letters.confirmation(site.name, titles, target, newest.created_at + CONFIRM_WITHIN)
    await send_mail(
        database, to=newest.email, subject=letter.subject, text=letter.text, key=f"reply-confirmation-of:{newest.id}"
    )


async def _tell(database: Database, public_url: str, comment_id: UUID, event_id: str) -> None:
    reply = await Comment.get_or_none(id=comment_id, status=CommentStatus.APPROVED, erased_at=None)
    if reply is None:
        return
    site = await the_site()
    article = (await shown_articles(site, [reply.article_id], now())).get(reply.article_id)
    if article is None:
        return
    for wish in await _awaiting(reply):
        target = link(public_url, site, "unsubscribe", token_of(TokenPurpose.END, wish.id))
        said = letters.reply(
            site.name, article.title, reply.author_name, reply.body_text, link=article.at(reply.id), ending=target
        )
        await send_mail(
            database,
            to=wish.email,
            subject=said.subject,
            text=said.text,
            key=f"reply:{event_id}:{wish.email_key}",
            # Only of our own page is it known that it takes a single request; and headers are ASCII.
            unsubscribe=target if public_url and target.isascii() else None,
            about=[reply.id],
        )


async def _awaiting(reply: Comment) -> list[ReplySubscription]:
    """Who wants to be told of `reply`: whoever confirmed it for the comment above, unless they wrote the reply."""
    above = await Comment.get_or_none(id=reply.parent_id, status=CommentStatus.APPROVED, erased_at=None)
    if above is None or (above.user_id is not None and above.user_id == reply.user_id):
        return []
    wishes = await ReplySubscription.filter(comment_id=above.id, confirmed_at__not_isnull=True, ended_at=None)
    return [wish for wish in wishes if wish.email_key != reply.email_key]
