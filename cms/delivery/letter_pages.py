"""The two pages that letters about replies lead to: one confirms, one ends.

The one thing to know: a GET changes nothing, because programs that look for viruses follow every link in a letter; only
the button, or a mailbox in its reader's place (RFC 8058), sends the POST that does. What a POST says beside its address
is not read. The pages are ours alone: no script, nothing from elsewhere, in no index, and their addresses are told to
nobody they link to, since whoever has such an address can end somebody's letters.
"""

import base64
import hashlib
from dataclasses import dataclass
from html import escape
from typing import Final
from urllib.parse import quote

from starlette.endpoints import HTTPEndpoint
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from cms.accounts.links import site_name
from cms.comments.errors import ConfirmationIsVoid
from cms.comments.subscriptions import confirm_replies, end_replies
from cms.kernel.database import Database

_STYLE: Final = """
:root { color-scheme: light dark; }
body { font: 1.125rem/1.5 Georgia, serif; margin: 0 auto; max-width: 34rem; padding: 2rem 1.25rem;
  overflow-wrap: break-word; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0 0 1rem; }
form { margin: 1.5rem 0 0; }
button { font: inherit; min-height: 2.75rem; max-width: 100%; padding: 0.5rem 1.25rem; cursor: pointer; }
button:focus-visible { outline: 0.2rem solid; outline-offset: 0.2rem; }
"""
_STYLE_DIGEST: Final = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_HEADERS: Final = {
    "content-security-policy": (
        f"default-src 'none'; style-src 'sha256-{_STYLE_DIGEST}'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-robots-tag": "noindex, nofollow",
}
_HTML: Final = (
    '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
    '<meta name="viewport" content="width=device-width, initial-scale=1">\n<meta name="robots" content="noindex">\n'
    "<title>{heading} – {site}</title>\n<style>{style}</style>\n</head>\n"  # noqa: RUF001 - a dash, as titles have it
    "<body>\n<main>\n<h1>{heading}</h1>\n{text}</main>\n</body>\n</html>\n"
)


@dataclass(frozen=True, slots=True)
class _Button:
    """What can be done; `also` is what the address of the POST says beside the token."""

    label: str
    also: str = ""


@dataclass(frozen=True, slots=True)
class _Page:
    """A heading, paragraphs in which `{site}` is the publication's name, and what can be done."""

    heading: str
    paragraphs: tuple[str, ...]
    buttons: tuple[_Button, ...] = ()


_CONFIRM: Final = _Page(
    "Replies by mail?",
    (
        "Confirm that you want replies to your comments at {site} mailed to you.",
        "That means the comments that our letter was about, and no others.",
        "Each of those letters ends with a link that ends them.",
    ),
    (_Button("Mail me replies"),),
)
_CONFIRMED: Final = _Page("Confirmed", ("From now on, replies to your comments at {site} are mailed to you.",))
_VOID: Final = _Page(
    "This link works no more",
    (
        "It is too old, or was cut short, or the comment is gone.",
        "To be told of replies at {site}, ask for it with your next comment.",
    ),
)
_END: Final = _Page(
    "No more replies by mail?",
    (
        "Replies to comments of yours at {site} are mailed to you, because you asked for it.",
        "End the letters about the one comment that our letter was about, or all of them.",
        "What you wrote stays as it is.",
    ),
    (_Button("End letters about this comment"), _Button("End letters about all my comments", "&everything=1")),
)
_ENDED: Final = _Page("Done", ("The letters that you ended come no more from {site}. One may still be on its way.",))


class ConfirmPage(HTTPEndpoint):
    """Whether somebody wants to be told of replies."""

    async def get(self, request: Request) -> Response:
        """Show what would be confirmed; the same for every token."""
        return await _shown(request, _CONFIRM)

    async def post(self, request: Request) -> Response:
        """Confirm it."""
        try:
            await confirm_replies(_database(request), _token(request))
        except ConfirmationIsVoid:
            return await _shown(request, _VOID, 410)
        return await _shown(request, _CONFIRMED)


class UnsubscribePage(HTTPEndpoint):
    """Whether somebody wants to be told of no more replies."""

    async def get(self, request: Request) -> Response:
        """Show what would end; the same for every token."""
        return await _shown(request, _END)

    async def post(self, request: Request) -> Response:
        """End it; the answer is the same for every token."""
        await end_replies(_database(request), _token(request), everything="everything" in request.query_params)
        return await _shown(request, _ENDED)


#: Where the links in letters lead.
LETTER_ROUTES: Final = (Route("/confirm", ConfirmPage), Route("/unsubscribe", UnsubscribePage))


async def _shown(request: Request, page: _Page, status: int = 200) -> Response:
    site, token = await site_name(_database(request)), _token(request)
    text = [f"<p>{escape(paragraph.format(site=site))}</p>\n" for paragraph in page.paragraphs]
    text += [
        f'<form method="post" action="?token={quote(token)}{escape(button.also)}">'
        f"<button>{escape(button.label)}</button></form>\n"
        for button in page.buttons
    ]
    made = _HTML.format(heading=escape(page.heading), site=escape(site), style=_STYLE, text="".join(text))
    return HTMLResponse(made, status, _HEADERS)


def _token(request: Request) -> str:
    return request.query_params.get("token", "")


def _database(request: Request) -> Database:
    opened: Database = request.app.state.database
    return opened
