"""The beginning of a text, cut where a reader would cut it."""

import unicodedata

ELLIPSIS = "…"
_JOINER = "\u200d"
_LOOSE_ENDS = " \t\n,;:–—-"  # noqa: RUF001 - dashes that a cut leaves hanging


def excerpt(text: str, max_length: int) -> str:
    """The beginning of `text` in at most `max_length` characters, an ellipsis among them when something was cut.

    Whole words are kept; only a first word that is itself too long is split, and not between a letter and its accent.

    Raises:
        ValueError: `max_length` is less than 1.
    """
    if max_length < 1:
        raise ValueError("An excerpt has at least one character")
    text = text.strip()
    if len(text) <= max_length:
        return text
    room = max_length - len(ELLIPSIS)
    return _words(text, room).rstrip(_LOOSE_ENDS) + ELLIPSIS


def _words(text: str, room: int) -> str:
    """As many whole words as fit into `room`, or a part of the first."""
    if text[room].isspace():
        return text[:room]
    end = max((position for position in range(room) if text[position].isspace()), default=0)
    return text[:end] if text[:end].strip() else text[: _between_letters(text, room)]


def _between_letters(text: str, end: int) -> int:
    """The last place at or before `end` where no combined character is torn apart."""
    place = end
    while place > 0 and (unicodedata.combining(text[place]) or _joins(text[place]) or text[place - 1] == _JOINER):
        place -= 1
    return place or end


def _joins(char: str) -> bool:
    return char == _JOINER or "\ufe00" <= char <= "\ufe0f" or "\U0001f3fb" <= char <= "\U0001f3ff"
