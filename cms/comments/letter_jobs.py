"""The jobs in which letters about comments are written: their kinds, and how each writes its letters once.

The one thing to know: such a job takes itself off the list in the transaction that writes its letters down. So both
happen or neither, however often it is begun and by however many workers, and no letter is written twice.
"""

from typing import Final

from cms.kernel.jobs import Claim
from cms.kernel.models import Job

#: Asks an address whether somebody there wants to be told of replies.
CONFIRMATION: Final = "reply-confirmation"
#: Tells of one reply.
REPLY: Final = "reply-letters"
#: Tells one moderator what waits.
DIGEST: Final = "moderation-digest"


async def taken_off(claim: Claim) -> bool:
    """Take a job off the list, in the open transaction; False where another worker has it, or has done it."""
    return await Job.filter(id=claim.id, lease_owner=claim.owner).delete() == 1
