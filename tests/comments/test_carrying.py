"""Which letters carry something of somebody: all that do, and none of anybody else's."""

from typing import Any
from uuid import UUID

import pytest

from cms.comments.carrying import Traces
from cms.comments.persons import Person

COMMENT = UUID("0190a5ca-96e0-7abc-8bcc-b302099a8057")


def traces() -> Traces:
    """What tells of Jo."""
    return Traces(Person("Jo.O'Neill@a.example", "hmac-sha256:jo", None), frozenset({COMMENT}))


@pytest.mark.parametrize(
    "payload",
    [
        {"to": "jo.o'neill@A.EXAMPLE", "text": ""},
        {"to": "a@b.example", "reply_to": "Jo.O'Neill@a.example"},
        {"to": "a@b.example", "text": "Write to Jo <jo.o'neill@a.example>."},
        {"to": "a@b.example", "text": "jo.o'neill@a.example, who wrote"},
        {"emailKey": "hmac-sha256:jo"},
        {"comment": str(COMMENT)},
        {"text": f"https://news.example/tides#com_{COMMENT}"},
        {"text": "Somebody on Tides\n> Ebb and flow", "about": [str(COMMENT)]},
        {"letters": [{"to": ["jo.o'neill@a.example"]}]},
    ],
)
def test_what_is_to_them_from_them_or_about_them(payload: dict[str, Any]) -> None:
    """A letter would go out, or lie there for a month, with the words of somebody who had them erased."""
    assert traces().are_in(payload)


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"to": "bo.jo.o'neill@a.example"},
        {"to": "jo.o'neill@a.example.org", "text": "jo.o'neill@a.examples"},
        {"to": "xjo.o'neill@a.example"},
        {"emailKey": "hmac-sha256:jos"},
        {"text": "com_0190a5ca-96e0-7abc-8bcc-b302099a8058", "at": 7, "reply_to": None},
        {"text": "Jo O’Neill replied", "about": ["0190a5ca-96e0-7abc-8bcc-b302099a8058"]},
    ],
)
def test_what_is_somebody_elses_stays(payload: dict[str, Any]) -> None:
    """Others would wait for a letter that nobody sends any more."""
    assert not traces().are_in(payload)
