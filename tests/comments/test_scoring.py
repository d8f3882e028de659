"""The spam score: what it makes of what it was taught, what it says of itself, and what it does not know."""

import time
from collections.abc import Iterable

from bench.spam.__main__ import Confusion, measured
from bench.spam.sample import load_sample
from cms.comments.scoring import FEWEST_LESSONS, Counting, Model, Score
from cms.comments.traits import traits_of
from cms.kernel.secrecy import use_secret

SPAM, REAL = "buy these pills now".split(), "the slugs ate these beans".split()  # noqa: SIM905 - a sentence each


def taught(spam: Iterable[Iterable[str]], real: Iterable[Iterable[str]]) -> Model:
    """What these lessons teach."""
    counting = Counting()
    for lessons, is_spam in ((spam, True), (real, False)):
        for traits in lessons:
            counting.add(traits, is_spam=is_spam)
    return counting.model()


def told(found: Score) -> tuple[float, tuple[str, ...]]:
    """A score to three places, and its reasons."""
    return round(found.value, 3), found.reasons


def score(model: Model, text: str) -> Score:
    """The score of some words, which there must be."""
    found = model.score(text.split())
    assert found is not None
    return found


def test_it_knows_what_it_was_taught_and_says_why() -> None:
    """Advertising would come through a hundred times; or a moderator could not follow why something was held."""
    model = taught([SPAM] * 30, [REAL] * 60)

    assert (model.spam, model.real) == (30, 60)
    assert told(score(model, "now buy pills")) == (10.302, ("buy", "now", "pills"))
    assert told(score(model, "slugs ate beans")) == (-10.302, ())
    # What stands in both kinds, and what was never seen, says nothing.
    assert score(model, "these harbours") == Score(0.0, ())
    assert score(model, "") == Score(0.0, ())
    assert told(score(model, "slugs buy")) == (0.0, ("buy",))


def test_one_word_decides_nothing() -> None:
    """A reader would be held for a word that was seen once, in an advertisement."""
    model = taught([*[["pills"]] * 29, ["pills", "harbour"]], [["beans"]] * 30)

    assert told(score(model, "harbour")) == (0.693, ("harbour",))
    assert score(model, "harbour beans").value < 0


def test_it_is_silent_while_it_was_taught_too_little() -> None:
    """The first decision of a new moderator would hold every comment that has a word with it in common."""
    few = FEWEST_LESSONS - 1

    assert taught([SPAM] * few, [REAL] * 99).score(SPAM) is None
    assert taught([SPAM] * 99, [REAL] * few).score(SPAM) is None
    assert taught([SPAM] * FEWEST_LESSONS, [REAL] * FEWEST_LESSONS).score(SPAM) is not None


def test_many_more_of_one_kind_do_not_make_everything_that_kind() -> None:
    """A site that approves a thousand comments for each advertisement would never see one again, or the reverse."""
    both = ("the", "price", "beans")
    few, many = taught([SPAM] * 25, [both] * 2000), taught([SPAM] * 2000, [both] * 25)

    # Were the rarer kind scaled up, one rare word of it would weigh as much as these together.
    assert told(score(few, "buy pills now")) == (9.774, ("buy", "now", "pills"))
    assert told(score(many, "the price beans")) == (-9.774, ())
    assert told(score(many, "buy pills now")) == (9.774, ("buy", "now", "pills"))
    assert told(taught([*[SPAM] * 25, ["harbour"]], [both] * 2000).score(["harbour"]) or Score(0, ())) == (
        0.693,
        ("harbour",),
    )


def test_what_is_stored_is_what_was_learned_and_holds_no_word() -> None:
    """A comment that was erased could be read in the model; or the model say something else after a restart."""
    model = taught([SPAM] * 30, [REAL] * 30)

    stored = model.to_json()

    assert Model.from_json(stored) == model
    assert not any(word in stored for word in (*SPAM, *REAL))
    use_secret(b"another key for tests, as long")
    assert score(model, "buy pills now") == Score(0.0, ())


def test_a_model_has_its_bounds() -> None:
    """Whoever makes up words would fill the memory and the table."""
    words = [[f"{first:x} {second:x}" for second in range(300)] for first in range(100)]
    began = time.process_time()
    model = taught([[*row, "pills"] for row in words], [["beans"]] * 30)

    assert len(model.counts) == 8_000
    assert max(model.counts.values()) == (100, 0)
    assert len(model.to_json()) < 150_000
    assert time.process_time() - began < 2
    assert score(model, "pills").reasons == ("pills",)


def test_a_long_comment_is_told_by_what_is_strongest_either_way() -> None:
    """Whoever has much to say would be held for saying it."""
    odd, plain = [f"odd {number}" for number in range(40)], [f"plain {number}" for number in range(10)]
    model = taught([odd] * 25, [[*odd, *plain]] * 20)

    long = model.score([*odd, *plain])

    # Ten speak against it, each as much as a logarithm of 21 does, and forty say nothing.
    assert long is not None
    assert told(long) == (-30.445, ())


def test_the_sample_is_two_to_one_and_says_nothing_twice() -> None:
    """The figures would be those of another mixture, or of one comment that is counted often."""
    sample = load_sample()

    assert len({each.body.key for each in sample}) == len(sample) == 273
    assert sum(each.is_spam for each in sample) == 101
    assert {each.language for each in sample if each.is_spam} == {"en", "de", "es", "fr"}
    assert all(traits_of(each.remark) for each in sample)


def test_the_rules_and_the_score_do_as_well_as_is_said() -> None:
    """A new rule, or another threshold, would silence readers, or let advertising through, without anybody knowing."""
    use_secret(b"the key of the labelled sample")

    found = {name: figures for name, (figures, _) in measured(load_sample()).items()}

    assert found == {
        "rules": Confusion(51, 50, 2, 170),
        "score": Confusion(67, 34, 0, 172),
        "rules and score": Confusion(78, 23, 2, 170),
    }
