"""How comments are read, and what that adds to articles and to the site.

Readers get approved comments, and tombstones where replies hang on something that was taken away; of a tombstone they
get neither name nor text, nor why it was taken away.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial

from cms.articles.entities import ARTICLE
from cms.comments.edit_tokens import comment_of
from cms.comments.models import Comment, CommentStatus, Reaction
from cms.comments.permissions import comment_actions, editable_until
from cms.comments.vocabulary import CommentOrder
from cms.kernel.ids import NodeType
from cms.kernel.secrecy import keyed_hash
from cms.kernel.viewer import Scope, Viewer
from cms.media.reading import rich_text
from cms.reading.address import SITE_JOIN
from cms.reading.entity import (
    ArgumentCondition,
    Bound,
    ByToken,
    Column,
    Computed,
    Embedded,
    Entity,
    Field,
    Filter,
    FlagFilter,
    Join,
    Kind,
    Lookup,
    LookupBy,
    Many,
    OrderKey,
    ReadContext,
    Source,
    ToOne,
    both,
    columns,
)
from cms.reading.root import QUERY
from cms.reading.vocabulary import Perspective
from cms.site.entities import SITE

_MODERATORS = Scope.COMMENTS_MODERATE
_SHOWN = "({c}.status = 'APPROVED' OR ({may_COMMENTS_MODERATE} AND {c}.erased_at IS NULL))"


def _shown(name: str, when: str = _SHOWN) -> str:
    """A column of a comment that a tombstone does not show."""
    return f"CASE WHEN {when} THEN {{c}}.{name} END"


_STATUS = "CASE WHEN {c}.status = 'APPROVED' OR {may_COMMENTS_MODERATE} THEN {c}.status ELSE 'DELETED' END"


def _listed(viewer: Viewer, _perspective: Perspective) -> str:
    return "" if viewer.may(_MODERATORS) else "({c}.is_listed)"


def _article_open(viewer: Viewer, _perspective: Perspective) -> str:
    """Comments stand under articles that the viewer may see."""
    if viewer.may(_MODERATORS) or viewer.may(Scope.CONTENT_PREVIEW):
        return "EXISTS (SELECT 1 FROM article AS z WHERE z.id = {c}.article_id AND z.deleted_at IS NULL)"
    return (
        "EXISTS (SELECT 1 FROM publication AS z WHERE z.article_id = {c}.article_id "
        "AND z.starts_at <= {now} AND (z.ends_at IS NULL OR {now} < z.ends_at))"
    )


COMMENT = Entity(
    "Comment",
    NodeType.COMMENT,
    both(
        Source(
            "comment",
            "c",
            key="{c}.id",
            joins=(
                Join("article", "a", "{a}.id = {c}.article_id"),
                SITE_JOIN,
                Join(
                    "publication",
                    "p",
                    "{p}.article_id = {c}.article_id AND {p}.starts_at <= {now} "
                    "AND ({p}.ends_at IS NULL OR {now} < {p}.ends_at)",
                    outer=True,
                ),
            ),
        )
    ),
    visible=_listed,
    anchor=_article_open,
    filters={
        "article": Filter("{c}.article_id", Kind.KEY, prefix=NodeType.ARTICLE),
        "createdAt": Filter("{c}.created_at", Kind.TIME),
        "authorName": Filter(_shown("author_name"), folded=_shown("author_key")),
        "text": Filter(_shown("body_text"), folded=_shown("body_key")),
        "status": Filter("{c}.status", needs=_MODERATORS),
        "authorEmail": Filter("{c}.author_email", folded="lower({c}.author_email)", needs=_MODERATORS),
        "flagged": FlagFilter("{c}.flag_count > 0", needs=_MODERATORS),
    },
    orders={
        CommentOrder.OLDEST_FIRST: (OrderKey("{c}.created_at", Kind.TIME),),
        CommentOrder.NEWEST_FIRST: (OrderKey("{c}.created_at", Kind.TIME, descending=True),),
        CommentOrder.MOST_REACTIONS: (OrderKey("{c}.reaction_count", Kind.INT, descending=True),),
    },
)

# The house rules under which comments are written


def _rule(name: str, kind: Kind = Kind.TEXT, *, article: bool) -> Column:
    """A column of the comment policy: the article's own where it has one, else the site's."""
    sql = f"COALESCE({{a}}.comments_{name}, {{s}}.comments_{name})" if article else f"{{s}}.comments_{name}"
    return Column(sql, kind)


def _closing(
    _context: ReadContext, closes_at: datetime | None, days: int | None, begun: datetime | None
) -> datetime | None:
    """When comments close: at a fixed time or so many days after publication, whichever comes first."""
    after = begun + timedelta(days=days) if begun is not None and days is not None else None
    return min((moment for moment in (closes_at, after) if moment is not None), default=None)


def is_open(
    context: ReadContext, switch: object, closes_at: datetime | None, days: int | None, begun: datetime | None
) -> bool:
    """Whether a comment can be posted at the moment of the request."""
    closing = _closing(context, closes_at, days, begun)
    return bool(switch) and (closing is None or context.now < closing)


def _open_field(context: ReadContext, _arguments: object, *rule: object) -> bool:
    return is_open(context, *rule)  # type: ignore[arg-type] # the columns below, in this order


def _closes_field(context: ReadContext, _arguments: object, *rule: object) -> datetime | None:
    return _closing(context, *rule)  # type: ignore[arg-type] # as above


def _policy(*, article: bool) -> Embedded:
    begun = Column("{i}.published_at" if article else "CAST(NULL AS timestamptz)", Kind.TIME)
    closing = (_rule("close_at", Kind.TIME, article=article), _rule("close_after_days", Kind.INT, article=article))
    terms = (
        "(SELECT z.id FROM policy_version AS z WHERE z.kind = 'TERMS' AND z.effective_from <= {now} "
        "ORDER BY z.effective_from DESC, z.number DESC LIMIT 1)"
    )
    return Embedded(
        {
            "open": Computed((_rule("open", Kind.BOOL, article=article), *closing, begun), _open_field),
            "closes_at": Computed((*closing, begun), _closes_field),
            "moderation": _rule("moderation", article=article),
            "max_depth": _rule("max_depth", Kind.INT, article=article),
            "max_length": _rule("max_length", Kind.INT, article=article),
            "required_fields": _rule("required_fields", Kind.LIST, article=article),
            "terms": ToOne("PolicyVersion", terms),
        }
    )


# What is worked out


def _reactions(
    _context: ReadContext, _arguments: object, like: int, helpful: int, thanks: int, mine: str | None
) -> list[dict[str, object]]:
    counts = {Reaction.LIKE: like, Reaction.HELPFUL: helpful, Reaction.THANKS: thanks}
    return [
        {"reaction": reaction.value, "count": count, "mine": mine == reaction.value}
        for reaction, count in counts.items()
    ]


def _reader_hash(value: object) -> str | None:
    return keyed_hash("reader", value) if isinstance(value, str) else None


def _editable_until(
    context: ReadContext, _arguments: object, created_at: datetime, status: str, erased_at: datetime | None
) -> datetime | None:
    """When the edit window closes; None once it has."""
    until = editable_until(created_at, status, erased_at)
    return until if until is not None and context.now < until else None


def _viewer_can(
    context: ReadContext,
    _arguments: object,
    created_at: datetime,
    status: str,
    erased_at: datetime | None,
    depth: int,
    max_depth: int,
    *rule: object,
    is_own: bool = False,
) -> list[str]:
    open_now = is_open(context, *rule)  # type: ignore[arg-type] # the columns below, in this order
    allowed = comment_actions(
        context.viewer,
        is_open=open_now,
        depth=depth,
        max_depth=max_depth,
        status=CommentStatus(status),
        is_own=is_own,
        is_editable=_editable_until(context, None, created_at, status, erased_at) is not None,
    )
    return [action.value for action in allowed]


_WINDOW = (
    Column("{c}.created_at", Kind.TIME, nullable=False),
    Column("{c}.status", nullable=False),
    Column("{c}.erased_at", Kind.TIME),
)


def _can(*, is_own: bool = False) -> Computed:
    """What the viewer may do with a comment."""
    columns = (
        *_WINDOW,
        Column("{c}.depth", Kind.INT, nullable=False),
        _rule("max_depth", Kind.INT, article=True),
        _rule("open", Kind.BOOL, article=True),
        _rule("close_at", Kind.TIME, article=True),
        _rule("close_after_days", Kind.INT, article=True),
        Column("{p}.published_at", Kind.TIME),
    )
    return Computed(columns, partial(_viewer_can, is_own=is_own))


def _nobody(_context: ReadContext, _arguments: object) -> None:
    """Readers change no comment: whoever wrote it reads it as their own."""


_ANCHOR: Mapping[str, Field] = {
    "block_key": Column("COALESCE({c}.anchor_found_in, {c}.anchor_block_key)", nullable=False),
    "exact": Column("{c}.anchor_exact", nullable=False),
    "prefix": Column("COALESCE({c}.anchor_prefix, '')", nullable=False),
    "suffix": Column("COALESCE({c}.anchor_suffix, '')", nullable=False),
    "state": Column("{c}.anchor_state", nullable=False),
}


def _records(entity: str, alias: str) -> Many:
    return Many(entity, parent="{c}.id", child=f"{{{alias}}}.comment_id", order="OLDEST", needs=_MODERATORS)


def _replies(*, trusted: bool) -> Many:
    """The direct replies to a comment, whose own row stands for its article's being public where it is trusted."""
    return Many(
        "Comment",
        parent="{c}.id",
        child="{c}.parent_id",
        connection=True,
        order=CommentOrder.OLDEST_FIRST,
        trusted=trusted,
        size=5,
    )


COMMENT.add(
    id=Column("{c}.id", Kind.KEY, nullable=False, prefix=NodeType.COMMENT),
    article=ToOne("Article", "{c}.article_id"),
    parent=ToOne("Comment", "{c}.parent_id"),
    **columns(Comment, "c", "depth", "by_contributor", "created_at", "edited_at", "reply_count"),
    # Shown or not, name and text go together: one column tells of both.
    author_name=Column(_shown("author_name")),
    author_url=Column(_shown("author_url")),
    body=rich_text("{c}.body", "{c}.id", present=Column(_shown("author_name")), weight=1024),
    status=Column(_STATUS, nullable=False),
    editable_until=Computed((), _nobody),
    replies=_replies(trusted=True),
    reactions=Computed(
        (
            *(Column(f"{{c}}.{name}_count", Kind.INT, nullable=False) for name in ("like", "helpful", "thanks")),
            Column(
                "(SELECT z.reaction FROM comment_reaction AS z WHERE z.comment_id = {c}.id "
                "AND z.reader_hash = {readerKey})"
            ),
        ),
        _reactions,
        bound={"readerKey": Bound(Kind.TEXT, _reader_hash)},
        plain=True,
    ),
    anchor=Embedded(_ANCHOR, present=Column(_shown("anchor_exact"))),
    viewer_can=_can(),
    author_email=Column("CASE WHEN {c}.erased_at IS NULL THEN {c}.author_email END", needs=_MODERATORS),
    flags=_records("CommentFlag", "f"),
    moderation=_records("ModerationDecision", "g"),
    screening=_records("ScreeningSignal", "h"),
    consent=ToOne(
        "ConsentRecord",
        "(SELECT z.id FROM consent AS z WHERE z.comment_id = {c}.id ORDER BY z.accepted_at DESC, z.id DESC LIMIT 1)",
        needs=Scope.PERSONAL_DATA,
    ),
)

# A comment as its writer sees it: the edit token opens its row, wherever it stands, and nothing else

_OWN = "({c}.erased_at IS NULL AND ({c}.status <> 'DELETED' OR {may_COMMENTS_MODERATE}))"
#: Who sends spam is not told that it was taken for it.
_OWN_STATUS = "CASE WHEN {c}.status <> 'SPAM' OR {may_COMMENTS_MODERATE} THEN {c}.status ELSE 'PENDING' END"

OWN_COMMENT = Entity("OwnComment", None, COMMENT.sources)
OWN_COMMENT.fields |= COMMENT.fields | {
    "author_name": Column(_shown("author_name", _OWN)),
    "author_url": Column(_shown("author_url", _OWN)),
    "body": rich_text("{c}.body", "{c}.id", present=Column(_shown("author_name", _OWN)), weight=1024),
    "status": Column(_OWN_STATUS, nullable=False),
    "editable_until": Computed(_WINDOW, _editable_until),
    # Readers may have lost the article, and with it the replies of others.
    "replies": _replies(trusted=False),
    "anchor": Embedded(_ANCHOR, present=Column(_shown("anchor_exact", _OWN))),
    "viewer_can": _can(is_own=True),
}


def _record(name: str, table: str, alias: str, order: OrderKey, **fields: Field) -> Entity:
    """Something kept about a comment; its readers hold the scope that its field needs."""
    entity = Entity(name, None, both(Source(table, alias, key=f"{{{alias}}}.id")), orders={"OLDEST": (order,)})
    entity.add(**fields)
    return entity


FLAG = _record(
    "CommentFlag",
    "comment_flag",
    "f",
    OrderKey("{f}.created_at", Kind.TIME),
    reason=Column("{f}.reason", nullable=False),
    detail=Column("{f}.detail"),
    created_at=Column("{f}.created_at", Kind.TIME, nullable=False),
)
DECISION = _record(
    "ModerationDecision",
    "moderation_decision",
    "g",
    OrderKey("{g}.created_at", Kind.TIME),
    action=Column("{g}.action", nullable=False),
    reason=Column("{g}.reason"),
    moderator=ToOne("User", "{g}.moderator_id"),
    automatic=Column("{g}.automatic", Kind.BOOL, nullable=False),
    created_at=Column("{g}.created_at", Kind.TIME, nullable=False),
)
SIGNAL = _record(
    "ScreeningSignal",
    "screening_signal",
    "h",
    OrderKey("{h}.position", Kind.INT),
    rule=Column("{h}.rule", nullable=False),
    verdict=Column("{h}.verdict", nullable=False),
    detail=Column("{h}.detail"),
)
CONSENT = _record(
    "ConsentRecord",
    "consent",
    "q",
    OrderKey("{q}.accepted_at", Kind.TIME),
    terms=ToOne("PolicyVersion", "{q}.terms_id"),
    accepted_at=Column("{q}.accepted_at", Kind.TIME, nullable=False),
    wording=Column("{q}.wording", nullable=False),
    digest=Column("{q}.digest", nullable=False),
)

# What comments add to the floors below

ARTICLE.add(
    comments=Many(
        "Comment",
        parent="{key}",
        child="{c}.article_id",
        connection=True,
        order=CommentOrder.OLDEST_FIRST,
        trusted=True,
        arguments={"threaded": ArgumentCondition({True: "{c}.parent_id IS NULL", False: ""})},
    ),
    comment_policy=_policy(article=True),
)
SITE.add(
    comment_policy=_policy(article=False),
    policy=ToOne(
        "PolicyVersion",
        # A moment to come shows readers what is in effect now: that another version waits is not theirs to know.
        "(SELECT z.id FROM policy_version AS z WHERE z.kind = {kind} AND z.effective_from <= {at} "
        "AND (z.effective_from <= {now} OR {may_CONTENT_PREVIEW}) "
        "ORDER BY z.effective_from DESC, z.number DESC LIMIT 1)",
        arguments={"kind": Kind.TEXT, "at": Kind.TIME},
    ),
)
QUERY.add(
    comment=Lookup("Comment", by={"id": LookupBy("{key}", prefix=NodeType.COMMENT)}),
    comments=Many("Comment", connection=True, order=CommentOrder.NEWEST_FIRST, scan=1900),
    comments_by_edit_token=ByToken("OwnComment", "editTokens", NodeType.COMMENT, comment_of),
)

ENTITIES = (COMMENT, OWN_COMMENT, FLAG, DECISION, SIGNAL, CONSENT)
