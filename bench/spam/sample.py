"""The labelled sample: comments written for it, by nobody in particular and about nothing that is sold.

`sample.tsv` holds one in a line: label, language, name, address, text. Two of three are what readers say, and many of
those are hard on purpose: they praise a cobbler, quote an advertisement, shout, or complain of prices.
"""

import csv
from dataclasses import dataclass
from pathlib import Path

from cms.comments.bodies import Body, read_body
from cms.comments.traits import Remark

_FILE = Path(__file__).with_name("sample.tsv")
_MOST_CHARS = 5_000


@dataclass(frozen=True, slots=True)
class Sample:
    """One comment, and whether it is spam."""

    is_spam: bool
    language: str
    name: str
    url: str | None
    body: Body

    @property
    def remark(self) -> Remark:
        """As the score sees it."""
        return Remark(text=self.body.rendered.text, name=self.name, links=self.body.links, url=self.url)


def load_sample() -> list[Sample]:
    """All of it, in the order of the file."""
    with _FILE.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [
            Sample(
                is_spam=row["label"] == "spam",
                language=row["language"],
                name=row["name"],
                url=row["url"] or None,
                body=read_body(row["text"], _MOST_CHARS),
            )
            for row in rows
        ]
