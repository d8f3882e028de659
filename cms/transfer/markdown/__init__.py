"""Markdown with front matter comes in, and everything that Markdown can hold goes out: a folder or a zip of texts.

The one thing to know: what goes out here comes in as the same, and goes out of there byte for byte as before.
"""

from cms.transfer.markdown.exporting import ExportedMarkdown, export_markdown
from cms.transfer.markdown.importing import import_markdown
from cms.transfer.markdown.job import Options
from cms.transfer.markdown.opening import is_markdown

__all__ = ["ExportedMarkdown", "Options", "export_markdown", "import_markdown", "is_markdown"]
