"""Codes from a phone, as a second proof (RFC 6238): six digits, anew every 30 seconds.

The one thing to know: a code counts once. Whoever reads it over a shoulder cannot use it again, since the step of the
last one is kept, and only a later step is taken. While that is null, the secret was handed out and never used.
"""

import re
from datetime import datetime
from typing import Final

import pyotp
from pyotp.utils import strings_equal

_STEP_SECONDS: Final = 30
#: How far a phone's clock may be off: one step either way, which RFC 6238, section 5.2, recommends.
_WINDOW: Final = (-1, 0, 1)
_CODE: Final = re.compile(r"[0-9]{6}")
_BLANKS: Final = re.compile(r"\s+")


def new_secret() -> str:
    """A secret of 160 bits, in base 32 (RFC 4226, section 4, R6)."""
    return pyotp.random_base32()


def otpauth_url(secret: str, *, account: str, issuer: str) -> str:
    """What an authenticator reads from a QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=account, issuer_name=issuer)


def step_of(secret: str, code: str, last_step: int | None, at: datetime) -> int | None:
    """The step that a code belongs to, or None when it is none of ours, or was used.

    Args:
        secret: as `new_secret` made it.
        code: as somebody typed it; blanks in it do not count.
        last_step: the step that was used last.
        at: the moment.
    """
    typed = _BLANKS.sub("", code)
    if not _CODE.fullmatch(typed):
        return None
    current = int(at.timestamp()) // _STEP_SECONDS
    found = [
        current + offset
        for offset in _WINDOW
        if strings_equal(pyotp.TOTP(secret).generate_otp(current + offset), typed)
    ]
    return max((step for step in found if last_step is None or step > last_step), default=None)
