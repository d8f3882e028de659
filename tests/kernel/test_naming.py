"""Paths made by templates, and read back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cms.kernel.naming import names_in, path_at

_SEGMENT = st.text(alphabet="abcä-019", min_size=1, max_size=5)
_TEMPLATES = ["/{slug}", "/articles/{slug}", "/{locale}/{slug}", "/{slug}/read", "/a/{locale}/b/{slug}/c"]


@given(template=st.sampled_from(_TEMPLATES), slug=_SEGMENT, locale=_SEGMENT)
def test_what_a_template_makes_is_read_back(template: str, slug: str, locale: str) -> None:
    """Else somebody is told that a path is free at which content stands."""
    held = locale if "{locale}" in template else ""
    assert names_in(template, path_at(template, slug, held)) == (slug, held)


@pytest.mark.parametrize(
    ("template", "path"),
    [
        *(
            ("/articles/{slug}", path)
            for path in ("/articles", "/articles/", "/topics/a", "/articles/a/b", "articles/a")
        ),
        *(("/{locale}/{slug}", path) for path in ("/a", "//a", "/a/", "/")),
        ("/articles/{slug}", "/articles/{locale}"),
    ],
)
def test_another_path_holds_no_names(template: str, path: str) -> None:
    """A path that only looks like one of ours."""
    assert names_in(template, path) is None
