"""Documents are measured with their fragments unfolded, in a time that does not unfold them."""

import time
from pathlib import Path
from typing import Any

import pytest
from graphql import parse
from strawberry.extensions import MaxAliasesLimiter, QueryDepthLimiter

import schema
from schema.measuring import Measure, measures


def _measure(text: str) -> Measure:
    ((_, measure),) = measures(parse(text))
    return measure


def _doubling(number: int) -> str:
    """A document whose fragments unfold to two to the power of `number` fields."""
    chain = "".join(f" fragment F{n} on Query {{ ...F{n + 1} ...F{n + 1} }}" for n in range(number))
    return f"{{ ...F0 }}{chain} fragment F{number} on Query {{ a: __typename }}"


@pytest.mark.parametrize(
    ("text", "depth", "aliases", "directives", "fields", "repeats"),
    [
        ("{ a }", 1, 0, 0, 1, 1),
        ("{ a { b { c } } d }", 3, 0, 0, 4, 1),
        ("{ list { edges { node { a } } nodes { b { c } } } }", 3, 0, 0, 7, 1),
        ("{ x: a y: a { z: b } }", 2, 3, 0, 3, 1),
        ("{ a a a { b b } }", 2, 0, 0, 5, 3),
        ("query Q @x { a @include(if: true) ... @skip(if: false) { b @x @x } }", 1, 0, 5, 2, 1),
        ("{ ...F ...F a } fragment F on Q @x { a { x: b } }", 2, 2, 2, 5, 3),
        ("{ ... on Q { a { ...F } } } fragment F on Q { b { c } }", 3, 0, 0, 3, 1),
        ("{ ...Nowhere a }", 1, 0, 0, 1, 1),
        ("{ ...A } fragment A on Q { a ...B } fragment B on Q { b ...A }", 1, 0, 0, 2, 1),
    ],
)
def test_a_document_is_measured_as_it_unfolds(
    text: str, depth: int, aliases: int, directives: int, fields: int, repeats: int
) -> None:
    """What stands in a fragment would be free of charge."""
    found = _measure(text)

    expected = (depth, aliases, directives, fields, repeats)
    assert (found.depth, found.aliases, found.directives, found.fields, found.repeats) == expected


def test_the_time_is_linear_in_the_document() -> None:
    """A hundred fragments that double each other held up everybody for longer than the world stands."""
    document = parse(_doubling(100))

    began = time.perf_counter()
    ((_, measure),) = measures(document)

    assert time.perf_counter() - began < 0.5
    assert (measure.fields, measure.aliases, measure.repeats) == (2**100, 2**100, 2**100)


def test_unfolding_takes_more_than_linear_time() -> None:
    """The twin: a walk that follows every spread doubles its steps with each fragment."""

    def walked(text: str) -> int:
        definitions: list[Any] = list(parse(text).definitions)
        named = {fragment.name.value: fragment for fragment in definitions[1:]}
        steps, pending = 0, [definitions[0].selection_set]
        while pending:
            for node in pending.pop().selections:
                steps += 1
                if node.name.value in named:
                    pending.append(named[node.name.value].selection_set)
        return steps

    assert walked(_doubling(10)) > 1.9 * walked(_doubling(9))


def test_each_operation_is_measured_by_itself() -> None:
    """A small operation would be refused for the large one beside it."""
    assert [measure.fields for _, measure in measures(parse("query A { a } query B { b c d }"))] == [1, 3]


def test_nobody_uses_the_limiters_that_unfold() -> None:
    """Strawberry's own walk fragments exponentially: 787 bytes block the loop for seconds."""
    forbidden = {limiter.__name__ for limiter in (QueryDepthLimiter, MaxAliasesLimiter)}
    ours = [path for folder in ("schema", "cms") for path in _python_files(folder)]

    assert len(ours) > 100
    assert [path for path in ours if any(name in path.read_text(encoding="utf-8") for name in forbidden)] == []


def _python_files(folder: str) -> list[Path]:
    return sorted((Path(schema.__file__).parent.parent / folder).rglob("*.py"))
