"""Texts of posts: classic ones, whose white space is paragraphs, and those of the block editor."""

import pytest

from tests.transfer.wxr_texts import ARTICLE, converted, notes, shown

HARBOUR = "https://old.example/wp-content/uploads/harbour.jpg"


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("Flour\nwater\n\nSalt", "<p>Flour<br>water</p><p>Salt</p>"),
        ("Flour\r\nwater\r\n \r\nSalt", "<p>Flour<br>water</p><p>Salt</p>"),
        ("Flour<br />\nwater<br/><br/>Salt", "<p>Flour<br>water</p><p>Salt</p>"),
        ("<p>Flour\nwater</p>\n<p>Salt</p>", "<p>Flour<br>water</p><p>Salt</p>"),
        ("<em>Flour\n\nwater</em> and salt", "<p><em>Flour</em></p><p><em>water</em> and salt</p>"),
        ("Mix\n<strong>well</strong> \nand wait", "<p>Mix<br><strong>well</strong><br>and wait</p>"),
        ("Before\n<h2>Head</h2>\nAfter", "<p>Before</p><h2>Head</h2><p>After</p>"),
        ("<div>One\n\nTwo</div>Three", "<p>One</p><p>Two</p><p>Three</p>"),
        (
            "<blockquote>One\n\nTwo\n<cite>Ines</cite></blockquote>",
            "<blockquote><p>One</p><p>Two<br><em>Ines</em></p></blockquote>",
        ),
        ("One<!--more-->Two\n\n<!--nextpage-->\n\nThree", "<p>One</p><p>Two</p><p>Three</p>"),
        ("One\n<!-- a remark -->\nTwo", "<p>One</p><p>Two</p>"),
        ("<ul>\n\t<li>a\nb\n<ol>\n\t<li>c</li>\n</ol>\n</li>\n</ul>", "<ul><li>a<br>b<ol><li>c</li></ol></li></ul>"),
        ("<address>1 Mill Lane\nAtown</address>", "<p>1 Mill Lane<br>Atown</p>"),
        ("<pre>\n  a\n\n  b &lt;i&gt;\n</pre>x", "<pre><code>  a\n\n  b &lt;i&gt;\n</code></pre><p>x</p>"),
        ("<pre>a [caption] [[gallery]]</pre>", "<pre><code>a [caption] [gallery]</code></pre>"),
        ("Run\n<code>a\n  b</code>\nnow", "<p>Run</p><pre><code>a\n  b</code></pre><p>now</p>"),
        ("Run <code>a --b</code> now", "<p>Run <code>a --b</code> now</p>"),
    ],
)
def test_white_space_of_a_classic_post_makes_paragraphs(html: str, expected: str) -> None:
    """An old post has no paragraphs of its own; read as HTML it would be one block of text, a poem one line."""
    assert shown(html) == expected


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<h1>a</h1><h5>b</h5>", "<h2>a</h2><h4>b</h4>"),
        ("<dl><dt>Rye</dt><dd>Dark.</dd></dl>", "<p><strong>Rye</strong></p><p>Dark.</p>"),
        ("H<sub>2</sub>O x<sup>2</sup>", "<p>H<sub>2</sub>O x<sup>2</sup></p>"),
        ("<del>no</del> <ins>yes</ins> <q>so</q>", "<p><s>no</s> yes “so”</p>"),
        ("<abbr>Mr</abbr> &amp; &#8220;co&#8221; 🙂", "<p>Mr &amp; “co” 🙂</p>"),
        ('<p dir="rtl" style="text-align:right">שלום עולם</p>', "<p>שלום עולם</p>"),
        ('<p class="has-text-align-center alignleft">a</p><center>b</center>', "<p>a</p><p>b</p>"),
        ("<b><i>a</b> b</i> c</em></p>", "<p><strong><em>a</em></strong> b c</p>"),
        ("<ol start=3><li>a<li>b</ol>", '<ol start="3"><li>a</li><li>b</li></ol>'),
        ("1 < 2 <3 a<b", "<p>1 &lt; 2 &lt;3 a&lt;b</p>"),
        ("a<hr/>b", "<p>a</p><hr><p>b</p>"),
        ('<a href="https://old.example/2011/05/bread/">bread</a>', f'<p><a href="/id/{ARTICLE}">bread</a></p>'),
        ('<a href="/?p=12">it</a>', f'<p><a href="/id/{ARTICLE}">it</a></p>'),
        ('<a href="/a?x=1&amp;copy=2">a</a>', '<p><a href="/a?x=1&amp;copy=2">a</a></p>'),
        ('<a href="/a?x=1&copy=2">a</a>', '<p><a href="/a?x=1&amp;copy=2">a</a></p>'),
        ('<img class="wp-smiley" src="x.gif" alt=":)"> hm', "<p>:) hm</p>"),
    ],
)
def test_markup_of_an_article_is_kept(html: str, expected: str) -> None:
    """What an editor marked is part of what was said; what only decorates it is not."""
    assert shown(html) == expected
    assert notes(html) == []


TABLE = (
    "<table><caption>Loaves</caption><thead><tr><th>Town</th><th colspan=2>Days</th></tr></thead>"
    "<tr><td rowspan=2>Atown</td><td>Mon</td><td>4</td></tr><tr><td>Tue</td><td>5</td></tr></table>"
)


def test_a_table_keeps_its_caption_and_its_columns() -> None:
    """A cell that spans others shifts all cells after it, and a figure then stands under somebody else's name."""
    assert shown(TABLE) == (
        "<p>Loaves</p><table><thead><tr><th>Town</th><th>Days</th><th></th></tr></thead>"
        "<tbody><tr><td>Atown</td><td>Mon</td><td>4</td></tr><tr><td></td><td>Tue</td><td>5</td></tr></tbody></table>"
    )
    assert notes(TABLE) == ["merged cells of a table parted"]
    assert notes("<table><tr><td>a</td></tr></table>") == ["first row of a table became its head"]
    assert notes("<table><thead><tr><td>a</td></tr></thead><tr><td>b</td></tr></table>") == []
    assert notes("<table><tr><td></td><th>Mon</th><th>Tue</th></tr></table>") == []


def test_the_head_of_a_row_stands_out_still() -> None:
    """Whose figures a row holds is said by its first cell, which looked like the head that it was."""
    html = "<table><tr><th>Town</th><td>Atown</td></tr><tr><th>Mill <i>by</i> day</th><td>4</td></tr></table>"

    assert shown(html) == (
        "<table><thead><tr><th>Town</th><th>Atown</th></tr></thead>"
        "<tbody><tr><td><strong>Mill <em>by</em> day</strong></td><td>4</td></tr></tbody></table>"
    )
    assert notes(html) == ["first row of a table became its head"]


IMAGE = f'<img class="alignleft wp-image-7" src="{HARBOUR}" alt="Boats" />'
NEVER_ENDED = '<figure><img src="HARBOUR" alt="Boats"><figcaption>never ended</figcaption></figure>'
BOATS = '<figure><img src="HARBOUR" alt="Boats"></figure>'


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        (IMAGE, BOATS),
        (f"a {IMAGE} b", f"<p>a</p>{BOATS}<p>b</p>"),
        (IMAGE.replace("harbour", "harbour-300x200"), BOATS),
        (IMAGE.replace("jpg", "jpg?w=604"), BOATS),
        (f'<a href="{HARBOUR}"> {IMAGE}</a> b', f"{BOATS}<p>b</p>"),
        (
            f"<figure>{IMAGE}<figcaption>Ebb <b>tide</b><br>at <i>six</i></figcaption></figure>b",
            '<figure><img src="HARBOUR" alt="Boats"><figcaption>Ebb tide at six</figcaption></figure><p>b</p>',
        ),
        (
            f"<a href='/x'><span>{IMAGE}</span><figure>{IMAGE}<figcaption>a</a></figcaption></figure>b",
            f'{BOATS}<figure><img src="HARBOUR" alt="Boats"><figcaption>a</figcaption></figure><p>b</p>',
        ),
        (
            f"<figure><a href='/x'>see {IMAGE}</a><figcaption>never ended</figure>b",
            f'<p><a href="/x">see</a></p>{NEVER_ENDED}<p>b</p>',
        ),
        (f"<figure>{IMAGE}<figcaption>never ended</figure>b", f"{NEVER_ENDED}<p>b</p>"),
    ],
)
def test_an_image_of_ours_stands_where_it_stood(html: str, expected: str) -> None:
    """An image that is lost, or parted from its caption, is what people notice first of an import."""
    assert shown(html) == expected
    assert converted(html).attachments == (7,)


def test_an_image_that_is_not_ours_becomes_a_link() -> None:
    """It cannot be shown, since no image of another site is, and its words have to stay."""
    html = '<figure><img src="https://x.example/a%20b.png"><figcaption>The words</figcaption></figure>'

    link = '<a href="https://x.example/a%20b.png" rel="noopener">a b.png</a>'
    assert shown(html) == f"<p>{link}</p><p>The words</p>"
    assert notes(html) == ["image kept as a link"]
    assert notes('<img src="javascript:x" alt="a">') == ["image without a usable address dropped"]


def test_what_a_link_around_an_image_or_in_a_caption_led_to_is_reported() -> None:
    """Neither can be kept, and the editor who wants it back has to know where to look."""
    caption = f'<figure>{IMAGE}<figcaption>See <a href="/x">this</a></figcaption></figure>'

    assert notes(f'<a href="https://x.example/page">{IMAGE}</a>') == [
        "link around an image dropped, since images lead nowhere here"
    ]
    assert notes(f'<a href="{HARBOUR}">{IMAGE}</a>') == []
    assert notes(caption) == ["link in a caption dropped, its words stay"]
    assert notes('<a href="javascript:alert(1)">a</a>') == ["link to an address that cannot be kept, its text stays"]


FILM = '<figure data-embed="youtube"><a href="{0}" rel="noopener">{0}</a></figure>'.format(
    "https://www.youtube.com/watch?v=abcdefghijk"
)


OLD = "http://www.youtube.com/v/abcdefghijk"


@pytest.mark.parametrize(
    ("html", "expected", "note"),
    [
        ("a\nhttps://youtu.be/abcdefghijk\nb", f"<p>a</p>{FILM}<p>b</p>", None),
        ("<p>https://youtu.be/abcdefghijk</p>", FILM, None),
        ("https://x.example/a", '<p><a href="https://x.example/a" rel="noopener">https://x.example/a</a></p>', None),
        (
            "https://www.flickr.com/p/1",
            '<p><a href="https://www.flickr.com/p/1" rel="noopener">https://www.flickr.com/p/1</a></p>',
            "embed of flickr.com kept as a link",
        ),
        ("see https://youtu.be/abcdefghijk", "<p>see https://youtu.be/abcdefghijk</p>", None),
        ("<iframe src='//www.youtube.com/embed/abcdefghijk'>old</iframe>", FILM, None),
        (
            f"<object data='{OLD}'><param name='movie' value='{OLD}'><embed src='{OLD}'></object>",
            FILM,
            None,
        ),
        (
            "<video><source src='/a%20b.mp4'>Your browser is old</video>c",
            '<p><a href="/a%20b.mp4">a b.mp4</a></p><p>c</p>',
            "video kept as a link",
        ),
        (
            "<iframe src='https://maps.example/1'></iframe>",
            '<p><a href="https://maps.example/1" rel="noopener">https://maps.example/1</a></p>',
            "frame of maps.example kept as a link",
        ),
    ],
)
def test_what_plays_becomes_an_embed_or_a_link(html: str, expected: str, note: str | None) -> None:
    """A film is why many posts were written; that it was there must not be lost, however it was put in."""
    assert shown(html) == expected
    assert notes(html) == ([note] if note else [])


NO_BREAK = "\N{NO-BREAK SPACE}"


def block(name: str, inner: str, settings: str = "") -> str:
    """A block as the editor writes it."""
    return f"<!-- wp:{name} {settings and settings + ' '}-->\n{inner}\n<!-- /wp:{name} -->\n\n"


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        (block("paragraph", "<p>one\ntwo</p>"), "<p>one two</p>"),
        (
            block("group", f'<div class="wp-block-group">{block("paragraph", "<p>a</p>")}</div>'),
            "<p>a</p>",
        ),
        (
            block("columns", block("column", "<div><p>a</p></div>") + block("column", "<div><p>b</p></div>")),
            "<p>a</p><p>b</p>",
        ),
        (
            block("buttons", '<div><div class="wp-block-button"><a href="/x">Buy</a></div><div><a>No</a></div></div>'),
            '<p><a href="/x">Buy</a></p><p>No</p>',
        ),
        (block("more", "<!--more-->") + block("html", "<p>x</p>"), "<p>x</p>"),
        (block("code", "<pre class='wp-block-code'><code>a&lt;b</code></pre>"), "<pre><code>a&lt;b</code></pre>"),
        (block("preformatted", "<pre>a  b</pre>"), "<pre><code>a  b</code></pre>"),
        (
            block("verse", "<pre class='wp-block-verse'>Roses\n\tViolets <i> or</i><br> Rye</pre>"),
            f"<p>Roses<br>{4 * NO_BREAK}Violets <em>or</em><br>{NO_BREAK}Rye</p>",
        ),
        (
            block("pullquote", "<figure><blockquote><p>a</p><cite>Ines</cite></blockquote></figure>"),
            "<blockquote><p>a</p><p><em>Ines</em></p></blockquote>",
        ),
        (block("separator", "<hr class='is-style-dots'/>") + block("spacer", "<div aria-hidden></div>"), "<hr>"),
        (
            block(
                "table", "<figure><table><tr><th>a</th></tr></table><figcaption>The <b>cap</b></figcaption></figure>"
            ),
            "<table><thead><tr><th>a</th></tr></thead></table><p>The <strong>cap</strong></p>",
        ),
        (
            block("list", "<ul>" + block("list-item", "<li>a<ul><li>b</li></ul></li>") + "</ul>"),
            "<ul><li>a<ul><li>b</li></ul></li></ul>",
        ),
        (
            block("file", "<div><a href='/a.pdf'>Plan</a><a href='/a.pdf' class='wp-block-file__button'>Get</a></div>"),
            '<p><a href="/a.pdf">Plan</a> <a href="/a.pdf">Get</a></p>',
        ),
        (
            block(
                "embed", "<figure><div>\nhttps://youtu.be/abcdefghijk\n</div><figcaption>a<br></figcaption></figure>"
            ),
            f"{FILM}<p>a</p>",
        ),
        ('<!-- wp:embed {"url":"https://youtu.be/abcdefghijk"} /-->', FILM),
        (block("paragraph", "<p>a</p>") + "loose\n\ntext", "<p>a</p><p>loose</p><p>text</p>"),
        ('<!-- wp:x {"a": [not json --><p>a</p>', "<p>a</p>"),
    ],
)
def test_blocks_of_the_editor_become_ours(html: str, expected: str) -> None:
    """The comments around blocks are no words, and a newline inside a block is no line."""
    assert shown(html) == expected
    assert notes(html) == []


def test_images_of_blocks_keep_captions_and_order() -> None:
    """A gallery is a list of figures in HTML, and has to be its images here, with the gallery's words after them."""
    figures = [f'<figure><img src="{HARBOUR}" data-id="{n}"/><figcaption>No {n}</figcaption></figure>' for n in (3, 4)]
    old = "".join(f'<li class="blocks-gallery-item">{figure}</li>' for figure in figures)
    old = f'<ul class="wp-block-gallery">{old}</ul>'
    new = f'<figure class="wp-block-gallery">{"".join(figures)}<figcaption>Both</figcaption></figure>'

    each = '<figure><img src="HARBOUR" alt=""><figcaption>No {}</figcaption></figure>'
    assert shown(block("gallery", old)) == each.format(3) + each.format(4)
    assert shown(block("gallery", new)) == f"{each.format(3)}{each.format(4)}<p>Both</p>"
    assert converted(block("gallery", new, '{"ids":[3,4,5]}')).attachments == (3, 4, 5)


def test_a_cover_shows_its_picture_once() -> None:
    """Old covers have it in their settings alone, new ones in both places."""
    settings = f'{{"url":"{HARBOUR}","id":7}}'
    image = f'<img class="wp-block-cover__image-background" src="{HARBOUR}"/>'

    expected = '<figure><img src="HARBOUR" alt=""></figure><p>Words on it</p>'
    for inner in ("<div><p>Words on it</p></div>", f"<div>{image}<p>Words on it</p></div>"):
        assert shown(block("cover", inner, settings)) == expected
    assert converted(block("cover", "<p>a</p>", settings)).attachments == (7,)
    assert converted(block("media-text", "<p>a</p>", '{"mediaId":9,"id":"x"}')).attachments == (9,)


def test_blocks_that_wordpress_fills_are_reported() -> None:
    """They are empty in the export; without a word, an editor would look for what was there."""
    html = '<!-- wp:latest-posts {"postsToShow":3} /--><!-- wp:tag-cloud /--><!-- wp:spacer /--><!-- wp:tag-cloud /-->'
    assert notes(html) == [
        "block [latest-posts] dropped, since WordPress filled it for every reader",
        "block [tag-cloud] dropped, since WordPress filled it for every reader",
    ]
    assert notes("<!-- wp:nextpage -->\n<!--nextpage-->\n<!-- /wp:nextpage -->") == [
        "pages of the post joined into one"
    ]
    assert notes("<ol reversed><li>a</ol>") == ["numbers of a list that ran backwards run forwards"]


def test_what_showed_only_under_the_mouse_is_reported() -> None:
    """It is where a text says what a shortened word means, and there is no mark for it here."""
    html = '<abbr title="Mister">Mr</abbr> <acronym title="for example">e.g.</acronym> <abbr>etc</abbr>'

    assert shown(html) == "<p>Mr e.g. etc</p>"
    assert notes(html) == ["what an abbreviation stands for left out, since it showed only under the mouse"]
    assert notes("<abbr>etc</abbr>") == []
