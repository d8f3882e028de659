"""Shortcodes: those of WordPress become what they showed, the others stay text and are reported."""

import pytest

from cms.richtext import render
from cms.richtext.blocks import Image
from cms.transfer.wxr.content import convert
from tests.transfer.wxr_texts import IMAGES, converted, notes, shown

IMAGE = '<img class="size-large" src="https://old.example/wp-content/uploads/harbour.jpg" alt="Boats" />'
CAPTIONED = '<figure><img src="HARBOUR" alt="Boats"><figcaption>Ebb &amp; flow</figcaption></figure>'
FILM = '<figure data-embed="vimeo"><a href="https://vimeo.com/123" rel="noopener">https://vimeo.com/123</a></figure>'


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        (f'a\n[caption id="attachment_8" width="300"]{IMAGE} Ebb &amp; <em>flow</em>[/caption]\nb', "CAPTIONED"),
        (f'a [caption id="attachment_8" caption="Ebb &amp; <i>flow</i>"]{IMAGE}[/caption] b', "CAPTIONED"),
        (f"a [caption id='attachment_8']<a href='/x.jpg'>{IMAGE}</a> Ebb &amp; flow[/caption]b", "CAPTIONED"),
        (f"a\n\n[wp_caption id=attachment_8]\n{IMAGE}\n\nEbb &amp; flow\n[/wp_caption]\n\nb", "CAPTIONED"),
        (f"a [caption id=attachment_8]{IMAGE} Ebb <strong>&amp; flow[/caption]</strong>b", "CAPTIONED"),
        (
            f"a [caption id=attachment_8]{IMAGE} [caption]{IMAGE} Ebb &amp; flow[/caption] out[/caption] b",
            '<p>a</p><figure><img src="HARBOUR" alt="Boats"></figure>CAPTIONED<p>out</p><p>b</p>',
        ),
        ("a [caption id=attachment_8]no image[/caption] b", "<p>a</p><p>no image</p><p>b</p>"),
        (
            "a [caption id=attachment_8 caption='words']no image[/caption]b",
            "<p>a</p><p>no image</p><p>words</p><p>b</p>",
        ),
    ],
)
def test_a_caption_stands_under_its_image(html: str, expected: str) -> None:
    """The words under an image would be a paragraph of the article, or gone, in its old form at that."""
    expected = "<p>a</p>CAPTIONED<p>b</p>" if expected == "CAPTIONED" else expected
    assert shown(html) == expected.replace("CAPTIONED", CAPTIONED)
    assert converted(html).attachments == (8,)
    assert notes(html) == []


def test_a_gallery_shows_the_images_that_are_known_by_their_numbers() -> None:
    """A gallery says nothing but numbers; without them the images of a travel report are gone, and their captions."""
    html = 'a\n[gallery columns="2" ids="8, 9"]\nb [gallery include=8 /]'

    image = '<figure><img src="MILL" alt=""><figcaption>Wind &amp; &lt;sails&gt;</figcaption></figure>'
    assert shown(html) == f"<p>a</p>{image}<p>b</p>{image}"
    assert converted(html).attachments == (8, 9)
    assert notes(html) == ["image of a gallery dropped, since nothing is known of it but its number"]
    assert notes("[gallery]") == ["gallery of all attachments of the post dropped"]
    assert shown("[gallery ids='8,8']") == image


def test_captions_of_galleries_do_not_grow_without_end() -> None:
    """Fifteen characters bring two thousand; a text made of them alone would fill the memory of a small machine."""
    found = convert("[gallery ids=8]" * 200, link=str, image=IMAGES.get, caption=lambda _: "w" * 2_000)

    captions = [block.caption for block in found.document.blocks if isinstance(block, Image)]
    assert captions == ["w" * 2_000] * 100 + [""] * 100
    assert found.notes == ("captions of galleries dropped, since they are longer than a text may be",)


def test_a_caption_that_is_too_long_becomes_a_paragraph() -> None:
    """Some tell a story below a picture; it has to be read somewhere."""
    found = convert("[gallery ids=8]", link=str, image=IMAGES.get, caption=lambda _: "word " * 500)

    assert [type(block).__name__ for block in found.document.blocks] == ["Image", "TextBlock"]
    assert render(found.document).word_count == 500


@pytest.mark.parametrize(
    ("html", "expected", "note"),
    [
        ("[embed width=300]https://vimeo.com/123[/embed]", FILM, None),
        ("[embed] <a href='x'>https://vimeo.com/123</a> [/embed]", FILM, None),
        ("[embed src='https://vimeo.com/123']", FILM, None),
        ("[vimeo 123]", FILM, None),
        ("[vimeo=https://vimeo.com/123&amp;w=1]", FILM, None),
        ("[video src='https://vimeo.com/123'][/video]", FILM, None),
        ('[audio mp3="/b.mp3"][/audio]', '<p><a href="/b.mp3">b.mp3</a></p>', "audio kept as a link"),
        (
            "[audio https://x.example/b.mp3]",
            '<p><a href="https://x.example/b.mp3" rel="noopener">b.mp3</a></p>',
            "audio kept as a link",
        ),
        (
            "[embed]https://x.example/a[/embed]",
            '<p><a href="https://x.example/a" rel="noopener">https://x.example/a</a></p>',
            "embed of x.example kept as a link",
        ),
        ("[embed]what[/embed]", "<p>[embed]what[/embed]</p>", "shortcode [embed] kept as text"),
        ("[playlist ids='1,2']", "", "shortcode [playlist] dropped"),
    ],
)
def test_what_plays_becomes_an_embed_or_a_link(html: str, expected: str, note: str | None) -> None:
    """The address inside is the content of these; as text in brackets nobody could follow it."""
    assert shown(html) == expected
    assert notes(html) == ([note] if note else [])


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("[code lang='php']if (a<b) [gallery]\n\n&lt;i&gt;[/code]", "php if (a<b) [gallery]\n\n<i>"),
        ("[python]\nprint()\n[/python]", "python print()"),
        ("[sourcecode language=js]x[/sourcecode]", "js x"),
        ('<pre class="brush: ruby; gutter: true">x</pre>', "ruby x"),
        ("<pre><code class='language-sql'>x</code></pre>", "sql x"),
        ("<pre lang='bash'>x</pre>", "bash x"),
        ("[code]x[/code]", " x"),
    ],
)
def test_code_keeps_its_characters_and_its_language(html: str, expected: str) -> None:
    """Each plugin has its own way to say that something is code; what is inside is not to be read as anything else."""
    [block] = converted(html).document.blocks
    assert f"{getattr(block, 'language', None)} {getattr(block, 'code', None)}" == expected
    assert notes(html) == []


@pytest.mark.parametrize(
    ("html", "expected", "note"),
    [
        ("[contact-form-7 id='1']", "[contact-form-7 id='1']", "contact-form-7"),
        ("[poll id=1]<b>x</b>[/poll]", "[poll id=1]<strong>x</strong>[/poll]", "poll"),
        ("a [row]x[/row] b", "a [row]x[/row] b", "row"),
        ("[toc]", "[toc]", "toc"),
        ("[Tabs]\nx", "[Tabs]<br>x", "Tabs"),
        ("a [sic] b [1] [see <em>this</em>] [ x ] [é]", "a [sic] b [1] [see <em>this</em>] [ x ] [é]", None),
        ("a [[gallery ids='1']] b", "a [gallery ids='1'] b", None),
        ("a [[caption]x[/caption]] b [[wiki]]", "a [caption]x[/caption] b [[wiki]]", None),
        ("a [code] b", "a [code] b", "code"),
        ("a [/caption] [/video] b", "a [/caption] [/video] b", None),
        ("[gallery ids='1 <b>a</b>", "[gallery ids='1 <strong>a</strong>", None),
        ("a [video] b", "a [video] b", "video"),
    ],
)
def test_any_other_shortcode_stays_text(html: str, expected: str, note: str | None) -> None:
    """What a plugin would have shown is unknown; its text tells an editor what stood there, a word in brackets not."""
    assert shown(html) == f"<p>{expected}</p>"
    assert notes(html) == ([f"shortcode [{note}] kept as text"] if note else [])


def test_a_caption_that_is_never_closed_loses_nothing() -> None:
    """One forgotten bracket must not make the rest of an article the caption of an image."""
    html = f"[caption]{IMAGE} One\n\nTwo"

    assert shown(html) == '<figure><img src="HARBOUR" alt="Boats"></figure><p>One</p><p>Two</p>'
    assert notes(html) == ["shortcode [caption] is never closed"]
