"""Which rules hold for an article: its own, or the site's."""

from datetime import UTC, datetime, timedelta

import pytest

from cms.articles.models import Article
from cms.comments.policy import CommentPolicy, policy_of
from cms.kernel.comment_policy import CommentField, CommentModeration
from cms.kernel.ids import new_id
from cms.site.models import Site
from tests.comments.world import DAY, PUBLISHED_AT

LATE = datetime(2026, 6, 1, tzinfo=UTC)
SITE = {
    "comments_open": True,
    "comments_close_at": None,
    "comments_close_after_days": None,
    "comments_moderation": CommentModeration.FIRST_COMMENT_ONLY,
    "comments_max_depth": 4,
    "comments_max_length": 5000,
    "comments_required_fields": ["NAME"],
}


def policy(site: dict[str, object] | None = None, **own: object) -> CommentPolicy:
    """The policy of an article with columns of its own."""
    article = Article(locale="en", translation_group_id=new_id(), **own)
    return policy_of(Site(**{**SITE, **(site or {})}), article, PUBLISHED_AT, None)


def test_an_article_without_rules_has_those_of_the_site() -> None:
    """Changing the site's rules would leave old articles behind."""
    assert policy() == CommentPolicy(
        open=True,
        closes_at=None,
        moderation=CommentModeration.FIRST_COMMENT_ONLY,
        max_depth=4,
        max_length=5000,
        required_fields=frozenset([CommentField.NAME]),
        terms=None,
    )


def test_each_rule_of_an_article_stands_before_the_sites() -> None:
    """A false, a zero or an empty list would be taken for nothing said."""
    own = policy(
        comments_open=False,
        comments_moderation=CommentModeration.BEFORE_PUBLICATION,
        comments_max_depth=0,
        comments_max_length=10,
        comments_required_fields=[],
    )

    assert (own.open, own.moderation) == (False, CommentModeration.BEFORE_PUBLICATION)
    assert (own.max_depth, own.max_length, own.required_fields) == (0, 10, frozenset())


@pytest.mark.parametrize(
    ("site", "own", "closes_at"),
    [
        ({}, {"comments_close_at": LATE}, LATE),
        ({}, {"comments_close_after_days": 14}, PUBLISHED_AT + 14 * DAY),
        ({"comments_close_after_days": 14}, {}, PUBLISHED_AT + 14 * DAY),
        ({"comments_close_after_days": 14}, {"comments_close_after_days": 30}, PUBLISHED_AT + 30 * DAY),
        ({"comments_close_after_days": 14}, {"comments_close_at": LATE}, PUBLISHED_AT + 14 * DAY),
        ({"comments_close_at": LATE}, {"comments_close_after_days": 365}, LATE),
        ({}, {"comments_close_after_days": 2_000_000_000}, PUBLISHED_AT + 36_525 * DAY),
    ],
)
def test_when_comments_close(site: dict[str, object], own: dict[str, object], closes_at: datetime) -> None:
    """A thread would end too early, never, or in an error."""
    found = policy(site, **own)

    assert found.closes_at == closes_at
    assert found.is_open(closes_at - timedelta(microseconds=1))
    assert not found.is_open(closes_at)


def test_what_was_never_opened_is_not_open() -> None:
    """A closing time in the future would open comments."""
    assert not policy(comments_open=False, comments_close_at=LATE).is_open(PUBLISHED_AT)
