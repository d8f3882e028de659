"""PostgreSQL's own programs, `pg_dump` and `pg_restore`, where they are and can do it.

The one thing to know: the password goes to them in their environment. Arguments are seen by everybody on the machine.
"""

import asyncio
import os
import re
import shutil
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final

from cms.kernel.settings import PREFIX
from cms.transfer.archives.archive import CHUNK, Writing
from cms.transfer.archives.errors import CannotPack, CannotUnpack
from cms.transfer.backup.postgres import Snapshot

_VERSION: Final = re.compile(r"\(PostgreSQL\) (\d[\d.]*)")
_ENVIRONMENT: Final = {
    "host": "PGHOST",
    "port": "PGPORT",
    "user": "PGUSER",
    "password": "PGPASSWORD",
    "database": "PGDATABASE",
    "ssl": "PGSSLMODE",
    "timeout": "PGCONNECT_TIMEOUT",
}
# The tables alone, of whoever restores them: users and rights belong to the server, and not to the site.
_DUMP: Final = ("--format=custom", "--no-owner", "--no-privileges", "--no-password")
_RESTORE: Final = ("--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges", "--no-password")


async def version_of(program: str) -> str | None:
    """The version of one of them, like 18.1; None where it is not here."""
    path = shutil.which(program)
    if path is None:
        return None
    process = await asyncio.create_subprocess_exec(path, "--version", stdout=asyncio.subprocess.PIPE)
    said, _ = await process.communicate()
    found = _VERSION.search(said.decode(errors="replace"))
    return found[1] if found else None


def fits(program: str, other: str) -> bool:
    """Whether a program knows what a server, or a program, of another version does: it is as new, or newer."""
    return _major(program) >= _major(other)


async def dump(settings: Mapping[str, Any], moment: Snapshot, part: Writing) -> None:
    """Write the database as it stood at a moment, in PostgreSQL's own format, which is packed already.

    Raises:
        CannotPack: `pg_dump` could not.
    """
    chosen = [f"--snapshot={moment.name}", f"--table={moment.schema}.*"]
    process = await _started(["pg_dump", *_DUMP, *chosen], settings)
    assert process.stdout is not None  # noqa: S101 - it is a pipe
    said = asyncio.create_task(_said(process))
    try:
        while chunk := await process.stdout.read(CHUNK):
            part.write(chunk)
        await process.wait()
    finally:
        _end(process)
    if process.returncode != 0:
        raise CannotPack(f"pg_dump ended with {process.returncode}: {await said}")
    await said


async def give_back(settings: Mapping[str, Any], content: Iterable[bytes]) -> None:
    """Make and fill the tables that `dump` wrote, all or none.

    Raises:
        CannotUnpack: `pg_restore` could not, or PostgreSQL refuses them.
    """
    database = settings.get("database") or settings.get("user") or ""
    process = await _started(["pg_restore", *_RESTORE, f"--dbname={_quoted(str(database))}"], settings)
    assert process.stdin is not None  # noqa: S101 - it is a pipe
    said = asyncio.create_task(_said(process))
    try:
        # It says itself why it ends before everything was read.
        with suppress(BrokenPipeError, ConnectionResetError):
            for chunk in content:
                process.stdin.write(chunk)
                await process.stdin.drain()
            process.stdin.close()
        await process.wait()
    finally:
        _end(process)
    if process.returncode != 0:
        raise CannotUnpack(f"pg_restore ended with {process.returncode}, and nothing was restored: {await said}")
    await said


async def _started(command: Sequence[str], settings: Mapping[str, Any]) -> asyncio.subprocess.Process:
    given = {
        name: str(settings[ours])
        for ours, name in _ENVIRONMENT.items()
        if settings.get(ours) is not None and not isinstance(settings[ours], bool)
    }
    # Our own settings, the secret key among them, are no business of theirs.
    kept = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    pipe = asyncio.subprocess.PIPE
    return await asyncio.create_subprocess_exec(
        *command, env={**kept, "LC_ALL": "C", **given}, stdin=pipe, stdout=pipe, stderr=pipe
    )


async def _said(process: asyncio.subprocess.Process) -> str:
    """The first line of what a program complained of, without what it quotes, which may be anybody's words."""
    assert process.stderr is not None  # noqa: S101 - it is a pipe
    first = (await process.stderr.readline()).decode(errors="replace").strip()
    while await process.stderr.read(CHUNK):
        pass
    return re.sub(r'"[^"]*"', '"…"', first)


def _end(process: asyncio.subprocess.Process) -> None:
    """Let it not outlive whoever started it."""
    if process.returncode is None:
        process.kill()


def _major(version: str) -> int:
    return int(re.split(r"\D", version, maxsplit=1)[0])


def _quoted(name: str) -> str:
    """A database's name, so that it is not taken for a list of settings."""
    escaped = name.replace("\\", "\\\\").replace("'", "\\'")
    return f"dbname='{escaped}'"
