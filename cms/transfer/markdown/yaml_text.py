"""YAML as front matter needs it: keys, texts and lists, read as they were typed and written so that all read the same.

The one thing to know: nothing is guessed. YAML 1.1 takes `no` for a boolean and `12:30` for a number; here every value
is the text that stands there, and what a key means decides what it is. What could multiply, run or nest is refused.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

import yaml

from cms.transfer.markdown.errors import Unreadable
from cms.transfer.markdown.times import moment_text

Value = str | list["Value"] | dict[str, "Value"] | None

_DEEPEST: Final = 16
_NOTHING: Final = frozenset({"", "~", "null", "Null", "NULL"})
#: libyaml, where the package was built with it: twenty times as fast, and of what is read here only events are seen.
_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
# Other readers than ours take more than PyYAML's for numbers, such as 1e3.
_LIKE_A_NUMBER = re.compile(r"[-+.]?[0-9][0-9A-Fa-fxob_.:,+-]*")
# YAML 1.1 ends lines with these, and 1.2 does not: they are written as escapes.
_ODD_LINE_ENDS = re.compile("[\x85\u2028\u2029]")
_ONE_LINE: Final = 2**31


def read_yaml(text: str) -> dict[str, Value]:
    """The keys and values of a YAML document; empty where it says nothing.

    Raises:
        Unreadable: it is no YAML, no mapping, or holds anchors, aliases, tags, a key twice, or too much depth.
    """
    try:
        value = _Reader(yaml.parse(text, Loader=_LOADER)).document()
    except yaml.MarkedYAMLError as error:
        line = f" (line {error.problem_mark.line + 1})" if error.problem_mark else ""
        raise Unreadable(f"its front matter is no YAML{line}") from None
    except yaml.YAMLError:
        raise Unreadable("its front matter holds characters that YAML does not allow") from None
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise Unreadable("its front matter is no list of keys")
    return value


def write_yaml(values: Mapping[str, Any]) -> str:
    r"""A mapping of texts, flags, whole numbers, moments, lists and mappings as YAML, in its order, ending in `\n`.

    A text is quoted where some reader would take it for something else.
    """
    written: str = yaml.dump(
        dict(values), Dumper=_Writer, allow_unicode=True, sort_keys=False, default_flow_style=False, width=_ONE_LINE
    )
    return written


class _Reader:
    """Values from events."""

    def __init__(self, events: Iterator[yaml.Event]) -> None:
        self._events = events

    def document(self) -> Value:
        """The one document there is."""
        next(self._events)
        if isinstance(next(self._events), yaml.StreamEndEvent):
            return None
        value = self._value(next(self._events), 0)
        next(self._events)
        if not isinstance(next(self._events), yaml.StreamEndEvent):
            raise Unreadable("its front matter holds several documents")
        return value

    def _value(self, event: yaml.Event, depth: int) -> Value:
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise Unreadable("its front matter holds an anchor or an alias")
        if getattr(event, "tag", None):
            raise Unreadable("its front matter holds a tag")
        if depth > _DEEPEST:
            raise Unreadable("its front matter is nested too deeply")
        if isinstance(event, yaml.ScalarEvent):
            return None if not event.style and event.value in _NOTHING else str(event.value)
        if isinstance(event, yaml.SequenceStartEvent):
            return [self._value(each, depth + 1) for each in self._until(yaml.SequenceEndEvent)]
        return self._mapping(depth)

    def _mapping(self, depth: int) -> dict[str, Value]:
        found: dict[str, Value] = {}
        for event in self._until(yaml.MappingEndEvent):
            key = event.value if isinstance(event, yaml.ScalarEvent) and not event.anchor and not event.tag else None
            if key is None:
                raise Unreadable("a key of its front matter is no plain text")
            if key in found:
                raise Unreadable(f"its front matter says {key[:40]} twice")
            found[key] = self._value(next(self._events), depth + 1)
        return found

    def _until(self, end: type[yaml.Event]) -> Iterator[yaml.Event]:
        while not isinstance(event := next(self._events), end):
            yield event


class _Writer(yaml.SafeDumper):
    """Writes every value where it stands, and lists a step to the right of their key."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002 - the library's signature
        """A value that stands twice is written twice."""
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002 - the library's signature
        """Lists are indented, as people write them."""
        super().increase_indent(flow, False)


def _text(writer: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return writer.represent_scalar("tag:yaml.org,2002:str", text, style=_style(text))


def _style(text: str) -> str | None:
    """How a text is written; None leaves it to the library, which quotes what YAML 1.1 takes for something else."""
    if _ODD_LINE_ENDS.search(text):
        return '"'
    return "|" if "\n" in text else "'" if _LIKE_A_NUMBER.fullmatch(text) else None


def _moment(writer: yaml.SafeDumper, moment: datetime) -> yaml.ScalarNode:
    return writer.represent_scalar("tag:yaml.org,2002:timestamp", moment_text(moment))


_Writer.add_representer(str, _text)
_Writer.add_representer(datetime, _moment)
