"""The keys of front matter, taken one by one, whoever typed them.

The one thing to know: a key is looked for under each of its names in turn, without regard to case, hyphens and
underscores, and is then taken. What nobody took is told in the report.
"""

from collections.abc import Mapping
from typing import Final

from cms.transfer.markdown.yaml_text import Value

YES: Final = frozenset({"true", "yes", "on", "1"})
NO: Final = frozenset({"false", "no", "off", "0"})
_JOINTS: Final = str.maketrans("", "", "-_ ")
_LONGEST_KEY: Final = 60


class Keys:
    """The keys of one mapping, taken one by one.

    Args:
        values: the mapping.
        under: the key that it is the value of, and a dot; empty for the whole front matter.
    """

    def __init__(self, values: Mapping[str, Value], under: str = "") -> None:
        self._under = under
        self._values: dict[str, tuple[str, Value]] = {}
        self._left: list[str] = []
        for key, value in values.items():
            form = key.casefold().translate(_JOINTS)
            if form in self._values:
                self._left.append(self._named(key))
            else:
                self._values[form] = (key, value)

    def text(self, *names: str) -> str | None:
        """The first of these that is a text and is not empty, taken."""
        return self.typed(*names) or None

    def typed(self, *names: str) -> str | None:
        """The first of these that is a text, taken; also an empty one."""
        for name in names:
            _, value = self._values.get(name, ("", ()))
            if value is None:
                del self._values[name]
            if isinstance(value, str):
                del self._values[name]
                return value.strip()
        return None

    def flag(self, *names: str) -> bool | None:
        """The first of these that says yes or no, taken."""
        for name in names:
            _, value = self._values.get(name, ("", ()))
            if isinstance(value, str) and value.casefold() in YES | NO:
                del self._values[name]
                return value.casefold() in YES
        return None

    def part(self, *names: str) -> "Keys | None":
        """The first of these that is a mapping, taken; what is left over in it is for `leave` to tell."""
        for name in names:
            key, value = self._values.get(name, ("", ()))
            if isinstance(value, dict):
                del self._values[name]
                return Keys(value, f"{self._named(key)}.")
        return None

    def listed(self, name: str) -> list[Value] | None:
        """A key's values, taken: those of its list, or the one that it has."""
        if name not in self._values:
            return None
        value = self._values.pop(name)[1]
        return value if isinstance(value, list) else [] if value is None else [value]

    def words(self, name: str) -> list[str]:
        """What a key says, in small letters, taken: a word, or those of its list; empty where it says nothing."""
        return [str(value).strip().casefold() for value in self.listed(name) or () if value not in (None, "")]

    def leave(self, part: "Keys | None") -> None:
        """Count what is left over in a part as left over here."""
        self._left += part.left_over() if part else ()

    def left_over(self) -> tuple[str, ...]:
        """The keys that nobody took, as they were typed."""
        return (*self._left, *(self._named(key) for key, _ in self._values.values()))

    def _named(self, key: str) -> str:
        return f"{self._under}{key[:_LONGEST_KEY]}"
