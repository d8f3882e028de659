"""Where requests come from, as far as that is kept: a keyed hash of the neighbourhood, under another key every day.

The one thing to know: within a day the same place can be known again, and over a longer time it cannot.
"""

from datetime import UTC, datetime, timedelta
from typing import Final

from cms.kernel.secrecy import keyed_hash
from cms.kernel.throttling import block_of

#: For how long such a hash is kept: time enough to see through somebody who comes back again and again for a month.
KEPT: Final = timedelta(days=30)


def address_hashes(address: str | None, at: datetime) -> tuple[str, ...]:
    """The keyed hashes of the block that an address belongs to, for the day of `at` and for the one before.

    The key is another one every day, so that what is kept cannot tell who was there in spring and in autumn. Of an
    address that nobody knows there is none.
    """
    if address is None:
        return ()
    block, today = block_of(address), at.astimezone(UTC).date()
    return tuple(keyed_hash(f"address {day}", block) for day in (today, today - timedelta(days=1)))


def address_hash(address: str | None, at: datetime) -> str | None:
    """What is kept of an address at a moment; None of one that nobody knows."""
    return next(iter(address_hashes(address, at)), None)
