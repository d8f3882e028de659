"""What is stored of a comment's text, and that reading plain ones faster changes nothing."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cms.comments.bodies import _MARKUP, _document, read_body
from cms.kernel.errors import InvalidInput
from cms.richtext import from_comment


def test_a_body_in_every_form() -> None:
    """Readers, searches and screening would each see another comment."""
    body = read_body("  See *this*: https://a.example/x\r\n\r\n> a Quote ", 5000)

    assert body.typed == "See *this*: https://a.example/x\n\n> a Quote"
    assert body.rendered.text == "See this: https://a.example/x\n\na Quote"
    assert body.key == "see this: https://a.example/x a quote"
    assert body.links == ("https://a.example/x",)
    assert '<a href="https://a.example/x" rel="nofollow ugc noopener">' in body.rendered.html
    assert body.rendered.references == ()


def test_no_more_is_read_than_may_be_stored() -> None:
    """A very long comment would cost its whole reading before it is refused."""
    body = read_body("x" * 100_000, 10)

    assert (len(body.typed), body.rendered.text) == (100_000, "x" * 10)


@pytest.mark.parametrize("typed", ["a\x00b", "a\ud800b"])
def test_what_no_database_stores_is_refused(typed: str) -> None:
    """PostgreSQL would raise, and the caller would get a fault of ours."""
    with pytest.raises(InvalidInput) as refusal:
        read_body(typed, 5000)
    assert refusal.value.path == ("body",)


@settings(max_examples=400, deadline=None)
@given(
    st.text(max_size=60) | st.text(alphabet="ab \n.:/~`!#|-+1&;=^{}()@\"'$%\u00a0\u200b\u2028\ufeff\twh", max_size=60)
)
def test_plain_text_reads_like_markdown_without_markup(text: str) -> None:
    """A comment would look different from what its writer was promised."""
    typed = text.strip()
    if not _MARKUP.search(typed) and not any("\ud800" <= char <= "\udfff" for char in typed):
        assert _document(typed) == from_comment(typed)
