"""Media: what is known of a file."""

from dataclasses import replace

import pytest

from cms.kernel.database import Database
from cms.kernel.errors import (
    AlreadyExists,
    DomainError,
    InvalidInput,
    NotAllowed,
    NotFound,
    StateConflict,
    VersionConflict,
)
from cms.kernel.ids import new_id
from cms.kernel.viewer import ANONYMOUS
from cms.media.actions import (
    FocalPoint,
    MediaChange,
    MediaDraft,
    SuppliedFile,
    TooLarge,
    register_media,
    supply_file,
    update_media,
)
from cms.media.models import Media
from tests.articles.world import WRITER, every_row, told


def a_file(storage_key: str = "ferry.jpg", **given: object) -> MediaDraft:
    """An image of the ferry."""
    facts: dict[str, object] = {
        "filename": "Ferry.JPG",
        "content_type": "image/jpeg",
        "bytes": 2**31 - 1,
        "digest": "sha256:" + "a" * 64,
        "width": 800,
        "height": 600,
    }
    return MediaDraft(storage_key=storage_key, **(facts | given))  # type: ignore[arg-type]  # the draft's own fields, passed on


@pytest.mark.asyncio
async def test_a_file_is_known_as_it_is(database: Database) -> None:
    """A size or a focal point that is lost shows the wrong part of an image."""
    media = await register_media(database, WRITER, a_file(alt=" A ferry ", focal_point=FocalPoint(0, 1)))

    stored = await Media.get(id=media.id)
    assert (stored.filename, stored.filename_key, stored.bytes) == ("Ferry.JPG", "ferry.jpg", 2147483647)
    assert (stored.alt, stored.focal_x, stored.focal_y, stored.version) == ("A ferry", 0.0, 1.0, 1)
    assert await told() == {"MEDIA_CHANGED": 1}


@pytest.mark.asyncio
async def test_what_is_said_of_it_can_be_changed(database: Database) -> None:
    """A change must reach what it names, and nothing else."""
    media = await register_media(database, WRITER, a_file(alt="A ferry", credit="Harbour Press"))

    change = MediaChange(media_id=media.id, expected_version=1, alt=None, focal_point=FocalPoint(0.5, 0.5))
    media = await update_media(database, WRITER, change)

    assert (media.alt, media.credit, media.focal_x, media.version) == ("", "Harbour Press", 0.5, 2)
    with pytest.raises(VersionConflict):
        await update_media(database, WRITER, change)


@pytest.mark.asyncio
async def test_refusals_change_nothing(database: Database) -> None:
    """Half of a refused write is worse than the whole of it."""
    await register_media(database, WRITER, a_file())
    before = await every_row(database)

    refused: list[tuple[MediaDraft, type[DomainError], tuple[str, ...]]] = [
        (a_file(), AlreadyExists, ("storageKey",)),
        (a_file("b", bytes=2**31), TooLarge, ("bytes",)),
        (a_file("b", width=None), InvalidInput, ("width",)),
        (a_file("b", digest="md5:1"), InvalidInput, ("digest",)),
        (a_file("b", content_type="text/html; charset=x"), InvalidInput, ("contentType",)),
        (a_file("b", focal_point=FocalPoint(1.1, 0)), InvalidInput, ("focalPoint",)),
        (a_file("b", filename=""), DomainError, ("filename",)),
    ]
    for draft, error, path in refused:
        with pytest.raises(error) as told_:
            await register_media(database, WRITER, draft)
        assert told_.value.path == path
    with pytest.raises(NotAllowed):
        await register_media(database, ANONYMOUS, a_file("b"))

    assert await every_row(database) == before


@pytest.mark.asyncio
async def test_a_file_that_comes_later_comes_once(database: Database) -> None:
    """Whoever keeps a copy would show nothing for ever, or another picture than the one that was named."""
    media = await register_media(database, WRITER, a_file(bytes=0, content_type="application/octet-stream"))
    file = SuppliedFile(content_type="image/png", bytes=28, digest="sha256:" + "b" * 64)
    before = await every_row(database)
    refused: list[tuple[SuppliedFile, str]] = [
        (replace(file, bytes=2**31), "bytes"),
        (replace(file, content_type="picture"), "contentType"),
        (replace(file, digest="b" * 64), "digest"),
    ]
    for bad, path in refused:
        with pytest.raises(DomainError) as told_of:
            await supply_file(database, WRITER, media.id, bad)
        assert told_of.value.path == (path,)
    with pytest.raises(NotAllowed):
        await supply_file(database, ANONYMOUS, media.id, file)
    with pytest.raises(NotFound):
        await supply_file(database, WRITER, new_id(), file)
    assert await every_row(database) == before

    supplied = await supply_file(database, WRITER, media.id, file)

    stored = await Media.get(id=media.id)
    assert (stored.content_type, stored.bytes, stored.digest) == (file.content_type, file.bytes, file.digest)
    assert (stored.version, supplied.version, stored.storage_key) == (2, 2, "ferry.jpg")
    assert await told() == {"MEDIA_CHANGED": 2}
    with pytest.raises(StateConflict):
        await supply_file(database, WRITER, media.id, replace(file, bytes=29))
    assert (await Media.get(id=media.id)).bytes == 28
