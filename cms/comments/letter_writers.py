"""Which job writes which letters about comments, for the worker."""

from cms.comments.letter_jobs import CONFIRMATION, DIGEST, REPLY
from cms.comments.moderator_mail import send_digest
from cms.comments.reply_mail import confirming, telling
from cms.kernel.jobs import Handler


def letter_writers(public_url: str) -> dict[str, Handler]:
    """The handlers by the kinds of their jobs; `public_url` is where this server is, for the links in letters."""
    return {CONFIRMATION: confirming(public_url), REPLY: telling(public_url), DIGEST: send_digest}
