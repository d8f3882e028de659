"""The words a comment policy is written in; the site has one, and an article may differ from it."""

from enum import StrEnum


class CommentModeration(StrEnum):
    """When a comment is looked at."""

    BEFORE_PUBLICATION = "BEFORE_PUBLICATION"
    AFTER_PUBLICATION = "AFTER_PUBLICATION"
    FIRST_COMMENT_ONLY = "FIRST_COMMENT_ONLY"


class CommentField(StrEnum):
    """What a comment form may ask of a guest."""

    NAME = "NAME"
    EMAIL = "EMAIL"
    URL = "URL"
