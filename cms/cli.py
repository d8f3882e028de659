"""The command line, `cms`. A command's module is loaded when it is called: `cms serve` waits for no importer."""

import gc
import sys
from importlib import import_module
from types import ModuleType
from typing import Any, cast

import click

from cms.kernel.database import DatabaseUnavailable, UnsupportedDatabaseUrl
from cms.kernel.errors import DomainError
from cms.kernel.migrating import MigrationFailed
from cms.kernel.settings import SettingsError, load_settings

#: Each command, and where it stands.
COMMANDS = {
    "serve": "cms.commands.serving:serve",
    "worker": "cms.commands.working:worker",
    "backup": "cms.commands.backup:backup",
    "restore": "cms.commands.backup:restore",
    "check": "cms.commands.checking:check",
    "demo": "cms.commands.content:demo",
    "migrate": "cms.commands.tables:migrate_",
    "makemigrations": "cms.commands.tables:makemigrations",
    "seed": "cms.commands.content:seed",
    "import": "cms.commands.transfer:import_",
    "export": "cms.commands.transfer:export",
    "schema": "cms.commands.serving:schema",
    "documents": "cms.commands.documents:documents",
    "token": "cms.commands.people:token",
    "user": "cms.commands.people:user",
    "privacy": "cms.commands.privacy:privacy",
    "trash": "cms.commands.trash:trash",
}
_EXPECTED = (DatabaseUnavailable, UnsupportedDatabaseUrl, SettingsError, MigrationFailed, DomainError)


class _Commands(click.Group):
    """The commands by name; their expected failures are one line on standard error, not a traceback."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].partition(":")
        command: click.Command = getattr(_loaded(module), name)
        return command

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - click's signature
        try:
            return super().invoke(ctx)
        except _EXPECTED as error:
            raise click.ClickException(str(error)) from None


def _loaded(module: str) -> ModuleType:
    """A module, loaded without looking for garbage: there is hardly any, and looking takes a twelfth of a start."""
    # Where rich is installed, structlog draws failures with it: with the values of all variables, secrets among them,
    # and after 60 ms of loading. What is None here counts as not installed.
    sys.modules.setdefault("rich", cast("ModuleType", None))
    gc.disable()
    try:
        return import_module(module)
    finally:
        gc.enable()


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="masthead-cms")
@click.pass_context
def main(context: click.Context) -> None:
    """Masthead: a headless CMS for publications."""
    context.obj = load_settings()
