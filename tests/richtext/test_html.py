"""HTML in: pages of the world, and what WordPress leaves behind."""

import pytest

from cms.richtext import from_html, render
from tests.richtext.documents import MEDIA


@pytest.mark.parametrize(
    ("html", "markdown"),
    [
        ("<h1>A</h1><h5>B</h5>", "## A\n\n#### B\n"),
        ("one\n\ntwo\nthree", "one\n\ntwo three\n"),
        ("a<br>b<br/>c", "a\\\nb\\\nc\n"),
        ("<p>a\n\n  b</p>", "a b\n"),
        ("<p>a <b> b </b>c</p>", "a **b** c\n"),
        ("<p>a</p>&nbsp;<p> </p><div>b</div>", "a\n\nb\n"),
        ("<div>a<p>b</p>c</div>", "a\n\nb\n\nc\n"),
        ("<i>a<b>b</i>c</b>", "_a**b**_&#99;\n"),
        ("<ul><li>a<ol><li>b</ol><li>c</ul>", "- a\n  1. b\n- c\n"),
        ("<ol start=3><li>a<li>b</ol>", "3. a\n4. b\n"),
        ("<ol><li><p>a</p><p>b</p></ol>", "1. a\\\n   b\n"),
        ("<blockquote>a<p>b</p></blockquote>", "> a\n>\n> b\n"),
        ("<pre><code class='x language-js'>a\n  &lt;b&gt;\n</code></pre>", "```js\na\n  <b>\n\n```\n"),
        ("<pre>a<br>b</pre>", "```\na\nb\n```\n"),
        ("<table><tr><td>a<td>b<tr><td><p>c</p><p>d</p></table>", "| a | b |\n| --- | --- |\n| c&#10;d |  |\n"),
        (
            f"<figure><img src='/media/id/{MEDIA}' alt=a><figcaption>b <i>c</i></figcaption></figure>",
            f'![a](media:{MEDIA} "b c")\n',
        ),
        ("<img src='https://x.org/a.png' alt=a>", "[a](https://x.org/a.png)\n"),
        ("<script>a</script><style>b</style><svg>c</svg><p>d</p><noscript>e</noscript>", "d\n"),
        ("<custom-tag>a <font color=red>b</font></custom-tag>", "a b\n"),
        (
            "<iframe src='//www.youtube.com/embed/abcdefghijk?rel=0'>x</iframe>",
            "<https://www.youtube.com/watch?v=abcdefghijk>\n",
        ),
        ("<iframe src='https://maps.example/x'>y</iframe>", "[https://maps.example/x](https://maps.example/x)\n"),
        ("a\n\nhttps://vimeo.com/123\n\nb", "a\n\n<https://vimeo.com/123>\n\nb\n"),
        ("<figure class=wp-block-embed><div>\nhttps://vimeo.com/123\n</div></figure>", "<https://vimeo.com/123>\n"),
        ("<p>see https://vimeo.com/123</p>", "see https://vimeo.com/123\n"),
        ("a <!-- b --> c", "a c\n"),
        ("H<sub>2</sub>O <del>x</del> <kbd>y</kbd>", "H{~2~}O ~~x~~ `y`\n"),
        (
            "<p>“é” — 👩\u200d👧 \u05e9\u05dc\u05d5\u05dd&nbsp;x</p>",
            "“é” — 👩\u200d👧 \u05e9\u05dc\u05d5\u05dd\u00a0x\n",
        ),
        ("", ""),
    ],
)
def test_html_becomes_our_blocks(html: str, markdown: str) -> None:
    """A page read otherwise loses words, or gains words that no reader saw."""
    assert render(from_html(html)).markdown == markdown


def test_line_breaks_of_old_posts_are_kept_when_asked_for() -> None:
    """A poem typed into an old WordPress has no tags at all; joined lines would ruin it."""
    html = "Roses are <em>red</em>\nViolets\n\nEnd <p>a\nb</p>"

    assert render(from_html(html, keep_line_breaks=True)).markdown == "Roses are *red*\\\nViolets\n\nEnd\n\na b\n"
    assert render(from_html(html)).markdown == "Roses are *red* Violets\n\nEnd\n\na b\n"


def test_a_resolver_that_answers_nonsense_is_refused() -> None:
    """An id that is none would be stored, and every later read of it would fail."""
    with pytest.raises(ValueError, match="med_<uuid>"):
        from_html("<img src='https://x.org/a.png'>", resolve_image=lambda _url, _alt: "42")
