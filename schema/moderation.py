"""What moderators and rules had to say about a comment, and what its writer agreed to. Readers see none of it."""

from datetime import datetime

import strawberry

from cms.comments.models import FlagReason, ModerationAction, ScreeningVerdict
from schema.accounts import User
from schema.descriptions import describe_enum, described
from schema.disclaimers import PolicyVersion
from schema.fields import EVERYBODY, read

describe_enum(
    FlagReason,
    "Why a reader reports a comment.",
    SPAM="It advertises, or is posted everywhere.",
    ABUSE="It insults, threatens or demeans somebody.",
    OFF_TOPIC="It has nothing to do with the article.",
    PRIVACY="It tells something about a person that is not for everybody.",
    OTHER="Something else; the detail says what.",
)
describe_enum(
    ModerationAction,
    "What a moderator or a rule does with a comment.",
    APPROVE="Let readers see it.",
    HOLD="Keep it back until somebody has looked at it.",
    REJECT="Turn it down: readers do not see it.",
    MARK_SPAM="Turn it down as spam; to its writer it looks as if it still waited.",
    REMOVE="Take it away; where it has replies an empty place stays, so that the thread keeps its shape.",
)
describe_enum(
    ScreeningVerdict,
    "What one rule says of a comment that comes in; the strictest verdict counts.",
    ACCEPT="Nothing speaks against it.",
    HOLD="A person should look at it first.",
    REJECT="It should not be shown.",
)


@described
@strawberry.type
class CommentFlag:
    """A reader's report of a comment. Who reported it is not kept."""

    reason: FlagReason = read(EVERYBODY, "Why it was reported.")
    detail: str | None = read(EVERYBODY, "What the reader wrote about it.")
    created_at: datetime = read(EVERYBODY, "When it was reported.")


@described
@strawberry.type
class ModerationDecision:
    """A decision about a comment, with who or what made it and on which ground. Decisions are only ever added."""

    action: ModerationAction = read(EVERYBODY, "What was done.")
    reason: str | None = read(EVERYBODY, "On which ground.")
    moderator: User | None = read(EVERYBODY, "Who decided; null when a rule did.")
    automatic: bool = read(EVERYBODY, "Whether a rule decided, without a person.")
    created_at: datetime = read(EVERYBODY, "When it was decided.")


@described
@strawberry.type
class ScreeningSignal:
    """What one rule said of a comment when it came in."""

    rule: str = read(EVERYBODY, "The rule's name, like `too-many-links`.")
    verdict: ScreeningVerdict = read(EVERYBODY, "What the rule asked for.")
    detail: str | None = read(EVERYBODY, "What the rule found, for a person to judge.")


@described
@strawberry.type
class ConsentRecord:
    """What the writer of a comment agreed to, as it stood then. Records are only ever added."""

    terms: PolicyVersion = read(EVERYBODY, "The version that was accepted.")
    accepted_at: datetime = read(EVERYBODY, "When it was accepted.")
    wording: str = read(EVERYBODY, "The sentence that stood at the checkbox or button.")
    digest: str = read(EVERYBODY, "The accepted version's digest, as proof of its text.")
