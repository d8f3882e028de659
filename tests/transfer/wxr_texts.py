"""Texts of WordPress posts for tests: a site with a few images and one article, and what a text of it becomes."""

from cms.richtext import render
from cms.transfer.wxr.content import Converted, convert

HARBOUR = "med_01890a5d-ac96-774b-bcce-b302099a8057"
MILL = "med_01890a5d-ac96-774b-bcce-b302099a8058"
ARTICLE = "art_01890a5d-ac96-774b-bcce-b302099a8059"

_UPLOADS = "https://old.example/wp-content/uploads"
IMAGES = {f"{_UPLOADS}/harbour.jpg": HARBOUR, f"{_UPLOADS}/mill.png": MILL, "?attachment_id=8": MILL}
CAPTIONS = {8: "Wind & <sails>"}
LINKS = {"https://old.example/2011/05/bread/": f"article:{ARTICLE}", "/?p=12": f"/id/{ARTICLE}"}


def converted(html: str) -> Converted:
    """`html` of the old site, converted."""
    return convert(
        html, link=lambda url: LINKS.get(url, url), image=IMAGES.get, caption=lambda number: CAPTIONS.get(number, "")
    )


def shown(html: str) -> str:
    """What readers see of `html`, as our HTML without white space between blocks; media are called by their names."""
    result = render(converted(html).document).html.replace(">\n<", "><")
    return result.replace(f"/media/id/{HARBOUR}", "HARBOUR").replace(f"/media/id/{MILL}", "MILL")


def notes(html: str) -> list[str]:
    """What the report says of `html`."""
    return list(converted(html).notes)
