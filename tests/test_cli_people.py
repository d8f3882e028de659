"""The command line for tokens and people: what it makes works, and a secret is seen once."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import aclosing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from cms.accounts.identity import BadCredential, Identities
from cms.accounts.models import ApiToken, User
from cms.accounts.passwords import Effort, use_effort
from cms.accounts.sessions import sign_in
from cms.app import open_reader
from cms.cli import main
from cms.kernel import clock
from cms.kernel.database import open_database
from cms.kernel.errors import DomainError
from cms.kernel.models import Event
from cms.kernel.viewer import Scope, Viewer
from cms.tables import MIGRATIONS, MODEL_MODULES
from tests.accounts.people import CHEAP, PASSWORD, TOTP_SECRET
from tests.articles.world import DAY, NOON
from tests.databases import run

Cli = Callable[..., Result]

#: The key of nothing.
KEY = "00000000-0000-7000-8000-000000000000"
CREATE = ("token", "create", "--name", "Importer", "--scope", "CONTENT_WRITE")
CREATE_USER = ("user", "create", "--email", "Ada@example.org", "--name", "Ada", "--role", "ADMIN")


@pytest.fixture(autouse=True)
def _folder(command_folder: Path) -> Path:
    """Where every command here is called."""
    return command_folder


@pytest.fixture
def url(database_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The URL of the database that commands use."""
    monkeypatch.setenv("CMS_DATABASE_URL", database_url)
    return database_url


@pytest.fixture
def cli() -> Cli:
    """Runs `cms` with these arguments, in this process."""

    def called(*arguments: str, given: str | None = None) -> Result:
        return CliRunner().invoke(main, arguments, input=given, prog_name="cms")

    return called


@pytest.fixture
def _cheap_passwords() -> Iterator[None]:
    """Hashing a password costs next to nothing."""
    use_effort(CHEAP)
    yield
    use_effort(Effort())


async def _asked(url: str, secret: str, at: datetime | None = None) -> Viewer | None:
    """Who a server that starts now, or `at` some moment, takes the holder of a secret for."""
    with clock.at(at or clock.now()):
        return await _known(url, secret)


async def _known(url: str, secret: str) -> Viewer | None:
    async with (
        open_database(url, MODEL_MODULES, MIGRATIONS) as database,
        open_reader(database, "") as reader,
        aclosing(Identities(database, reader.runner)) as identities,
    ):
        try:
            return await identities.viewer(f"Bearer {secret}")
        except BadCredential:
            return None


async def _kept(url: str) -> tuple[list[ApiToken], list[Event]]:
    async with open_database(url, MODEL_MODULES, MIGRATIONS):
        return await ApiToken.all().order_by("id"), await Event.all().order_by("seq")


def _listed(cli: Cli) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = json.loads(cli("token", "list", "--json").stdout)
    return listed


# Making one


def test_a_token_that_is_made_works(cli: Cli, url: str) -> None:
    """Standard output would hold more than the secret, and a script would store that."""
    result = cli(*CREATE, "--scope", "CONTENT_PREVIEW")

    assert result.exit_code == 0
    assert re.fullmatch(r"cms_[A-Za-z0-9_-]{43}\n", result.stdout)
    secret = result.stdout.rstrip("\n")
    ((token,), (event,)) = run(_kept(url))
    viewer = run(_asked(url, secret))
    assert viewer == Viewer(frozenset({Scope.CONTENT_WRITE, Scope.CONTENT_PREVIEW}), actor=f"token:{token.id}")
    assert (token.name, token.expires_at) == ("Importer", None)
    assert (event.type, event.actor) == ("API_TOKEN_CREATED", "system")


def test_the_secret_is_shown_once(cli: Cli, url: str) -> None:
    """What scrolls by, or is shown to a colleague, would give access."""
    result = cli(*CREATE)
    secret = result.stdout.rstrip("\n")
    ((token,), _) = run(_kept(url))

    listed = cli("token", "list").output + cli("token", "list", "--json").output
    revoked = cli("token", "revoke", f"tok_{token.id}").output

    assert result.stderr == (
        "The secret of the token Importer, shown this once and kept nowhere: store it where the program finds it.\n"
    )
    for hidden in (secret, token.secret_hash, token.secret_hash.removeprefix("sha256:")):
        assert hidden not in listed + revoked


def test_a_token_as_json(cli: Cli, url: str) -> None:
    """A program that sets up others reads it; its names are the API's."""
    with clock.at(NOON):
        result = cli(*CREATE, "--expires-in-days", "30", "--json")

    told = json.loads(result.stdout)
    assert (result.exit_code, result.stderr) == (0, "")
    ((token,), _) = run(_kept(url))
    secret = told.pop("secret")
    assert told == {
        "id": f"tok_{token.id}",
        "name": "Importer",
        "scopes": ["CONTENT_PREVIEW", "CONTENT_WRITE"],
        "createdAt": "2024-03-04T12:00:00.000000Z",
        "expiresAt": "2024-04-03T12:00:00.000000Z",
        "lastUsedAt": None,
        "revokedAt": None,
    }
    ends_at = NOON + 30 * DAY
    assert token.expires_at == ends_at
    asked = [run(_asked(url, secret, at)) is not None for at in (ends_at - timedelta(microseconds=1), ends_at)]
    assert asked == [True, False]


def test_an_empty_folder_is_all_it_takes(cli: Cli, tmp_path: Path) -> None:
    """One would have to know that something else has to be run first."""
    assert cli("token", "list", "--json").stdout == "[]\n"
    secret = cli(*CREATE).stdout.rstrip("\n")

    assert run(_asked(f"sqlite://{tmp_path}/cms.db", secret)) is not None


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (
            ("--name", "Importer", "--scope", "EVERYTHING"),
            "'EVERYTHING' is not one of " + ", ".join(map(repr, map(str, Scope))),
        ),
        (("--name", "Importer"), "Missing option '--scope'. Choose from:\n\t" + ",\n\t".join(Scope)),
        (("--scope", "CONTENT_WRITE"), "Missing option '--name'"),
        (
            ("--name", "Importer", "--scope", "CONTENT_WRITE", "--expires-in-days", "0"),
            "0 is not in the range 1<=x<=36500",
        ),
        (("--name", "Importer", "--scope", "CONTENT_WRITE", "--expires-in-days", "36501"), "36501 is not in the range"),
    ],
)
def test_a_mistake_is_told_before_anything_is_opened(
    cli: Cli, tmp_path: Path, options: tuple[str, ...], said: str
) -> None:
    """A mistyped scope would leave a token behind that cannot do what it is for."""
    result = cli("token", "create", *options)

    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_name_that_cannot_be_taken_is_one_line(cli: Cli, url: str) -> None:
    """A traceback would bury what to do."""
    result = cli("token", "create", "--name", " ", "--scope", "CONTENT_WRITE")

    assert (result.exit_code, result.stdout, result.stderr) == (1, "", "Error: Write something here.\n")
    assert run(_kept(url)) == ([], [])


# Listing and revoking


def test_tokens_are_listed(cli: Cli, url: str) -> None:
    """Nobody could see which tokens there are, and which of them are needed."""
    with clock.at(NOON):
        secret = cli(*CREATE).stdout.rstrip("\n")
        cli(
            "token",
            "create",
            "--name",
            "Ü",
            "--scope",
            "SITE_MANAGE",
            "--scope",
            "CONTENT_WRITE",
            "--expires-in-days",
            "1",
        )
    run(_asked(url, secret, NOON))
    first, second = (f"tok_{token.id}" for token in run(_kept(url))[0])
    with clock.at(NOON + DAY):
        cli("token", "revoke", first)

    result = cli("token", "list")

    assert (result.exit_code, result.stderr) == (0, "")
    noon, next_noon = "2024-03-04T12:00:00.000000Z", "2024-03-05T12:00:00.000000Z"
    rows = [re.split(" {2,}", line) for line in result.stdout.splitlines()]
    assert rows == [
        ["ID", "NAME", "SCOPES", "CREATED", "EXPIRES", "LAST USED", "REVOKED"],
        [first, "Importer", "CONTENT_PREVIEW,CONTENT_WRITE", noon, "-", noon, next_noon],
        [second, "Ü", "CONTENT_PREVIEW,CONTENT_WRITE,SITE_MANAGE", noon, next_noon, "-", "-"],
    ]
    assert [(one["id"], one["lastUsedAt"], one["revokedAt"]) for one in _listed(cli)] == [
        (first, noon, next_noon),
        (second, None, None),
    ]


def test_a_revoked_token_works_no_more(cli: Cli, url: str) -> None:
    """Somebody who runs the command believes that it is void."""
    secret = cli(*CREATE).stdout.rstrip("\n")
    (one,) = _listed(cli)

    with clock.at(NOON):
        first = cli("token", "revoke", one["id"])
    with clock.at(NOON + DAY):
        second = cli("token", "revoke", one["id"])

    said = "Importer: revoked at 2024-03-04T12:00:00.000000Z. Running servers refuse it within seconds.\n"
    assert (first.exit_code, first.stdout) == (second.exit_code, second.stdout) == (0, said)
    assert run(_asked(url, secret)) is None
    assert [event.type for event in run(_kept(url))[1]] == ["API_TOKEN_CREATED", "API_TOKEN_REVOKED"]


@pytest.mark.parametrize("given", ["1", "tok_", KEY, f"art_{KEY}", f"TOK_{KEY}"])
def test_what_is_no_id_is_refused_before_anything_is_opened(cli: Cli, tmp_path: Path, given: str) -> None:
    """A name, or the id of an article, would be looked for among the tokens."""
    result = cli("token", "revoke", given)

    assert (result.exit_code, result.stdout) == (2, "")
    assert "as `cms token list` shows it" in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_revoking_an_unknown_token_fails(cli: Cli, url: str) -> None:
    """Somebody who took the id from another installation would believe that a leaked token is void."""
    result = cli("token", "revoke", f"tok_{KEY}")

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == "Error: There is no such token: look for its id in the list of tokens.\n"
    assert run(_kept(url)) == ([], [])


@pytest.mark.parametrize("command", ["create", "list", "revoke"])
def test_every_command_is_explained(cli: Cli, command: str) -> None:
    """Somebody would have to read the source."""
    result = cli("token", command, "--help")

    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.splitlines()[2].strip()


# People


async def _people(url: str) -> list[User]:
    async with open_database(url, MODEL_MODULES, MIGRATIONS):
        return await User.all().order_by("id")


async def _signs_in(url: str, password: str) -> bool:
    """Whether Ada does by a password."""
    async with open_database(url, MODEL_MODULES, MIGRATIONS) as database:
        try:
            return (await sign_in(database, "ada@example.org", password)).token is not None
        except DomainError:
            return False


@pytest.mark.usefixtures("_cheap_passwords")
def test_somebody_who_is_let_in_signs_in(cli: Cli, url: str) -> None:
    """Nobody could ever sign in to a new installation."""
    result = cli(*CREATE_USER, given=f"{PASSWORD}\n")

    assert (result.exit_code, result.stdout, result.stderr) == (0, "Ada can sign in as Ada@example.org.\n", "")
    assert run(_signs_in(url, PASSWORD))
    assert [event.type for event in run(_kept(url))[1]] == ["USER_CREATED", "SIGNED_IN"]


@pytest.mark.usefixtures("_cheap_passwords")
@pytest.mark.parametrize("ending", ["", "\n", "\r\n", "\nanother line\n"])
def test_a_password_is_the_first_line_of_what_is_piped_in(cli: Cli, url: str, ending: str) -> None:
    """The line break of `echo` would be part of it, and nobody could type it."""
    cli(*CREATE_USER, given=PASSWORD + ending)

    assert run(_signs_in(url, PASSWORD))


@pytest.mark.usefixtures("_cheap_passwords")
def test_a_password_is_typed_twice_and_not_shown(cli: Cli, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A slip of the finger would lock somebody out; or whoever looks on would read it."""
    monkeypatch.setattr("click.testing._NamedTextIOWrapper.isatty", lambda _: True, raising=False)

    result = cli(*CREATE_USER, given=f"{PASSWORD}\nslipped\n{PASSWORD}\n{PASSWORD}\n")

    assert result.exit_code == 0
    assert result.output.count("Repeat for confirmation") == 2
    assert PASSWORD not in result.output
    assert run(_signs_in(url, PASSWORD))


@pytest.mark.usefixtures("_cheap_passwords")
def test_an_account_as_json(cli: Cli, url: str) -> None:
    """A program that sets up others reads it; and a list would show what lets somebody in."""
    with clock.at(NOON):
        made = json.loads(cli(*CREATE_USER, "--json", given=PASSWORD).stdout)

    (ada,) = run(_people(url))
    assert made == {
        "id": f"usr_{ada.id}",
        "name": "Ada",
        "email": "Ada@example.org",
        "role": "ADMIN",
        "active": True,
        "totp": False,
        "createdAt": "2024-03-04T12:00:00.000000Z",
        "lastSignInAt": None,
    }
    assert json.loads(cli("user", "list", "--json").stdout) == [made]


@pytest.mark.usefixtures("_cheap_passwords")
def test_people_are_listed(cli: Cli, url: str) -> None:
    """Nobody could see who can sign in."""
    with clock.at(NOON):
        cli(*CREATE_USER, given=PASSWORD)
    (ada,) = run(_people(url))

    rows = [re.split(" {2,}", line) for line in cli("user", "list").stdout.splitlines()]

    assert rows == [
        ["ID", "NAME", "EMAIL", "ROLE", "ACTIVE", "CODES", "CREATED", "LAST SIGN-IN"],
        [f"usr_{ada.id}", "Ada", "Ada@example.org", "ADMIN", "yes", "no", "2024-03-04T12:00:00.000000Z", "-"],
    ]


@pytest.mark.usefixtures("_cheap_passwords")
@pytest.mark.parametrize(
    ("options", "given", "said"),
    [
        (CREATE_USER, "short", "Choose a password of 12 characters or more."),
        (CREATE_USER, "", "Choose a password of 12 characters or more."),
        (CREATE_USER, "Ada@example.org", "Choose a password that is neither the name nor the mail address."),
        (("user", "create", "--email", "ada", "--name", "A", "--role", "ADMIN"), PASSWORD, "Write a mail address"),
        (("user", "set-password", "nobody@example.org"), PASSWORD, "Nobody has an account by this address"),
        (("user", "reset-totp", "nobody@example.org"), None, "Nobody has an account by this address"),
    ],
)
def test_what_cannot_be_done_is_one_line(
    cli: Cli, url: str, options: tuple[str, ...], given: str | None, said: str
) -> None:
    """A traceback would bury what to do, and might show the password."""
    result = cli(*options, given=given)

    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (1, "", 1)
    assert result.stderr.startswith(f"Error: {said}")
    assert run(_people(url)) == []


def test_an_unknown_role_is_told_before_anything_is_opened(cli: Cli, tmp_path: Path) -> None:
    """Somebody would be let in who can do nothing."""
    result = cli("user", "create", "--email", "a@example.org", "--name", "Ada", "--role", "OWNER", given=PASSWORD)

    assert (result.exit_code, result.stdout) == (2, "")
    assert "'ADMIN', 'EDITOR', 'WRITER', 'MODERATOR'" in result.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("_cheap_passwords")
def test_a_forgotten_password_is_set(cli: Cli, url: str) -> None:
    """Where no mail goes out, the last administrator could never come back."""
    cli(*CREATE_USER, given=PASSWORD)
    assert run(_signs_in(url, PASSWORD))

    result = cli("user", "set-password", "ADA@example.org", given="another password\n")

    assert (result.exit_code, result.stdout) == (0, "Ada can sign in with the new password.\n")
    assert [run(_signs_in(url, password)) for password in (PASSWORD, "another password")] == [False, True]


@pytest.mark.usefixtures("_cheap_passwords")
def test_codes_are_taken_off(cli: Cli, url: str) -> None:
    """Whoever lost a phone would stay out."""
    cli(*CREATE_USER, given=PASSWORD)
    run(_ask_for_codes(url))
    assert not run(_signs_in(url, PASSWORD))

    result = cli("user", "reset-totp", "ada@example.org")

    assert (result.exit_code, result.stdout) == (0, "Ada signs in without a code.\n")
    assert run(_signs_in(url, PASSWORD))


async def _ask_for_codes(url: str) -> None:
    async with open_database(url, MODEL_MODULES, MIGRATIONS):
        await User.all().update(totp_secret=TOTP_SECRET, totp_last_step=1)


@pytest.mark.parametrize("command", ["create", "list", "set-password", "reset-totp"])
def test_every_command_for_people_is_explained(cli: Cli, command: str) -> None:
    """Somebody would have to read the source."""
    result = cli("user", command, "--help")

    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.splitlines()[2].strip()
