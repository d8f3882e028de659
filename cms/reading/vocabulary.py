"""The words every read is asked in: which state of the content, and which way a list runs."""

from enum import StrEnum


class Perspective(StrEnum):
    """Which state of the content is read. What is below the place that names one inherits it."""

    PUBLISHED = "PUBLISHED"
    DRAFT = "DRAFT"


class SortDirection(StrEnum):
    """Which end of a sorted list comes first."""

    ASC = "ASC"
    DESC = "DESC"
