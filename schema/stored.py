"""Stored documents in questions: a client sends the SHA-256 of a document in place of its text.

There are two kinds. *Registered* documents stand in a table, and are named by `documentId` (GraphQL over HTTP, appendix
A). *Automatic* ones, as Apollo's clients do it, are sent once with their hash and stay in this process's memory, within
bounds; when one is gone, the client sends it again. Either kind may be named in Apollo's way.

The one thing to know: a name only ever stands for the text that hashes to it, so that by either way a client gets what
it would have got for the text.
"""

from collections.abc import Iterator, Mapping

from graphql import GraphQLError, OperationDefinitionNode, parse

from cms.delivery.documents import ID_PREFIX, Documents, digest_named, digest_of
from cms.kernel.bounded import Bounded
from schema.edge import Question
from schema.errors import Refused, refusal
from schema.preparing import Preparer

#: The entry of a request's `extensions` in which Apollo's clients name a document.
_APOLLO = "persistedQuery"
_APOLLO_VERSION = 1
#: What Apollo's clients answer by sending the text: this once, or from now on.
_NOT_FOUND = ("PersistedQueryNotFound", "PERSISTED_QUERY_NOT_FOUND")
_NOT_SUPPORTED = ("PersistedQueryNotSupported", "PERSISTED_QUERY_NOT_SUPPORTED")
_MOST_AUTOMATIC, _MOST_AUTOMATIC_CHARS = 1_000, 1024 * 1024


class StoredDocuments:
    """Finds the text that a question stands for. One for a process."""

    def __init__(self, registered: Documents | None = None, *, only: bool = False) -> None:
        """Find documents.

        Args:
            registered: those in the table; without them there are automatic ones and no others.
            only: answer nothing but what is registered, whichever way it is asked for.
        """
        self.only = only
        self._registered = registered
        self._automatic: Bounded[str, str] = Bounded(_MOST_AUTOMATIC, _MOST_AUTOMATIC_CHARS, lambda _, text: len(text))

    async def text(self, question: Question, preparer: Preparer) -> str | None:
        """The text of the document that a question asks, which it may name, spell out, or both.

        Args:
            question: what was sent.
            preparer: says whether a document that is to be kept is a good one.

        Raises:
            Refused: the name is malformed, unknown, or not the text's; or the text is not registered and should be.
        """
        if question.document_id is not None and not (question.query or question.extensions) and self._registered:
            # Nearly all who name a document. Under what is malformed nothing is at hand, so this need not be looked at:
            # with the looking, a name would cost more than the text that it saves.
            at_hand = self._registered.at_hand(question.document_id.removeprefix(ID_PREFIX))
            if at_hand is not None:
                return at_hand
        by_apollo = (question.extensions or {}).get(_APOLLO)
        if question.document_id is None and by_apollo is None:
            return await self._by_text(question.query) if self.only else question.query
        if question.document_id is None:
            return await self._by_apollo(_apollo_digest(by_apollo), question, preparer)
        if by_apollo is None:
            return await self._by_id(question.document_id, question.query)
        raise _bad_request(f"Name the document once: by documentId, or by {_APOLLO}.")

    async def _by_id(self, document_id: str, query: str | None) -> str:
        digest = digest_named(document_id)
        if digest is None:
            raise _bad_request("documentId must be sha256: and 64 hexadecimal digits.")
        if query and digest_of(query) != digest:
            raise _bad_request("The query is not the document that documentId names. Send one of them.")
        found = query if query and not self.only else await self._text(digest)
        if found is None:
            raise Refused([refusal("No document is registered under this documentId.", "PERSISTED_DOCUMENT_NOT_FOUND")])
        return found

    async def _by_apollo(self, digest: str, question: Question, preparer: Preparer) -> str:
        query = question.query
        if query and digest_of(query) != digest:
            raise Refused([refusal("The query has another SHA-256 than sha256Hash.", "PERSISTED_QUERY_HASH_MISMATCH")])
        if query and not self.only:
            preparer.prepare(query, question.operation_name)
            return self._automatic.get(digest, lambda: query)
        found = self._automatic.find(digest) or await self._text(digest)
        if found is None:
            raise Refused([refusal(*(_NOT_SUPPORTED if self.only else _NOT_FOUND))])
        return found

    async def _by_text(self, query: str | None) -> str | None:
        """The text itself, if it is registered: who may ask for it by its name may spell it out as well."""
        if query and await self._text(digest_of(query)) is None:
            message = "Only registered documents are answered here. Send the documentId of one."
            raise Refused([refusal(message, "STORED_DOCUMENTS_ONLY")])
        return query

    async def _text(self, digest: str) -> str | None:
        return None if self._registered is None else await self._registered.text(digest)


def operation_names(text: str, preparer: Preparer) -> list[str | None]:
    """The names of a document's operations, in their order; None stands for one without a name.

    Raises:
        Refused: it is no document that could be run.
    """
    names = list(_names(text, preparer.limits.document_tokens))
    # What cannot be read, or has no operation, is refused here as it would be when it is asked for.
    for name in names or [None]:
        preparer.prepare(text, name)
    return names


def _names(text: str, most_tokens: int) -> Iterator[str | None]:
    try:
        document = parse(text, no_location=True, max_tokens=most_tokens)
    except (GraphQLError, RecursionError):
        return
    for node in document.definitions:
        if isinstance(node, OperationDefinitionNode):
            yield node.name.value if node.name else None


def _apollo_digest(given: object) -> str:
    """The digest that `extensions.persistedQuery` names."""
    if not isinstance(given, Mapping) or not isinstance(given.get("sha256Hash"), str):
        raise _bad_request(f"{_APOLLO} must hold version and sha256Hash.")
    if type(given.get("version")) is not int or given["version"] != _APOLLO_VERSION:
        raise _bad_request(f"{_APOLLO} must be of version {_APOLLO_VERSION}.")
    digest = digest_named(given["sha256Hash"])
    if digest is None:
        raise _bad_request("sha256Hash must be 64 hexadecimal digits.")
    return digest


def _bad_request(message: str) -> Refused:
    return Refused([refusal(message, "BAD_REQUEST")])
