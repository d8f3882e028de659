"""Every verb through which a stranger or a colleague gets a text in, and what comes out for pages to show.

The one thing to know: a refusal is a good answer, and is counted. What is taken is looked at as the API returns it:
HTML as HTML, and everything else as a careful page shows it.
"""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Final

import httpx2

from bench.browser.looking import Output, as_link, as_text
from bench.browser.strings import Hostile

_AT_ONCE: Final = 4
_RICH: Final = "body { html }"
_BLOCK: Final = {"_type": "block", "_key": "a", "style": "normal", "markDefs": [], "children": []}
_SPAN: Final = {"_type": "span", "_key": "b", "text": "x", "marks": []}


@dataclass(frozen=True, slots=True)
class World:
    """What the doors need: a server, a session, an article that readers see, a picture, an author."""

    host: str
    secret: str = field(repr=False)
    article: str
    media: str


Made = Callable[[World, str, int], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Door:
    """A verb with a place for a text.

    Attributes:
        name: what comes out, for people.
        verb: the mutation.
        input_type: of its one argument.
        shown: what is selected.
        made: the input, of a text and its number.
        is_reader: whether a guest does it, each from a neighbourhood of their own.
    """

    name: str
    verb: str
    input_type: str
    shown: str
    made: Made
    is_reader: bool = False

    @property
    def document(self) -> str:
        """The operation."""
        given = f"mutation($input: {self.input_type}!)"
        return f"{given} {{ done: {self.verb}(input: $input) {{ {self.shown} errors {{ code message }} }} }}"


@dataclass(slots=True)
class Collected:
    """What came out, and how many texts were refused at each door."""

    outputs: list[Output] = field(default_factory=list)
    refused: dict[str, int] = field(default_factory=dict)
    taken: dict[str, int] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    def note(self, door: Door, number: int, status: int, told: Mapping[str, Any]) -> None:
        """Take down what was answered to the string with this number."""
        payload = (told.get("data") or {}).get("done") or {}
        if status >= 500 or any(each["extensions"]["code"] in _FAULTS for each in told.get("errors", ())):  # noqa: PLR2004 - HTTP's word for a fault
            self.faults.append(f"{door.name} of string {number}: {str(told)[:200]}")
        elif told.get("errors") or payload.get("errors"):
            self.refused[door.name] = self.refused.get(door.name, 0) + 1
        else:
            self.taken[door.name] = self.taken.get(door.name, 0) + 1
            shown = "".join(_shown(payload["node"]))
            self.outputs.append(Output(number, door.name, shown, has_images=not door.is_reader))


def _comment(**given: Any) -> Made:  # noqa: ANN401 - values of any kind
    """A comment of which one part is the text: where a value is `...`."""

    def made(world: World, text: str, number: int) -> Mapping[str, Any]:
        filled = _filled({"body": f"Number {number}.", "guest": {"name": "Wren"}, **given}, text)
        return {"articleId": world.article, **filled}

    return made


def _of(**given: Any) -> Made:  # noqa: ANN401 - as above
    """An input of which one part, or several, is the text."""

    def made(world: World, text: str, number: int) -> Mapping[str, Any]:
        named = {name: f"Number {number}" for name in ("title", "name") if given.get(name) == "#"}
        media = {"leadImage": {**given["leadImage"], "mediaId": world.media}} if "leadImage" in given else {}
        filled: Mapping[str, Any] = _filled({**given, **named, **media}, text)
        return filled

    return made


def _on_the_web(made: Made) -> Made:
    """As it is said, but every other text stands behind an address that may be given."""

    def led(world: World, text: str, number: int) -> Mapping[str, Any]:
        return made(world, text if number % 2 else f"https://x.example/{text}", number)

    return led


def _filled(value: Any, text: str) -> Any:  # noqa: ANN401 - JSON
    """JSON with the text wherever `...` stands."""
    if isinstance(value, Mapping):
        return {name: _filled(each, text) for name, each in value.items()}
    if isinstance(value, list):
        return [_filled(each, text) for each in value]
    return text if value is ... else value


def _blocks(world: World, text: str, number: int) -> Mapping[str, Any]:
    """Portable Text with the text in one of its places, by turns."""
    link = {"_type": "link", "_key": "m", "href": text}
    places: Sequence[Mapping[str, Any]] = (
        {**_BLOCK, "children": [{**_SPAN, "text": text}]},
        {**_BLOCK, "markDefs": [link], "children": [{**_SPAN, "marks": ["m"]}]},
        {**_BLOCK, "children": [{**_SPAN, "text": text, "marks": ["code", "strong"]}]},
        {"_type": "image", "_key": "a", "media": world.media, "alt": text, "caption": text},
        {"_type": "code", "_key": "a", "code": text, "language": "html"},
        {"_type": "embed", "_key": "a", "provider": "youtube", "url": text},
        {**_BLOCK, "style": text, "children": [_SPAN]},
        {"_type": "code", "_key": "a", "code": "x", "language": text},
    )
    # Most of them where a text is taken: refusals need few.
    place = number % 12 if number % 12 < len(places) else number % 5
    return {"title": f"Number {number}", "body": {"blocks": [places[place]]}}


def _picture(world: World, text: str, number: int) -> Mapping[str, Any]:
    """A picture of ours whose text and title in Markdown are the text."""
    return {"title": f"Number {number}", "body": {"markdown": f'![{text}](media:{world.media} "{text}")'}}


_ARTICLE: Final = (
    "node: article { title standfirst body { html } leadImage { alt caption credit } seo { title description "
)
_ALL: Final = f"{_ARTICLE} canonicalUrl }} copyright {{ holder statement licenseUrl }} }}"
_AUTHOR: Final = "node: author { name credentials website bio { html } }"
_READER: Final = f"node: comment {{ authorName authorUrl {_RICH} anchor {{ exact prefix suffix }} }}"

DOORS: Final = (
    Door("comment's body", "postComment", "PostCommentInput", _READER, _comment(body=...), is_reader=True),
    Door("comment's name", "postComment", "PostCommentInput", _READER, _comment(guest={"name": ...}), is_reader=True),
    Door(
        *("comment's address", "postComment", "PostCommentInput", _READER),
        _on_the_web(_comment(guest={"name": "Wren", "url": ...})),
        is_reader=True,
    ),
    Door(
        *("comment's passage", "postComment", "PostCommentInput", _READER),
        _comment(anchor={"blockKey": "a", "exact": ..., "prefix": ..., "suffix": ...}),
        is_reader=True,
    ),
    Door("article in Markdown", "createArticle", "CreateArticleInput", _ALL, _of(title="#", body={"markdown": ...})),
    Door("article in HTML", "createArticle", "CreateArticleInput", _ALL, _of(title="#", body={"html": ...})),
    Door("article in blocks", "createArticle", "CreateArticleInput", _ALL, _blocks),
    Door("article's pictures", "createArticle", "CreateArticleInput", _ALL, _picture),
    Door(
        *("article's texts", "createArticle", "CreateArticleInput", _ALL),
        _of(
            title=...,
            standfirst=...,
            leadImage={"alt": ..., "caption": ..., "credit": ...},
            seo={"title": ..., "description": ...},
            copyright={"holder": ..., "year": 2026, "statement": ...},
        ),
    ),
    Door(
        *("article's addresses", "createArticle", "CreateArticleInput", _ALL),
        _on_the_web(
            _of(title="#", seo={"canonicalUrl": ...}, copyright={"holder": "x", "year": 2026, "licenseUrl": ...})
        ),
    ),
    Door("biography in Markdown", "createAuthor", "CreateAuthorInput", _AUTHOR, _of(name="#", bio={"markdown": ...})),
    Door("biography in HTML", "createAuthor", "CreateAuthorInput", _AUTHOR, _of(name="#", bio={"html": ...})),
    Door("author's texts", "createAuthor", "CreateAuthorInput", _AUTHOR, _of(name=..., credentials=...)),
    Door("author's address", "createAuthor", "CreateAuthorInput", _AUTHOR, _on_the_web(_of(name="#", website=...))),
    Door(
        *("disclaimer", "createDisclaimer", "CreateDisclaimerInput"),
        f"node: disclaimer {{ current {{ title {_RICH} }} }}",
        _of(title="#", body={"markdown": ...}, scope="EVERY_ARTICLE"),
    ),
    Door(
        *("policy", "revisePolicy", "RevisePolicyInput"),
        f"node: policy {{ title acceptanceText {_RICH} }}",
        _of(kind="PRIVACY", title="#", body={"markdown": ...}, acceptanceText=...),
    ),
)


async def put_through(world: World, strings: Sequence[Hostile], doors: Sequence[Door] = DOORS) -> Collected:
    """Send every string through every door; what came out."""
    collected, left = Collected(), iter([(door, string) for string in strings for door in doors])

    async def send(client: httpx2.AsyncClient) -> None:
        for door, string in left:
            await _through(client, world, door, string, collected)

    async with httpx2.AsyncClient(base_url=world.host, timeout=60) as client:
        await asyncio.gather(*(send(client) for _ in range(_AT_ONCE)))
    # The order of a run is that of the strings, whichever answer came first.
    order = {door.name: place for place, door in enumerate(doors)}
    collected.outputs.sort(key=lambda each: (order[each.kind], each.number))
    return collected


async def _through(client: httpx2.AsyncClient, world: World, door: Door, string: Hostile, collected: Collected) -> None:
    text = string.text.replace("media:@", f"media:{world.media}")
    place = next(_PLACES)
    signed = {"authorization": f"Bearer {world.secret}"}
    headers = {"x-forwarded-for": f"2001:{place >> 16:x}:{place & 0xFFFF:x}::7"} if door.is_reader else signed
    asked = {"query": door.document, "variables": {"input": door.made(world, text, string.number)}}
    response = await client.post("/graphql", json=asked, headers=headers)
    collected.note(door, string.number, response.status_code, response.json())


#: Numbers of neighbourhoods, no two the same.
_PLACES: Final = count(1)
_FAULTS: Final = frozenset({"INTERNAL_SERVER_ERROR", "TOOK_TOO_LONG", "RATE_LIMITED", "TOO_MANY"})


def _shown(value: Any, name: str = "") -> Iterator[str]:  # noqa: ANN401 - JSON
    """Everything in a payload as a page shows it."""
    if isinstance(value, Mapping):
        for key, each in value.items():
            yield from _shown(each, key)
    elif isinstance(value, str) and name == "html":
        yield value
    elif isinstance(value, str) and (name == "website" or name.lower().endswith("url")):
        yield as_link(value)
    elif isinstance(value, str):
        yield f"<p>{as_text(value)}</p>"
