"""Settings: environment variables that begin with `CMS_`, or the same names in a `.env` file; the environment wins.

An unknown name or a bad value stops the start and says what was expected. Secrets are never shown.
"""

import os
import secrets
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, fields
from email.utils import parseaddr
from enum import StrEnum
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from cms.kernel.errors import DomainError
from cms.kernel.inputs import email, line
from cms.kernel.limits import Limits
from cms.kernel.mail_server import MailServer, is_this_machine, mail_server

PREFIX = "CMS_"
LIMIT_PREFIX = "CMS_LIMIT_"
_SHORTEST_SECRET = 32
_LARGEST_LIMIT = 2**31 - 1
_MOST_MINUTES = 7 * 24 * 60
_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")


class Environment(StrEnum):
    """How much the server tells and how much it demands."""

    DEVELOPMENT = "development"
    PRODUCTION = "production"


class SettingsError(Exception):
    """A setting is unknown or not acceptable; the message names it and says what was expected."""


def _text(value: str) -> str:
    return value


def _secret(value: str) -> str:
    if len(value) < _SHORTEST_SECRET:
        raise ValueError(f"at least {_SHORTEST_SECRET} characters")
    return value


def _environment(value: str) -> Environment:
    if value not in {one.value for one in Environment}:
        raise ValueError("development or production")
    return Environment(value)


def _url(value: str) -> str:
    # `urlsplit` itself refuses some addresses, in words of its own.
    with suppress(ValueError):
        parts = urlsplit(value)
        if parts.scheme in {"http", "https"} and parts.netloc:
            return value.rstrip("/")
    raise ValueError("an address that begins with http:// or https://")


def _service(value: str) -> str:
    address = _url(value)
    parts = urlsplit(address)
    if parts.scheme == "https" or is_this_machine(parts.hostname or ""):
        return address
    raise ValueError("an address that begins with https://, or with http:// and names this machine")


def _folder(value: str) -> str:
    # An empty path is the folder the server was started in, where the database and the secret lie: all would be served.
    if not value.startswith("file://") or Path(value.removeprefix("file://")) == Path():
        raise ValueError("file:// and the path of a folder")
    return value


def _sender(value: str) -> str:
    with suppress(DomainError):
        name, address = parseaddr(line(value, ()))
        if email(address, ()) is not None and value in {address, f"{name} <{address}>", f'"{name}" <{address}>'}:
            return value
    raise ValueError("an address, like The Harbour Light <cms@example.org>")


def _path(value: str) -> Path:
    if Path(value) == Path():
        raise ValueError("the path of a folder")
    return Path(value)


def _level(value: str) -> str:
    if value.upper() not in _LEVELS:
        raise ValueError(f"one of {', '.join(_LEVELS)}")
    return value.upper()


def _names(value: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in value.split(",") if name.strip())


def _flag(value: str) -> bool:
    known = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
    if value.lower() not in known:
        raise ValueError("true or false")
    return known[value.lower()]


def _limit(value: str) -> int:
    if not value.isascii() or not value.isdecimal() or not 0 < int(value[:12]) <= _LARGEST_LIMIT:
        raise ValueError(f"a whole number from 1 to {_LARGEST_LIMIT:,}")
    return int(value)


def _minutes(value: str) -> int:
    if not value.isascii() or not value.isdecimal() or int(value[:12]) > _MOST_MINUTES:
        raise ValueError(f"a whole number from 0 to {_MOST_MINUTES:,}")
    return int(value)


def _setting(parse: Callable[[str], object], default: object, *, secret: bool = False) -> Any:  # noqa: ANN401 - the field's annotation is its type
    return field(default=default, repr=not secret, metadata={"parse": parse})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that can be set.

    Attributes:
        database_url: `sqlite://path` or `postgres://...`.
        secret_key: keys the hashes and tokens; made and kept in `.cms-secret` when absent, and required in production.
        public_url: where this server is reached from outside, without a slash at the end; left out, where it listens.
        media_url: where files are kept, `file://folder`.
        environment: `development` shows GraphiQL and makes a secret; `production` does neither.
        cors_origins: origins whose pages may ask, comma-separated; `*` for all.
        trusted_proxies: addresses whose word is taken for where a request comes from, comma-separated; `*` for all.
        stored_documents_only: whether nothing is answered but documents that were registered before.
        smtp_url: the server that mail is handed over to, `smtp://user:password@host:587`; see `mail_server`.
        mail_from: the address that mail comes from; required with `smtp_url`.
        outbox: the folder that mail is written to in development when there is no server.
        worker_poll_seconds: how often the worker looks for news that nobody woke it for.
        moderation_mail_minutes: how long news for moderators is gathered before they are written to; 0 for no mail.
        akismet_key: the key under which Akismet is asked about what guests write; without one nobody is asked.
        akismet_url: the server that is asked, which may be another one that speaks as Akismet does.
        log_level: the least severe events that are logged.
        limits: how much one caller may ask for; each is a setting of its own, `CMS_LIMIT_DEPTH` and so on.
    """

    database_url: str = _setting(_text, "sqlite://cms.db", secret=True)
    secret_key: str = _setting(_secret, "", secret=True)
    public_url: str = _setting(_url, "")
    media_url: str = _setting(_folder, "file://media")
    environment: Environment = _setting(_environment, Environment.DEVELOPMENT)
    cors_origins: tuple[str, ...] = _setting(_names, ())
    trusted_proxies: tuple[str, ...] = _setting(_names, ())
    stored_documents_only: bool = _setting(_flag, default=False)
    smtp_url: MailServer | None = _setting(mail_server, None, secret=True)
    mail_from: str = _setting(_sender, "")
    outbox: Path = _setting(_path, Path("outbox"))
    worker_poll_seconds: int = _setting(_limit, 5)
    moderation_mail_minutes: int = _setting(_minutes, 15)
    akismet_key: str = _setting(_text, "", secret=True)
    akismet_url: str = _setting(_service, "https://rest.akismet.com")
    log_level: str = _setting(_level, "INFO")
    limits: Limits = field(default_factory=Limits)

    @classmethod
    def read(cls, given: Mapping[str, str]) -> Self:
        """Settings from names with the prefix; other names are not ours.

        Raises:
            SettingsError: a name is unknown, a value bad, or mail has a server and no sender.
        """
        known = {
            f"{PREFIX}{one.name.upper()}": (one.name, one.metadata["parse"]) for one in fields(cls) if one.metadata
        }
        limits = {f"{LIMIT_PREFIX}{one.name.upper()}": (one.name, _limit) for one in fields(Limits)}
        ours = {name: text for name, text in given.items() if name.startswith(PREFIX)}
        for name in ours.keys() - known.keys() - limits.keys():
            closest = limits if name.startswith(LIMIT_PREFIX) else known
            raise SettingsError(f"There is no setting {name}; known are {', '.join(sorted(closest))}.")
        settings = cls(**_parsed(ours, known), limits=Limits(**_parsed(ours, limits)))
        if settings.smtp_url and not settings.mail_from:
            raise SettingsError(
                f"{PREFIX}MAIL_FROM is required with {PREFIX}SMTP_URL: the address that mail comes from."
            )
        return settings

    @property
    def is_production(self) -> bool:
        """Whether strangers can reach it."""
        return self.environment is Environment.PRODUCTION

    @property
    def media_folder(self) -> Path:
        """Where files lie."""
        return Path(self.media_url.removeprefix("file://"))


def _parsed(given: Mapping[str, str], known: Mapping[str, tuple[str, Callable[[str], Any]]]) -> dict[str, Any]:
    """The values of the settings that are known here, by the names of their attributes."""
    values = {}
    for name in given.keys() & known.keys():
        attribute, parse = known[name]
        try:
            values[attribute] = parse(given[name])
        except ValueError as error:
            raise SettingsError(f"{name} is not acceptable; expected {error}.") from None
    return values


def load_settings(folder: Path = Path()) -> Settings:
    """Settings from the environment and `.env` in `folder`.

    Raises:
        SettingsError: as `Settings.read`.
    """
    return Settings.read({**_dotenv(folder / ".env"), **os.environ})


def secret_of(settings: Settings, folder: Path = Path()) -> tuple[bytes, bool]:
    """The secret key, and whether it was made just now because there was none.

    Raises:
        SettingsError: there is none, in production.
    """
    if settings.secret_key:
        return settings.secret_key.encode(), False
    if settings.is_production:
        raise SettingsError(f"{PREFIX}SECRET_KEY is required in production: {_SHORTEST_SECRET} characters or more.")
    kept = folder / ".cms-secret"
    if kept.exists() and (key := kept.read_bytes().strip()):
        return key, False
    made = secrets.token_urlsafe(_SHORTEST_SECRET)
    kept.touch(mode=0o600)
    kept.write_text(made)
    return made.encode(), True


def _dotenv(path: Path) -> dict[str, str]:
    """The names and values in a `.env` file.

    `NAME=value` lines, with or without `export` before them, `#` for comments; quotes around a value are taken off.
    """
    if not path.exists():
        return {}
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise SettingsError(f"{path} is not UTF-8 text.") from None
    lines = (line.strip().removeprefix("export ") for line in text.splitlines())
    pairs = (line.partition("=") for line in lines if line and not line.startswith("#"))
    return {name.strip(): value.strip().strip("\"'") for name, _, value in pairs}
