"""The passage a comment is about: checked when it is handed in, and found in the text readers see.

A passage is a quote in a block (W3C Web Annotation, section 4.2.4), so that it survives changes elsewhere.
"""

from dataclasses import dataclass

from cms.comments.drafts import Anchor
from cms.comments.models import AnchorState
from cms.comments.passages import Passages, Quote
from cms.kernel.errors import Required
from cms.kernel.inputs import line, text

MAX_KEY_CHARS = 64
MAX_QUOTE_CHARS = 1000
MAX_CONTEXT_CHARS = 200


@dataclass(frozen=True, slots=True)
class FoundPassage:
    """A passage as it is stored, whether it stands where its writer saw it, and in which other block if not."""

    block_key: str
    exact: str
    prefix: str
    suffix: str
    state: AnchorState
    found_in: str | None


def find_passage(anchor: Anchor, blocks: str) -> FoundPassage:
    """The passage of `anchor` in `blocks`, the stored JSON of a text.

    Raises:
        Required, TooLong, InvalidInput: with the path of the field.
    """
    exact = text(anchor.exact, ("anchor", "exact"), MAX_QUOTE_CHARS)
    if not exact:
        raise Required("Quote the words that the comment is about.", ("anchor", "exact"))
    key = line(anchor.block_key, ("anchor", "blockKey"), MAX_KEY_CHARS)
    prefix = text(anchor.prefix or "", ("anchor", "prefix"), MAX_CONTEXT_CHARS)
    suffix = text(anchor.suffix or "", ("anchor", "suffix"), MAX_CONTEXT_CHARS)
    standing = Passages(blocks).place(Quote(key, exact, prefix, suffix))
    return FoundPassage(key, exact, prefix, suffix, standing.state, standing.found_in)
