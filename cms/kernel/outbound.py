"""The way out: requests to servers whose address somebody else may have chosen.

The one thing to know: a name is resolved once, what it stands for is judged, and the connection goes to the very
address that was judged. A name that means something else a moment later leads nowhere, and neither does a redirect.
"""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

import httpx2

Address = IPv4Address | IPv6Address
#: The addresses of a host, as text, in the order in which they are to be tried.
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]

_AGENT: Final = "Masthead"
_PORTS: Final = {"http": 80, "https": 443}
#: So many addresses of one name are tried: a name with hundreds would use up all the time there is.
_MOST_ADDRESSES: Final = 4
#: RFC 6052, section 2.1: an IPv4 address in its last 32 bits.
_NAT64: Final = IPv6Network("64:ff9b::/96")
#: Protocol assignments (RFC 6890), of which older Pythons call some global.
_ASSIGNMENTS: Final = ip_network("192.0.0.0/24")


class OutboundError(Exception):
    """A server was not asked, or did not answer. The message may be logged: it holds no address and nothing sent."""


class Forbidden(OutboundError):
    """The address is one that nothing of ours may go to."""


class Unanswered(OutboundError):
    """Nobody answered, or not in time, or with more than anybody asked for."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said. A redirect is an answer like any other; the names of headers are in small letters."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is sent, wherever it goes."""

    method: str
    content: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


async def resolve(host: str, port: int) -> Sequence[str]:
    """What the operating system says a host is."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def unwrapped(address: Address) -> Address:
    """The IPv4 address that an IPv6 address stands for (mapped, 6to4, NAT64), or the address itself."""
    if isinstance(address, IPv4Address):
        return address
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.ipv4_mapped or address.sixtofour or address


def is_public(address: Address) -> bool:
    """Whether an address is one of the internet, and not of this machine, its network or nobody."""
    inner = unwrapped(address)
    if isinstance(inner, IPv4Address):
        return inner.is_global and not inner.is_multicast and inner not in _ASSIGNMENTS
    # Reserved holds what only looks like IPv4 (::127.0.0.1), which is global to Python.
    return inner.is_global and not (inner.is_multicast or inner.is_reserved or inner.is_site_local)


class Outbound:
    """Asks servers, each time over a connection of its own and past any proxy.

    Args:
        reaches_loopback: whether this machine itself may be asked; in development only.
        most_bytes: of an answer's body.
        seconds: for everything, from the name to the last byte.
        trust: whose certificates count; the operating system's when left out.
        resolve: finds the addresses of a host.
    """

    def __init__(
        self,
        *,
        reaches_loopback: bool = False,
        most_bytes: int = 1024 * 1024,
        seconds: float = 10.0,
        trust: ssl.SSLContext | None = None,
        resolve: Resolve = resolve,
    ) -> None:
        self._reaches_loopback = reaches_loopback
        self._most_bytes = most_bytes
        self._seconds = seconds
        self._trust = trust or httpx2.create_ssl_context()
        self._resolve = resolve

    async def get(self, url: str) -> Answer:
        """What a server has at an address.

        Raises:
            Forbidden, Unanswered: as `post`.
        """
        return await self._answer(url, _Asked("GET"))

    async def post(self, url: str, content: bytes, headers: Mapping[str, str]) -> Answer:
        """What a server answers to a body.

        Args:
            url: of `http` or `https`, without a user.
            content: the body.
            headers: beside those that every request has.

        Raises:
            Forbidden: the address is none to go to; asking again changes nothing.
            Unanswered: there was no answer that could be taken.
        """
        return await self._answer(url, _Asked("POST", content, headers))

    async def _answer(self, url: str, asked: _Asked) -> Answer:
        where = _checked(url)
        try:
            async with asyncio.timeout(self._seconds):
                return await self._ask(where, asked)
        except TimeoutError:
            raise Unanswered(f"There was no answer within {self._seconds:g} s") from None
        except (OSError, httpx2.HTTPError) as error:
            # A name that nobody knows is an OSError, and all that goes wrong on the line an HTTPError. The words of
            # either may hold the address; its class does not.
            raise Unanswered(f"The connection failed: {type(error).__name__}") from None

    async def _ask(self, where: httpx2.URL, asked: _Asked) -> Answer:
        addresses = await self._addresses(where)
        for address in addresses[:-1]:
            try:
                return await self._send(where, address, asked)
            except httpx2.ConnectError:
                continue  # Nothing was sent yet, so that the next address is not asked a second time.
        return await self._send(where, addresses[-1], asked)

    async def _addresses(self, where: httpx2.URL) -> Sequence[Address]:
        """What the host stands for; one address that is not public spoils the name."""
        found = await self._resolve(where.host, where.port or _PORTS[where.scheme])
        judged = [unwrapped(ip_address(each.partition("%")[0])) for each in found]
        if not judged or not all(map(self._is_allowed, judged)):
            raise Forbidden("The host is not on the public internet")
        return judged[:_MOST_ADDRESSES]

    def _is_allowed(self, address: Address) -> bool:
        return is_public(address) or (self._reaches_loopback and address.is_loopback)

    async def _send(self, where: httpx2.URL, address: Address, asked: _Asked) -> Answer:
        """Ask at one address, in the name of the host: in the header as for the certificate."""
        transport = httpx2.AsyncHTTPTransport(verify=self._trust, trust_env=False)
        own = {"Host": where.netloc.decode(), "User-Agent": _AGENT, "Accept-Encoding": "identity"}
        async with httpx2.AsyncClient(transport=transport, timeout=self._seconds, trust_env=False) as client:
            request = client.build_request(
                asked.method,
                where.copy_with(host=str(address)),
                headers={**asked.headers, **own},
                content=asked.content,
                extensions={"sni_hostname": where.host},
            )
            response = await client.send(request, stream=True, follow_redirects=False)
            try:
                return Answer(response.status_code, response.headers, await self._read(response))
            finally:
                await response.aclose()

    async def _read(self, response: httpx2.Response) -> bytes:
        """The body as it came: unpacking it could make any number of bytes of a few."""
        read = bytearray()
        async for part in response.aiter_raw():
            read += part
            if len(read) > self._most_bytes:
                raise Unanswered(f"The answer is longer than {self._most_bytes} bytes")
        return bytes(read)


def _checked(url: str) -> httpx2.URL:
    """The address, read by whoever connects to it, so that no two readers can disagree about its host."""
    try:
        where = httpx2.URL(url)
    except httpx2.InvalidURL:
        raise Forbidden("This is no address") from None
    if where.scheme not in _PORTS or not where.host or where.userinfo:
        raise Forbidden("The address is not one of http or https, with a host and without a user")
    return where
