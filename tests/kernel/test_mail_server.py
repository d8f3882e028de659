"""The address of a mail server: what it means, and that a password never travels in the clear."""

import pytest

from cms.kernel.mail_server import Encryption, MailServer, mail_server


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://mail.example.org", MailServer("mail.example.org", 587, Encryption.OFFERED)),
        ("smtp://mail.example.org:25/", MailServer("mail.example.org", 25, Encryption.OFFERED)),
        ("smtp://mail.example.org?starttls=never", MailServer("mail.example.org", 587, Encryption.NEVER)),
        ("smtp://a%40b:p%3Aw@mail.example.org", MailServer("mail.example.org", 587, Encryption.DEMANDED, "a@b", "p:w")),
        ("smtps://mail.example.org", MailServer("mail.example.org", 465, Encryption.FROM_THE_START)),
        (
            "smtps://a:b@mail.example.org:2465",
            MailServer("mail.example.org", 2465, Encryption.FROM_THE_START, "a", "b"),
        ),
        ("smtp://localhost:1025", MailServer("localhost", 1025, Encryption.NEVER)),
        ("smtp://a:b@127.0.0.2", MailServer("127.0.0.2", 587, Encryption.NEVER, "a", "b")),
        ("smtp://[::1]:25", MailServer("::1", 25, Encryption.NEVER)),
        ("smtp://10.0.0.1", MailServer("10.0.0.1", 587, Encryption.OFFERED)),
    ],
)
def test_an_address_says_where_and_how(url: str, expected: MailServer) -> None:
    """Mail would go to the wrong port, or a password travel where anybody reads it."""
    assert mail_server(url) == expected


@pytest.mark.parametrize(
    "url",
    [
        "",
        "mail.example.org",
        "http://mail.example.org",
        "smtp://",
        "smtp://:587",
        "smtp://mail.example.org:99999",
        "smtp://mail.example.org:mail",
        "smtp://mail.example.org/inbox",
        "smtp://mail.example.org?starttls=always",
        "smtp://mail.example.org?tls",
        "smtp://user@mail.example.org",
        "smtp://[::1",
        "smtp://user:password@mail.example.org?starttls=never",
    ],
)
def test_what_is_no_address_is_refused_without_its_password(url: str) -> None:
    """A mistake would come out when the first letter is due; or the message show the password."""
    with pytest.raises(ValueError, match=r"smtp://user:password@host:587|no starttls=never") as caught:
        mail_server(url)

    assert caught.value.__cause__ is None
    assert "mail.example.org" not in str(caught.value)


def test_a_password_is_not_shown() -> None:
    """It would stand in the first log that shows the settings."""
    assert "hunter2" not in repr(mail_server("smtps://somebody:hunter2@mail.example.org"))
