"""The name of the language of a code block: short, and safe to stand in a class name and after a Markdown fence."""

import re

_LANGUAGE = re.compile(r"[A-Za-z0-9][A-Za-z0-9+#.\-_]{0,39}")


def is_language(text: str) -> bool:
    """Whether `text` may name a language."""
    return _LANGUAGE.fullmatch(text) is not None


def language_of(info: str) -> str:
    """The language in `info`, what stands after a fence or in a class; empty when it names none."""
    first = info.strip().partition(" ")[0].removeprefix("language-").removeprefix("lang-").lower()
    return first if is_language(first) else ""
