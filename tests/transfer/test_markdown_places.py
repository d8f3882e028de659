"""Folders and zips that somebody hands in: what leads out of them, nests, multiplies or is damaged is not read."""

import os
from copy import copy
from pathlib import Path
from uuid import UUID
from zipfile import ZIP_BZIP2, ZIP_DEFLATED, ZipFile, ZipInfo

import pytest

from cms.transfer.markdown import folders, is_markdown, zips
from cms.transfer.markdown.errors import Unreadable
from cms.transfer.markdown.identity import key_in
from cms.transfer.markdown.naming import facts_of, file_name, last_part, media_name, path_between
from cms.transfer.markdown.opening import opened
from tests.transfer.markdowns import Files, written, zipped


def _names(place: Path) -> tuple[list[str], list[str]]:
    """What is found, and what is refused."""
    with opened(place) as found:
        return sorted(found.sizes), list(found.refused)


def test_a_folder_is_read_to_its_edges(tmp_path: Path) -> None:
    """A link in somebody's folder must not bring the host's files before readers."""
    outside = written(tmp_path / "outside", {"secret.md": "S", "key.png": "K"})
    folder = written(tmp_path / "folder", {"a.md": "A", "in/b.md": "B", ".git/c.md": "C", "node_modules/d.md": "D"})
    (folder / "out.md").symlink_to(outside / "secret.md")
    (folder / "out.png").symlink_to(outside / "key.png")
    (folder / "round").symlink_to(folder)
    (folder / "alias.md").symlink_to(folder / "a.md")
    (folder / "gone.md").symlink_to(folder / "nowhere")
    (folder / "loop.md").symlink_to(folder / "loop.md")
    os.mkfifo(folder / "pipe.md")
    (folder / "esc\x1b[2J.md").write_text("E")

    names, refused = _names(folder)

    assert names == ["a.md", "alias.md", "in/b.md"]
    assert refused == [
        "esc\ufffd[2J.md: it is no plain file, or its name is no text",
        "gone.md: it is no plain file, or its name is no text",
        "loop.md: it is no plain file, or its name is no text",
        "out.md: it leads out of the folder",
        "pipe.md: it is no plain file, or its name is no text",
    ]


def test_paths_are_followed_below_the_place_only(tmp_path: Path) -> None:
    """Links are written by anybody; accents are encoded in two ways."""
    written(tmp_path, {"outside.md": "O"})
    with opened(
        written(
            tmp_path / "folder", {"a.md": "A", "in/cafe\u0301.md": "C", "x/b.md": "", "y/b.md": "", "oars/index.md": ""}
        )
    ) as found:
        assert found.named("in/../a.md") == found.named("./a.md") == found.named("/a.md") == "a.md"
        assert found.named("in/caf\u00e9.md") == "in/cafe\u0301.md"
        assert [found.named(path) for path in ("../outside.md", "../a.md", "in/../../a.md", "none.md", "in")] == [
            None
        ] * 5
        assert (found.called("caf\u00e9.md"), found.called("b.md")) == ("in/cafe\u0301.md", None)
        assert found.called("oars.md") == found.called("Index.md") == "oars/index.md"
        assert found.read("a.md", 1) == b"A"
        with pytest.raises(Unreadable, match="more than 0 bytes"):
            found.read("a.md", 0)
        # It was looked at, and grew.
        (tmp_path / "folder" / "a.md").write_text("AA")
        with pytest.raises(Unreadable, match="more than 1 bytes"):
            found.read("a.md", 1)


def test_a_zip_is_read_to_its_edges(tmp_path: Path) -> None:
    """Names in a zip are bytes that anybody wrote."""
    odd = tmp_path / "odd.zip"
    link = ZipInfo("link.md")
    link.external_attr = 0o120777 << 16
    with ZipFile(odd, "w") as file:
        for name in (
            "../up.md",
            "/root.md",
            "C:/drive.md",
            "a\\b.md",
            "in/../../up.md",
            "in/a.md",
            "b.md",
            "up/../x.png",
        ):
            file.writestr(ZipInfo(name), "x")
        file.writestr(link, "/etc/passwd")
        file.writestr("packed.md", "x", compress_type=ZIP_BZIP2)
        file.writestr("__MACOSX/in/._a.md", "x")

    names, refused = _names(odd)

    assert names == ["b.md", "in/a.md"]
    assert refused == [
        "../up.md: it leads out of the folder",
        "/root.md: it leads out of the folder",
        "C:/drive.md: it leads out of the folder",
        "a\\b.md: it leads out of the folder",
        "in/../../up.md: it leads out of the folder",
        "link.md: it is a link",
        "packed.md: it is packed in a way that is not read",
    ]


def test_the_folder_that_everything_lies_in_makes_no_difference(tmp_path: Path) -> None:
    """Downloads of repositories have one more folder than the repository, under a name that changes."""
    assert _names(zipped(tmp_path / "one.zip", {"blog-main/a.md": "A", "blog-main/in/b.md": "B"}))[0] == [
        "a.md",
        "in/b.md",
    ]
    assert _names(zipped(tmp_path / "two.zip", {"x/a.md": "A", "y/b.md": "B"}))[0] == ["x/a.md", "y/b.md"]


def test_bombs_are_not_unpacked(tmp_path: Path) -> None:
    """A few kilobytes may say that they are gigabytes, or say less than they are."""
    large = tmp_path / "large.zip"
    with ZipFile(large, "w", ZIP_DEFLATED) as file:
        file.writestr("a.md", b"x" * 5_000_000)
    content = large.read_bytes()
    size = (5_000_000).to_bytes(4, "little")
    liar = tmp_path / "liar.zip"
    liar.write_bytes(content.replace(size, (10).to_bytes(4, "little")))
    boaster = tmp_path / "boaster.zip"
    boaster.write_bytes(content.replace(size, (2**31).to_bytes(4, "little")))
    with opened(large) as found, pytest.raises(Unreadable, match="more than 1,000 bytes"):
        found.read("a.md", 1000)
    with opened(liar) as found, pytest.raises(Unreadable, match="it is damaged, or locked"):
        found.read("a.md", 1000)
    with pytest.raises(Unreadable, match="its texts have more than"), opened(boaster):
        pass


def test_files_that_lie_over_one_another_are_refused(tmp_path: Path) -> None:
    """A thousand names for the same bytes unpack to a thousand times as much."""
    with ZipFile(tmp_path / "over.zip", "w") as file:
        file.writestr("a.md", "A" * 2000)
        other = copy(file.getinfo("a.md"))
        other.filename = "b.md"
        file.filelist.append(other)
    with pytest.raises(Unreadable, match="lie over one another"), opened(tmp_path / "over.zip"):
        pass


def test_a_name_that_is_there_twice_is_read_once(tmp_path: Path) -> None:
    """Of two files with one name each reader takes another one."""
    with ZipFile(tmp_path / "twice.zip", "w") as file:
        file.writestr("a.md", "A")
        with pytest.warns(UserWarning, match="Duplicate name"):
            file.writestr("a.md", "B")
    with opened(tmp_path / "twice.zip") as found:
        assert (found.refused, found.read("a.md", 1)) == (["a.md: it is there twice"], b"A")


def test_there_are_not_any_number_of_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The names alone of millions of files fill a machine."""
    monkeypatch.setattr(folders, "MOST_FILES", 1)
    monkeypatch.setattr(zips, "MOST_FILES", 1)
    two: Files = {"a.md": "A", "b.md": "B"}
    for place in (written(tmp_path / "folder", two), zipped(tmp_path / "two.zip", two)):
        with pytest.raises(Unreadable, match="it holds more than 1 files"), opened(place):
            pass


@pytest.mark.parametrize("cut", [10, 60, -30, -5])
def test_a_zip_that_was_cut_off_is_refused(tmp_path: Path, cut: int) -> None:
    """Half of a download is no download."""
    whole = zipped(tmp_path / "whole.zip", {"a.md": "A" * 100, "b.md": "B" * 100}).read_bytes()
    (tmp_path / "cut.zip").write_bytes(whole[:cut])
    with (
        pytest.raises(Unreadable, match=r"neither a folder nor a zip|it is damaged, or locked"),
        opened(tmp_path / "cut.zip"),
    ):
        pass
    assert not is_markdown(tmp_path / "cut.zip")


def test_what_is_markdown_is_seen(tmp_path: Path) -> None:
    """A bundle is a zip too, and may hold texts; a folder of pictures holds none."""
    assert is_markdown(written(tmp_path / "a", {"in/a.MD": "A"}))
    assert is_markdown(zipped(tmp_path / "a.zip", {"a.markdown": "A"}))
    assert not is_markdown(zipped(tmp_path / "b.zip", {"a.md": "A", "manifest.json": "{}"}))
    assert not is_markdown(written(tmp_path / "c", {"a.png": "A"}))
    assert not is_markdown(written(tmp_path / "d", {"a.md": "A"}) / "a.md")
    assert not is_markdown(tmp_path / "none")


def test_a_vault_is_seen(tmp_path: Path) -> None:
    """Zips of a vault have its settings too, one folder further down."""
    vault: Files = {"v/.obsidian/app.json": "{}", "v/a.md": "A"}
    for place, is_vault in (
        (written(tmp_path, vault) / "v", True),
        (zipped(tmp_path / "v.zip", vault), True),
        (zipped(tmp_path / "w.zip", {"a.md": "A"}), False),
        (written(tmp_path / "w", {"a.md": "A"}), False),
    ):
        with opened(place) as found:
            assert (found.is_vault, list(found.sizes)) == (is_vault, ["a.md"])


def test_what_a_path_says() -> None:
    """Generators keep dates, languages and drafts in the names of files."""

    def said(path: str) -> tuple[str, str | None, str | None, bool]:
        facts = facts_of(path, ("en", "de-CH"))
        assert facts.begun == ("2012-03-01" if "daily" in path else None)
        return facts.name, facts.date, facts.locale, facts.is_draft

    assert said("_posts/2012-03-01-the-ferry.md") == ("the-ferry", "2012-03-01", None, False)
    assert said("_drafts/the-ferry.md") == ("the-ferry", None, None, True)
    assert said("content/de-ch/posts/ferry/index.md") == ("ferry", None, "de-CH", False)
    assert said("posts/ferry.de-CH.md") == ("ferry", None, "de-CH", False)
    assert said("posts/ferry.fr.md") == ("ferry.fr", None, None, False)
    assert said("daily/2012-03-01.md") == ("2012-03-01", None, None, False)
    assert said("_posts/boats/2012-03-01-the-ferry.md")[3] is False
    assert said("_archive/the-ferry.md")[3] is said("docs/_part.md")[3] is True
    assert said("index.md") == ("index", None, None, False)
    addresses = ("https://x.example/a/the-ferry/", "/2012/the-ferry.html?x#y", "/:year/:title/", "/caf%C3%A9")
    assert [last_part(address) for address in addresses] == ["the-ferry", "the-ferry", "", "café"]


def test_only_an_articles_own_id_is_its_key() -> None:
    """Other systems have an `id` too, and so has everything else here."""
    written_id = "01890a5d-ac96-774b-bcce-b302099a8057"
    assert key_in(f"art_{written_id}") == UUID(written_id)
    assert [key_in(each) for each in (f"aut_{written_id}", f"med_{written_id}", written_id, "12", "", None)] == [
        None
    ] * 6


def test_names_are_safe_on_every_system() -> None:
    """A name of more than 255 bytes is no name, and one with a bracket breaks a link."""
    long = "\u6c49" * 96

    assert file_name("the-ferry") == "the-ferry"
    assert len(f"{file_name(long)}.md".encode()) <= 255
    assert file_name(long) != file_name(long[:-1])
    assert media_name("Évening (path) [1].JPG", "ab") == "media/évening-path-1-ab.jpg"
    assert media_name("../../etc/passwd", "ab") == "media/passwd-ab"
    assert media_name("x" * 255, "ab") == f"media/{'x' * 60}-ab"
    assert path_between("articles/en/a.md", "articles/en/b.md") == "b.md"
    assert path_between("articles/en/a.md", "media/b.png") == "../../media/b.png"
    assert path_between("articles/a.md", "media/b.png") == "../media/b.png"
