"""What a browser makes of hostile strings once the API returns them: nothing but text.

`make browser` takes all four hundred.
"""

from pathlib import Path

import pytest

from bench.browser.chromium import browsing, find_browser
from bench.browser.doors import DOORS, Collected
from bench.browser.looking import Finding, Looked, Output, look
from bench.browser.strings import Hostile, hostile
from bench.browser.trying import too_harmless, try_out
from cms.kernel.database import Dialect

pytestmark = pytest.mark.asyncio

BROWSER = find_browser()
in_browser = pytest.mark.skipif(BROWSER is None, reason="no Chromium is installed here, in which pages could be shown")
on_sqlite = pytest.mark.parametrize("dialect", [Dialect.SQLITE], ids=str)
PICTURE = "/media/id/med_01890a5d-ac96-774b-bcce-b302099a8057"


@in_browser
@on_sqlite
async def test_no_string_does_harm_in_a_browser(database_url: str, tmp_path: Path) -> None:
    """A reader's comment would run as the page's own script, or send every reader's address elsewhere."""
    strings = hostile()[::50]

    tried = await try_out(database_url, tmp_path, strings)

    assert list(tried.wrong) == []
    assert len(strings) == 8
    # The harness sees: shown carelessly, most of them run.
    assert len({each.number for each in tried.harm.findings if each.what == "executed"}) >= 4
    assert {each.kind for each in tried.collected.outputs} >= {
        each.name for each in DOORS if "address" not in each.name
    }
    assert tried.looked.outputs >= 80
    assert tried.served.pages >= len(strings)


@in_browser
async def test_whatever_is_not_ours_is_found() -> None:
    """A harness that sees scripts alone would let through what loads, leads away, asks or covers the page."""
    harmless = Output(1, "text", '<p>a <a href="https://x.example/" rel="noopener">b</a></p>')
    picture = Output(2, "picture", f'<figure><img src="{PICTURE}" alt="c"></figure>', has_images=True)
    wrong = {
        "executed": "<img src=x onerror=hit(3)>",
        "link javascript:": '<a href="javascript:1">x</a>',
        "attribute p style": '<p style="color: red">x</p>',
        "style of p": '<p style="position: fixed">x</p>',
        "size of a": f'<p>{"x" * 20} <a style="display: inline-block; width: 90em" href="/x">x</a></p>',
        "tag form": "<form><p>x</p></form>",
        "asked for http://evil.example/x (strings 3 to 3)": "<img src=http://evil.example/x>",
        "went to http://evil.example/x by itself (strings 3 to 3)": "<meta http-equiv=refresh content='0;url=http://evil.example/x'>",
        "1 boxes among 2, and then p (strings 3 to 3)": "</div><div>",
        "dialog: boo (strings 3 to 3)": "<script>alert('boo')</script>",
    }

    async with browsing(BROWSER or "") as tab:
        # Where a link leads is asked for later than others look, where a machine has much else to do.
        fine = await look(tab, [harmless, picture], wait=500)
        found = {what: await look(tab, [Output(3, "harm", html)], wait=60) for what, html in wrong.items()}
        without = await look(tab, [Output(2, "text", picture.html)])

    assert (fine.findings, fine.links, fine.moves) == ([], 1, 1)
    # The picture is asked for whenever it is read in, unless the browser has it at hand.
    assert fine.images > 0
    assert {what: [each.what for each in looked.findings if each.what == what] for what, looked in found.items()} == {
        what: [what] for what in wrong
    }
    assert [each.what for each in without.findings] == [f"asked for http://page.test{PICTURE} (strings 2 to 2)"]


@in_browser
async def test_what_harms_only_whoever_reads_it_in_again_is_found() -> None:
    """Front ends copy what a browser made of a text, and there a style becomes a picture that runs."""
    # Of two forms in each other a browser keeps one when it reads them again, and the style is none any more.
    html = "<form><math><mtext></form><form><mglyph><style></math><img src=x onerror=hit(3)></style></mglyph></form>"

    async with browsing(BROWSER or "") as tab:
        looked = await look(tab, [Output(3, "harm", html)], wait=60)

    assert "executed" in [each.what for each in looked.findings]


async def test_strings_that_do_no_harm_prove_nothing() -> None:
    """A browser in which no script runs would find every output harmless."""
    strings = [Hostile(number, "words", "Hello.") for number in (1, 2, 3)]
    executed = [Finding(number, "words", "executed") for number in (1, 2)]

    assert list(too_harmless(strings, Looked(findings=executed))) == []
    assert list(too_harmless(strings, Looked(findings=[*executed[:1], Finding(2, "words", "tag form")]))) == [
        "only 1 of 3 strings run where they are shown carelessly"
    ]


@pytest.mark.parametrize("code", ["INTERNAL_SERVER_ERROR", "TOOK_TOO_LONG", "RATE_LIMITED", "TOO_MANY"])
async def test_a_fault_is_no_refusal(code: str) -> None:
    """A text that the server fell over, or never looked at, would be counted as one that it refused."""
    door, collected = DOORS[0], Collected()

    collected.note(door, 1, 200, {"data": {"done": {"node": {"body": {"html": "<p>x</p>"}}, "errors": []}}})
    collected.note(door, 2, 200, {"data": {"done": {"node": None, "errors": [{"code": "INVALID"}]}}})
    collected.note(door, 3, 200, {"errors": [{"extensions": {"code": "BAD_USER_INPUT"}}]})
    collected.note(door, 4, 200, {"errors": [{"extensions": {"code": code}}]})
    collected.note(door, 5, 500, {})

    assert (collected.taken, collected.refused) == ({door.name: 1}, {door.name: 2})
    assert collected.outputs == [Output(1, door.name, "<p>x</p>")]
    assert [each.split(": ")[0] for each in collected.faults] == [f"{door.name} of string {n}" for n in (4, 5)]


async def test_there_are_four_hundred_strings_no_two_the_same() -> None:
    """A family that makes the same string in another way would be counted, and prove nothing."""
    strings = hostile()

    assert len(strings) == 400
    assert [each.number for each in strings] == list(range(1, 401))
    assert len({each.text.replace(str(each.number), "§") for each in strings}) == 400
