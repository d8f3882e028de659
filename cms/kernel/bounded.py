"""Caches that cannot fill the memory: bounded in number, and by the weight of what is in them."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Made = TypeVar("Made")


class Bounded(Generic[Key, Made]):
    """The most recently used of what was made, up to a number and a weight; the newest always has room."""

    def __init__(self, most: int, heaviest: int, weight: Callable[[Key, Made], int]) -> None:
        self._most = most
        self._heaviest = heaviest
        self._weigh = weight
        self._weight = 0
        self._kept: OrderedDict[Key, Made] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def find(self, key: Key) -> Made | None:
        """What was made for `key`, if it is still here."""
        made = self._kept.get(key)
        if made is not None:
            self._kept.move_to_end(key)
        return made

    def get(self, key: Key, make: Callable[[], Made]) -> Made:
        """What was made for `key`, made now if it has to be."""
        made = self.find(key)
        if made is None:
            made = self._kept[key] = make()
            self._weight += self._weigh(key, made)
            while len(self._kept) > self._most or (self._weight > self._heaviest and len(self._kept) > 1):
                self._weight -= self._weigh(*self._kept.popitem(last=False))
        return made
