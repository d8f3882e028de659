"""The floor on SQLite: one statement for each query.

Two shapes of the same answer. `json`: SQLite writes it, and its text goes out as it is. `rows`: the levels come as flat
rows, Python puts them together, and orjson writes.
"""
# ruff: noqa: S608 - the statements are put together from parts that stand in this file

from collections import defaultdict
from typing import Any

from bench.floor.assembling import Assembler, Make, Objects, Row, article_text, articles_text, authors_text

_OPEN = "p.starts_at <= :now AND (p.ends_at IS NULL OR :now < p.ends_at)"
_LISTED = "i.starts_at <= :now AND (i.ends_at IS NULL OR :now < i.ends_at)"
_TIME = "replace({}, '.000000Z', 'Z')"

# JSON

_COMMENTS = (
    "json_object('nodes', (SELECT json_group_array(json_object('id', 'com_' || id, "
    "'authorName', CASE WHEN status = 'APPROVED' THEN author_name END, "
    f"'createdAt', {_TIME.format('created_at')}, "
    "'body', CASE WHEN status = 'APPROVED' THEN json_object('html', body_html) END)) FROM ("
    "SELECT id, status, author_name, created_at, body_html FROM comment WHERE article_id = {article} "
    "AND is_listed AND parent_id IS NULL ORDER BY created_at, id LIMIT {first})))"
)
_PINS = (
    "SELECT v.id, v.number, v.title, v.body_html FROM publication_disclaimer AS j "
    "JOIN disclaimer_version AS v ON v.id = j.version_id "
    "WHERE j.publication_id = p.id AND v.effective_from <= :now ORDER BY j.position"
)
_PUBLIC = (
    "publication AS p JOIN article AS a ON a.id = p.article_id JOIN article_revision AS r ON r.id = p.revision_id "
    "LEFT JOIN author AS u ON u.id = r.author_id AND u.deleted_at IS NULL"
)

_JSON_Q1 = f"""
SELECT json_object(
  'id', 'art_' || p.article_id, 'slug', r.slug, 'title', r.title, 'standfirst', r.standfirst,
  'publishedAt', {_TIME.format("p.published_at")}, 'wordCount', r.word_count, 'commentCount', a.comment_count,
  'body', json_object('html', r.body_html),
  'author', CASE WHEN u.id IS NULL THEN NULL ELSE
    json_object('id', 'aut_' || u.id, 'slug', u.slug, 'name', u.name, 'credentials', u.credentials) END,
  'disclaimers', (SELECT json_group_array(json_object('id', 'dvn_' || id, 'number', number, 'title', title,
    'body', json_object('html', body_html))) FROM ({_PINS})),
  'comments', {_COMMENTS.format(article="p.article_id", first=20)})
FROM {_PUBLIC} WHERE p.slug = :slug AND p.locale = 'en' AND {_OPEN}"""

_JSON_Q2 = f"""
SELECT json_object(
  'id', 'art_' || p.article_id, 'slug', r.slug, 'title', r.title, 'standfirst', r.standfirst,
  'publishedAt', {_TIME.format("p.published_at")}, 'commentCount', a.comment_count,
  'author', CASE WHEN u.id IS NULL THEN NULL ELSE
    json_object('id', 'aut_' || u.id, 'slug', u.slug, 'name', u.name) END,
  'disclaimers', (SELECT json_group_array(json_object('id', 'dvn_' || id, 'title', title)) FROM ({_PINS})),
  'comments', {_COMMENTS.format(article="p.article_id", first=5)})
FROM {_PUBLIC} WHERE {_OPEN} ORDER BY p.published_at DESC, p.article_id DESC LIMIT 20"""

_JSON_Q3 = f"""
SELECT json_object('id', 'aut_' || u.id, 'slug', u.slug, 'name', u.name, 'articles', json_object('nodes', (
  SELECT json_group_array(json_object('id', 'art_' || x.article_id, 'slug', r.slug, 'title', r.title,
    'publishedAt', {_TIME.format("x.published_at")},
    'comments', {_COMMENTS.format(article="x.article_id", first=5)}))
  FROM (SELECT i.article_id, i.publication_id, i.published_at FROM publication_author AS i
    WHERE i.author_id = u.id AND {_LISTED} ORDER BY i.published_at DESC, i.article_id DESC LIMIT 5) AS x
  CROSS JOIN publication AS p ON p.id = x.publication_id CROSS JOIN article_revision AS r ON r.id = p.revision_id)))
FROM author AS u WHERE u.deleted_at IS NULL ORDER BY u.name_key, u.id LIMIT 10"""

# Rows

_COMMENT_ROWS = (
    "SELECT 2, c.article_id, c.id, c.status, c.author_name, c.body_html, c.created_at{padding} "
    "FROM {parents} CROSS JOIN comment AS c WHERE c.rowid IN (SELECT y.rowid FROM comment AS y "
    "WHERE y.article_id = x.article_id AND y.is_listed AND y.parent_id IS NULL "
    "ORDER BY y.created_at, y.id LIMIT {first})"
)
_PIN_ROWS = (
    "SELECT 1, x.publication_id, j.position, v.id, v.title, {html}, NULL{padding} FROM x "
    "CROSS JOIN publication_disclaimer AS j ON j.publication_id = x.publication_id "
    "CROSS JOIN disclaimer_version AS v ON v.id = j.version_id WHERE v.effective_from <= :now"
)

_ROWS_Q1 = f"""
WITH x AS MATERIALIZED (SELECT 0, p.id AS publication_id, p.article_id, r.slug, r.title, r.standfirst, p.published_at,
  r.word_count, a.comment_count, r.body_html, u.id, u.slug, u.name, u.credentials
FROM {_PUBLIC} WHERE p.slug = :slug AND p.locale = 'en' AND {_OPEN})
SELECT * FROM x UNION ALL {_PIN_ROWS.format(html="v.body_html", padding=", v.number" + ", NULL" * 6)}
UNION ALL {_COMMENT_ROWS.format(parents="x", first=20, padding=", NULL" * 7)}"""

_ROWS_Q2 = f"""
WITH x AS MATERIALIZED (SELECT 0, p.id AS publication_id, p.article_id, r.slug, r.title, r.standfirst, p.published_at,
  a.comment_count, u.id, u.slug, u.name
FROM {_PUBLIC} WHERE {_OPEN} ORDER BY p.published_at DESC, p.article_id DESC LIMIT 20)
SELECT * FROM x UNION ALL {_PIN_ROWS.format(html="NULL", padding=", NULL" * 4)}
UNION ALL {_COMMENT_ROWS.format(parents="x", first=5, padding=", NULL" * 4)}"""

_ROWS_Q3 = f"""
WITH w AS MATERIALIZED (SELECT 0, NULL, u.id AS author_id, slug, name, NULL, NULL FROM author AS u
  WHERE u.deleted_at IS NULL ORDER BY u.name_key, u.id LIMIT 10),
x AS MATERIALIZED (SELECT 1, i.author_id, i.article_id, r.slug, r.title, NULL, i.published_at FROM w
  CROSS JOIN publication_author AS i CROSS JOIN publication AS p ON p.id = i.publication_id
  CROSS JOIN article_revision AS r ON r.id = p.revision_id WHERE i.rowid IN (SELECT i.rowid FROM publication_author AS i
    WHERE i.author_id = w.author_id AND {_LISTED} ORDER BY i.published_at DESC, i.article_id DESC LIMIT 5))
SELECT * FROM w UNION ALL SELECT * FROM x
UNION ALL {_COMMENT_ROWS.format(parents="(SELECT DISTINCT article_id FROM x) AS x", first=5, padding="")}"""


def _comments(rows: list[Row]) -> Objects:
    # Comments arrive by row id.
    rows.sort(key=lambda row: (row[6], row[2]))
    found: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        shown = row[3] == "APPROVED"
        found[row[1]].append(
            {
                "id": "com_" + row[2],
                "authorName": row[4] if shown else None,
                "createdAt": row[6].replace(".000000Z", "Z"),
                "body": {"html": row[5]} if shown else None,
            }
        )
    return found


def _sort(rows: list[Row], places: tuple[int, ...], descending: bool) -> None:  # noqa: FBT001 - of one call each
    rows.sort(key=lambda row: [row[place] for place in places], reverse=descending)


_assembler = Assembler(moment=lambda text: text.replace(".000000Z", "Z"), comments=_comments, sort=_sort)

#: The statement and what makes the answer of its rows, by `shape/query`. Values: `:now`, and `:slug` for Q1.
STATEMENTS: dict[str, tuple[str, Make]] = {
    "json/Q1": (_JSON_Q1, article_text),
    "json/Q2": (_JSON_Q2, articles_text),
    "json/Q3": (_JSON_Q3, authors_text),
    "rows/Q1": (_ROWS_Q1, _assembler.article),
    "rows/Q2": (_ROWS_Q2, _assembler.articles),
    "rows/Q3": (_ROWS_Q3, _assembler.authors),
}
