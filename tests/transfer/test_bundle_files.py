"""A bundle was written by anybody: what is damaged or made up is refused, or harmless, and nothing else is touched."""

import re
import shutil
import sqlite3
import zipfile
from collections.abc import Callable, Mapping
from datetime import MAXYEAR, MINYEAR, UTC, datetime
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any, Final

import orjson
import pytest
from tortoise.fields import BooleanField
from tortoise.fields.data import BigIntField, CharEnumFieldInstance, IntField

from cms.authors.models import Author
from cms.comments.models import Comment
from cms.kernel.database import Database
from cms.kernel.errors import NotAllowed
from cms.kernel.fields import IdField, JsonTextField, TimeField
from cms.kernel.secrecy import use_secret
from cms.kernel.text import fold
from cms.kernel.viewer import SYSTEM, Scope, Viewer
from cms.richtext import from_blocks, render
from cms.topics.actions import TopicDraft, create_topic
from cms.topics.models import Topic
from cms.transfer.archives.archive import kind_of_file
from cms.transfer.archives.errors import BadArchive
from cms.transfer.archives.parts import MANIFEST, Kind
from cms.transfer.bundle import import_bundle
from cms.transfer.bundle.manifest import Table, part_name
from cms.transfer.bundle.reading import LONGEST_LINE, lines_of, reader_of
from cms.transfer.bundle.rows import columns_of, is_json
from cms.transfer.bundle.tables import BY_NAME, KEPT, Kept
from tests.databases import run
from tests.seed.sample import SECRET, load
from tests.transfer.backups import files_below, found_in, give_back, rewrite, rows_in, take, within
from tests.transfer.bundles import (
    Manifest,
    Parts,
    Tables,
    bring_in,
    change_parts,
    change_rows,
    take_out,
    temporary_tables,
)

NOWHERE: Final = "01900000-0000-7000-8000-000000000000"
#: Columns that lead whoever reads a page somewhere.
ADDRESSES: Final = frozenset(
    {"url", "website", "author_url", "preview_url", "seo_canonical_url", "copyright_license_url", "target"}
)
WORDS: Final = "'); DROP TABLE topic; -- \" ` $1 ? {} % \\"


@pytest.fixture(scope="module")
def whole(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle of the sample, with all that people sign in with."""
    use_secret(SECRET)
    folder = tmp_path_factory.mktemp("whole")
    url = f"sqlite://{shutil.copyfile(sqlite_template, folder / 'cms.db')}"
    run(load(url, folder / "media"))
    take_out(url, folder / "media", folder / "site.zip", with_credentials=True)
    return folder / "site.zip"


@pytest.fixture(autouse=True)
def _ready(whole: Path) -> None:
    """The process has its key, and models that know each other: they do once a database was opened."""
    assert whole.exists()
    use_secret(SECRET)


@pytest.fixture
def file(whole: Path, tmp_path: Path) -> Path:
    """A copy of it, to be damaged."""
    return Path(shutil.copyfile(whole, tmp_path / "site.zip"))


@pytest.fixture
def place(sqlite_template: Path, tmp_path: Path) -> Path:
    """The folder of an empty site, which keeps its database and its files there."""
    (tmp_path / "place").mkdir()
    shutil.copyfile(sqlite_template, tmp_path / "place" / "cms.db")
    return tmp_path / "place"


def refused(file: Path, place: Path, match: str, error: type[Exception] = BadArchive) -> None:
    """Expect that a file is refused, and that nothing is there afterwards that was not there before."""
    url = f"sqlite://{place / 'cms.db'}"
    with pytest.raises(error, match=match):
        bring_in(url, file, place / "media")
    assert not any(rows_in(url).values())
    assert not (place / "media").exists()


def told(file: Path, change: Callable[[Manifest], object]) -> None:
    """Let the manifest tell something else, with everything else as it should be."""
    change_parts(file, lambda manifest, _: change(manifest))


def of(manifest: Manifest, name: str) -> Any:  # noqa: ANN401 - JSON
    """What a manifest tells of a table."""
    (found,) = [each for each in manifest["tables"] if each["name"] == name]
    return found


def test_the_file_is_whole_as_long_as_nobody_changes_it(file: Path, place: Path) -> None:
    """The refusals below would be of every file."""
    change_rows(file, lambda tables: tables)
    report = bring_in(f"sqlite://{place / 'cms.db'}", file, place / "media")
    assert (report.counts["articles"].created, report.failed) == (18, False)
    assert (len(files_below(place / "media")), found_in(f"sqlite://{place / 'cms.db'}", place)) == (6, [])


def test_a_file_that_was_cut_off_is_refused(file: Path, place: Path) -> None:
    """A download ended early, and half a magazine would be taken for all of it."""
    content = file.read_bytes()
    for kept in (0, 10, len(content) // 2, len(content) - 1):
        file.write_bytes(content[:kept])
        refused(file, place, "The file is not whole")


def test_every_part_has_to_be_what_was_put_into_it(file: Path, place: Path) -> None:
    """Somebody who sends a bundle on would put words into the mouths of others."""
    content = file.read_bytes()
    with zipfile.ZipFile(file) as archive:
        sizes = {entry.filename: entry.file_size for entry in archive.infolist() if entry.filename != MANIFEST}
    assert len(sizes) == len(KEPT) + 6
    for name in (name for name, size in sizes.items() if size):
        file.write_bytes(content)
        rewrite(file, lambda parts, name=name: {**parts, name: parts[name][:-1] + b" "})  # type: ignore[misc] # the loop's, bound
        refused(file, place, f"The file is damaged: {name} is not what was put into it")
    changes: list[Callable[[Parts], Mapping[str, bytes]]] = [
        lambda parts: {**parts, "tables/topic.jsonl": parts["tables/topic.jsonl"][:-1]},
        lambda parts: {**parts, "tables/webhook.jsonl": b"{}\n"},
        lambda parts: {**parts, "tables/more.jsonl": b""},
        lambda parts: {name: part for name, part in parts.items() if name != "tables/topic.jsonl"},
    ]
    for change in changes:
        file.write_bytes(content)
        rewrite(file, change)
        refused(file, place, "it does not hold what its manifest says")


def test_a_file_of_the_other_kind_is_refused(file: Path, place: Path, sqlite_template: Path) -> None:
    """A backup is for the database that it was taken of; whoever takes one for the other is told which verb to use."""
    refused_by_restore = file.parent / "elsewhere.db"
    with pytest.raises(BadArchive, match="This is a bundle, which `cms import` brings in"):
        give_back(file, f"sqlite://{refused_by_restore}", place / "media")
    assert not refused_by_restore.exists()
    backup = file.parent / "site.backup"
    take(f"sqlite://{sqlite_template}", file.parent / "nothing", backup)
    refused(backup, place, "This is a backup, which `cms restore` gives back")
    assert (kind_of_file(file), kind_of_file(backup), kind_of_file(sqlite_template)) == (Kind.BUNDLE, Kind.BACKUP, None)


MANIFESTS: Final[tuple[tuple[Callable[[Manifest], object], str], ...]] = (
    (lambda each: each.update(format=2, tables="otherwise"), "A newer Masthead made this bundle: use that version"),
    (lambda each: each.update(tables={}), "its manifest cannot be read"),
    (lambda each: each.pop("content"), "its manifest cannot be read"),
    (lambda each: each["tables"].append(each["tables"][0]), "it names a table twice"),
    (lambda each: each["tables"].append({"name": "moon", "rows": 0, "columns": []}), r"A newer Masthead .*\(moon\)"),
    (lambda each: of(each, "topic").update(name='topic"; DROP TABLE topic; --'), r"A newer Masthead made this bundle"),
    (lambda each: of(each, "topic")["columns"].append("mood"), r"A newer Masthead .*\(topic: mood\)"),
    (lambda each: of(each, "topic")["columns"].append('id" = 1; --'), r"A newer Masthead made this bundle \(topic: id"),
    (lambda each: of(each, "comment")["columns"].append("body_html"), r"A newer Masthead .*\(comment: body_html\)"),
    (lambda each: of(each, "event")["columns"].append("transaction_id"), r"A newer Masthead .*: transaction_id\)"),
    (lambda each: of(each, "topic")["columns"].append("name"), "it names a column of topic twice"),
    (lambda each: of(each, "topic")["columns"].remove("name"), "topic has no name"),
    (lambda each: of(each, "topic")["columns"].remove("parent_id"), "Line 1 of topic is no row of that table"),
    (lambda each: of(each, "topic").update(rows=7), "topic has another number of rows than it says"),
    (lambda each: of(each, "topic").update(rows=-1), "topic has another number of rows than it says"),
    (lambda each: each["tables"].remove(of(each, "topic")), "it holds a table that its manifest does not name"),
)


def test_a_manifest_tells_of_tables_as_they_are(file: Path, place: Path) -> None:
    """What a file names would be made into the text of statements, or half of a later version's would be understood."""
    content = file.read_bytes()
    for change, match in MANIFESTS:
        file.write_bytes(content)
        told(file, change)
        refused(file, place, match)


def test_a_table_is_where_its_name_says(file: Path, place: Path) -> None:
    """A manifest that names a table without a part would bring a site in without it."""

    def without(manifest: Manifest, parts: Parts) -> None:
        del parts["tables/topic.jsonl"]
        assert of(manifest, "topic")["rows"] > 0

    change_parts(file, without)
    refused(file, place, "a part of it is not there")


@pytest.mark.parametrize("name", ["media/../cms.db", "/etc/cron.d/x", "media//x", "media\\..\\x", "C:x", "media/a:b"])
def test_a_part_that_leads_elsewhere_is_refused(file: Path, place: Path, name: str) -> None:
    """A bundle from a stranger would replace any file that the server may write."""
    change_parts(file, lambda _, parts: parts.update({name: b"?"}))
    refused(file, place, "a name in it leads elsewhere")


def test_files_that_no_row_names_are_refused(file: Path, place: Path) -> None:
    """Whatever serves the folder would serve them, and nobody would know that they are there."""
    change_parts(file, lambda _, parts: parts.update({"media/page.html": b"<script>"}))
    refused(file, place, "it holds files that no row of media names")


def test_a_bundle_for_which_there_is_no_room_is_refused(
    file: Path, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would fill the disk, and the database could not write any more."""
    with monkeypatch.context() as patched:
        patched.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(2, 1, 1))
        refused(file, place, r"There is no room in .*: [0-9,]+ bytes are needed, and 1 are free\.")


def test_a_small_file_does_not_become_a_large_one(file: Path, place: Path) -> None:
    """A line without an end would fill the memory of the machine, from a file that is a thousand times smaller."""
    bomb = b" " * (LONGEST_LINE + 2**20)
    change_parts(file, lambda _, parts: parts.update({part_name("topic"): bomb}), compression=zipfile.ZIP_DEFLATED)
    assert file.stat().st_size < 2**20
    refused(file, place, "a line in it has no end")


def test_lines_are_those_between_ends() -> None:
    """A row that two chunks share would be two halves, and a bundle without a last end would lose a row."""
    assert list(lines_of([b"a\nb", b"c", b"\n\n", b"d"])) == [b"a", b"bc", b"", b"d"]
    assert list(lines_of([])) == []


#: Values as they would stand in a line, that are something else than most columns hold.
ODD: Final = (
    b'"a\\u0000b"',
    b'"\\ud800"',
    b'"\xff"',
    b"9" * 30,
    b"-9223372036854775809",
    b"2147483648",
    b"1e999",
    b"NaN",
    b"1.5",
    b"true",
    b"null",
    b'""',
    b'"x"',
    b'"' + b"x" * 3000 + b'"',
    b'"2026-01-01T00:00:00"',
    b'"0001-01-01T00:00:00+14:00"',
    b'"9999-12-31T23:59:59-14:00"',
    b'"0001-01-01T00:00:00Z"',
    b'"9999-12-31T23:59:59.999999Z"',
    b'"../../etc/passwd"',
    b'"/etc/passwd"',
    b'"javascript:alert(1)"',
    b'"data:text/html,<script>"',
    b'"//elsewhere.example"',
    b"[" * 100_000 + b"]" * 100_000,
    b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    b'["\\ud800"]',
    b'["a\\u0000b"]',
    b'["a\x00b"]',
    b'{"a": "\\u0000"}',
    b'{"\\\\\\u0000": 1}',
    b"[1e999]",
    b"[1]",
    b'{"_type": "block"}',
    b"{}",
)


def a_line(kept: Kept, given: Mapping[str, bytes]) -> bytes:
    """A line of a table with these values, as they stand there, and such others as its columns take."""
    values = {name: given.get(name, fitting(kept, name)) for name in columns_of(kept, with_credentials=True)}
    return b"{" + b",".join(b'"' + name.encode() + b'":' + value for name, value in values.items()) + b"}"


def fitting(kept: Kept, name: str) -> bytes:
    """A value that a column takes."""
    field = kept.fields[name]
    if field.null:
        return b"null"
    if name in ADDRESSES:
        return b'"https://harbour.example.org"'
    if isinstance(field, CharEnumFieldInstance):
        return orjson.dumps(next(iter(field.enum_type)).value)
    if is_json(name, field):
        return b"{}" if name in {"payload", "weights"} else b"[]"
    kinds: Mapping[type, bytes] = {
        IdField: orjson.dumps(NOWHERE),
        TimeField: b'"2026-01-01T00:00:00Z"',
        BooleanField: b"true",
        IntField: b"1",
        BigIntField: b"1",
    }
    return next((value for kind, value in kinds.items() if isinstance(field, kind)), b'"x"')


def test_a_value_is_of_its_column_or_its_line_is_refused() -> None:
    """A driver would fail in words of its own, or a row would be kept that nobody can be shown."""
    for kept in KEPT:
        names = columns_of(kept, with_credentials=True)
        reader = reader_of(kept, Table(kept.name, 1, names))
        assert len(reader.read(a_line(kept, {}), 1)) == len(reader.columns)
        for name, odd in product(names, ODD):
            try:
                values = dict(zip(reader.columns, reader.read(a_line(kept, {name: odd}), 1), strict=True))
            except BadArchive as refusal:
                assert str(refusal).startswith(f"Line 1 of {kept.name} is no row of that table: ")  # noqa: PT017 - either
                assert str(refusal).isprintable()  # noqa: PT017 - as above
            else:
                assert_fitting(kept, name, values[name])


def assert_fitting(kept: Kept, name: str, value: object) -> None:
    """Expect that a value can be stored, and be read again."""
    field = kept.fields[name]
    assert value is not None or field.null
    if isinstance(value, str):
        assert "\0" not in value.encode().decode()
        assert len(value) <= getattr(field, "max_length", len(value))
    if isinstance(value, datetime):
        assert value.tzinfo is UTC
        # Those are told apart from no time at all by nobody.
        assert MINYEAR < value.year < MAXYEAR
    if isinstance(value, int):
        assert -(2**63) <= value < 2**63
    if isinstance(field, JsonTextField) and value is not None:
        read: Any = field.to_python_value(value)
        assert "\\x00" not in repr(read)
        assert isinstance(read, dict) if name == "payload" else all(isinstance(each, str) for each in read)
    assert not (name == "storage_key" and str(value).startswith(("/", ".")))
    assert not (name in ADDRESSES and str(value).startswith(("javascript:", "data:", "//", "x")))


def test_whoever_made_a_line_is_told_what_is_wrong_with_it() -> None:
    """Somebody who writes bundles by a program of their own would have to guess which of a million rows it is."""
    topic = BY_NAME["topic"]
    reader = reader_of(topic, Table("topic", 1, columns_of(topic, with_credentials=False)))
    lines = (
        (b"", "it is no JSON"),
        (b"[]", "Expected `object`, got `array`"),
        (b"1", "Expected `object`, got `int`"),
        (b"{}", "Object missing required field `id`"),
        (b'{"id": 1, "id": 1}', "Expected `uuid`, got `int` - at `$.id`"),
        (a_line(topic, {})[:-1] + b',"mood":1}', "Object contains unknown field `mood`"),
        (a_line(topic, {})[:-1] + b',"\\u001b[2J":1}', "Object contains unknown field `\N{REPLACEMENT CHARACTER}[2J`"),
        (a_line(topic, {})[:-1], "it is no JSON"),
        (a_line(topic, {}) + b"{}", "it is no JSON"),
        (a_line(topic, {"version": b'"1"'}), "Expected `int`, got `str` - at `$.version`"),
        (a_line(topic, {"version": b"2147483648"}), "Expected `int` <= 2147483647 - at `$.version`"),
        (a_line(topic, {"slug": b"null"}), "Expected `str`, got `null` - at `$.slug`"),
        (a_line(topic, {"slug": b'"' + b"x" * 97 + b'"'}), "Expected `str` of length <= 96 - at `$.slug`"),
        (a_line(topic, {"name": b'"a\\u0000b"'}), "a text holds a NUL"),
        (a_line(topic, {"name": b'"\\ud800"'}), "it is no JSON"),
        (a_line(topic, {"id": b'"x"'}), "Invalid UUID - at `$.id`"),
        (a_line(topic, {"created_at": b'"2026-01-01T00:00:00"'}), "Expected `datetime` with a timezone component"),
        (a_line(topic, {"created_at": b'"0001-01-01T00:00:00+14:00"'}), "a time in it is none"),
    )
    for line, why in lines:
        with pytest.raises(BadArchive) as refusal:
            reader.read(line, 1_234)
        assert str(refusal.value).startswith(f"Line 1,234 of topic is no row of that table: {why}")
    comment = reader_of(BY_NAME["comment"], Table("comment", 1, columns_of(BY_NAME["comment"], with_credentials=False)))
    for value, why in (
        (b'"LOUD"', "Invalid enum value 'LOUD' - at `$.status`"),
        (b'"' + b"x" * 10_000 + b'"', f"Invalid enum value '{'x' * 180}…."),
        (b"1", "Expected `str`, got `int` - at `$.status`"),
    ):
        with pytest.raises(BadArchive, match=re.escape(why)):
            comment.read(a_line(BY_NAME["comment"], {"status": value}), 1)


def test_what_looks_like_a_nul_is_none() -> None:
    """An article about programs could not be moved."""
    event = BY_NAME["event"]
    reader = reader_of(event, Table("event", 1, columns_of(event, with_credentials=False)))
    for payload in (rb'{"a": "\\u0000"}', rb'{"a": "\\\\u0000"}'):
        values = dict(zip(reader.columns, reader.read(a_line(event, {"payload": payload}), 1), strict=True))
        assert values["payload"] == payload.decode()


def test_whoever_imports_may_do_everything(file: Path, place: Path) -> None:
    """An editor would make themselves an administrator, by a bundle in which they are one."""
    url = f"sqlite://{place / 'cms.db'}"
    for scope in Scope:
        almost = Viewer(SYSTEM.scopes - {scope}, actor="user:almost")

        async def refused_to(database: Database, viewer: Viewer = almost) -> None:
            with pytest.raises(NotAllowed):
                await import_bundle(database, viewer, file, place / "media")

        within(url, refused_to)
    assert not any(rows_in(url).values())


#: Rows that are each as they should be, and not together: what is changed, and what is said.
TOGETHER: Final[tuple[tuple[Callable[[Tables], object], str], ...]] = (
    (lambda rows: rows["topic"].append(rows["topic"][0]), "its rows do not fit together"),
    (lambda rows: rows["topic"].append({**rows["topic"][0], "id": NOWHERE}), "its rows do not fit together"),
    (lambda rows: rows["site"].append({**rows["site"][0], "id": NOWHERE}), "its rows do not fit together"),
    (lambda rows: rows["media"][0].update(bytes=2**62), "its rows do not fit together"),
    (lambda rows: rows["comment"][0].update(like_count=-1), "its rows do not fit together"),
    (lambda rows: rows["publication"][0].update(ends_at="2000-01-01T00:00:00Z"), "its rows do not fit together"),
    (lambda rows: rows["publication_topic"][0].update(publication_id=NOWHERE), "1 rows of publication_topic belong to"),
    (lambda rows: rows["text_reference"][0].update(owner_id=NOWHERE), "1 rows of text_reference belong to nothing"),
    (lambda rows: rows["topic"][0].update(parent_id=rows["topic"][0]["id"]), "1 topics hang on one another"),
    (lambda rows: on_one_another(rows["topic"], "parent_id"), "2 topics hang on one another"),
    (lambda rows: on_one_another(rows["comment"], "parent_id", "root_id", depth=1), "comments hang on one another"),
)


def on_one_another(rows: list[dict[str, Any]], *columns: str, **given: int) -> None:
    """Hang the first on the second, and the second on the first."""
    first, second = rows[:2]
    first.update(dict.fromkeys(columns, second["id"]), **given)
    second.update(dict.fromkeys(columns, first["id"]), **given)


def test_rows_that_do_not_fit_together_change_nothing(file: Path, database_url: str, tmp_path: Path) -> None:
    """Half of a bundle would be there, or a page would be looked for in a circle without end."""
    content = file.read_bytes()
    within(database_url, lambda database: create_topic(database, SYSTEM, TopicDraft(name="Boats")))
    before = rows_in(database_url)
    for change, match in TOGETHER:
        file.write_bytes(content)
        change_rows(file, change)
        with pytest.raises(BadArchive, match=match):
            bring_in(database_url, file, tmp_path / "media")
    assert rows_in(database_url) == before
    assert not (tmp_path / "media").exists()
    # In the same process, on the same connection.
    assert within(database_url, lambda database: fails_and_leaves(database, file, tmp_path)) == []


async def fails_and_leaves(database: Database, file: Path, folder: Path) -> list[str]:
    """The temporary tables that are there after an import that failed."""
    with pytest.raises(BadArchive):
        await import_bundle(database, SYSTEM, file, folder / "media")
    return await temporary_tables(database)


def test_what_refers_to_nothing_stays_out(file: Path, place: Path) -> None:
    """The database would refuse the whole file, or an article would stand under nobody's name."""
    url = f"sqlite://{place / 'cms.db'}"
    within(url, lambda database: create_topic(database, SYSTEM, TopicDraft(name="Boats")))
    refusals: list[str] = []

    def change(rows: Tables) -> None:
        (said,) = [row for row in rows["article_revision"] if row["slug"] == "lane-four-at-seven"]
        said.update(author_id=NOWHERE)
        refusals.append(f"art_{said['article_id']} (lane-four-at-seven): it refers to something that stays out.")
        comments = [row for row in rows["comment"] if row["article_id"] == said["article_id"]]
        refusals.extend(f"com_{row['id']}: it refers to something that stays out." for row in comments)
        rows["author"][0].update(avatar_id=NOWHERE)

    change_rows(file, change)
    report = bring_in(url, file, place / "media")
    assert (report.refusals, len(refusals)) == (tuple(refusals), 3)
    assert (report.counts["articles"].created, report.counts["authors"].created) == (17, 8)
    assert found_in(url, place) == []


def test_what_stays_out_is_not_counted_either(file: Path, place: Path) -> None:
    """An empty site takes the counts of the file, and an article would tell of a comment that did not come."""
    url = f"sqlite://{place / 'cms.db'}"
    change_rows(file, partial(_orphan, "comment", root_id=NOWHERE, depth=1, parent_id=NOWHERE))

    report = bring_in(url, file, place / "media")

    assert [refusal.partition(": ")[2] for refusal in report.refusals] == ["it refers to something that stays out."]
    assert found_in(url, place) == []


def _orphan(table: str, rows: Tables, **given: object) -> None:
    """Let an approved row without anything below it refer to nothing."""
    above = {row["parent_id"] for row in rows[table]}
    next(row for row in rows[table] if row["status"] == "APPROVED" and row["id"] not in above).update(given)


def test_nobody_waits_on_sqlite_while_a_bundle_is_read(file: Path, place: Path) -> None:
    """Reading takes minutes, and every comment that somebody writes meanwhile would be lost."""
    path = place / "cms.db"
    written = []

    def write(done: int, _total: int, what: str) -> None:
        if what == "tables read":
            connection = sqlite3.connect(path, timeout=0)
            connection.execute(f"INSERT INTO throttle (key, count, window_start) VALUES ('{done}', 1, '')")
            connection.commit()
            connection.close()
            written.append(done)

    report = bring_in(f"sqlite://{path}", file, place / "media", tell=write)

    assert report.failed is False
    assert written == list(range(1, len(KEPT) + 1))


def test_the_words_of_a_file_stay_words(file: Path, database_url: str, tmp_path: Path) -> None:
    """What somebody wrote would be done by the database, or shown to readers as a program of their page."""
    hostile = [
        {"_type": "block", "_key": "b0", "children": [span("<script>alert(1)</script>")]},
        {
            "_type": "code",
            "_key": "b1",
            "language": "html",
            "code": "</code><script>alert(2)</script>",
        },
    ]

    written = orjson.loads(render(from_blocks(hostile)).blocks)

    def change(rows: Tables) -> None:
        for row in rows["topic"]:
            row.update(name=WORDS, name_key=fold(WORDS), description=WORDS)
        rows["topic"][0].update(created_at="2024-02-29T23:59:59.999999+14:00", updated_at="0002-01-01T00:00:00Z")
        rows["author"][0].update(bio_blocks=written)
        rows["comment"][0].update(body_blocks=written[:1])

    change_rows(file, change)
    bring_in(database_url, file, tmp_path / "media")

    async def read(_database: Database) -> tuple[list[Topic], Author, Comment | None]:
        topics = await Topic.all().order_by("id")
        author = await Author.filter(bio_text__contains="alert(1)").get()
        return topics, author, await Comment.all().order_by("id").first()

    topics, author, comment = within(database_url, read)
    assert {(each.name, each.description) for each in topics} == {(WORDS, WORDS)}
    assert topics[0].created_at == datetime(2024, 2, 29, 9, 59, 59, 999_999, UTC)
    assert topics[0].updated_at == datetime(2, 1, 1, tzinfo=UTC)
    assert author.bio_html == (
        "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>\n"
        '<pre><code class="language-html">&lt;/code&gt;&lt;script&gt;alert(2)&lt;/script&gt;</code></pre>'
    )
    assert comment is not None
    assert comment.body_html == "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>"
    assert found_in(database_url, tmp_path) == []


def span(text: str) -> dict[str, Any]:
    """Some words of a text."""
    return {"_type": "span", "_key": "s0", "text": text}


def test_blocks_that_no_text_has_are_refused(file: Path, place: Path) -> None:
    """What is rendered from them would be a link that runs, or would fail whenever the page is asked for."""
    content = file.read_bytes()
    link = {"_type": "link", "_key": "l0", "href": "javascript:alert(1)"}
    linked = {"_type": "block", "_key": "b0", "markDefs": [link], "children": [{**span("Press"), "marks": ["l0"]}]}
    nonsense: tuple[object, ...] = (
        [linked],
        [{"_type": "html", "_key": "b0", "html": "<script>"}],
        [{"_type": "image", "_key": "b0", "media": "javascript:alert(1)"}],
        [{"_type": "embed", "_key": "b0", "provider": "youtube", "url": "javascript:alert(1)"}],
        [{"_type": "block", "_key": "b0", "children": [span("a\0b")]}],
        {"_type": "block"},
        [["block"]],
        [1],
    )
    columns = {"article_revision": "body_blocks", "comment": "body_blocks", "author": "bio_blocks"}
    for blocks, (table, column) in product(nonsense, columns.items()):
        file.write_bytes(content)
        change_rows(file, partial(say, table=table, column=column, value=blocks))
        refused(file, place, f"Line 1 of {table} is no row of that table: ")


def say(rows: Tables, table: str, column: str, value: object) -> None:
    """Let the first row of a table say something else."""
    rows[table][0][column] = value
