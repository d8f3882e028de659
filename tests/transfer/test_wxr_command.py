"""`cms import` of a WordPress export: the format is seen, a rehearsal is one, and the status tells what was refused."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cms.cli import main
from cms.kernel import secrecy
from tests.transfer.exports import author, comment, item, written
from tests.transfer.world import OVEN, PAGES

SECRET = b"a key for tests, thirty-two bytes"


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(secrecy._holder, "key", SECRET)
    for name in ("DATABASE_URL", "ENVIRONMENT", "LOG_LEVEL", "MEDIA_URL"):
        monkeypatch.delenv(f"CMS_{name}", raising=False)
    monkeypatch.setenv("CMS_SECRET_KEY", SECRET.decode())


def _cms(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["import", *arguments], prog_name="cms")


def test_an_export_is_imported_from_the_command_line(tmp_path: Path) -> None:
    """The first thing that somebody who comes from WordPress does here."""
    export = str(written(tmp_path, author("wren", "Wren"), item(1, "One", "Text", comment(1), kind="page")))

    rehearsed = _cms(export, "--dry-run", "--json", "--pages-topic", "Old pages", "--time-zone", "Europe/Berlin")
    imported = _cms(export, "--format", "wxr", "--json", "--pages-topic", "Old pages", "--time-zone", "Europe/Berlin")
    again = _cms(export, "--pages-topic", "Old pages")

    assert (rehearsed.exit_code, imported.exit_code, again.exit_code) == (0, 0, 0)
    told = json.loads(imported.stdout)
    assert json.loads(rehearsed.stdout) == told
    assert told["counts"]["topics"] == {"created": 1, "unchanged": 0, "refused": 0, "skipped": 0}
    assert "articles: 1 unchanged" in again.stdout


def test_what_was_refused_is_the_status(tmp_path: Path) -> None:
    """A script that imports must see that something is missing."""
    torn = tmp_path / "torn.xml"
    torn.write_text(written(tmp_path, item(1)).read_text(encoding="utf-8").removesuffix("</rss>\n"), encoding="utf-8")

    result = _cms(str(torn))

    assert result.exit_code == 1
    assert "files: 1 refused" in result.stdout


def test_a_page_is_no_export(tmp_path: Path) -> None:
    """Pages are imported as before, and called an export one is refused whole."""
    page = str(PAGES / OVEN)

    assert _cms(page, "--format", "wxr").exit_code == 1
    assert "time zone" in _cms(page, "--format", "wxr", "--time-zone", "Nowhere").stderr
    assert "articles: 1 created" in _cms(page).stdout
    assert list(tmp_path.glob("cms.db"))
