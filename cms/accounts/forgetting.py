"""Saying that what is known of somebody is out of date, in this process; others find out within seconds."""

from typing import Protocol
from weakref import WeakSet


class Forgetful(Protocol):
    """What keeps answers about who somebody is."""

    def forget(self, actor: str) -> None:
        """Ask again about `actor`."""


#: Whoever keeps answers in this process, for as long as somebody holds on to it.
KEEPERS: WeakSet[Forgetful] = WeakSet()


def forget(actor: str) -> None:
    """Have everybody in this process ask again about `actor`, as `Viewer.actor` names it.

    Whoever changes what somebody may do says so, when it is committed or about to be.
    """
    for keeper in KEEPERS:
        keeper.forget(actor)
