"""The sample content: what a newcomer is shown first, and that nothing in it leads nowhere."""

import struct
from collections.abc import Iterator
from dataclasses import FrozenInstanceError
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from seed.content import load_content, read_image, with_ids
from seed.model import Article, Author, Comment, Content, Image


@pytest.fixture(scope="module", name="content")
def _content() -> Content:
    return load_content()


@pytest.fixture(name="front")
def _front(content: Content) -> Article:
    """The article a newcomer is shown first."""
    return _article(content, content.site.front_page_article)


def _article(content: Content, slug: str) -> Article:
    return next(article for article in content.articles if article.slug == slug)


def _author(content: Content, slug: str) -> Author:
    return next(author for author in content.authors if author.slug == slug)


def _tokens(body: str) -> Iterator[Token]:
    """The Markdown of `body` as blocks, each followed by what stands in it."""
    for token in MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(body):
        yield token
        yield from token.children or []


def _depth(article: Article, comment: Comment) -> int:
    """0 for a comment that answers nobody, 1 for an answer to that, and so on."""
    parents = {candidate.key: candidate for candidate in article.comments}
    return 1 + _depth(article, parents[comment.reply_to]) if comment.reply_to else 0


def _pixels(data: bytes) -> tuple[int, int]:
    """Width and height as a PNG (section 11.2.2) or a JPEG (T.81, section B.2.2) states them."""
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        width, height = struct.unpack(">II", data[16:24])
        return width, height
    assert data.startswith(b"\xff\xd8")
    at = 2
    while data[at + 1] not in (0xC0, 0xC1, 0xC2):
        at += 2 + int(struct.unpack(">H", data[at + 2 : at + 4])[0])
    height, width = struct.unpack(">HH", data[at + 5 : at + 9])
    return width, height


def test_front_page_article_has_its_parts(front: Article) -> None:
    """The page everybody sees first lacks its picture, byline or copyright."""
    assert front.slug == "the-long-way-home"
    assert (front.locale, front.state, front.topics) == ("en", "published", ("mind",))
    assert front.published_at == datetime(2013, 5, 14, 6, 30, tzinfo=UTC)
    assert front.lead_image is not None
    assert front.lead_image.alt
    assert front.lead_image.caption
    assert front.lead_image.credit
    assert front.copyright is not None
    assert (front.copyright.holder, front.copyright.year) == ("Ground Floor Magazine", 2013)
    assert front.copyright.statement == "© 2013 Ground Floor Magazine. All rights reserved."


def test_front_page_author_is_credited_and_can_be_asked(content: Content, front: Article) -> None:
    """Readers are invited to write to somebody who does not take letters, or who is not named."""
    (contributor,) = front.contributors
    author = _author(content, contributor.author)

    assert (contributor.role, contributor.credited_as) == ("AUTHOR", "Marian Thistlewood, PhD")
    assert author.credentials == "PhD, counselling psychologist"
    assert author.accepts_messages
    assert author.email == "marian@groundfloor.example.org"


def test_front_page_body_has_its_anatomy(front: Article) -> None:
    """The body that shows off rich text has lost a heading, its quote, its list or its link."""
    tokens = list(_tokens(front.body))
    opened = [token.type for token in tokens]
    paragraphs = [token for token in tokens if token.type == "paragraph_open" and token.level == 0]
    links = [token.attrGet("href") for token in tokens if token.type == "link_open"]

    assert len(paragraphs) == 9
    assert opened.count("heading_open") == 2
    assert opened.count("blockquote_open") == 1
    assert opened.count("bullet_list_open") == 1
    assert opened.count("list_item_open") == 4
    assert links == ["article:the-hour-before-sleep"]
    assert 500 <= len(front.body.split()) <= 800


def test_front_page_has_nine_comments(front: Article) -> None:
    """The nine readers of 2013 to 2020 are not all there, or moderation has nothing to do."""
    comments = front.comments

    assert len(comments) == 9
    assert (comments[0].created_at.year, comments[-1].created_at.year) == (2013, 2020)
    assert [(comment.key, comment.reply_to) for comment in comments if comment.reply_to] == [
        ("length-of-a-song", "pace-yourself"),
    ]
    assert [comment.key for comment in comments if comment.expect == "held"] == ["shoe-shop"]
    assert [comment.key for comment in comments if comment.body.strip().count("\n\n") >= 2] == ["night-porter"]
    assert len({comment.body for comment in comments}) == 9


def test_held_comment_has_more_links_than_are_shown_at_once(front: Article) -> None:
    """The advertisement has no more than the two links that the screening lets through."""
    (held,) = [comment for comment in front.comments if comment.expect == "held"]

    assert held.body.count("https://") == 3


def test_front_page_disclaimers_are_two(content: Content, front: Article) -> None:
    """The front page would carry another notice than the author's views and the invitation to write."""
    authors = {contributor.author for contributor in front.contributors}
    covering = [
        disclaimer.slug
        for disclaimer in content.disclaimers
        if disclaimer.scope == "EVERY_ARTICLE"
        or set(disclaimer.topics) & set(front.topics)
        or set(disclaimer.authors) & authors
        or disclaimer.slug in front.disclaimers
    ]

    assert covering == ["views-of-the-author", "questions-to-the-author"]


def test_authors_who_accept_messages_are_those_the_invitation_names(content: Content) -> None:
    """A reader is invited to write to an author who accepts no messages."""
    invitation = next(entry for entry in content.disclaimers if entry.slug == "questions-to-the-author")

    assert {author.slug for author in content.authors if author.accepts_messages} == set(invitation.authors)


def test_counts(content: Content) -> None:
    """Something was dropped from the sample without anybody saying so."""
    states = [article.state for article in content.articles]

    assert len(states) == 18
    assert [states.count(state) for state in ("published", "draft", "scheduled", "unpublished")] == [15, 1, 1, 1]
    assert len(content.authors) == 8
    assert len(content.topics) == 9
    assert len(content.images) == 6
    assert [policy.kind for policy in content.policies] == ["TERMS", "TERMS", "PRIVACY", "COOKIES"]
    assert sum(len(article.comments) for article in content.articles) == 37


def test_articles_stand_in_the_order_they_appeared(content: Content) -> None:
    """A loader that takes them in order would meet a link to an article that is not there yet."""
    times = [article.published_at or article.publish_at for article in content.articles]

    assert times.pop() is None
    assert content.articles[-1].state == "draft"
    assert all(earlier is not None and later is not None and earlier < later for earlier, later in pairwise(times))
    assert (content.articles[0].published_at or datetime.now(UTC)).year == 2012
    assert (content.articles[-2].publish_at or datetime.now(UTC)).year == 2030


def test_other_articles_are_short(content: Content, front: Article) -> None:
    """An article is a stub, or too long to be read as a sample."""
    others = [article for article in content.articles if front.slug not in (article.slug, article.translation_of)]

    assert [article.slug for article in others if not 150 <= len(article.body.split()) <= 350] == []


def test_german_articles(content: Content) -> None:
    """The second locale has no translations to show."""
    german = {article.slug: article.translation_of for article in content.articles if article.locale == "de"}

    assert german == {
        "die-stunde-vor-dem-schlaf": "the-hour-before-sleep",
        "der-lange-heimweg": "the-long-way-home",
        "brot-vom-vortag": None,
    }


def test_topics_are_three_deep(content: Content) -> None:
    """The tree of topics has become a list."""
    parents = {topic.slug: topic.parent for topic in content.topics}

    assert (parents["sleep"], parents["mind"], parents["health"]) == ("mind", "health", None)


def test_disclaimers_cover_every_scope(content: Content) -> None:
    """A scope or a placement is shown nowhere, or no disclaimer was ever revised."""
    written = {entry.slug: (entry.scope, entry.placement, len(entry.versions)) for entry in content.disclaimers}

    assert written == {
        "views-of-the-author": ("EVERY_ARTICLE", "AFTER_BODY", 2),
        "not-medical-advice": ("TOPIC", "BEFORE_BODY", 1),
        "questions-to-the-author": ("AUTHOR", "AFTER_BODY", 1),
        "supported-by-a-supplier": ("SELECTED_ARTICLES", "BEFORE_BODY", 1),
    }


def test_disclaimers_are_in_effect_when_articles_appear(content: Content) -> None:
    """An article would go out under a disclaimer that did not exist yet."""
    first_article = min(article.published_at for article in content.articles if article.published_at)
    late = {entry.slug for entry in content.disclaimers if entry.versions[0].effective_from > first_article}
    supported = [article for article in content.articles if late & set(article.disclaimers)]

    assert late == {"supported-by-a-supplier"}
    assert [article.slug for article in supported] == ["window-boxes-for-forgetful-people"]
    assert supported[0].published_at == datetime(2022, 4, 12, 8, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    "feature",
    [
        "heading_open:h2",
        "heading_open:h3",
        "blockquote_open:blockquote",
        "bullet_list_open:ul",
        "ordered_list_open:ol",
        "table_open:table",
        "fence:code",
        "hr:hr",
        "image:img",
        "link_open:a",
        "strong_open:strong",
        "em_open:em",
        "s_open:s",
        "code_inline:code",
        "hardbreak:br",
    ],
)
def test_every_kind_of_block_and_mark_is_shown(content: Content, feature: str) -> None:
    """A newcomer cannot see this kind of block or mark in any published article."""
    published = [article for article in content.articles if article.state == "published"]

    assert [article.slug for article in published if feature in {f"{t.type}:{t.tag}" for t in _tokens(article.body)}]


@pytest.mark.parametrize(
    ("written", "slug"),
    [
        ("CO~2~", "the-hour-before-sleep"),
        ("10^-12^", "the-street-that-turned-the-volume-down"),
        ("\n\n<https://soundcloud.com/ground-floor-sample/lane-four-at-seven>\n\n", "lane-four-at-seven"),
        ("](media:lido ", "lane-four-at-seven"),
        ("     - in which case", "soup-for-an-unreliable-week"),
    ],
)
def test_notations_of_our_own_are_shown(content: Content, written: str, slug: str) -> None:
    """A subscript, superscript, embed, image in the body or list three deep is shown nowhere."""
    assert written in _article(content, slug).body


def test_contributors_have_every_role_and_one_article_has_none(content: Content) -> None:
    """A role is shown nowhere, or there is no article without a byline."""
    roles = {contributor.role for article in content.articles for contributor in article.contributors}

    assert roles == {"AUTHOR", "EDITOR", "REVIEWER", "TRANSLATOR", "PHOTOGRAPHER"}
    assert [article.slug for article in content.articles if not article.contributors] == [
        "what-grows-on-the-north-wall",
    ]


def test_special_articles(content: Content) -> None:
    """The closed comments, the SEO override or the article that was taken down are gone."""
    closed = [article for article in content.articles if article.comment_policy and not article.comment_policy.open]
    overridden = [article.slug for article in content.articles if article.seo]
    taken_down = {article.slug: article.unpublished_at for article in content.articles if article.unpublished_at}

    assert [(article.slug, len(article.comments)) for article in closed] == [("a-letter-to-the-night-shift", 3)]
    assert overridden == ["window-boxes-for-forgetful-people"]
    assert taken_down == {"getting-across-while-the-bridge-is-shut": datetime(2024, 3, 1, 9, 0, tzinfo=UTC)}


def test_comments_elsewhere(content: Content, front: Article) -> None:
    """Threads are missing, or none is deep enough to show replies to replies."""
    others = [article for article in content.articles if article.comments and article != front]

    assert len(others) == 8
    assert [article.slug for article in others if not 2 <= len(article.comments) <= 6] == []
    assert max(_depth(article, comment) for article in others for comment in article.comments) == 3
    assert {comment.contributor for article in others for comment in article.comments} >= {"peg-ansty"}


def test_images_are_as_they_say(content: Content) -> None:
    """A picture is too heavy, has another size than stated, or no alt text."""

    def facts(image: Image) -> tuple[bool, tuple[int, int]]:
        data = read_image(image)
        return len(data) < 60_000, _pixels(data)

    assert {image.key: facts(image) for image in content.images} == {
        image.key: (True, (image.width, image.height)) for image in content.images
    }
    assert {(image.width, image.height) for image in content.images} == {(1200, 675)}
    assert all(len(image.alt) > 40 for image in content.images)


def test_every_image_is_used(content: Content) -> None:
    """A picture is carried along for nothing."""
    leads = {article.lead_image.key for article in content.articles if article.lead_image}
    unused = [
        image.key
        for image in content.images
        if image.key not in leads and not any(f"(media:{image.key} " in article.body for article in content.articles)
    ]

    assert unused == []


def test_addresses_belong_to_nobody(content: Content) -> None:
    """A site or mailbox of the sample could be somebody's."""
    mails = [author.email for author in content.authors] + [c.email for a in content.articles for c in a.comments]
    sites = [author.website for author in content.authors] + [c.url for a in content.articles for c in a.comments]
    hosts = {mail.split("@")[1] for mail in mails if mail} | {site.split("/")[2] for site in sites if site}

    assert [host for host in hosts if not host.endswith(("example.org", "example.com", "example.net"))] == []


def test_content_is_frozen(content: Content) -> None:
    """One caller could change the sample under another."""
    with pytest.raises(FrozenInstanceError):
        content.site.name = "Another"  # type: ignore[misc]  # the refusal is what is tested


def test_with_ids_names_what_was_stored() -> None:
    """A stored body would still name slugs, which nothing resolves."""
    body = '[a](article:soup), ![b](media:bowl "c") and `article:soup`'

    stored = with_ids(body, {"soup": "art_1"}, {"bowl": "med_2"})

    assert stored == '[a](article:art_1), ![b](media:med_2 "c") and `article:soup`'


def test_with_ids_refuses_what_has_no_id() -> None:
    """A link to an article that was not stored would go out broken."""
    with pytest.raises(KeyError, match="soup"):
        with_ids("[a](article:soup)", {}, {})
