"""`cms backup` and `cms restore`, as they are called: what they say, and how they end."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

Cli = Callable[..., Result]


@pytest.fixture
def cli(cli_with_sample: Cli) -> Cli:
    """Runs `cms` where the sample is."""
    return cli_with_sample


ELSEWHERE = {"CMS_DATABASE_URL": "sqlite://other.db", "CMS_MEDIA_URL": "file://other"}


def test_backing_up_and_restoring_is_told(cli: Cli) -> None:
    """Whoever runs them at night reads what happened in the morning."""
    taken = cli("backup", "site.backup")
    restored = cli("restore", "site.backup", **ELSEWHERE)

    lines = taken.output.splitlines()
    assert lines[0].startswith("site.backup: ")
    assert " rows and 6 files as of " in lines[0]
    assert lines[1:] == ["CMS_SECRET_KEY is not in it: keep that too, in another place."]
    assert restored.output.splitlines()[0].startswith("Restored ")
    assert restored.output.splitlines()[1:] == ["All is well."]
    # In a pipe nothing is said of how far it has come.
    assert (taken.stderr, restored.stderr, taken.exit_code, restored.exit_code) == ("", "", 0, 0)


def test_they_tell_programs_in_json(cli: Cli) -> None:
    """A program that watches backups would have to read sentences."""
    taken = json.loads(cli("backup", "site.backup", "--json").output)
    restored = json.loads(cli("restore", "site.backup", "--json", **ELSEWHERE).output)

    assert taken["bytes"] == Path("site.backup").stat().st_size
    assert {name: taken[name] for name in ("file", "way", "media", "missing", "altered")} == {
        "file": "site.backup",
        "way": "sqlite",
        "media": 6,
        "missing": [],
        "altered": [],
    }
    assert restored == {
        "taken_at": taken["taken_at"],
        "masthead": restored["masthead"],
        "rows": taken["rows"],
        "media": 6,
        "missing": [],
        "migrated": [],
        "has_same_secret": True,
        "found": [],
    }


def test_refusals_are_a_line_and_a_status(cli: Cli) -> None:
    """A script would go on as if there were a backup."""
    nothing = cli("backup", "site.backup", CMS_DATABASE_URL="sqlite://none.db")
    assert (nothing.exit_code, nothing.output) == (1, "Error: There is no database at none.db.\n")
    assert not Path("site.backup").exists()
    assert not Path("none.db").exists()

    assert cli("backup", "site.backup").exit_code == 0
    full = cli("restore", "site.backup")
    assert full.exit_code == 1
    assert full.output.startswith("Error: cms.db holds content, which a restore would replace: move it away")

    Path("cut.backup").write_bytes(Path("site.backup").read_bytes()[:-1])
    cut = cli("restore", "cut.backup", **ELSEWHERE)
    assert (cut.exit_code, Path("other.db").exists(), Path("other").exists()) == (1, False, False)
    assert cut.output == ("Error: The file is not whole: it was cut off or changed, or is something else.\n")


def test_what_is_wrong_with_what_was_restored_is_told(cli: Cli) -> None:
    """A site whose pictures are missing is restored, and not well; under another key nobody stays signed in."""
    next(each for each in Path("media").rglob("*.*") if each.is_file()).unlink()
    taken = cli("backup", "site.backup")
    restored = cli("restore", "site.backup", CMS_SECRET_KEY="another" * 10, **ELSEWHERE)

    assert taken.exit_code == 0
    assert taken.output.splitlines()[1].endswith(" was not there.")
    lines = restored.output.splitlines()
    assert lines[1].endswith(" was not there when the backup was taken.")
    assert lines[2].startswith("It was taken under another CMS_SECRET_KEY")
    assert lines[3].startswith("files_are_there: med_")
    assert (len(lines), restored.exit_code) == (4, 1)
