"""Processes that are started, asked, and killed: `cms serve` on a free port, and a follower of the log."""

import http.client
import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.databases import CMS, environment

_START_SECONDS: Final = 60
_STOP_SECONDS: Final = 20
_ROOT: Final = Path(__file__).parent.parent.parent
_QUESTION: Final = json.dumps({"query": "{ site { name } }"})
# In production every line of the log is JSON.
_SETTINGS: Final = {"CMS_ENVIRONMENT": "production", "CMS_LOG_LEVEL": "WARNING"}
_FAULTS: Final = frozenset({"error", "critical"})


class DidNotStart(Exception):
    """A server ended by itself, or did not answer in time. The message is what it said."""


@dataclass(frozen=True, slots=True)
class Process:
    """A process of ours."""

    process: "subprocess.Popen[bytes]"

    def kill(self) -> None:
        """End it as `kill -9` does: at once, and without asking it."""
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        """End it as a service manager does, and wait until it has ended.

        Raises:
            TimeoutExpired: it would not.
        """
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(_STOP_SECONDS)
        finally:
            self.kill()


@dataclass(frozen=True, slots=True)
class Server(Process):
    """A process that serves."""

    port: int
    log: Path
    started: float

    @property
    def host(self) -> str:
        """Where it listens."""
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        """Where it is asked."""
        return f"http://{self.host}"

    def answers(self) -> float:
        """Wait until it answers a query; the seconds since it was started.

        Raises:
            DidNotStart: it never does.
        """
        while not _asked(self.port):
            if self.process.poll() is not None or time.monotonic() > self.started + _START_SECONDS:
                self.kill()
                raise DidNotStart(self.log.read_text(errors="replace"))
            time.sleep(0.005)
        return time.monotonic() - self.started


def serve(url: str, folder: Path, settings: Mapping[str, str] | None = None) -> Server:
    """Start `cms serve` on a database; what it logs is kept in a file of its own in `folder`."""
    port = _free_port()
    log = folder / f"server-{port}-{time.monotonic_ns()}.log"
    started = time.monotonic()
    process = _start([*CMS, "serve", "--port", str(port)], {**environment(url), **_SETTINGS, **(settings or {})}, log)
    return Server(process, port, log, started)


@contextmanager
def served(url: str, folder: Path, *settings: Mapping[str, str]) -> Iterator[Sequence[Server]]:
    """Servers on one database, each with settings of its own, which all answer; stopped at the end."""
    with ExitStack() as stack:
        servers = []
        for each in settings:
            servers.append(serve(url, folder, each))
            stack.callback(servers[-1].stop)
        for server in servers:
            server.answers()
        yield servers


def follow(url: str, notebook: Path) -> Process:
    """Start a follower that writes into a notebook."""
    command = [sys.executable, "-m", "bench.crash.listening", str(notebook)]
    return Process(_start(command, environment(url), notebook.with_suffix(".log")))


def faults_in(folder: Path) -> list[str]:
    """What the processes whose logs are in a folder took for faults."""
    lines = [line for log in sorted(folder.glob("*.log")) for line in log.read_text(errors="replace").splitlines()]
    return [line for line in lines if _is_fault(line)]


def _start(command: Sequence[str], given: Mapping[str, str], log: Path) -> "subprocess.Popen[bytes]":
    with log.open("ab") as written:
        return subprocess.Popen(command, env=dict(given), cwd=_ROOT, stdout=written, stderr=subprocess.STDOUT)  # noqa: S603 - our own programs


def _is_fault(line: str) -> bool:
    """Whether a line tells of a fault. Lines that are no JSON are uvicorn's, or a traceback's beginning."""
    try:
        return str(json.loads(line)["level"]).lower() in _FAULTS
    except (ValueError, TypeError, KeyError):
        return line.startswith(("Traceback", "ERROR", "CRITICAL"))


def _asked(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_START_SECONDS)
    try:
        connection.request("POST", "/graphql", _QUESTION, {"content-type": "application/json"})
        return connection.getresponse().status == http.client.OK
    except OSError:
        return False
    finally:
        connection.close()


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port
