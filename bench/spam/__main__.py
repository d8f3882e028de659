"""How much of the advertising in the sample is held back, and how many readers with it (`make spam`).

The rules are asked as they stand; they were written with this sample at hand, and do worse on what nobody here thought
of. The score is asked of comments that it did not learn from: the sample is shuffled once and dealt into five parts,
and each is scored by what the other four taught. Nothing is drawn anew between two runs, so that a figure moves only
when a rule, a sentence or the method does.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from bench.spam.sample import Sample, load_sample
from cms.comments.models import CommentStatus
from cms.comments.moderation import Incoming, Screening, screen
from cms.comments.scoring import Counting, Score
from cms.comments.traits import traits_of
from cms.kernel.secrecy import use_secret

_PARTS = 5
_SEED = 2026
_SHOWN_CHARS = 88


@dataclass(frozen=True, slots=True)
class Confusion:
    """What was held of either kind, and what was not."""

    spam_held: int
    spam_shown: int
    readers_held: int
    readers_shown: int

    @property
    def precision(self) -> float:
        """Of what was held, how much was spam."""
        return self.spam_held / max(1, self.spam_held + self.readers_held)

    @property
    def recall(self) -> float:
        """Of the spam, how much was held."""
        return self.spam_held / max(1, self.spam_held + self.spam_shown)

    @property
    def f1(self) -> float:
        """The harmonic mean of both."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


def scores(sample: Sequence[Sample]) -> list[Score | None]:
    """The score of each by what the other parts teach."""
    order = list(range(len(sample)))
    Random(_SEED).shuffle(order)  # noqa: S311 - deals the sample, keeps no secret
    found: list[Score | None] = [None] * len(sample)
    for part in range(_PARTS):
        left_out = set(order[part::_PARTS])
        counting = Counting()
        for place in order:
            if place not in left_out:
                counting.add(traits_of(sample[place].remark), is_spam=sample[place].is_spam)
        model = counting.model()
        for place in left_out:
            found[place] = model.score(traits_of(sample[place].remark))
    return found


def judged(sample: Sequence[Sample], by: Sequence[Score | None]) -> list[Screening]:
    """What the rules say of each, given its score."""
    return [
        screen(
            Incoming(
                typed=each.body.typed,
                text=each.body.rendered.text,
                links=each.body.links,
                name=each.name,
                url=each.url,
                max_length=len(each.body.typed),
                is_known=True,
                score=score,
            )
        )
        for each, score in zip(sample, by, strict=True)
    ]


def confusion(sample: Sequence[Sample], is_held: Sequence[bool]) -> Confusion:
    """How many of each kind were held."""
    pairs = [(each.is_spam, held) for each, held in zip(sample, is_held, strict=True)]
    return Confusion(*(pairs.count(pair) for pair in ((True, True), (True, False), (False, True), (False, False))))


def measured(sample: Sequence[Sample]) -> dict[str, tuple[Confusion, list[Screening]]]:
    """Each way of looking, with what it holds and what it says."""
    by_score, nothing = scores(sample), [None] * len(sample)
    rules, both = judged(sample, nothing), judged(sample, by_score)
    alone = [any(signal.rule == "looks_like_spam" for signal in each.signals) for each in both]
    return {
        "rules": (confusion(sample, _held(rules)), rules),
        "score": (confusion(sample, alone), both),
        "rules and score": (confusion(sample, _held(both)), both),
    }


def _held(screenings: Sequence[Screening]) -> list[bool]:
    return [each.status is CommentStatus.PENDING for each in screenings]


def report(sample: Sequence[Sample]) -> str:
    """The figures, and everything that both together got wrong."""
    found = measured(sample)
    spam = sum(each.is_spam for each in sample)
    lines = [f"{len(sample)} comments: {len(sample) - spam} of readers, {spam} of spam", ""]
    lines.append(f"{'':16} precision  recall     F1   spam held  shown   readers held  shown")
    for name, (each, _) in found.items():
        figures = f"{each.precision:9.3f} {each.recall:7.3f} {each.f1:6.3f}"
        lines.append(
            f"{name:16} {figures} {each.spam_held:11} {each.spam_shown:6} {each.readers_held:14} {each.readers_shown:6}"
        )
    lines += ["", *_wrong(sample, found["rules and score"][1])]
    return "\n".join(lines)


def _wrong(sample: Sequence[Sample], screenings: Sequence[Screening]) -> list[str]:
    lines = []
    for each, screening in zip(sample, screenings, strict=True):
        if each.is_spam and screening.held_by is None:
            lines.append(f"shown, though spam: {each.name}: {each.body.typed[:_SHOWN_CHARS]}")
        elif not each.is_spam and screening.held_by is not None:
            lines.append(f"held, though a reader: {each.name}: {each.body.typed[:_SHOWN_CHARS]}")
            lines += [f"    {signal.rule}: it {signal.detail}" for signal in screening.signals]
    return lines


if __name__ == "__main__":
    # A key of its own, so that the numbers of traits, and with them the figures, are the same everywhere.
    use_secret(b"the key of the labelled sample")
    sys.stdout.write(report(load_sample()) + "\n")
