"""What an article says that was a file: its body, its title, its people, its topics.

The one thing to know: nothing is left out in silence. What has no place here, or does not fit, is told of in the report
with the path of the file.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final
from uuid import UUID

from cms.articles.drafts import ArticleDraft, BulkArticle, CommentRules, Contribution, Copyright, LeadImage, Seo
from cms.articles.models import ContributorRole
from cms.articles.vocabulary import MAX_NAMED
from cms.kernel.errors import DomainError
from cms.kernel.inputs import MAX_LINE_CHARS, MAX_TEXT_CHARS, optional_line, web_address
from cms.media.texts import Body, body_of
from cms.richtext import from_markdown, render
from cms.transfer.markdown.bodies import Bodies, take_title
from cms.transfer.markdown.hidden import without_hidden
from cms.transfer.markdown.identity import SOURCE
from cms.transfer.markdown.job import Job
from cms.transfer.markdown.meanings import article_keys
from cms.transfer.markdown.media import MediaShelf
from cms.transfer.markdown.naming import facts_of
from cms.transfer.markdown.people import People
from cms.transfer.markdown.planning import Head, page_at
from cms.transfer.markdown.said import ArticleKeys, ForEngines, Person, Picture, Rights, Subject
from cms.transfer.markdown.subjects import Subjects
from cms.transfer.wxr.wording import shortened

_JOINTS: Final = re.compile("[-_]+")
Check = Callable[[str | None, tuple[str, ...]], str | None]


class Drafting:
    """Makes articles of files.

    Args:
        job: the import.
        bodies: reads bodies.
        media: brings images.
        people: brings authors.
        subjects: brings topics.
        originals: the keys of what articles translate, by the paths of their files.
    """

    def __init__(
        self,
        job: Job,
        bodies: Bodies,
        media: MediaShelf,
        people: People,
        subjects: Subjects,
        originals: Mapping[str, UUID],
    ) -> None:
        self._job = job
        self._bodies = bodies
        self._media = media
        self._people = people
        self._subjects = subjects
        self._originals = originals

    async def row(self, head: Head, slug: str) -> BulkArticle:
        """The row of an article.

        Args:
            head: what is known of it.
            slug: which is its own.

        Raises:
            Unreadable: its file cannot be read any more.
            RichTextError: its body is refused.
        """
        page = page_at(self._job.place, head.path)
        keys = article_keys(page.fields or {})
        heading, below = take_title(page.body) if keys.title is None else ("", page.body)
        self._tell(keys, head)
        return BulkArticle(
            draft=ArticleDraft(
                title=self._title(keys.title or plain_text(heading), head),
                slug=slug,
                locale=head.locale,
                translation_of=self._originals.get(head.path),
                standfirst=self._shortened(keys.standfirst, "A standfirst", head),
                body=await self._body(below, head),
                lead_image=await self._lead(keys.picture, head),
                contributors=await self._contributors(keys.people, head),
                topic_ids=await self._topics(keys.subjects, head),
                copyright=self._rights(keys.rights, head),
                seo=self._seo(keys.for_engines, head),
                comments=None if keys.comments is None else CommentRules(open=keys.comments),
                source=SOURCE,
                source_id=head.source_id,
            ),
            id=head.key,
            as_it_was=True,
            created_at=min(head.written_at, self._job.now) if head.written_at else None,
            published_at=head.written_at if head.is_out else None,
            unpublished_at=head.ends_at if head.is_out else None,
        )

    def _tell(self, keys: ArticleKeys, head: Head) -> None:
        self._job.not_taken(keys.left_over, head.path)
        if head.why_held:
            self._found(head.why_held, head)
        if keys.was_changed:
            self._found("When it was last changed is not kept", head)

    def _title(self, written: str, head: Head) -> str:
        """The title, made of the name of the file where nothing says one."""
        facts = facts_of(head.path, self._job.site.locales)
        is_typed = " " in facts.name or facts.begun is not None
        name = facts.name if is_typed else _JOINTS.sub(" ", facts.name).strip().capitalize()
        title = " ".join((written or name or "Untitled").split())
        if len(title) > MAX_LINE_CHARS:
            self._found(f"Its title was shortened to {MAX_LINE_CHARS} characters", head)
        return shortened(title)

    def _shortened(self, written: str | None, what: str, head: Head) -> str | None:
        if written and len(written) > MAX_TEXT_CHARS:
            self._found(f"{what} was shortened to {MAX_TEXT_CHARS} characters", head)
        return shortened(written, MAX_TEXT_CHARS) if written else None

    async def _body(self, text: str, head: Head) -> Body:
        converted = await self._bodies.read(text, head.path)
        for note in converted.notes:
            self._found(note, head)
        return body_of(converted.document)

    async def _lead(self, picture: Picture | None, head: Head) -> LeadImage | None:
        if picture is None:
            return None
        name = None if "://" in picture.file else self._bodies.find(picture.file, head.path)
        key = await self._media.bring(name, picture.alt or "") if name else None
        if key is None:
            self._found("Its lead image is not in the folder, or of no type that is taken, and was left out", head)
        return LeadImage(key, picture.alt, picture.caption, picture.credit) if key else None

    async def _contributors(self, people: Sequence[Person], head: Head) -> tuple[Contribution, ...]:
        named: dict[tuple[UUID, ContributorRole], Contribution] = {}
        for person in people[:MAX_NAMED]:
            role = self._role(person, head)
            who = await self._people.named(person, head.path)
            if who is not None:
                # Who was named by a slug alone is printed under their name.
                is_slug = person.slug is None and person.name == who.slug
                named.setdefault((who.key, role), Contribution(who.key, role, None if is_slug else person.name))
        if len(people) > MAX_NAMED:
            self._found(f"Of those it names the first {MAX_NAMED} were taken", head)
        return tuple(named.values())

    def _role(self, person: Person, head: Head) -> ContributorRole:
        wanted = (person.role or ContributorRole.AUTHOR).upper()
        if wanted in ContributorRole.__members__:
            return ContributorRole(wanted)
        self._found("A role that is not known here became that of an author", head)
        return ContributorRole.AUTHOR

    async def _topics(self, subjects: Sequence[Subject], head: Head) -> tuple[UUID, ...]:
        topics = [await self._subjects.named(subject, head.path) for subject in subjects[:MAX_NAMED]]
        if len(subjects) > MAX_NAMED:
            self._found(f"Of its topics the first {MAX_NAMED} were taken", head)
        return tuple(dict.fromkeys(topic for topic in topics if topic))

    def _rights(self, rights: Rights | None, head: Head) -> Copyright | None:
        """Whose it is; the year is that of its date, where nothing says one."""
        if rights is None:
            return None
        year = rights.year or str((head.written_at or self._job.now).year)
        if not (rights.holder and year.isascii() and year.isdecimal() and len(year) == len("2012")):
            self._found("A copyright without a holder, or without a year, was left out", head)
            return None
        license_ = self._kept(web_address, rights.license, "A licence that is no web address", head)
        return Copyright(rights.holder, int(year), rights.statement, license_)

    def _seo(self, told: ForEngines, head: Head) -> Seo:
        return Seo(
            self._kept(optional_line, told.title, "A title for search engines that does not fit", head),
            self._shortened(told.description, "A description for search engines", head),
            self._kept(web_address, told.canonical, "A canonical address that is none", head),
            told.no_index,
        )

    def _kept(self, check: Check, written: str | None, what: str, head: Head) -> str | None:
        try:
            return check(written, ())
        except DomainError:
            self._found(f"{what} was left out", head)
            return None

    def _found(self, what: str, head: Head) -> None:
        self._job.found(what, head.path)


def plain_text(line: str) -> str:
    """What readers see of a line of Markdown."""
    return render(from_markdown(without_hidden(line, is_ours=False)[0])).text.strip() if line else ""
