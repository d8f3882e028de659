"""What can go wrong while a zip is read: the file is damaged, or the disk does not give it out.

The one thing to know: another file helps against the one, and another disk against the other.
"""

import errno
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final
from zipfile import BadZipFile

# How the library of zips says that a file is damaged, or was made up.
_DAMAGE: Final = (
    BadZipFile,  # it has no end or no list, or a part has another name or checksum than the list says
    zlib.error,  # bytes that nothing is ever packed to
    EOFError,  # a part ends before it should
    RuntimeError,  # a part is locked with a password, or says that only something newer can read it
    ValueError,  # a name that is no text, or a place that no file has
)


@contextmanager
def told_apart(damaged: Exception, unreadable: Callable[[str], Exception]) -> Iterator[None]:
    """Say of a zip that is read in the block what is wrong with it.

    Args:
        damaged: raised where the file is damaged or was made up.
        unreadable: makes what is raised where the disk does not give it out, of the system's words.
    """
    try:
        yield
    except _DAMAGE:
        raise damaged from None
    except OSError as error:
        # A part that is said to begin before the file does.
        if error.errno == errno.EINVAL:
            raise damaged from None
        raise unreadable(why(error)) from None


def why(error: OSError) -> str:
    """What the system says, to stand in a sentence."""
    return (error.strerror or "it failed").lower()
