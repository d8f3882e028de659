"""What a revision says, as one value: checked, and compared by its hash.

An editor's change makes another wording; nothing here is ever changed in place.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar
from uuid import UUID

from msgspec import UNSET, UnsetType

from cms.articles.drafts import ArticleChange, ArticleDraft, Contribution, Copyright, LeadImage, Seo
from cms.articles.known import Known
from cms.articles.models import ContributorRole
from cms.articles.vocabulary import MAX_NAMED
from cms.kernel.digests import digest_of
from cms.kernel.errors import InvalidInput, NotFound
from cms.kernel.inputs import Path, line, optional_line, optional_text, text, web_address
from cms.media.texts import EMPTY, Body, RichTextInput, read_body

D = TypeVar("D", ArticleDraft, ArticleChange)
G = TypeVar("G")
T = TypeVar("T")

_YEARS = range(1450, 2200)


@dataclass(frozen=True, slots=True)
class Credit:
    """Somebody's part, with the name as it is printed."""

    author_id: UUID
    role: ContributorRole
    credited_as: str


@dataclass(frozen=True, slots=True)
class Picture:
    """The lead image, with the words beside it."""

    media_id: UUID
    alt: str
    caption: str | None
    credit: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """Everything a revision says, and nothing of who wrote it down when."""

    slug: str
    title: str
    standfirst: str | None = None
    body: Body = EMPTY
    lead_image: Picture | None = None
    contributors: tuple[Credit, ...] = ()
    topic_ids: tuple[UUID, ...] = ()
    disclaimer_ids: tuple[UUID, ...] = ()
    copyright: Copyright | None = None
    seo: Seo = field(default_factory=Seo)

    @property
    def content_hash(self) -> str:
        """A digest of all of it; wordings that say the same have the same."""
        return digest_of(
            {
                "slug": self.slug,
                "title": self.title,
                "standfirst": self.standfirst,
                "body": self.body.digest,
                "leadImage": self.lead_image,
                "contributors": self.contributors,
                "topics": self.topic_ids,
                "disclaimers": self.disclaimer_ids,
                "copyright": self.copyright,
                "seo": self.seo,
            }
        )

    @property
    def author_id(self) -> UUID | None:
        """The first contributor who is an AUTHOR."""
        authors = (each.author_id for each in self.contributors if each.role is ContributorRole.AUTHOR)
        return next(authors, None)


def with_body_read(given: D) -> D:
    """The same with its text read: do it before a transaction, which on SQLite keeps every other writer waiting.

    Raises:
        InvalidInput: the text is refused.
    """
    return replace(given, body=read_body(given.body)) if isinstance(given.body, RichTextInput) else given


def settle(draft: ArticleDraft, known: Known) -> Wording:
    """The wording of a draft. Its slug is still to be found, and is empty unless one was given.

    Raises:
        DomainError: a value cannot be taken; see the path.
    """
    empty = Wording(slug="", title=line(draft.title, ("title",)))
    return _with(empty, draft, known)


def revise(wording: Wording, change: ArticleChange, known: Known) -> Wording:
    """The wording after a change; its slug is the one before it.

    Raises:
        DomainError: a value cannot be taken; see the path.
    """
    title = wording.title if change.title is UNSET else line(change.title, ("title",))
    return _with(replace(wording, title=title), change, known)


def _with(wording: Wording, given: ArticleDraft | ArticleChange, known: Known) -> Wording:
    """`wording` with each field that is given in its place."""
    return replace(
        wording,
        standfirst=_or(given.standfirst, wording.standfirst, lambda it: optional_text(it, ("standfirst",))),
        body=_or(given.body, wording.body, _body),
        lead_image=_or(given.lead_image, wording.lead_image, lambda it: _picture(it, known)),
        contributors=_or(given.contributors, wording.contributors, lambda it: _credits(it, known)),
        topic_ids=_or(given.topic_ids, wording.topic_ids, lambda it: _named(it, known.topics, "topicIds")),
        disclaimer_ids=_or(
            given.disclaimer_ids, wording.disclaimer_ids, lambda it: _named(it, known.disclaimers, "disclaimerIds")
        ),
        copyright=_or(given.copyright, wording.copyright, _rights),
        seo=_or(given.seo, wording.seo, _seo),
    )


def _or(given: G | UnsetType, stored: T, read: Callable[[G], T]) -> T:
    return stored if isinstance(given, UnsetType) else read(given)


def _body(given: RichTextInput | Body | None) -> Body:
    if given is None:
        return EMPTY
    return given if isinstance(given, Body) else read_body(given)


def _picture(given: LeadImage | None, known: Known) -> Picture | None:
    if given is None:
        return None
    own = known.shown(given.media_id, ("leadImage", "mediaId"))
    return Picture(
        given.media_id,
        own.alt if given.alt is None else text(given.alt, ("leadImage", "alt")),
        own.caption if given.caption is None else optional_text(given.caption, ("leadImage", "caption")),
        own.credit if given.credit is None else optional_text(given.credit, ("leadImage", "credit")),
    )


def _credits(given: Sequence[Contribution], known: Known) -> tuple[Credit, ...]:
    found = [_credit(each, known, ("contributors", str(place))) for place, each in enumerate(given)]
    _refuse_repeated([(each.author_id, each.role) for each in found], "contributors")
    return tuple(found)


def _credit(given: Contribution, known: Known, path: Path) -> Credit:
    name = known.name_of(given.author_id, (*path, "authorId"))
    return Credit(given.author_id, given.role, optional_line(given.credited_as, (*path, "creditedAs")) or name)


def _named(given: Sequence[UUID], known: Collection[UUID], path: str) -> tuple[UUID, ...]:
    for place, key in enumerate(given):
        if key not in known:
            raise NotFound("There is no such thing.", (path, str(place)))
    _refuse_repeated(given, path)
    return tuple(given)


def _refuse_repeated(given: Sequence[object], path: str) -> None:
    if len(set(given)) != len(given):
        raise InvalidInput("Name each only once.", (path,))
    if len(given) > MAX_NAMED:
        raise InvalidInput(f"Name at most {MAX_NAMED}.", (path,))


def _rights(given: Copyright | None) -> Copyright | None:
    if given is None:
        return None
    if given.year not in _YEARS:
        raise InvalidInput(f"Give a year from {_YEARS[0]} to {_YEARS[-1]}.", ("copyright", "year"))
    return Copyright(
        line(given.holder, ("copyright", "holder")),
        given.year,
        optional_text(given.statement, ("copyright", "statement")),
        web_address(given.license_url, ("copyright", "licenseUrl")),
    )


def _seo(given: Seo | None) -> Seo:
    if given is None:
        return Seo()
    return Seo(
        optional_line(given.title, ("seo", "title")),
        optional_text(given.description, ("seo", "description")),
        web_address(given.canonical_url, ("seo", "canonicalUrl")),
        given.no_index,
    )
