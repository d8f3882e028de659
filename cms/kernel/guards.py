"""What every action asks before it changes anything: may this viewer, and is this still what the viewer saw?"""

from cms.kernel.errors import NotAllowed, VersionConflict
from cms.kernel.viewer import Scope, Viewer


def require(viewer: Viewer, scope: Scope) -> None:
    """Let the viewer pass who holds `scope`.

    Raises:
        NotAllowed: the viewer does not.
    """
    if not viewer.may(scope):
        raise NotAllowed(f"This needs the scope {scope.value}.")


def same_version(current: int, expected: int | None) -> None:
    """Let pass who saw the current version, or asks for none. Call it with the row locked.

    Raises:
        VersionConflict: somebody changed it since.
    """
    if expected is not None and expected != current:
        raise VersionConflict(f"This is at version {current} by now: look at what changed, then try again.", current)
