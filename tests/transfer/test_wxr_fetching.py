"""Files of attachments, fetched from a server on this machine: what they are is looked at, where they lie is ours."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from cms.kernel.database import Database
from cms.kernel.errors import StateConflict
from cms.kernel.viewer import SYSTEM
from cms.media.actions import SuppliedFile, supply_file
from cms.media.models import Media
from cms.transfer.importing import Count
from cms.transfer.wxr.fetching import content_type_of
from cms.transfer.wxr.job import Options
from tests.articles.world import every_row
from tests.lines import answering
from tests.transfer.exports import attachment, bring, item, written
from tests.transfer.world import a_site

pytestmark = pytest.mark.asyncio

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 20
ANSWERS = {
    "/lamp.png": b"HTTP/1.1 200 OK\r\nContent-Length: 28\r\n\r\n" + PNG,
    "/page.png": b"HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n<html>no</html>",
    "/moved.png": b"HTTP/1.1 302 Found\r\nLocation: /lamp.png\r\nContent-Length: 0\r\n\r\n",
}
SAME = SuppliedFile(content_type="image/png", bytes=28, digest=f"sha256:{'0' * 64}")
# With a picture that says so, which is not the one that was asked for.
GONE = b"HTTP/1.1 404 Not Found\r\nContent-Length: 28\r\n\r\n" + PNG


@asynccontextmanager
async def _serving(heard: list[str]) -> AsyncIterator[str]:
    """A server with `ANSWERS`; what it was asked for stands in `heard`."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        path = (await reader.readuntil(b"\r\n\r\n")).split(b" ")[1].decode()
        heard.append(path)
        writer.write(ANSWERS.get(path, GONE))
        writer.close()

    async with answering(serve) as port:
        yield f"http://127.0.0.1:{port}"


async def test_files_are_fetched_only_when_asked_for_and_once(database: Database, tmp_path: Path) -> None:
    """A server of somebody else's is asked only by somebody who wants that, and never twice for the same."""
    await a_site(database)
    heard: list[str] = []
    store = tmp_path / "media"
    near = Options(store=store, reaches_loopback=True)
    async with _serving(heard) as server:
        paths = ("lamp.png", "page.png", "moved.png", "gone.png")
        files = [attachment(20 + number, f"{server}/{path}") for number, path in enumerate(paths)]
        path = written(tmp_path, item(1), *files)
        unasked = await bring(database, path)
        before = await every_row(database)
        rehearsed = await bring(database, path, replace(near, dry_run=True))
        refused = await bring(database, path, Options(store=store))
        assert (heard, await every_row(database), store.exists()) == ([], before, False)

        fetched = await bring(database, path, near)
        again = await bring(database, path, near)

    assert unasked.counts["files"] == Count(skipped=4)
    assert rehearsed.counts["files"] == Count(created=4)
    assert refused.counts["files"] == Count(refused=4)
    assert refused.refusals[0] == "The file of attachment 20 was not fetched: The host is not on the public internet."
    assert fetched.counts["files"] == Count(created=1, refused=3)
    assert again.counts["files"] == Count(unchanged=1, refused=3)
    assert [refusal.partition("fetched: ")[2] for refusal in fetched.refusals] == [
        "it is of no type that is taken.",
        "the answer was 302.",
        "the answer was 404.",
    ]
    assert sorted(heard) == sorted([f"/{path}" for path in paths] + [f"/{path}" for path in paths[1:]])
    lamp = await Media.get(source_id="old.example/blog#attachment-20")
    with pytest.raises(StateConflict):
        await supply_file(database, SYSTEM, lamp.id, replace(SAME, bytes=29))
    assert (lamp.bytes, lamp.content_type, lamp.version) == (28, "image/png", 2)
    assert [(each.name, each.read_bytes()) for each in store.rglob("*") if each.is_file()] == [
        (Path(lamp.storage_key).name, PNG)
    ]


async def test_types_are_found_by_content() -> None:
    """A page that calls itself an image would be served as one of ours."""
    assert content_type_of(b"\xff\xd8\xff\xe0") == "image/jpeg"
    assert content_type_of(b"RIFF....WEBPVP8 ") == "image/webp"
    assert content_type_of(b"....ftypM4A ") == "audio/mp4"
    assert [content_type_of(each) for each in (b"", b"<svg>", b"<!doctype html>", b"MZ")] == [None] * 4
