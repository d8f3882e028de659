"""Rich text: Portable Text blocks, from Markdown, HTML and JSON, to HTML, Markdown and plain text.

The blocks are what is stored. They come in through one of five doors (`from_markdown`, `from_html`, `from_plain_text`,
`from_blocks`, `from_comment`), which bring them into one canonical form; what is unknown becomes text, and what could
do harm is text or is refused. `render` makes every form that is read.
"""

from cms.kernel.excerpts import excerpt
from cms.richtext.blocks import Block, Document
from cms.richtext.errors import Problem, RichTextError
from cms.richtext.html_reader import from_html
from cms.richtext.keys import digest
from cms.richtext.links import ResolveImage, ResolveLink, safe_href
from cms.richtext.markdown_reader import from_comment, from_markdown
from cms.richtext.plain_text import from_plain_text
from cms.richtext.rendering import ARTICLE_LINK_REL, COMMENT_LINK_REL, RENDERER_VERSION, Rendered, count_words, render
from cms.richtext.validation import from_blocks

__all__ = [
    "ARTICLE_LINK_REL",
    "COMMENT_LINK_REL",
    "RENDERER_VERSION",
    "Block",
    "Document",
    "Problem",
    "Rendered",
    "ResolveImage",
    "ResolveLink",
    "RichTextError",
    "count_words",
    "digest",
    "excerpt",
    "from_blocks",
    "from_comment",
    "from_html",
    "from_markdown",
    "from_plain_text",
    "render",
    "safe_href",
]
