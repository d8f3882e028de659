"""Backups: the whole site in one file, as it stood at one moment, and back from there into an empty database.

The one thing to know: a backup is of one dialect and is given back to the same one. A file appears under its name when
it is whole, and nothing of it is used before every byte was looked at.
"""

from cms.transfer.archives.errors import BadArchive, CannotPack, CannotUnpack
from cms.transfer.backup.restoring import Restored, restore
from cms.transfer.backup.taking import Taken, back_up

__all__ = ["BadArchive", "CannotPack", "CannotUnpack", "Restored", "Taken", "back_up", "restore"]
