"""A browser without a window, driven over its DevTools protocol; it opens what we hand it and reaches nothing else.

The one thing to know: every request is held up here. The page itself is answered by us, a link that was clicked gets
"no content" (so that the page stays), and all else is written down and refused. Nothing goes out.
"""

import asyncio
import base64
import json
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any, Final

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from cms.kernel.waking import Alarm

#: Where pages seem to stand; nobody answers there.
HOST: Final = "http://page.test"
_NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "chrome", "chrome-headless-shell")
_OPTIONS: Final = (
    *("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-extensions"),
    # A window that a string opens would stand before ours, whose clock would then strike once a second.
    *("--disable-background-timer-throttling", "--disable-renderer-backgrounding"),
    "--disable-backgrounding-occluded-windows",
    *("--remote-debugging-port=0", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"),
)
_START_SECONDS: Final = 30.0
_ANSWER_SECONDS: Final = 30.0
_LOAD_SECONDS: Final = 15.0
# In every frame, before anything else there runs.
_HIT: Final = "{ const told = globalThis.tell; globalThis.hit = number => told(String(number)); }"
_DOMAINS: Final = ("Page", "Runtime", "Network")


class BrowserFailed(Exception):
    """The browser did not start, or did not do as it was told."""


@dataclass(slots=True)
class Seen:
    """What happened while a page was open.

    Attributes:
        hits: with what `hit` was called: the numbers of strings that were executed.
        alarms: whatever else only a script or a page that is not ours does: dialogs, errors, windows.
        requests: the kind and address of everything that was asked for, beside the page itself.
        moves: where links led that were clicked, and wherever else the page was to go.
    """

    hits: list[str] = field(default_factory=list)
    alarms: list[str] = field(default_factory=list)
    requests: list[tuple[str, str]] = field(default_factory=list)
    moves: list[str] = field(default_factory=list)


def find_browser() -> str | None:
    """The program, or None where none is installed."""
    return next((found for name in _NAMES if (found := shutil.which(name))), None)


@asynccontextmanager
async def browsing(program: str) -> AsyncIterator["Tab"]:
    """A tab of a new browser, without a past and without a future."""
    with tempfile.TemporaryDirectory(prefix="masthead-browser-", ignore_cleanup_errors=True) as folder:
        process = _started([program, *_OPTIONS, f"--user-data-dir={folder}", "about:blank"])
        try:
            async with connect(await _address(Path(folder), process), max_size=None) as connection:
                tab = Tab(connection)
                listening = asyncio.create_task(tab.listen())
                try:
                    await tab.prepare()
                    yield tab
                finally:
                    listening.cancel()
        finally:
            # The group: its own children would go on writing into the folder.
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _started(command: Sequence[str]) -> "subprocess.Popen[bytes]":
    """A process with a group of its own, in which its children are as well."""
    quiet = subprocess.DEVNULL
    return subprocess.Popen(command, stdout=quiet, stderr=quiet, start_new_session=True)  # noqa: S603 - by its path


async def _address(folder: Path, process: "subprocess.Popen[bytes]") -> str:
    """Where it listens, which it writes into its folder."""
    told, until, nothing = folder / "DevToolsActivePort", monotonic() + _START_SECONDS, Alarm()
    while process.poll() is None and monotonic() < until:
        lines = told.read_text().splitlines() if told.exists() else []
        if len(lines) > 1:
            return f"ws://127.0.0.1:{lines[0]}{lines[1]}"
        await nothing.wait(0.02)
    raise BrowserFailed("The browser did not start")


class Tab:
    """One tab. Open a page, look at it, click in it; `seen` is what happened since it was opened."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self._numbers = iter(range(1, 10_000_000))
        self._answers: dict[int, asyncio.Future[Any]] = {}
        self._session: str | None = None
        self._target = ""
        self._page, self._html = "", ""
        self._loaded = asyncio.Event()
        self._tasks: set[asyncio.Task[Any]] = set()
        self.seen = Seen()

    async def prepare(self) -> None:
        """Make the tab, and hold up everything that it asks for."""
        self._target = (await self._ask("Target.createTarget", {"url": "about:blank"}))["targetId"]
        await self._ask("Target.setDiscoverTargets", {"discover": True})
        attached = await self._ask("Target.attachToTarget", {"targetId": self._target, "flatten": True})
        self._session = attached["sessionId"]
        for domain in _DOMAINS:
            await self._ask(f"{domain}.enable")
        await self._ask("Runtime.addBinding", {"name": "tell"})
        await self._ask("Page.addScriptToEvaluateOnNewDocument", {"source": _HIT})
        await self._ask("Fetch.enable", {"patterns": [{"urlPattern": "*"}]})

    async def open(self, name: str, html: str) -> None:
        """Show a page, and wait until it and what it asks for is there or refused."""
        # From nowhere: what the last page still wanted is not this one's, and the same address is loaded anew.
        await self._go("about:blank")
        self.seen = Seen()
        address = f"{HOST}/{name}"
        self._page, self._html = address.partition("#")[0], html
        await self._go(address)

    async def _go(self, address: str) -> None:
        self._loaded.clear()
        await self._ask("Page.navigate", {"url": address})
        try:
            await asyncio.wait_for(self._loaded.wait(), _LOAD_SECONDS)
        except TimeoutError:
            self.seen.alarms.append("the page did not load")

    async def run(self, script: str) -> Any:  # noqa: ANN401 - whatever the script returns
        """What a script of ours returns, once it is done.

        Raises:
            BrowserFailed: it failed.
        """
        given = {"expression": script, "awaitPromise": True, "returnByValue": True, "userGesture": True}
        answer = await self._ask("Runtime.evaluate", given)
        if "exceptionDetails" in answer:
            raise BrowserFailed(str(answer["exceptionDetails"])[:500])
        return answer["result"].get("value")

    async def stop(self) -> None:
        """Have it go nowhere any more: what a click began to ask for was either seen by now, or is never asked for."""
        await self._ask("Page.stopLoading")

    async def listen(self) -> None:
        """Take what the browser says, until it is gone."""
        with suppress(ConnectionClosed):
            async for message in self._connection:
                told = json.loads(message)
                if "id" in told:
                    answer = self._answers.pop(told["id"], None)
                    if answer is not None and not answer.done():
                        answer.set_result(told)
                else:
                    self._hear(told["method"], told.get("params", {}))

    async def _ask(self, method: str, given: Mapping[str, Any] | None = None) -> Any:  # noqa: ANN401 - JSON
        number = next(self._numbers)
        session = {"sessionId": self._session} if self._session else {}
        self._answers[number] = answer = asyncio.get_running_loop().create_future()
        await self._connection.send(json.dumps({"id": number, "method": method, "params": given or {}, **session}))
        told = await asyncio.wait_for(answer, _ANSWER_SECONDS)
        if "error" in told:
            raise BrowserFailed(f"{method}: {told['error']}")
        return told["result"]

    def _hear(self, event: str, told: Mapping[str, Any]) -> None:
        match event:
            case "Runtime.bindingCalled":
                self.seen.hits.append(str(told["payload"]))
            case "Runtime.exceptionThrown":
                self.seen.alarms.append(f"error: {told['exceptionDetails'].get('text')}")
            case "Page.javascriptDialogOpening":
                self.seen.alarms.append(f"dialog: {told['message'][:80]}")
                self._do("Page.handleJavaScriptDialog", {"accept": False})
            case "Target.targetCreated" if told["targetInfo"].get("openerId") == self._target:
                self.seen.alarms.append(f"window: {told['targetInfo']['url'][:80]}")
                self._do("Target.closeTarget", {"targetId": told["targetInfo"]["targetId"]})
            case "Page.loadEventFired":
                self._loaded.set()
            case "Fetch.requestPaused":
                self._answer(told)

    def _answer(self, told: Mapping[str, Any]) -> None:
        """Hand over the page; keep it where it is when it is to go elsewhere; refuse all else."""
        number, kind, address = told["requestId"], told["resourceType"], told["request"]["url"]
        if kind == "Document" and address.partition("#")[0] == self._page:
            body = base64.b64encode(self._html.encode("utf-8", "surrogatepass")).decode()
            headers = [{"name": "content-type", "value": "text/html; charset=utf-8"}]
            given = {"requestId": number, "responseCode": 200, "responseHeaders": headers, "body": body}
            self._do("Fetch.fulfillRequest", given)
        elif kind == "Document" and told["frameId"] == self._target:
            self.seen.moves.append(address)
            self._do("Fetch.fulfillRequest", {"requestId": number, "responseCode": 204})
        else:
            self.seen.requests.append((kind, address))
            self._do("Fetch.failRequest", {"requestId": number, "errorReason": "BlockedByClient"})

    def _do(self, method: str, given: Mapping[str, Any]) -> None:
        """Ask without waiting: whoever listens must not wait for what only listening brings."""

        async def ask() -> None:
            # A request whose page is gone needs no answer.
            with suppress(BrowserFailed, ConnectionClosed, TimeoutError):
                await self._ask(method, given)

        task = asyncio.create_task(ask())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
