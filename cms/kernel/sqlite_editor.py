"""What a migration does to SQLite, where most changes mean making the table anew.

The one thing to know: a table made anew is filled, dropped and renamed inside the migration's transaction with foreign
keys off, and everything that hung on the old one (indexes, unique constraints, triggers, its sequence) is put back.
Tortoise's own editor keeps none of it, and its DROP with foreign keys on deletes the rows of every child table.
"""

import re
from collections.abc import Iterator

from tortoise.fields import Field
from tortoise.fields.relational import ManyToManyFieldInstance
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint
from tortoise.migrations.schema_editor.sqlite import SqliteSchemaEditor
from tortoise.models import Model

from cms.kernel.schema_editors import Constraint, DeclaredEditor, column_of, constraints_of, meta_of
from cms.kernel.sqlite_engine import split_statements

_INDEX_NAME = re.compile(r'INDEX "([^"]+)"')


class LostColumn(Exception):
    """A table holds a column that no migration declares; making the table anew would lose what is in it."""


class DanglingRows(Exception):
    """After a migration some rows point at rows that are not there."""


class SqliteEditor(DeclaredEditor, SqliteSchemaEditor):
    """SQLite, on a connection with `foreign_keys` off, inside a transaction."""

    async def finish(self) -> None:
        """Check every foreign key, since none was enforced.

        Raises:
            DanglingRows: Some row points at nothing; the message names the tables.
        """
        broken = await self.client.execute_query_dict("PRAGMA foreign_key_check")
        if broken:
            pairs = sorted({f"{row['table']} -> {row['parent']}" for row in broken})
            raise DanglingRows(f"{len(broken)} rows point at rows that are not there: {', '.join(pairs)}")

    async def _run_sql(self, sql: str) -> None:
        for statement in split_statements(sql):
            await self.client.execute_query(statement)

    async def add_field(self, model: type[Model], field_name: str) -> None:
        """Add the column with its default, foreign key, uniqueness and index."""
        field = meta_of(model).fields_map[field_name]
        if isinstance(field, ManyToManyFieldInstance):
            await super().add_field(model, field_name)
        else:
            await self._remake_table(model)

    async def _alter_field(self, model: type[Model], old_field: Field[object], new_field: Field[object]) -> None:
        await self._fill_missing(model, old_field, new_field)
        old_column, new_column = column_of(old_field), column_of(new_field)
        if old_column != new_column:
            table = self.quote(meta_of(model).db_table)
            # SQLite renames it in indexes, triggers and other tables' foreign keys too.
            await self._run_sql(f'ALTER TABLE {table} RENAME COLUMN "{old_column}" TO "{new_column}"')
        await self._remake_table(model)

    async def add_constraint(self, model: type[Model], constraint: Constraint) -> None:
        """Add a check, or a unique index over all rows or those of its condition."""
        if isinstance(constraint, CheckConstraint):
            await self._remake_table(model)
        else:
            await self._run_sql(self._unique_index_sql(model, constraint))

    async def remove_constraint(self, model: type[Model], constraint: Constraint) -> None:
        """Remove it: an index of that name, or else a part of the table itself."""
        name = None if isinstance(constraint, CheckConstraint) else self._unique_name(model, constraint)
        if name in await self._attached(meta_of(model).db_table, "index"):
            await self._run_sql(f'DROP INDEX "{name}"')
        else:
            await self._remake_table(model)

    async def rename_constraint(
        self, model: type[Model], old_constraint: Constraint, new_constraint: Constraint
    ) -> None:
        """Make it anew under its new name."""
        await self.remove_constraint(model, old_constraint)
        if isinstance(new_constraint, UniqueConstraint):
            await self.add_constraint(model, new_constraint)

    async def _remake_table(self, model: type[Model], *_: object, **__: object) -> None:
        """Make the table anew as the model is after the current operation, keeping rows and all that hangs on it."""
        app, name = meta_of(model).app or "", model.__name__
        before, after = self.before.get_model(app, name), self.after.get_model(app, name)
        table = meta_of(after).db_table
        columns = await self._kept_columns(before, after)
        again = await self._to_put_back(before, after)
        sequence = await self._sequence(table)
        for statement in self._swap_statements(after, columns):
            await self._run_sql(statement)
        await self._restore_sequence(table, sequence)
        for statement in again:
            await self._run_sql(statement)

    def _swap_statements(self, model: type[Model], columns: list[str]) -> Iterator[str]:
        old, new = self.quote(meta_of(model).db_table), self.quote(f"new__{meta_of(model).db_table}")
        names = ", ".join(map(self.quote, columns))
        yield self._table_statements(model)[0].replace(f"CREATE TABLE {old}", f"CREATE TABLE {new}", 1)
        yield f"INSERT INTO {new} ({names}) SELECT {names} FROM {old}"  # noqa: S608 - names from our models
        yield f"DROP TABLE {old}"
        # The old way of renaming leaves triggers and views alone that name the table, which is missing just now.
        yield "PRAGMA legacy_alter_table = ON"
        yield f"ALTER TABLE {new} RENAME TO {old}"
        yield "PRAGMA legacy_alter_table = OFF"

    async def _kept_columns(self, before: type[Model], after: type[Model]) -> list[str]:
        table = meta_of(after).db_table
        rows = await self.client.execute_query_dict("SELECT name FROM pragma_table_info(?)", [table])
        present = [row["name"] for row in rows]
        unknown = set(present) - meta_of(before).db_fields - meta_of(after).db_fields
        if unknown:
            raise LostColumn(f"{table} has columns that no migration declares: {', '.join(sorted(unknown))}")
        return [name for name in present if name in meta_of(after).db_fields]

    async def _to_put_back(self, before: type[Model], after: type[Model]) -> list[str]:
        """Statements for the declared indexes, those made by hand on columns that stay, and the triggers."""
        table, gone = meta_of(after).db_table, meta_of(before).db_fields - meta_of(after).db_fields
        present = await self._attached(table, "index")
        declared = {name: present.get(name, sql) for name, sql in self._declared_indexes(after).items()}
        by_hand = [
            sql
            for name, sql in present.items()
            if name not in self._declared_indexes(before) | declared and not await self._indexes_any(name, gone)
        ]
        triggers = await self._attached(table, "trigger")
        return [*declared.values(), *by_hand, *triggers.values()]

    async def _attached(self, table: str, kind: str) -> dict[str, str]:
        """Name and statement of a table's indexes or triggers; those SQLite makes for itself have no statement."""
        rows = await self.client.execute_query_dict(
            "SELECT name, sql FROM sqlite_master WHERE type = ? AND tbl_name = ? AND sql IS NOT NULL ORDER BY rowid",
            [kind, table],
        )
        return {row["name"]: row["sql"] for row in rows}

    async def _indexes_any(self, index: str, columns: set[str]) -> bool:
        rows = await self.client.execute_query_dict("SELECT name FROM pragma_index_info(?)", [index])
        return not columns.isdisjoint(row["name"] for row in rows)

    def _table_statements(self, model: type[Model]) -> list[str]:
        """CREATE TABLE first, then its indexes."""
        return split_statements(self._get_model_sql_data(model).table_sql)

    def _declared_indexes(self, model: type[Model]) -> dict[str, str]:
        statements = self._table_statements(model)[1:]
        statements += [
            self._unique_index_sql(model, each) for each in constraints_of(model) if isinstance(each, UniqueConstraint)
        ]
        return {match[1]: sql for sql in statements if (match := _INDEX_NAME.search(sql))}

    def _unique_index_sql(self, model: type[Model], constraint: UniqueConstraint) -> str:
        columns = self._resolve_fields_to_columns(model, constraint.fields)
        table, names = self.quote(meta_of(model).db_table), ", ".join(map(self.quote, columns))
        condition = f" WHERE {constraint.condition}" if constraint.condition else ""
        return f'CREATE UNIQUE INDEX "{self._unique_name(model, constraint)}" ON {table} ({names}){condition}'

    async def rename_index(self, model: type[Model], old_index: Index, new_index: Index) -> None:
        """Make it anew under its new name, with the condition it has in the database."""
        old_name, new_name = self._index_name_for_model(model, old_index), self._index_name_for_model(model, new_index)
        statement = (await self._attached(meta_of(model).db_table, "index"))[old_name]
        await self._run_sql(f'DROP INDEX "{old_name}"')
        await self._run_sql(statement.replace(f'"{old_name}"', f'"{new_name}"', 1))

    async def _sequence(self, table: str) -> int | None:
        """The last number an AUTOINCREMENT key gave out; None when the table has none."""
        names = await self.client.execute_query_dict("SELECT 1 FROM sqlite_master WHERE name = 'sqlite_sequence'")
        if not names:
            return None
        rows = await self.client.execute_query_dict("SELECT seq FROM sqlite_sequence WHERE name = ?", [table])
        return int(rows[0]["seq"]) if rows else None

    async def _restore_sequence(self, table: str, sequence: int | None) -> None:
        # Copying the rows sets it to the highest that is left, and numbers of deleted rows would be given out again.
        if sequence is not None:
            await self.client.execute_query("DELETE FROM sqlite_sequence WHERE name = ?", [table])
            await self.client.execute_query("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", [table, sequence])
