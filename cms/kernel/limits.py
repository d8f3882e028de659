"""How much one caller may ask for. Each limit is a setting: `CMS_LIMIT_` and its name in capitals.

The numbers were measured on the plain stack before they were chosen; measure again before moving one.
"""

from dataclasses import dataclass
from functools import cached_property

_KIB = 1024
_MIB = 1024 * _KIB


@dataclass(frozen=True, slots=True)
class Budget:
    """What one operation may cost: objects and bytes that could be returned, and seconds."""

    objects: int
    size_bytes: int
    seconds: int


@dataclass(frozen=True, kw_only=True)
class Limits:
    """The limits in force.

    Attributes:
        body_bytes: a request's body, and a request's address.
        document_bytes: the text of a GraphQL document.
        document_tokens: its lexical tokens.
        json_depth: how deeply lists and objects may nest in a request.
        integer_digits: how long a whole number in a request may be.
        depth: how deeply fields may nest, `edges`, `node` and `nodes` not counted.
        aliases: fields with an alias, fragments unfolded.
        directives: directives, fragments unfolded.
        fields: fields, fragments unfolded.
        repeats: how often one response key may stand in one place; comparing them takes the square of it.
        mutations: what a mutation may begin with, for anonymous callers.
        token_mutations: the same with a credential.
        objects: objects that an operation could return, for anonymous callers.
        token_objects: the same with a credential.
        cost_bytes: what they could weigh, for anonymous callers.
        token_cost_bytes: the same with a credential.
        seconds: how long one operation may take, for anonymous callers.
        token_seconds: the same with a credential.
        answer_bytes: the largest answer.
        header_seconds: until a request's headers have arrived.
        body_seconds: until its body has.
        send_seconds: until a client has taken what waits to be sent to it.
        socket_init_seconds: until a WebSocket says `connection_init`.
        socket_frame_bytes: the largest message over a WebSocket.
        socket_operations: operations that run at once over one WebSocket.
        sockets: WebSockets and event streams that are open from one address.
    """

    body_bytes: int = 256 * _KIB
    document_bytes: int = 16 * _KIB
    document_tokens: int = 2_000
    json_depth: int = 32
    integer_digits: int = 19
    depth: int = 16
    aliases: int = 30
    directives: int = 20
    fields: int = 2_000
    repeats: int = 30
    mutations: int = 1
    token_mutations: int = 4
    objects: int = 5_000
    token_objects: int = 50_000
    cost_bytes: int = 4 * _MIB
    token_cost_bytes: int = 16 * _MIB
    seconds: int = 5
    token_seconds: int = 15
    answer_bytes: int = 2 * _MIB
    header_seconds: int = 10
    body_seconds: int = 10
    send_seconds: int = 60
    socket_init_seconds: int = 5
    socket_frame_bytes: int = 64 * _KIB
    socket_operations: int = 20
    sockets: int = 20

    @cached_property
    def _anonymous(self) -> Budget:
        return Budget(self.objects, self.cost_bytes, self.seconds)

    @cached_property
    def _known(self) -> Budget:
        return Budget(self.token_objects, self.token_cost_bytes, self.token_seconds)

    def budget(self, *, is_anonymous: bool) -> Budget:
        """What one operation of a caller may cost."""
        return self._anonymous if is_anonymous else self._known


DEFAULT_LIMITS = Limits()
