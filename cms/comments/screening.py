"""A text at the door: what the house rules are told of it, whether it is new or replaces what stood there."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from cms.comments.akismet import akismet_is_asked
from cms.comments.bodies import Body
from cms.comments.learning import newest_model
from cms.comments.models import Comment, CommentStatus
from cms.comments.moderation import Incoming, Screening, screen
from cms.comments.policy import CommentPolicy
from cms.comments.scoring import Score
from cms.comments.traits import Remark, traits_of
from cms.comments.writers import Writer, is_known, same_person, staff_names
from cms.kernel.origins import address_hashes

_REPEAT_WINDOW: Final = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class Arriving:
    """What comes in.

    Attributes:
        article_id: the article it is written under, with `policy` for rules.
        at: when it was written.
        address: where it was sent from, as far as anybody knows.
        replaces: the comment whose text it is to replace; None for a new one. Such a text is asked about as a new one
            would be, except that the conversation may have been closed since, and that what it replaces neither makes
            its writer known nor is repeated by it.
    """

    article_id: UUID
    policy: CommentPolicy
    writer: Writer
    body: Body
    at: datetime
    by_contributor: bool
    address: str | None = None
    replaces: UUID | None = None


async def examine(arriving: Arriving) -> Screening:
    """Ask the house rules.

    Raises:
        DomainError: a rule refuses it; the class is the rule's.
    """
    writer, policy, body = arriving.writer, arriving.policy, arriving.body
    is_colleague = arriving.by_contributor or writer.user_id is not None
    incoming = Incoming(
        typed=body.typed,
        text=body.rendered.text,
        links=body.links,
        name=writer.name,
        url=writer.url,
        max_length=policy.max_length,
        is_open=arriving.replaces is not None or policy.is_open(arriving.at),
        mode=policy.moderation,
        is_colleague=is_colleague,
        is_known=await is_known(writer, besides=arriving.replaces),
        is_repeated=await _is_repeated(arriving),
        staff_names=await staff_names(),
        score=None if is_colleague else await _score(writer, body),
        is_asked_about=akismet_is_asked(),
    )
    return screen(incoming)


async def _score(writer: Writer, body: Body) -> Score | None:
    """What moderators' decisions make of it."""
    text, name = body.rendered.text, writer.name
    remark = Remark(text=text, name=name, links=body.links, url=writer.url, email=writer.email)
    model = await newest_model()
    return model.score(traits_of(remark)) if model else None


async def _is_repeated(arriving: Arriving) -> bool:
    recent = Comment.filter(
        same_person(arriving.writer, address_hashes(arriving.address, arriving.at)),
        article_id=arriving.article_id,
        created_at__gt=arriving.at - _REPEAT_WINDOW,
        created_at__lte=arriving.at,
        body_key=arriving.body.key,
    )
    others = recent.exclude(id=arriving.replaces) if arriving.replaces else recent
    return await others.exclude(status=CommentStatus.DELETED).exists()
