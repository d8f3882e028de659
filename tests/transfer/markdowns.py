"""Folders of Markdown for tests: written, brought in, exported, and compared byte for byte."""

from collections.abc import Mapping
from pathlib import Path
from zipfile import ZipFile

from cms.kernel.database import Database, open_database
from cms.kernel.viewer import SYSTEM, Viewer
from cms.tables import MIGRATIONS, MODEL_MODULES
from cms.transfer.importing import Report
from cms.transfer.markdown import Options, export_markdown, import_markdown

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 20

Files = Mapping[str, str | bytes]


def written(folder: Path, files: Files) -> Path:
    """A folder with these files."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def zipped(path: Path, files: Files) -> Path:
    """A zip with these files."""
    with ZipFile(path, "w") as file:
        for name, content in files.items():
            file.writestr(name, content)
    return path


def tree(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, by its path."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


async def bring(
    database: Database, place: Path, store: Path, *, dry_run: bool = False, viewer: Viewer = SYSTEM, zone: str = "UTC"
) -> Report:
    """A folder or zip, imported."""
    return await import_markdown(database, viewer, place, Options(store=store, dry_run=dry_run, time_zone=zone))


async def exported_from(url: str, target: Path, store: Path) -> dict[str, bytes]:
    """What a database exports."""
    async with open_database(url, MODEL_MODULES, MIGRATIONS) as database:
        await export_markdown(database, target, store)
    return tree(target)
