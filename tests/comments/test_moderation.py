"""The house rules, rule by rule: what each sees, and what it leaves alone."""

from dataclasses import replace

import pytest

from cms.comments.bodies import read_body
from cms.comments.errors import CommentsClosed, RepeatedComment
from cms.comments.models import CommentStatus, ScreeningVerdict
from cms.comments.moderation import RULES, Incoming, Screening, refuse, screen
from cms.comments.scoring import Score
from cms.comments.signs import skeleton
from cms.kernel.comment_policy import CommentModeration
from cms.kernel.errors import DomainError, Required, TooLong
from seed.content import load_content
from seed.model import Comment


def incoming(body: str, **known: object) -> Incoming:
    """A comment by somebody unremarkable, under comments that are shown at once."""
    read = read_body(body, 5000)
    plain = Incoming(
        typed=read.typed, text=read.rendered.text, links=read.links, name="Wren", max_length=5000, is_known=True
    )
    return replace(plain, **known)  # type: ignore[arg-type] # the tests say which


def rules_of(screening: Screening) -> list[str]:
    """Which rules spoke."""
    return [signal.rule for signal in screening.signals]


@pytest.mark.parametrize(
    ("comment", "error", "path"),
    [
        (incoming("Well said.", is_open=False), CommentsClosed, ()),
        (incoming(" \n\t "), Required, ("body",)),
        (incoming("\u200b\u200d\u2060"), Required, ("body",)),
        (incoming("\u0301\u0301"), Required, ("body",)),
        (incoming("five!", max_length=4), TooLong, ("body",)),
        (incoming("Well said.", is_repeated=True), RepeatedComment, ("body",)),
        (incoming("", is_open=False, is_colleague=True), CommentsClosed, ()),
    ],
)
def test_refused(comment: Incoming, error: type[DomainError], path: tuple[str, ...]) -> None:
    """What must not be stored would be, or its writer would not learn why."""
    for ask in (screen, refuse):
        with pytest.raises(error) as refusal:
            ask(comment)
        assert (type(refusal.value), refusal.value.path) == (error, path)


@pytest.mark.parametrize(
    ("comment", "rules"),
    [
        (incoming("https://a.example https://b.example https://c.example"), ["many_links"]),
        (incoming("[a](https://a.example) and https://b.example, also www.c.example"), ["many_links"]),
        (incoming("You will find the best price there."), ["sales_talk"]),
        (incoming("Please VISIT  MY page"), ["sales_talk"]),
        (incoming("V\u200bisit my page"), ["sales_talk", "hidden_characters"]),
        (incoming("He is honest. Contact him today on WhatsApp!"), ["sales_talk"]),
        (incoming("Schreiben Sie uns gern per WhatsApp"), ["sales_talk"]),
        (incoming("Approved in a day, no credit check"), ["sales_talk"]),
        (incoming("Click here: https://shoes.example"), ["advertising"]),
        (incoming("I earn money, and so can you", url="https://shoes.example"), ["advertising"]),
        (incoming("Hoy 30% de descuento: https://zapatos.example"), ["advertising"]),
        (incoming("Livraison gratuite", url="https://souliers.example"), ["advertising"]),
        (incoming("Drops.", score=Score(7.0, ("drops", "sign: link"))), ["looks_like_spam"]),
        (incoming("Drops.", is_asked_about=True), ["awaits_akismet"]),
        (incoming("40 % off, see https://shoes.example"), ["advertising"]),
        (incoming("With a discount!", url="https://shoes.example"), ["advertising"]),
        (incoming("Lovely.", name="Shoe Outlet", url="https://shoes.example"), ["advertising"]),
        (incoming("What an IDIOT you are"), ["insult"]),
        (incoming("THIS IS WHAT I HAVE BEEN SAYING ALL ALONG"), ["shouting"]),
        (
            incoming("Thank you.", name="Ad\u0430eze  Farr0w", staff_names=frozenset([skeleton("Adaeze Farrow")])),
            ["staff_name"],
        ),
        (incoming("Thank you.", name="PEG ÁNSTY", staff_names=frozenset([skeleton("Peg Ansty")])), ["staff_name"]),
        (incoming("Well said.", mode=CommentModeration.BEFORE_PUBLICATION), ["before_publication"]),
        (incoming("Well said.", mode=CommentModeration.FIRST_COMMENT_ONLY, is_known=False), ["first_comment"]),
    ],
)
def test_held(comment: Incoming, rules: list[str]) -> None:
    """What a person should look at first would be shown, or for a reason that no moderator could follow."""
    screening = screen(comment)

    assert rules_of(screening) == rules
    assert screening.status is CommentStatus.PENDING
    assert screening.held_by == screening.signals[0]
    assert {signal.verdict for signal in screening.signals} == {ScreeningVerdict.HOLD}


@pytest.mark.parametrize(
    "comment",
    [
        incoming("Well said."),
        incoming("🙂"),
        incoming("five!", max_length=5),
        incoming("https://a.example and https://b.example"),
        incoming("A discount on kindness would be no bargain."),
        incoming("“Click here”, it said. I laughed at him."),
        incoming("Work from home is fine for those who have one."),
        incoming("Order now, think later: that is how the town bought those buses."),
        incoming("We write the minutes. My neighbours are on WhatsApp."),
        incoming("I asked for credit. The bank is here: https://bank.example"),
        incoming("Drops.", score=Score(6.99, ("drops",))),
        incoming("See https://library.example for the shelf I mean."),
        incoming("NASA and the BBC said SO in 2019."),
        incoming("The scumbler is a brush; idiotic, I know."),
        incoming("می\u200cخواهم", name="نگار"),
        incoming("👩\u200d🌾 grew it"),
        incoming("Thank you.", name="Ada", staff_names=frozenset([skeleton("Adaeze Farrow")])),
        incoming("Well said.", mode=CommentModeration.FIRST_COMMENT_ONLY),
        incoming("Well said.", is_known=False),
    ],
)
def test_shown(comment: Incoming) -> None:
    """Harmless comments would wait for a moderator."""
    assert screen(comment) == Screening(CommentStatus.APPROVED, (), None)


def test_a_colleague_is_accepted_whatever_the_rules_would_say() -> None:
    """An author who answers with three sources would be held under their own article."""
    comment = incoming(
        "https://a.example https://b.example https://c.example",
        is_colleague=True,
        name="Adaeze Farrow",
        staff_names=frozenset([skeleton("Adaeze Farrow")]),
        mode=CommentModeration.BEFORE_PUBLICATION,
    )

    screening = screen(comment)

    assert (screening.status, rules_of(screening), screening.held_by) == (CommentStatus.APPROVED, ["colleague"], None)


def test_reasons_to_hold_add_up() -> None:
    """A moderator would see only the first of several reasons."""
    screening = screen(incoming("IDIOTS! BEST PRICE HERE: https://a.example https://b.example https://c.example"))

    assert rules_of(screening) == ["many_links", "sales_talk", "insult"]
    assert screening.signals[0].detail == "has 3 links"


def test_what_waits_for_akismet_is_held_by_that_only_where_nothing_else_holds_it() -> None:
    """A comment that a person should read would be shown because Akismet knows nothing of it."""
    score = Score(9.57, ("drops", "name: shop"))
    screening = screen(incoming("Drops.", score=score, is_asked_about=True))

    assert rules_of(screening) == ["looks_like_spam", "awaits_akismet"]
    assert screening.held_by == screening.signals[0]
    assert screening.signals[0].detail == "scores 9.6, mostly for “drops”, “name: shop”"


def sample_comments() -> list[Comment]:
    """Every comment of the sample content."""
    return [comment for article in load_content().articles for comment in article.comments]


@pytest.mark.parametrize("sample", sample_comments(), ids=lambda comment: comment.key)
def test_the_sample_comments_fare_as_expected(sample: Comment) -> None:
    """The sample advertisement would be shown, or a sample reader held."""
    names = frozenset(skeleton(author.name) for author in load_content().authors)
    is_colleague = sample.contributor is not None
    comment = incoming(sample.body, name=sample.name, url=sample.url, is_colleague=is_colleague, staff_names=names)

    screening = screen(comment)

    if sample.expect == "held":
        assert rules_of(screening) == ["many_links", "advertising"]
        assert screening.signals[1].detail == "says “40% off” and leads to https://stridewell.example.net/sale"
    else:
        assert screening.status is CommentStatus.APPROVED


def test_every_rule_has_a_name_of_its_own_and_a_reason() -> None:
    """A decision names its rule; two of one name could not be told apart."""
    assert len({rule.name for rule in RULES}) == len(RULES) == 16
    assert all(rule.why.endswith(".") for rule in RULES)
    refusing = {rule.name for rule in RULES if rule.error is not DomainError}
    assert refusing == {rule.name for rule in RULES if rule.verdict is ScreeningVerdict.REJECT}
