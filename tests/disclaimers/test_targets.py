"""What a disclaimer's scope names."""

import pytest

from cms.disclaimers.models import DisclaimerScope
from cms.disclaimers.targets import Targets, agreed
from cms.kernel.errors import DomainError, InvalidInput, Required
from cms.kernel.ids import new_id

KEYS = tuple(new_id() for _ in range(101))


def test_each_is_named_once_in_the_order_given() -> None:
    """A topic that is named twice would be shown twice."""
    second, first = KEYS[1], KEYS[0]
    assert agreed(DisclaimerScope.TOPIC, (second, first, second), ()) == Targets((second, first), ())
    assert agreed(DisclaimerScope.AUTHOR, (), KEYS[:100]) == Targets((), KEYS[:100])
    assert agreed(DisclaimerScope.EVERY_ARTICLE, (), ()) == Targets()


@pytest.mark.parametrize(
    ("scope", "topics", "authors", "error", "path"),
    [
        (DisclaimerScope.TOPIC, (), (), Required, ("topicIds",)),
        (DisclaimerScope.AUTHOR, (), (), Required, ("authorIds",)),
        (DisclaimerScope.TOPIC, KEYS[:1], KEYS[:1], InvalidInput, ("authorIds",)),
        (DisclaimerScope.EVERY_ARTICLE, KEYS[:1], (), InvalidInput, ("topicIds",)),
        (DisclaimerScope.SELECTED_ARTICLES, (), KEYS[:1], InvalidInput, ("authorIds",)),
        (DisclaimerScope.TOPIC, KEYS, (), InvalidInput, ("topicIds",)),
        (DisclaimerScope.AUTHOR, (), KEYS, InvalidInput, ("authorIds",)),
    ],
)
def test_what_the_scope_does_not_ask_for_is_refused(
    scope: DisclaimerScope,
    topics: tuple[object, ...],
    authors: tuple[object, ...],
    error: type[DomainError],
    path: tuple[str, ...],
) -> None:
    """An author on a disclaimer that ignores authors would look as if it did something."""
    with pytest.raises(error) as refused:
        agreed(scope, topics, authors)  # type: ignore[arg-type]  # keys, as parametrised
    assert refused.value.path == path
