"""Whether texts say what they said, and are shown and searched in the words that they have.

The one thing to know: texts that people agreed to, and articles that were shown to them, carry a digest of what they
say. A byte that was changed past the editors' verbs is found here.
"""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from functools import partial
from itertools import groupby
from typing import Any, Final, TypeAlias

from cms.accounts.models import User
from cms.articles.models import Article, ArticleRevision
from cms.articles.revisions import wording_of
from cms.authors.models import Author
from cms.checking.rows import in_parts, name_of
from cms.comments.bodies import stored_forms
from cms.comments.models import Comment
from cms.disclaimers.chains import broken_links
from cms.disclaimers.models import Disclaimer, DisclaimerVersion, PolicyVersion
from cms.kernel.checking import Fault, Ground
from cms.kernel.ids import NodeType
from cms.kernel.mixins import Identified
from cms.kernel.text import fold
from cms.media.models import Media
from cms.media.texts import Body, columns, stored_body
from cms.richtext import RichTextError
from cms.topics.models import Topic

Version: TypeAlias = DisclaimerVersion | PolicyVersion
#: A row that holds a text.
Holder: TypeAlias = Version | ArticleRevision | Author | Comment

#: What is sorted and searched by another column, which is made of it.
_FOLDED: Final[tuple[tuple[type[Identified], str, str], ...]] = (
    (User, "name", "name_key"),
    (Author, "name", "name_key"),
    (Topic, "name", "name_key"),
    (Media, "filename", "filename_key"),
    (ArticleRevision, "title", "title_key"),
    (Comment, "author_name", "author_key"),
)
_UNREADABLE: Final = (
    RichTextError,  # blocks that no text has
    ValueError,  # no JSON
)


async def disclaimers_are_as_written(_ground: Ground) -> AsyncIterator[Fault]:
    """Readers were shown exactly this text; each version's digest covers it and the version before."""
    slugs = {row.id: row.slug for row in await Disclaimer.all().only("id", "slug")}
    versions = await DisclaimerVersion.all().order_by("disclaimer_id", "number")
    for key, group in groupby(versions, key=lambda each: each.disclaimer_id):
        for fault in _faults_of_chain(f"The disclaimer {slugs[key]}", list(group)):
            yield fault


async def policies_are_as_written(_ground: Ground) -> AsyncIterator[Fault]:
    """People agreed to exactly this text; the records of their consent name its digest."""
    versions = await PolicyVersion.all().order_by("kind", "number")
    for kind, group in groupby(versions, key=lambda each: each.kind):
        for fault in _faults_of_chain(f"The policy {kind.value}", list(group)):
            yield fault


async def revisions_are_as_saved(_ground: Ground) -> AsyncIterator[Fault]:
    """What an article said at a moment of the past is only worth something if nobody could change it since."""
    async for some in in_parts(ArticleRevision):
        for revision in some:
            name = name_of(NodeType.ARTICLE_REVISION, revision.id)
            body = body_of(revision.body_blocks)
            # Three statements a revision: this is asked once a night, and not while somebody waits.
            if body is None or (await wording_of(revision)).content_hash != revision.content_hash:
                yield Fault(f"{name} does not say what it said when it was saved.")
            elif fault := _fault_of_forms(name, revision, columns(body)):
                yield fault


async def heads_are_the_newest(_ground: Ground) -> AsyncIterator[Fault]:
    """An article without a head is shown to no editor, and one with another article's says what that says."""
    async for some in in_parts(Article, "head_id"):
        heads = [article.head_id for article in some if article.head_id is not None]
        owners = {row.id: row.article_id for row in await ArticleRevision.filter(id__in=heads).only("id", "article_id")}
        for article in some:
            if article.head_id is not None and owners.get(article.head_id) != article.id:
                yield Fault(f"The head of {name_of(NodeType.ARTICLE, article.id)} is another article's revision.")


async def biographies_are_rendered(_ground: Ground) -> AsyncIterator[Fault]:
    """Readers see the rendered form of a text, and editors the text itself: they must say the same."""
    async for some in in_parts(Author, bio_blocks__not_isnull=True):
        for author in some:
            name, body = name_of(NodeType.AUTHOR, author.id), body_of(author.bio_blocks or "")
            if body is None:
                yield Fault(f"The biography of {name} cannot be read any more.")
            elif fault := _fault_of_forms(name, author, columns(body, "bio")):
                yield fault


async def comments_are_rendered(_ground: Ground) -> AsyncIterator[Fault]:
    """What moderators approved is what readers see, and what is searched."""
    async for some in in_parts(Comment, "body_blocks", "body_html", "body_markdown", "body_text", "body_key"):
        for comment in some:
            name = name_of(NodeType.COMMENT, comment.id)
            try:
                right = stored_forms(comment.body_blocks)
            except _UNREADABLE:
                yield Fault(f"{name} cannot be read any more.")
            else:
                if fault := _fault_of_forms(name, comment, right):
                    yield fault


async def keys_are_folded(_ground: Ground) -> AsyncIterator[Fault]:
    """Whoever is sorted and searched by another name than they have is not found by the one that they have."""
    for model, source, key in _FOLDED:
        async for some in in_parts(model, source, key):
            right = {row.pk: fold(getattr(row, source)) for row in some}
            wrong = {row.pk: right[row.pk] for row in some if getattr(row, key) != right[row.pk]}
            if wrong:
                yield Fault(_told_of_keys(model, source, len(wrong), some[0]), partial(_fold, model, key, wrong))


def body_of(blocks: str) -> Body | None:
    """The text of a row, rendered anew; None where it cannot be read."""
    try:
        return stored_body(blocks)
    except _UNREADABLE:
        return None


def _faults_of_chain(name: str, versions: Sequence[Version]) -> Iterator[Fault]:
    """What is wrong with the versions of one text. The forms of a text are made again only from one that is intact."""
    broken = set(broken_links(versions))
    for version in versions:
        body = body_of(version.body_blocks)
        if version.number in broken or body is None:
            yield Fault(f"{name}: version {version.number} does not say what it said when it was written.")
        elif fault := _fault_of_forms(f"{name}: version {version.number}", version, columns(body)):
            yield fault


def _fault_of_forms(name: str, row: Holder, right: Mapping[str, Any]) -> Fault | None:
    """The fault of a row whose forms are not those of its text: one was changed, or they were made by older code."""
    if all(getattr(row, column) == value for column, value in right.items()):
        return None
    return Fault(f"{name} is shown in other words than it has.", partial(_render_anew, row, right))


async def _render_anew(row: Holder, right: Mapping[str, Any]) -> None:
    await type(row).filter(id=row.id).update(**right)


def _told_of_keys(model: type[Identified], source: str, wrong: int, first: Identified) -> str:
    table = model._meta.db_table  # noqa: SLF001 - Tortoise has no other name for it
    return f"{wrong} rows of {table} from {first.id} on are sorted and searched by another {source} than they have."


async def _fold(model: type[Identified], key: str, right: Mapping[Any, str]) -> None:
    for row_id, folded in right.items():
        await model.filter(id=row_id).update(**{key: folded})
