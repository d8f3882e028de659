"""The gate before readers: what the rules look at is brought together here, and what they forbid does not go out.

`Article.checks` shows the same findings; there the reader brings it together, with the head, in its one statement.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from cms.articles.checks import RULES, RULES_OF_HISTORY, Checked, blocks_of, findings
from cms.articles.errors import CheckFailed
from cms.articles.known import chunks
from cms.articles.models import ArticleRevision, Publication
from cms.articles.pins import Cover, Named, load_covers, named_by
from cms.articles.vocabulary import CheckSeverity
from cms.disclaimers.models import DisclaimerScope
from cms.kernel.clock import now
from cms.kernel.ids import GlobalId, NodeType, parse_global_id
from cms.richtext.blocks import Block, InternalLink, MarkDef, Table, TextBlock
from cms.topics.models import Topic


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the rules ask of other things than the article.

    Attributes:
        spans: when each article that is linked to was, is and will be public.
        parents: the topic above each topic that has one.
        covers: every disclaimer, in the order they are shown.
    """

    spans: Mapping[UUID, Sequence[tuple[datetime, datetime | None]]]
    parents: Mapping[UUID, UUID]
    covers: Sequence[Cover]

    def is_public(self, article_id: UUID, at: datetime) -> bool:
        """Whether readers can see an article at a moment, as things are planned now."""
        spans = self.spans.get(article_id, ())
        return any(starts_at <= at and (ends_at is None or at < ends_at) for starts_at, ends_at in spans)

    def missing_disclaimer(self, named: Named, at: datetime) -> str | None:
        """The slug of the first that names a topic above an article's own and does not cover the article."""
        line = self._line_of(named.topic_ids)
        missing = (
            cover.slug
            for cover in self.covers
            if cover.scope is DisclaimerScope.TOPIC
            and not cover.topic_ids.isdisjoint(line)
            and not cover.covers(named)
            and cover.version_at(at) is not None
        )
        return next(missing, None)

    def _line_of(self, topic_ids: Iterable[UUID]) -> set[UUID]:
        """Topics, and all above them."""
        line, waiting = set[UUID](), list(topic_ids)
        while waiting:
            topic = waiting.pop()
            if topic not in line:
                line.add(topic)
                waiting += [self.parents[topic]] if topic in self.parents else []
        return line


async def look_around(bodies: Iterable[str], covers: Sequence[Cover]) -> Surroundings:
    """What surrounds articles that are to go out: for one as for thousands in a few statements.

    Args:
        bodies: what they say, as the column of their blocks keeps it.
        covers: every disclaimer, as `load_covers` gives them.
    """
    linked = {key for body in bodies for key in _linked_in(blocks_of(body))}
    topics = await Topic.filter(parent_id__not_isnull=True).values_list("id", "parent_id")
    return Surroundings(await _spans_of(linked), dict(topics), covers)


def examine(revision: ArticleRevision, named: Named, around: Surroundings, at: datetime) -> Checked:
    """What the rules look at, of a revision that goes out at a moment. What it links to in itself goes out with it."""
    blocks = blocks_of(revision.body_blocks)
    linked = _linked_in(blocks) - {revision.article_id}
    return Checked(
        title=revision.title,
        standfirst=revision.standfirst,
        body_text=revision.body_text,
        blocks=blocks,
        has_author=revision.author_id is not None,
        lead_image_alt=revision.lead_image_alt,
        copyright_holder=revision.copyright_holder,
        seo_title=revision.seo_title,
        dead_links={str(GlobalId(NodeType.ARTICLE, key)) for key in linked if not around.is_public(key, at)},
        missing_disclaimer=around.missing_disclaimer(named, at),
    )


async def checked(revision: ArticleRevision, at: datetime | None = None) -> Checked:
    """What the rules look at, of a stored revision that goes out at a moment; now when left out."""
    named = (await named_by([revision.id]))[revision.id]
    return examine(revision, named, await look_around([revision.body_blocks], await load_covers()), at or now())


def refuse(article: Checked, *, is_history: bool = False) -> None:
    """Let pass what no rule forbids to go out; what went out long ago only has to have a title and a body.

    Raises:
        CheckFailed: a rule found an ERROR.
    """
    found = findings(article, RULES_OF_HISTORY if is_history else RULES)
    errors = [finding for _, finding in found if finding.severity is CheckSeverity.ERROR]
    if errors:
        raise CheckFailed(errors[0].message, found, errors[0].path)


async def refuse_unfit(
    head: ArticleRevision, named: Named, covers: Sequence[Cover], at: datetime, *, is_history: bool = False
) -> None:
    """Let pass a revision that no rule forbids to go out at a moment, or that went out then.

    Raises:
        CheckFailed: a rule found an ERROR.
    """
    refuse(examine(head, named, await look_around([head.body_blocks], covers), at), is_history=is_history)


async def _spans_of(article_ids: Collection[UUID]) -> dict[UUID, list[tuple[datetime, datetime | None]]]:
    spans: dict[UUID, list[tuple[datetime, datetime | None]]] = {key: [] for key in article_ids}
    for some in chunks(article_ids):
        for row in await Publication.filter(article_id__in=some).only("id", "article_id", "starts_at", "ends_at"):
            spans[row.article_id].append((row.starts_at, row.ends_at))
    return spans


def _linked_in(blocks: Iterable[Block]) -> set[UUID]:
    """The articles that a text links to."""
    ids = {mark.article for block in blocks for mark in _marks_in(block) if isinstance(mark, InternalLink)}
    return {node.key for node in map(parse_global_id, ids) if node is not None}


def _marks_in(block: Block) -> Iterable[MarkDef]:
    if isinstance(block, TextBlock):
        return block.mark_defs
    if isinstance(block, Table):
        return [mark for row in block.rows for cell in row.cells for mark in cell.mark_defs]
    return ()
