"""The servers that are measured, each a process of its own on the first core; all else here runs on the second."""

import http.client
import os
import platform
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import IO

from bench.databases import CMS, environment

SERVER_CORE, OTHER_CORE = 0, 1
_START_SECONDS = 30
_STOP_SECONDS = 10
_UVICORN = ("--loop", "uvloop", "--http", "httptools", "--no-access-log", "--log-level", "warning")


class Target(StrEnum):
    """What is measured."""

    MASTHEAD = "masthead"
    BASELINE = "baseline"
    FLOOR = "floor"


class ServerFailed(Exception):
    """A server did not start, or answered with something other than 200."""


def can_pin() -> bool:
    """Whether processes can be given a core of their own here."""
    return platform.system() == "Linux" and shutil.which("taskset") is not None and (os.cpu_count() or 1) > 1


def pin_self() -> None:
    """Move this process, and all that it starts without saying otherwise, to the core that servers do not use."""
    if can_pin():
        os.sched_setaffinity(0, {OTHER_CORE})


@dataclass(frozen=True, slots=True)
class Server:
    """A running server."""

    target: Target
    port: int
    process: "subprocess.Popen[bytes]"

    def path(self, query: str, shape: str = "json") -> str:
        """Where a query is answered; only the floor has a route for each, in two shapes."""
        return f"/{shape}/{query}" if self.target is Target.FLOOR else "/graphql"

    def url(self, path: str) -> str:
        """The address of a path."""
        return f"http://127.0.0.1:{self.port}{path}"

    def ask(self, path: str, body: str) -> bytes:
        """The answer to one request.

        Raises:
            ServerFailed: it is not a 200.
        """
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=_START_SECONDS)
        try:
            connection.request("POST", path, body, {"Content-Type": "application/json", "Accept": "application/json"})
            response = connection.getresponse()
            answer = response.read()
        finally:
            connection.close()
        if response.status != http.client.OK:
            raise ServerFailed(f"{self.target} answered {response.status}: {answer[:500]!r}")
        return answer

    def peak_megabytes(self) -> float | None:
        """The most memory it had resident so far; None where the system does not tell."""
        status = Path(f"/proc/{self.process.pid}/status")
        found = re.search(r"VmHWM:\s+(\d+) kB", status.read_text()) if status.exists() else None
        return None if found is None else int(found[1]) / 1024


def _command(target: Target, port: int) -> list[str]:
    if target is Target.MASTHEAD:
        command = [*CMS, "serve", "--port", str(port)]
    else:
        command = [sys.executable, "-m", "uvicorn", f"bench.{target.value}.app:app", "--port", str(port), *_UVICORN]
    return ["taskset", "-c", str(SERVER_CORE), *command] if can_pin() else command


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


@contextmanager
def serving(
    target: Target,
    database_url: str,
    answers: Callable[[Server], object],
    *,
    settings: Mapping[str, str] | None = None,
    log: IO[bytes] | None = None,
) -> Iterator[Server]:
    """A server on a free port, once `answers` (which asks it something) no longer fails; ended at the end.

    Args:
        target: which server.
        database_url: what it reads.
        answers: raises OSError until it is up.
        settings: environment variables beside the usual ones.
        log: a file for what it prints; ours to print when left out.

    Raises:
        ServerFailed: it ended by itself, or did not answer in time.
    """
    port = _free_port()
    given = {**environment(database_url), **(settings or {})}
    process = subprocess.Popen(_command(target, port), env=given, stdout=log, stderr=log)  # noqa: S603 - our own programs
    server = Server(target, port, process)
    try:
        _wait(server, answers)
        yield server
    finally:
        process.terminate()
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(server: Server, answers: Callable[[Server], object]) -> None:
    until = time.monotonic() + _START_SECONDS
    while True:
        try:
            answers(server)
        except OSError as error:
            if server.process.poll() is not None or time.monotonic() > until:
                raise ServerFailed(f"{server.target} did not start") from error
            time.sleep(0.002)
        else:
            return


def start_seconds(database_url: str, answers: Callable[[Server], object]) -> float:
    """How long Masthead takes from the start of its process to its first answer on a migrated database."""
    begun = time.perf_counter()
    with serving(Target.MASTHEAD, database_url, answers):
        return time.perf_counter() - begun
