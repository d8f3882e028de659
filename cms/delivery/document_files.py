"""Documents in files, as frontends have them: on their own, in folders, or in the manifest that a build tool writes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import orjson

from cms.delivery.documents import digest_named, digest_of

#: What Apollo's tools write into their manifest. `@graphql-codegen` writes nothing: its keys are hashes.
_APOLLO_FORMAT: Final = "apollo-persisted-query-manifest"
_APOLLO_VERSION: Final = 1
_ODD_MANIFEST: Final = "is no manifest: write an object of texts by their hashes, or the format of Apollo"


@dataclass(frozen=True, slots=True)
class Flaw:
    """Why something in a file is not taken, for people."""

    file: str
    reason: str


@dataclass(frozen=True, slots=True)
class Written:
    """The text of a document, and where it stands; `entry` is its hash in a manifest."""

    file: str
    text: str
    entry: str | None = None

    def flaw(self, reason: str) -> Flaw:
        """Say why it is not taken."""
        return Flaw(self.file, f"{self.entry}: {reason}" if self.entry else reason)


def documents_in(path: Path) -> Iterator[Written | Flaw]:
    """The documents in a file, or in a folder and those in it; what cannot be read is a flaw.

    Args:
        path: a `.json` is taken for a manifest, a folder for `.graphql` files, and anything else for a document.
    """
    if path.is_dir():
        files = sorted(file for file in path.rglob("*.graphql") if file.is_file())
        if not files:
            yield Flaw(str(path), "holds no .graphql file")
        for file in files:
            yield from documents_in(file)
        return
    try:
        # Not read as text: line ends belong to what is hashed.
        text = path.read_bytes().decode()
    except OSError:
        yield Flaw(str(path), "cannot be read")
    except UnicodeDecodeError:
        yield Flaw(str(path), "is not UTF-8 text")
    else:
        yield from _manifest(str(path), text) if path.suffix == ".json" else [Written(str(path), text)]


def _manifest(file: str, text: str) -> Iterator[Written | Flaw]:
    try:
        held = orjson.loads(text)
    except orjson.JSONDecodeError:
        yield Flaw(file, "is not JSON")
        return
    if not isinstance(held, dict) or not held:
        yield Flaw(file, _ODD_MANIFEST)
        return
    is_apollo = "format" in held
    if is_apollo and (held["format"], held.get("version")) != (_APOLLO_FORMAT, _APOLLO_VERSION):
        yield Flaw(file, f"is of a format that is not known here: expected {_APOLLO_FORMAT}, version {_APOLLO_VERSION}")
        return
    for entry, document in _apollo_entries(held.get("operations")) if is_apollo else held.items():
        yield _checked(file, entry, document)


def _apollo_entries(operations: object) -> Sequence[tuple[object, object]]:
    if not isinstance(operations, list):
        return [(None, None)]
    return [(one.get("id"), one.get("body")) if isinstance(one, dict) else (None, None) for one in operations]


def _checked(file: str, entry: object, document: object) -> Written | Flaw:
    """A document of a manifest, if its entry is the hash of its text."""
    if not isinstance(entry, str) or not isinstance(document, str):
        return Flaw(file, _ODD_MANIFEST)
    written = Written(file, document, entry)
    if digest_named(entry) != digest_of(document):
        return written.flaw("is not the SHA-256 of its text")
    return written
