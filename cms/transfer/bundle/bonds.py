"""What holds between rows though no key of the database says so, as SQL that finds what of a bundle would break it.

The one thing to know: each of these is right by itself and wrong beside what is here. Editors' verbs would refuse it,
and `cms check` would tell of it.
"""

# ruff: noqa: S608 - every statement here is made of the names of our models and of constants

from collections.abc import Iterator, Sequence
from typing import Final

from cms.articles.models import Article
from cms.disclaimers.models import PolicyVersion
from cms.kernel.database import Database
from cms.kernel.ids import NodeType
from cms.kernel.models import TextReference
from cms.site.models import Redirect
from cms.transfer.archives.errors import BadArchive
from cms.transfer.bundle.tables import BY_NAME, Kept, tables_of
from cms.transfer.bundle.verdicts import Why

#: What texts name.
_MENTIONED: Final = ((NodeType.MEDIA, "media"), (NodeType.ARTICLE, "article"))
_STATED: Final = "(SELECT whole FROM bundle_whole WHERE kind = '{}' AND state {} 'NEW')"
# A version's digest covers the one before it.
_BROKEN_CHAINS: Final = (
    "SELECT b.whole FROM bundle_policy_version AS b JOIN bundle_policy_version AS e "
    "ON e.kind = b.kind AND e.number < b.number JOIN bundle_whole AS w "
    "ON w.kind = 'policy_version' AND w.whole = e.whole AND w.state = 'OUT'"
)
_TRANSLATED_TWICE: Final = (
    "SELECT b.whole FROM bundle_article AS b JOIN article AS h ON h.translation_group_id = b.translation_group_id "
    "AND h.locale = b.locale AND h.id <> b.id WHERE b.deleted_at IS NULL AND h.deleted_at IS NULL"
)
_COMING: Final = f"SELECT * FROM bundle_redirect WHERE whole IN {_STATED.format('redirect', '=')}"
_CIRCLES: Final = (
    "WITH RECURSIVE leads AS ("
    f"SELECT locale, from_path, target FROM redirect UNION ALL SELECT locale, from_path, target FROM ({_COMING}) AS c"
    "), walk AS ("
    f"SELECT whole, locale, from_path, target AS place FROM ({_COMING}) AS c UNION "
    "SELECT w.whole, w.locale, w.from_path, l.target FROM walk AS w JOIN leads AS l "
    "ON l.from_path = w.place AND l.locale IN (w.locale, '')"
    ") SELECT whole FROM walk WHERE place = from_path"
)
_TOPICS_ON_ONE_ANOTHER: Final = (
    "WITH RECURSIVE walk AS (SELECT id, parent_id FROM bundle_topic UNION "
    "SELECT w.id, t.parent_id FROM walk AS w JOIN bundle_topic AS t ON t.id = w.parent_id"
    ") SELECT count(*) AS rows FROM walk WHERE parent_id = id"
)
# Not by walking up: a thread that somebody made a million deep would be walked a million times.
_COMMENTS_ON_ONE_ANOTHER: Final = (
    "SELECT count(*) AS rows FROM bundle_comment AS b JOIN bundle_comment AS p ON p.id = b.parent_id "
    "WHERE b.depth <= p.depth"
)
_KNOTS: Final = (("topics", _TOPICS_ON_ONE_ANOTHER), ("comments", _COMMENTS_ON_ONE_ANOTHER))


def has_texts(root: Kept) -> bool:
    """Whether the wholes of a kind say something that can name others."""
    return any(kept.model is TextReference for kept in tables_of(root))


def taken(root: Kept) -> Iterator[tuple[Why, str]]:
    """The wholes of a kind that would not go together with others here, and why."""
    if root.model is Article:
        yield Why.TRANSLATED, _TRANSLATED_TWICE
    if root.model is Redirect:
        yield Why.CIRCLES, _CIRCLES


def lacking(root: Kept, tables: Sequence[Kept]) -> Iterator[str]:
    """The wholes of a kind, with parts in these tables, that would be without what they had where they come from."""
    if root.model is PolicyVersion:
        yield _BROKEN_CHAINS
    for kept in tables:
        if kept.model is TextReference:
            yield from (_holes(type_, target) for type_, target in _MENTIONED)
        for column, (target, _) in kept.references.items():
            # What is in the trash with its article does not matter, and goes with it.
            if "deleted_at" in BY_NAME[target].fields and target != "article" and column not in kept.released:
                yield _deleted(kept, column, target)


async def refuse_knots(database: Database) -> None:
    """Refuse trees without a root, as no verb makes them: who walks up from a leaf never arrives.

    Raises:
        BadArchive: there is one.
    """
    for what, statement in _KNOTS:
        found = await database.connection.execute_query_dict(statement)
        if found[0]["rows"]:
            raise BadArchive(f"The file is not whole: {found[0]['rows']:,} {what} hang on one another.")


def _holes(type_: NodeType, target: str) -> str:
    """The wholes whose texts name what is there, and will not be here; what is nowhere already is no news."""
    return (
        f"SELECT b.whole FROM bundle_text_reference AS b JOIN bundle_{target} AS t "
        f"ON t.id = b.target_id AND t.deleted_at IS NULL "
        f"WHERE b.target_type = '{type_.value}' AND t.whole IN {_STATED.format(target, '<>')} "
        f"AND NOT EXISTS (SELECT 1 FROM {target} AS h WHERE h.id = t.id AND h.deleted_at IS NULL)"
    )


def _deleted(kept: Kept, column: str, target: str) -> str:
    """The wholes that name what was deleted here, and is not deleted there."""
    return (
        f"SELECT b.whole FROM bundle_{kept.name} AS b JOIN bundle_{target} AS t "
        f"ON t.id = b.{column} AND t.deleted_at IS NULL "
        f"JOIN {target} AS h ON h.id = b.{column} AND h.deleted_at IS NOT NULL"
    )
