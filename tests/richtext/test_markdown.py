"""Markdown in and out: what each notation becomes, and how it is written again."""

import pytest

from cms.richtext import from_markdown, render
from tests.richtext.documents import ARTICLE, MEDIA

HEADER = "<tr><th>a</th><th>b</th></tr>"
SHORT_ROW = "<tr><td><em>c</em></td><td></td></tr>"
VIDEO = "https://www.youtube.com/watch?v=abcdefghijk"


def html_of(markdown: str) -> str:
    """The HTML of `markdown`."""
    return render(from_markdown(markdown)).html


@pytest.mark.parametrize(
    ("markdown", "html"),
    [
        ("# A", "<h2>A</h2>"),
        ("## A", "<h2>A</h2>"),
        ("#### A", "<h4>A</h4>"),
        ("###### A", "<h4>A</h4>"),
        ("a\nb", "<p>a b</p>"),
        ("a\\\nb", "<p>a<br>b</p>"),
        ("*a* **b** `c` ~~d~~", "<p><em>a</em> <strong>b</strong> <code>c</code> <s>d</s></p>"),
        ("H~2~O, x^2^", "<p>H<sub>2</sub>O, x<sup>2</sup></p>"),
        ("x{^n + *1*^}{~k~}", "<p>x<sup>n + <em>1</em></sup><sub>k</sub></p>"),
        ("~5 to ~10, 2^a b^", "<p>~5 to ~10, 2^a b^</p>"),
        ("[a](https://x.org)", '<p><a href="https://x.org" rel="noopener">a</a></p>'),
        ("[a](/b) [c](#d)", '<p><a href="/b">a</a> <a href="#d">c</a></p>'),
        (f"[a](article:{ARTICLE})", f'<p><a href="/id/{ARTICLE}">a</a></p>'),
        ("[a](relative.html)", "<p>a</p>"),
        ("**a [b](/c) d**", '<p><strong>a <a href="/c">b</a> d</strong></p>'),
        ("<b>a</b> &amp; &lt;", "<p>&lt;b&gt;a&lt;/b&gt; &amp; &lt;</p>"),
        ("<div>\n*a*\n</div>", "<p>&lt;div&gt; <em>a</em> &lt;/div&gt;</p>"),
        ("> a\n> > b\n>\n> c", "<blockquote><p>a</p><p>b</p><p>c</p></blockquote>"),
        ("- a\n  - b\n- c", "<ul><li>a<ul><li>b</li></ul></li><li>c</li></ul>"),
        ("- a\n\n  b", "<ul><li>a<br>b</li></ul>"),
        ("3. a\n4. b", '<ol start="3"><li>a</li><li>b</li></ol>'),
        (
            "1. a\n   ```\n   x\n   ```\n2. b",
            '<ol><li>a</li></ol>\n<pre><code>x</code></pre>\n<ol start="2"><li>b</li></ol>',
        ),
        ("- a\n\n1. b", "<ul><li>a</li></ul><ol><li>b</li></ol>"),
        ("```Python title\n<x>\n```", '<pre><code class="language-python">&lt;x&gt;</code></pre>'),
        ("    x\n\n    y", "<pre><code>x\n\ny</code></pre>"),
        ("***", "<hr>"),
        (
            f'![alt](media:{MEDIA} "cap")',
            f'<figure><img src="/media/id/{MEDIA}" alt="alt"><figcaption>cap</figcaption></figure>',
        ),
        (f"a ![b](media:{MEDIA}) c", f'<p>a</p>\n<figure><img src="/media/id/{MEDIA}" alt="b"></figure>\n<p>c</p>'),
        ("![alt](https://x.org/a.png)", '<p><a href="https://x.org/a.png" rel="noopener">alt</a></p>'),
        ("![alt](a.png)", "<p>alt</p>"),
        ("|a|b|\n|-|-|\n|*c*|", f"<table><thead>{HEADER}</thead><tbody>{SHORT_ROW}</tbody></table>"),
        (
            "<https://youtu.be/abcdefghijk?t=3>",
            f'<figure data-embed="youtube"><a href="{VIDEO}" rel="noopener">{VIDEO}</a></figure>',
        ),
        ("<https://x.org/v>", '<p><a href="https://x.org/v" rel="noopener">https://x.org/v</a></p>'),
    ],
)
def test_markdown_becomes_our_blocks(markdown: str, html: str) -> None:
    """A notation that is read otherwise changes articles on their way in."""
    assert html_of(markdown) == html


@pytest.mark.parametrize(
    "markdown",
    [
        "A *b* **c** ~~d~~ `e` H{~2~}O x{^2^}\n",
        "Two lines\\\nof *one* paragraph\n",
        "## Heading\n\n> one\n>\n> two\n\n***\n\n- a\n  - b\n    1. c\n- d\n\n```python\nx = 1\n```\n",
        f'[a](article:{ARTICLE}) and [b](https://x.org/)\n\n![alt](media:{MEDIA} "caption")\n',
        "| a | b |\n| --- | --- |\n| 1 | `x\\|y` |\n",
        "10. a\n    - b\n11. c\n",
        "**a *b* c**\n",
        "**_a_**\n",
        "1\\. not a list\n\n\\# not a heading\n\n\\- not an item\n\n\\*not emphasis\\*\n",
        "“Quotes” — dashes… non\u00a0break, 👩\u200d👩\u200d👧, שלום\n",
        "**「强调」**&#25991;字\n",
    ],
)
def test_our_own_markdown_is_written_as_it_was_read(markdown: str) -> None:
    """An export that rewrites untouched text makes a diff nobody asked for."""
    assert render(from_markdown(markdown)).markdown == markdown


def test_importers_map_foreign_images_and_links() -> None:
    """Without the callbacks an import would leave its images on the old server."""
    images = {"https://old.example/a.png": MEDIA}
    links = {"https://old.example/post": ARTICLE}
    asked: list[tuple[str, str]] = []

    def resolve_image(url: str, alt: str) -> str | None:
        asked.append((url, alt))
        return images.get(url)

    document = from_markdown(
        "![one](https://old.example/a.png)\n\n![two](https://old.example/b.png)\n\n[x](https://old.example/post)",
        resolve_image=resolve_image,
        resolve_link=links.get,
    )

    assert asked == [("https://old.example/a.png", "one"), ("https://old.example/b.png", "two")]
    assert render(document).references == (MEDIA, ARTICLE)
    assert render(document).text == "two\n\nx"


def test_the_same_text_has_the_same_keys_and_a_new_paragraph_changes_no_others() -> None:
    """Keys that move make a diff of two revisions show everything as changed."""
    before = from_markdown("one\n\ntwo\n\ntwo")
    after = from_markdown("zero\n\none\n\ntwo\n\ntwo")

    assert before == from_markdown("one\n\ntwo\n\ntwo")
    assert [block.key for block in after.blocks[1:]] == [block.key for block in before.blocks]
    assert len({block.key for block in after.blocks}) == 4
