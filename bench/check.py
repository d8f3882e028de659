"""Whether two servers gave the same answer.

Answers are compared as JSON, key by key and in order of the lists; moments are compared as moments, since RFC 3339 lets
each server print them its own way (`...00Z`, `...00+00:00`).
"""

import json
import re
from collections.abc import Iterator
from datetime import datetime

_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?(Z|\+00:00)")


class AnswersDiffer(Exception):
    """Two servers disagree, or one answered with errors or with nothing."""


def check_answer(answer: bytes, what: str) -> None:
    """Refuse an answer that no measurement should count.

    Raises:
        AnswersDiffer: it has errors, or its root field is null or empty.
    """
    read = json.loads(answer)
    if "errors" in read:
        raise AnswersDiffer(f"{what} answered with errors: {read['errors']}")
    for name, value in read["data"].items():
        if value is None or value.get("nodes") == []:
            raise AnswersDiffer(f"{what} found nothing under {name}")


def check_same(expected: bytes, found: bytes, what: str) -> None:
    """Hold an answer against another.

    Raises:
        AnswersDiffer: they differ; the message says where first.
    """
    for difference in _differences(json.loads(expected), json.loads(found), ""):
        raise AnswersDiffer(f"{what}: {difference}")


def _differences(expected: object, found: object, path: str) -> Iterator[str]:
    if isinstance(expected, dict) and isinstance(found, dict):
        if expected.keys() != found.keys():
            yield f"{path} has the keys {sorted(found)}, expected {sorted(expected)}"
            return
        for key, value in expected.items():
            yield from _differences(value, found[key], f"{path}.{key}")
    elif isinstance(expected, list) and isinstance(found, list):
        if len(expected) != len(found):
            yield f"{path} has {len(found)} items, expected {len(expected)}"
            return
        for index, value in enumerate(expected):
            yield from _differences(value, found[index], f"{path}[{index}]")
    elif _plain(expected) != _plain(found):
        yield f"{path} is {found!r}, expected {expected!r}"


def _plain(value: object) -> object:
    if isinstance(value, str) and _MOMENT.fullmatch(value):
        return datetime.fromisoformat(value)
    return value
