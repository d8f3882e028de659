"""Blocks that come as JSON: what is refused, where, and what is brought into form."""

import msgspec
import pytest

from cms.richtext import RichTextError, from_blocks, render
from tests.richtext.documents import ARTICLE, MEDIA

NOT_LINKED = "is not an address that may be linked to: http, https, mailto, tel, `/path` or `#fragment`"


def text_block(text: str = "x", **changes: object) -> dict[str, object]:
    """A paragraph as an editor sends it."""
    return {"_type": "block", "_key": "b", "children": [{"_type": "span", "_key": "s", "text": text}]} | changes


def linked(definition: dict[str, object], mark: str = "m") -> dict[str, object]:
    """A paragraph with one mark definition and one span that has `mark`."""
    span = {"_type": "span", "text": "x", "marks": [mark]}
    return {"_type": "block", "markDefs": [definition], "children": [span]}


def test_every_problem_is_told_with_its_path() -> None:
    """An editor that learns of one mistake at a time gives up."""
    blocks = [
        text_block(),
        {"_type": "script"},
        text_block(style="h1"),
        linked({"_type": "link", "_key": "m", "href": "javascript:alert(1)"}, "other"),
        {"_type": "image", "media": ARTICLE, "alt": "a\x01"},
        {"_type": "image", "media": MEDIA, "src": "x"},
        "text",
    ]

    with pytest.raises(RichTextError) as caught:
        from_blocks(blocks)

    assert [(problem.path, problem.message) for problem in caught.value.problems] == [
        ("blocks[1]._type", "Invalid value 'script'"),
        ("blocks[2].style", "Invalid enum value 'h1'"),
        ("blocks[3].markDefs[0].href", NOT_LINKED),
        ("blocks[3].children[0].marks[0]", "is neither a decorator nor the key of a mark definition"),
        ("blocks[4].media", "is not an id of the form med_<uuid>"),
        ("blocks[4].alt", "holds the control character U+0001"),
        ("blocks[5]", "Object contains unknown field `src`"),
        ("blocks[6]", "Expected `object`, got `str`"),
    ]
    assert str(caught.value).startswith("blocks[1]._type: Invalid value 'script'; blocks[2].style: ")


@pytest.mark.parametrize(
    ("block", "path"),
    [
        (text_block("a\x00"), ".children[0].text"),
        (text_block("a\ud800"), ".children[0].text"),
        (text_block(_key="a b"), "._key"),
        (text_block(level=1), ".level"),
        (text_block(start=2), ".start"),
        (text_block(listItem="bullet", style="h2"), ".style"),
        (text_block(listItem="bullet", level=11), ".level"),
        (text_block(listItem="bullet", level=True), ".level"),
        (text_block(children="x"), ".children"),
        (text_block(children=[{"_type": "span", "text": "x", "_key": "s"}] * 2), ".children[1]._key"),
        (linked({"_type": "link", "_key": "strong", "href": "/x"}, "strong"), ".markDefs[0]._key"),
        (linked({"_type": "link", "_key": "m", "href": "//evil.example"}), ".markDefs[0].href"),
        (linked({"_type": "link", "_key": "m", "href": "https://x.org/\u202e"}), ".markDefs[0].href"),
        (linked({"_type": "link", "_key": "m", "href": f"/id/{ARTICLE}"}), ".markDefs[0].href"),
        (linked({"_type": "internalLink", "_key": "m", "article": MEDIA}), ".markDefs[0].article"),
        ({"_type": "code", "code": "x", "language": 'x" onclick="'}, ".language"),
        ({"_type": "embed", "provider": "youtube", "url": "https://evil.example/watch?v=abcdefghijk"}, ".url"),
        ({"_type": "embed", "provider": "vimeo", "url": "https://www.youtube.com/watch?v=abcdefghijk"}, ".url"),
        ({"_type": "table", "rows": []}, ".rows"),
        (
            {"_type": "table", "rows": [{"_type": "row", "cells": [{"_type": "cell"}]}, {"_type": "row", "cells": []}]},
            ".rows[1].cells",
        ),
    ],
)
def test_a_bad_block_is_refused(block: dict[str, object], path: str) -> None:
    """What slips through here is rendered to every reader."""
    with pytest.raises(RichTextError) as caught:
        from_blocks([block])

    assert [problem.path for problem in caught.value.problems] == [f"blocks[0]{path}"]


@pytest.mark.parametrize("value", [None, {}, "[]", 3])
def test_only_a_list_is_rich_text(value: object) -> None:
    """A JSON text that was not decoded must not pass as empty rich text."""
    with pytest.raises(RichTextError, match="list of blocks"):
        from_blocks(value)


def test_two_blocks_may_not_share_a_key() -> None:
    """An edit addressed by key would hit the wrong block."""
    with pytest.raises(RichTextError, match=r"blocks\[1\]\._key"):
        from_blocks([text_block(), text_block()])


def test_text_over_the_limit_is_refused() -> None:
    """Blocks may not carry what the other doors refuse."""
    with pytest.raises(RichTextError, match="larger than 1048576 bytes"):
        from_blocks([{"_type": "code", "code": "x" * 1_048_577}])


def test_blocks_are_brought_into_canonical_form_and_keep_their_keys() -> None:
    """Two editors that split spans differently must not make two different texts."""
    block = {
        "_type": "block",
        "_key": "mine",
        "markDefs": [
            {"_type": "link", "_key": "l1", "href": "HTTPS://x.org/a b"},
            {"_type": "link", "_key": "l2", "href": "https://x.org/a%20b"},
            {"_type": "link", "_key": "unused", "href": "/y"},
        ],
        "children": [
            {"_type": "span", "_key": "k1", "text": " a  "},
            {"_type": "span", "_key": "k2", "text": "b ", "marks": ["em", "strong"]},
            {"_type": "span", "_key": "k3", "text": "", "marks": ["sub"]},
            {"_type": "span", "_key": "k4", "text": "c", "marks": ["l1"]},
            {"_type": "span", "_key": "k5", "text": "d", "marks": ["l2"]},
        ],
    }

    document = from_blocks([block, {"_type": "block", "children": []}, {"_type": "divider"}])

    assert msgspec.json.decode(render(document).blocks) == [
        {
            "_type": "block",
            "_key": "mine",
            "style": "normal",
            "markDefs": [{"_type": "link", "_key": "l1", "href": "https://x.org/a%20b"}],
            "children": [
                {"_type": "span", "_key": "k1", "text": "a ", "marks": []},
                {"_type": "span", "_key": "k2", "text": "b", "marks": ["strong", "em"]},
                {"_type": "span", "_key": "s2", "text": " ", "marks": []},
                {"_type": "span", "_key": "k4", "text": "cd", "marks": ["l1"]},
            ],
        },
        {"_type": "divider", "_key": document.blocks[1].key},
    ]


def test_list_levels_go_one_deeper_at_a_time() -> None:
    """A third level without a second cannot be written in HTML or Markdown."""
    document = from_blocks([item(3), item(3), item(3), text_block(_key=""), item(2)])

    assert render(document).markdown == "- x\n  - x\n    - x\n\nx\n\n- x\n"


def item(level: int) -> dict[str, object]:
    """An item of a bullet list."""
    return text_block(listItem="bullet", level=level, _key="")
