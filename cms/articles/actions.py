"""What editors do with articles: every verb, by one door.

Each is one transaction: may this viewer, is this what the viewer saw, the change, its events. What is refused changes
nothing. `permissions` says who may do what when; `writing` holds what readers do not notice, `releasing` what they do.
"""

from cms.articles.releasing import (
    archive_article,
    delete_article,
    publish_article,
    schedule_article,
    unpublish_article,
    unschedule_article,
)
from cms.articles.writing import create_article, restore_revision, return_article, submit_article, update_article

__all__ = [
    "archive_article",
    "create_article",
    "delete_article",
    "publish_article",
    "restore_revision",
    "return_article",
    "schedule_article",
    "submit_article",
    "unpublish_article",
    "unschedule_article",
    "update_article",
]
