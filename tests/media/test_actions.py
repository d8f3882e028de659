"""Media: what is known of a file."""

import pytest

from cms.kernel.database import Database
from cms.kernel.errors import AlreadyExists, DomainError, InvalidInput, NotAllowed, VersionConflict
from cms.kernel.viewer import ANONYMOUS
from cms.media.actions import FocalPoint, MediaChange, MediaDraft, TooLarge, register_media, update_media
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
