"""Topics: a tree of what articles are about."""
