"""What can be wrong with texts that somebody hands in."""


class Unreadable(Exception):
    """A file that cannot be taken, or a place that cannot be read. The message says why, to stand after its name."""
