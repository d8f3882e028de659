"""What a migration does to PostgreSQL, and what both databases need that Tortoise's own editors leave out.

The one thing to know: Tortoise silently ignores a new table's `constraints`, the index of an added foreign key and a
changed ON DELETE. Here they happen. `sqlite_editor.py` has the other database.
"""

from collections.abc import Sequence

from tortoise.fields import Field, TextField
from tortoise.fields.relational import ForeignKeyFieldInstance, ManyToManyFieldInstance
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint
from tortoise.migrations.schema_editor.asyncpg import AsyncpgSchemaEditor
from tortoise.migrations.schema_editor.base import BaseSchemaEditor
from tortoise.migrations.schema_editor.data import ModelSqlData
from tortoise.migrations.schema_generator.state_apps import StateApps
from tortoise.models import MetaInfo, Model

Constraint = UniqueConstraint | CheckConstraint


class DeclaredEditor(BaseSchemaEditor):
    """What both databases share: everything a model declares is made, under field names or column names.

    Attributes:
        before: the models as they were before the operation that runs now.
        after: the models as they will be after it.
    """

    before: StateApps
    after: StateApps
    _checks: Sequence[str] = ()

    async def finish(self) -> None:
        """Do what has to wait until every operation of the migration has run."""

    async def create_model(self, model: type[Model]) -> None:
        """Make the table with its indexes, and with the unique constraints that Tortoise leaves out."""
        await super().create_model(model)
        for constraint in constraints_of(model):
            if isinstance(constraint, UniqueConstraint):
                await self.add_constraint(model, constraint)

    def _get_model_sql_data(self, model: type[Model]) -> ModelSqlData:
        checks = (constraint for constraint in constraints_of(model) if isinstance(constraint, CheckConstraint))
        self._checks = [f'CONSTRAINT "{check.name}" CHECK ({check.check})' for check in checks]
        meta = meta_of(model)
        meta.fields_db_projection = _long_texts_last(meta)
        return super()._get_model_sql_data(model)

    def _get_inner_statements(self) -> list[str]:
        return list(self._checks)

    def _get_index_sql(
        self,
        model: type[Model],
        field_names: Sequence[str],
        safe: bool = False,  # noqa: FBT001, FBT002 - likewise
        index_name: str | None = None,
        index_type: str | None = None,
        extra: str | None = None,
    ) -> str:
        columns = self._resolve_fields_to_columns(model, list(field_names))
        return super()._get_index_sql(model, columns, safe, index_name, index_type, extra)

    def _index_name_for_model(self, model: type[Model], index: Index) -> str:
        columns = self._resolve_fields_to_columns(model, index.field_names)
        return index.name or self._generate_index_name("idx", model, columns)

    def _unique_name(self, model: type[Model], constraint: UniqueConstraint) -> str:
        columns = self._resolve_fields_to_columns(model, constraint.fields)
        return constraint.name or self._generate_index_name("uid", model, columns)

    async def _fill_missing(self, model: type[Model], old_field: Field[object], new_field: Field[object]) -> None:
        """Give the rows without a value the database's default before the column becomes NOT NULL."""
        if not old_field.null or new_field.null or not new_field.has_db_default():
            return
        table, column = self.quote(meta_of(model).db_table), self.quote(column_of(old_field))
        default = self._default_sql(model, new_field)
        await self._run_sql(f"UPDATE {table} SET {column} = {default} WHERE {column} IS NULL")  # noqa: S608 - our names

    def _default_sql(self, model: type[Model], field: Field[object]) -> str:
        if hasattr(field.db_default, "get_sql"):
            return str(field.db_default.get_sql(dialect=self.DIALECT))
        return self._escape_default_value(field.to_db_value(field.db_default, model))


class PostgresEditor(DeclaredEditor, AsyncpgSchemaEditor):
    """PostgreSQL. Foreign keys of new tables are added at the end, so that two tables may point at each other."""

    _new_table: str | None = None

    def __init__(self, connection: object, **options: bool) -> None:
        super().__init__(connection, **options)
        self._references: list[str] = []

    async def finish(self) -> None:
        """Add the foreign keys of the tables made."""
        for statement in self._references:
            await self._run_sql(statement)

    async def create_model(self, model: type[Model]) -> None:
        """Make the table, its foreign keys left for `finish`."""
        self._new_table = self.quote(meta_of(model).db_table)
        try:
            await super().create_model(model)
        finally:
            self._new_table = None

    def _get_fk_reference_string(
        self, constraint_name: str, db_field: str, table: str, field: str, on_delete: str, comment: str
    ) -> str:
        reference = super()._get_fk_reference_string(constraint_name, db_field, table, field, on_delete, comment)
        if self._new_table is None:
            return reference
        key = f'ALTER TABLE {self._new_table} ADD CONSTRAINT "{constraint_name}" FOREIGN KEY ("{db_field}")'
        self._references.append(f"{key} {reference.strip()}")
        return ""

    async def add_field(self, model: type[Model], field_name: str) -> None:
        """Add the column, and the index that it declares."""
        await super().add_field(model, field_name)
        field = meta_of(model).fields_map[field_name]
        key = meta_of(model).fields_map[column_of(field)] if isinstance(field, ForeignKeyFieldInstance) else field
        if key.index and not key.unique and not isinstance(field, ManyToManyFieldInstance):
            await self.add_index(model, Index(fields=(column_of(key),)))

    async def _alter_field(self, model: type[Model], old_field: Field[object], new_field: Field[object]) -> None:
        await self._fill_missing(model, old_field, new_field)
        await super()._alter_field(model, old_field, new_field)
        if _target(old_field) != _target(new_field):
            await self._replace_reference(model, new_field)

    async def _replace_reference(self, model: type[Model], field: Field[object]) -> None:
        table, column = meta_of(model).db_table, column_of(field)
        for name in await self._foreign_keys_on(table, column):
            await self._run_sql(f'ALTER TABLE "{table}" DROP CONSTRAINT "{name}"')
        if target := _target(field):
            other, key, on_delete = target
            name = self._generate_fk_name(table, column, other, key)
            reference = f'FOREIGN KEY ("{column}") REFERENCES "{other}" ("{key}") ON DELETE {on_delete}'
            await self._run_sql(f'ALTER TABLE "{table}" ADD CONSTRAINT "{name}" {reference}')

    async def _foreign_keys_on(self, table: str, column: str) -> list[str]:
        rows = await self.client.execute_query_dict(
            "SELECT con.conname AS name FROM pg_constraint con "
            "JOIN pg_attribute att ON att.attrelid = con.conrelid AND con.conkey = ARRAY[att.attnum] "
            "WHERE con.contype = 'f' AND con.conrelid = to_regclass($1) AND att.attname = $2",
            [f'"{table}"', column],
        )
        return [row["name"] for row in rows]

    async def rename_constraint(
        self, model: type[Model], old_constraint: Constraint, new_constraint: Constraint
    ) -> None:
        """Rename it; one with a condition is an index to PostgreSQL."""
        if isinstance(old_constraint, UniqueConstraint) and old_constraint.condition:
            await self._run_sql(f'ALTER INDEX "{old_constraint.name}" RENAME TO "{new_constraint.name}"')
        else:
            await super().rename_constraint(model, old_constraint, new_constraint)


def meta_of(model: type[Model]) -> MetaInfo:
    """What Tortoise knows of a model's table."""
    return model._meta  # noqa: SLF001 - the only place Tortoise keeps it, read by its own migrations too


def constraints_of(model: type[Model]) -> tuple[Constraint, ...]:
    """The constraints a model declares in `Meta.constraints`."""
    return tuple(meta_of(model).constraints or ())


def _long_texts_last(meta: MetaInfo) -> dict[str, str]:
    """The columns of a table in the order they are made: as declared, but texts of any length after all others.

    SQLite reads a row from its beginning; a key behind a long text is reached through every page the text fills.
    """
    columns = meta.fields_db_projection.items()
    return dict(sorted(columns, key=lambda item: isinstance(meta.fields_map[item[0]], TextField)))


def column_of(field: Field[object]) -> str:
    """The column a field is kept in."""
    return field.source_field or field.model_field_name


def _target(field: Field[object]) -> tuple[str, str, str] | None:
    """Table, column and ON DELETE that a foreign key's column points at."""
    reference = field.reference
    if not isinstance(reference, ForeignKeyFieldInstance) or not reference.db_constraint:
        return None
    return meta_of(reference.related_model).db_table, column_of(reference.to_field_instance), str(reference.on_delete)
