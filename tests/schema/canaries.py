"""The world with canaries: a text of its own in every value that somebody wrote.

The one thing to know: an answer shows a canary exactly when its value was read, folded or inside a cursor as well. The
texts of the world stay what they are, with the canary behind them; what was null is filled, and so are empty tables.
"""

import base64
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from uuid import UUID

import orjson
from tortoise.fields import Field
from tortoise.fields.data import CharEnumFieldInstance
from tortoise.models import Model

from cms.kernel.database import APP_LABEL, Database, transaction
from cms.kernel.ids import GlobalId, NodeType
from cms.kernel.models import Event
from cms.kernel.schema_editors import meta_of
from cms.kernel.text import fold
from cms.kernel.viewer import Scope
from cms.reading.vocabulary import Perspective
from tests.kernel.filling import fill
from tests.reading.rows import HOUR, NOW, comment
from tests.schema.whose import NODES, Audience, Row, Tables, Truth, may

CANARY = "canary{:05d}"
#: As long as any canary, and in no row.
ABSENT = CANARY.format(99999)
_CANARY = re.compile(rb"canary\d{5}")
#: A cursor is the base64 of a JSON list that begins with a text.
_CURSOR = re.compile(rb"WyJ[A-Za-z0-9_-]+")


def canaries_in(*texts: bytes) -> set[str]:
    """The canaries in what was answered; those inside cursors too."""
    found = {canary for text in texts for canary in _CANARY.findall(text)}
    cursors = (
        base64.urlsafe_b64decode(one + b"=" * (-len(one) % 4)) for text in texts for one in _CURSOR.findall(text)
    )
    return {canary.decode() for canary in found.union(*map(_CANARY.findall, cursors))}


#: What the machinery reads itself: tags, templates of paths, and what tokens are found by.
_UNDYED = frozenset(
    {"locale", "default_locale", "time_zone", "article_path", "author_path", "topic_path", "secret_hash", "target"}
)
#: By table and column, of which column it is the folded form.
_FOLDED = {
    ("author", "name_key"): "name",
    ("topic", "name_key"): "name",
    ("user_account", "name_key"): "name",
    ("media", "filename_key"): "filename",
    ("article_revision", "title_key"): "title",
    ("comment", "author_key"): "author_name",
    ("comment", "body_key"): "body_text",
}
#: Copies of what stands in another row: see `_copy`.
_COPIES = frozenset({("article_revision", "slug"), ("publication", "slug"), ("publication", "title_key")})
#: Numbers that are changed too: see `_tell_apart`, and `_dyed_row` for the year.
_NUMBERS = frozenset({"comment_count", "article_count", "copyright_year"})


@dataclass(frozen=True)
class Canary:
    """One text: where it stands, and whose it is."""

    text: str
    where: str
    audience: Audience


@dataclass
class Dyed:
    """The world, dyed."""

    tables: Tables
    canaries: dict[str, Canary] = field(default_factory=dict)

    @cached_property
    def truth(self) -> Truth:
        """Whose its rows are."""
        return Truth(self.tables)

    def canary(self, table: str, column: str, row: Row) -> str:
        """The next canary, for a value."""
        text = CANARY.format(len(self.canaries))
        self.canaries[text] = Canary(text, f"{table}.{column}", self.truth.reads(table, column, row))
        return text

    def shown_to(self, scopes: Iterable[Scope]) -> set[str]:
        """The canaries that such a caller may read."""
        held = frozenset(scopes)
        return {text for text, canary in self.canaries.items() if may(held, canary.audience)}

    def where(self, canaries: Iterable[str]) -> list[str]:
        """The columns that canaries stand in, each once, for people to read."""
        return sorted({self.canaries[one].where if one in self.canaries else one for one in canaries})

    def hidden(self, node_type: NodeType, scopes: Iterable[Scope], perspective: Perspective) -> list[Row]:
        """The rows that such a caller cannot find."""
        held, rows = frozenset(scopes), self.rows(node_type)
        return [row for row in rows if not may(held, self.truth.finds(node_type, row, perspective))]

    def undiscussed(self, scopes: Iterable[Scope]) -> list[Row]:
        """The articles under which such a caller finds no comment."""
        held, rows = frozenset(scopes), self.rows(NodeType.ARTICLE)
        return [row for row in rows if not may(held, self.truth.discusses(row))]

    def rows(self, node_type: NodeType) -> list[Row]:
        """The rows of a type that has ids."""
        return list(self.tables[NODES[node_type]].values())

    def slug(self, node_type: NodeType, row: Row) -> str:
        """The slug of something that has one; an article has its own in another table."""
        slugs = self.tables["article_slug"].values() if node_type is NodeType.ARTICLE else ()
        return str(next((one["slug"] for one in slugs if one["article_id"] == row["id"]), row.get("slug")))

    def ids(self) -> list[str]:
        """The global ids of everything."""
        return [str(GlobalId(node_type, key)) for node_type, table in NODES.items() for key in self._keys(table)]

    def _keys(self, table: str) -> list[UUID]:
        return [row["id"] for row in self.tables[table].values()]

    def unmatched(self, table: str, scopes: Iterable[Scope], perspective: Perspective) -> list[Row]:
        """The rows whose words such a caller cannot search."""
        held, rows = frozenset(scopes), self.tables[table].values()
        return [row for row in rows if not may(held, self.truth.matches(table, row, perspective))]


async def dye(database: Database) -> Dyed:
    """Put a canary into every text of the world, those that were null among them, and rows into its empty tables."""
    models = models_of(database)
    async with transaction(database):
        await comment("under-deleted", "deleted", "Under what was thrown away", NOW - 3 * HOUR)
        # Events are there by now, of the callers' tokens; deliveries point at them.
        await fill(database, [model for model in models if model is Event or not await model.exists()])
        dyed = Dyed({meta_of(model).db_table: await _rows(model) for model in models})
        for model in models:
            for row in dyed.tables[meta_of(model).db_table].values():
                row.update(_dyed_row(dyed, model, row))
        _copy(dyed.tables)
        _tell_apart(dyed)
        for model in models:
            await _store(model, dyed.tables[meta_of(model).db_table])
    return dyed


def models_of(database: Database) -> list[type[Model]]:
    """Every table's model."""
    return list(database.apps[APP_LABEL].values())


async def _rows(model: type[Model]) -> dict[object, Row]:
    meta = meta_of(model)
    return {row[meta.pk_attr]: dict(row) for row in await model.all().values(*meta.db_fields)}


async def _store(model: type[Model], rows: Mapping[object, Row]) -> None:
    meta = meta_of(model)
    names = texts_of(model).keys() | _derived(model) | (_NUMBERS & meta.db_fields)
    for key, row in rows.items() if names else ():
        await model.filter(**{meta.pk_attr: key}).update(**{name: row[name] for name in names})


def texts_of(model: type[Model]) -> dict[str, int | None]:
    """The columns that hold what somebody wrote, and how long each can be."""
    meta = meta_of(model)
    names = sorted(meta.db_fields - _UNDYED - _derived(model))
    found = {name: meta.fields_map[name] for name in names}
    return {name: getattr(one, "max_length", None) for name, one in found.items() if _is_text(one)}


def _derived(model: type[Model]) -> set[str]:
    return {name for table, name in {*_FOLDED, *_COPIES} if table == meta_of(model).db_table}


def _is_text(found: Field[Any]) -> bool:
    longest = getattr(found, "max_length", None)
    if found.pk or found.field_type is not str or isinstance(found, CharEnumFieldInstance):
        return False
    return longest is None or longest >= len(ABSENT)


def _dyed_row(dyed: Dyed, model: type[Model], row: Row) -> Row:
    """The texts of a row, each with a canary of its own."""
    table = meta_of(model).db_table
    if table == "article_revision":
        row["copyright_year"] = row["copyright_year"] or NOW.year
    changed: Row = {
        name: _with(dyed.canary(table, name, row), name, row[name], longest)
        for name, longest in texts_of(model).items()
        if row[name] is not None or _can_be_filled(table, name, row)
    }
    folded = {key: base for (of, key), base in _FOLDED.items() if of == table}
    return changed | {key: fold(changed[base]) for key, base in folded.items()}


def _can_be_filled(table: str, name: str, row: Row) -> bool:
    """Whether a null may be replaced: not where it means that something else is not there either."""
    if name.startswith("lead_image_"):
        return row["lead_image_id"] is not None
    if name == "anchor_found_in":
        # The block in which a passage was written is shown while no other holds it.
        return False
    if name.startswith("anchor_"):
        return row["anchor_state"] is not None
    return not (table == "comment" and name == "author_email" and row["erased_at"])


def _with(canary: str, name: str, value: str | None, longest: int | None) -> str:
    text = value or ""
    if name.endswith("email"):
        return f"{canary}@mail.example.com"
    if name.endswith(("url", "website")):
        return f"https://{canary}.example.org"
    if name.endswith("_blocks"):
        span = {"_type": "span", "_key": canary, "text": canary, "marks": []}
        block = {"_type": "block", "_key": canary, "style": "normal", "markDefs": [], "children": [span]}
        return orjson.dumps([*orjson.loads(text or "[]"), block]).decode()
    if name == "slug":
        return f"{text}-{canary}"
    written = f"{text} {canary}".strip()
    return written if longest is None or len(written) <= longest else canary


def _copy(tables: Tables) -> None:
    """Let what repeats another row's text repeat its canary too."""
    slugs = {row["article_id"]: row["slug"] for row in tables["article_slug"].values()}
    for row in tables["article_revision"].values():
        row["slug"] = slugs[row["article_id"]]
    for row in tables["publication"].values():
        revision = tables["article_revision"][row["revision_id"]]
        row["slug"], row["title_key"] = revision["slug"], revision["title_key"]


def _tell_apart(dyed: Dyed) -> None:
    """Give what is hidden counts that nothing else has, far from each other."""
    articles, authors = dyed.tables["article"].values(), dyed.tables["author"].values()
    hidden = [(row, "comment_count") for row in articles if dyed.truth.current(row) is None]
    hidden += [(row, "article_count") for row in authors if row["deleted_at"]]
    for number, (row, name) in enumerate(hidden, 1):
        row[name] = number * 1000
