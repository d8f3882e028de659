"""Importing a bundle: into an empty site it brings back everything, into another what that does not have.

The one thing to know: one transaction holds all of it, and every byte of the file was looked at before it begins.
Killed anywhere, nothing of it is there.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final
from uuid import UUID

from tortoise.exceptions import IntegrityError

from cms.articles.counting import recount_everything
from cms.articles.known import chunks
from cms.comments.counting import lock_articles, recount_articles
from cms.comments.models import Comment
from cms.kernel.database import Database, Dialect
from cms.kernel.events import append_events
from cms.kernel.guards import require
from cms.kernel.ids import GlobalId
from cms.kernel.progress import Tell, quietly
from cms.kernel.secrecy import is_same, keyed_hash
from cms.kernel.viewer import Scope, Viewer
from cms.transfer.archives.archive import nearest, opened, refuse_without_room
from cms.transfer.archives.errors import BadArchive
from cms.transfer.archives.media import bring_back, refuse_other_files
from cms.transfer.archives.parts import media_of
from cms.transfer.bundle.manifest import SECRET_MARK, Bundle, Manifest, read
from cms.transfer.bundle.merging import Merging
from cms.transfer.bundle.staging import staged
from cms.transfer.bundle.tables import BY_NAME, ROOTS
from cms.transfer.bundle.telling import events_of
from cms.transfer.bundle.verdicts import Conflict, State, Why
from cms.transfer.importing import Report, Tally, one_import

BATCH: Final = 500
_WHY: Final[Mapping[Why, str]] = {
    Why.DIFFERS: "it says something else here, and stays as it is here",
    Why.DELETED: "it was deleted here for good",
    Why.TAKEN: "another one here has its address, its name or its source",
    Why.TRANSLATED: "another one here says the same in its language",
    Why.CIRCLES: "with the redirects here it would lead in a circle",
    Why.LACKING: "it refers to something that stays out",
    Why.ALIVE: "what it buries is here",
}


async def import_bundle(
    database: Database,
    viewer: Viewer,
    file: Path,
    media_folder: Path,
    *,
    dry_run: bool = False,
    tell: Tell = quietly,
) -> Report:
    """Bring in a bundle. The same bundle again changes nothing.

    Args:
        database: with up-to-date tables; empty, or with content, which is never changed.
        viewer: who imports; needs every scope, because everything comes in, people with their roles too.
        file: the bundle.
        media_folder: where its files are put.
        dry_run: whether to report what would happen, and change nothing.
        tell: is told how far it has come.

    Raises:
        NotAllowed: the viewer may not.
        BadArchive: the file is no whole bundle, or one of a newer version; nothing was changed.
        CannotUnpack: it cannot be read, or other files lie where its files belong; nothing was changed.
    """
    for scope in Scope:
        require(viewer, scope)
    tally = Tally()
    with opened(file, read) as bundle:
        files = media_of(bundle.manifest)
        refuse_other_files(files, media_folder)
        refuse_without_room([(nearest(media_folder), sum(part.bytes for part in files))], BadArchive)
        await asyncio.to_thread(_verify, bundle, tell)
        async with _staged(database, bundle, tell, dry_run=dry_run) as merging:
            await _bring(database, viewer, merging, tally)
            if not dry_run:
                await asyncio.to_thread(bring_back, bundle, media_folder, tell)
        tally.note(*_notes(bundle.manifest))
    return tally.report()


@asynccontextmanager
async def _staged(database: Database, bundle: Bundle, tell: Tell, *, dry_run: bool) -> AsyncIterator[Merging]:
    """The bundle in tables of its own, and the transaction in which it comes in.

    On SQLite a transaction keeps everybody else from writing, and reading a bundle takes most of the time: so it is
    read before. On PostgreSQL nobody waits, and tables of one's own are those of one connection.
    """
    staging, importing = staged(database, bundle, tell), one_import(database, dry_run=dry_run)
    if database.dialect is Dialect.SQLITE:
        async with staging as columns, importing:
            yield Merging(database, columns)
    else:
        async with importing, staging as columns:
            yield Merging(database, columns)


def _verify(bundle: Bundle, tell: Tell) -> None:
    parts = len(bundle.manifest.parts)
    for done, _ in enumerate(bundle.verify(), 1):
        tell(done, parts, "looked at")


async def _bring(database: Database, viewer: Viewer, merging: Merging, tally: Tally) -> None:
    vacant = await merging.is_vacant()
    if vacant:
        # Those of a server that waits for content have read nothing.
        await database.connection.execute_query("DELETE FROM follower")
    try:
        left = await merging.decide(vacant=vacant)
        await merging.fill()
    # Two rows are one where there can be one, or a value is none that its column takes.
    except IntegrityError:
        raise BadArchive("The file is not whole: its rows do not fit together.") from None
    conflicts = await merging.conflicts()
    if conflicts or not vacant:
        await _recount(database, merging)
    await (_go_on_counting(database) if vacant else _announce(database, viewer, merging))
    _report(tally, await merging.counts(), conflicts, left)
    await merging.finish()


async def _go_on_counting(database: Database) -> None:
    """Let the numbers of events go on after the last one."""
    if database.dialect is Dialect.POSTGRES:
        highest = "SELECT coalesce(max(seq), 0) + 1 FROM event"
        await database.connection.execute_query(
            f"SELECT setval(pg_get_serial_sequence('event', 'seq'), ({highest}), false)"
        )


async def _recount(database: Database, merging: Merging) -> None:
    """Count what is counted, where not all that was counted came, or came to others."""
    touched = {UUID(key) for key in await merging.arrived(BY_NAME["article"])}
    for some in chunks(await merging.arrived(BY_NAME["comment"]), BATCH):
        touched |= {row["article_id"] for row in await Comment.filter(id__in=some).distinct().values("article_id")}
    for articles in chunks(sorted(touched), BATCH):
        await lock_articles(articles)
        await recount_articles(database, articles)
    await recount_everything(database)


async def _announce(database: Database, viewer: Viewer, merging: Merging) -> None:
    """Tell the log of what came in, for whoever keeps a copy of what was here."""
    for root in ROOTS:
        for some in chunks(await merging.arrived(root), BATCH):
            await append_events(database, viewer.actor, await events_of(root, some))


def _report(tally: Tally, counts: Mapping[tuple[str, State], int], conflicts: Sequence[Conflict], left: int) -> None:
    for (kind, state), number in counts.items():
        if state is not State.OUT:
            counted = tally.created if state is State.NEW else tally.unchanged
            counted(BY_NAME[kind].word, number)
    for conflict in conflicts:
        if conflict.kind == "site":
            tally.skipped("site")
            tally.note("The settings of the site stay as they are here.")
        else:
            tally.refused(BY_NAME[conflict.kind].word, _told(conflict))
    if left:
        tally.note(f"{left:,} records of consent stay behind: the terms that they name are not those of this site.")


def _told(conflict: Conflict) -> str:
    told = BY_NAME[conflict.kind].told
    if told is None:
        return f"{conflict.kind} {conflict.label or conflict.key}: {_WHY[conflict.why]}."
    called = f" ({conflict.label})" if conflict.label else ""
    return f"{GlobalId(told.node, UUID(conflict.key))}{called}: {_WHY[conflict.why]}."


def _notes(manifest: Manifest) -> Iterator[str]:
    if manifest.missing:
        yield f"{len(manifest.missing):,} files were not in the media store when the bundle was made."
    if not manifest.has_credentials:
        yield "Passwords, API tokens and webhooks are not in the bundle: people ask for a new password."
    if not is_same(manifest.secret, keyed_hash(SECRET_MARK, "")):
        yield (
            "It was made under another CMS_SECRET_KEY: who wrote under which mail address is not recognised here, and "
            "links to edit a comment or to end letters do not work."
        )
