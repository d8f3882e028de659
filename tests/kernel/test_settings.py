"""Settings: every one is read, a mistake stops the start and says what was expected, and no secret is ever shown."""

import re
from dataclasses import asdict, fields
from pathlib import Path

import pytest

from cms.kernel.limits import Limits
from cms.kernel.mail_server import Encryption, MailServer
from cms.kernel.settings import Environment, Settings, SettingsError, load_settings, secret_of

HIDDEN = "a-secret-that-must-never-be-shown"
MAIL_SERVER = "smtp://user:password@host:587 or smtps://user:password@host:465, optionally with ?starttls=never"
MAIL_PASSWORD = "no starttls=never where a password is sent: anybody on the way could read it"  # noqa: S105 - a message
AKISMET = "an address that begins with https://, or with http:// and names this machine"
MAIL_SENDER = "an address, like The Harbour Light <cms@example.org>"


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CMS_DATABASE_URL", "CMS_SECRET_KEY", "CMS_LOG_LEVEL", "CMS_PUBLIC_URL", "CMS_ENVIRONMENT"):
        monkeypatch.delenv(name, raising=False)


def test_without_settings_everything_has_a_default() -> None:
    """A newcomer would have to write a file before anything starts."""
    settings = Settings.read({"PATH": "/usr/bin", "cms_secret_key": "other names are not ours"})

    assert settings == Settings(
        database_url="sqlite://cms.db",
        secret_key="",
        public_url="",
        media_url="file://media",
        environment=Environment.DEVELOPMENT,
        cors_origins=(),
        smtp_url=None,
        mail_from="",
        outbox=Path("outbox"),
        worker_poll_seconds=5,
        moderation_mail_minutes=15,
        akismet_key="",
        akismet_url="https://rest.akismet.com",
        log_level="INFO",
    )
    assert not settings.is_production
    assert settings.media_folder == Path("media")


def test_every_setting_is_read() -> None:
    """One that is written down would have no effect."""
    settings = Settings.read(
        {
            "CMS_DATABASE_URL": "postgres://cms@db/cms",
            "CMS_SECRET_KEY": HIDDEN,
            "CMS_PUBLIC_URL": "https://cms.example.org/",
            "CMS_MEDIA_URL": "file:///srv/media",
            "CMS_ENVIRONMENT": "production",
            "CMS_CORS_ORIGINS": "https://a.example.org, https://b.example.org ,",
            "CMS_TRUSTED_PROXIES": "10.0.0.1, 10.0.0.2",
            "CMS_STORED_DOCUMENTS_ONLY": "yes",
            "CMS_SMTP_URL": "smtp://cms:hunter2@mail.example.org",
            "CMS_MAIL_FROM": "The Harbour Light <cms@example.org>",
            "CMS_OUTBOX": "/srv/outbox",
            "CMS_WORKER_POLL_SECONDS": "30",
            "CMS_MODERATION_MAIL_MINUTES": "0",
            "CMS_AKISMET_KEY": "1a2b3c",
            "CMS_AKISMET_URL": "http://127.0.0.1:8080/akismet/",
            "CMS_LOG_LEVEL": "warning",
            "CMS_LIMIT_DEPTH": "20",
        }
    )

    assert settings == Settings(
        database_url="postgres://cms@db/cms",
        secret_key=HIDDEN,
        public_url="https://cms.example.org",
        media_url="file:///srv/media",
        environment=Environment.PRODUCTION,
        cors_origins=("https://a.example.org", "https://b.example.org"),
        trusted_proxies=("10.0.0.1", "10.0.0.2"),
        stored_documents_only=True,
        smtp_url=MailServer("mail.example.org", 587, Encryption.DEMANDED, "cms", "hunter2"),
        mail_from="The Harbour Light <cms@example.org>",
        outbox=Path("/srv/outbox"),
        worker_poll_seconds=30,
        moderation_mail_minutes=0,
        akismet_key="1a2b3c",
        akismet_url="http://127.0.0.1:8080/akismet",
        log_level="WARNING",
        limits=Limits(depth=20),
    )
    assert settings.is_production
    assert settings.media_folder == Path("/srv/media")


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("SECRET_KEY", "x" * 31, "at least 32 characters"),
        ("SECRET_KEY", "", "at least 32 characters"),
        ("PUBLIC_URL", "cms.example.org", "an address that begins with http:// or https://"),
        ("PUBLIC_URL", "ftp://cms.example.org", "an address that begins with http:// or https://"),
        ("PUBLIC_URL", "https://", "an address that begins with http:// or https://"),
        ("PUBLIC_URL", "https://[::1", "an address that begins with http:// or https://"),
        ("SMTP_URL", "mail.example.org", MAIL_SERVER),
        ("SMTP_URL", "smtp://a:hunter2@b.example?starttls=never", MAIL_PASSWORD),
        ("MAIL_FROM", "", MAIL_SENDER),
        ("MAIL_FROM", "The Harbour Light", MAIL_SENDER),
        ("MAIL_FROM", "a@example.org, b@example.org", MAIL_SENDER),
        ("MAIL_FROM", "A <a@example.org>\nBcc: b@example.org", MAIL_SENDER),
        ("OUTBOX", "", "the path of a folder"),
        ("OUTBOX", ".", "the path of a folder"),
        ("WORKER_POLL_SECONDS", "0", "a whole number from 1 to 2,147,483,647"),
        ("MODERATION_MAIL_MINUTES", "-1", "a whole number from 0 to 10,080"),
        ("MODERATION_MAIL_MINUTES", "10081", "a whole number from 0 to 10,080"),
        ("MODERATION_MAIL_MINUTES", "9" * 5000, "a whole number from 0 to 10,080"),
        ("AKISMET_URL", "http://spam.example.org", AKISMET),
        ("AKISMET_URL", "spam.example.org", "an address that begins with http:// or https://"),
        ("MEDIA_URL", "media", "file:// and the path of a folder"),
        ("MEDIA_URL", "s3://bucket", "file:// and the path of a folder"),
        ("MEDIA_URL", "file://", "file:// and the path of a folder"),
        ("MEDIA_URL", "file://.", "file:// and the path of a folder"),
        ("ENVIRONMENT", "prod", "development or production"),
        ("ENVIRONMENT", "Production", "development or production"),
        ("LOG_LEVEL", "loud", "one of DEBUG, INFO, WARNING, ERROR"),
        ("STORED_DOCUMENTS_ONLY", "perhaps", "true or false"),
        ("LIMIT_DEPTH", "0", "a whole number from 1 to 2,147,483,647"),
        ("LIMIT_DEPTH", "-1", "a whole number from 1 to 2,147,483,647"),
        ("LIMIT_DEPTH", "deep", "a whole number from 1 to 2,147,483,647"),
        ("LIMIT_OBJECTS", "9" * 5000, "a whole number from 1 to 2,147,483,647"),
    ],
)
def test_a_value_that_cannot_be_is_refused(name: str, value: str, expected: str) -> None:
    """The server would start as something else than what was meant, and say so at the first request, or never."""
    with pytest.raises(SettingsError) as refused:
        Settings.read({f"CMS_{name}": value})

    assert str(refused.value) == f"CMS_{name} is not acceptable; expected {expected}."


def test_an_unknown_name_is_refused_and_the_known_ones_are_told() -> None:
    """A misspelt setting would be ignored: CMS_SECRETKEY would leave production without a key."""
    with pytest.raises(SettingsError) as refused:
        Settings.read({"CMS_SECRETKEY": HIDDEN})

    assert str(refused.value) == (
        "There is no setting CMS_SECRETKEY; known are CMS_AKISMET_KEY, CMS_AKISMET_URL, CMS_CORS_ORIGINS, "
        "CMS_DATABASE_URL, CMS_ENVIRONMENT, CMS_LOG_LEVEL, CMS_MAIL_FROM, CMS_MEDIA_URL, "
        "CMS_MODERATION_MAIL_MINUTES, CMS_OUTBOX, CMS_PUBLIC_URL, CMS_SECRET_KEY, CMS_SMTP_URL, "
        "CMS_STORED_DOCUMENTS_ONLY, CMS_TRUSTED_PROXIES, CMS_WORKER_POLL_SECONDS."
    )


def test_every_limit_is_a_setting() -> None:
    """Somebody with larger pages, or a smaller machine, could not move the limit that is in the way."""
    given = {f"CMS_LIMIT_{one.name.upper()}": str(place) for place, one in enumerate(fields(Limits), 1)}

    settings = Settings.read(given)

    assert list(asdict(settings.limits).values()) == list(range(1, len(given) + 1))


def test_an_unknown_limit_is_refused_and_the_known_ones_are_told() -> None:
    """A misspelt limit would leave the old one in force."""
    with pytest.raises(SettingsError, match=r"^There is no setting CMS_LIMIT_DEEP; known are CMS_LIMIT_ALIASES, "):
        Settings.read({"CMS_LIMIT_DEEP": "20"})


def test_secrets_are_not_shown() -> None:
    """A traceback or a log line would give the key and the database's password away."""
    settings = Settings(secret_key=HIDDEN, database_url=f"postgres://cms:{HIDDEN}@db/cms", akismet_key=HIDDEN)

    assert HIDDEN not in repr(settings)
    assert HIDDEN not in str(settings)
    with pytest.raises(SettingsError) as refused:
        Settings.read({"CMS_SECRET_KEY": "hunter2"})
    assert "hunter2" not in str(refused.value)


def test_a_file_is_read_and_the_environment_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a service manager sets would be undone by a file that was left behind."""
    (tmp_path / ".env").write_text(
        "# settings of this machine\n"
        "\n"
        "CMS_LOG_LEVEL=ERROR\n"
        '  CMS_PUBLIC_URL = "https://cms.example.org"  \n'
        "export CMS_ENVIRONMENT='production'\n"
        "CMS_DATABASE_URL=postgres://cms@db/cms?sslmode=require\n"
        "OTHER=thing\n"
        "#CMS_NOPE=1\n",
        encoding="utf-8",
    )
    monkeypatch.setenv("CMS_LOG_LEVEL", "DEBUG")

    settings = load_settings(tmp_path)

    assert settings == Settings(
        log_level="DEBUG",
        public_url="https://cms.example.org",
        environment=Environment.PRODUCTION,
        database_url="postgres://cms@db/cms?sslmode=require",
    )


def test_a_mistake_in_the_file_stops_the_start_too(tmp_path: Path) -> None:
    """A file would be allowed what the environment is not."""
    (tmp_path / ".env").write_text("CMS_NOPE=1\n", encoding="utf-8")
    with pytest.raises(SettingsError, match=r"^There is no setting CMS_NOPE;"):
        load_settings(tmp_path)

    (tmp_path / ".env").write_bytes(b"CMS_LOG_LEVEL=\xff\n")
    with pytest.raises(SettingsError, match=rf"^{re.escape(str(tmp_path / '.env'))} is not UTF-8 text\.$"):
        load_settings(tmp_path)


def test_without_a_file_there_are_defaults(tmp_path: Path) -> None:
    """An empty folder is where everybody begins."""
    assert load_settings(tmp_path) == Settings()


def test_a_given_secret_is_used_and_nothing_is_written(tmp_path: Path) -> None:
    """A secret on disk that is not in use would be taken for the one that is."""
    assert secret_of(Settings(secret_key=HIDDEN), tmp_path) == (HIDDEN.encode(), False)
    assert list(tmp_path.iterdir()) == []


def test_a_secret_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    """A new secret at each start would make all hashes worthless; one that others can read is none."""
    made, was_new = secret_of(Settings(), tmp_path)
    kept = tmp_path / ".cms-secret"

    assert (was_new, len(made)) == (True, 43)  # 32 random bytes in base 64
    assert kept.read_bytes() == made
    assert kept.stat().st_mode & 0o777 == 0o600
    assert secret_of(Settings(), tmp_path) == (made, False)


def test_a_secret_that_was_never_written_is_made_again(tmp_path: Path) -> None:
    """A machine that stopped between making the file and filling it could not be started any more."""
    (tmp_path / ".cms-secret").touch(mode=0o600)

    made, was_new = secret_of(Settings(), tmp_path)

    assert (was_new, len(made)) == (True, 43)
    assert (tmp_path / ".cms-secret").read_bytes() == made


def test_production_makes_no_secret(tmp_path: Path) -> None:
    """Several machines would each make their own, and none could read what another hashed."""
    (tmp_path / ".cms-secret").write_text(HIDDEN, encoding="utf-8")

    with pytest.raises(SettingsError) as refused:
        secret_of(Settings(environment=Environment.PRODUCTION), tmp_path)

    assert str(refused.value) == "CMS_SECRET_KEY is required in production: 32 characters or more."


@pytest.mark.parametrize("sender", ["cms@example.org", "A <a@example.org>", '"Light, Harbour" <a@example.org>'])
def test_a_sender_is_an_address_with_or_without_a_name(sender: str) -> None:
    """A paper could not sign its letters with its name."""
    assert Settings.read({"CMS_MAIL_FROM": sender}).mail_from == sender


def test_a_mail_server_needs_a_sender() -> None:
    """Every letter would be refused, hours after the start."""
    with pytest.raises(SettingsError, match="CMS_MAIL_FROM is required with CMS_SMTP_URL"):
        Settings.read({"CMS_SMTP_URL": "smtp://mail.example.org"})
