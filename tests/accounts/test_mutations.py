"""Accounts over HTTP: signing in and staying in, managing people and tokens, and who may.

Each test has the application to itself, with somebody in each role who can sign in.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any

import httpx2
import pyotp
import pytest
import pytest_asyncio

from cms.accounts.models import AccountLink, ApiToken, Role, Session, User
from cms.accounts.tokens import create_token
from cms.kernel import clock
from cms.kernel.database import Database
from cms.kernel.models import Idempotency
from cms.kernel.viewer import SYSTEM, Scope
from schema.account_mutations import RESET_TAKES
from tests.accounts.people import OTHER, PASSWORD, letters, mailed_token, somebody
from tests.articles.world import every_row, found
from tests.serving import asking, fill, post, running, settings_for

pytestmark = pytest.mark.asyncio

NEW = "a staple of batteries"
ERRORS = "errors { __typename code path }"
SIGN_IN = (
    "mutation ($email: String!, $password: String!, $totp: String) { "
    "signIn(email: $email, password: $password, totp: $totp) { "
    f"token expiresAt user {{ id name role }} {ERRORS} }} }}"
)
WHO = "{ viewer { user { name } scopes } }"
CREATE_USER = (
    "mutation ($input: CreateUserInput!, $options: WriteOptions) { createUser(input: $input, options: $options) { "
    f"user {{ id name email role active }} {ERRORS} effects {{ dryRun }} }} }}"
)
UPDATE_USER = (
    "mutation ($input: UpdateUserInput!, $options: WriteOptions) { updateUser(input: $input, options: $options) { "
    f"user {{ name role active author {{ id }} }} {ERRORS} }} }}"
)
CREATE_TOKEN = (
    "mutation ($input: CreateApiTokenInput!, $options: WriteOptions) { "
    "createApiToken(input: $input, options: $options) { "
    f"apiToken {{ id name scopes expiresAt lastUsedAt }} secret {ERRORS} }} }}"
)
REVOKE_TOKEN = f"mutation ($id: ID!) {{ revokeApiToken(id: $id) {{ deletedId {ERRORS} }} }}"


@dataclass
class World:
    """The application, whoever works here, and the credentials of those who signed in."""

    client: httpx2.AsyncClient
    people: dict[str, User]
    program: str
    tokens: dict[str, str] = field(default_factory=dict)

    @property
    def database(self) -> Database:
        """The one that is served."""
        app: Any = self.client._transport
        database: Database = app.app.state.database
        return database

    async def ask(self, who: str, query: str, **variables: object) -> dict[str, Any]:
        """What somebody is answered: a role, `program`, `anonymous`, or a credential."""
        if who in self.people and who not in self.tokens:
            self.tokens[who] = str((await self.sign_in(who))["token"])
        credential = {"anonymous": None, "program": self.program}.get(who, self.tokens.get(who, who))
        headers = {} if credential is None else {"authorization": f"Bearer {credential}"}
        answer: dict[str, Any] = (await post(self.client, asking(query, variables), **headers)).json()
        return answer

    async def do(self, who: str, query: str, **variables: object) -> dict[str, Any]:
        """The payload of the one write of a mutation."""
        answer = await self.ask(who, query, **variables)
        assert "errors" not in answer, answer
        (payload,) = answer["data"].values()
        assert isinstance(payload, dict)
        return payload

    async def rows_before(self, *known: str) -> dict[str, list[tuple[object, ...]]]:
        """Every row, with these known to the server, so that nothing more is noted of their being here."""
        for who in known:
            await self.ask(who, WHO)
        await ApiToken.all().update(last_used_at=clock.now())
        await Session.all().update(last_seen_at=clock.now())
        return await every_row(self.database)

    async def sign_in(self, who: str, password: str = PASSWORD, totp: str | None = None) -> dict[str, Any]:
        """What somebody in a role is answered who signs in."""
        email = self.people[who].email if who in self.people else who
        return await self.do("anonymous", SIGN_IN, email=email, password=password, totp=totp)


@pytest_asyncio.fixture
async def world(database_url: str, tmp_path: Path) -> AsyncIterator[World]:
    """The application with somebody in each role, and a program that manages people and nothing else."""
    people: dict[str, User] = {}
    secrets = []

    async def work(database: Database) -> None:
        await found(database)
        for role in Role:
            people[role.value] = await somebody(database, role.value.title(), role)
        secrets.append((await create_token(database, SYSTEM, "Program", [Scope.PEOPLE_MANAGE]))[1])

    await fill(database_url, work)
    async with running(settings_for(database_url, tmp_path, log_level="ERROR")) as client:
        yield World(client, people, secrets[0])


def codes(payload: dict[str, Any]) -> list[tuple[str, list[str] | None]]:
    """Code and path of each thing that was wrong."""
    return [(error["code"], error["path"]) for error in payload["errors"]]


# Signing in


async def test_somebody_signs_in_and_is_known(world: World) -> None:
    """Editors could do nothing at all."""
    payload = await world.sign_in("EDITOR")

    editor = world.people["EDITOR"]
    assert payload["user"] == {"id": f"usr_{editor.id}", "name": "Editor", "role": "EDITOR"}
    assert (payload["errors"], payload["expiresAt"] is not None) == ([], True)
    assert (await world.ask(payload["token"], WHO))["data"]["viewer"] == {
        "user": {"name": "Editor"},
        "scopes": ["CONTENT_PREVIEW", "CONTENT_WRITE", "CONTENT_PUBLISH"],
    }


async def test_a_wrong_password_is_told_as_data(world: World) -> None:
    """A client could show nothing but that something failed; or would learn who has an account."""
    told = [await world.sign_in(who, OTHER) for who in ("EDITOR", "nobody@example.org")]

    expected = {"__typename": "InputError", "code": "INVALID", "path": None}
    assert told == [{"token": None, "expiresAt": None, "user": None, "errors": [expected]}] * 2


async def test_wrong_passwords_are_counted_though_they_are_refused(world: World) -> None:
    """The count would be rolled back with the refusal, and guessing cost nothing."""
    told = [(await world.sign_in("EDITOR", OTHER))["errors"][0]["__typename"] for _ in range(6)]

    assert told == ["InputError"] * 4 + ["RateLimited"] * 2


async def test_signing_out_ends_the_session_at_once(world: World) -> None:
    """Whoever leaves a shared computer would stay signed in."""
    token = (await world.sign_in("EDITOR"))["token"]
    await world.ask(token, WHO)

    payload = await world.do(token, f"mutation {{ signOut {{ {ERRORS} }} }}")

    assert payload == {"errors": []}
    refused = await world.ask(token, WHO)
    assert refused["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


async def test_a_password_is_changed_over_the_api(world: World) -> None:
    """The session that asks would end as well, or the others would not."""
    here, there = [(await world.sign_in("EDITOR"))["token"] for _ in range(2)]
    query = f'mutation {{ changePassword(current: "{PASSWORD}", new: "{NEW}") {{ user {{ name }} {ERRORS} }} }}'

    payload = await world.do(here, query)

    assert payload == {"user": {"name": "Editor"}, "errors": []}
    assert (await world.ask(here, WHO))["data"]["viewer"]["user"] == {"name": "Editor"}
    assert "errors" in await world.ask(there, WHO)
    assert (await world.sign_in("EDITOR", NEW))["errors"] == []


async def test_codes_over_the_api(world: World) -> None:
    """Nobody could enrol a phone; or would never be asked for its code."""
    made = await world.do("EDITOR", f"mutation {{ setUpTotp {{ secret otpauthUrl {ERRORS} }} }}")
    code = pyotp.TOTP(made["secret"]).now()
    confirm = "mutation ($code: String!) { confirmTotp(code: $code) { user { name } errors { code path } } }"
    confirmed = await world.do("EDITOR", confirm, code=code)

    asked = "mutation ($email: String!, $password: String!) { signIn(email: $email, password: $password) { "
    asked += "token totpRequired user { name } errors { code } } }"
    told = await world.do("anonymous", asked, email="editor@example.org", password=PASSWORD)

    assert made["otpauthUrl"].startswith("otpauth://totp/The%20Harbour%20Light:editor")
    assert confirmed == {"user": {"name": "Editor"}, "errors": []}
    assert told == {"token": None, "totpRequired": True, "user": None, "errors": []}
    assert codes(await world.sign_in("EDITOR", totp=code)) == [("INVALID", ["totp"])]
    off = f'mutation {{ disableTotp(password: "{PASSWORD}") {{ user {{ name }} {ERRORS} }} }}'
    assert (await world.do("EDITOR", off))["errors"] == []
    assert (await world.sign_in("EDITOR"))["token"] is not None


async def test_an_invitation_is_accepted_over_the_api(world: World) -> None:
    """Whoever is invited could never come."""
    invited = {"name": "Ben", "email": "ben@example.org", "role": "WRITER"}
    made = await world.do("ADMIN", CREATE_USER, input=invited)
    accept = "mutation ($token: String!, $password: String!) { acceptInvitation(token: $token, password: $password) { "
    accept += "user { name } errors { code path } } }"
    token = await mailed_token()

    first = await world.do("anonymous", accept, token=token, password=NEW)
    again = await world.do("anonymous", accept, token=token, password=OTHER)

    assert made["user"]["email"] == "ben@example.org"
    assert first == {"user": {"name": "Ben"}, "errors": []}
    assert again == {"user": None, "errors": [{"code": "INVALID", "path": ["token"]}]}
    assert (await world.sign_in("ben@example.org", NEW))["user"]["name"] == "Ben"


async def test_a_forgotten_password_over_the_api(world: World) -> None:
    """Whoever forgot it would need somebody with a shell."""
    ask = "mutation ($email: String!) { requestPasswordReset(email: $email) { errors { code } } }"
    told = [await world.do("anonymous", ask, email=email) for email in ("editor@example.org", "nobody@example.org")]
    reset = "mutation ($token: String!, $password: String!) { resetPassword(token: $token, password: $password) { "
    reset += "user { name } errors { code path } } }"

    payload = await world.do("anonymous", reset, token=await mailed_token(), password=NEW)

    assert told == [{"errors": []}] * 2
    assert payload == {"user": {"name": "Editor"}, "errors": []}
    assert (await world.sign_in("EDITOR", NEW))["token"] is not None


@pytest.mark.parametrize("email", ["editor@example.org", "nobody@example.org"])
async def test_a_letter_takes_no_longer_than_none(world: World, email: str) -> None:
    """Three questions and a clock would tell who works here: a letter takes twice as long as none."""
    ask = "mutation ($email: String!) { requestPasswordReset(email: $email) { errors { code } } }"

    begun = monotonic()
    await world.do("anonymous", ask, email=email)

    assert monotonic() - begun >= RESET_TAKES.total_seconds()


# People


async def test_somebody_is_let_in_with_a_password(world: World) -> None:
    """An administrator could let nobody in where no mail goes out."""
    given = {"name": "Ben", "email": "ben@example.org", "role": "WRITER", "password": NEW}

    payload = await world.do("ADMIN", CREATE_USER, input=given)

    assert payload["user"] == {
        "id": payload["user"]["id"],
        "name": "Ben",
        "email": "ben@example.org",
        "role": "WRITER",
        "active": True,
    }
    assert (await world.sign_in("ben@example.org", NEW))["user"]["id"] == payload["user"]["id"]
    assert await letters() == []


async def test_a_dry_run_lets_nobody_in(world: World) -> None:
    """Whoever only tries would have sent a letter."""
    before = await world.rows_before("ADMIN")
    given = {"name": "Ben", "email": "ben@example.org", "role": "WRITER"}

    payload = await world.do("ADMIN", CREATE_USER, input=given, options={"dryRun": True})

    assert payload == {"user": None, "errors": [], "effects": {"dryRun": True}}
    assert await every_row(world.database) == before


async def test_somebody_is_changed(world: World) -> None:
    """What is left out would be cleared, or null would not clear."""
    writer = f"usr_{world.people['WRITER'].id}"

    renamed = await world.do("ADMIN", UPDATE_USER, input={"id": writer, "name": "Wren", "authorId": None})
    promoted = await world.do("ADMIN", UPDATE_USER, input={"id": writer, "role": "EDITOR"})
    off = await world.do("ADMIN", UPDATE_USER, input={"id": writer, "active": False})

    assert renamed["user"] == {"name": "Wren", "role": "WRITER", "active": True, "author": None}
    assert promoted["user"] == {"name": "Wren", "role": "EDITOR", "active": True, "author": None}
    assert off["user"] == {"name": "Wren", "role": "EDITOR", "active": False, "author": None}


async def test_the_last_administrator_is_told_why(world: World) -> None:
    """They would try again and again."""
    admin = f"usr_{world.people['ADMIN'].id}"

    payload = await world.do("ADMIN", UPDATE_USER, input={"id": admin, "role": "EDITOR"})

    assert (payload["user"], codes(payload)) == (None, [("STATE_CONFLICT", ["id"])])


# Tokens


async def test_a_token_is_made_used_listed_and_revoked(world: World) -> None:
    """Programs could not be let in without a shell."""
    made = await world.do("ADMIN", CREATE_TOKEN, input={"name": "Importer", "scopes": ["CONTENT_WRITE"]})
    token, secret = made["apiToken"], made["secret"]
    scopes = (await world.ask(secret, WHO))["data"]["viewer"]["scopes"]

    revoked = await world.do("ADMIN", REVOKE_TOKEN, id=token["id"])

    assert token == {
        "id": token["id"],
        "name": "Importer",
        "scopes": ["CONTENT_PREVIEW", "CONTENT_WRITE"],
        "expiresAt": None,
        "lastUsedAt": None,
    }
    assert scopes == ["CONTENT_PREVIEW", "CONTENT_WRITE"]
    assert revoked == {"deletedId": token["id"], "errors": []}
    assert "errors" in await world.ask(secret, WHO)
    node = await world.ask("ADMIN", "query ($id: ID!) { node(id: $id) { id } }", id=token["id"])
    assert node["data"]["node"] is None


async def test_a_secret_is_never_told_twice(world: World) -> None:
    """Whoever sees an old request could ask for the secret again."""
    given = {"name": "Importer", "scopes": ["SITE_MANAGE"]}
    once = {"idempotencyKey": "importer-1"}

    first = await world.do("ADMIN", CREATE_TOKEN, input=given, options=once)
    second = await world.do("ADMIN", CREATE_TOKEN, input=given, options=once)

    assert second == {**first, "secret": None}
    assert await ApiToken.filter(name="Importer").count() == 1
    assert first["secret"] not in repr([(row.result, row.input_digest) for row in await Idempotency.all()])


async def test_what_is_wrong_with_a_token_is_told(world: World) -> None:
    """A client could not say which field to mend."""
    right: dict[str, object] = {"name": "Importer", "scopes": ["SITE_MANAGE"]}
    wrong: list[dict[str, object]] = [{"name": ""}, {"scopes": []}, {"expiresAt": "2020-01-01T00:00:00Z"}]
    told = [codes(await world.do("ADMIN", CREATE_TOKEN, input={**right, **given})) for given in wrong]
    told.append(codes(await world.do("ADMIN", REVOKE_TOKEN, id=f"usr_{world.people['ADMIN'].id}")))

    assert told == [
        [("REQUIRED", ["name"])],
        [("REQUIRED", ["scopes"])],
        [("INVALID", ["expiresAt"])],
        [("NOT_FOUND", ["id"])],
    ]


# Lists


async def test_people_and_tokens_are_listed(world: World) -> None:
    """An administrator could not see who is here."""
    query = "{ users(first: 3) { nodes { name email role } totalCount pageInfo { hasNextPage } } "
    query += "apiTokens { nodes { name scopes } totalCount } }"

    listed = (await world.ask("ADMIN", query))["data"]

    assert listed == {
        "users": {
            "nodes": [
                {"name": name.title(), "email": f"{name.lower()}@example.org", "role": name}
                for name in ("ADMIN", "EDITOR", "MODERATOR")
            ],
            "totalCount": 4,
            "pageInfo": {"hasNextPage": True},
        },
        "apiTokens": {"nodes": [{"name": "Program", "scopes": ["PEOPLE_MANAGE"]}], "totalCount": 1},
    }


@pytest.mark.parametrize("who", ["anonymous", "EDITOR", "WRITER", "MODERATOR"])
async def test_lists_are_for_those_who_manage_people(world: World, who: str) -> None:
    """Anybody could see who works here, and which programs there are."""
    token = await ApiToken.get()

    for query in ("{ users { totalCount } }", "{ apiTokens { totalCount } }"):
        assert (await world.ask(who, query))["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    node = await world.ask(who, "query ($id: ID!) { node(id: $id) { id } }", id=f"tok_{token.id}")
    assert node == {"data": {"node": None}}


# Who may


@pytest.mark.parametrize("who", ["anonymous", "program", "ADMIN", "EDITOR", "WRITER", "MODERATOR"])
async def test_who_may_manage_people_and_programs(world: World, who: str) -> None:
    """A writer would be administrator by their own hand; every refusal leaves everything as it was."""
    writer, token = f"usr_{world.people['WRITER'].id}", f"tok_{(await ApiToken.get()).id}"
    before = await world.rows_before(who)
    given = {"name": "Ben", "email": "ben@example.org", "role": "WRITER"}
    attempts: list[tuple[str, dict[str, object]]] = [
        (CREATE_USER, {"input": given}),
        (UPDATE_USER, {"input": {"id": writer, "name": "Wren"}}),
        (CREATE_TOKEN, {"input": {"name": "Importer", "scopes": ["CONTENT_WRITE"]}}),
    ]
    selected = "user { id }"
    told = []
    for query, variables in attempts:
        # What only those who manage people may see is not asked for.
        plain = query.replace("user { id name email role active }", selected)
        told.append(codes(await world.do(who, plain, **variables)))

    if who == "ADMIN":
        assert told == [[], [], []]
        assert codes(await world.do(who, REVOKE_TOKEN, id=token)) == []
        return
    assert told == [[("NOT_ALLOWED", None)]] * 3
    if who != "program":
        assert codes(await world.do(who, REVOKE_TOKEN, id=token)) == [("NOT_ALLOWED", None)]
    assert await every_row(world.database) == before


@pytest.mark.parametrize("who", ["anonymous", "program"])
async def test_what_is_ones_own_needs_somebody(world: World, who: str) -> None:
    """A program could change a password that it does not have; every refusal leaves everything as it was."""
    before = await world.rows_before(who)
    attempts = [
        "signOut",
        f'changePassword(current: "{PASSWORD}", new: "{NEW}")',
        "setUpTotp",
        'confirmTotp(code: "000000")',
        f'disableTotp(password: "{PASSWORD}")',
    ]

    told = [codes(await world.do(who, f"mutation {{ {attempt} {{ {ERRORS} }} }}")) for attempt in attempts]

    assert told == [[("NOT_ALLOWED", None)]] * 5
    assert await every_row(world.database) == before
    assert (await Session.all().count(), await AccountLink.all().count()) == (0, 0)
