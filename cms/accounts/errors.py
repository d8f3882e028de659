"""What can be wrong with accounts and tokens, beyond what can be wrong with any input."""

from cms.kernel.errors import InvalidInput, NotAllowed, NotFound, Required, StateConflict


class NoScope(Required):
    """A token that may do nothing is of no use to anybody."""


class UnknownScope(InvalidInput):
    """Something was asked for that is no scope; the message names those there are."""


class ExpiryPassed(InvalidInput):
    """The token would have expired before anybody could use it."""


class NoSuchToken(NotFound):
    """There is no token with this id."""


class NoSuchUser(NotFound):
    """Nobody has an account by this name."""


class SignInFailed(InvalidInput):
    """The address or the password is wrong. Which of them is not told, nor whether the account is switched off."""

    def __init__(self) -> None:
        super().__init__("The mail address or the password is wrong: try again, or have a new password mailed to you.")


class WrongPassword(InvalidInput):
    """Somebody who is signed in gave a password that is not theirs."""


class WrongCode(InvalidInput):
    """A code is not the one that the authenticator shows now, or was used before."""


class LinkIsVoid(InvalidInput):
    """What was mailed is not known, was used, or is too old; which of them is not told."""

    def __init__(self) -> None:
        super().__init__("This works no more: have a new one mailed to you.", ("token",))


class NotSignedIn(NotAllowed):
    """Only somebody who is signed in has an account to change."""

    def __init__(self) -> None:
        super().__init__("Only somebody who is signed in can do this: sign in first, and send the token of `signIn`.")


class LastAdministrator(StateConflict):
    """Nobody would be left who can let anybody in."""
