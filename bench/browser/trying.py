"""One run: strings shown carelessly, put through every door of a real server, and into the addresses that it serves."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final
from urllib.parse import quote

import httpx2

from bench.browser.careless import carelessly
from bench.browser.chromium import BrowserFailed, Tab, browsing, find_browser
from bench.browser.doors import Collected, World, put_through
from bench.browser.looking import Finding, Looked, look
from bench.browser.strings import Hostile
from bench.crash.comments.acts import BEHIND_A_PROXY
from bench.crash.comments.campaign import prepare
from bench.crash.comments.memory import Memory
from bench.crash.processes import faults_in, served
from cms.kernel.database import open_database
from cms.kernel.ids import GlobalId, NodeType
from cms.kernel.viewer import SYSTEM
from cms.media.actions import MediaDraft, register_media
from cms.tables import MIGRATIONS, MODEL_MODULES

_OPEN_TO_ALL: Final = {**BEHIND_A_PROXY, "CMS_ENVIRONMENT": "development"}
#: Where a string is put into an address that the server answers; `§` is the string.
_ADDRESSES: Final = (
    "graphql?§",
    "graphql#§",
    "confirm?token=§",
    "unsubscribe?token=§",
    "graphql?query=§",
    "graphql?variables=§",
    "§",
    "media/§",
    "graphql/§",
)
_AS_A_BROWSER: Final = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
#: How many of the addresses at which one and the same page is answered are visited.
_VISITS: Final = 60
_WAIT: Final = 60
#: Of ten strings that are shown carelessly, so many must run, or the harness sees too little.
_HARMFUL: Final = 0.5


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of a run.

    Attributes:
        harm: what was found where the strings were shown carelessly.
        collected: what the API returned.
        looked: what was found in that.
        served: what was found in the pages of the server itself.
        wrong: everything that must not be, in words.
    """

    harm: Looked
    collected: Collected
    looked: Looked
    served: Looked
    wrong: Sequence[str]


async def try_out(url: str, folder: Path, strings: Sequence[Hostile]) -> Tried:
    """Try all of it.

    Args:
        url: an empty database.
        folder: for logs; empty.
        strings: which.

    Raises:
        BrowserFailed: there is none.
    """
    program = find_browser()
    if program is None:
        raise BrowserFailed("There is no Chromium here")
    room = await prepare(url, Memory(), seed=1)
    media = await _picture(url)
    with served(url, folder, _OPEN_TO_ALL) as (server,):
        world = World(server.url, room.secret, room.articles[0], media)
        collected = await put_through(world, strings)
        pages = await _pages(server.url, strings)
    async with browsing(program) as tab:
        harm = await look(tab, [carelessly(each) for each in strings], on_a_page=1, wait=_WAIT)
        looked = await look(tab, collected.outputs)
        visited = await _visited(tab, pages)
    wrong = [*map(str, looked.findings), *map(str, visited.findings), *collected.faults, *faults_in(folder)]
    return Tried(harm, collected, looked, visited, [*too_harmless(strings, harm), *wrong])


def too_harmless(strings: Sequence[Hostile], harm: Looked) -> Iterator[str]:
    """Whether the harness found nothing where there is something."""
    executed = {each.number for each in harm.findings if each.what == "executed"}
    if len(executed) < _HARMFUL * len(strings):
        yield f"only {len(executed)} of {len(strings)} strings run where they are shown carelessly"


async def _picture(url: str) -> str:
    async with open_database(url, MODEL_MODULES, MIGRATIONS) as database:
        digest = sha256(b"a picture").hexdigest()
        draft = MediaDraft(
            filename="harbour.jpg",
            content_type="image/jpeg",
            bytes=9,
            digest=f"sha256:{digest}",
            storage_key=f"{digest}.jpg",
            width=640,
            height=480,
        )
        return str(GlobalId(NodeType.MEDIA, (await register_media(database, SYSTEM, draft)).id))


async def _pages(host: str, strings: Sequence[Hostile]) -> Mapping[str, str]:
    """Every page that the server answers where a string stands in the address; by the address."""
    found: dict[str, str] = {}
    visits: dict[str, int] = {}
    async with httpx2.AsyncClient(base_url=host, headers=_AS_A_BROWSER, timeout=60) as client:
        for string in strings:
            for address in (each.replace("§", quote(string.text, safe="")) for each in _ADDRESSES):
                response = await client.get(f"/{address}")
                page = response.text
                visits[page] = visits.get(page, 0) + 1
                if "html" in response.headers.get("content-type", "") and visits[page] <= _VISITS:
                    found[address] = page
    return found


async def _visited(tab: Tab, pages: Mapping[str, str]) -> Looked:
    """Open pages of the server. They have scripts of their own, which may run, load, and miss what was refused."""
    looked = Looked()
    for address, page in pages.items():
        await tab.open(address, page)
        await tab.run(f"new Promise(done => setTimeout(done, {_WAIT}))")
        looked.pages, looked.outputs = looked.pages + 1, looked.outputs + 1
        alarms = [each for each in tab.seen.alarms if not each.startswith("error")]
        happened = [*(f"executed {each}" for each in tab.seen.hits), *alarms, *tab.seen.moves]
        looked.note([Finding(0, address[:120], what) for what in happened])
    return looked
