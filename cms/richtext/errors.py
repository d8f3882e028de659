"""What can be wrong with rich text that somebody hands in."""

from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to mend.

    Attributes:
        path: where, as in `blocks[3].children[0].marks`; empty for the whole text.
        message: what is wrong, for people.
    """

    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}: {self.message}" if self.path else self.message


class RichTextError(ValueError):
    """The text was refused, and nothing of it was kept.

    Attributes:
        problems: everything found, in the order of the text; never empty.
    """

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("; ".join(str(problem) for problem in problems))
        self.problems = problems

    @classmethod
    def single(cls, message: str, path: str = "") -> Self:
        """An error with one problem."""
        return cls((Problem(path, message),))
