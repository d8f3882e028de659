"""Bodies in files: links and images become what they lead to, code stays code, and what went out comes in as it was."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from time import monotonic
from typing import Final
from uuid import UUID

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cms.kernel.ids import parse_global_id
from cms.richtext import Document, digest, from_blocks, from_markdown, render
from cms.transfer.markdown.atlas import Atlas
from cms.transfer.markdown.bodies import Bodies, Converted, take_title
from cms.transfer.markdown.hidden import without_hidden
from cms.transfer.markdown.opening import opened
from tests.richtext.documents import ARTICLE, MEDIA, documents
from tests.transfer.markdowns import PNG, Files, written

OARS: Final = "art_01890a5d-ac96-774b-bcce-b302099a8060"
OTHER: Final = "art_01890a5d-ac96-774b-bcce-b302099a8059"
HERE: Final = "articles/en/here.md"
FILES: Final[Files] = {
    HERE: "",
    "articles/en/my other.md": "",
    "articles/de/other.md": "",
    "articles/oars/index.md": "",
    "media/pic-1a2b.png": PNG,
    "static/img/pic.png": PNG,
}
ARTICLES: Final = {"articles/en/my other.md": ARTICLE, "articles/de/other.md": OTHER, "articles/oars/index.md": OARS}


def _read(folder: Path, text: str, articles: Mapping[str, str] = ARTICLES) -> Converted:
    """A body as it comes in; every picture of the folder is the same medium."""

    async def bring(_name: str, _alt: str) -> UUID | None:
        return _key(MEDIA)

    with opened(folder) as place:
        return asyncio.run(Bodies(place, articles, {"/old/": OTHER}, bring).read(text, HERE))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the files that the bodies name."""
    return written(tmp_path_factory.mktemp("folder"), FILES)


@pytest.mark.parametrize(
    ("text", "becomes"),
    [
        ("[a](../de/other.md)", f"[a](article:{OTHER})"),
        ("[a](../de/other.md#part 'T')", f"[a](article:{OTHER})"),
        ("[a](<my other.md>) [b](my%20other.md)", f"[a](article:{ARTICLE}) [b](article:{ARTICLE})"),
        ("[a](/articles/de/other.md)", f"[a](article:{OTHER})"),
        ("[a][x]\n\n[x]: ../de/other.md\n", f"[a](article:{OTHER})"),
        (
            "[[My Other]] [[nobody]] [[my other|words]] [[other#part|it]]",
            f"[My Other](article:{ARTICLE}) \\[\\[nobody\\]\\] [words](article:{ARTICLE}) [it](article:{OTHER})",
        ),
        ('[a]({{< ref "other.md" >}}) [b]({{% relref "de/other" %}})', f"[a](article:{OTHER}) [b](article:{OTHER})"),
        ("[a]({% post_url other %}) [b]({% link de/other.md %})", f"[a](article:{OTHER}) [b](article:{OTHER})"),
        ("[a](/old/)", f"[a](article:{OTHER})"),
        ("[a](../de/other) [b](../de/other/#part)", f"[a](article:{OTHER}) [b](article:{OTHER})"),
        (
            "[a](../oars/) [b]({{< ref \"oars\" >}}) [c](other.html 'T')",
            f"[a](article:{OARS}) [b](article:{OARS}) [c](article:{OTHER})",
        ),
        ("[a](nobody) [b]({% post_url none %}) `[c](nobody)` ![d](nobody)", "a b `[c](nobody)` d"),
        (
            "[a](__GHOST_URL__/other/)\n\n![p](__GHOST_URL__/img/pic.png)",
            f"[a](article:{OTHER})\n\n![p](media:{MEDIA})",
        ),
        ("a <!-- b\n\nc -->d", "a d"),
        (
            "a {/* b */}c{{/* d */}}e %%f%%g {% comment %}h{% endcomment %}i {{% comment %}}j{{% /comment %}}k",
            "a ce g i k",
        ),
        ("`<!-- a -->` `%%b%%`\n\n```\n{/* c */}\n```", "`<!-- a -->` `%%b%%`\n\n```\n{/* c */}\n```"),
        ("| a <!-- b --> | `<!-- c -->` |\n| --- | --- |", "| a | `<!-- c -->` |\n| --- | --- |"),
        (r"\<!-- a --> 50%% <!-- c", r"\<!-- a --> 50%% \<!-- c"),
        ("`[a](../de/other.md)` ``[[other]]``", "`[a](../de/other.md)` `[[other]]`"),
        ("```\n[a](../de/other.md)\n![[pic.png]]\n```", "```\n[a](../de/other.md)\n![[pic.png]]\n```"),
        (r"\[a\](../de/other.md) \[[other]]", r"\[a\](../de/other.md) \[\[other\]\]"),
        ("[a](none.md) [b](../../../../etc/x.md) [c](/about)", "a b [c](/about)"),
        ("[a](https://x.example/other.md)", "[a](https://x.example/other.md)"),
        ("![p](../../media/pic-1a2b.png 'C')", f'![p](media:{MEDIA} "C")'),
        ("![p](/img/pic.png) \n\n![q](<../../media/pic-1a2b.png>)", f"![p](media:{MEDIA})\n\n![q](media:{MEDIA})"),
        ("![[pic.png]]", f"![](media:{MEDIA})"),
        ("![p](none.png) and ![q](https://x.example/a.png)", "p and [q](https://x.example/a.png)"),
        ("<p>One <b>two</b></p>\n<img src='../../media/pic-1a2b.png' alt='p'>", f"One **two**\n\n![p](media:{MEDIA})"),
        ("<p align=center>x</p>\n\n## Two\n", "\\<p align=center>x\\</p>\n\n## Two"),
    ],
)
def test_what_a_body_names_is_found(folder: Path, text: str, becomes: str) -> None:
    """A link that leads nowhere any more, or a word of code that became a link, was changed by the way."""
    assert render(_read(folder, text).document).markdown.strip() == becomes


def test_what_was_decided_is_told(folder: Path) -> None:
    """Whoever moves wants to know what to look at."""

    def notes(text: str) -> tuple[str, ...]:
        return _read(folder, text).notes

    assert notes("[a](../de/other.md) `[b](none.md)`") == ()
    assert notes("[a](https://x.example/other.md) <!--more--> {/* truncate */} `<!-- a -->`") == ()
    assert notes("a <!-- b -->") == ("Words that its writer hid from readers were left out",)
    assert (
        notes("{{< youtube a >}}")
        == notes("{% raw %}")
        == ("What a template would have filled in stands as it was written",)
    )
    assert notes("[a](nobody)") == notes("[a](none.md)") == ("A link to a file that is not here became its words",)
    assert notes("![q](https://x.example/a.png)") == ("An image of another site became a link to it",)
    assert notes("![q](a.png)") == (
        "An image whose file is not here, or is of no type that is taken, became its words",
    )
    assert notes("<p>x</p>") == ("Its body is HTML, and was read as such",)


def test_a_title_is_taken_from_where_it_stands() -> None:
    """A heading that is the title would stand there twice."""
    assert take_title("\n# The *ferry* #\n\nText") == ("The *ferry*", "\nText")
    assert take_title("Text\n\n# Later\n") == ("", "Text\n\n# Later\n")
    assert take_title("## Second\n") == ("", "## Second\n")


def test_remarks_that_never_end_are_looked_for_once() -> None:
    """A body of openings is read for hours, or the rest of a text is hidden behind one that was left open."""
    body = "<!-- {/* {{/* {% comment %} {{< comment >}} " * 20_000
    started = monotonic()
    assert without_hidden(f"{body}Seen.", is_ours=False) == (f"{body}Seen.", False)
    assert monotonic() - started < 5
    assert without_hidden("a %% b %% {/* c */} <!-- d -->e", is_ours=True) == ("a %% b %% {/* c */} e", True)


_WORDS = st.sampled_from(
    [
        "](../de/other.md)",
        "[x](my%20other.md)",
        "[[other]]",
        "![[pic.png]]",
        "<!-- x -->",
        f"media:{MEDIA}",
        f"(article:{ARTICLE})",
    ]
)


# Too slow is what a machine with other work is.
@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(documents(3), _WORDS)
def test_what_goes_out_comes_in_as_it_was(folder: Path, document: Document, words: str) -> None:
    """A body that comes back differently was lost on the way, and an export of it would be another one each time."""
    code = [{"_type": "span", "text": f"{words} and "}, {"_type": "span", "text": words, "marks": ["code"]}]
    more = [{"_type": "block", "children": code}, {"_type": "code", "code": words}]
    rendered = render(from_blocks([*orjson.loads(render(document).blocks), *more]))
    atlas = Atlas({_key(ARTICLE): "articles/de/other.md"}, {}, {}, {_key(MEDIA): "media/pic-1a2b.png"}, {})

    text = atlas.body(rendered.blocks, rendered.markdown, HERE)
    again = _read(folder, text, {"articles/de/other.md": ARTICLE}).document

    assert digest(again) == digest(from_markdown(rendered.markdown)), text


def _key(written_id: str) -> UUID:
    node = parse_global_id(written_id)
    assert node is not None
    return node.key
