"""`cms export` and `cms import` of what it wrote, as they are called: what they say, and how they end."""

import hashlib
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from tests.transfer.backups import files_below

Cli = Callable[..., Result]
ELSEWHERE = {"CMS_DATABASE_URL": "sqlite://other.db", "CMS_MEDIA_URL": "file://other"}


@pytest.fixture
def cli(cli_with_sample: Cli) -> Cli:
    """Runs `cms` where the sample is."""
    return cli_with_sample


def test_a_bundle_goes_out_and_comes_in(cli: Cli) -> None:
    """Whoever moves reads by these lines that nothing was lost."""
    exported = cli("export", "site.bundle", "--with-credentials")
    told = json.loads(cli("export", "again.bundle", "--with-credentials", "--json").stdout)
    rehearsed = cli("import", "site.bundle", "--dry-run", **ELSEWHERE)
    imported = cli("import", "site.bundle", **ELSEWHERE)
    back = json.loads(cli("export", "back.bundle", "--with-credentials", "--json", **ELSEWHERE).stdout)
    repeated = json.loads(cli("import", "site.bundle", "--json", **ELSEWHERE).stdout)

    first, content, warning = exported.stdout.splitlines()
    assert first.startswith("site.bundle: 510 rows and 6 files as of 20")
    assert content == f"Its content: {told['content']}"
    assert warning == "Whoever has it can sign in as anybody in it: keep it like a key."
    assert imported.exit_code == rehearsed.exit_code == 0
    assert imported.stdout == rehearsed.stdout
    assert imported.stdout.splitlines() == [
        "site: 1 created",
        "media: 6 created",
        "authors: 8 created",
        "topics: 9 created",
        "disclaimers: 4 created",
        "policies: 4 created",
        "articles: 18 created",
        "comments: 37 created",
        "events: 143 created",
    ]
    assert (back["content"], back["rows"], back["media"]) == (told["content"], 510, 6)
    assert repeated["counts"]["comments"] == {"created": 0, "unchanged": 37, "refused": 0, "skipped": 0}
    assert (repeated["failed"], repeated["refusals"], repeated["found"]) == (False, [], [])


def test_what_a_check_finds_in_a_bundle_is_told(cli: Cli) -> None:
    """A disclaimer whose words were changed on the way is not what readers were shown."""
    cli("export", "site.bundle")
    with zipfile.ZipFile("site.bundle") as archive:
        manifest = json.loads(archive.read("manifest.json"))
        parts = {part["name"]: archive.read(part["name"]) for part in manifest["parts"]}
    _forge(Path("forged.bundle"), manifest, parts)

    imported = cli("import", "forged.bundle", **ELSEWHERE)
    told = json.loads(cli("import", "forged.bundle", "--json", **ELSEWHERE).stdout)

    assert imported.exit_code == 1
    assert "disclaimers_are_as_written: The disclaimer " in imported.stdout
    assert [each["check"] for each in told["found"]] == ["disclaimers_are_as_written"]


def _forge(file: Path, manifest: dict[str, list[dict[str, object]]], parts: dict[str, bytes]) -> None:
    """Write the bundle with another title of a disclaimer's first version, as somebody does who knows the format."""
    name = "tables/disclaimer_version.jsonl"
    first, *rest = parts[name].splitlines(keepends=True)
    parts[name] = b"".join([json.dumps({**json.loads(first), "title": "Another"}).encode() + b"\n", *rest])
    (part,) = (each for each in manifest["parts"] if each["name"] == name)
    part |= {"bytes": len(parts[name]), "digest": f"sha256:{hashlib.sha256(parts[name]).hexdigest()}"}
    with zipfile.ZipFile(file, "w") as archive:
        for each, content in {**parts, "manifest.json": json.dumps(manifest).encode()}.items():
            archive.writestr(each, content)


def test_what_is_no_content_is_not_imported(cli: Cli) -> None:
    """The two kinds of files look alike, and each has its own way back."""
    cli("export", "site.bundle")
    cli("backup", "site.backup")

    backup, bundle = cli("import", "site.backup", **ELSEWHERE), cli("restore", "site.bundle", **ELSEWHERE)

    assert (backup.exit_code, bundle.exit_code) == (1, 1)
    assert backup.output == "Error: This is a backup: `cms restore` gives it back to an empty database.\n"
    assert bundle.output == "Error: This is a bundle, which `cms import` brings in.\n"
    assert not Path("other.db").exists()


def test_markdown_goes_out_and_comes_in_without_being_named(cli: Cli) -> None:
    """A folder or a zip of texts is known by looking at it."""
    exported = cli("export", "texts", "--format", "markdown")
    zipped = json.loads(cli("export", "texts.zip", "--format", "markdown", "--json").stdout)
    imported = cli("import", "texts", **ELSEWHERE)
    back = cli("export", "back", "--format", "markdown", **ELSEWHERE)
    repeated = cli("import", "texts.zip", **ELSEWHERE)

    assert exported.stdout.startswith("texts: 18 articles, 1 of them drafts; 8 authors, 9 topics, 6 files.\n")
    assert (zipped["place"], zipped["articles"]) == ("texts.zip", 18)
    assert (imported.exit_code, back.exit_code, repeated.exit_code) == (0, 0, 0)
    assert "articles: 18 created\n" in imported.stdout
    assert "articles: 18 unchanged\n" in repeated.stdout
    assert files_below(Path("texts")) == files_below(Path("back"))
    assert cli("export", "texts", "--format", "markdown").output == (
        "Error: texts is there, and is no empty folder: name another.\n"
    )


def test_a_folder_without_texts_is_no_site(cli: Cli) -> None:
    """Called in the wrong folder, an import would leave a site without a name behind, which has to be renamed first."""
    Path("pictures").mkdir()

    imported = cli("import", "pictures", **ELSEWHERE)

    assert imported.exit_code == 1
    assert imported.stdout == "files: 1 refused\nRefused:\n  - pictures: there is no Markdown in it.\n"
    assert cli("export", "empty.zip", "--format", "csv", **ELSEWHERE).exit_code == 0
    with zipfile.ZipFile("empty.zip") as archive:
        assert archive.read("articles.csv").count(b"\r\n") == 1


def test_sheets_go_out(cli: Cli) -> None:
    """Whoever asks for tables is told how long each is, and gets no passwords."""
    exported = cli("export", "tables.zip", "--format", "csv")
    refused = cli("export", "more.zip", "--format", "csv", "--with-credentials")

    assert exported.stdout.splitlines()[1:] == [
        "articles.csv: 18 rows",
        "authors.csv: 8 rows",
        "topics.csv: 9 rows",
        "comments.csv: 37 rows",
        "redirects.csv: 0 rows",
        "media.csv: 6 rows",
        "disclaimers.csv: 5 rows",
    ]
    assert refused.exit_code == 2
    assert "--with-credentials is for bundles" in refused.output
    assert not Path("more.zip").exists()
