"""What must fit together in the sample content. Each rule says what is wrong, with the file it is wrong in.

Articles may name only articles that appeared before them, so that a loader can take them in order.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator

from seed.model import Article, Author, Comment, Content, Topic

ARTICLE_LINK = re.compile(r"\]\(article:([a-z0-9-]+)")
BODY_IMAGE = re.compile(r"\]\(media:([a-z0-9-]+)")

# For each state, which of published_at, publish_at and unpublished_at are set.
_TIMES = {
    "published": (True, False, False),
    "draft": (False, False, False),
    "scheduled": (False, True, False),
    "unpublished": (True, False, True),
}


def broken_rules(content: Content, image_files: set[str]) -> list[str]:
    """What is wrong with `content`, one line for each fault; empty when nothing is."""
    return [fault for rule in _RULES for fault in rule(content)] + list(_images_exist(content, image_files))


def _slugs_are_unique(content: Content) -> Iterator[str]:
    yield from _repeated("images.toml", (image.key for image in content.images))
    yield from _repeated("authors.toml", (author.slug for author in content.authors))
    yield from _repeated("topics.toml", (topic.slug for topic in content.topics))
    yield from _repeated("disclaimers.toml", (disclaimer.slug for disclaimer in content.disclaimers))
    for article in content.articles:
        yield from _repeated(f"comments/{article.slug}.toml", (comment.key for comment in article.comments))


def _site_names_what_exists(content: Content) -> Iterator[str]:
    site = content.site
    published = {article.slug for article in content.articles if article.state == "published"}
    yield from _missing("site.toml", "published article", [site.front_page_article], published)
    yield from _missing("site.toml", "locale", [site.default_locale], site.locales)


def _authors_can_be_reached(content: Content) -> Iterator[str]:
    for author in content.authors:
        if author.accepts_messages and not author.email:
            yield f"authors.toml: {author.slug} accepts messages and has no e-mail address"


def _parents_come_first(content: Content) -> Iterator[str]:
    seen: set[str] = set()
    for topic in content.topics:
        yield from _missing("topics.toml", "topic above it", [topic.parent] if topic.parent else [], seen)
        seen.add(topic.slug)


def _disclaimers_have_targets(content: Content) -> Iterator[str]:
    for disclaimer in content.disclaimers:
        yield from _missing("disclaimers.toml", "topic", disclaimer.topics, _slugs(content.topics))
        yield from _missing("disclaimers.toml", "author", disclaimer.authors, _slugs(content.authors))
        if bool(disclaimer.topics) != (disclaimer.scope == "TOPIC"):
            yield f"disclaimers.toml: {disclaimer.slug} must name topics if and only if its scope is TOPIC"
        if bool(disclaimer.authors) != (disclaimer.scope == "AUTHOR"):
            yield f"disclaimers.toml: {disclaimer.slug} must name authors if and only if its scope is AUTHOR"


def _versions_follow_each_other(content: Content) -> Iterator[str]:
    for disclaimer in content.disclaimers:
        moments = [version.effective_from for version in disclaimer.versions]
        if moments != sorted(set(moments)):
            yield f"disclaimers.toml: the versions of {disclaimer.slug} are not oldest first"
    for kind in ("TERMS", "PRIVACY", "COOKIES"):
        moments = [policy.effective_from for policy in content.policies if policy.kind == kind]
        if not moments or moments != sorted(set(moments)):
            yield f"policies.toml: {kind} needs versions, oldest first"


def _articles_name_what_exists(content: Content) -> Iterator[str]:
    images = {image.key for image in content.images}
    selectable = {disclaimer.slug for disclaimer in content.disclaimers if disclaimer.scope == "SELECTED_ARTICLES"}
    for article in content.articles:
        where = _file(article)
        lead = [article.lead_image.key] if article.lead_image else []
        authors = [contributor.author for contributor in article.contributors]
        yield from _missing(where, "locale", [article.locale], content.site.locales)
        yield from _missing(where, "topic", article.topics, _slugs(content.topics))
        yield from _missing(where, "author", authors, _slugs(content.authors))
        yield from _missing(where, "image", lead + BODY_IMAGE.findall(article.body), images)
        yield from _missing(where, "disclaimer for selected articles", article.disclaimers, selectable)


def _articles_look_back(content: Content) -> Iterator[str]:
    earlier: dict[str, Article] = {}
    for article in content.articles:
        original = [article.translation_of] if article.translation_of else []
        yield from _missing(_file(article), "earlier article", original + ARTICLE_LINK.findall(article.body), earlier)
        if any(earlier[slug].locale == article.locale for slug in original if slug in earlier):
            yield f"{_file(article)}: a translation must be in another locale"
        earlier[article.slug] = article


def _times_fit_the_state(content: Content) -> Iterator[str]:
    for article in content.articles:
        start, end = article.published_at, article.unpublished_at
        if (start is not None, article.publish_at is not None, end is not None) != _TIMES[article.state]:
            yield f"{_file(article)}: its times do not fit the state {article.state}"
        if start and end and end <= start:
            yield f"{_file(article)}: it was unpublished before it was published"


def _comments_follow_the_article(content: Content) -> Iterator[str]:
    for article in content.articles:
        where = f"comments/{article.slug}.toml"
        authors = {contributor.author for contributor in article.contributors}
        for comment in article.comments:
            if not article.published_at or comment.created_at <= article.published_at:
                yield f"{where}: {comment.key} was written before the article was published"
            if article.unpublished_at and comment.created_at >= article.unpublished_at:
                yield f"{where}: {comment.key} was written after the article was unpublished"
            yield from _missing(where, "contributor", [comment.contributor] if comment.contributor else [], authors)


def _replies_follow_their_parents(content: Content) -> Iterator[str]:
    for article in content.articles:
        seen: dict[str, Comment] = {}
        where = f"comments/{article.slug}.toml"
        for comment in article.comments:
            yield from _missing(where, "earlier comment", [comment.reply_to] if comment.reply_to else [], seen)
            if seen and comment.created_at <= list(seen.values())[-1].created_at:
                yield f"{where}: {comment.key} is older than the one before it"
            seen[comment.key] = comment


def _images_exist(content: Content, image_files: set[str]) -> Iterator[str]:
    yield from _missing("images.toml", "file", [image.filename for image in content.images], image_files)
    for stray in sorted(image_files - {image.filename for image in content.images}):
        yield f"images.toml: the file {stray} is not named"


def _missing(where: str, what: str, wanted: Iterable[str], known: Iterable[str]) -> Iterator[str]:
    known = set(known)
    for name in wanted:
        if name not in known:
            yield f"{where}: there is no {what} {name!r}"


def _repeated(where: str, names: Iterable[str]) -> Iterator[str]:
    for name, times in Counter(names).items():
        if times > 1:
            yield f"{where}: {name!r} stands there {times} times"


def _slugs(things: Iterable[Author | Topic]) -> set[str]:
    return {thing.slug for thing in things}


def _file(article: Article) -> str:
    return f"articles/{article.slug}.md"


_RULES: tuple[Callable[[Content], Iterator[str]], ...] = (
    _slugs_are_unique,
    _site_names_what_exists,
    _authors_can_be_reached,
    _parents_come_first,
    _disclaimers_have_targets,
    _versions_follow_each_other,
    _articles_name_what_exists,
    _articles_look_back,
    _times_fit_the_state,
    _comments_follow_the_article,
    _replies_follow_their_parents,
)
