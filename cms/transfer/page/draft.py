"""A page while its rules run. Each rule fills in what it understands; `finish` freezes the result."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from cms.transfer.page.parsed import PageError, ParsedComment, ParsedCopyright, ParsedImage, ParsedPage, digest

LONGEST_LIKELY_TITLE = 200


@dataclass(slots=True, kw_only=True)
class Draft:
    """The parts found so far; see `ParsedPage` for what each one means."""

    title: str | None = None
    lead_image: ParsedImage | None = None
    body_html: str | None = None
    paragraphs: list[str] = field(default_factory=list)
    byline: str | None = None
    published: datetime | None = None
    copyright: ParsedCopyright | None = None
    disclaimer: str | None = None
    contact_invitation: str | None = None
    comments: list[ParsedComment] = field(default_factory=list)
    terms_notice: str | None = None
    required_note: str | None = None
    cookie_notice: str | None = None
    language: str | None = None
    canonical_url: str | None = None
    furniture: list[str] = field(default_factory=list)
    unrecognised: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def finish(self, first_paragraph: str) -> ParsedPage:
        """The frozen page.

        Raises:
            PageError: No rule found a title.
        """
        if not self.title:
            raise PageError("The page has no title. Put the article's title on the first line and import it again.")
        self._note_what_to_look_at(self.title)
        return ParsedPage(
            title=self.title,
            source_id=self.canonical_url or digest(self.title, first_paragraph),
            lead_image=self.lead_image,
            body_html=self.body_html,
            paragraphs=tuple(self.paragraphs),
            byline=self.byline,
            published=self.published,
            copyright=self.copyright,
            disclaimer=self.disclaimer,
            contact_invitation=self.contact_invitation,
            comments=tuple(self.comments),
            terms_notice=self.terms_notice,
            required_note=self.required_note,
            cookie_notice=self.cookie_notice,
            language=self.language,
            canonical_url=self.canonical_url,
            furniture=tuple(self.furniture),
            unrecognised=tuple(self.unrecognised),
            notes=tuple(self.notes),
        )

    def _note_what_to_look_at(self, title: str) -> None:
        if len(title) > LONGEST_LIKELY_TITLE:
            self.notes.append(f"The title has {len(title)} characters; it may be a paragraph.")
        if self.byline is None:
            self.notes.append("The page names no author; none was invented.")
        if not self.paragraphs and self.body_html is None:
            self.notes.append("No body text was found.")


def comment_ids(keys: list[tuple[str, ...]]) -> list[str]:
    """One stable id per comment that brings none: a digest of what it says and how many said the same before it."""
    seen: Counter[tuple[str, ...]] = Counter()
    ids = []
    for key in keys:
        ids.append(digest(*key, str(seen[key])))
        seen[key] += 1
    return ids
