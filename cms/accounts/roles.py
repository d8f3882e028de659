"""What each role may do. This table is the only place that says so; `docs/roles.md` is made from it."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from cms.accounts.models import Role
from cms.kernel.viewer import Scope

#: The scopes that somebody in a role holds.
SCOPES_OF: Final[Mapping[Role, frozenset[Scope]]] = MappingProxyType(
    {
        Role.ADMIN: frozenset(Scope),
        Role.EDITOR: frozenset({Scope.CONTENT_PREVIEW, Scope.CONTENT_WRITE, Scope.CONTENT_PUBLISH}),
        Role.WRITER: frozenset({Scope.CONTENT_PREVIEW, Scope.CONTENT_WRITE}),
        Role.MODERATOR: frozenset({Scope.COMMENTS_MODERATE}),
    }
)

_WORDS: Final = """\
# Roles

What somebody who is signed in may do follows from their role, and from nothing else.

{table}

Readers need no scope for what is public. A writer, who holds `CONTENT_WRITE` without `CONTENT_PUBLISH`, changes only
articles of their own: those they began, and those credited to the author they write as. A program's token holds the
scopes that it was given, whoever gave them; with `CONTENT_WRITE` it changes any article.

Nobody gives a role or a token with scopes that they lack, nor changes the account of somebody who holds more than they.
The last administrator who can sign in stays one.
"""


def as_markdown() -> str:
    """The page `docs/roles.md`."""
    head = ["scope", *(f"`{role.value}`" for role in Role)]
    rows = [[f"`{scope.value}`", *("yes" if scope in SCOPES_OF[role] else "" for role in Role)] for scope in Scope]
    return _WORDS.format(table="\n".join(map(_line, [head, ["---"] * len(head), *rows])))


def _line(cells: list[str]) -> str:
    return f"|{'|'.join(f' {cell} ' if cell else ' ' for cell in cells)}|"
