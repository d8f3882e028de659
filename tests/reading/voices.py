"""What readers said in the world of the reader's tests, and what is kept about it."""

from datetime import datetime
from typing import Any

from cms.accounts.models import AccountLink, ApiToken, LinkPurpose, Session
from cms.articles.models import Article, PreviewLink
from cms.authors.models import Message
from cms.comments.models import (
    CommentFlag,
    CommentReaction,
    CommentStatus,
    Consent,
    FlagReason,
    ModerationAction,
    ModerationDecision,
    Reaction,
    ReplySubscription,
    ScreeningSignal,
    ScreeningVerdict,
)
from cms.kernel.secrecy import keyed_hash
from tests.reading.rows import CANARY, DAY, HOUR, NOW, author_key, comment, key

#: What a browser gives to learn which reactions are its reader's.
READER_KEY = "the reader's own key"


async def add_comments() -> None:
    """Threads with everything that can stand in them."""
    at = NOW - 2 * DAY
    for number in range(6):
        # Pairs share a moment and a number of reactions.
        liked = number // 2
        await comment(
            f"c{number}",
            "tide",
            f"Comment {number}: 50% true_",
            at + number // 2 * HOUR,
            reaction_count=liked,
            like_count=liked,
            reply_count=[5, 0, 1, 1, 0, 0][number],
            flag_count=1 if number == 0 else 0,
        )
    for number in range(5):
        await comment(
            f"r{number}",
            "tide",
            f"Reply {number}",
            at + number // 2 * HOUR,
            parent="c0",
            reply_count=1 if number == 0 else 0,
            by_contributor=number == 1,
        )
    await comment(
        "rr0",
        "tide",
        "ÄRGER im Hafen",
        at + 3 * HOUR,
        parent="r0",
        author_url="https://reader.example.org/",
        anchor_block_key="b1",
        anchor_exact="the ferry",
        anchor_prefix="and ",
        anchor_state="EXACT",
    )
    await _taken_away(at)
    await comment("on-ferry", "ferry", "On the ferry", NOW - DAY)
    await comment("under-hidden", "unpublished", f"{CANARY} under hidden", NOW - 3 * DAY, author_name=f"{CANARY} name")
    await Article.filter(id=key("art", "tide")).update(comment_count=14)
    await Article.filter(id=key("art", "ferry")).update(comment_count=1)


async def _taken_away(at: datetime) -> None:
    """What readers get as tombstones, since something hangs on it, or not at all."""
    secret = {"author_name": f"{CANARY} name", "author_url": f"https://{CANARY}.example.org/"}
    for number, status in enumerate((CommentStatus.DELETED, CommentStatus.REJECTED)):
        stone = f"stone{number}"
        await comment(
            stone,
            "tide",
            f"{CANARY} words",
            at,
            status=status,
            is_listed=True,
            reply_count=1,
            anchor_block_key="b1",
            anchor_exact=f"{CANARY} passage",
            anchor_state="EXACT",
            **secret,
        )
        await comment(f"on-{stone}", "tide", "I heard that", at + HOUR, parent=stone)
    for status in (CommentStatus.PENDING, CommentStatus.SPAM, CommentStatus.REJECTED, CommentStatus.DELETED):
        await comment(f"{status.value}-root", "tide", f"{CANARY} words", at, status=status, **secret)
        await comment(f"{status.value}-reply", "tide", f"{CANARY} words", at, parent="c0", status=status, **secret)
    await comment("erased", "tide", "Erased", at, parent="c2", erased_at=at, author_email=None, author_name="Erased")
    await comment("contributor", "tide", "Thank you", at, parent="c3", by_contributor=True)


async def keep_about_comments() -> None:
    """What moderators and others with scopes may see of the first comment."""
    on: dict[str, Any] = {"comment_id": key("com", "c0")}
    when: dict[str, Any] = {"created_at": NOW - DAY}
    await CommentFlag.create(
        id=key("flag", "1"),
        reason=FlagReason.OTHER,
        detail=f"{CANARY} flag",
        reader_hash=f"{CANARY} reader",
        **on,
        **when,
    )
    await ModerationDecision.create(
        id=key("decision", "1"),
        action=ModerationAction.APPROVE,
        automatic=False,
        reason=f"{CANARY} reason",
        moderator_id=key("usr", "edda"),
        **on,
        **when,
    )
    await ScreeningSignal.create(position=0, rule="links", verdict=ScreeningVerdict.HOLD, detail=f"{CANARY} rule", **on)
    await Consent.create(
        id=key("consent", "1"),
        terms_id=key("pol", "TERMS.1"),
        digest="sha256:TERMS.1",
        wording=f"{CANARY} wording",
        accepted_at=NOW - 2 * DAY,
        channel="graphql",
        **on,
        **when,
    )
    await CommentReaction.create(
        id=key("reaction", "1"),
        comment_id=key("com", "c2"),
        reaction=Reaction.LIKE,
        reader_hash=keyed_hash("reader", READER_KEY),
        **when,
    )
    await ReplySubscription.create(
        id=key("subscription", "1"),
        email=f"{CANARY}@mail.example.com",
        email_key="k",
        token_hash=f"{CANARY} token",
        **on,
        **when,
    )


async def keep_what_is_never_read() -> None:
    """Rows that no field shows to anybody."""
    edda, later = key("usr", "edda"), NOW + 90 * DAY
    await Session.create(
        id=key("session", "1"), user_id=edda, token_hash=f"{CANARY} session", epoch=0, expires_at=later
    )
    await ApiToken.create(
        id=key("tok", "1"), name=f"{CANARY} app", secret_hash=f"{CANARY} api", scopes=[], created_at=NOW
    )
    await AccountLink.create(
        id=key("link", "1"), user_id=edda, purpose=LinkPurpose.INVITATION, token_hash=f"{CANARY} link", expires_at=later
    )
    await PreviewLink.create(
        id=key("preview", "1"), article_id=key("art", "draft"), token_hash=f"{CANARY} preview", expires_at=later
    )
    await Message.create(
        id=key("message", "1"),
        author_id=author_key("wren"),
        name=f"{CANARY} sender",
        email="e",
        email_key="e",
        body=f"{CANARY} letter",
    )
