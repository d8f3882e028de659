"""Makes a WordPress export of any size: made up, and the same every time.

The one thing to know: it is written as a stream, so a file of a gigabyte takes no memory to make. Four of five comments
lie under one post in ten, one in five answers another, and some are what exports have besides: pingbacks and spam.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Final
from xml.sax.saxutils import escape

from seed import invention

_SEED: Final = 20261123
_FIRST: Final = datetime(2012, 1, 1, tzinfo=UTC)
_BETWEEN: Final = timedelta(hours=9)
_AUTHORS, _CATEGORIES, _READERS, _REMARKS = 12, 40, 20_000, 5_000
_CROWDED, _SHARE_OF_CROWDED, _ANSWERS, _MARKED_UP, _PINGS = 10, 0.8, 0.22, 0.1, 0.02
_WIDE, _NEAR = 10, 50
_STATUSES: Final = ("1",) * 46 + ("0", "0", "spam", "trash")

_HEAD: Final = """<?xml version="1.0" encoding="UTF-8" ?>
<!-- generator="a measurement" -->
<rss version="2.0" xmlns:excerpt="http://wordpress.org/export/1.2/excerpt/"
 xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:wp="http://wordpress.org/export/1.2/">
<channel><title>The Measured Page</title><link>https://measured.example</link><language>en</language>
<wp:wxr_version>1.2</wp:wxr_version><wp:base_blog_url>https://measured.example</wp:base_blog_url>
"""


@dataclass(frozen=True, slots=True)
class Size:
    """How much there is of what."""

    posts: int
    comments: int


def write_export(path: Path, size: Size) -> None:
    """Write an export of `size`."""
    with path.open("w", encoding="utf-8") as file:
        file.writelines(_export(size))


def _export(size: Size) -> Iterator[str]:
    chance = Random(_SEED)  # noqa: S311 - no secret, and the same every time
    yield _HEAD
    for number in range(_AUTHORS):
        yield (
            f"<wp:author><wp:author_id>{number + 1}</wp:author_id><wp:author_login>writer{number}</wp:author_login>"
            f"<wp:author_display_name>{escape(invention.name(number))}</wp:author_display_name></wp:author>\n"
        )
    for number in range(_CATEGORIES):
        parent = f"category-{number % _WIDE}" if number >= _WIDE else ""
        yield (
            f"<wp:category><wp:category_nicename>category-{number}</wp:category_nicename>"
            f"<wp:category_parent>{parent}</wp:category_parent><wp:cat_name>Category {number}</wp:cat_name>"
            "</wp:category>\n"
        )
    remarks = [invention.remark(chance) for _ in range(_REMARKS)]
    comment = 1
    for number, share in enumerate(_shares(size), start=1):
        yield _item(chance, number, size.posts)
        yield from _comments(chance, remarks, number, comment, share)
        comment += share
        yield "</item>\n"
    yield "</channel></rss>\n"


def _shares(size: Size) -> list[int]:
    """How many comments each post has."""
    crowded = max(size.posts // _CROWDED, 1)
    many = int(size.comments * _SHARE_OF_CROWDED) // crowded
    few = (size.comments - many * crowded) // max(size.posts - crowded, 1)
    shares = [many if number % _CROWDED == 0 and number // _CROWDED < crowded else few for number in range(size.posts)]
    shares[0] += size.comments - sum(shares)
    return shares


def _item(chance: Random, number: int, posts: int) -> str:
    at = _FIRST + number * _BETWEEN
    other = chance.randrange(1, posts + 1)
    body = "\n\n".join(
        [
            "<!-- wp:paragraph -->\n<p>" + escape(invention.sentence(chance)) + "</p>\n<!-- /wp:paragraph -->",
            *(f"<p>{escape(part)}</p>" for part in invention.body(chance).split("\n\n")),
            f'See <a href="https://measured.example/?p={other}">what was said before</a>.',
        ]
    )
    return (
        f"<item><title>{escape(invention.title(chance))}</title>"
        f"<link>https://measured.example/{at:%Y/%m}/post-{number}/</link>"
        f"<dc:creator>writer{number % _AUTHORS}</dc:creator>"
        f"<content:encoded><![CDATA[{body}]]></content:encoded><excerpt:encoded><![CDATA[]]></excerpt:encoded>"
        f"<wp:post_id>{number}</wp:post_id><wp:post_date_gmt>{at:%Y-%m-%d %H:%M:%S}</wp:post_date_gmt>"
        f"<wp:comment_status>open</wp:comment_status><wp:post_name>post-{number}</wp:post_name>"
        f"<wp:status>publish</wp:status><wp:post_type>post</wp:post_type><wp:post_password></wp:post_password>"
        f'<category domain="category" nicename="category-{number % _CATEGORIES}">Category {number % _CATEGORIES}'
        "</category>\n"
    )


def _comments(chance: Random, remarks: list[str], post: int, first: int, share: int) -> Iterator[str]:
    at = _FIRST + post * _BETWEEN
    for number in range(first, first + share):
        at += timedelta(seconds=chance.randint(1, 600))
        answers = number > first and chance.random() < _ANSWERS
        parent = chance.randrange(max(first, number - _NEAR), number) if answers else 0
        text = chance.choice(remarks)
        if chance.random() < _MARKED_UP:
            text = f'<strong>Well.</strong> {escape(text)} <a href="https://elsewhere.example/{number}">Look</a>'
        reader = chance.randrange(_READERS)
        yield (
            f"<wp:comment><wp:comment_id>{number}</wp:comment_id>"
            f"<wp:comment_author><![CDATA[{invention.name(reader)}]]></wp:comment_author>"
            f"<wp:comment_author_email>reader-{reader}@mail.example.com</wp:comment_author_email>"
            f"<wp:comment_author_url></wp:comment_author_url>"
            f"<wp:comment_date_gmt>{at:%Y-%m-%d %H:%M:%S}</wp:comment_date_gmt>"
            f"<wp:comment_content><![CDATA[{text}]]></wp:comment_content>"
            f"<wp:comment_approved>{chance.choice(_STATUSES)}</wp:comment_approved>"
            f"<wp:comment_type>{'pingback' if chance.random() < _PINGS else ''}</wp:comment_type>"
            f"<wp:comment_parent>{parent}</wp:comment_parent><wp:comment_user_id>0</wp:comment_user_id></wp:comment>\n"
        )
