"""The sample as it is read: the page that a newcomer asks for first, in one query, and what may be seen beside it."""

import hashlib
from typing import Any

import orjson
import pytest

from cms.app import open_reader
from cms.kernel.database import Database
from cms.kernel.viewer import ANONYMOUS, SYSTEM, Viewer
from schema.schema import Asking, MastheadSchema
from seed.content import load_content, read_image
from tests.seed.sample import Sample

pytestmark = pytest.mark.asyncio

MEDIA_URL = "https://media.example.org"
THE_PAGE = """
query ThePage($path: String!) {
  site {
    name
    terms: policy(kind: TERMS) { number acceptanceText }
    termsThen: policy(kind: TERMS, at: "2013-05-14T08:52:00Z") { number acceptanceText }
    cookies: policy(kind: COOKIES) { number title body { text } }
  }
  article(by: { path: $path }) {
    path canonicalUrl title publishedAt locale
    body { text(maxLength: 40) }
    author { name credentials acceptsMessages }
    contributors { role creditedAs author { slug } }
    leadImage { alt caption credit media { filename contentType width height url focalPoint { x y } } }
    disclaimers { number title disclaimer { slug placement } }
    copyright { holder year statement licenseUrl }
    commentPolicy { open terms { number } }
    commentCount
    comments(first: 20) {
      totalCount
      pageInfo { hasNextPage }
      nodes { authorName createdAt replyCount replies { nodes { authorName depth createdAt } } }
    }
    translations { path }
  }
}
"""


async def _ask(database: Database, query: str, viewer: Viewer = ANONYMOUS, **variables: object) -> dict[str, Any]:
    """The answer as it is sent, which is the same whether the reader gives it or the executor walks it."""
    async with open_reader(database, MEDIA_URL) as reader:
        answers = [
            await MastheadSchema(reader, always_execute=walked).execute(query, variables, Asking(viewer))
            for walked in (False, True)
        ]
    assert [answer.errors for answer in answers] == [None, None]
    quick, walked = (orjson.loads(orjson.dumps(answer.data, option=orjson.OPT_UTC_Z)) for answer in answers)
    assert quick == walked
    found: dict[str, Any] = quick
    return found


async def test_the_page_in_one_query(sample: Sample, there: Database) -> None:
    """What the whole project is for: an article with all that belongs to it, as readers may see it, in one query."""
    image = hashlib.sha256(read_image(load_content().images[0])).hexdigest()

    answer = await _ask(there, THE_PAGE, path=sample.loaded.front_page_path)

    assert answer["site"] == {
        "name": "Ground Floor",
        "terms": {"number": 2, "acceptanceText": "I accept the terms for readers of 1 March 2021."},
        "termsThen": {"number": 1, "acceptanceText": "By commenting I accept the terms for readers."},
        "cookies": {
            "number": 1,
            "title": "Cookies",
            "body": {
                "text": "Ground Floor sets no cookies for readers. Editors who sign in receive one, which keeps them "
                "signed in and is deleted when they leave."
            },
        },
    }
    assert answer["article"] == {
        "path": "/en/the-long-way-home",
        "canonicalUrl": "https://groundfloor.example.org/en/the-long-way-home",
        "title": "The Long Way Home: What Walking Does for a Crowded Mind",
        "publishedAt": "2013-05-14T06:30:00Z",
        "locale": "en",
        "body": {"text": "Most of us walk because the bus is…"},
        "author": {
            "name": "Marian Thistlewood",
            "credentials": "PhD, counselling psychologist",
            "acceptsMessages": True,
        },
        "contributors": [
            {"role": "AUTHOR", "creditedAs": "Marian Thistlewood, PhD", "author": {"slug": "marian-thistlewood"}}
        ],
        "leadImage": {
            "alt": "A person in a red coat walks along a lamplit park path at dusk, towards the roofs of a town.",
            "caption": "The last stretch of the way home, lengthened.",
            "credit": "Illustration: Ground Floor",
            "media": {
                "filename": "evening-path.jpg",
                "contentType": "image/jpeg",
                "width": 1200,
                "height": 675,
                "url": f"{MEDIA_URL}/{image[:2]}/{image}.jpg",
                "focalPoint": {"x": 0.59, "y": 0.72},
            },
        },
        "disclaimers": [
            {
                "number": 1,
                "title": "Whose views these are",
                "disclaimer": {"slug": "views-of-the-author", "placement": "AFTER_BODY"},
            },
            {
                "number": 1,
                "title": "Write to the author",
                "disclaimer": {"slug": "questions-to-the-author", "placement": "AFTER_BODY"},
            },
        ],
        "copyright": {
            "holder": "Ground Floor Magazine",
            "year": 2013,
            "statement": "© 2013 Ground Floor Magazine. All rights reserved.",
            "licenseUrl": None,
        },
        "commentPolicy": {"open": True, "terms": {"number": 2}},
        "commentCount": 8,
        "comments": {
            "totalCount": 7,
            "pageInfo": {"hasNextPage": False},
            "nodes": [
                _thread("wren", "2013-05-14T08:52:00Z"),
                _thread("Gareth P.", "2013-05-14T19:20:00Z"),
                _thread("Oluchi", "2013-05-16T12:05:00Z", "Ffion", "2013-05-17T21:41:00Z"),
                _thread("magnolia watcher", "2014-03-02T09:15:00Z"),
                _thread("Teodor M.", "2015-10-07T16:33:00Z"),
                _thread("D. Okafor-Lane", "2016-11-21T07:48:00Z"),
                _thread("Maud", "2020-04-19T18:02:00Z"),
            ],
        },
        "translations": [{"path": "/de/der-lange-heimweg"}],
    }


def _thread(name: str, at: str, *reply: str) -> dict[str, Any]:
    """A comment in the answer, with its reply by somebody at some time."""
    replies = [dict(zip(("authorName", "createdAt"), reply, strict=True), depth=1)] if reply else []
    return {"authorName": name, "createdAt": at, "replyCount": len(replies), "replies": {"nodes": replies}}


async def test_a_body_names_what_it_mentions_and_not_the_lead_image(sample: Sample, there: Database) -> None:
    """The picture above the text is taken for one that the text mentions."""
    query = """query($path: String!) {
      article(by: { path: $path }) { body { references { __typename ... on Article { path } } } }
    }"""

    answer = await _ask(there, query, path=sample.loaded.front_page_path)

    references = answer["article"]["body"]["references"]
    assert references == [{"__typename": "Article", "path": "/en/the-hour-before-sleep"}]


async def test_readers_see_what_is_out(there: Database) -> None:
    """A list shows what is not out yet or not any more."""
    query = """query($draft: String!, $later: String!, $gone: String!) {
      articles(first: 100) { totalCount nodes { slug } }
      draft: article(by: { path: $draft }) { slug }
      later: article(by: { path: $later }) { slug }
      gone: article(by: { path: $gone }) { slug }
    }"""

    answer = await _ask(
        there,
        query,
        draft="/en/the-museum-of-small-repairs",
        later="/en/a-census-of-doorbells",
        gone="/en/getting-across-while-the-bridge-is-shut",
    )

    published = [article for article in load_content().articles if article.state == "published"]
    assert answer["articles"]["totalCount"] == 15
    assert [node["slug"] for node in answer["articles"]["nodes"]] == [article.slug for article in reversed(published)]
    assert (answer["draft"], answer["later"], answer["gone"]) == (None, None, None)


async def test_moderators_see_what_waits_and_why(there: Database) -> None:
    """Nobody finds the comment that was held, or the reasons for it."""
    query = """{ comments(filter: { status: [PENDING] }) { totalCount nodes {
      authorName authorEmail article { slug } screening { rule } consent { terms { number } }
    } } }"""

    answer = await _ask(there, query, SYSTEM)

    assert answer["comments"] == {
        "totalCount": 1,
        "nodes": [
            {
                "authorName": "StrideWell Outlet",
                "authorEmail": "offers@stridewell.example.net",
                "article": {"slug": "the-long-way-home"},
                "screening": [{"rule": "many_links"}, {"rule": "advertising"}],
                "consent": {"terms": {"number": 1}},
            }
        ],
    }
