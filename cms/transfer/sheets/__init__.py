"""What a site holds as tables for a spreadsheet: a zip of CSV files, for people to read, sort and count in.

The one thing to know: they are for looking, and nothing is imported from them. No text in them is taken for a formula,
and nothing in them is personal beyond the names and addresses that readers gave to be shown beside their comments.
"""

from cms.transfer.sheets.exporting import ExportedSheets, export_sheets

__all__ = ["ExportedSheets", "export_sheets"]
