"""The words for what can be done with a comment and how a list of them is sorted; what is stored is in `models`."""

from enum import StrEnum


class CommentAction(StrEnum):
    """What somebody may do with a comment, as it stands now."""

    REPLY = "REPLY"
    EDIT = "EDIT"
    DELETE = "DELETE"
    FLAG = "FLAG"
    MODERATE = "MODERATE"


class CommentOrder(StrEnum):
    """How comments of one level are sorted. Equals are told apart by their ids, so that pages never overlap."""

    OLDEST_FIRST = "OLDEST_FIRST"
    NEWEST_FIRST = "NEWEST_FIRST"
    MOST_REACTIONS = "MOST_REACTIONS"
