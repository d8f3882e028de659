"""What readers do with letters about replies: confirm that they want them, and end them."""

import strawberry

from cms.comments.subscriptions import confirm_replies, end_replies
from schema.descriptions import described
from schema.fields import EVERYBODY, argument
from schema.problems import MutationPayload
from schema.writing import Outcome, Writing, write


@described
@strawberry.type
class ConfirmRepliesPayload(MutationPayload):
    """What came of confirming that one wants to be told of replies."""


@described
@strawberry.type
class UnsubscribePayload(MutationPayload):
    """What came of asking for no more letters: the same whether the token was good for anything or not."""


async def _confirm(by: Writing, token: str) -> Outcome:
    await confirm_replies(by.database, token)
    return Outcome()


async def _unsubscribe(by: Writing, token: str, *, everything: bool = False) -> Outcome:
    await end_replies(by.database, token, everything=everything)
    return Outcome()


@strawberry.type
class ReplyMutations:
    """The verbs of letters about replies. Done again they change nothing, so they need no key."""

    confirm_replies: ConfirmRepliesPayload = write(
        EVERYBODY,
        "Confirm that one wants to be told of replies by mail, with the token of the letter that asked.",
        _confirm,
        arguments={
            "token": argument(EVERYBODY, str, "What the letter's link ends with; good for 14 days after the comment.")
        },
        options=False,
    )
    unsubscribe: UnsubscribePayload = write(
        EVERYBODY,
        "Be told of no more replies by mail. The answer never says whether the token was good for anything.",
        _unsubscribe,
        arguments={
            "token": argument(EVERYBODY, str, "What the link at the end of a letter about a reply ends with."),
            "everything": argument(
                EVERYBODY,
                bool,
                "End all that was asked for with the letter's address, not only what this letter came from.",
                default=False,
            ),
        },
        options=False,
    )
