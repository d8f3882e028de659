"""The people whose days are told as a frontend lives through them: over HTTP, with nothing but GraphQL."""

from dataclasses import dataclass
from typing import Any

import httpx2

from cms.accounts.models import Role
from cms.accounts.users import UserDraft, create_user, first_password
from cms.kernel.database import Database
from cms.kernel.viewer import SYSTEM
from tests.serving import asking, post

PASSWORD = "a boat that never sails"  # noqa: S105 - of people who live in a test
#: What the verbs of articles are asked to answer.
ARTICLE = (
    "article { id version title status hasUnpublishedChanges viewerCan head { id number } } "
    "errors { __typename code message path ... on VersionConflict { currentVersion theirs { field before after } } "
    "... on CheckFailed { checks { rule severity } } } effects { events { event count } redirects { from to } }"
)


@dataclass
class Person:
    """Somebody at a browser: every request carries what they were given when they signed in."""

    client: httpx2.AsyncClient
    token: str = ""

    @property
    def headers(self) -> dict[str, str]:
        """By which they are known."""
        return {"authorization": f"Bearer {self.token}"} if self.token else {}

    async def ask(self, document: str) -> Any:  # noqa: ANN401 - JSON
        """The data of an answer without errors."""
        answer = (await post(self.client, asking(document), **self.headers)).json()
        assert "errors" not in answer, answer["errors"]
        return answer["data"]

    async def do(self, field: str, payload: str = ARTICLE) -> Any:  # noqa: ANN401 - as above
        """The payload of a mutation that was carried out."""
        told = (await self.ask(f"mutation {{ it: {field} {{ {payload} }} }}"))["it"]
        assert told["errors"] == [], told["errors"]
        return told

    async def try_(self, field: str, payload: str = ARTICLE) -> list[dict[str, Any]]:
        """The errors of a mutation that was refused."""
        told = (await self.ask(f"mutation {{ it: {field} {{ {payload} }} }}"))["it"]
        errors: list[dict[str, Any]] = told["errors"]
        assert errors
        return errors

    async def sign_in(self, name: str) -> None:
        """Have a token from now on."""
        told = await self.do(
            f'signIn(email: "{name}@harbour.example.org", password: "{PASSWORD}")',
            "token totpRequired user { name role } errors { message }",
        )
        assert told["totpRequired"] is False
        assert told["user"]["name"] == name.title()
        self.token = told["token"]


async def hire(database: Database, **people: Role) -> None:
    """Let people work here, by the names that they sign in with."""
    for name, role in people.items():
        email = f"{name}@harbour.example.org"
        hashed = await first_password(PASSWORD, email=email, name=name)
        await create_user(database, SYSTEM, UserDraft(name=name.title(), email=email, role=role, password_hash=hashed))
