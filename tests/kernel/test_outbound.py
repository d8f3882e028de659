"""The way out: who may be asked, and that whoever was judged is who is asked."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from ipaddress import ip_address

import pytest
import trustme

from cms.kernel.outbound import Answer, Forbidden, Outbound, Unanswered, is_public, unwrapped
from tests.lines import answering

pytestmark = pytest.mark.asyncio

AUTHORITY = trustme.CA()
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nX-Tip: none\r\n\r\ntrue"


@dataclass
class Server:
    """A server on this machine: what it says, and what it was told."""

    says: bytes = OK
    stalls: bool = False
    heard: list[bytes] = field(default_factory=list)
    port: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One request, and one answer."""
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        self.heard.append(head + await reader.readexactly(length))
        if self.stalls:
            await reader.read()
        writer.write(self.says)
        writer.close()


@asynccontextmanager
async def serving(server: Server, *certified: str) -> AsyncIterator[Server]:
    """It listens on a port of its own, encrypted when there are names to vouch for."""
    context = None
    if certified:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        AUTHORITY.issue_cert(*certified).configure_cert(context)
    async with answering(server.serve, context) as server.port:
        yield server


class Names:
    """Answers of a name server, one after another; the last for ever."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, int]] = []

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        """What it says now."""
        self.asked.append((host, port))
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("8.8.8.8", True),
        ("2001:4860:4860::8888", True),
        ("::ffff:8.8.8.8", True),
        ("64:ff9b::808:808", True),
        ("127.0.0.1", False),
        ("127.8.8.8", False),
        ("0.0.0.0", False),  # noqa: S104 - nobody listens
        ("10.0.0.1", False),
        ("100.64.0.1", False),
        ("169.254.169.254", False),
        ("172.16.0.1", False),
        ("192.0.0.8", False),
        ("192.168.0.1", False),
        ("198.18.0.1", False),
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("::", False),
        ("::1", False),
        ("::127.0.0.1", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:169.254.169.254", False),
        ("2002:7f00:1::", False),
        ("2002:a9fe:a9fe::1", False),
        ("64:ff9b::7f00:1", False),
        ("2001::1", False),
        ("fc00::1", False),
        ("fe80::1", False),
        ("fec0::1", False),
        ("ff02::1", False),
        ("ff0e::1", False),
    ],
)
async def test_what_is_public(address: str, *, expected: bool) -> None:
    """A webhook would read the passwords that a cloud tells its machines, or knock at the database's door."""
    assert is_public(ip_address(address)) is expected


async def test_an_address_in_another_is_what_is_connected_to() -> None:
    """One address would be judged, and another one asked."""
    wrapped = [unwrapped(ip_address(each)) for each in ("::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1")]

    assert wrapped == [ip_address("8.8.8.8")] * 3
    assert unwrapped(ip_address("::1")) == ip_address("::1")


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.org/",
        "//example.org/",
        "example.org",
        "https://",
        "https://user@example.org/",
        "https://user:secret@example.org/",
        "https://[::1/",
        "file:///etc/passwd",
    ],
)
async def test_what_is_no_web_address_is_refused_before_anybody_is_asked(url: str) -> None:
    """A file of this machine would be read, or a password be sent to whoever an address names."""
    names = Names(["127.0.0.1"])

    with pytest.raises(Forbidden):
        await Outbound(reaches_loopback=True, resolve=names).post(url, b"", FORM)

    assert names.asked == []


@pytest.mark.parametrize(
    "addresses", [["127.0.0.1"], ["::ffff:127.0.0.1"], ["8.8.8.8", "10.0.0.1"], ["fe80::1%eth0"], ["::1"], []]
)
async def test_one_address_that_is_not_public_spoils_a_name(addresses: list[str]) -> None:
    """A name with one address outside and one inside would lead inside as soon as the first does not answer."""
    async with serving(Server()) as server:
        with pytest.raises(Forbidden, match=r"^The host is not on the public internet$"):
            await Outbound(resolve=Names(addresses)).post(f"http://cms.example:{server.port}/", b"", FORM)

    assert server.heard == []


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "[::ffff:127.0.0.1]"])
async def test_this_machine_is_asked_only_where_that_was_allowed(host: str) -> None:
    """In production everybody who may name an address could talk to whatever listens on this machine."""
    async with serving(Server()) as server:
        with pytest.raises(Forbidden):
            await Outbound().post(f"http://{host}:{server.port}/", b"", FORM)

    assert server.heard == []


async def test_the_address_that_was_judged_is_the_one_that_is_asked_by_its_name() -> None:
    """A name that is public when it is judged and this machine when it is called would get through (DNS rebinding)."""
    names = Names(["127.0.0.1"], ["10.0.0.1"])
    async with serving(Server()) as server:
        out = Outbound(reaches_loopback=True, resolve=names)
        answer = await out.post(f"http://spam.example:{server.port}/check?a=1", b"b=2", FORM)

    assert answer == Answer(200, answer.headers, b"true")
    assert answer.headers["x-tip"] == "none"
    assert names.asked == [("spam.example", server.port)]
    (request,) = server.heard
    assert request.startswith(b"POST /check?a=1 HTTP/1.1\r\n")
    assert f"host: spam.example:{server.port}\r\n".encode() in request.lower()
    assert b"accept-encoding: identity\r\n" in request.lower()
    assert request.endswith(b"\r\n\r\nb=2")


async def test_the_next_address_is_tried_when_nobody_listens_at_one() -> None:
    """A host with a machine that is down would be out of reach."""
    async with serving(Server()) as server:
        out = Outbound(reaches_loopback=True, resolve=Names(["::1", "127.0.0.1"]))
        answer = await out.post(f"http://spam.example:{server.port}/", b"", FORM)

    assert (answer.status, len(server.heard)) == (200, 1)


async def test_of_a_name_with_many_addresses_four_are_tried() -> None:
    """Whoever chose the name would have us knock at hundreds of doors, for one letter or one comment."""
    async with serving(Server()) as server:
        url = f"http://cms.example:{server.port}/"
        answer = await Outbound(reaches_loopback=True, resolve=Names([*["::1"] * 3, "127.0.0.1"])).post(url, b"", FORM)
        with pytest.raises(Unanswered, match=r"^The connection failed: ConnectError$"):
            await Outbound(reaches_loopback=True, resolve=Names([*["::1"] * 4, "127.0.0.1"])).post(url, b"", FORM)

    assert (answer.status, len(server.heard)) == (200, 1)


async def test_a_certificate_is_asked_for_by_the_name() -> None:
    """Every server would be refused for having no certificate for its number; or any certificate be taken."""
    trust = ssl.create_default_context()
    AUTHORITY.configure_trust(trust)
    names = Names(["127.0.0.1"])
    async with serving(Server(), "spam.example") as server:
        out = Outbound(reaches_loopback=True, trust=trust, resolve=names)
        answer = await out.post(f"https://spam.example:{server.port}/", b"", FORM)
        with pytest.raises(Unanswered, match=r"^The connection failed: ConnectError$"):
            await out.post(f"https://other.example:{server.port}/", b"", FORM)
        with pytest.raises(Unanswered, match=r"^The connection failed: ConnectError$"):
            await Outbound(reaches_loopback=True, resolve=names).post(f"https://spam.example:{server.port}/", b"", FORM)

    assert (answer.body, len(server.heard)) == (b"true", 1)


async def test_a_redirect_leads_nowhere() -> None:
    """Whoever may not name this machine would name a server that does."""
    says = b"HTTP/1.1 307 Temporary Redirect\r\nLocation: http://127.0.0.1/\r\nContent-Length: 0\r\n\r\n"
    async with serving(Server(says)) as server:
        answer = await Outbound(reaches_loopback=True).post(f"http://127.0.0.1:{server.port}/", b"", FORM)

    assert (answer.status, len(server.heard)) == (307, 1)


async def test_an_answer_has_its_bounds() -> None:
    """A server that never ends, or never begins, would fill the memory or hold a worker for good."""
    endless = b"HTTP/1.1 200 OK\r\n\r\n" + b"a" * 2000
    async with serving(Server(endless)) as long, serving(Server(stalls=True)) as slow, serving(Server(b"?")) as odd:
        out = Outbound(reaches_loopback=True, most_bytes=1000, seconds=0.3)
        expected = [
            (long, "The answer is longer than 1000 bytes"),
            (slow, "There was no answer within 0.3 s"),
            (odd, "The connection failed: RemoteProtocolError"),
        ]
        for server, message in expected:
            with pytest.raises(Unanswered) as failure:
                await out.post(f"http://127.0.0.1:{server.port}/", b"", FORM)
            assert str(failure.value) == message
    with pytest.raises(Unanswered, match=r"^The connection failed: ConnectError$"):
        await out.post(f"http://127.0.0.1:{long.port}/", b"", FORM)


async def test_a_packed_answer_is_not_unpacked() -> None:
    """A few bytes would unpack into gigabytes."""
    says = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnope"
    async with serving(Server(says)) as server:
        answer = await Outbound(reaches_loopback=True).post(f"http://127.0.0.1:{server.port}/", b"", FORM)

    assert answer.body == b"nope"


async def test_a_proxy_of_the_environment_is_passed_by(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy resolves names again, by itself: what was judged would count for nothing."""
    async with serving(Server()) as server, serving(Server(b"HTTP/1.1 502 No\r\nContent-Length: 0\r\n\r\n")) as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        answer = await Outbound(reaches_loopback=True).post(f"http://127.0.0.1:{server.port}/", b"", FORM)

    assert (answer.status, proxy.heard) == (200, [])
