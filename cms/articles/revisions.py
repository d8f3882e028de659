"""The rows of revisions: written once, read back as a wording, never changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from cms.articles.drafts import Copyright, Seo
from cms.articles.models import ArticleRevision, RevisionContributor, RevisionDisclaimer, RevisionTopic
from cms.articles.wording import Credit, Picture, Wording
from cms.kernel.ids import new_id
from cms.kernel.inputs import optional_text
from cms.kernel.models import TextReference
from cms.kernel.text import fold
from cms.media.texts import columns, references, stored_body


@dataclass(frozen=True, slots=True)
class RevisionRows:
    """The rows that hold one revision."""

    revision: ArticleRevision
    wording: Wording
    contributors: Sequence[RevisionContributor]
    topics: Sequence[RevisionTopic]
    disclaimers: Sequence[RevisionDisclaimer]
    references: Sequence[TextReference]


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """Who wrote a revision down, when, and how; and which version its article has with it."""

    article_id: UUID
    number: int
    version: int
    at: datetime
    by: UUID | None
    autosave: bool = False
    note: str | None = None


def rows_of(wording: Wording, written: Written) -> RevisionRows:
    """The rows that say `wording`."""
    image, rights, body = wording.lead_image, wording.copyright, wording.body
    revision = ArticleRevision(
        id=new_id(),
        created_at=written.at,
        created_by_id=written.by,
        article_id=written.article_id,
        number=written.number,
        autosave=written.autosave,
        saved_as_version=written.version,
        note=optional_text(written.note, ("note",)),
        content_hash=wording.content_hash,
        slug=wording.slug,
        title=wording.title,
        title_key=fold(wording.title),
        standfirst=wording.standfirst,
        word_count=body.rendered.word_count,
        author_id=wording.author_id,
        lead_image_id=image and image.media_id,
        lead_image_alt=image and image.alt,
        lead_image_caption=image and image.caption,
        lead_image_credit=image and image.credit,
        copyright_holder=rights and rights.holder,
        copyright_year=rights and rights.year,
        copyright_statement=rights and rights.statement,
        copyright_license_url=rights and rights.license_url,
        seo_title=wording.seo.title,
        seo_description=wording.seo.description,
        seo_canonical_url=wording.seo.canonical_url,
        seo_no_index=wording.seo.no_index,
        **columns(body),
    )
    return RevisionRows(
        revision,
        wording,
        [
            RevisionContributor(
                revision_id=revision.id,
                position=place,
                author_id=each.author_id,
                role=each.role,
                credited_as=each.credited_as,
            )
            for place, each in enumerate(wording.contributors)
        ],
        [
            RevisionTopic(revision_id=revision.id, position=place, topic_id=key)
            for place, key in enumerate(wording.topic_ids)
        ],
        [
            RevisionDisclaimer(revision_id=revision.id, position=place, disclaimer_id=key)
            for place, key in enumerate(wording.disclaimer_ids)
        ],
        references(revision.id, body, image.media_id if image else None),
    )


async def insert_revisions(made: Sequence[RevisionRows]) -> None:
    """Write revisions with everything that belongs to them."""
    await ArticleRevision.bulk_create([each.revision for each in made], batch_size=500)
    await RevisionContributor.bulk_create([row for each in made for row in each.contributors], batch_size=500)
    await RevisionTopic.bulk_create([row for each in made for row in each.topics], batch_size=500)
    await RevisionDisclaimer.bulk_create([row for each in made for row in each.disclaimers], batch_size=500)
    await TextReference.bulk_create([row for each in made for row in each.references], batch_size=500)


async def wording_of(revision: ArticleRevision) -> Wording:
    """What a stored revision says."""
    credits_ = await RevisionContributor.filter(revision_id=revision.id).order_by("position")
    topics = await RevisionTopic.filter(revision_id=revision.id).order_by("position")
    disclaimers = await RevisionDisclaimer.filter(revision_id=revision.id).order_by("position")
    return Wording(
        slug=revision.slug,
        title=revision.title,
        standfirst=revision.standfirst,
        body=stored_body(revision.body_blocks),
        lead_image=_stored_picture(revision),
        contributors=tuple(Credit(each.author_id, each.role, each.credited_as) for each in credits_),
        topic_ids=tuple(each.topic_id for each in topics),
        disclaimer_ids=tuple(each.disclaimer_id for each in disclaimers),
        copyright=_stored_rights(revision),
        seo=Seo(revision.seo_title, revision.seo_description, revision.seo_canonical_url, revision.seo_no_index),
    )


def _stored_picture(revision: ArticleRevision) -> Picture | None:
    if revision.lead_image_id is None:
        return None
    return Picture(
        revision.lead_image_id,
        revision.lead_image_alt,
        revision.lead_image_caption,
        revision.lead_image_credit,
    )


def _stored_rights(revision: ArticleRevision) -> Copyright | None:
    if revision.copyright_year is None:
        return None
    return Copyright(
        revision.copyright_holder,
        revision.copyright_year,
        revision.copyright_statement,
        revision.copyright_license_url,
    )
