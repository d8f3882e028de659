"""The command line: what it says, what it returns, and that a mistake is one line without a secret in it.

Commands run in this process where they can; what is served is served by a process of its own, as it will be.
"""

import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest
from click.testing import CliRunner, Result

from cms.cli import COMMANDS, main
from cms.kernel import secrecy
from cms.tables import MIGRATIONS
from schema.schema import export
from tests.databases import run
from tests.seed.sample import SECRET
from tests.serving import ASK_SITE, SITE, asking, fill
from tests.transfer.world import OVEN, PAGES

Cli = Callable[..., Result]

CMS = Path(sys.executable).with_name("cms")
NAMES = sorted(path.stem for path in Path(*MIGRATIONS.split(".")).glob("[0-9]*.py"))
QUICKLY = 10


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty folder, a key, and nothing else set. The process's own key is as before afterwards."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(secrecy._holder, "key", SECRET)
    for name in ("DATABASE_URL", "ENVIRONMENT", "LOG_LEVEL", "MEDIA_URL", "PUBLIC_URL", "CORS_ORIGINS"):
        monkeypatch.delenv(f"CMS_{name}", raising=False)
    monkeypatch.setenv("CMS_SECRET_KEY", SECRET.decode())


@pytest.fixture
def cli() -> Cli:
    """Runs `cms` with these arguments, in this process."""

    def called(*arguments: str) -> Result:
        return CliRunner().invoke(main, arguments, prog_name="cms")

    return called


def _one_line(result: Result) -> str:
    """What was said of an expected failure: one line, for people."""
    assert isinstance(result.exception, SystemExit)
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (1, "", 1)
    assert result.stderr.startswith("Error: ")
    return result.stderr.removeprefix("Error: ").rstrip("\n")


# What there is


def test_help_names_every_command(cli: Cli) -> None:
    """A newcomer would not find them."""
    result = cli("--help")

    assert result.exit_code == 0
    listed = [line.split()[0] for line in result.stdout.partition("Commands:\n")[2].splitlines()]
    expected = ["backup", "check", "demo", "documents", "export", "import", "makemigrations", "migrate"]
    expected += ["privacy", "restore", "schema", "seed", "serve", "token", "trash", "user", "worker"]
    assert listed == expected
    assert cli("-h").stdout == result.stdout


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_command_and_option_is_explained(cli: Cli, command: str) -> None:
    """Somebody would have to read the source."""
    result = cli(command, "--help")

    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.splitlines()[2].strip()


def test_failures_are_not_drawn_with_the_values_of_variables() -> None:
    """A traceback that rich draws holds secrets, and loading it takes a thirtieth of a start."""
    code = (
        "import sys; from cms.cli import _loaded; _loaded('cms.commands.serving'); import structlog.dev as dev; "
        "print(dev.rich, dev.default_exception_formatter is dev.plain_traceback)"
    )

    told = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)  # noqa: S603 - our own code

    assert told.stdout == "None True\n"


def test_the_version_is_told(cli: Cli) -> None:
    """A report of a fault would not say what of."""
    assert cli("--version").stdout == "cms, version 0.1.0\n"


# Migrations


def test_migrating(cli: Cli, empty_database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A plan would change something, or a second run do the first one's work again."""
    monkeypatch.setenv("CMS_DATABASE_URL", empty_database_url)
    results = [
        cli("migrate", "--plan"),
        cli("migrate", "--plan", "--json"),
        cli("migrate", "--json"),
        cli("migrate", "--plan"),
        cli("migrate", "--json"),
        cli("migrate"),
    ]

    assert [(result.exit_code, result.stderr) for result in results] == [(0, "")] * 6
    assert [result.stdout for result in results] == [
        "\n".join(NAMES) + "\n",
        json.dumps({"planned": NAMES}) + "\n",
        json.dumps({"applied": NAMES}) + "\n",
        "Nothing to do.\n",
        json.dumps({"applied": []}) + "\n",
        "Nothing to do.\n",
    ]


# Sample content


def test_seeding_twice_changes_nothing(cli: Cli, tmp_path: Path) -> None:
    """Each `cms seed` would add the sample once more."""
    first, second = cli("seed", "--json"), cli("seed", "--json")

    assert [result.exit_code for result in (first, second)] == [0, 0]
    told = json.loads(first.stdout)
    front = told.pop("front_page_id")
    assert front.startswith("art_")
    assert told == {
        "is_new": True,
        "images": 6,
        "authors": 8,
        "topics": 9,
        "disclaimers": 4,
        "articles": 18,
        "comments": 37,
        "held": 1,
        "front_page_slug": "the-long-way-home",
        "front_page_path": "/en/the-long-way-home",
    }
    assert json.loads(second.stdout) == {**told, "is_new": False, "front_page_id": front}
    assert sum(path.is_file() for path in (tmp_path / "media").rglob("*")) == 6


def test_seeding_a_large_set(cli: Cli) -> None:
    """Whoever measures would not know on what."""
    result = cli("seed", "--articles", "30", "--comments", "90")

    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.splitlines() == [
        "authors: 1",
        "topics: 40",
        "articles: 30",
        "comments: 90",
        "first slug: article-00001",
        "last slug: article-00030",
    ]
    assert _one_line(cli("seed")) == "There is a site already: load the sample into an empty database."
    assert cli("seed", "--articles", "-1").exit_code == 2


# The schema


def test_the_schema_is_printed_or_written(cli: Cli, tmp_path: Path) -> None:
    """What is committed would not be what is served."""
    printed, written = cli("schema"), cli("schema", "--out", "out.graphql")

    assert (printed.exit_code, printed.stdout) == (0, export())
    assert (written.exit_code, written.stdout) == (0, "")
    assert (tmp_path / "out.graphql").read_text(encoding="utf-8") == export()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.graphql"]


# Importing


def test_importing_a_page(cli: Cli) -> None:
    """A rehearsal would store something, or an import tell something else than its rehearsal."""
    page = str(PAGES / OVEN)
    rehearsed = cli("import", page, "--format", "page", "--dry-run", "--json")
    imported = cli("import", page, "--format", "page", "--json")
    again = cli("import", page, "--json")

    assert [result.exit_code for result in (rehearsed, imported, again)] == [0, 0, 0]
    assert rehearsed.stdout == imported.stdout
    made = {"sites": 1, "disclaimers": 1, "media": 1, "articles": 1, "comments": 3}
    assert json.loads(imported.stdout)["counts"] == {
        kind: {"created": number, "unchanged": 0, "refused": 0, "skipped": 0} for kind, number in made.items()
    }
    counts = json.loads(again.stdout)["counts"]
    assert {kind: (count["created"], count["refused"]) for kind, count in counts.items()} == dict.fromkeys(
        counts, (0, 0)
    )
    assert "articles: 1 unchanged" in cli("import", page).stdout.splitlines()


@pytest.mark.parametrize(
    ("content", "options", "refusal"),
    [
        (b"", (), "The file is empty. Nothing of the page was stored."),
        ((PAGES / OVEN).read_bytes(), ("--time-zone", "Nowhere/Here"), "Nothing of the page was stored."),
    ],
)
def test_a_page_that_is_refused_is_told_and_fails(
    cli: Cli, tmp_path: Path, content: bytes, options: tuple[str, ...], refusal: str
) -> None:
    """A script that imports a thousand pages would not know which of them are missing."""
    (tmp_path / "page.txt").write_bytes(content)

    told, as_json = cli("import", "page.txt", *options), cli("import", "page.txt", "--json", *options)

    assert (told.exit_code, as_json.exit_code) == (1, 1)
    assert told.stdout.splitlines()[:2] == ["pages: 1 refused", "Refused:"]
    report = json.loads(as_json.stdout)
    refused = {"created": 0, "unchanged": 0, "refused": 1, "skipped": 0}
    assert (report["failed"], report["counts"]) == (True, {"pages": refused})
    assert [text.endswith(refusal) for text in report["refusals"]] == [True]


@pytest.mark.parametrize(
    "arguments",
    [
        ("import", "nothing.txt"),
        ("export",),
        ("import", __file__, "--format", "book"),
        ("serve", "--port", "0"),
        ("serve", "--port", "65536"),
        ("serve", "--workers", "0"),
        ("publish",),
    ],
)
def test_what_cannot_be_meant_is_refused_before_anything_is_opened(
    cli: Cli, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    """A mistyped command would leave an empty database behind."""
    result = cli(*arguments)

    assert (result.exit_code, result.stdout) == (2, "")
    assert list(tmp_path.iterdir()) == []


# Mistakes in the settings


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("CMS_LOG_LEVEL", "loud", "CMS_LOG_LEVEL is not acceptable; expected one of DEBUG, INFO, WARNING, ERROR."),
        ("CMS_SECRET_KEY", "hunter2", "CMS_SECRET_KEY is not acceptable; expected at least 32 characters."),
        ("CMS_DATABASE_URL", "mysql://u:hunter2@db/cms", "The database URL begins with sqlite:// or postgres://"),
        (
            "CMS_DATABASE_URL",
            "postgres://u:hunter2@127.0.0.1:1/cms",
            "PostgreSQL at 127.0.0.1, port 1, database cms: nobody answers there",
        ),
        (
            "CMS_DATABASE_URL",
            "postgres://u:hunter2@db:port/cms",
            "The port in the database URL is no number up to 65535",
        ),
        (
            "CMS_DATABASE_URL",
            "sqlite:///nowhere/cms.db",
            "The SQLite file /nowhere/cms.db cannot be opened: its folder does not exist",
        ),
    ],
)
def test_a_mistake_in_the_settings_is_one_line(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    """A traceback would bury what to do, and show the password."""
    monkeypatch.setenv(name, value)

    assert _one_line(cli("migrate")) == said


def test_a_database_that_is_not_there_is_one_line(cli: Cli, postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """As above, where a server answers."""
    monkeypatch.setenv("CMS_DATABASE_URL", postgres_url.replace("/postgres?", "/nowhere?"))

    assert _one_line(cli("migrate")).endswith("database nowhere: there is no such database")


def test_production_without_a_key_does_not_start(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It would make one of its own on each machine."""
    monkeypatch.delenv("CMS_SECRET_KEY")
    monkeypatch.setenv("CMS_ENVIRONMENT", "production")

    assert _one_line(cli("serve")) == "CMS_SECRET_KEY is required in production: 32 characters or more."
    assert list(tmp_path.iterdir()) == []


def test_a_key_is_made_once_and_said_so(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever moves to production would not know that there is a key to take along."""
    monkeypatch.delenv("CMS_SECRET_KEY")

    first, second = cli("migrate"), cli("migrate")

    assert first.stderr == "A secret key was made and is kept in .cms-secret; set CMS_SECRET_KEY in production.\n"
    assert second.stderr == ""
    assert (tmp_path / ".cms-secret").stat().st_mode & 0o777 == 0o600


# A process that serves


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as bound:
        port: int = bound.getsockname()[1]
        return port


def _wait_for(client: httpx2.Client, process: "subprocess.Popen[str]") -> None:
    """Until the process answers; a cold start takes seconds on a busy machine."""
    for _ in range(600):
        assert process.poll() is None, process.communicate()
        try:
            client.get("/healthz")
        except httpx2.ConnectError:
            time.sleep(0.05)
        else:
            return
    raise TimeoutError


@contextmanager
def _serving(*command: str) -> Iterator[tuple[httpx2.Client, "subprocess.Popen[str]"]]:
    """A process of `cms` in this folder, and somebody to ask it; killed where it did not end by itself."""
    port = _free_port()
    arguments = [str(CMS), *command, "--port", str(port)]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:  # noqa: S603 - our own
        try:
            with httpx2.Client(base_url=f"http://127.0.0.1:{port}") as client:
                _wait_for(client, process)
                yield client, process
        finally:
            process.kill()


def _stop(process: "subprocess.Popen[str]") -> str:
    """End it as a service manager does; everything it said."""
    process.send_signal(signal.SIGTERM)
    said, _ = process.communicate(timeout=QUICKLY)
    # The server ends in order, and then by the signal, so that the one who sent it sees why (POSIX).
    assert process.returncode == -signal.SIGTERM
    return said


def _ask(client: httpx2.Client, query: str) -> object:
    return client.post("/graphql", content=asking(query), headers={"content-type": "application/json"}).json()


def test_an_empty_folder_is_all_it_takes_to_serve(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A newcomer would have to set something, or migrate, or find the process hanging when it should end."""
    monkeypatch.delenv("CMS_SECRET_KEY")

    with _serving("serve") as (client, process):
        ready, told = client.get("/readyz").json(), _ask(client, "{ __typename articles { totalCount } }")
        said = _stop(process)

    assert (ready, told) == ({"ready": True}, {"data": {"__typename": "Query", "articles": {"totalCount": 0}}})
    assert {"cms.db", ".cms-secret"} <= {path.name for path in tmp_path.iterdir()}
    assert not {"cms.db-wal", "cms.db-shm"} & {path.name for path in tmp_path.iterdir()}
    assert "Application shutdown complete." in said
    assert "Traceback" not in said


def test_what_is_there_is_served_and_not_touched(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second start would empty the database, or not see what is in it; a second server would end the first."""
    monkeypatch.setenv("CMS_DATABASE_URL", database_url)
    run(fill(database_url))

    with _serving("serve") as (client, process):
        first = _ask(client, ASK_SITE)
        port = str(client.base_url.port)
        beside = subprocess.run([CMS, "serve", "--port", port], capture_output=True, text=True, check=False)  # noqa: S603 - our own
        second = _ask(client, ASK_SITE)
        said = _stop(process)

    assert (first, second) == (SITE, SITE)
    assert beside.returncode == 3  # uvicorn's own, for a server that could not start
    assert "address already in use" in beside.stderr
    assert "Traceback" not in beside.stderr + said


def test_a_wrong_setting_ends_the_process_with_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a process, not only as a function: an import on the way could fail first."""
    monkeypatch.setenv("CMS_DATABASE", "postgres://u:hunter2@db/cms")

    ended = subprocess.run([CMS, "serve"], capture_output=True, text=True, check=False)  # noqa: S603 - our own

    assert (ended.returncode, ended.stdout, ended.stderr.count("\n")) == (1, "", 1)
    assert ended.stderr.startswith("Error: There is no setting CMS_DATABASE; known are CMS_AKISMET_KEY, ")
    assert "hunter2" not in ended.stderr
