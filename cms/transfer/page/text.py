"""A page saved as plain text. `RULES` is the whole policy: each rule claims the blocks that it understands, in order.

The one thing to know: a block is claimed once. What nobody claims is the body while it stands above the closing parts,
and `unrecognised` below them.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from cms.transfer.page.blocks import Block, split_blocks
from cms.transfer.page.draft import Draft, comment_ids
from cms.transfer.page.parsed import ParsedComment, ParsedImage, ParsedPage
from cms.transfer.page.thread import find_comments
from cms.transfer.page.times import read_printed_time
from cms.transfer.page.wording import (
    find_invitation,
    is_cookie_notice,
    is_disclaimer,
    is_furniture,
    is_required_note,
    is_terms_notice,
    read_byline,
    read_copyright,
    speaks_of_author_above,
)

# An alternative text is a phrase; the sentence glued to it starts with a capital. "closedMost people", not "my PayPal".
_GLUED_ALT = re.compile(
    r"(?P<alt>[^.!?\n]{0,200}?(?<![^\W\d_])[a-zß-öø-ÿ]{2,})(?P<rest>[A-ZÀ-ÖØ-Þ](?:[a-zß-öø-ÿ]|[\u2019']|\s).*)",
    re.DOTALL,
)


@dataclass(slots=True, kw_only=True)
class TextDraft(Draft):
    """A draft with the page's blocks; `claimed` says which part each block went to."""

    blocks: list[Block]
    claimed: dict[int, str] = field(default_factory=dict)

    def free(self) -> Iterator[tuple[int, Block]]:
        """The blocks that no rule has understood yet, with their positions, from the top."""
        return ((at, block) for at, block in enumerate(self.blocks) if at not in self.claimed)

    def claim(self, part: str, *positions: int) -> None:
        """Gives blocks to a part."""
        self.claimed.update(dict.fromkeys(positions, part))

    def claim_first(self, part: str, understands: Callable[[str], object]) -> str | None:
        """Gives the first free block that `understands` accepts to a part, and returns it as printed."""
        for at, block in self.free():
            if understands(block.printed):
                self.claim(part, at)
                return block.printed
        return None

    def position_of(self, part: str) -> int:
        """Where a part stands; before the first block when the page has none."""
        return next((at for at, name in self.claimed.items() if name == part), -1)


def take_comments(draft: TextDraft) -> None:
    """First, because a reader may quote the disclaimer or write that all rights are reserved."""
    found = find_comments(draft.blocks)
    texts = [tuple(draft.blocks[at].printed for at in comment.texts) for comment in found]
    keys = [(comment.name, comment.time.at.isoformat(), *text) for comment, text in zip(found, texts, strict=True)]
    for comment, text, source_id in zip(found, texts, comment_ids(keys), strict=True):
        draft.comments.append(ParsedComment(comment.name, comment.time.at, text, source_id, parent=comment.parent))
        draft.claim("comments", comment.start, comment.start + 1, *comment.texts)
        _note_thin_comment(draft, comment.name, has_clock=comment.time.has_clock, has_text=bool(text))


def _note_thin_comment(draft: TextDraft, name: str, *, has_clock: bool, has_text: bool) -> None:
    if not has_clock:
        draft.notes.append(f"The comment by {name} prints a day without a time; midnight was taken.")
    if not has_text:
        draft.notes.append(f"The comment by {name} has no text.")


def take_furniture(draft: TextDraft) -> None:
    """Before the title, which would otherwise be "Skip to content"."""
    for at, block in list(draft.free()):
        if is_furniture(block.text):
            draft.furniture.append(block.text)
            draft.claim("furniture", at)


def take_cookie_notice(draft: TextDraft) -> None:
    """Before the title too: the notice is an overlay, and browsers save it above the page or below."""
    draft.cookie_notice = draft.claim_first("cookie notice", is_cookie_notice)


def take_title(draft: TextDraft) -> None:
    """The first line left. Lines right below it, without a blank one between, begin the body."""
    at, block = next(draft.free(), (0, None))
    if block is None:
        return
    draft.title = block.lines[0]
    if len(block.lines) == 1:
        draft.claim("title", at)
    else:
        draft.blocks[at] = Block(block.lines[1:], block.indent)


def take_byline(draft: TextDraft) -> None:
    """Only "By NAME" right below the title. A page without it has no byline, whoever else it names."""
    at, block = next(draft.free(), (0, None))
    if block is not None and (name := read_byline(block.text)):
        draft.byline = name
        draft.claim("byline", at)


def take_published(draft: TextDraft) -> None:
    """A printed time between title and body."""
    at, block = next(draft.free(), (0, None))
    if block is not None and (time := read_printed_time(block.text)):
        draft.published = time.at
        draft.claim("published", at)


def take_copyright(draft: TextDraft) -> None:
    """The first copyright line is the article's; one further down belongs to the site and stays unrecognised."""
    statement = draft.claim_first("copyright", read_copyright)
    draft.copyright = read_copyright(statement) if statement else None


def take_disclaimer(draft: TextDraft) -> None:
    """The first paragraph that is worded as a disclaimer, whole and as printed."""
    draft.disclaimer = draft.claim_first("disclaimer", is_disclaimer)
    if draft.disclaimer and not draft.byline and speaks_of_author_above(draft.disclaimer):
        draft.notes.append("The disclaimer speaks of an author named above, and the page names none above it.")


def take_invitation(draft: TextDraft) -> None:
    """A sentence of the disclaimer (which keeps it: it is a legal text), or else a paragraph below the body."""
    draft.contact_invitation = find_invitation(draft.disclaimer or "")
    if draft.contact_invitation is None and draft.disclaimer is not None:
        below = draft.position_of("disclaimer")
        at = next((at for at, block in draft.free() if at > below and find_invitation(block.text)), None)
        if at is not None:
            draft.contact_invitation = draft.blocks[at].printed
            draft.claim("contact invitation", at)


def take_required_note(draft: TextDraft) -> None:
    """The note under the comment form."""
    draft.required_note = draft.claim_first("required note", is_required_note)


def take_terms_notice(draft: TextDraft) -> None:
    """What a commenter accepts; it is a text of the site, not of the article."""
    draft.terms_notice = draft.claim_first("terms notice", is_terms_notice)


def take_body(draft: TextDraft) -> None:
    """Everything left above the closing parts."""
    end = _body_end(draft)
    for at, block in list(draft.free()):
        if at < end:
            draft.paragraphs.append(block.printed)
            draft.claim("body", at)


_CLOSING = frozenset({"comments", "copyright", "disclaimer", "contact invitation", "required note", "terms notice"})


def _body_end(draft: TextDraft) -> int:
    closing = (at for at, part in draft.claimed.items() if part in _CLOSING)
    return min(closing, default=len(draft.blocks))


def take_lead_image(draft: TextDraft) -> None:
    """A first paragraph that starts in lower case and runs into a capital: an image's text, then the first sentence."""
    glued = _GLUED_ALT.fullmatch(draft.paragraphs[0]) if draft.paragraphs else None
    if glued is None or len(glued["alt"].split()) == 1:
        return
    if not glued["alt"][0].islower():
        draft.notes.append("The first paragraph may begin with an image's text; it was left as printed.")
        return
    draft.lead_image = ParsedImage(glued["alt"])
    draft.paragraphs[0] = glued["rest"]
    draft.notes.append(
        f"Lead image: “{glued['alt']}” was taken as its text, because it runs into a capital letter without a space."
    )


def take_the_rest(draft: TextDraft) -> None:
    """Last: nothing is lost silently."""
    for _, block in draft.free():
        draft.unrecognised.extend([block.printed] if len(block.lines) == 1 else block.lines)


RULES: tuple[Callable[[TextDraft], None], ...] = (
    take_comments,
    take_furniture,
    take_cookie_notice,
    take_title,
    take_byline,
    take_published,
    take_copyright,
    take_disclaimer,
    take_invitation,
    take_required_note,
    take_terms_notice,
    take_body,
    take_lead_image,
    take_the_rest,
)


def parse_text(text: str) -> ParsedPage:
    """The parts of a page that was saved as plain text.

    Raises:
        PageError: No line is left that could be the title.
    """
    draft = TextDraft(blocks=split_blocks(text))
    for rule in RULES:
        rule(draft)
    return draft.finish(draft.paragraphs[0] if draft.paragraphs else "")
