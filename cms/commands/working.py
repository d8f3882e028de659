"""Working: what follows changes, in a process of its own."""

import asyncio
import signal

import click

from cms.commands.common import run_migrated
from cms.kernel.database import Database
from cms.kernel.logs import configure_logs
from cms.kernel.settings import Settings
from cms.worker import working


@click.command()
@click.pass_obj
def worker(settings: Settings) -> None:
    """Follow the event log and do what is due, until told to stop.

    `cms serve` does the same inside, unless it is told not to. Any number of workers may run.
    """
    configure_logs(settings.log_level, as_json=settings.is_production)

    async def work(database: Database) -> None:
        told_to_stop = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, told_to_stop.set)
        async with working(database, settings):
            click.echo("Working. Press Ctrl+C to stop.", err=True)
            await told_to_stop.wait()

    run_migrated(settings, work)
