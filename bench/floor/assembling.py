"""Rows and texts become answers. What the databases do differently is given: times, and the order rows arrive in."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

Row = Sequence[Any]
Make = Callable[[Sequence[Row]], bytes]
Objects = Mapping[str, list[dict[str, Any]]]


def article_text(rows: Sequence[Row]) -> bytes:
    """Q1's answer around the JSON of one article, or of none."""
    return b'{"data":{"article":' + (rows[0][0].encode() if rows else b"null") + b"}}"


def articles_text(rows: Sequence[Row]) -> bytes:
    """Q2's answer around the JSON of each article."""
    return b'{"data":{"articles":{"nodes":[' + ",".join([row[0] for row in rows]).encode() + b"]}}}"


def authors_text(rows: Sequence[Row]) -> bytes:
    """Q3's answer around the JSON of each author."""
    return b'{"data":{"authors":{"nodes":[' + ",".join([row[0] for row in rows]).encode() + b"]}}}"


def by_level(rows: Sequence[Row]) -> tuple[list[Row], list[Row], list[Row]]:
    """Rows by the level in their first column, in the order they came."""
    levels: tuple[list[Row], list[Row], list[Row]] = ([], [], [])
    for row in rows:
        levels[row[0]].append(row)
    return levels


@dataclass(frozen=True)
class Assembler:
    """Builds answers from flat rows; the layout of a row is the same on both databases.

    Attributes:
        moment: a time as orjson should write it.
        comments: the comments of all articles, by article and in order.
        sort: puts rows in order by a column and the key beside it, where the database did not.
    """

    moment: Callable[[Any], Any]
    comments: Callable[[list[Row]], Objects]
    sort: Callable[[list[Row], tuple[int, ...], bool], None]

    def article(self, rows: Sequence[Row]) -> bytes:
        """Q1's answer."""
        articles, pins, comments = by_level(rows)
        if not articles:
            return b'{"data":{"article":null}}'
        self.sort(pins, (2,), False)
        _, _, key, slug, title, standfirst, at, words, count, html, author, author_slug, name, credentials = articles[0]
        article = {
            "id": "art_" + key,
            "slug": slug,
            "title": title,
            "standfirst": standfirst,
            "publishedAt": self.moment(at),
            "wordCount": words,
            "commentCount": count,
            "body": {"html": html},
            "author": author and {"id": "aut_" + author, "slug": author_slug, "name": name, "credentials": credentials},
            "disclaimers": [
                {"id": "dvn_" + pin[3], "number": pin[7], "title": pin[4], "body": {"html": pin[5]}} for pin in pins
            ],
            "comments": {"nodes": self.comments(comments).get(key, ())},
        }
        return orjson.dumps({"data": {"article": article}}, option=orjson.OPT_UTC_Z)

    def articles(self, rows: Sequence[Row]) -> bytes:
        """Q2's answer."""
        articles, pins, commented = by_level(rows)
        self.sort(pins, (2,), False)
        comments, moment = self.comments(commented), self.moment
        disclaimers: dict[str, list[dict[str, Any]]] = {row[1]: [] for row in articles}
        for pin in pins:
            disclaimers[pin[1]].append({"id": "dvn_" + pin[3], "title": pin[4]})
        nodes = [
            {
                "id": "art_" + key,
                "slug": slug,
                "title": title,
                "standfirst": standfirst,
                "publishedAt": moment(at),
                "commentCount": count,
                "author": author and {"id": "aut_" + author, "slug": author_slug, "name": name},
                "disclaimers": disclaimers[publication],
                "comments": {"nodes": comments.get(key, ())},
            }
            for _, publication, key, slug, title, standfirst, at, count, author, author_slug, name in articles
        ]
        return orjson.dumps({"data": {"articles": {"nodes": nodes}}}, option=orjson.OPT_UTC_Z)

    def authors(self, rows: Sequence[Row]) -> bytes:
        """Q3's answer."""
        authors, articles, commented = by_level(rows)
        self.sort(articles, (6, 2), True)
        comments, moment = self.comments(commented), self.moment
        written: dict[str, list[dict[str, Any]]] = {row[2]: [] for row in authors}
        for row in articles:
            written[row[1]].append(
                {
                    "id": "art_" + row[2],
                    "slug": row[3],
                    "title": row[4],
                    "publishedAt": moment(row[6]),
                    "comments": {"nodes": comments.get(row[2], ())},
                }
            )
        nodes = [
            {"id": "aut_" + row[2], "slug": row[3], "name": row[4], "articles": {"nodes": written[row[2]]}}
            for row in authors
        ]
        return orjson.dumps({"data": {"authors": {"nodes": nodes}}}, option=orjson.OPT_UTC_Z)
