"""The floor on PostgreSQL: one prepared statement for each query.

Two shapes of the same answer. `json`: PostgreSQL writes it (`row_to_json` and `json_agg`, which were faster than
`json_build_object`), and its text goes out as it is. `rows`: the levels come as flat rows, Python puts them together,
and orjson writes. Rows arrive in order, since nothing here runs in parallel.
"""
# ruff: noqa: S608 - the statements are put together from parts that stand in this file

from typing import Any

from bench.floor.assembling import Assembler, Make, Objects, Row, article_text, articles_text, authors_text

_OPEN = "p.starts_at <= now() AND (p.ends_at IS NULL OR now() < p.ends_at)"
_LISTED = "i.starts_at <= now() AND (i.ends_at IS NULL OR now() < i.ends_at)"
_PUBLIC = (
    "publication AS p JOIN article AS a ON a.id = p.article_id JOIN article_revision AS r ON r.id = p.revision_id "
    "LEFT JOIN author AS u ON u.id = r.author_id AND u.deleted_at IS NULL"
)

# JSON


def _nodes(rows: str) -> str:
    """A connection of all rows of a statement."""
    return f"(SELECT json_build_object('nodes', COALESCE(json_agg(y), '[]')) FROM ({rows}) AS y)"


def _comments_json(article: str, first: int) -> str:
    shown = "c.status = 'APPROVED'"
    return _nodes(
        f"SELECT 'com_' || c.id AS id, CASE WHEN {shown} THEN c.author_name END AS \"authorName\", "
        f"c.created_at AS \"createdAt\", CASE WHEN {shown} THEN json_build_object('html', c.body_html) END AS body "
        f"FROM comment AS c WHERE c.article_id = {article} AND c.is_listed AND c.parent_id IS NULL "
        f"ORDER BY c.created_at, c.id LIMIT {first}"
    )


def _pins_json(columns: str) -> str:
    return (
        f"(SELECT COALESCE(json_agg(y), '[]') FROM (SELECT {columns} FROM publication_disclaimer AS j "
        "JOIN disclaimer_version AS v ON v.id = j.version_id "
        "WHERE j.publication_id = p.id AND v.effective_from <= now() ORDER BY j.position) AS y)"
    )


def _author_json(columns: str) -> str:
    return f"CASE WHEN u.id IS NOT NULL THEN (SELECT row_to_json(y) FROM (SELECT {columns}) AS y) END"


_JSON_Q1 = f"""
SELECT row_to_json(x)::text FROM (SELECT 'art_' || p.article_id AS id, r.slug, r.title, r.standfirst,
  p.published_at AS "publishedAt", r.word_count AS "wordCount", a.comment_count AS "commentCount",
  json_build_object('html', r.body_html) AS body,
  {_author_json("'aut_' || u.id AS id, u.slug, u.name, u.credentials")} AS author,
  {_pins_json("'dvn_' || v.id AS id, v.number, v.title, json_build_object('html', v.body_html) AS body")}
    AS disclaimers,
  {_comments_json("p.article_id", 20)} AS comments
FROM {_PUBLIC} WHERE p.slug = $1 AND p.locale = 'en' AND {_OPEN}) AS x"""

_JSON_Q2 = f"""
SELECT row_to_json(x)::text FROM (SELECT 'art_' || p.article_id AS id, r.slug, r.title, r.standfirst,
  p.published_at AS "publishedAt", a.comment_count AS "commentCount",
  {_author_json("'aut_' || u.id AS id, u.slug, u.name")} AS author,
  {_pins_json("'dvn_' || v.id AS id, v.title")} AS disclaimers,
  {_comments_json("p.article_id", 5)} AS comments
FROM {_PUBLIC} WHERE {_OPEN} ORDER BY p.published_at DESC, p.article_id DESC LIMIT 20) AS x"""

_ARTICLES_JSON = (
    "SELECT 'art_' || i.article_id AS id, r.slug, r.title, i.published_at AS \"publishedAt\", "
    f"{_comments_json('i.article_id', 5)} AS comments FROM publication_author AS i "
    "JOIN publication AS p ON p.id = i.publication_id JOIN article_revision AS r ON r.id = p.revision_id "
    f"WHERE i.author_id = u.id AND {_LISTED} ORDER BY i.published_at DESC, i.article_id DESC LIMIT 5"
)
_JSON_Q3 = f"""
SELECT row_to_json(x)::text FROM (SELECT 'aut_' || u.id AS id, u.slug, u.name, {_nodes(_ARTICLES_JSON)} AS articles
FROM author AS u WHERE u.deleted_at IS NULL ORDER BY u.name_key, u.id LIMIT 10) AS x"""

# Rows: parents in a materialised table of their own, children beside each by LATERAL.


def _comment_rows(parents: str, first: int, padding: str) -> str:
    return (
        f"SELECT 2, x.article_id, c.id::text, c.status, c.author_name, c.body_html, c.created_at{padding} "
        f"FROM {parents} CROSS JOIN LATERAL (SELECT c.id, c.status, c.author_name, c.body_html, c.created_at "
        "FROM comment AS c WHERE c.article_id = x.article_id::uuid AND c.is_listed AND c.parent_id IS NULL "
        f"ORDER BY c.created_at, c.id LIMIT {first}) AS c"
    )


def _pin_rows(html: str, padding: str) -> str:
    return (
        f"SELECT * FROM (SELECT 1, x.publication_id, NULL::text, v.id::text, v.title, {html}, "
        f"NULL::timestamptz{padding} FROM x "
        "JOIN publication_disclaimer AS j ON j.publication_id = x.publication_id::uuid "
        "JOIN disclaimer_version AS v ON v.id = j.version_id WHERE v.effective_from <= now() ORDER BY j.position) AS y"
    )


_ROWS_Q1 = f"""
WITH x AS MATERIALIZED (SELECT 0, p.id::text AS publication_id, p.article_id::text, r.slug::text, r.title, r.standfirst,
  p.published_at, r.word_count, a.comment_count, r.body_html, u.id::text, u.slug, u.name, u.credentials
FROM {_PUBLIC} WHERE p.slug = $1 AND p.locale = 'en' AND {_OPEN})
SELECT * FROM x
UNION ALL {_pin_rows("v.body_html", ", v.number, NULL::int8" + ", NULL" * 5)}
UNION ALL {_comment_rows("x", 20, ", NULL::int4, NULL::int8" + ", NULL" * 5)}"""

_ROWS_Q2 = f"""
WITH x AS MATERIALIZED (SELECT 0, p.id::text AS publication_id, p.article_id::text, r.slug::text, r.title, r.standfirst,
  p.published_at, a.comment_count, u.id::text, u.slug, u.name
FROM {_PUBLIC} WHERE {_OPEN} ORDER BY p.published_at DESC, p.article_id DESC LIMIT 20)
SELECT * FROM x
UNION ALL {_pin_rows("NULL", ", NULL::int8" + ", NULL" * 3)}
UNION ALL {_comment_rows("x", 5, ", NULL::int8" + ", NULL" * 3)}"""

_ROWS_Q3 = f"""
WITH w AS MATERIALIZED (SELECT 0, NULL::text, u.id::text AS author_id, u.slug::text, u.name, NULL::text,
  NULL::timestamptz FROM author AS u WHERE u.deleted_at IS NULL ORDER BY u.name_key, u.id LIMIT 10),
x AS MATERIALIZED (SELECT 1, w.author_id, i.article_id::text, r.slug::text, r.title, NULL::text, i.published_at FROM w
  CROSS JOIN LATERAL (SELECT i.article_id, i.publication_id, i.published_at FROM publication_author AS i
    WHERE i.author_id = w.author_id::uuid AND {_LISTED} ORDER BY i.published_at DESC, i.article_id DESC LIMIT 5) AS i
  JOIN publication AS p ON p.id = i.publication_id JOIN article_revision AS r ON r.id = p.revision_id)
SELECT * FROM w UNION ALL SELECT * FROM x
UNION ALL {_comment_rows("(SELECT DISTINCT article_id FROM x) AS x", 5, "")}"""


def _comments(rows: list[Row]) -> Objects:
    found: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        shown = row[3] == "APPROVED"
        comment = {
            "id": "com_" + row[2],
            "authorName": row[4] if shown else None,
            "createdAt": row[6],
            "body": {"html": row[5]} if shown else None,
        }
        found.setdefault(row[1], []).append(comment)
    return found


_assembler = Assembler(moment=lambda moment: moment, comments=_comments, sort=lambda _rows, _places, _descending: None)

#: The statement and what makes the answer of its rows, by `shape/query`. `$1` is Q1's slug.
STATEMENTS: dict[str, tuple[str, Make]] = {
    "json/Q1": (_JSON_Q1, article_text),
    "json/Q2": (_JSON_Q2, articles_text),
    "json/Q3": (_JSON_Q3, authors_text),
    "rows/Q1": (_ROWS_Q1, _assembler.article),
    "rows/Q2": (_ROWS_Q2, _assembler.articles),
    "rows/Q3": (_ROWS_Q3, _assembler.authors),
}
