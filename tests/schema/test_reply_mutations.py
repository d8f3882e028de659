"""Confirming and ending letters about replies over GraphQL, for frontends with pages of their own."""

import pytest

from cms.comments.actions import post_comment
from cms.comments.drafts import CommentDraft, Guest
from cms.comments.models import ReplySubscription
from cms.comments.subscriptions import TokenPurpose, token_of
from cms.kernel.database import Dialect
from cms.kernel.viewer import ANONYMOUS
from tests.articles.world import every_row
from tests.schema.desk import Desk
from tests.schema.verbs import literal, public

pytestmark = pytest.mark.asyncio

_TELLS = "errors { __typename code path message } effects { dryRun events { event } cacheTags }"
_NOTHING = {"errors": [], "effects": {"dryRun": False, "events": [], "cacheTags": []}}


@pytest.mark.parametrize("dialect", [Dialect.SQLITE], ids=str)
async def test_a_frontend_confirms_and_ends_letters(desk: Desk) -> None:
    """A publication could not have pages of its own; or a guess be told whether it was a good one."""
    article = await public(desk, desk.people["editor"])
    for body in ("One", "Two"):
        draft = CommentDraft(article.id, body, guest=Guest("Ines", "ines@mail.example.org"), notify_of_replies=True)
        await post_comment(desk.database, ANONYMOUS, draft)
    first, second = await ReplySubscription.all().order_by("id")
    confirm, end = token_of(TokenPurpose.CONFIRM, second.id), token_of(TokenPurpose.END, first.id)
    before = await every_row(desk.database)

    refused = await desk.do(ANONYMOUS, f"confirmReplies(token: {literal(end)})", _TELLS)
    unknown = await desk.do(ANONYMOUS, 'unsubscribe(token: "nonsense", everything: true)', _TELLS)
    untouched = await every_row(desk.database)
    confirmed = await desk.do(ANONYMOUS, f"confirmReplies(token: {literal(confirm)})", _TELLS)
    both = await ReplySubscription.filter(confirmed_at__not_isnull=True).count()
    ended = await desk.do(ANONYMOUS, f"unsubscribe(token: {literal(end)})", _TELLS)
    one = await ReplySubscription.filter(ended_at__not_isnull=True).count()
    all_ended = await desk.do(ANONYMOUS, f"unsubscribe(token: {literal(end)}, everything: true)", _TELLS)

    assert refused["errors"] == [
        {
            "__typename": "InputError",
            "code": "INVALID",
            "path": ["token"],
            "message": "This works no more: ask to be told of replies with your next comment.",
        }
    ]
    assert untouched == before
    assert [unknown, confirmed, ended, all_ended] == [_NOTHING] * 4
    assert (both, one, await ReplySubscription.filter(ended_at=None).count()) == (2, 1, 0)
