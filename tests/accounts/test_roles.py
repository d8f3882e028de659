"""What each role may do, and the page that says so."""

from pathlib import Path

from cms.accounts.models import Role
from cms.accounts.roles import SCOPES_OF, as_markdown
from cms.kernel.viewer import Scope

_PAGE = Path(__file__).parents[2] / "docs" / "roles.md"


def test_what_each_role_may_do() -> None:
    """A writer would publish, or a moderator read drafts; that may change only by somebody's decision."""
    assert {role: {scope.value for scope in scopes} for role, scopes in SCOPES_OF.items()} == {
        Role.ADMIN: {
            "CONTENT_PREVIEW",
            "CONTENT_WRITE",
            "CONTENT_PUBLISH",
            "COMMENTS_MODERATE",
            "PEOPLE_MANAGE",
            "SITE_MANAGE",
            "PERSONAL_DATA",
        },
        Role.EDITOR: {"CONTENT_PREVIEW", "CONTENT_WRITE", "CONTENT_PUBLISH"},
        Role.WRITER: {"CONTENT_PREVIEW", "CONTENT_WRITE"},
        Role.MODERATOR: {"COMMENTS_MODERATE"},
    }


def test_every_role_has_its_scopes() -> None:
    """Somebody in a new role could not sign in at all."""
    assert set(SCOPES_OF) == set(Role)


def test_who_may_write_may_read_what_is_written() -> None:
    """An editor would save an article and be shown nothing of it."""
    for scopes in SCOPES_OF.values():
        assert Scope.CONTENT_PREVIEW in scopes or not scopes & {Scope.CONTENT_WRITE, Scope.CONTENT_PUBLISH}


def test_the_page_says_what_the_table_says() -> None:
    """Write it again: `python -c "from cms.accounts.roles import as_markdown; print(as_markdown(), end='')"`."""
    assert _PAGE.read_text(encoding="utf-8") == as_markdown()


def test_the_page_has_a_line_for_each_scope() -> None:
    """Somebody who wants to know whether writers may publish would find nothing."""
    lines = as_markdown().splitlines()

    assert "| scope | `ADMIN` | `EDITOR` | `WRITER` | `MODERATOR` |" in lines
    assert "| `CONTENT_PUBLISH` | yes | yes | | |" in lines
    assert "| `COMMENTS_MODERATE` | yes | | | yes |" in lines
