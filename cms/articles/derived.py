"""What is worked out from an article's columns when it is read."""

from collections.abc import Mapping
from datetime import datetime
from math import ceil
from typing import Any, NamedTuple

import orjson

from cms.reading.entity import ReadContext

#: Adults read about 238 words of English prose a minute (Brysbaert 2019); a screen and names take some of it.
WORDS_PER_MINUTE = 220


def reading_minutes(_context: ReadContext, _arguments: object, word_count: int) -> int:
    """Whole minutes, at least one."""
    return max(1, ceil(word_count / WORDS_PER_MINUTE))


def copyright_statement(
    _context: ReadContext, _arguments: object, holder: str, year: int, statement: str | None
) -> str:
    """The line as it was written, else one made of the year and the holder."""
    return statement or f"© {year} {holder}"


class Described(NamedTuple):
    """What JSON-LD tells of an article, in the order the entity names the columns."""

    title: str
    description: str | None
    url: str
    locale: str
    published_at: datetime | None
    changed_at: datetime | None
    word_count: int
    author: str | None
    image: str | None
    publisher: str
    copyright_holder: str | None
    copyright_year: int | None


def json_ld(context: ReadContext, _arguments: object, *columns: Any) -> orjson.Fragment:  # noqa: ANN401 - those of `Described`
    """The article as schema.org's Article, in JSON-LD; what is not known is left out (schema.org/Article)."""
    article = Described(*columns)
    told: Mapping[str, object] = {
        "@context": "https://schema.org",
        "@type": "Article",
        "headline": article.title,
        "description": article.description,
        "url": article.url,
        "inLanguage": article.locale,
        "datePublished": article.published_at,
        "dateModified": article.changed_at,
        "wordCount": article.word_count,
        "author": article.author and {"@type": "Person", "name": article.author},
        "image": article.image and f"{context.media_url}/{article.image}",
        "publisher": {"@type": "Organization", "name": article.publisher},
        "copyrightHolder": article.copyright_holder and {"@type": "Organization", "name": article.copyright_holder},
        "copyrightYear": article.copyright_year,
    }
    known = {name: value for name, value in told.items() if value is not None}
    return orjson.Fragment(orjson.dumps(known, option=orjson.OPT_UTC_Z))
