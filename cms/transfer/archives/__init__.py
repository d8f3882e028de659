"""Files that hold a whole site, backups and bundles: zips in which every part is named, counted and has a digest.

The one thing to know: such a file appears under its name when it is whole, and nothing of it is used before every byte
was looked at.
"""
