"""Looking at outputs in a browser: each stands in a box of its own, and nothing may happen but that it is read.

The one thing to know: what is looked for is said positively. These tags, these attributes, links of these schemes, and
images of our own; whatever else is there, happens or is asked for is a finding, hostile or not.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Final

from bench.browser.chromium import HOST, Seen, Tab

#: Pages are long enough to be quick, and short enough to tell what a finding is about.
_ON_A_PAGE: Final = 40
_OUR_IMAGES: Final = f"{HOST}/media/id/med_"
_SCHEMES: Final = ("http:", "https:", "mailto:", "tel:")

_LOOK: Final = """
(() => {
  const tags = new Set(("p h2 h3 h4 ul ol li blockquote pre code figure figcaption img a strong em s sub sup br hr " +
    "table thead tbody tr th td").split(" "));
  const kept = {
    "a href": /^/, "a rel": /^(nofollow ugc )?noopener$/, "code class": /^language-[\\w+#.-]+$/, "ol start": /^\\d+$/,
    "img src": /^\\/media\\/id\\/med_[0-9a-f-]+$/, "img alt": /^/, "figure data-embed": /^[a-z]+$/
  };
  const found = [], boxes = [...document.querySelectorAll("body > div.box")];
  const tell = (box, what) => found.push([Number(box.dataset.box), what]);
  for (const box of boxes) {
    const room = box.getBoundingClientRect();
    for (const each of box.querySelectorAll("*")) {
      const tag = each.localName, place = each.getBoundingClientRect(), style = getComputedStyle(each);
      if (!tags.has(tag) || each.namespaceURI !== "http://www.w3.org/1999/xhtml") tell(box, "tag " + tag);
      for (const { name, value } of each.attributes)
        if (!(kept[tag + " " + name] || /(?!)/).test(value)) tell(box, `attribute ${tag} ${name}`);
      if (tag === "a" && !SCHEMES.includes(each.protocol)) tell(box, "link " + each.protocol);
      if (style.position !== "static" || style.display === "none") tell(box, "style of " + tag);
      if (place.width && (place.left < room.left - 1 || place.right > room.right + 1)) tell(box, "size of " + tag);
    }
  }
  const last = document.body && document.body.lastElementChild;
  const all = document.body ? document.body.children.length : 0;
  if (boxes.length !== COUNT || all !== COUNT + 1 || !last || last.id !== "sentinel" || last.textContent !== "The end.")
    found.push([0, `${boxes.length} boxes among ${all - 1}, and then ${last && last.localName}`]);
  return found;
})()
"""
_AGAIN: Final = """
for (const each of document.querySelectorAll("div.box")) each.innerHTML = each.innerHTML;
new Promise(done => setTimeout(done, WAIT))
"""
_CLICK: Final = """
(async () => {
  const links = [...document.querySelectorAll("a, area, button, svg a, input[type=submit], input[type=image]")];
  for (const each of links) {
    each.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true, view: window }));
    await new Promise(done => setTimeout(done, 0));
  }
  await new Promise(done => setTimeout(done, WAIT));
  return links.map(each => String(each.href));
})()
"""
_PAGE: Final = """<!doctype html><meta charset="utf-8"><title>Outputs</title>
<link rel="icon" href="data:,">
<style>.box {{ width: 40em; overflow-wrap: anywhere; }} .box pre {{ white-space: pre-wrap; }}
.box img {{ max-width: 100%; }} .box th, .box td {{ overflow-wrap: anywhere; }}</style>
<body>{boxes}<p id="sentinel">The end.</p>"""


@dataclass(frozen=True, slots=True)
class Output:
    """One thing that the API returned, as a page shows it.

    Attributes:
        number: of the string that it was made of.
        kind: which output: the body of a comment, a biography and so on.
        html: as returned; what is returned as text or as an address is shown as a careful page shows it.
        has_images: whether it may show our own images.
    """

    number: int
    kind: str
    html: str
    has_images: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that must not be: in which output, of which string."""

    number: int
    kind: str
    what: str

    def __str__(self) -> str:
        return f"{self.kind} of string {self.number}: {self.what}"


@dataclass(slots=True)
class Looked:
    """What came of looking: how many outputs on how many pages, how many links were clicked, and what was found."""

    outputs: int = 0
    pages: int = 0
    links: int = 0
    images: int = 0
    moves: int = 0
    findings: list[Finding] = field(default_factory=list)

    def note(self, found: Iterable[Finding]) -> None:
        """Add findings, each once."""
        self.findings = list(dict.fromkeys([*self.findings, *found]))


def as_text(text: str) -> str:
    """Text as a page shows it."""
    return escape(text)


def as_link(address: str) -> str:
    """An address that the API returned, as a page links to it."""
    return f'<p><a href="{escape(address)}">x</a></p>'


async def look(tab: Tab, outputs: Sequence[Output], *, on_a_page: int = _ON_A_PAGE, wait: int = 30) -> Looked:
    """Show all outputs, read them in twice more, click every link; what was found.

    Args:
        tab: where.
        outputs: what to show.
        on_a_page: how many at once; where the boxes may break, one.
        wait: for how many milliseconds something may still begin to happen.
    """
    looked = Looked()
    for start in range(0, len(outputs), on_a_page):
        some = outputs[start : start + on_a_page]
        await tab.open(f"outputs-{start}", page_of(some))
        found = await _at(tab, some)
        # What a browser made of it is read once more, as front ends do that copy from one place to another.
        for _ in range(2):
            await tab.run(_AGAIN.replace("WAIT", str(wait)))
        found += await _at(tab, some)
        looked.images += len(tab.seen.requests)
        clicked = await tab.run(_CLICK.replace("WAIT", str(wait)))
        await tab.stop()
        found += [_of(some, 0, f"went to {each[:120]} by itself") for each in tab.seen.moves if each not in clicked]
        looked.note([*found, *_happened(tab.seen, some)])
        looked.links += len(clicked)
        looked.moves += len(tab.seen.moves)
        looked.outputs += len(some)
        looked.pages += 1
    return looked


def page_of(outputs: Sequence[Output]) -> str:
    """A page with a box for each."""
    boxes = "".join(f'<div class="box" data-box="{place}">{each.html}</div>' for place, each in enumerate(outputs, 1))
    return _PAGE.format(boxes=boxes)


async def _at(tab: Tab, outputs: Sequence[Output]) -> list[Finding]:
    """What stands in the page that should not."""
    script = _LOOK.replace("COUNT", str(len(outputs))).replace("SCHEMES", json.dumps(_SCHEMES))
    return [_of(outputs, place, what) for place, what in await tab.run(script)]


def _of(outputs: Sequence[Output], place: int, what: str) -> Finding:
    """A finding in the box at a place; 0 is the page."""
    if place:
        return Finding(outputs[place - 1].number, outputs[place - 1].kind, what)
    numbers = f"{outputs[0].number} to {outputs[-1].number}"
    return Finding(outputs[0].number if len(outputs) == 1 else 0, outputs[0].kind, f"{what} (strings {numbers})")


def _happened(seen: Seen, outputs: Sequence[Output]) -> Iterator[Finding]:
    """What happened that should not."""
    for hit in seen.hits:
        yield Finding(int(hit) if hit.isdecimal() else 0, outputs[0].kind, "executed")
    for alarm in seen.alarms:
        yield _of(outputs, 0, alarm)
    has_images = any(each.has_images for each in outputs)
    for kind, address in seen.requests:
        if not (kind == "Image" and has_images and address.startswith(_OUR_IMAGES)):
            yield _of(outputs, 0, f"asked for {address[:120]}")
    for address in seen.moves:
        if not address.startswith(_SCHEMES):
            yield _of(outputs, 0, f"went to {address[:120]}")
