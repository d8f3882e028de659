"""Rich text as HTML: our tags, our attributes, and everything else escaped.

Nothing may edit this HTML afterwards. There is no style, no script, no iframe; `class` stands on code alone, to name
its language, and `data-embed` on the figure of an embed, to name its provider.
"""

from collections.abc import Iterable, Iterator
from html import escape
from itertools import groupby

from msgspec import UnsetType

from cms.richtext.blocks import Block, Cell, Code, Divider, Document, Embed, Image, Table, TextBlock
from cms.richtext.inline import Group, Inline, nest
from cms.richtext.keys import runs_of
from cms.richtext.links import ARTICLE_PATH, MEDIA_PATH, Target, is_external

_TAGS = {"strong": "strong", "em": "em", "strike-through": "s", "sub": "sub", "sup": "sup"}
_STYLES = {"normal": "p", "blockquote": "p", "h2": "h2", "h3": "h3", "h4": "h4"}
_LISTS = {"bullet": "ul", "number": "ol"}


def to_html(document: Document, link_rel: str) -> str:
    """`document` as HTML, one line for each block.

    Args:
        document: what to write.
        link_rel: the `rel` of links that leave this site.
    """
    return "\n".join(_parts(document.blocks, link_rel))


def _parts(blocks: Iterable[Block], rel: str) -> Iterator[str]:
    for kind, group in groupby(blocks, _container):
        if kind == "list":
            yield _list([block for block in group if isinstance(block, TextBlock)], rel)
        elif kind == "quote":
            yield f"<blockquote>{''.join(_block(block, rel) for block in group)}</blockquote>"
        else:
            yield from (_block(block, rel) for block in group)


def _container(block: Block) -> str:
    if not isinstance(block, TextBlock):
        return ""
    if block.list_item:
        return "list"
    return "quote" if block.style == "blockquote" else ""


def _block(block: Block, rel: str) -> str:
    match block:
        case TextBlock():
            tag = _STYLES[block.style]
            return f"<{tag}>{_inline(block, rel)}</{tag}>"
        case Code():
            language = f' class="language-{escape(block.language)}"' if block.language else ""
            return f"<pre><code{language}>{escape(block.code, quote=False)}</code></pre>"
        case Image():
            caption = f"<figcaption>{escape(block.caption, quote=False)}</figcaption>" if block.caption else ""
            return f'<figure><img src="{MEDIA_PATH}{escape(block.media)}" alt="{escape(block.alt)}">{caption}</figure>'
        case Divider():
            return "<hr>"
        case Embed():
            return f'<figure data-embed="{escape(block.provider)}">{_link(block.url, escape(block.url), rel)}</figure>'
        case Table():
            return _table(block, rel)


def _list(items: list[TextBlock], rel: str) -> str:
    """Items one after the other, opening and closing lists as their levels say."""
    parts: list[str] = []
    open_lists: list[str] = []
    for item in items:
        level, tag = _level(item), _LISTS[str(item.list_item)]
        while len(open_lists) > level or (len(open_lists) == level and open_lists[-1] != tag):
            parts.append(f"</li></{open_lists.pop()}>")
        if len(open_lists) == level:
            parts.append("</li>")
        else:
            open_lists.append(tag)
            parts.append(_opening(tag, item))
        parts.append(f"<li>{_inline(item, rel)}")
    return "".join((*parts, *(f"</li></{tag}>" for tag in reversed(open_lists))))


def _level(item: TextBlock) -> int:
    return 1 if isinstance(item.level, UnsetType) else item.level


def _opening(tag: str, item: TextBlock) -> str:
    return f"<{tag}>" if isinstance(item.start, UnsetType) else f'<{tag} start="{item.start}">'


def _table(block: Table, rel: str) -> str:
    head = _row(block.rows[0].cells, "th", rel)
    body = "".join(_row(row.cells, "td", rel) for row in block.rows[1:])
    return f"<table><thead>{head}</thead>{f'<tbody>{body}</tbody>' if body else ''}</table>"


def _row(cells: Iterable[Cell], tag: str, rel: str) -> str:
    return f"<tr>{''.join(f'<{tag}>{_inline(cell, rel)}</{tag}>' for cell in cells)}</tr>"


def _inline(block: TextBlock | Cell, rel: str) -> str:
    return "".join(_node(node, rel) for node in nest(runs_of(block)))


def _node(node: Inline, rel: str) -> str:
    if isinstance(node, Group):
        inner = "".join(_node(child, rel) for child in node.children)
        if isinstance(node.mark, Target):
            return _link(_address(node.mark), inner, rel)
        tag = _TAGS[node.mark]
        return f"<{tag}>{inner}</{tag}>"
    text = escape(node.text, quote=False).replace("\n", "<br>")
    return f"<code>{text}</code>" if node.is_code else text


def _address(target: Target) -> str:
    return target.value if target.kind == "link" else f"{ARTICLE_PATH}{target.value}"


def _link(href: str, inner: str, rel: str) -> str:
    """A link around `inner`, which is HTML already."""
    outside = f' rel="{escape(rel)}"' if is_external(href) else ""
    return f'<a href="{escape(href)}"{outside}>{inner}</a>'
