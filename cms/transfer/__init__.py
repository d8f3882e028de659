"""What comes in and goes out whole: WordPress exports, saved web pages, Markdown, bundles.

The one thing to know: reading a file and writing it to the database are two steps. The first needs no database, changes
nothing and says what it did not understand; the second runs through the same actions that editors use.
"""
