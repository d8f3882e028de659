"""A server of little patience, and what its clients say and wait for."""

import asyncio

from cms.kernel.limits import Limits
from cms.kernel.settings import Settings

SETTINGS = Settings(limits=Limits(header_seconds=1, body_seconds=1, send_seconds=1))
#: Longer than the limits, and longer than they are in two parts.
LONGER, MUCH_LONGER = 1.4, 2.4


async def let_pass(seconds: float) -> None:
    """Let time pass, in which everything else goes on."""
    over = asyncio.Event()
    asyncio.get_running_loop().call_later(seconds, over.set)
    await over.wait()


def get(path: str) -> bytes:
    """A request without a body."""
    return b"GET %s HTTP/1.1\r\nhost: x\r\n\r\n" % path.encode()
