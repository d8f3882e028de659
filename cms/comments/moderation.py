"""The house rules for comments, in the order they are asked.

A rule looks at a comment and either says what it saw or stays silent. The first that refuses or accepts has the last
word; those that hold add up, so that a moderator sees all of their reasons. A new rule is one function and one line.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from cms.comments import signs
from cms.comments.errors import CommentsClosed, RepeatedComment
from cms.comments.models import CommentStatus, ScreeningVerdict
from cms.comments.scoring import Score
from cms.kernel.comment_policy import CommentModeration
from cms.kernel.errors import DomainError, Required, TooLong
from cms.kernel.text import fold

ACCEPT, HOLD, REJECT = ScreeningVerdict.ACCEPT, ScreeningVerdict.HOLD, ScreeningVerdict.REJECT
#: The rule that holds a comment while nobody but Akismet has to be waited for.
AWAITS_AKISMET = "awaits_akismet"
MAX_LINKS = 2
#: From which score on a comment is read first. On the labelled sample (`make spam`) nothing that a reader said comes as
#: far, and two thirds of the advertising do: a reader's voice weighs more than one advertisement.
SPAM_SCORE = 7.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """A comment at the door, with all that the rules may know of it.

    Attributes:
        typed: what was typed, whole.
        text: the plain text of it.
        links: where its links lead.
        name: what the writer is called; `url` is the address they gave with it.
        is_colleague: the writer is signed in, or contributes to the article.
        is_known: a comment of the writer was approved before.
        is_repeated: the same person said the same here within a day.
        staff_names: skeletons of the names of those who work or write here.
        score: what moderators' decisions make of it; None while they taught too little.
        is_asked_about: Akismet is asked what it makes of comments.
    """

    typed: str
    text: str
    name: str
    max_length: int
    links: tuple[str, ...] = ()
    url: str | None = None
    is_open: bool = True
    mode: CommentModeration = CommentModeration.AFTER_PUBLICATION
    is_colleague: bool = False
    is_known: bool = False
    is_repeated: bool = False
    staff_names: frozenset[str] = frozenset()
    score: Score | None = None
    is_asked_about: bool = False


Look = Callable[[Incoming], str | None]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. `why` is the reason for having it; `error` is what a writer who is refused is told with."""

    name: str
    verdict: ScreeningVerdict
    look: Look
    why: str
    error: type[DomainError] = DomainError
    path: tuple[str, ...] = ()


class Signal(NamedTuple):
    """What one rule said; `detail` is what it saw."""

    rule: str
    verdict: ScreeningVerdict
    detail: str


@dataclass(frozen=True, slots=True)
class Screening:
    """What comes of it: the status, what each rule said, and the first that holds the comment, if any."""

    status: CommentStatus
    signals: tuple[Signal, ...]
    held_by: Signal | None


def screen(incoming: Incoming) -> Screening:
    """Ask the rules.

    Raises:
        DomainError: a rule refuses the comment; the class is the rule's.
    """
    signals: list[Signal] = []
    for rule in RULES:
        seen = rule.look(incoming)
        if seen is None:
            continue
        if rule.verdict is REJECT:
            raise rule.error(seen, rule.path)
        signals.append(Signal(rule.name, rule.verdict, seen))
        if rule.verdict is ACCEPT:
            break
    held_by = next((signal for signal in signals if signal.verdict is HOLD), None)
    return Screening(CommentStatus.PENDING if held_by else CommentStatus.APPROVED, tuple(signals), held_by)


def refuse(incoming: Incoming) -> None:
    """Ask only the rules that refuse, for comments about which everything else was decided elsewhere.

    Raises:
        DomainError: as `screen`.
    """
    for rule in REFUSALS:
        seen = rule.look(incoming)
        if seen is not None:
            raise rule.error(seen, rule.path)


def _closed(comment: Incoming) -> str | None:
    return None if comment.is_open else "Comments are closed here: read on, there is nothing to send any more."


def _empty(comment: Incoming) -> str | None:
    return None if signs.says_something(comment.text) else "Write something: nothing of this can be seen."


def _too_long(comment: Incoming) -> str | None:
    length, most = len(comment.typed), comment.max_length
    return f"The comment has {length} characters, and {most} are kept: shorten it." if length > most else None


def _repeated(comment: Incoming) -> str | None:
    return "You said this here already: there is no need to send it again." if comment.is_repeated else None


def _colleague(comment: Incoming) -> str | None:
    return "works here or contributed to the article" if comment.is_colleague else None


def _everything(comment: Incoming) -> str | None:
    return "every comment here is read first" if comment.mode is CommentModeration.BEFORE_PUBLICATION else None


def _first_comment(comment: Incoming) -> str | None:
    is_asked = comment.mode is CommentModeration.FIRST_COMMENT_ONLY
    return "no comment of this writer was approved yet" if is_asked and not comment.is_known else None


def _many_links(comment: Incoming) -> str | None:
    count = len(comment.links) + signs.bare_addresses(comment.text)
    return f"has {count} links" if count > MAX_LINKS else None


def _sales_talk(comment: Incoming) -> str | None:
    phrase = signs.sales_talk(_folded(comment))
    return f"says “{phrase}”" if phrase else None


def _advertising(comment: Incoming) -> str | None:
    word = signs.commerce(_folded(comment)) or signs.commerce(fold(comment.name))
    target = next(iter((*comment.links, *filter(None, [comment.url]))), None)
    return f"says “{word}” and leads to {target}" if word and target else None


def _insult(comment: Incoming) -> str | None:
    word = signs.insult(_folded(comment))
    return f"says “{word}”" if word else None


def _shouting(comment: Incoming) -> str | None:
    return "is written in capitals" if signs.shouts(comment.text) else None


def _staff_name(comment: Incoming) -> str | None:
    is_borrowed = signs.skeleton(comment.name) in comment.staff_names
    return "the name looks like that of somebody who works here" if is_borrowed else None


def _hidden_characters(comment: Incoming) -> str | None:
    return "has invisible characters inside words" if signs.hides_inside_words(comment.text) else None


def _looks_like_spam(comment: Incoming) -> str | None:
    score = comment.score
    if score is None or score.value < SPAM_SCORE:
        return None
    return f"scores {score.value:.1f}, mostly for {', '.join(f'“{reason}”' for reason in score.reasons)}"


def _awaits_akismet(comment: Incoming) -> str | None:
    return "Akismet was asked about it" if comment.is_asked_about else None


def _folded(comment: Incoming) -> str:
    return fold(signs.without_unseen(comment.text))


RULES: tuple[Rule, ...] = (
    Rule("closed", REJECT, _closed, "A conversation that its editors ended has ended.", CommentsClosed),
    Rule("empty", REJECT, _empty, "Nothing is no comment, whatever invisible signs it has.", Required, ("body",)),
    Rule("too_long", REJECT, _too_long, "Nothing is ever cut, so what does not fit is refused.", TooLong, ("body",)),
    Rule("repeated", REJECT, _repeated, "An impatient second click is no second opinion.", RepeatedComment, ("body",)),
    Rule("colleague", ACCEPT, _colleague, "Whoever answers for the article should not wait for leave to answer."),
    Rule("before_publication", HOLD, _everything, "The editors want to read everything first."),
    Rule("first_comment", HOLD, _first_comment, "Most of what is unwanted comes from people who come once."),
    Rule("many_links", HOLD, _many_links, "Two links are sources; more are mostly for sale."),
    Rule("sales_talk", HOLD, _sales_talk, "Nobody but a seller talks like this."),
    Rule("advertising", HOLD, _advertising, "A word of trade beside an address is advertising until somebody looked."),
    Rule("insult", HOLD, _insult, "Said in anger, it is better read by one moderator than by everybody."),
    Rule("shouting", HOLD, _shouting, "Capitals make a page unreadable for all."),
    Rule("staff_name", HOLD, _staff_name, "Nobody should speak for the publication who does not work for it."),
    Rule("hidden_characters", HOLD, _hidden_characters, "Invisible characters get words past rules such as these."),
    Rule("looks_like_spam", HOLD, _looks_like_spam, "It is like what moderators here called spam before."),
    # Last, so that it is the one that holds a comment only where no other does; see `akismet`.
    Rule(AWAITS_AKISMET, HOLD, _awaits_akismet, "What was shown for a minute was read."),
)
REFUSALS = tuple(rule for rule in RULES if rule.verdict is REJECT)
