"""The words for where an article stands and what can be done with it. None of them is stored: each is worked out."""

from enum import StrEnum
from typing import Final

#: How many contributors, topics and disclaimers an article may name each: they are plain lists in the API, and a page
#: of articles is charged for all of them.
MAX_NAMED: Final = 30
#: How many disclaimers may cover one article.
MAX_COVERING: Final = 30


class ArticleStatus(StrEnum):
    """What readers get. The clock moves SCHEDULED to PUBLISHED and PUBLISHED to UNPUBLISHED; no job has to."""

    DRAFT = "DRAFT"
    SCHEDULED = "SCHEDULED"
    PUBLISHED = "PUBLISHED"
    UNPUBLISHED = "UNPUBLISHED"
    ARCHIVED = "ARCHIVED"


class ArticleAction(StrEnum):
    """What somebody may do with an article, as it stands now."""

    EDIT = "EDIT"
    SUBMIT = "SUBMIT"
    RETURN = "RETURN"
    PUBLISH = "PUBLISH"
    SCHEDULE = "SCHEDULE"
    UNPUBLISH = "UNPUBLISH"
    ARCHIVE = "ARCHIVE"
    RESTORE = "RESTORE"
    DELETE = "DELETE"


class CheckSeverity(StrEnum):
    """How much a finding matters. Only ERROR keeps an article from being published."""

    INFO = "INFO"
    WARNING = "WARNING"
    ERROR = "ERROR"
