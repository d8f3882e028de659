"""The comments of a page, as rows to be stored: public, by their writers' names, at their own times, in their threads.

The one thing to know: what a page prints is text. It is escaped, so that no asterisk of a reader's becomes markup; web
addresses stay as they are and become links.
"""

import re
from collections.abc import Mapping, Sequence
from uuid import UUID

from cms.articles.drafts import CommentRules
from cms.articles.models import Article
from cms.comments.bulk import BulkComment, add_comments
from cms.comments.policy import policy_of
from cms.comments.signs import says_something
from cms.kernel.errors import DomainError
from cms.kernel.ids import new_id
from cms.richtext import from_comment, from_plain_text, render
from cms.site.actions import MAX_COMMENT_CHARS, MAX_COMMENT_DEPTH
from cms.transfer.page.job import SOURCE, Job, source_id
from cms.transfer.page.parsed import ParsedComment, ParsedPage

_ADDRESS_OR_MARK = re.compile(r"(?P<address>(?<![^\W_])https?://[^\s<>\"]+)|(?P<mark>[\\*_\[\]<>])")
_MARK = re.compile(r"[\\*_\[\]<>]|:(?=//)")


def typed_comments(page: ParsedPage) -> list[str]:
    """Each comment as its writer would have typed it here; empty where nothing of it can be seen."""
    return [_typed(comment.paragraphs) for comment in page.comments]


def as_typed(paragraph: str) -> str:
    """A paragraph that reads as `paragraph` says, with a backslash before what would be markup.

    Raises:
        RichTextError: it is larger than any text may be.
    """
    escaped = _ADDRESS_OR_MARK.sub(lambda found: found["address"] or "\\" + found["mark"], paragraph)
    # Marks at the end of an address belong to the text again, and there a backslash would belong to the address.
    if "://" in escaped and render(from_comment(escaped)).text != render(from_plain_text(paragraph)).text:
        return _MARK.sub(r"\\\g<0>", paragraph)
    return escaped


def comment_rules(job: Job, typed: Sequence[str]) -> CommentRules | None:
    """Rules of the article's own where its comments are longer or deeper than the site lets them be."""
    longest = max(map(len, typed), default=0)
    deepest = max(_places(job.page.comments, typed, MAX_COMMENT_DEPTH)[1], default=0)
    max_length = longest if longest > job.site.comments_max_length else None
    max_depth = deepest if deepest > job.site.comments_max_depth else None
    if max_length is None and max_depth is None:
        return None
    job.tally.note("The article allows longer comments or deeper replies than the site does, as those of the page are.")
    return CommentRules(max_length=max_length and min(max_length, MAX_COMMENT_CHARS), max_depth=max_depth)


async def store_comments(job: Job, article: Article, typed: Sequence[str]) -> None:
    """Store the comments that are not here yet.

    Raises:
        DomainError: one of them cannot be taken; its path begins with `("comments", "<index in the page>")`.
    """
    deepest = policy_of(job.site, article, article.created_at, None).max_depth
    parents, _ = _places(job.page.comments, typed, deepest)
    _note_what_changed(job, typed, parents)
    rows = _rows(job, article.id, typed, parents)
    created = await _add(job, rows) if rows else 0
    job.tally.created("comments", created)
    job.tally.unchanged("comments", len(rows) - created)


def _rows(job: Job, article_id: UUID, typed: Sequence[str], parents: Sequence[int | None]) -> dict[int, BulkComment]:
    """The comments that say something, by their place on the page."""
    keys = [new_id() for _ in typed]
    return {
        index: BulkComment(
            article_id,
            typed[index],
            comment.name,
            job.posted_at[index],
            id=keys[index],
            parent_id=None if parent is None else keys[parent],
            source=SOURCE,
            source_id=source_id(job.page, comment.source_id),
        )
        for index, (comment, parent) in enumerate(zip(job.page.comments, parents, strict=True))
        if typed[index]
    }


async def _add(job: Job, rows: Mapping[int, BulkComment]) -> int:
    """How many of the rows were not here before."""
    try:
        stored = await add_comments(job.database, job.viewer, list(rows.values()))
    except DomainError as error:
        if error.path[:1] == ("rows",):
            error.path = ("comments", str(list(rows)[int(error.path[1])]), *error.path[2:])
        raise
    return sum(1 for row, key in zip(rows.values(), stored, strict=True) if row.id == key)


def _typed(paragraphs: Sequence[str]) -> str:
    return "\n\n".join(map(as_typed, paragraphs)) if says_something("".join(paragraphs)) else ""


def _places(
    comments: Sequence[ParsedComment], typed: Sequence[str], deepest: int
) -> tuple[list[int | None], list[int]]:
    """Which comment each one answers, and how deep it stands; beyond `deepest`, and below an empty one, further up."""
    parents: list[int | None] = []
    depths: list[int] = []
    for comment in comments:
        parent = comment.parent
        while parent is not None and (not typed[parent] or depths[parent] >= deepest):
            parent = parents[parent]
        parents.append(parent)
        depths.append(0 if parent is None else depths[parent] + 1)
    return parents, depths


def _note_what_changed(job: Job, typed: Sequence[str], parents: Sequence[int | None]) -> None:
    for comment, text in zip(job.page.comments, typed, strict=True):
        if not text:
            job.tally.note(f"The comment by {comment.name} was left out, since nothing of it can be seen.")
    moved = sum(
        1
        for comment, text, parent in zip(job.page.comments, typed, parents, strict=True)
        if text and comment.parent != parent
    )
    if moved:
        job.tally.note(f"Replies that answer a comment further up than before, for want of depth or text: {moved}.")
