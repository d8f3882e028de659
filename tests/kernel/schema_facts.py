"""What a database's schema really is, read from its own catalogue, and whether the models' declarations are in it.

The one thing to know: facts name no automatic names, so a table made anew or altered equals one made at once.
"""

import re
from dataclasses import dataclass

from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint
from tortoise.models import Model

from cms.kernel.database import Database, Dialect
from cms.kernel.schema_editors import column_of, constraints_of, meta_of

_CHECK = re.compile(r'CONSTRAINT "(\w+)" CHECK \((.*?)\)(?=\s*(?:,\s*\n?\s*CONSTRAINT|,\n|\n?\)))', re.DOTALL)


@dataclass(frozen=True, order=True)
class Column:
    """A column: its type in the database's words, whether it refuses NULL, its default."""

    name: str
    type: str
    required: bool
    default: str


@dataclass(frozen=True, order=True)
class IndexFact:
    """An index or unique constraint; `condition` is empty when it is over all rows."""

    columns: tuple[str, ...]
    is_unique: bool
    condition: str


@dataclass(frozen=True, order=True)
class Reference:
    """A foreign key of one column."""

    column: str
    table: str
    on_delete: str


@dataclass(frozen=True)
class TableFacts:
    """Everything about a table that its rows rely on."""

    columns: frozenset[Column]
    indexes: frozenset[IndexFact]
    references: frozenset[Reference]
    checks: frozenset[tuple[str, str]]
    triggers: frozenset[str]


async def facts(database: Database) -> dict[str, TableFacts]:
    """The facts of every table but the record of migrations."""
    names = [name for name in await _tables(database) if name != "tortoise_migrations"]
    return {name: await _facts_of(database, name) for name in names}


async def _tables(database: Database) -> list[str]:
    return [row["name"] for row in await database.connection.execute_query_dict(_TABLES[database.dialect])]


async def _facts_of(database: Database, table: str) -> TableFacts:
    statements = _FACTS[database.dialect]
    rows = {
        kind: await database.connection.execute_query_dict(statement, [table]) for kind, statement in statements.items()
    }
    indexes = [(str(row["columns"]).split(","), bool(row["is_unique"]), str(row["sql"])) for row in rows["indexes"]]
    return TableFacts(
        frozenset(Column(r["name"], r["type"], bool(r["required"]), str(r["default"])) for r in rows["columns"]),
        frozenset(IndexFact(tuple(columns), unique, sql.partition(" WHERE ")[2]) for columns, unique, sql in indexes),
        frozenset(Reference(row["name"], row["target"], row["on_delete"]) for row in rows["references"]),
        frozenset(found for row in rows["checks"] for found in _CHECK.findall(row["sql"])),
        frozenset(row["name"] for row in rows["triggers"]),
    )


_TABLES = {
    Dialect.SQLITE: "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite!_%' ESCAPE '!'",
    Dialect.POSTGRES: "SELECT tablename AS name FROM pg_tables WHERE schemaname = current_schema()",
}
_FACTS = {
    Dialect.SQLITE: {
        "columns": 'SELECT name, type, "notnull" AS required, coalesce(dflt_value, \'\') AS "default" '
        "FROM pragma_table_info(?)",
        "indexes": "SELECT list.\"unique\" AS is_unique, coalesce(master.sql, '') AS sql, "
        "(SELECT group_concat(name) FROM pragma_index_info(list.name)) AS columns "
        "FROM pragma_index_list(?) AS list LEFT JOIN sqlite_master AS master ON master.name = list.name",
        "references": 'SELECT "from" AS name, "table" AS target, on_delete FROM pragma_foreign_key_list(?)',
        "checks": "SELECT sql FROM sqlite_master WHERE type = 'table' AND name = ?",
        "triggers": "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = ?",
    },
    Dialect.POSTGRES: {
        "columns": "SELECT attname AS name, format_type(atttypid, atttypmod) || ' ' || attcollation AS type, "
        "attnotnull AS required, coalesce(pg_get_expr(adbin, adrelid), '') AS \"default\" FROM pg_attribute "
        "LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum "
        "WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped",
        "indexes": "SELECT indisunique AS is_unique, pg_get_indexdef(indexrelid) AS sql, "
        "(SELECT string_agg(attname, ',' ORDER BY place) FROM unnest(indkey) WITH ORDINALITY AS key(number, place) "
        "JOIN pg_attribute ON attrelid = indrelid AND attnum = number) AS columns "
        "FROM pg_index WHERE indrelid = to_regclass($1) AND indisvalid",
        "references": "SELECT attname AS name, confrelid::regclass::text AS target, confdeltype::text AS on_delete "
        "FROM pg_constraint JOIN pg_attribute ON attrelid = conrelid AND attnum = conkey[1] "
        "WHERE contype = 'f' AND conrelid = to_regclass($1)",
        "checks": "SELECT 'CONSTRAINT \"' || conname || '\" ' || pg_get_constraintdef(oid) || ')' AS sql "
        "FROM pg_constraint WHERE contype = 'c' AND conrelid = to_regclass($1)",
        "triggers": "SELECT tgname::text AS name FROM pg_trigger WHERE NOT tgisinternal AND tgrelid = to_regclass($1)",
    },
}


def models_of(database: Database) -> list[type[Model]]:
    """Every model that has a table."""
    return [model for models in database.apps.values() for model in models.values()]


def foreign_keys_without_index(database: Database, schema: dict[str, TableFacts]) -> list[str]:
    """`table.column` of each foreign key that leads no whole index: deleting a parent would read every child."""
    missing = []
    for table, found in schema.items():
        led = {index.columns[0] for index in found.indexes if not index.condition}
        key = next(meta_of(model).db_pk_column for model in models_of(database) if meta_of(model).db_table == table)
        missing += [f"{table}.{each.column}" for each in found.references if each.column not in {*led, key}]
    return sorted(missing)


def undeclared_losses(database: Database, schema: dict[str, TableFacts]) -> list[str]:
    """Each index, unique rule and check that a model declares and the database does not have."""
    return sorted(lost for model in models_of(database) for lost in _lost(model, schema[meta_of(model).db_table]))


def _lost(model: type[Model], found: TableFacts) -> list[str]:
    table = meta_of(model).db_table
    indexes = {(index.columns, index.is_unique, bool(index.condition)) for index in found.indexes}
    checks = {name for name, _ in found.checks}
    declared = [check.name for check in constraints_of(model) if isinstance(check, CheckConstraint)]
    missing = [f"{table}: check {name}" for name in declared if name not in checks]
    return missing + [f"{table}: index {wanted}" for wanted in sorted(_wanted(model) - indexes)]


def _wanted(model: type[Model]) -> set[tuple[tuple[str, ...], bool, bool]]:
    """Columns, uniqueness and whether there is a condition, of every index and unique rule declared."""
    meta = meta_of(model)
    columns = {name: column_of(field) for name, field in meta.fields_map.items()}
    fields = [meta.fields_map[name] for name in meta.fields_db_projection]
    wanted: set[tuple[tuple[str, ...], bool, bool]] = {
        ((column_of(field),), field.unique, False) for field in fields if field.index or field.unique
    }
    wanted -= {((meta.db_pk_column,), True, False)}
    wanted |= {(tuple(columns[name] for name in names), True, False) for names in meta.unique_together}
    for index in meta.indexes:
        names = index.field_names if isinstance(index, Index) else index
        condition = isinstance(index, Index) and bool(index.extra)
        wanted.add((tuple(columns[name] for name in names), False, condition))
    for rule in constraints_of(model):
        if not isinstance(rule, CheckConstraint):
            wanted.add((tuple(columns[name] for name in rule.fields), True, bool(rule.condition)))
    return wanted
