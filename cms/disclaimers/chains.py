"""The chain that ties each version of a legal text to the one before it, so that none can be changed unseen.

A link is the SHA-256 of the canonical JSON of what the version says, since when, and the link before it.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol

import orjson

from cms.kernel.clock import to_text
from cms.kernel.digests import digest_of
from cms.kernel.errors import InvalidInput
from cms.kernel.inputs import moment


class Link(Protocol):
    """A version of a text, as its table keeps it."""

    number: int
    title: str
    body_blocks: str
    effective_from: datetime
    digest: str


def chained_digest(
    title: str, body_blocks: str, effective_from: datetime, previous: str | None, acceptance_text: str | None = None
) -> str:
    """The digest of a version.

    Args:
        title: as it is shown.
        body_blocks: the text's blocks, as JSON.
        effective_from: from when on it holds.
        previous: the digest of the version before it; None for the first.
        acceptance_text: the sentence at the checkbox, of policies.
    """
    said = {
        "title": title,
        "body": orjson.loads(body_blocks),
        "effectiveFrom": to_text(effective_from),
        "previous": previous,
    }
    return digest_of(said if acceptance_text is None else {**said, "acceptanceText": acceptance_text})


def broken_links(versions: Iterable[Link]) -> list[int]:
    """The numbers of versions whose digest is not what their text and the version before them give.

    Args:
        versions: every version of one text, in any order.
    """
    broken, previous = [], None
    for version in sorted(versions, key=lambda each: each.number):
        acceptance = getattr(version, "acceptance_text", None)
        expected = chained_digest(version.title, version.body_blocks, version.effective_from, previous, acceptance)
        if expected != version.digest:
            broken.append(version.number)
        previous = version.digest
    return broken


def next_effect(given: datetime | None, otherwise: datetime, before: Sequence[Link]) -> datetime:
    """From when on the next version holds.

    Args:
        given: as asked for.
        otherwise: when nothing is; but not before the version before it, which may be planned, or a moment younger.
        before: the versions there are.

    Raises:
        InvalidInput: that is before the version before it, so it would never be in effect.
    """
    latest = max((version.effective_from for version in before), default=otherwise)
    wanted = moment(given, ("effectiveFrom",)) if given else max(otherwise, latest)
    if before and wanted < latest:
        raise InvalidInput(
            f"An earlier version takes effect on {latest:%Y-%m-%d}: choose a later time.", ("effectiveFrom",)
        )
    return wanted
