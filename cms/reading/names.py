"""Names in SQL: each use of an entity gets aliases of its own, and only the joins that something needs."""

import re

from cms.reading.binding import Binder
from cms.reading.entity import Source, Sql
from cms.reading.vocabulary import Perspective

_BRACED = re.compile(r"\{(\w+)\}")


class Names:
    """The aliases of one use of a source. Writing SQL through it notes which tables the text needs."""

    def __init__(self, source: Source, perspective: Perspective, suffix: str, binder: Binder) -> None:
        self.source = source
        self.driving = f"{source.alias}{suffix}"
        self._perspective = perspective
        self._binder = binder
        self._aliases = {alias: f"{alias}{suffix}" for alias in (source.alias, *(join.alias for join in source.joins))}
        self._used = {source.alias}

    def sql(self, text: Sql, **values: str) -> str:
        """`text` with its braces filled in: aliases of this use, `{now}`, `{key}`, and `values`."""
        chosen = text if isinstance(text, str) else text[self._perspective]
        return _BRACED.sub(lambda match: self._fill(match, values), chosen)

    def _fill(self, match: re.Match[str], values: dict[str, str]) -> str:
        word = match[1]
        if word in values:
            return values[word]
        if word == "key":
            return self.key
        if (shared := self._binder.word(word)) is not None:
            return shared
        alias = self.source.same.get(word, word)
        if alias not in self._aliases:
            return match[0]
        self._used.add(alias)
        return self._aliases[alias]

    @property
    def key(self) -> str:
        """The key of a row."""
        return self.sql(self.source.key)

    def rows(self) -> str:
        """The FROM clause, without the word: the driving table and the joins that were needed until now."""
        written = []
        for join in reversed(self.source.joins):
            if join.alias in self._used:
                on = self.sql(join.on)
                table = self._aliases[join.alias]
                if join.outer:
                    written.append(f"LEFT JOIN {join.table} AS {table} ON {on}")
                else:
                    written.append(self._binder.dialect.inner_join(join.table, table, on))
        return " ".join([f"{self.source.table} AS {self.driving}", *reversed(written)])
