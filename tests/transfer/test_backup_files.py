"""A backup's file was written by anybody: what is damaged or made up is refused, and nothing is touched."""

import errno
import hashlib
import io
import shutil
import sqlite3
import zipfile
from collections.abc import Callable, Mapping
from contextlib import closing
from copy import copy
from pathlib import Path
from shutil import copyfile
from typing import Any

import orjson
import pytest

from cms.kernel.ids import new_id
from cms.kernel.secrecy import use_secret
from cms.transfer.archives.archive import Archive, refuse_without_room
from cms.transfer.archives.parts import MANIFEST, is_safe, part_of
from cms.transfer.backup import BadArchive, CannotPack, CannotUnpack
from cms.transfer.backup.manifest import DATABASE
from cms.transfer.backup.manifest import read as read_manifest
from tests.seed.sample import SECRET
from tests.transfer.backups import files_below, give_back, rewrite, take

KEY, PICTURE = "ab/ferry.jpg", b"JFIF" * 1000
Manifest = dict[str, Any]
Parts = dict[str, bytes]


@pytest.fixture(autouse=True)
def _secret() -> None:
    use_secret(SECRET)


def a_site(template: Path, folder: Path, key: str = KEY) -> str:
    """The URL of a database with the row of one picture, at `key` in the media store."""
    path = copyfile(template, folder / "cms.db")
    digest = f"sha256:{hashlib.sha256(PICTURE).hexdigest()}"
    row = (str(new_id()), "2026-01-01T00:00:00.000000Z", 1, "ferry.jpg", key, digest, "image/jpeg", len(PICTURE))
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute(
            "INSERT INTO media (id, created_at, updated_at, version, filename, filename_key, storage_key, digest, "
            "content_type, bytes, alt) VALUES (?1, ?2, ?2, ?3, ?4, ?4, ?5, ?6, ?7, ?8, '')",
            row,
        )
    return f"sqlite://{path}"


@pytest.fixture(scope="module")
def whole(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup of a site that has one picture and nothing else."""
    use_secret(SECRET)
    folder = tmp_path_factory.mktemp("whole")
    (folder / "media" / "ab").mkdir(parents=True)
    (folder / "media" / KEY).write_bytes(PICTURE)
    take(a_site(sqlite_template, folder), folder / "media", folder / "site.backup")
    return folder / "site.backup"


@pytest.fixture
def file(whole: Path, tmp_path: Path) -> Path:
    """A copy of it, to be damaged."""
    (tmp_path / "place").mkdir()
    return Path(copyfile(whole, tmp_path / "site.backup"))


def refused(file: Path, match: str, error: type[Exception] = BadArchive) -> None:
    """Expect that a file is refused, and that nothing lies afterwards where it would have been restored."""
    place = file.parent / "place"
    before = files_below(place)
    with pytest.raises(error, match=match):
        give_back(file, f"sqlite://{place / 'cms.db'}", place / "media")
    assert files_below(place) == before


def test_the_file_is_whole_as_long_as_nobody_changes_it(file: Path) -> None:
    """The refusals below would be of every file."""
    place = file.parent / "place"
    rewrite(file, lambda parts: parts)
    restored = give_back(file, f"sqlite://{place / 'cms.db'}", place / "media")
    assert (restored.media, files_below(place / "media")) == (1, {KEY: PICTURE})
    assert (place / "cms.db").stat().st_mode & 0o777 == 0o600


def test_a_file_that_was_cut_off_is_refused(file: Path) -> None:
    """A disk was full, or a copy to another machine ended early."""
    content = file.read_bytes()
    for kept in (0, 10, len(content) // 2, len(content) - 1):
        file.write_bytes(content[:kept])
        refused(file, "The file is not whole")


def test_a_part_that_was_changed_is_refused(file: Path) -> None:
    """A zip's own checksum is made anew by whoever changes it; and a lost bit has none."""
    with zipfile.ZipFile(file) as archive:
        names = archive.namelist()
        places = [(entry.header_offset + 100, entry.filename) for entry in archive.infolist()]
    assert sorted(names) == ["database", MANIFEST, f"media/{KEY}"]
    content = file.read_bytes()
    for place, _ in places:
        file.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
        refused(file, "The file is ")
    for name in ("database", f"media/{KEY}"):
        file.write_bytes(content)
        rewrite(file, lambda parts, name=name: {**parts, name: parts[name][:-1] + b"?"})  # type: ignore[misc] # the loop's, bound
        refused(file, f"The file is damaged: {name} is not what was put into it")
    file.write_bytes(content)
    rewrite(file, lambda parts: {**parts, "database": parts["database"][:-1]})
    refused(file, "it does not hold what its manifest says")


def test_only_what_the_manifest_names_may_be_in_it(file: Path) -> None:
    """Something is missing, was added, or stands there twice."""
    content = file.read_bytes()
    changes: list[Callable[[Parts], Mapping[str, bytes]]] = [
        lambda parts: {**parts, "media/extra.jpg": b"?"},
        lambda parts: {name: part for name, part in parts.items() if name != f"media/{KEY}"},
        lambda parts: {name: part for name, part in parts.items() if name != MANIFEST},
        lambda parts: {**parts, MANIFEST: b"[]"},
        lambda parts: {**parts, MANIFEST: b"\xff"},
    ]
    for change in changes:
        file.write_bytes(content)
        rewrite(file, change)
        refused(file, "The file is (not whole|something else): it(s manifest cannot| does not hold| has no manifest)")
    file.write_bytes(content)
    with zipfile.ZipFile(file, "a") as archive, pytest.warns(UserWarning, match="Duplicate name"):
        archive.writestr("database", b"another")
    refused(file, "it does not hold what its manifest says")


def test_a_part_that_is_packed_otherwise_is_not_unpacked(file: Path) -> None:
    """Other ways to pack ask for as much memory as the file says, and fail in words that nothing here knows."""
    content = file.read_bytes()
    for way in (zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        file.write_bytes(content)
        rewrite(file, lambda parts: parts, compression=way)
        refused(file, "The file is something else: its parts are packed in another way")
        with zipfile.ZipFile(file) as archive:
            begins = archive.getinfo(MANIFEST).header_offset
        packed = file.read_bytes()
        file.write_bytes(packed[: begins + 60] + bytes([packed[begins + 60] ^ 255]) + packed[begins + 61 :])
        refused(file, "The file is something else: its parts are packed in another way")


def test_a_manifest_without_end_is_not_read(file: Path) -> None:
    """A gigabyte of spaces packs to a megabyte, and is read whole before anything can be compared."""
    rewrite(file, lambda parts: {**parts, MANIFEST: parts[MANIFEST] + b" " * 2**26}, compression=zipfile.ZIP_DEFLATED)
    refused(file, "The file is something else: it has no manifest")


def test_parts_whose_names_differ_in_case_alone_are_refused(file: Path) -> None:
    """On some systems they are one file, and the second would be written over the first."""
    twin = f"media/{KEY.upper()}"
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr(twin, PICTURE)
    _tell(file, lambda told: told["parts"].append({**told["parts"][1], "name": twin}), {})
    refused(file, "The file is something else: it names a part twice")


def test_a_part_that_would_begin_before_the_file_is_refused(file: Path) -> None:
    """The system calls that a wrong argument, and not a wrong disk."""
    with zipfile.ZipFile(file) as archive:
        begins = archive.getinfo(MANIFEST).header_offset
    content = file.read_bytes()
    # Where the list says that it stands: whatever is before it is looked for as much earlier as this is too late.
    at = content.rindex(b"PK\x05\x06") + 16
    further = int.from_bytes(content[at : at + 4], "little") + begins + 1
    file.write_bytes(content[:at] + further.to_bytes(4, "little") + content[at + 4 :])
    refused(file, "The file is not whole")


class _Failing(io.FileIO):
    """A file on a disk that gives nothing out any more, once it has `failed`."""

    failed = False

    def readinto(self, into: Any, /) -> int | None:  # noqa: ANN401 - any buffer
        if self.failed:
            raise OSError(errno.EIO, "Input/output error")
        return super().readinto(into)


def test_a_disk_that_gives_nothing_out_is_no_damage(file: Path, sqlite_template: Path) -> None:
    """Whoever reads that the file is damaged throws it away, when only a cable was loose."""
    with _Failing(file) as disk, io.BufferedReader(disk) as read:
        archive = Archive(read, read_manifest)
        disk.failed = True
        with pytest.raises(CannotUnpack, match=r"The file could not be read: input/output error\."):
            list(archive.chunks(part_of(archive.manifest, DATABASE)))
    refused(file.parent, "The file could not be read: is a directory", CannotUnpack)

    # A file of this process's memory, of which the system gives the first bytes to nobody.
    (file.parent / "media" / "ab").mkdir(parents=True)
    (file.parent / "media" / KEY).symlink_to("/proc/self/mem")
    url = a_site(sqlite_template, file.parent)
    with pytest.raises(CannotPack, match=rf"The file {KEY} of the media store could not be read: input/output error"):
        take(url, file.parent / "media", file.parent / "another.backup")
    assert not (file.parent / "another.backup").exists()


def test_a_row_that_names_a_place_outside_the_store_is_not_followed(file: Path, sqlite_template: Path) -> None:
    """The secrets of the machine would be in every backup, under the name of a picture."""
    (file.parent / "media").mkdir()
    (file.parent / "secret").write_bytes(PICTURE)
    url = a_site(sqlite_template, file.parent, "../secret")
    with pytest.raises(CannotPack, match="A medium names a place outside the media store"):
        take(url, file.parent / "media", file.parent / "another.backup")
    assert not (file.parent / "another.backup").exists()


def test_what_was_written_there_meanwhile_stays(file: Path, sqlite_template: Path) -> None:
    """A server that was started too early, while the files came back, would lose what it was told."""
    place = file.parent / "place" / "cms.db"

    def tell(done: int, total: int, what: str) -> None:
        if (done, what) == (total, "media"):
            a_site(sqlite_template, place.parent)

    with pytest.raises(CannotUnpack, match="holds content, which a restore would replace"):
        give_back(file, f"sqlite://{place}", file.parent / "media", tell=tell)
    with closing(sqlite3.connect(place)) as connection:
        assert connection.execute("SELECT storage_key FROM media").fetchall() == [(KEY,)]


def test_without_room_nothing_is_begun(file: Path, sqlite_template: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that is full in the middle stops the database that it holds as well."""
    url = a_site(sqlite_template, file.parent)
    monkeypatch.setattr(shutil, "disk_usage", lambda _folder: shutil._ntuple_diskusage(2, 1, 1))
    refused(file, r"There is no room in .*: 4,000 bytes are needed, and 1 are free")
    with pytest.raises(CannotPack, match="There is no room in "):
        take(url, file.parent / "media", file.parent / "another.backup")
    assert not (file.parent / "another.backup").exists()


HOSTILE = (
    "../cms.db",
    "media/../../cms.db",
    "/etc/cron.d/x",
    "media//x",
    "media/./x",
    "media/",
    "media\\..\\x",
    "C:x",
    "media/a\x00b",
    "media/x:stream",
)


def test_names_that_lead_elsewhere_are_refused(file: Path) -> None:
    """A file that is unpacked where it says would replace any file that the user may write."""
    content = file.read_bytes()
    for name in HOSTILE:
        file.write_bytes(content)
        _tell(file, lambda told, name=name: told["parts"][1].update(name=name), {f"media/{KEY}": name})  # type: ignore[misc] # as above
        refused(file, "The file is (no|something) ")
        assert not is_safe(name)
    assert not is_safe("")
    assert all(map(is_safe, ("database", "media/ab/ferry.jpg", "media/..ab/…", "media/a b")))


def test_a_link_in_the_media_folder_is_not_followed_out_of_it(file: Path) -> None:
    """What is restored would be written wherever the link leads."""
    (file.parent / "outside").mkdir()
    (file.parent / "place" / "media").mkdir()
    (file.parent / "place" / "media" / "ab").symlink_to(file.parent / "outside")
    refused(file, "leads out of the media folder", CannotUnpack)
    assert files_below(file.parent / "outside") == {}


def test_another_file_in_the_place_of_a_picture_stays(file: Path) -> None:
    """Somebody else's file would be gone."""
    (file.parent / "place" / "media" / "ab").mkdir(parents=True)
    (file.parent / "place" / "media" / KEY).write_bytes(b"another")
    refused(file, "is there already, and is another file", CannotUnpack)


def test_a_file_that_would_fill_the_disk_is_refused(file: Path) -> None:
    """A small file that unpacks to more than there is room for ends everything else on the machine."""
    content = file.read_bytes()
    _tell(file, lambda told: told["parts"][1].update(bytes=2**60), {})
    refused(file, "it does not hold what its manifest says")
    with pytest.raises(BadArchive, match=r"There is no room in .*: 1,152,921,504,606,846,976 bytes are needed"):
        refuse_without_room([(file.parent, 2**60)], BadArchive)

    # Parts that share their bytes: each is what it says, and together they are more than the file.
    file.write_bytes(content)
    twins = [f"media/{number}" for number in range(3)]
    _tell(file, lambda told: told["parts"].extend({**told["parts"][0], "name": twin} for twin in twins), {})
    with zipfile.ZipFile(file, "a") as archive:
        for twin in twins:
            shared = copy(archive.getinfo("database"))
            shared.filename = twin
            archive.filelist.append(shared)
        archive.comment = b"so that the list is written anew"
    refused(file, "it does not hold what its manifest says")


def test_what_a_newer_version_took_is_left_to_it(file: Path) -> None:
    """Half of what it says would be understood."""
    content = file.read_bytes()
    _tell(file, lambda told: told.update(format=2, parts="otherwise"), {})
    refused(file, "A newer Masthead made this backup")
    file.write_bytes(content)
    _tell(file, lambda told: told["migrations"].append("0999_later"), {})
    refused(file, "has newer tables: use that version")


def test_a_manifest_that_does_not_fit_its_database_is_refused(file: Path) -> None:
    """Each part may be intact, and of another evening."""
    content = file.read_bytes()
    _tell(file, lambda told: told["tables"][0].update(rows=1), {})
    refused(file, "its tables do not hold what it says")
    file.write_bytes(content)
    _tell(file, lambda told: told["tables"][0].update(name='x"; DROP TABLE media'), {})
    refused(file, "it names a table that there cannot be")
    file.write_bytes(content)
    _tell(file, lambda told: told["migrations"].pop(), {})
    refused(file, "its tables do not hold what it says")


def _tell(file: Path, change: Callable[[Manifest], object], names: Mapping[str, str]) -> None:
    """Let a manifest tell something else, and parts have other names, with everything else as it should be."""

    def changed(parts: Parts) -> Parts:
        told = orjson.loads(parts[MANIFEST])
        told["parts"].sort(key=lambda part: part["name"])
        change(told)
        return {**{names.get(name, name): part for name, part in parts.items()}, MANIFEST: orjson.dumps(told)}

    rewrite(file, changed)
