"""What a comment can be told by."""

import pytest

from cms.comments.traits import Remark, traits_of


@pytest.mark.parametrize(
    ("remark", "traits"),
    [
        (Remark(text="Tomatoes, TOMATOES and a rake", name=""), {"tomatoes", "and", "rake"}),
        (Remark(text="Straße ﬁt CAFÉ cafe\u0301", name=""), {"strasse", "fit", "café"}),
        (Remark(text="V\u200bisit", name=""), {"visit"}),
        (Remark(text="a" * 25 + " " + "b" * 24, name=""), {"b" * 24, "a" * 24}),
        (Remark(text="Иван и Ольга", name=""), {"иван", "ольга"}),
        (Remark(text="", name="Shoe Outlet24"), {"name: shoe", "name: outlet", "sign: number in the name"}),
        (
            Remark(
                text="see www.c.example/loan and https://a.example/credit",
                name="",
                links=("https://WWW.a.example/credit", "https://[broken"),
            ),
            {"see", "and", "link: a.example", "sign: link"},
        ),
        (Remark(text="", name="", url="https://b.example/x"), {"site: b.example", "sign: address of a site"}),
        (Remark(text="", name="", email="Ines@Mail.Example.org"), {"mail: mail.example.org"}),
        (
            Remark(text="12,000! 5 %? 7!", name=""),
            {f"sign: {name}" for name in ("large number", "number", "percentage", "question mark", "exclamation mark")}
            | {"sign: exclamation marks"},
        ),
        (
            Remark(text="WHAT A SHAME THIS REALLY IS", name=""),
            {"what", "shame", "this", "really", "is", "sign: capitals"},
        ),
        (Remark(text="🙂", name=""), set()),
    ],
)
def test_what_a_comment_is_told_by(remark: Remark, traits: set[str]) -> None:
    """The same word would be two, or its writer's trick make it another; or an address count as its words."""
    assert traits_of(remark) == traits


def test_a_long_comment_is_read_to_a_point() -> None:
    """Whoever sends a book would be examined for as long as it takes to read it."""
    remark = Remark(
        text="word " * 400 + "end", name="", links=tuple(f"https://{number}.example" for number in range(99))
    )

    assert traits_of(remark) == {"word", "sign: link", *(f"link: {number}.example" for number in range(5))}
