"""The modules that need PostgreSQL's driver, which is an extra that an installation on SQLite need not have."""

from importlib import import_module
from types import ModuleType
from typing import NamedTuple

from cms.kernel.database import DatabaseUnavailable


class PostgresModules(NamedTuple):
    """What reads and writes the tables, and what has PostgreSQL's own programs do it."""

    tables: ModuleType
    tools: ModuleType


def postgres_modules() -> PostgresModules:
    """Load them.

    Raises:
        DatabaseUnavailable: the driver is not installed.
    """
    try:
        return PostgresModules(
            import_module("cms.transfer.backup.postgres"), import_module("cms.transfer.backup.postgres_tools")
        )
    except ModuleNotFoundError as error:
        if error.name != "asyncpg":
            raise
        raise DatabaseUnavailable("PostgreSQL needs its driver: install masthead-cms[postgres]") from None
