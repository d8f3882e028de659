"""What differs between two revisions, field by field."""

from cms.reading.entity import ReadContext

_FIELDS = ("slug", "title", "standfirst", "body", "leadImage.alt", "leadImage.caption", "leadImage.credit")


def field_differences(_context: ReadContext, _arguments: object, *values: str | None) -> list[dict[str, object]]:
    """The fields whose text differs, `before` and `after`; the body is compared as Markdown.

    Args:
        values: the revision's fields in the order of `_FIELDS`, then the other revision's; all null if there is none.
    """
    after, before = values[: len(_FIELDS)], values[len(_FIELDS) :]
    return [
        {"field": name, "before": old, "after": new}
        for name, old, new in zip(_FIELDS, before, after, strict=True)
        if old != new
    ]
