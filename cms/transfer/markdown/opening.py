"""Opening what somebody hands in: a folder or a zip of texts."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from zipfile import is_zipfile

from cms.transfer.archives.parts import MANIFEST
from cms.transfer.markdown.errors import Unreadable
from cms.transfer.markdown.folders import FolderPlace
from cms.transfer.markdown.places import Place, is_text
from cms.transfer.markdown.zips import ZipPlace


@contextmanager
def opened(place: Path) -> Iterator[Place]:
    """A folder or a zip, open for reading.

    Raises:
        Unreadable: it is neither, or holds more than is taken.
    """
    if place.is_dir():
        yield FolderPlace(place)
        return
    if not (place.is_file() and is_zipfile(place)):
        raise Unreadable("it is neither a folder nor a zip")
    with place.open("rb") as file:
        yield ZipPlace(file)


def is_markdown(place: Path) -> bool:
    """Whether there are texts in a folder or a zip that is nothing else that Masthead writes."""
    try:
        with opened(place) as found:
            return MANIFEST not in found.sizes and any(map(is_text, found.sizes))
    except Unreadable:
        return False
