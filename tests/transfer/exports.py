"""WordPress exports for tests, written by us; and what became of one, without the keys and times of the import."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cms.articles.models import Article
from cms.kernel.database import Database
from cms.kernel.progress import Tell, quietly
from cms.kernel.viewer import SYSTEM
from cms.transfer.importing import Report
from cms.transfer.wxr.importing import import_wxr
from cms.transfer.wxr.job import Options
from cms.transfer.wxr.parsed import ParsedItem
from cms.transfer.wxr.plan import Plan, make_plan
from cms.transfer.wxr.reading import Reading

BLOG = "https://old.example/blog"
NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
DAY = "2012-03-04 05:06:07"
NEVER = "0000-00-00 00:00:00"

#: What an import makes, by what it is known by; every row of every table that it writes, but for keys and moments.
_MEANING = (
    """SELECT a.source_id, a.locale, a.first_published_at, a.comment_count, a.comments_open, a.comments_max_depth,
    r.slug, r.title, r.standfirst, r.word_count, r.body_html
    FROM article AS a JOIN article_revision AS r ON r.id = a.head_id ORDER BY a.source_id""",
    """SELECT c.source_id, p.source_id AS parent, a.source_id AS article, c.depth, c.status, c.is_listed, c.reply_count,
    c.author_name, c.author_email, c.author_url, c.by_contributor, c.created_at, c.body_markdown
    FROM comment AS c JOIN article AS a ON a.id = c.article_id LEFT JOIN comment AS p ON p.id = c.parent_id
    ORDER BY c.source_id""",
    """SELECT t.source_id, t.slug, t.name, p.source_id AS parent, t.article_count
    FROM topic AS t LEFT JOIN topic AS p ON p.id = t.parent_id ORDER BY t.slug""",
    "SELECT source_id, slug, name, email, article_count FROM author ORDER BY slug",
    "SELECT source_id, filename, alt, caption, bytes, storage_key FROM media ORDER BY source_id",
    "SELECT from_path, target FROM redirect ORDER BY from_path",
    """SELECT a.source_id, t.source_id AS topic, x.position FROM revision_topic AS x
    JOIN article AS a ON a.head_id = x.revision_id JOIN topic AS t ON t.id = x.topic_id ORDER BY 1, 3""",
    "SELECT count(*) AS publications FROM publication",
    "SELECT type, count(*) AS events FROM event GROUP BY type ORDER BY type",
)
_MEDIUM = re.compile("med_[0-9a-f-]{36}")


async def meaning(database: Database) -> list[list[dict[str, Any]]]:
    """Everything that an import made, without the keys and the moments that are another's in every run."""
    told = [await database.connection.execute_query_dict(query) for query in _MEANING]
    for article in told[0]:
        article["body_html"] = _MEDIUM.sub("med_", article["body_html"])
    return [[dict(row) for row in rows] for rows in told]


async def heads() -> dict[int, Any]:
    """What each imported article says, by the number it had."""
    found = await Article.all().prefetch_related("head")
    return {int(str(article.source_id).rpartition("-")[2]): article.head for article in found}


async def bring(
    database: Database,
    path: Path,
    options: Options | None = None,
    progress: Tell = quietly,
) -> Report:
    """An export, imported."""
    return await import_wxr(database, SYSTEM, path, options or Options(), progress)


def plan_of(path: Path) -> Plan:
    """What an export holds."""
    return make_plan(Reading(path), UTC, NOW)


def items_of(path: Path) -> list[ParsedItem]:
    """The items of an export, with their texts."""
    return [record for record in Reading(path).records() if isinstance(record, ParsedItem)]


def written(folder: Path, *parts: str, name: str = "export.xml") -> Path:
    """An export of these parts, as a file."""
    path = folder / name
    path.write_text(export(*parts), encoding="utf-8")
    return path


def export(*parts: str, version: str = "1.2", scheme: str = "http") -> str:
    """The text of an export."""
    own = f"{scheme}://wordpress.org/export/{version}"
    return (
        '<?xml version="1.0" encoding="UTF-8" ?>\n<!-- An export, made for a test. -->\n'
        f'<rss version="2.0" xmlns:excerpt="{own}/excerpt/" xmlns:wp="{own}/" '
        'xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/" '
        'xmlns:atom="http://www.w3.org/2005/Atom">\n'
        '<channel><atom:link href="https://old.example/feed"/><title>The Old Lamp</title>'
        f"<link>{BLOG}</link><description>News &amp; tides</description><language>en-GB</language>"
        f"<wp:wxr_version>{version}</wp:wxr_version><wp:base_blog_url>{BLOG}</wp:base_blog_url>\n"
        f"{''.join(parts)}</channel></rss>\n"
    )


def author(login: str, name: str, number: int = 0, email: str = "") -> str:
    """An account."""
    return (
        f"<wp:author><wp:author_id>{number}</wp:author_id><wp:author_login>{login}</wp:author_login>"
        f"<wp:author_email>{email}</wp:author_email>"
        f"<wp:author_display_name><![CDATA[{name}]]></wp:author_display_name></wp:author>\n"
    )


def category(slug: str, name: str, parent: str = "", said: str = "") -> str:
    """A category of the site."""
    return (
        f"<wp:category><wp:category_nicename>{slug}</wp:category_nicename><wp:category_parent>{parent}"
        f"</wp:category_parent><wp:cat_name><![CDATA[{name}]]></wp:cat_name>"
        f"<wp:category_description><![CDATA[{said}]]></wp:category_description></wp:category>\n"
    )


def tag(slug: str, name: str) -> str:
    """A tag of the site."""
    return f"<wp:tag><wp:tag_slug>{slug}</wp:tag_slug><wp:tag_name>{name}</wp:tag_name></wp:tag>\n"


def filed(slug: str, name: str, domain: str = "category") -> str:
    """A category or a tag, as an item names it."""
    return f'<category domain="{domain}" nicename="{slug}"><![CDATA[{name}]]></category>'


def meta(key: str, value: str) -> str:
    """A custom field of an item."""
    return (
        f"<wp:postmeta><wp:meta_key>{key}</wp:meta_key><wp:meta_value><![CDATA[{value}]]></wp:meta_value></wp:postmeta>"
    )


def item(number: int, title: str = "A title", content: str = "Some words.", *inside: str, **given: str) -> str:
    """A post that came out, unless `given` says otherwise: `kind`, `status`, `gmt`, `link`, `slug`, ..."""
    gmt, comments = given.get("gmt", DAY), given.get("comments", "open")
    slug, kind = given.get("slug", f"post-{number}"), given.get("kind", "post")
    return (
        f"<item><title>{title}</title><link>{given.get('link', f'{BLOG}/{slug}/')}</link>"
        f"<pubDate>{given.get('published', '')}</pubDate><dc:creator>{given.get('creator', 'wren')}</dc:creator>"
        f"<content:encoded><![CDATA[{content}]]></content:encoded>"
        f"<excerpt:encoded><![CDATA[{given.get('excerpt', '')}]]></excerpt:encoded>"
        f"<wp:post_id>{number}</wp:post_id><wp:post_date>{given.get('local', gmt)}</wp:post_date>"
        f"<wp:post_date_gmt>{gmt}</wp:post_date_gmt><wp:comment_status>{comments}</wp:comment_status>"
        f"<wp:post_name>{slug}</wp:post_name><wp:status>{given.get('status', 'publish')}</wp:status>"
        f"<wp:post_parent>{given.get('parent', '0')}</wp:post_parent><wp:post_type>{kind}</wp:post_type>"
        f"<wp:post_password>{given.get('lock', '')}</wp:post_password>{''.join(inside)}</item>\n"
    )


def attachment(number: int, file: str, *inside: str, **given: str) -> str:
    """An attachment whose file lies at `file`."""
    address = f"<wp:attachment_url>{file}</wp:attachment_url>"
    return item(number, given.pop("title", ""), "", address, *inside, kind="attachment", status="inherit", **given)


def comment(number: int, text: str = "Well said.", parent: int = 0, **given: str) -> str:
    """A comment by a reader, approved, unless `given` says otherwise."""
    return (
        f"<wp:comment><wp:comment_id>{number}</wp:comment_id>"
        f"<wp:comment_author><![CDATA[{given.get('name', 'Ines')}]]></wp:comment_author>"
        f"<wp:comment_author_email>{given.get('email', 'ines@mail.example')}</wp:comment_author_email>"
        f"<wp:comment_author_url>{given.get('url', '')}</wp:comment_author_url>"
        f"<wp:comment_date>{given.get('gmt', DAY)}</wp:comment_date>"
        f"<wp:comment_date_gmt>{given.get('gmt', DAY)}</wp:comment_date_gmt>"
        f"<wp:comment_content><![CDATA[{text}]]></wp:comment_content>"
        f"<wp:comment_approved>{given.get('approved', '1')}</wp:comment_approved>"
        f"<wp:comment_type>{given.get('kind', '')}</wp:comment_type><wp:comment_parent>{parent}</wp:comment_parent>"
        f"<wp:comment_user_id>{given.get('user', '0')}</wp:comment_user_id></wp:comment>"
    )


def line_of(report: Report, beginning: str) -> str:
    """The note that begins so, or all notes where none does, for whoever reads the failure."""
    found = [note for note in report.notes if note.startswith(beginning)]
    return found[0] if found else f"none of {list_of(report.notes)}"


def list_of(notes: Sequence[str]) -> str:
    """Notes, one a line."""
    return "\n".join(notes)
