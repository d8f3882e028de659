"""The terms, the privacy policy and the cookie notice. Revising one adds a version; no text is ever edited."""

from dataclasses import dataclass, replace
from datetime import datetime

from cms.disclaimers.chains import chained_digest, next_effect
from cms.disclaimers.models import PolicyKind, PolicyVersion
from cms.kernel.changing import one_at_a_time, unless_taken
from cms.kernel.clock import now
from cms.kernel.database import Database, transaction
from cms.kernel.errors import Required
from cms.kernel.events import EventType, append_event
from cms.kernel.guards import require
from cms.kernel.ids import GlobalId, NodeType
from cms.kernel.inputs import line, moment
from cms.kernel.viewer import Scope, Viewer
from cms.media.texts import Body, RichTextInput, columns, read_body, store_references

_POLICIES = 0x706F6C696379
_MAX_ACCEPTANCE_CHARS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyRevision:
    """The next version of a policy.

    Attributes:
        acceptance_text: the sentence at the checkbox or button; records of consent quote it.
        effective_from: from when on it holds; from now on when left out.
    """

    kind: PolicyKind
    title: str
    body: RichTextInput | Body
    acceptance_text: str
    effective_from: datetime | None = None


def with_text_read(given: PolicyRevision) -> PolicyRevision:
    """The same with its text read: do it before a transaction, which on SQLite keeps every other writer waiting.

    Raises:
        InvalidInput: the text is refused.
        Required: it says nothing.
    """
    return replace(given, body=_text_of(given))


async def revise_policy(
    database: Database, viewer: Viewer, revision: PolicyRevision, *, at: datetime | None = None
) -> PolicyVersion:
    """Write the next version of a policy, chained to the one before; the first when there is none.

    Args:
        database: where.
        viewer: must hold SITE_MANAGE.
        revision: what it says.
        at: when it was written, for imports; now when left out.

    Raises:
        NotAllowed: the viewer may not.
        InvalidInput: it would take effect before the version before it.
        DomainError: a value cannot be taken; see the path.
    """
    require(viewer, Scope.SITE_MANAGE)
    body = _text_of(revision)
    title = line(revision.title, ("title",))
    acceptance_text = line(revision.acceptance_text, ("acceptanceText",), _MAX_ACCEPTANCE_CHARS)
    async with transaction(database):
        await one_at_a_time(database, _POLICIES)
        made_at = moment(at, ("createdAt",)) if at else now()
        before = await PolicyVersion.filter(kind=revision.kind).order_by("number")
        last = before[-1] if before else None
        effective_from = next_effect(revision.effective_from, made_at, before)
        link = last.digest if last else None
        with unless_taken("This version number", ("kind",)):
            version = await PolicyVersion.create(
                created_at=made_at,
                kind=revision.kind,
                number=last.number + 1 if last else 1,
                title=title,
                acceptance_text=acceptance_text,
                effective_from=effective_from,
                digest=chained_digest(title, body.rendered.blocks, effective_from, link, acceptance_text),
                created_by_id=viewer.user_id,
                **columns(body),
            )
        await store_references(version.id, body)
        node = GlobalId(NodeType.POLICY_VERSION, version.id)
        payload = {"kind": version.kind.value, "number": version.number}
        await append_event(database, EventType.POLICY_REVISED, viewer.actor, node, payload=payload)
    return version


def _text_of(revision: PolicyRevision) -> Body:
    body = read_body(revision.body) if isinstance(revision.body, RichTextInput) else revision.body
    if not body.rendered.text.strip():
        raise Required("A policy says something.", ("body",))
    return body
