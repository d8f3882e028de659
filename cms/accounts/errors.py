"""What can be wrong with a token that somebody asks for, beyond what can be wrong with any input."""

from cms.kernel.errors import InvalidInput, NotFound, Required


class NoScope(Required):
    """A token that may do nothing is of no use to anybody."""


class UnknownScope(InvalidInput):
    """Something was asked for that is no scope; the message names those there are."""


class ExpiryPassed(InvalidInput):
    """The token would have expired before anybody could use it."""


class NoSuchToken(NotFound):
    """There is no token with this id."""
