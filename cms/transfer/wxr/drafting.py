"""What an article says that was a post or a page: its text, its title, its topics, its rules for comments.

The one thing to know: nothing is left out in silence. What has no place here, or does not fit, is told of in the
report, with the number that the post had.
"""

import re
from collections.abc import Iterator
from typing import Final
from uuid import UUID

import orjson

from cms.articles.drafts import ArticleDraft, BulkArticle, CommentRules, Contribution, LeadImage
from cms.articles.vocabulary import MAX_NAMED
from cms.kernel.ids import GlobalId, NodeType
from cms.kernel.inputs import MAX_LINE_CHARS, MAX_TEXT_CHARS
from cms.kernel.naming import candidates
from cms.media.texts import Body, body_of
from cms.richtext import Document, RichTextError, from_blocks, render
from cms.richtext.blocks import Cell, Image, Link, Table, TextBlock
from cms.site.actions import MAX_COMMENT_CHARS, MAX_COMMENT_DEPTH
from cms.transfer.wxr.addresses import Addresses
from cms.transfer.wxr.content import convert
from cms.transfer.wxr.identity import SOURCE
from cms.transfer.wxr.job import Job
from cms.transfer.wxr.parsed import ParsedItem
from cms.transfer.wxr.plan import Head, named_terms
from cms.transfer.wxr.standing import Standing
from cms.transfer.wxr.surroundings import PAGES, caption_of, description_of
from cms.transfer.wxr.wording import made_title, plain_line, shortened, standfirst_of, wished_slug

#: Characters of numbers that galleries without any get, so that a text made of galleries does not grow without end.
_MOST_ADDED: Final = 500_000
_STAYS_BEHIND: Final = "It links to the old site still (to a file, a list, or what is not public here)"
_GALLERY: Final = re.compile(r"\[gallery(?![^\[\]]*\b(?:ids|id|include)=)((?:\s[^\[\]]*)?)\]")


def named(head: Head) -> str:
    """A post as the report names it."""
    return f"{head.kind} {head.number}"


def _addresses_in(document: Document) -> Iterator[str]:
    """Where the links of a text lead, other than to articles."""
    for block in document.blocks:
        parts = [cell for row in block.rows for cell in row.cells] if isinstance(block, Table) else [block]
        for part in parts:
            if isinstance(part, TextBlock | Cell):
                yield from (mark.href for mark in part.mark_defs if isinstance(mark, Link))


class Drafting:
    """Makes articles of items.

    Args:
        job: the import.
        slugs: those that are taken; each article takes one more.
    """

    def __init__(self, job: Job, slugs: set[str]) -> None:
        self._job = job
        self._slugs = slugs
        media = {number: str(GlobalId(NodeType.MEDIA, key)) for number, key in job.media.items()}
        self._addresses = Addresses(job.plan, media)
        self._alts = {key: description_of(job.plan.attachments[number]) for number, key in media.items()}

    def row(self, head: Head, item: ParsedItem) -> BulkArticle | None:
        """The row of an item, or none where its text cannot be taken."""
        try:
            body = self._body(item)
        except RichTextError as error:
            self._job.tally.refused("articles", f"{named(head)}: {error}")
            return None
        is_out = head.standing is not Standing.DRAFT
        return BulkArticle(
            draft=self._draft(head, item, body),
            id=head.key,
            as_it_was=True,
            created_at=head.written_at,
            published_at=head.written_at if is_out else None,
        )

    def _draft(self, head: Head, item: ParsedItem, body: Body) -> ArticleDraft:
        job = self._job
        title = self._title(head, item, body)
        standfirst, was_cut = standfirst_of(item.excerpt)
        if was_cut:
            self._found(f"An excerpt was shortened to {MAX_TEXT_CHARS} characters", head)
        author = job.authors.get(item.creator)
        if author is None:
            self._found("Its author is not known here; it has none", head)
        image = job.media.get(head.thumbnail)
        if head.thumbnail and image is None:
            self._found("Its featured image is not in the file and was left out", head)
        return ArticleDraft(
            title=title,
            slug=self._slug(wished_slug(item.slug) or title),
            locale=job.locale,
            standfirst=standfirst,
            body=body,
            lead_image=LeadImage(image) if image else None,
            contributors=(Contribution(author),) if author else (),
            topic_ids=self._topics(head, item),
            comments=self._rules(head, item),
            source=SOURCE,
            source_id=head.known_as,
        )

    def _body(self, item: ParsedItem) -> Body:
        converted = convert(
            self._with_galleries(item),
            link=self._addresses.link,
            image=self._addresses.image,
            caption=self._caption,
        )
        where = f"{item.kind} {item.number}"
        for note in converted.notes:
            self._job.findings.add(note[:1].upper() + note[1:], where)
        if any(map(self._addresses.stays_behind, _addresses_in(converted.document))):
            self._job.findings.add(_STAYS_BEHIND, where)
        return body_of(self._described(converted.document))

    def _caption(self, number: int) -> str:
        attachment = self._job.plan.attachments.get(number)
        return caption_of(attachment) if attachment else ""

    def _described(self, document: Document) -> Document:
        """The text, in which an image without a description has the one that its editor gave to the attachment."""
        bare = {place for place, block in enumerate(document.blocks) if isinstance(block, Image) and not block.alt}
        if not bare:
            return document
        blocks = orjson.loads(render(document).blocks)
        for place in bare:
            blocks[place]["alt"] = self._alts.get(blocks[place]["media"], "")
        return from_blocks(blocks)

    def _with_galleries(self, item: ParsedItem) -> str:
        """The text, in which a gallery that names no images names those that were uploaded with the post."""
        if "[gallery" not in item.content:
            return item.content
        images = ",".join(map(str, self._addresses.uploaded_with(item.number)))
        if not images:
            return item.content
        most = max(_MOST_ADDED // len(images), 1)
        return _GALLERY.sub(lambda found: f'[gallery ids="{images}"{found[1]}]', item.content, count=most)

    def _title(self, head: Head, item: ParsedItem, body: Body) -> str:
        title = plain_line(item.title)
        if not title:
            self._found("It had no title, and got one of its first words", head)
            return made_title(body.rendered.text, item.slug)
        if len(title) > MAX_LINE_CHARS:
            self._found(f"Its title was shortened to {MAX_LINE_CHARS} characters", head)
        if "<" in item.title and title != item.title:
            self._found("The markup of its title was left out", head)
        return shortened(title)

    def _slug(self, wish: str) -> str:
        slug = next(idea for idea in candidates(wish) if idea not in self._slugs)
        self._slugs.add(slug)
        return slug

    def _topics(self, head: Head, item: ParsedItem) -> tuple[UUID, ...]:
        named = [self._job.topics.get((term.taxonomy, term.slug)) for term in named_terms(item)]
        first = [self._job.topics[PAGES]] if head.kind == "page" and PAGES in self._job.topics else []
        topics = list(dict.fromkeys(key for key in (*first, *named) if key))
        if len(topics) > MAX_NAMED:
            self._found(f"Of its topics the first {MAX_NAMED} were taken, categories before tags", head)
        return tuple(topics[:MAX_NAMED])

    def _rules(self, head: Head, item: ParsedItem) -> CommentRules | None:
        """Closed where it was closed, and longer or deeper comments where there are some."""
        job, thread = self._job, self._job.plan.threads.get(head.place)
        longest = min(thread.longest, MAX_COMMENT_CHARS) if thread else 0
        deepest = thread.settle(MAX_COMMENT_DEPTH).deepest if thread else 0
        rules = CommentRules(
            open=None if item.takes_comments else False,
            max_length=longest if longest > job.site.comments_max_length else None,
            max_depth=deepest if deepest > job.site.comments_max_depth else None,
        )
        if rules.max_length or rules.max_depth:
            self._found("Its comments may be longer or deeper than the site says, as those that came are", head)
        return rules

    def _found(self, what: str, head: Head) -> None:
        self._job.findings.add(what, named(head))
