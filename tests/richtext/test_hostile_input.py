"""Input that means harm: it becomes text, or it is refused, and it never takes long."""

import json
import time
from collections.abc import Callable

import pytest

from cms.richtext import (
    Document,
    RichTextError,
    from_blocks,
    from_comment,
    from_html,
    from_markdown,
    from_plain_text,
    render,
)
from tests.richtext.documents import faults_in

HOSTILE = [
    "<script>alert(1)</script>",
    "<ScRiPt>alert(1)</sCrIpT>",
    "<script src=//evil.example></script>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<script/x>alert(1)</script/x>",
    "</p><script>alert(1)//",
    "<img src=x onerror=alert(1)>",
    "<img/src='x'/onerror=alert(1)>",
    '<img src="x` `<script>alert(1)</script>"` `>',
    "<img src='/media/id/med_01890a5d-ac96-774b-bcce-b302099a8057' onload=alert(1)>",
    "<img src='/media/id/med_01890a5d-ac96-774b-bcce-b302099a8057' alt='\"><script>alert(1)</script>'>",
    "<img src='data:image/svg+xml,<svg onload=alert(1)>' alt=x>",
    "<img src='javascript:alert(1)' alt=x>",
    "<img src='//evil.example/x.png' alt=x>",
    "<a href='javascript:alert(1)'>x</a>",
    "<a href='JaVaScRiPt:alert(1)'>x</a>",
    "<a href=' javascript:alert(1)'>x</a>",
    "<a href='java\tscript:alert(1)'>x</a>",
    "<a href='java\nscript:alert(1)'>x</a>",
    "<a href='java&#10;script:alert(1)'>x</a>",
    "<a href='java&Tab;script:alert(1)'>x</a>",
    "<a href='&#106;avascript:alert(1)'>x</a>",
    "<a href='&#x6A&#x61&#x76&#x61script:alert(1)'>x</a>",
    "<a href='javascript&colon;alert(1)'>x</a>",
    "<a href='\x01javascript:alert(1)'>x</a>",
    "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
    "<a href='vbscript:msgbox(1)'>x</a>",
    "<a href='//evil.example'>x</a>",
    "<a href='\\\\evil.example'>x</a>",
    "<a href='/\\evil.example'>x</a>",
    "<a href='/\t/evil.example'>x</a>",
    "<a href='https:evil.example'>x</a>",
    "<a href='http:\\\\evil.example'>x</a>",
    "<a href='https://good.example@evil.example/'>x</a>",
    "<a href='https://x.example/\u202egpj.exe'>x</a>",
    "<a href='https://x.example/\u2066y'>x</a>",
    "<a href='https://x.example/\" onclick=\"alert(1)'>x</a>",
    "<a href='https://x.example/' onclick=alert(1) style='position:fixed' target=_blank>x</a>",
    "<a href='file:///etc/passwd'>x</a>",
    "<a href='blob:https://x.example/1'>x</a>",
    "<a href='/x' href='javascript:alert(1)'>x</a>",
    "<base href='//evil.example'><a href='/x'>x</a>",
    "<svg><script>alert(1)</script></svg>",
    "<svg onload=alert(1)>",
    "<svg><a xlink:href='javascript:alert(1)'><text>x</text></a></svg>",
    "<svg><style><img src=x onerror=alert(1)></style></svg>",
    "<svg></p><style><a id='</style><img src=1 onerror=alert(1)>'>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>",
    "<math href='javascript:alert(1)'>x</math>",
    "<math><annotation-xml encoding='text/html'><script>alert(1)</script></annotation-xml></math>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'></noscript>",
    "<template><script>alert(1)</script></template>",
    "<textarea></textarea><script>alert(1)</script>",
    "<title><img src=x onerror=alert(1)></title>",
    "<xmp><img src=x onerror=alert(1)></xmp>",
    "<plaintext><script>alert(1)</script>",
    "<iframe src='javascript:alert(1)'></iframe>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<iframe src='https://evil.example/?youtube.com/watch?v=abcdefghijk'></iframe>",
    "<iframe src='https://www.youtube.com.evil.example/embed/abcdefghijk'></iframe>",
    "<object data='javascript:alert(1)'><embed src='javascript:alert(1)'></object>",
    "<form action='javascript:alert(1)'><button formaction='javascript:alert(1)'>x</button></form>",
    "<input autofocus onfocus=alert(1)>",
    "<details open ontoggle=alert(1)><summary>x</summary></details>",
    "<video><source onerror=alert(1)></video>",
    "<body onload=alert(1)>x",
    "<meta http-equiv=refresh content='0;url=javascript:alert(1)'>",
    "<link rel=stylesheet href='//evil.example/x.css'>",
    "<style>@import '//evil.example/x.css';</style>",
    "<div style='background:url(javascript:alert(1))'>x</div>",
    "<p style=x:expression(alert(1)) class='language-x' id=body>x</p>",
    "<pre><code class='language-\"><script>alert(1)</script>'>x</code></pre>",
    "<pre><code class='language-x onclick=alert(1)'><img src=x onerror=alert(1)></code></pre>",
    "<figure data-embed='\"><script>'><a href='javascript:alert(1)'>x</a></figure>",
    "<ol start='1\" onclick=\"alert(1)'><li>x</ol>",
    "<!--><script>alert(1)</script>-->",
    "<!-- --!><script>alert(1)</script> -->",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<?php echo '<script>alert(1)</script>' ?>",
    "<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]>&e;",
    "<a<b onclick=alert(1)>x",
    "<b><p><a href='/x'><table><tr><a href='javascript:alert(1)'>x</b></td></a>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&amp;lt;script&amp;gt;alert(1)",
    "+ADw-script+AD4-alert(1)+ADw-/script+AD4-",
    "[x](javascript:alert(1))",
    "[x](JAVASCRIPT:alert(1))",
    "[x](<java\tscript:alert(1)>)",
    "[x](javascript&colon;alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](//evil.example)",
    "[x](/\\evil.example)",
    "[x](https://x.example/\u202e)",
    '[x](https://x.example/"onclick="alert(1))',
    '[x](/a "onclick=alert(1)")',
    "[x][y]\n\n[y]: javascript:alert(1)",
    "<javascript:alert(1)>",
    "<https://x.example/'onclick='alert(1)>",
    "![x](javascript:alert(1))",
    '![x"onerror="alert(1)](media:med_01890a5d-ac96-774b-bcce-b302099a8057 "<script>alert(1)</script>")',
    "![x](media:med_01890a5d-ac96-774b-bcce-b302099a8057/../../evil)",
    "[x](article:art_01890a5d-ac96-774b-bcce-b302099a8057?javascript:)",
    '```"><script>alert(1)</script>\nx\n```',
    "``` x onclick=alert(1)\n</code></pre><script>alert(1)</script>\n```",
    "`<script>alert(1)</script>`",
    "| <script> | [x](javascript:alert(1)) |\n|---|---|\n| <img src=x onerror=alert(1)> | y |",
    "> <script>alert(1)</script>\n- <img src=x onerror=alert(1)>",
    "{~<script>alert(1)</script>~}",
    "https://x.example/<script>alert(1)</script>",
    "javascript://x.example/%0aalert(1)",
    "\u202e<script>alert(1)</script>\u202c",
]
DOORS = [from_html, from_markdown, from_comment, from_plain_text]


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.__name__)
@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_string_yields_only_our_own_html(text: str, door: Callable[[str], Document]) -> None:
    """One tag, attribute or address of the input in the output is stored cross-site scripting."""
    rendered = render(door(text))

    assert faults_in(rendered.html) == []
    assert render(from_blocks(json.loads(rendered.blocks))).html == rendered.html


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.__name__)
@pytest.mark.parametrize("text", ["a\x00b", "a\ud800b", "x" * (1024 * 1024 + 1), "é" * (512 * 1024 + 1)])
def test_what_cannot_be_stored_is_refused(text: str, door: Callable[[str], Document]) -> None:
    """NUL and lone surrogates break PostgreSQL and JSON; a text without a limit breaks the server."""
    with pytest.raises(RichTextError):
        door(text)


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.__name__)
def test_too_many_blocks_are_refused(door: Callable[[str], Document]) -> None:
    """A document of any length would make every read of it slow."""
    assert len(door("<p>x</p>\n\n" * 5000).blocks) == 5000
    with pytest.raises(RichTextError, match="5000"):
        door("<p>x</p>\n\n" * 5001)


DEEP = [
    "<div>" * 10_000 + "x",
    "<b>" * 10_000 + "x",
    "<blockquote>" * 10_000 + "x",
    "<ul><li>" * 10_000 + "x",
    "<table><tr><td>" * 10_000 + "x",
    "<figure>" * 10_000 + "x",
    "<a href=/x>" * 10_000 + "x",
    ">" * 10_000 + "x",
    "- " * 10_000 + "x",
    "[" * 10_000 + "x",
    "[" * 10_000 + "x" + "](/y)" * 10_000,
    "![" * 5_000 + "x" + "](/y)" * 5_000,
    "*a **b " * 10_000,
    "{~" * 10_000 + "x",
    "{~" * 5_000 + "x" + "~}" * 5_000,
    "`" * 10_000,
    "(" * 10_000 + "http://x.example" + ")" * 10_000,
    " " * 1_000_000 + "x",
]


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.__name__)
@pytest.mark.parametrize("text", DEEP, ids=lambda text: f"{text[:8]}..{text[-4:]}")
def test_deep_nesting_neither_crashes_nor_takes_long(text: str, door: Callable[[str], Document]) -> None:
    """A kilobyte that keeps the process busy, or overflows its stack, stops everybody's reading."""
    start = time.process_time()
    html = html_or_refusal(door, text)

    assert time.process_time() - start < 2
    assert html == "nested too deeply" or faults_in(html) == []


def html_or_refusal(door: Callable[[str], Document], text: str) -> str:
    """What `text` looks like, or that it was refused for its depth."""
    try:
        return render(door(text)).html
    except RichTextError as error:
        return "nested too deeply" if "nested too deeply" in str(error) else f"<fault>{error}</fault>"


@pytest.mark.parametrize(
    ("html", "faults"),
    [
        ("<script>x</script>", ["<script>", "</script>"]),
        ("<p onclick=x>y</p>", ["<p onclick='x'>"]),
        ('<p><a href="javascript:x">y</a></p>', ["<a href='javascript:x'>"]),
        ('<p><a href="//evil.example">y</a></p>', ["<a href='//evil.example'>"]),
        ("<p><strong>x</p></strong>", ["</p>", "</strong>"]),
        ("<p>x", ["<p> left open"]),
        ("<!--x-->", ["<!--x-->"]),
    ],
)
def test_the_auditor_sees_what_is_wrong(html: str, faults: list[str]) -> None:
    """An auditor that finds nothing in bad HTML would prove nothing about ours."""
    assert faults_in(html) == faults
