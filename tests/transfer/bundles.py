"""What the tests of bundles share: ways to make them, to change them as a stranger would, and to bring them in."""

import asyncio
import hashlib
import shutil
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import orjson
import pytest

from cms.disclaimers.models import PolicyKind, PolicyVersion
from cms.disclaimers.policies import PolicyRevision, revise_policy
from cms.kernel.database import Database
from cms.kernel.viewer import SYSTEM
from cms.media.texts import RichTextInput
from cms.transfer.archives.parts import MANIFEST
from cms.transfer.bundle import Exported, export_bundle, import_bundle
from cms.transfer.bundle.manifest import part_name
from cms.transfer.importing import Report
from tests.databases import name_of, postgres_database
from tests.transfer.backups import OPENING, rewrite

Row = dict[str, Any]
Tables = dict[str, list[Row]]
Parts = dict[str, bytes]
Manifest = dict[str, Any]

#: What is counted in other rows: all that an import may touch of what is here.
COUNTED: Final = frozenset({"comment_count", "article_count", "reply_count", "is_listed"})


@dataclass(frozen=True, slots=True)
class Place:
    """A site: its database, and the folder that its files lie in."""

    url: str
    folder: Path

    @property
    def media(self) -> Path:
        """Where its files are."""
        return self.folder / "media"

    def bundle(self) -> Path:
        """A bundle of it as it is now."""
        take_out(self.url, self.media, self.folder / "site.zip")
        return self.folder / "site.zip"


@contextmanager
def copied(one: Place, folder: Path, request: pytest.FixtureRequest) -> Iterator[Place]:
    """A site that says the same, in a folder of its own."""
    folder.mkdir()
    if one.media.exists():
        shutil.copytree(one.media, folder / "media")
    if one.url.startswith("sqlite"):
        copy = shutil.copyfile(one.url.removeprefix("sqlite://"), folder / "cms.db")
        yield Place(f"sqlite://{copy}", folder)
        return
    with postgres_database(request.getfixturevalue("postgres_url"), name_of(one.url)) as url:
        yield Place(url, folder)


def take_out(url: str, media: Path, target: Path, **given: Any) -> Exported:  # noqa: ANN401 - what `export_bundle` takes
    """A bundle of a site."""

    async def taken() -> Exported:
        async with OPENING(url) as database:
            return await export_bundle(database, media, target, **given)

    return asyncio.run(taken())


def bring_in(url: str, file: Path, media: Path, **given: Any) -> Report:  # noqa: ANN401 - what `import_bundle` takes
    """A bundle, brought into a database that has its tables."""

    async def brought() -> Report:
        async with OPENING(url) as database:
            return await import_bundle(database, SYSTEM, file, media, **given)

    return asyncio.run(brought())


def counts_of(report: Report) -> dict[str, dict[str, int]]:
    """How much of what came to what, without what came to nothing."""
    record: Any = report.to_record()["counts"]
    return {kind: {what: number for what, number in count.items() if number} for kind, count in record.items()}


def change_parts(file: Path, change: Callable[[Manifest, Parts], object], **options: Any) -> None:  # noqa: ANN401 - those of a zip
    """Change what a bundle holds and says, with every size and digest as it should be."""

    def changed(parts: Parts) -> Mapping[str, bytes]:
        told = orjson.loads(parts.pop(MANIFEST))
        change(told, parts)
        told["parts"] = [
            {"name": name, "bytes": len(content), "digest": f"sha256:{hashlib.sha256(content).hexdigest()}"}
            for name, content in parts.items()
        ]
        return {**parts, MANIFEST: orjson.dumps(told)}

    rewrite(file, changed, **options)


def change_rows(file: Path, change: Callable[[Tables], object]) -> None:
    """Change rows of a bundle, with every number, size and digest as it should be."""

    def changed(told: Manifest, parts: Parts) -> None:
        tables = {each["name"]: [orjson.loads(line) for line in _lines(parts, each["name"])] for each in told["tables"]}
        change(tables)
        for each in told["tables"]:
            rows = tables[each["name"]]
            parts[part_name(each["name"])] = b"".join(orjson.dumps(row) + b"\n" for row in rows)
            each["rows"] = len(rows)

    change_parts(file, changed)


async def temporary_tables(database: Database) -> list[str]:
    """The tables that only this connection sees."""
    listed = {
        "sqlite": "SELECT name FROM sqlite_temp_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'",
        "postgres": "SELECT relname AS name FROM pg_class WHERE relpersistence = 't' AND relkind = 'r'",
    }
    return sorted(row["name"] for row in await database.connection.execute_query_dict(listed[database.dialect]))


def _lines(parts: Parts, table: str) -> list[bytes]:
    return parts[part_name(table)].splitlines()


def lines_in(file: Path) -> dict[str, set[bytes]]:
    """The lines of a bundle, by table."""
    with zipfile.ZipFile(file) as archive:
        told = orjson.loads(archive.read(MANIFEST))
        return {each["name"]: set(archive.read(part_name(each["name"])).splitlines()) for each in told["tables"]}


def rows_of(file: Path) -> Tables:
    """The rows of a bundle, by table."""
    return {name: [orjson.loads(line) for line in lines] for name, lines in lines_in(file).items()}


def without_counts(tables: Tables) -> set[str]:
    """Rows to be compared: each with its table, and without what is counted in other rows; the log is left out."""
    return {
        f"{name} {orjson.dumps({key: value for key, value in row.items() if key not in COUNTED}).decode()}"
        for name, rows in tables.items()
        if name != "event"
        for row in rows
    }


async def revise_terms(database: Database, says: str) -> PolicyVersion:
    """The next version of the terms."""
    body = RichTextInput(markdown=says)
    revision = PolicyRevision(kind=PolicyKind.TERMS, title="House rules", body=body, acceptance_text="I agree.")
    return await revise_policy(database, SYSTEM, revision)
