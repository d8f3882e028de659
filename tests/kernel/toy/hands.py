"""What the toy's migrations do by hand: things no model declares, and dying half-way."""

import os
import signal

from tortoise.migrations.schema_editor.base import BaseSchemaEditor
from tortoise.migrations.schema_generator.state_apps import StateApps

_TRIGGER = """
CREATE TRIGGER toy_story_renamed AFTER UPDATE OF title ON toy_story BEGIN
    INSERT INTO toy_log_line (text) VALUES ('renamed; ' || new.id);
END
"""


async def add_index_and_trigger(_: StateApps, editor: BaseSchemaEditor) -> None:
    """An index on both databases, and on SQLite, where tables are made anew, a trigger with a semicolon in it."""
    await editor.client.execute_query("CREATE INDEX toy_story_by_hand ON toy_story (state, slug)")
    if editor.DIALECT == "sqlite":
        await editor.client.execute_query(_TRIGGER)


def die_before_removing(_: StateApps, __: BaseSchemaEditor) -> None:
    """Be killed where `TOY_DIES` says so, as by a power cut."""
    _die("before removing")


def die_after_removing(_: StateApps, __: BaseSchemaEditor) -> None:
    """Be killed when the table has been made anew and nothing is committed."""
    _die("after removing")


def _die(place: str) -> None:
    if os.environ.get("TOY_DIES") == place:
        os.kill(os.getpid(), signal.SIGKILL)
