"""Mail addresses as names of accounts: checked, and recognised whatever their case."""

from cms.kernel.errors import DomainError, Required, TooLong
from cms.kernel.inputs import MAX_EMAIL_CHARS, Path, email
from cms.kernel.text import fold


def account_address(given: str, path: Path = ("email",)) -> tuple[str, str]:
    """An address as it is written to, and the key by which its account is found.

    Raises:
        Required: there is none.
        TooLong: it, or its key, has more than MAX_EMAIL_CHARS characters.
        InvalidInput: it is no address.
    """
    address = email(given, path)
    if address is None:
        raise Required("Write a mail address.", path)
    key = fold(address)
    if len(key) > MAX_EMAIL_CHARS:
        raise TooLong(f"The address has more than {MAX_EMAIL_CHARS} characters in small letters.", path)
    return address, key


def key_of(given: str) -> str:
    """The key of whatever somebody typed. What is no address has the empty key, which no account has."""
    try:
        return account_address(given)[1]
    except DomainError:
        return ""
