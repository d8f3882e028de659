"""The command line for personal data: it tells all there is, and erases nothing by a slip of the hand."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cms.cli import main
from cms.comments.models import Comment
from cms.kernel.database import Database
from tests.comments.world import make_article, make_site, say
from tests.databases import inside

Cli = Callable[..., Result]

WREN = "Wren@mail.example.com"


@pytest.fixture(autouse=True)
def _folder(command_folder: Path) -> Path:
    """Where every command here is called."""
    return command_folder


@pytest.fixture
def url(database_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The URL of the database that commands use, in which Wren said something."""
    monkeypatch.setenv("CMS_DATABASE_URL", database_url)
    inside(database_url, _a_comment)
    return database_url


@pytest.fixture
def cli() -> Cli:
    """Runs `cms privacy` with these arguments, in this process."""

    def called(*arguments: str, given: str | None = None) -> Result:
        return CliRunner().invoke(main, ("privacy", *arguments), input=given, prog_name="cms")

    return called


async def _a_comment(database: Database) -> None:
    await make_site()
    await say(database, await make_article())


async def _texts(_database: Database) -> list[str]:
    return [comment.body_text for comment in await Comment.all()]


@pytest.mark.usefixtures("url")
def test_all_of_it_is_told_as_json(cli: Cli) -> None:
    """Whoever wrote more than an answer of the API holds could not be told what is held about them."""
    result = cli("export", WREN)

    told = json.loads(result.stdout)
    assert (result.exit_code, result.stderr) == (0, "")
    assert (told["email"], [each["text"] for each in told["comments"]]) == (WREN, ["Well said."])
    assert told["comments"][0]["createdAt"] == "2026-03-02T12:00:00Z"


def test_it_is_erased_when_it_is_meant(cli: Cli, url: str) -> None:
    """A slip of the hand would erase somebody; or a script wait for ever for an answer."""
    refused = cli("erase", WREN, given="n\n")
    before = inside(url, _texts)
    confirmed = cli("erase", WREN, given="y\n")
    again = cli("erase", WREN, "--yes")

    assert (refused.exit_code, refused.stdout, before) == (1, "", ["Well said."])
    assert json.loads(confirmed.stdout) == {"erasedComments": 1, "erasedMessages": 0, "keepsAccount": False}
    assert json.loads(again.stdout) == {"erasedComments": 0, "erasedMessages": 0, "keepsAccount": False}
    assert inside(url, _texts) == [""]


@pytest.mark.parametrize("verb", ["export", "erase"])
def test_what_is_no_address_is_refused_in_one_line(cli: Cli, verb: str, tmp_path: Path) -> None:
    """An administrator would look at a traceback, or believe that nothing is held."""
    result = cli(verb, "wren", *(["--yes"] if verb == "erase" else []))

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == "Error: Write a mail address, like somebody@example.org.\n"
    assert (tmp_path / "cms.db").exists()
