"""Deciding what of a bundle comes in: what is new does, what is here already is left, and what differs is told.

The one thing to know: what is here wins. A whole of the bundle that says something else than the one here of the same
key, or that has an address which another one here has, stays out, and so does what cannot be without it.
"""

# ruff: noqa: S608 - every statement here is made of the names of our models and of constants

from collections.abc import Iterator, Mapping
from typing import Any

from cms.kernel.database import Database
from cms.transfer.bundle import bonds
from cms.transfer.bundle.reading import presentable
from cms.transfer.bundle.staging import key_text, run, staging
from cms.transfer.bundle.tables import BY_NAME, KEPT, ROOTS, Kept, roots_of, tables_of
from cms.transfer.bundle.verdicts import Conflict, State, Why

#: The columns of each table of a bundle.
Columns = Mapping[str, tuple[str, ...]]


class Merging:
    """A bundle that is staged, beside what is here; part of a transaction."""

    def __init__(self, database: Database, columns: Columns) -> None:
        self._database = database
        self._columns = columns

    async def is_vacant(self) -> bool:
        """Whether nothing is here yet. How far followers are says nothing: they run before there is anything."""
        held = [kept for kept in KEPT if kept.name != "follower"]
        found = " UNION ALL ".join(f"SELECT 1 AS found FROM {kept.name}" for kept in held)
        return not await self._rows(f"{found} LIMIT 1")

    async def decide(self, *, vacant: bool) -> int:
        """Decide about every whole; how many records of consent are left behind.

        Raises:
            BadArchive: a tree in it has no root.
        """
        await bonds.refuse_knots(self._database)
        text = key_text(self._database, "NULL")
        await self._run(
            "CREATE TEMPORARY TABLE bundle_whole AS "
            f"SELECT {text} AS kind, {text} AS whole, {text} AS state, {text} AS why LIMIT 0"
        )
        await self._run("CREATE UNIQUE INDEX ix_bundle_whole ON bundle_whole (whole, kind)")
        decided = [root for root in ROOTS if vacant or not root.is_diary]
        left = sum([await self._decide(root) for root in decided]) + await self._settle()
        # What was let go of is not told to differ: the next time, all of this is as it is now.
        for root in decided:
            for kept in tables_of(root):
                await self._leave_out(root, State.SAME, Why.DIFFERS, self._differing(root, kept))
        return left + await self._settle()

    async def _settle(self) -> int:
        """Ask once more what hangs on what: texts name what was decided about after them."""
        left = 0
        while sum([await self._drop(root) for root in ROOTS if bonds.has_texts(root)]):
            for root in ROOTS:
                left += sum([await self._let_go(kept) for kept in tables_of(root)])
                await self._drop(root)
        return left

    async def finish(self) -> None:
        """Forget what was decided."""
        await self._run("DROP TABLE bundle_whole")

    async def counts(self) -> Mapping[tuple[str, State], int]:
        """How many wholes of each kind come in, are here, or stay out."""
        rows = await self._rows("SELECT kind, state, count(*) AS wholes FROM bundle_whole GROUP BY kind, state")
        found = {(row["kind"], State(row["state"])): row["wholes"] for row in rows}
        # In one order, whichever database counted.
        each = ((root.name, state) for root in ROOTS for state in State)
        return {key: found[key] for key in each if key in found}

    async def conflicts(self) -> list[Conflict]:
        """What stays out, and why."""
        return [conflict for root in ROOTS for conflict in await self._conflicts(root)]

    async def _decide(self, root: Kept) -> int:
        await self._run(
            f"INSERT INTO bundle_whole SELECT '{root.name}', whole, '{State.NEW}', NULL FROM {staging(root)}"
        )
        # Nobody else does: without it PostgreSQL thinks of an empty table.
        await self._run("ANALYZE bundle_whole")
        tables = tables_of(root)
        left = 0
        for kept in tables:
            left += await self._let_go(kept)
        key = key_text(self._database, root.key)
        await self._mark(root, State.NEW, State.SAME, f"SELECT {key} FROM {root.name}")
        for why, chosen in self._kept_out(root, tables):
            await self._leave_out(root, State.NEW, why, chosen)
        await self._drop(root)
        return left

    async def _drop(self, root: Kept) -> int:
        """Leave out what cannot be without something that stays out; how many."""
        tables, dropped = tables_of(root), 0
        lacking = [*self._lacking(tables), *bonds.lacking(root, tables)]
        # One that stays out can be what another of its kind hangs on, and so on.
        while some := sum([await self._leave_out(root, State.NEW, Why.LACKING, each) for each in lacking]):
            dropped += some
        return dropped

    async def _let_go(self, kept: Kept) -> int:
        """Clear the references that may be cleared, and leave behind the rows that may be, where they lead nowhere."""
        for column in kept.released & set(self._columns[kept.name]):
            target = kept.references[column][0]
            nowhere = self._leads_nowhere(kept, column, target)
            await self._run(f"UPDATE {staging(kept)} SET {column} = NULL WHERE {nowhere}")
        if not kept.forgettable:
            return 0
        needed = [(column, target) for column, (target, optional) in kept.references.items() if not optional]
        nowhere = " OR ".join(self._leads_nowhere(kept, *each) for each in needed)
        return await self._run(f"DELETE FROM {staging(kept)} WHERE {nowhere}")

    def _kept_out(self, root: Kept, tables: list[Kept]) -> Iterator[tuple[Why, str]]:
        """Why wholes that are not here may not come in, and which."""
        node = key_text(self._database, "node_id")
        if root.name != "tombstone":
            yield Why.DELETED, f"SELECT {node} FROM tombstone"
        else:
            alive = " UNION ALL ".join(
                f"SELECT {key_text(self._database, 'id')} FROM {kept.name}"
                for kept in ROOTS
                if kept.told and kept.key == "id"
            )
            yield Why.ALIVE, alive
        for kept in tables:
            for columns, condition in kept.unique:
                yield Why.TAKEN, self._taken(kept, columns, condition)
        yield from bonds.taken(root)

    def _taken(self, kept: Kept, columns: tuple[str, ...], condition: str) -> str:
        where = f" WHERE {condition}" if condition else ""
        alike = " AND ".join(f"b.{column} = h.{column}" for column in columns)
        return (
            f"SELECT b.whole FROM (SELECT * FROM {staging(kept)}{where}) AS b "
            f"JOIN (SELECT * FROM {kept.name}{where}) AS h ON {alike}"
        )

    def _differing(self, root: Kept, kept: Kept) -> str:
        """The wholes of which a table here has another row, one more or one less."""
        told = [name for name in self._columns[kept.name] if name in kept.fields and name not in kept.counted]
        same = f"(SELECT whole FROM bundle_whole WHERE kind = '{root.name}' AND state = '{State.SAME}')"
        there = f"SELECT whole, {', '.join(told)} FROM {staging(kept)} WHERE whole IN {same}"
        all_here = f"SELECT {self._whole_of(kept, 'h')} AS whole, {', '.join(told)} FROM {kept.name} AS h"
        here = f"SELECT * FROM ({all_here}) AS x WHERE whole IN {same}"
        return (
            f"SELECT whole FROM ({there} EXCEPT {here}) AS a UNION ALL SELECT whole FROM ({here} EXCEPT {there}) AS b"
        )

    def _whole_of(self, kept: Kept, alias: str) -> str:
        """Which whole a row that is here is a part of."""
        if not kept.part_of:
            return key_text(self._database, f"{alias}.{kept.key}")
        inner = f"{alias}o"
        owners = [
            f"(SELECT {self._whole_of(BY_NAME[owner], inner)} FROM {owner} AS {inner} "
            f"WHERE {inner}.{BY_NAME[owner].key} = {alias}.{column})"
            for column, owner in kept.part_of
        ]
        return f"COALESCE({', '.join(owners)}, NULL)"

    def _lacking(self, tables: list[Kept]) -> Iterator[str]:
        """The wholes that refer to what is not here and does not come."""
        for kept in tables:
            for column, (target, _) in kept.references.items():
                if column in self._columns[kept.name]:
                    yield f"SELECT whole FROM {staging(kept)} WHERE {self._leads_nowhere(kept, column, target)}"

    def _leads_nowhere(self, kept: Kept, column: str, target: str) -> str:
        """Whether a column of a row of the bundle names what is neither here nor comes in."""
        named, said = BY_NAME[target], f"{staging(kept)}.{column}"
        coming = f"SELECT {named.key} FROM {staging(named)} WHERE whole IN {self._chosen(named, State.NEW)}"
        # Not by NOT IN: PostgreSQL would walk through a long list for every row.
        return (
            f"({said} IS NOT NULL AND NOT EXISTS (SELECT 1 FROM {named.name} AS h WHERE h.{named.key} = {said}) "
            f"AND NOT EXISTS (SELECT 1 FROM ({coming}) AS c WHERE c.{named.key} = {said}))"
        )

    def _chosen(self, kept: Kept, state: State) -> str:
        """The wholes in that state which a table has parts of."""
        kinds = ", ".join(f"'{name}'" for name in sorted(roots_of(kept)))
        return f"(SELECT whole FROM bundle_whole WHERE kind IN ({kinds}) AND state = '{state}')"

    async def _mark(self, root: Kept, before: State, after: State, chosen: str) -> int:
        return await self._run(
            f"UPDATE bundle_whole SET state = '{after}' "
            f"WHERE kind = '{root.name}' AND state = '{before}' AND whole IN ({chosen})"
        )

    async def _leave_out(self, root: Kept, before: State, why: Why, chosen: str) -> int:
        return await self._run(
            f"UPDATE bundle_whole SET state = '{State.OUT}', why = '{why}' "
            f"WHERE kind = '{root.name}' AND state = '{before}' AND whole IN ({chosen})"
        )

    async def _conflicts(self, root: Kept) -> list[Conflict]:
        # What is told to stay as it is here is not told once more of its tombstone.
        twice = (
            f"(w.kind = 'tombstone' AND EXISTS (SELECT 1 FROM bundle_whole AS o WHERE o.whole = w.whole "
            f"AND o.kind <> w.kind AND o.state = '{State.OUT}'))"
        )
        rows = await self._rows(
            f"SELECT w.whole AS whole, w.why AS why, {root.label} AS label FROM bundle_whole AS w "
            f"JOIN {staging(root)} AS b ON b.whole = w.whole "
            f"WHERE w.kind = '{root.name}' AND w.state = '{State.OUT}' AND NOT {twice} ORDER BY w.whole"
        )
        return [
            Conflict(root.name, row["whole"], Why(row["why"]), row["label"] and presentable(row["label"]))
            for row in rows
        ]

    async def fill(self) -> None:
        """Put everything that comes in where it belongs."""
        for kept in KEPT:
            await self._fill(kept)
        await self._run(
            "UPDATE article SET head_id = (SELECT b.head_id FROM bundle_article AS b WHERE b.id = article.id) "
            "WHERE head_id IS NULL AND id IN "
            f"(SELECT id FROM bundle_article WHERE whole IN {self._chosen(BY_NAME['article'], State.NEW)})"
        )

    async def _fill(self, kept: Kept) -> None:
        names = [*self._columns[kept.name], *kept.constants]
        # An article names its newest revision, which names the article: it is told of it when both are there.
        values = ["NULL" if name == "head_id" else kept.constants.get(name, name) for name in names]
        await self._run(
            f"INSERT INTO {kept.name} ({', '.join(names)}) SELECT {', '.join(values)} FROM {staging(kept)} "
            f"WHERE whole IN {self._chosen(kept, State.NEW)}"
        )

    async def arrived(self, root: Kept) -> list[str]:
        """The keys of what came in of a kind, in their order."""
        rows = await self._rows(
            f"SELECT whole FROM bundle_whole WHERE kind = '{root.name}' AND state = '{State.NEW}' ORDER BY whole"
        )
        return [str(row["whole"]) for row in rows]

    async def _run(self, statement: str) -> int:
        return await run(self._database, statement)

    async def _rows(self, statement: str) -> list[dict[str, Any]]:
        return list(await self._database.connection.execute_query_dict(statement))
