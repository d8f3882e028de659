"""Bundles: everything a site says in one file, which goes into any database and can be read by any program.

The one thing to know: a bundle is for moving and for leaving, a backup for being where one was. A bundle holds what was
written, in JSON Lines; a backup holds the database as it is.
"""

from cms.transfer.bundle.exporting import Exported, export_bundle
from cms.transfer.bundle.importing import import_bundle

__all__ = ["Exported", "export_bundle", "import_bundle"]
