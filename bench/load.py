"""Asking a server as fast as it answers: with wrk where it is installed, else with a small client of our own.

As a program (`python -m bench.load URL FILE PLACE SECONDS CONNECTIONS`) this module is that client. It is slower than
wrk, and may itself be the limit beyond some 5,000 requests a second.
"""

import asyncio
import json
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

_SCRIPT = Path(__file__).with_name("wrk.lua")


class LoadFailed(Exception):
    """Some requests were not answered, or not with what was expected."""


@dataclass(frozen=True, slots=True)
class Load:
    """What came of one load.

    Attributes:
        rate: answers in a second.
        answer_bytes: the mean size of an answer, headers included.
        p50_milliseconds: half of the answers took no longer.
        p99_milliseconds: 99 of 100 answers took no longer.
    """

    rate: float
    answer_bytes: float
    p50_milliseconds: float
    p99_milliseconds: float


def generator() -> str:
    """Which load generator is used here."""
    return "wrk" if shutil.which("wrk") else "bench.load"


def load(url: str, bodies: Path, *, place: int, seconds: float, connections: int) -> Load:
    """Send the bodies in `bodies`, a line each and the one at `place` first, over and over for some seconds.

    Raises:
        LoadFailed: there was an answer other than 200, or none.
    """
    whole = str(max(1, round(seconds)))
    if generator() == "wrk":
        command = ["wrk", "-t1", f"-c{connections}", f"-d{whole}s", "-s", str(_SCRIPT), url, "--"]
        command += [str(bodies), str(place)]
    else:
        command = [sys.executable, "-m", "bench.load", url, str(bodies), str(place), whole, str(connections)]
    done = subprocess.run(  # noqa: S603 - a program and arguments of our own
        command, capture_output=True, text=True, check=True, timeout=seconds + 30
    )
    return _read(json.loads(done.stdout.strip().splitlines()[-1]), url)


def _read(found: dict[str, int], url: str) -> Load:
    requests = found["requests"]
    if found["bad"] or not requests:
        raise LoadFailed(f"{url}: {requests} requests were answered, {found['bad']} failed; was there time for one?")
    return Load(
        rate=requests / found["microseconds"] * 1e6,
        answer_bytes=found["bytes"] / requests,
        p50_milliseconds=found["p50"] / 1000,
        p99_milliseconds=found["p99"] / 1000,
    )


class _Client:
    """Connections that share one list of requests."""

    def __init__(self, url: str, bodies: Path, place: int) -> None:
        parts = urlsplit(url)
        self.host, self.port = parts.hostname or "127.0.0.1", parts.port or 80
        head = (
            f"POST {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Type: application/json\r\n"
            "Accept: application/json\r\nContent-Length: "
        )
        lines = bodies.read_bytes().splitlines()
        self.requests = [f"{head}{len(line)}\r\n\r\n".encode() + line for line in lines]
        self.place = place
        self.bytes, self.bad = 0, 0
        self.times: list[float] = []

    async def connection(self, until: float) -> None:
        """Ask over one connection until the time has come."""
        reader, writer = await asyncio.open_connection(self.host, self.port)
        while (begun := time.perf_counter()) < until:
            self.place = (self.place + 1) % len(self.requests)
            writer.write(self.requests[self.place])
            await self._answer(reader)
            self.times.append(time.perf_counter() - begun)
        writer.close()

    async def _answer(self, reader: asyncio.StreamReader) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])
        self.bytes += len(head) + len(await reader.readexactly(length))
        self.bad += not head.startswith(b"http/1.1 200")

    async def run(self, seconds: float, connections: int) -> dict[str, int]:
        """Ask over all connections; what `wrk.lua` prints."""
        begun = time.perf_counter()
        async with asyncio.TaskGroup() as group:
            for _ in range(connections):
                group.create_task(self.connection(begun + seconds))
        microseconds = round((time.perf_counter() - begun) * 1e6)
        self.times.sort()
        p50, p99 = (round(self.times[len(self.times) * part // 100] * 1e6) for part in (50, 99))
        found = {"requests": len(self.times), "microseconds": microseconds, "bytes": self.bytes}
        return {**found, "bad": self.bad, "p50": p50, "p99": p99}


if __name__ == "__main__":
    _url, _bodies, _place, _seconds, _connections = sys.argv[1:]
    _client = _Client(_url, Path(_bodies), int(_place))
    sys.stdout.write(json.dumps(asyncio.run(_client.run(float(_seconds), int(_connections)))) + "\n")
