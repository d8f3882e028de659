"""Akismet, where a key is set: it is asked about what guests write, and told where moderators saw it otherwise.

The one thing to know: nothing is asked here. What is to be asked is a job, written with the comment itself; the comment
waits for the answer, and for a person where none comes.
"""

from typing import Final

from cms.comments.models import Comment, ScreeningVerdict
from cms.comments.moderation import AWAITS_AKISMET, Screening
from cms.kernel.clock import to_text
from cms.kernel.database import Database
from cms.kernel.jobs import enqueue
from cms.kernel.throttling import first_in_block

#: The kind of jobs that ask about a comment.
QUESTION: Final = "akismet"
#: The kind of jobs that tell of a moderator who saw it otherwise.
CORRECTION: Final = "akismet-correction"
#: The rule under which its answer stands among the signals, and which a decision names that follows from it.
AKISMET: Final = "akismet"
#: What it answered, as a verdict.
ANSWERS: Final = {True: ScreeningVerdict.REJECT, False: ScreeningVerdict.ACCEPT}


class _Switch:
    is_on = False


_switch = _Switch()


def use_akismet(*, is_on: bool) -> None:
    """Ask about comments in this process from now on, or do not."""
    _switch.is_on = is_on


def akismet_is_asked() -> bool:
    """Whether this process has comments wait for Akismet."""
    return _switch.is_on


async def ask_akismet(database: Database, comment: Comment, screening: Screening, address: str | None) -> None:
    """Write the question down, in the transaction of the comment, if the rules have it wait for an answer.

    Args:
        database: where.
        comment: as it was stored.
        screening: what the rules said of it.
        address: where it was sent from. Its block's first address is kept in its place, until the job is done.
    """
    if not any(signal.rule == AWAITS_AKISMET for signal in screening.signals):
        return
    edited_at = to_text(comment.edited_at) if comment.edited_at else None
    question = {"comment": str(comment.id), "edited_at": edited_at, "block": first_in_block(address)}
    await enqueue(database, QUESTION, question, unique_key=f"{QUESTION}:{comment.id}:{edited_at}")
