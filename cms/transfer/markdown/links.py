"""Where a body may name other files: the forms of links, as Markdown and the programs that read it write them.

The one thing to know: a form says where a link may stand, and only the parser tells whether it does; see `bodies`.
"""

import re
from dataclasses import dataclass
from typing import Final

#: Where a link to a text may stand, in the order in which the forms are tried. Each part has a largest length: without
#: one, a body that was made for it would be searched again and again to its end.
LINK: Final = re.compile(
    r"""
    (?P<before> \]\([ \t]{0,9} )
    (?:
        # other.md, also with a title after it
        (?P<plain> [^\s()<>\\`]{1,500}? \.(?:md|markdown) (?:\#[^\s()<>`]{0,200})? ) (?= [\s)] )
        # <my other.md>
      | < (?P<angled> [^<>\n`]{1,500}? \.(?:md|markdown) (?:\#[^<>\n`]{0,200})? ) >
        # other, ../other/ and other.html, as they lead on the web
      | (?P<bare> (?: \.{1,2}/ ){0,9} [^\s()<>{}\\`:\#/.] [^\s()<>{}\\`:\#.]{0,300} (?:\.html)?
          (?: \#[^\s()<>`]{0,200} )? )
        (?= [\s)] )
        # {{< ref "other.md" >}} of Hugo
      | \{\{[<%] [ \t]{0,9} (?:rel)?ref [ \t]{1,9} ["'] (?P<hugo> [^\s"'`()<>]{1,500} ) ["'] [ \t]{0,9} [>%]\}\}
        (?= [ \t]{0,9} \) )
        # {% post_url 2012-03-01-other %} of Jekyll
      | \{%-? [ \t]{0,9} (?:post_url|link) [ \t]{1,9} (?P<jekyll> [^\s"'`()<>]{1,500} ) [ \t]{0,9} -?%\}
        (?= [ \t]{0,9} \) )
    )
    # [name]: other.md, to which [words][name] refers
  | (?P<definition> ^[ ]{0,3} \[[^\]\n`]{1,500}\]: [ \t]{0,9} )
    (?P<defined> [^\s<>`]{1,500}? \.(?:md|markdown) (?:\#[^\s<>`]{0,200})? ) (?= [ \t] | $ )
    # [[Other]], [[Other|words]] and ![[picture.png]] of Obsidian
  | (?P<embeds> !? ) \[\[ (?P<wiki> [^\[\]|\n#`]{1,500} ) (?: \#[^\[\]|\n`]{0,200} )?
    (?: \\?\| (?P<words> [^\[\]\n`]{1,500} ) )? \]\]
    """,
    re.MULTILINE | re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Maybe:
    """What may be a link.

    Attributes:
        written: how it was written.
        sign: stands in it for where it leads, while nobody knows whether it is one.
        marked: how it is written with the sign.
        leads_to: what takes the place of the sign; None where it leads nowhere.
    """

    written: str
    sign: str
    marked: str
    leads_to: str | None

    def settled(self, *, is_link: bool) -> str:
        """How it is written when it is known what it is; without an end, the parser makes words of a link."""
        return self.marked.replace(self.sign, self.leads_to or "") if is_link else self.written
