"""Where mail is handed over: what an `smtp://` address says."""

from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import ip_address
from typing import Final
from urllib.parse import parse_qsl, unquote, urlsplit

_EXPECTED: Final = "smtp://user:password@host:587 or smtps://user:password@host:465, optionally with ?starttls=never"
_PORTS: Final = {"smtp": 587, "smtps": 465}


class Encryption(StrEnum):
    """When a connection is encrypted."""

    NEVER = "never"
    OFFERED = "when the server offers it"
    DEMANDED = "always, by STARTTLS"
    FROM_THE_START = "from its first byte"


@dataclass(frozen=True, slots=True)
class MailServer:
    """A server that takes our mail."""

    host: str
    port: int
    encryption: Encryption
    user: str | None = None
    password: str | None = field(default=None, repr=False)


def mail_server(url: str) -> MailServer:
    """The server that an address names.

    `smtps://` is encrypted from the start. `smtp://` is encrypted by STARTTLS: always where a password is sent, else
    where the server offers it; not on this machine itself, nor with `?starttls=never` and no password.

    Raises:
        ValueError: it names none; the message says what was expected.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port or _PORTS[parts.scheme]
        options = dict(parse_qsl(parts.query, strict_parsing=bool(parts.query)))
    except (KeyError, ValueError):
        raise ValueError(_EXPECTED) from None
    if not host or parts.path not in {"", "/"} or options not in ({}, {"starttls": "never"}):
        raise ValueError(_EXPECTED)
    if (parts.username is None) != (parts.password is None):
        raise ValueError(_EXPECTED)
    user, password = (unquote(part) if part else None for part in (parts.username, parts.password))
    return MailServer(
        host, port, _encryption(parts.scheme, host, password, is_never="starttls" in options), user, password
    )


def _encryption(scheme: str, host: str, password: str | None, *, is_never: bool) -> Encryption:
    if scheme == "smtps":
        return Encryption.FROM_THE_START
    if is_this_machine(host):
        return Encryption.NEVER
    if password is not None:
        if is_never:
            raise ValueError("no starttls=never where a password is sent: anybody on the way could read it")
        return Encryption.DEMANDED
    return Encryption.NEVER if is_never else Encryption.OFFERED


def is_this_machine(host: str) -> bool:
    """Whether a host is the machine this runs on, by its name or its number."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
