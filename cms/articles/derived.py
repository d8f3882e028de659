"""What is worked out from an article's columns when it is read."""

from collections.abc import Mapping
from datetime import datetime
from math import ceil

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


def json_ld(  # noqa: PLR0913 - the columns it is made of, in the order the entity names them
    context: ReadContext,
    _arguments: object,
    title: str,
    description: str | None,
    url: str,
    locale: str,
    published_at: datetime | None,
    changed_at: datetime | None,
    word_count: int,
    author: str | None,
    image: str | None,
    publisher: str,
    copyright_holder: str | None,
    copyright_year: int | None,
) -> orjson.Fragment:
    """The article as schema.org's Article, in JSON-LD; what is not known is left out (schema.org/Article)."""
    told: Mapping[str, object] = {
        "@context": "https://schema.org",
        "@type": "Article",
        "headline": title,
        "description": description,
        "url": url,
        "inLanguage": locale,
        "datePublished": published_at,
        "dateModified": changed_at,
        "wordCount": word_count,
        "author": author and {"@type": "Person", "name": author},
        "image": image and f"{context.media_url}/{image}",
        "publisher": {"@type": "Organization", "name": publisher},
        "copyrightHolder": copyright_holder and {"@type": "Organization", "name": copyright_holder},
        "copyrightYear": copyright_year,
    }
    known = {name: value for name, value in told.items() if value is not None}
    return orjson.Fragment(orjson.dumps(known, option=orjson.OPT_UTC_Z))
