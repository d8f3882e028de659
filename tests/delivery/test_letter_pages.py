"""The pages that letters lead to, over HTTP: a look changes nothing, the button does, and nobody learns anything."""

import re
from collections.abc import AsyncIterator
from html import unescape
from pathlib import Path

import httpx2
import pytest
import pytest_asyncio

from cms.app import create_app
from cms.comments.actions import post_comment
from cms.comments.drafts import CommentDraft, Guest
from cms.comments.models import ReplySubscription
from cms.comments.subscriptions import TokenPurpose, token_of
from cms.kernel.clock import now
from cms.kernel.database import Database
from cms.kernel.ids import new_id
from cms.kernel.secrecy import use_secret
from cms.kernel.viewer import ANONYMOUS
from tests.comments.world import make_article, make_site
from tests.seed.sample import SECRET
from tests.serving import fill, listening, settings_for

pytestmark = pytest.mark.asyncio

_INES = Guest("Ines", "ines@mail.example.org")
_ONE_CLICK = {"content-type": "application/x-www-form-urlencoded"}


async def _some_wishes(database: Database) -> None:
    """A publication with a hostile name, and a reader who asked twice to be told of replies."""
    use_secret(SECRET)
    await make_site(name='<script>alert("1")</script> & {site}')
    for _ in range(2):
        draft = CommentDraft((await make_article()).id, "Tell me", guest=_INES, notify_of_replies=True)
        await post_comment(database, ANONYMOUS, draft)


@pytest_asyncio.fixture
async def client(database_url: str, tmp_path: Path) -> AsyncIterator[httpx2.AsyncClient]:
    """Somebody who follows links, to a real server."""
    await fill(database_url, _some_wishes)
    settings = settings_for(database_url, tmp_path)
    app = create_app(settings)
    async with (
        # Started here and not by the server, so that a test can ask the application's database what came of it.
        app.router.lifespan_context(app),
        listening(app, settings, lifespan="off") as host,
        httpx2.AsyncClient(base_url=f"http://{host}") as opened,
    ):
        yield opened


async def _tokens(purpose: TokenPurpose) -> list[str]:
    """The tokens of all wishes, oldest first."""
    return [token_of(purpose, wish.id) for wish in await ReplySubscription.all().order_by("id")]


async def _standing() -> list[tuple[bool, bool]]:
    """Of each wish whether it is confirmed, and whether it came to an end."""
    wishes = await ReplySubscription.all().order_by("id")
    return [(wish.confirmed_at is not None, wish.ended_at is not None) for wish in wishes]


def _seen(answer: httpx2.Response) -> tuple[int, str]:
    """What somebody sees of a page."""
    return answer.status_code, re.sub(r"token=[^\"&]*", "token=", answer.text)


def _actions(answer: httpx2.Response) -> list[str]:
    """Where the buttons of a page lead."""
    return [unescape(found) for found in re.findall(r'<form method="post" action="([^"]*)">', answer.text)]


async def test_a_look_changes_nothing_and_the_button_does(client: httpx2.AsyncClient) -> None:
    """A program that looks for viruses would confirm or end letters; or somebody who clicks twice see a fault."""
    confirm, end = await _tokens(TokenPurpose.CONFIRM), await _tokens(TokenPurpose.END)
    confirm_page, end_page = f"/confirm?token={confirm[0]}", f"/unsubscribe?token={end[0]}"
    looks = [await client.request(method, page) for method in ("GET", "HEAD") for page in (confirm_page, end_page)]
    looked = await _standing()
    confirmed = [await client.post(f"/confirm{action}") for action in _actions(looks[0]) * 2]
    after_confirming = await _standing()
    one, everything = _actions(looks[1])
    ended = [await client.post(f"/unsubscribe{one}") for _ in range(2)]
    after_one = await _standing()
    all_ended = await client.post(f"/unsubscribe{everything}")

    assert [look.status_code for look in looks] == [200] * 4
    assert (_actions(looks[0]), one) == ([f"?token={confirm[0]}"], f"?token={end[0]}")
    assert looked == [(False, False), (False, False)]
    assert [answer.status_code for answer in (*confirmed, *ended, all_ended)] == [200] * 5
    assert confirmed[0].text == confirmed[1].text
    assert ended[0].text == ended[1].text
    # The letter of the first wish named no other.
    assert (after_confirming, after_one) == ([(True, False), (False, False)], [(True, True), (False, False)])
    assert await _standing() == [(True, True), (False, True)]
    assert "<h1>Confirmed</h1>" in confirmed[0].text
    assert "<h1>Done</h1>" in all_ended.text


async def test_a_mailbox_ends_letters_in_one_request(client: httpx2.AsyncClient) -> None:
    """The button beside the sender's name would do nothing, and the letter be called spam (RFC 8058, section 3.2)."""
    first, second = await _tokens(TokenPurpose.END)
    await ReplySubscription.all().update(confirmed_at=now())

    form = await client.post(f"/unsubscribe?token={first}", content="List-Unsubscribe=One-Click", headers=_ONE_CLICK)
    parts = await client.post(
        f"/unsubscribe?token={second}", files={"List-Unsubscribe": (None, b"One-Click", "text/plain")}
    )

    assert (form.status_code, parts.status_code) == (200, 200)
    assert "set-cookie" not in form.headers
    assert await _standing() == [(True, True), (True, True)]


async def test_nobody_learns_whether_a_token_is_any_good(client: httpx2.AsyncClient) -> None:
    """Whoever tries tokens would be told which of them ends letters; or one that was mailed for something else work."""
    (confirm, _), (end, _) = await _tokens(TokenPurpose.CONFIRM), await _tokens(TokenPurpose.END)
    known = {path: _seen(await client.get(f"{path}?token={token}")) for path, token in _both(confirm, end)}
    wrong = ["", "nonsense", "%00", "%ff%fe", "a" * 5000, token_of(TokenPurpose.END, new_id())]
    looks = [(path, _seen(await client.get(f"{path}?token={token}"))) for token in wrong for path in known]
    ends = {_seen(await client.post(f"/unsubscribe?token={token}&everything=1")) for token in (*wrong, confirm)}
    voids = {_seen(await client.post(f"/confirm?token={token}")) for token in (*wrong, end)}
    nothing = await _standing()
    ends.add(_seen(await client.post(f"/unsubscribe?token={end}")))

    assert [path for path, seen in looks if seen != known[path]] == []
    assert (len(ends), next(iter(ends))[0]) == (1, 200)
    assert ([status for status, _ in voids], nothing) == ([410], [(False, False), (False, False)])


def _both(confirm: str, end: str) -> list[tuple[str, str]]:
    return [("/confirm", confirm), ("/unsubscribe", end)]


async def test_the_pages_run_nothing_load_nothing_and_tell_nobody(client: httpx2.AsyncClient) -> None:
    """A name would be a script; a search engine keep the address, or another site be told of it, and end letters."""
    hostile = "%22%3E%3Cscript%3Ealert(1)%3C/script%3E"
    pages = [await client.request(method, f"{path}?token={hostile}") for method, path in _everything()]

    for page in pages:
        policy = page.headers["content-security-policy"]
        assert page.headers["content-type"] == "text/html; charset=utf-8"
        assert policy.startswith("default-src 'none'; style-src 'sha256-")
        assert policy.endswith("'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
        told = ("cache-control", "referrer-policy", "x-content-type-options", "x-robots-tag")
        assert [page.headers[name] for name in told] == ["no-store", "no-referrer", "nosniff", "noindex, nofollow"]
        assert "<script" not in page.text
        assert "&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; {site}" in page.text
        assert re.findall(r"(?:src|href)=", page.text) == []
    refused = await client.put("/unsubscribe")
    assert (refused.status_code, set(refused.headers["allow"].split(", "))) == (405, {"GET", "HEAD", "POST"})


def _everything() -> list[tuple[str, str]]:
    return [(method, path) for method in ("GET", "POST") for path in ("/confirm", "/unsubscribe")]
