"""Lines that stay open: how many one address may keep, WebSockets and event streams together."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

from starlette.types import Scope

from schema.errors import refusal

#: What whoever wants one more is told.
TOO_MANY = refusal("Too many WebSockets and streams are open from your address.", "TOO_MANY_CONNECTIONS")
#: Whoever has an IPv6 address has at least the other 64 bits of it as well (RFC 6177).
_BLOCK_BITS = 64


class TooManyConnections(Exception):
    """As many lines are open from this address as may be."""


@dataclass(slots=True)
class Connections:
    """The lines that are open now; `most` from each address."""

    most: int
    _open: Counter[str] = field(default_factory=Counter)

    @contextmanager
    def held(self, scope: Scope) -> Iterator[None]:
        """One more line, until the end of the block.

        Raises:
            TooManyConnections: there are too many.
        """
        block = block_of(scope)
        if self._open[block] >= self.most:
            raise TooManyConnections
        self._open[block] += 1
        try:
            yield
        finally:
            self._open[block] -= 1
            if not self._open[block]:
                del self._open[block]


def block_of(scope: Scope) -> str:
    """What counts as one client: an IPv4 address, the /64 of an IPv6 address, or whatever else stands there."""
    host: str = (scope.get("client") or ("",))[0]
    try:
        address: IPv4Address | IPv6Address | None = ip_address(host)
    except ValueError:
        return host
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is None:
            return str(IPv6Network((int(address), _BLOCK_BITS), strict=False))
        address = address.ipv4_mapped
    return str(address)
