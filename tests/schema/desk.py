"""A newsroom to write in: a site, somebody in each role, and a way to send mutations as any of them."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import orjson
import pytest

from cms.accounts.models import Role, User
from cms.accounts.roles import SCOPES_OF
from cms.app import open_reader
from cms.kernel.database import Database
from cms.kernel.limits import Limits
from cms.kernel.secrecy import use_secret
from cms.kernel.viewer import ANONYMOUS, Scope, Viewer
from schema.answering import answer_of, encode
from schema.edge import asked
from schema.schema import Asking, MastheadSchema
from tests.articles.world import found
from tests.reading.world import SECRET

#: A program that writes, and does not publish.
PROGRAM = Viewer(frozenset({Scope.CONTENT_PREVIEW, Scope.CONTENT_WRITE}), actor="token:program")
ADDRESS = "203.0.113.9"
#: A mutation, and what is asked of one that is about an article.
NEW = 'createArticle(input: {title: "Low water"})'
WROTE = "article { id title version } errors { code message path }"


@dataclass(frozen=True)
class Desk:
    """An open newsroom.

    Attributes:
        people: by the names of their roles; `colleague` is a second writer.
    """

    database: Database
    schema: MastheadSchema
    people: Mapping[str, Viewer]

    async def send(self, viewer: Viewer, document: str, variables: Mapping[str, object] | None = None) -> Any:  # noqa: ANN401 - JSON
        """The whole answer."""
        question = asked({"query": document, "variables": dict(variables or {})})
        result = await self.schema.ask(question, Asking(viewer=viewer, address=ADDRESS))
        return orjson.loads(encode(answer_of(result)))

    async def do(self, viewer: Viewer, field: str, payload: str) -> Any:  # noqa: ANN401 - JSON
        """The payload of one mutation, written as `name(arguments)`; it must not fail as an operation."""
        answer = await self.send(viewer, f"mutation {{ it: {field} {{ {payload} }} }}")
        assert "errors" not in answer, answer["errors"]
        return answer["data"]["it"]

    def limited(self, **limits: int) -> "Desk":
        """The same newsroom under other limits."""
        reader = replace(self.schema.preparer.reader, limits=Limits(**limits))
        return replace(self, schema=MastheadSchema(reader, database=self.database))


def code_of(answer: Any) -> str:  # noqa: ANN401 - JSON
    """Why an operation failed: the code of its first error."""
    code: str = answer["errors"][0]["extensions"]["code"]
    return code


def replace_act(desk: Desk, monkeypatch: pytest.MonkeyPatch, name: str, act: object) -> None:
    """Put another verb behind a field."""
    root = desk.schema._schema.mutation_type
    assert root is not None
    definition = root.fields[name].extensions["strawberry-definition"]
    changed = {**definition.metadata, "write": replace(definition.metadata["write"], act=act)}
    monkeypatch.setattr(definition, "metadata", changed)


@asynccontextmanager
async def opened_desk(database: Database) -> AsyncIterator[Desk]:
    """The newsroom in an empty database."""
    use_secret(SECRET)
    await found(database)
    people = {"anonymous": ANONYMOUS, "program": PROGRAM}
    for name, role in (
        ("admin", Role.ADMIN),
        ("editor", Role.EDITOR),
        ("writer", Role.WRITER),
        ("colleague", Role.WRITER),
        ("moderator", Role.MODERATOR),
    ):
        people[name] = await _hired(name, role)
    async with open_reader(database, "https://media.example.org") as reader:
        yield Desk(database, MastheadSchema(reader, database=database), people)


async def _hired(name: str, role: Role) -> Viewer:
    email = f"{name}@harbour.example.org"
    user = await User.create(name=name.title(), name_key=name, email=email, email_key=email, role=role)
    return Viewer(SCOPES_OF[role], user_id=user.id, actor=f"user:{user.id}")
