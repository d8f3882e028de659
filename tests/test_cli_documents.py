"""The command line for stored documents: what build tools write is taken, all or none, and what is wrong is told."""

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from cms.cli import main
from cms.delivery.documents import digest_of, id_of
from cms.delivery.models import StoredDocument
from cms.kernel.database import Dialect, open_database
from cms.tables import MIGRATIONS, MODEL_MODULES
from tests.databases import run

Cli = Callable[..., Result]

NAME = "query Name { site { name } }\n"
URL = "{ site { url } }"
TWO = "query A { site { name } } query B { site { url } }"
on_sqlite = pytest.mark.parametrize("dialect", [Dialect.SQLITE], ids=str)


@pytest.fixture(autouse=True)
def _folder(command_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty folder of a project, beside which other files may stand."""
    folder = command_folder / "frontend"
    folder.mkdir()
    monkeypatch.chdir(folder)


@pytest.fixture
def url(database_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The URL of the database that commands use."""
    monkeypatch.setenv("CMS_DATABASE_URL", database_url)
    return database_url


@pytest.fixture
def cli() -> Cli:
    """Runs `cms documents` with these arguments, in this process."""

    def called(*arguments: str) -> Result:
        return CliRunner().invoke(main, ["documents", *arguments], prog_name="cms")

    return called


def _write(name: str, content: object) -> str:
    """A file in the folder that commands run in: a text, bytes, or JSON."""
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8", newline="")
    return name


def _apollo(*texts: str, **also: object) -> dict[str, object]:
    """A manifest as Apollo's tools write it."""
    operations = [{"id": digest_of(text), "name": "N", "type": "query", "body": text} for text in texts]
    return {"format": "apollo-persisted-query-manifest", "version": 1, "operations": operations, **also}


def _id(text: str) -> str:
    return id_of(digest_of(text))


def _kept(url: str) -> dict[str, tuple[str, str | None, bool, datetime]]:
    """What stands in the table, by id."""

    async def read() -> list[StoredDocument]:
        async with open_database(url, MODEL_MODULES, MIGRATIONS):
            return await StoredDocument.all()

    return {id_of(row.digest): (row.document, row.name, row.registered, row.created_at) for row in run(read())}


def _texts(url: str) -> dict[str, str]:
    return {key: row[0] for key, row in _kept(url).items()}


def _refused(result: Result) -> list[dict[str, str]]:
    """What was refused, of a command that was asked for JSON."""
    assert (result.exit_code, result.stderr) == (1, "")
    told: dict[str, Any] = json.loads(result.stdout)
    assert told["documents"] == []
    refused: list[dict[str, str]] = told["refused"]
    return refused


# What is taken


def test_a_document_is_registered_under_its_hash(cli: Cli, url: str) -> None:
    """The frontend's name for it would stand for nothing, or for another text."""
    result = cli("add", _write("name.graphql", NAME), _write("url.gql", URL))

    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == f"{_id(NAME)}  Name\n{_id(URL)}  -\n"
    kept = {key: row[:3] for key, row in _kept(url).items()}
    assert kept == {_id(NAME): (NAME, "Name", True), _id(URL): (URL, None, True)}


def test_a_folder_is_its_graphql_files(cli: Cli, url: str) -> None:
    """Each file would have to be named, or the notes beside them would be taken for documents."""
    _write("queries/name.graphql", NAME)
    _write("queries/below/deeper/two.graphql", TWO)
    _write("queries/README.md", "# Queries")
    _write("queries/manifest.json", {"x": "y"})

    result = cli("add", "queries", "--json")

    assert (result.exit_code, result.stderr) == (0, "")
    assert json.loads(result.stdout) == {
        "documents": [{"id": _id(TWO), "name": "A, B"}, {"id": _id(NAME), "name": "Name"}],
        "refused": [],
    }
    assert _texts(url) == {_id(NAME): NAME, _id(TWO): TWO}


@pytest.mark.parametrize(
    "manifest",
    [
        {digest_of(NAME): NAME, digest_of(URL): URL},
        {_id(NAME): NAME, digest_of(URL).upper(): URL},
        _apollo(NAME, URL),
    ],
)
@on_sqlite
def test_the_manifests_of_build_tools_are_taken(cli: Cli, url: str, manifest: dict[str, object]) -> None:
    """Frontends would have to write their own tool to register anything."""
    result = cli("add", _write("persisted-documents.json", manifest))

    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == f"{_id(NAME)}  Name\n{_id(URL)}  -\n"
    assert _texts(url) == {_id(NAME): NAME, _id(URL): URL}


@on_sqlite
def test_the_text_is_taken_to_the_letter(cli: Cli, url: str) -> None:
    """A document with Windows line ends, or a byte order mark, would get a hash that no client knows."""
    odd = "\ufeff# Grüße\r\nquery Odd {\r\n  site { name }\r\n}\r\n"

    assert cli("add", _write("odd.graphql", odd)).stdout == f"{_id(odd)}  Odd\n"
    assert _texts(url) == {_id(odd): odd}


def test_adding_twice_changes_nothing(cli: Cli, url: str) -> None:
    """Each deployment would fail on what the last one registered, or make it look new."""
    _write("name.graphql", NAME)
    first, before = cli("add", "name.graphql", "name.graphql"), _kept(url)
    second = cli("add", "name.graphql", _write("manifest.json", _apollo(NAME)))

    assert (first.exit_code, second.exit_code) == (0, 0)
    assert first.stdout == second.stdout == f"{_id(NAME)}  Name\n"
    assert _kept(url) == before


# What is refused


def test_nothing_is_registered_when_one_is_refused(cli: Cli, url: str) -> None:
    """A release would be half there; or its author would not know what to mend."""
    files = _write("good.graphql", NAME), _write("bad.graphql", "{ site {\n  name password\n} }")

    result = cli("add", *files)

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.splitlines() == [
        "Refused bad.graphql: Cannot query field 'password' on type 'Site'. (line 2, column 8)",
        "Nothing was registered.",
    ]
    assert _kept(url) == {}


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.graphql", "{ site { name }", "Syntax Error: Expected Name, found <EOF>. (line 1, column 16)"),
        ("a.graphql", "# nothing", "Syntax Error: Unexpected <EOF>. (line 1, column 10)"),
        ("a.graphql", "", "Send a query."),
        ("a.graphql", b"{ site { name } } # \xff", "is not UTF-8 text"),
        ("a.graphql", URL + " # \0", "The document holds U+0000, which is no character to write: remove it."),
        ("a.graphql", URL + "#" * 16 * 1024, "The document holds 16,400 bytes; 16,384 are allowed."),
        (
            "a.graphql",
            "{ site { " + " ".join(f"a{number}: name" for number in range(31)) + " } }",
            "The document holds 31 aliases; 30 are allowed.",
        ),
        (
            "a.graphql",
            "query A { site { name } } query B { a }",
            "Cannot query field 'a' on type 'Query'. (line 1, column 37)",
        ),
        ("a.json", "{", "is not JSON"),
        ("a.json", [NAME], "is no manifest: write an object of texts by their hashes, or the format of Apollo"),
        ("a.json", {}, "is no manifest: write an object of texts by their hashes, or the format of Apollo"),
        ("a.json", {"x": 1}, "is no manifest: write an object of texts by their hashes, or the format of Apollo"),
        ("a.json", {digest_of(NAME): URL}, f"{digest_of(NAME)}: is not the SHA-256 of its text"),
        ("a.json", {"c0ffee": NAME}, "c0ffee: is not the SHA-256 of its text"),
        (
            "a.json",
            {digest_of("{ a }"): "{ a }"},
            f"{digest_of('{ a }')}: Cannot query field 'a' on type 'Query'. (line 1, column 3)",
        ),
        (
            "a.json",
            _apollo(NAME, version=2),
            "is of a format that is not known here: expected apollo-persisted-query-manifest, version 1",
        ),
        (
            "a.json",
            {"format": "other", "version": 1, "operations": []},
            "is of a format that is not known here: expected apollo-persisted-query-manifest, version 1",
        ),
        (
            "a.json",
            _apollo(operations={"id": "x"}),
            "is no manifest: write an object of texts by their hashes, or the format of Apollo",
        ),
        (
            "a.json",
            _apollo(operations=["x"]),
            "is no manifest: write an object of texts by their hashes, or the format of Apollo",
        ),
        ("a.json", _apollo(operations=[{"id": "x", "body": URL}]), "x: is not the SHA-256 of its text"),
    ],
)
@on_sqlite
def test_what_is_wrong_is_told(cli: Cli, url: str, name: str, content: object, reason: str) -> None:
    """Something would be registered that fails when a reader comes; or its author would have to guess."""
    result = cli("add", _write(name, content), "--json")

    assert _refused(result) == [{"file": name, "reason": reason}]
    assert _kept(url) == {}


@on_sqlite
def test_everything_that_is_wrong_is_told_at_once(cli: Cli, url: str) -> None:
    """Mending one mistake would only show the next."""
    Path("empty").mkdir()
    files = [_write("a.graphql", "{ a }"), _write("b.json", {"x": NAME, digest_of(URL): URL, "y": URL}), "empty"]

    refused = _refused(cli("add", *files, "--json"))

    assert [(one["file"], one["reason"].partition(" ")[0]) for one in refused] == [
        ("a.graphql", "Cannot"),
        ("b.json", "x:"),
        ("b.json", "y:"),
        ("empty", "holds"),
    ]
    assert _kept(url) == {}


@on_sqlite
def test_the_limits_are_those_of_the_server(cli: Cli, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is registered would be refused when it is asked for, or the other way round."""
    _write("name.graphql", NAME)
    monkeypatch.setenv("CMS_LIMIT_DEPTH", "1")
    refused = _refused(cli("add", "name.graphql", "--json"))
    monkeypatch.setenv("CMS_LIMIT_DEPTH", "2")

    assert [one["reason"] for one in refused] == ["The document is 2 levels deep; 1 are allowed."]
    assert cli("add", "name.graphql").exit_code == 0
    assert _texts(url) == {_id(NAME): NAME}


@on_sqlite
def test_a_file_must_be_there(cli: Cli, url: str) -> None:
    """A deployment with a mistyped path would look as if it had worked."""
    assert cli("add", "nothing.graphql").exit_code == 2
    assert cli("add").exit_code == 2
    assert _kept(url) == {}


# The list, and leaving it


def test_what_is_registered_is_listed(cli: Cli, url: str) -> None:
    """Nobody would know what strangers may ask."""
    empty = cli("list"), cli("list", "--json")
    cli("add", _write("name.graphql", NAME), _write("url.graphql", URL))
    text, listed = cli("list"), json.loads(cli("list", "--json").stdout)

    assert [(one.exit_code, one.stdout) for one in empty] == [(0, ""), (0, "[]\n")]
    assert (text.exit_code, text.stdout) == (0, f"{_id(URL)}  -\n{_id(NAME)}  Name\n")
    assert [(one["id"], one["name"]) for one in listed] == [(_id(URL), None), (_id(NAME), "Name")]
    times = {key: row[3] for key, row in _kept(url).items()}
    assert {one["id"]: datetime.fromisoformat(one["createdAt"]) for one in listed} == times


def test_a_document_is_removed_by_its_id(cli: Cli, url: str) -> None:
    """What should not be asked any more would go on being answered."""
    cli("add", _write("name.graphql", NAME), _write("url.graphql", URL))

    result = cli("remove", _id(NAME))

    assert result.stdout == f"{_id(NAME)}: removed. Running servers refuse it within seconds.\n"
    assert _texts(url) == {_id(URL): URL}
    again = cli("remove", digest_of(NAME).upper())
    assert (again.exit_code, again.stdout) == (1, "")
    assert again.stderr == "Error: There is no such document: look for its id in the list of documents.\n"


@on_sqlite
def test_what_is_no_id_removes_nothing(cli: Cli, url: str) -> None:
    """A mistyped id would be looked for, and its author told that it is gone."""
    cli("add", _write("name.graphql", NAME))

    result = cli("remove", "Name")

    assert result.exit_code == 2
    assert "Name a document by its id: sha256: and 64 hexadecimal digits." in result.stderr
    assert _texts(url) == {_id(NAME): NAME}


def test_a_new_database_gets_its_tables(cli: Cli, empty_database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first thing that a deployment does would fail."""
    monkeypatch.setenv("CMS_DATABASE_URL", empty_database_url)

    assert cli("add", _write("name.graphql", NAME)).exit_code == 0
    assert _texts(empty_database_url) == {_id(NAME): NAME}
