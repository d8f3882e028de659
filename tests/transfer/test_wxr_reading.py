"""Exports as files: what may be parsed, what is mended, and what a torn one still gives."""

from pathlib import Path

import pytest

from cms.transfer.wxr.cleaning import PART_BYTES
from cms.transfer.wxr.parsed import Channel, ParsedAuthor, ParsedComment, ParsedItem, ParsedTerm, WxrError
from cms.transfer.wxr.prolog import is_wxr
from cms.transfer.wxr.reading import Reading
from tests.transfer.exports import author, category, comment, export, filed, item, items_of, tag, written

BOMB = '<!DOCTYPE rss [<!ENTITY a "aaaaaaaa"><!ENTITY b "&a;&a;&a;">]>'


def _raw(folder: Path, content: bytes) -> Path:
    path = folder / "raw.xml"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("version", ["1.0", "1.1", "1.2"])
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_every_version_is_read(tmp_path: Path, version: str, scheme: str) -> None:
    """WordPress changed its namespaces with every version, and people keep exports for ten years."""
    parts = author("wren", "Wren Ashdown", 7), category("boats", "Boats"), tag("tides", "Tides")
    post_12 = item(12, "A &amp; B", "<p>Said.</p>", filed("boats", "Boats"), comment(5))
    text = export(*parts, post_12, version=version, scheme=scheme)

    wren, boats, tides, channel, said, post = Reading(_raw(tmp_path, text.encode())).records()

    assert channel == Channel("The Old Lamp", "https://old.example/blog", "News & tides", "en-GB", version)
    assert wren == ParsedAuthor("wren", 7, "", "Wren Ashdown")
    assert boats == ParsedTerm("category", "boats", "Boats")
    assert tides == ParsedTerm("post_tag", "tides", "Tides")
    assert isinstance(said, ParsedComment)
    assert (said.place, said.number, said.content) == (0, 5, "Well said.")
    assert isinstance(post, ParsedItem)
    assert (post.number, post.title, post.content) == (12, "A & B", "<p>Said.</p>")
    assert post.terms == (boats,)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (f'<?xml version="1.0"?>{BOMB}'.encode() + export().encode()[40:], "document type"),
        (b"\xef\xbb\xbf<!-- <rss> -->\n" + BOMB.encode() + export().encode()[40:], "document type"),
        (export().encode("utf-16"), "UTF-16"),
        (export().replace("UTF-8", "UTF-7").encode(), "UTF-7"),
        (b"<rss><channel><title>A feed</title></channel></rss>", "no WordPress export"),
        (b"Dear Sir,", "no XML"),
        (b"", "no XML"),
    ],
)
def test_what_must_not_be_parsed_is_refused_by_its_bytes(tmp_path: Path, content: bytes, why: str) -> None:
    """Entities can make a gigabyte of a kilobyte, and a document type can name a file of this machine."""
    with pytest.raises(WxrError, match=why):
        list(Reading(_raw(tmp_path, content)).records())


def test_an_export_is_known_by_its_beginning() -> None:
    """Somebody who leaves the format out means the one that the file has."""
    assert is_wxr(export().encode())
    assert is_wxr(b"\xef\xbb\xbf" + export(version="1.0").encode())
    assert not is_wxr(b"<!doctype html><p>WordPress eXtended RSS</p>"[:15])
    assert not is_wxr(b"Title\n\nhttp://wordpress.org/export/1.2/ is a namespace.")


def test_what_wordpress_breaks_is_mended(tmp_path: Path) -> None:
    """Each of these stands in real exports, and each would end the import there."""
    text = export(item(1, "Fish & Chips &nbsp;&hellip; &lt;b&gt; &bogus; &#233;", "a & b \x08&nbsp;<br>\x0b]] >"))
    reading = Reading(_raw(tmp_path, text.encode().replace("é".encode(), b"\xe9").replace(b"<br>", b"\xe9\xff<br>")))

    [post] = [record for record in reading.records() if isinstance(record, ParsedItem)]

    assert post.title == "Fish & Chips \xa0… <b> &bogus; é"
    assert post.content == "a & b &nbsp;\ufffd\ufffd<br>]] >"
    assert (reading.mended.controls, reading.mended.bytes_, reading.mended.ampersands) == (2, 2, 4)
    assert reading.torn == ""


def test_text_is_the_same_wherever_a_part_ends(tmp_path: Path) -> None:
    """A file is read in parts; a mark, a reference or a character that lies across two must not be seen differently."""
    content = "é & &amp; <!-- wp:p --> ]] é]"
    text = export(item(1, "A & B &eacute;", content, comment(7, "]]")))
    whole = text.index("<title>A"), text.index("</item>")
    for place in range(*whole):
        padding = " " * (PART_BYTES - len(text[:place].encode()))
        path = _raw(tmp_path, text.replace("<item>", f"{padding}<item>").encode())
        said, post = (record for record in Reading(path).records() if not isinstance(record, Channel))
        assert isinstance(said, ParsedComment)
        assert isinstance(post, ParsedItem)
        assert (said.content, post.title, post.content) == ("]]", "A & B é", content), place
    latin = export(item(1, "Köln", "ü" * PART_BYTES)).replace("UTF-8", "ISO-8859-1").encode("latin-1")
    assert items_of(_raw(tmp_path, latin))[0].content == "ü" * PART_BYTES


@pytest.mark.parametrize("cut", ["<wp:post_id>3", "]]></content:encoded><excerpt", "three</tit", "<wp:comment_id>9"])
def test_a_torn_file_gives_what_is_whole(tmp_path: Path, cut: str) -> None:
    """A download that broke off is better than none, as long as nobody takes half a post for a post."""
    text = export(item(1), item(2), item(3, "three", "Third.", comment(8), comment(9)))
    torn = text[: text.index(cut, text.index("<title>three")) + len(cut)]
    reading = Reading(_raw(tmp_path, torn.encode()))

    numbers = [record.number for record in reading.records() if isinstance(record, ParsedItem)]

    assert numbers == [1, 2]
    assert reading.torn.startswith("line 7: ")


def test_a_file_torn_inside_says_so_too(tmp_path: Path) -> None:
    """Tags that do not match cannot be guessed at: what follows might belong to anything."""
    reading = Reading(_raw(tmp_path, export(item(1), "<item><title>two</item>", item(3)).encode()))

    assert [record.number for record in reading.records() if isinstance(record, ParsedItem)] == [1]
    assert reading.torn.startswith("line 6: Opening and ending tag mismatch: title")


def test_deep_nesting_and_long_texts_have_bounds(tmp_path: Path) -> None:
    """A file made to exhaust the parser ends the reading, not the process."""
    reading = Reading(_raw(tmp_path, export("<x>" * 100_000).encode()))
    assert [type(record) for record in reading.records()] == [Channel]
    assert reading.torn

    huge, next_ = items_of(written(tmp_path, item(1, "Huge", "x" * 20_000_000), item(2)))

    assert 1024 * 1024 < len(huge.content) <= 4 * 1024 * 1024
    assert next_.content == "Some words."
