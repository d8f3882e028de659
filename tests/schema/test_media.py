"""A file by its id: what pages show of it, for everybody, until it is thrown away."""

import pytest

from cms.kernel.ids import NodeType
from cms.kernel.viewer import ANONYMOUS, Scope, Viewer
from tests.reading.asking import MEDIA_URL, Asker, Refusal
from tests.reading.pools import NOWHERE
from tests.reading.rows import gid

pytestmark = pytest.mark.asyncio

COVER = gid(NodeType.MEDIA, "cover")
EDITOR = Viewer(frozenset({Scope.CONTENT_PREVIEW, Scope.CONTENT_WRITE}), actor="token:editor")
_FOUND = "query($id: ID!) { media(id: $id) { id } }"


async def test_a_file_is_found_by_its_id(ask: Asker) -> None:
    """Whoever keeps the id of an image could not show it."""
    query = "query($id: ID!) { media(id: $id) { id version filename contentType bytes alt url usedFor: __typename } }"

    answer = await ask(query, id=COVER)

    assert answer == {
        "media": {
            "id": COVER,
            "version": 1,
            "filename": "cover.jpg",
            "contentType": "image/jpeg",
            "bytes": 1234,
            "alt": "A picture of cover",
            "url": f"{MEDIA_URL}/cover-0123.jpg",
            "usedFor": "Media",
        }
    }
    assert len(ask.runner.sent) == 1


@pytest.mark.parametrize("viewer", [ANONYMOUS, EDITOR], ids=["reader", "editor"])
async def test_what_was_thrown_away_is_not_there(ask: Asker, viewer: Viewer) -> None:
    """An image that had to go would stay in everybody's reach."""
    assert await ask(_FOUND, viewer=viewer, id=gid(NodeType.MEDIA, "lost")) == {"media": None}


@pytest.mark.parametrize("nothing", [*NOWHERE, gid(NodeType.ARTICLE, "tide"), f"art{COVER[3:]}"])
async def test_other_ids_find_nothing(ask: Asker, nothing: str) -> None:
    """An article would be shown as an image."""
    assert await ask(_FOUND, id=nothing) == {"media": None}


async def test_who_uses_it_is_for_editors(ask: Asker) -> None:
    """Drafts would be listed under the images that they show."""
    query = "query($id: ID!) { media(id: $id) { usedBy { totalCount } } }"

    with pytest.raises(Refusal, match=r"Media.usedBy needs the scope CONTENT_PREVIEW"):
        await ask(query, id=COVER)
    assert (await ask(query, viewer=EDITOR, id=COVER))["media"]["usedBy"]["totalCount"] > 0
