"""Check constraints in the words of the models that carry them."""

from enum import StrEnum

from tortoise.migrations.constraints import CheckConstraint


def one_of(table: str, column: str, values: type[StrEnum]) -> CheckConstraint:
    """`column` holds a value of the enum, or null where the column allows it."""
    listed = ", ".join(f"'{value.value}'" for value in values)
    return CheckConstraint(check=f"{column} IN ({listed})", name=f"ck_{table}_{column}")


def holds(table: str, rule: str, check: str) -> CheckConstraint:
    """`check` is true of every row; `rule` names it in errors."""
    return CheckConstraint(check=check, name=f"ck_{table}_{rule}")
