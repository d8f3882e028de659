"""The jobs in which letters about comments are written: their kinds, and how each writes its letters once.

The one thing to know: such a job takes itself off the list in the transaction that writes its letters down. So both
happen or neither, however often it is begun and by however many workers, and no letter is written twice. And no letter
is written while somebody is erased, or it would be written from what was there before.
"""

from typing import Final

from cms.kernel.changing import one_at_a_time
from cms.kernel.database import Database
from cms.kernel.jobs import Claim
from cms.kernel.models import Job

#: Asks an address whether somebody there wants to be told of replies.
CONFIRMATION: Final = "reply-confirmation"
#: Tells of one reply.
REPLY: Final = "reply-letters"
#: Tells one moderator what waits.
DIGEST: Final = "moderation-digest"

_WRITING: Final = 0x65726173696E67


async def stop_writing(database: Database) -> None:
    """Have no letter be written until the open transaction ends; before anything else in it is locked."""
    await one_at_a_time(database, _WRITING)


async def hold_off_erasures(database: Database) -> None:
    """Have nobody be erased until the open transaction ends; before a row is locked that an erasure takes away."""
    await one_at_a_time(database, _WRITING, shared=True)


async def taken_off(database: Database, claim: Claim) -> bool:
    """Take a job off the list, in the open transaction; False where another worker has it, or has done it."""
    await hold_off_erasures(database)
    return await Job.filter(id=claim.id, lease_owner=claim.owner).delete() == 1
