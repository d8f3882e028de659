"""The world that the reader's tests read: a small publication with something hidden in every corner.

The one thing to know: whatever anonymous readers may not get says CANARY, and nothing that they may get does.
"""

from datetime import datetime
from typing import Any

from cms.accounts.models import Role, User
from cms.articles.models import ContributorRole, Review
from cms.disclaimers.models import DisclaimerAuthor, DisclaimerScope, DisclaimerTopic, PolicyKind, PolicyVersion
from cms.kernel.comment_policy import CommentModeration
from cms.kernel.database import Database, transaction
from cms.kernel.ids import NodeType
from cms.kernel.models import Tombstone
from cms.site.models import Redirect, Site
from tests.reading.rows import (
    CANARY,
    DAY,
    HOUR,
    NOW,
    Written,
    article,
    author,
    author_key,
    disclaimer,
    gid,
    key,
    media,
    publish,
    text,
    topic,
)
from tests.reading.voices import add_comments, keep_about_comments, keep_what_is_never_read

#: The titles that readers see, the latest published first; those of one moment by their ids.
BY, EDITED = ContributorRole.AUTHOR, ContributorRole.EDITOR
SCHEDULED_AT = NOW + DAY
EXPIRES_AT = NOW + 2 * HOUR
#: The key under which readers' keys are hashed.
SECRET = b"a key for tests, thirty-two bytes"
_MANY = 9


async def build(database: Database) -> None:
    """Put the world into an empty database."""
    async with transaction(database):
        await _site()
        await _people()
        await _topics()
        await _disclaimers()
        await _policies()
        await _tide()
        await _public_articles()
        await _hidden_articles()
        await _moved()
        await add_comments()
        await keep_about_comments()
        await keep_what_is_never_read()


async def _site() -> None:
    await Site.create(
        id=key("sit", "site"),
        created_at=NOW - 400 * DAY,
        updated_at=NOW - 400 * DAY,
        name="The Harbour Light",
        url="https://harbour.example.org",
        time_zone="Europe/Lisbon",
        default_locale="en",
        locales=["en", "de"],
        copyright_holder="Harbour Press",
        preview_url=f"https://{CANARY}.example.org/{{path}}?{{token}}",
        article_path="/{locale}/articles/{slug}",
        author_path="/people/{slug}",
        comments_moderation=CommentModeration.AFTER_PUBLICATION,
        comments_required_fields=["NAME"],
    )


async def _people() -> None:
    await media("cover", width=1600, height=900, focal_x=0.25, focal_y=0.5, caption="At low tide", credit="M. Roe")
    await media("chart", alt="", placeholder="3OcRJYB4d3h/iIeHeEh3eIhw+j2w")
    await media("lost", alt=f"{CANARY} picture", deleted_at=NOW - DAY)
    await author(
        "wren",
        "Wren Ashdown",
        bio=f"Sails. See [the ferry]({gid(NodeType.ARTICLE, 'ferry')}).",
        avatar_id=key("med", "cover"),
        article_count=7,
        credentials="Master mariner",
    )
    await author("wren-2", "wren  ASHDOWN", article_count=2)
    await author("asa", "Åsa Lindqvist", article_count=2, website="https://asa.example.org/", created_at=NOW - 20 * DAY)
    await author("strasse", "Straße & Sons", article_count=0)
    await author("percent", "100% Ltd_", article_count=1, accepts_messages=True)
    await author("back", "Back\\slash", article_count=1)
    await author("gone", f"{CANARY} Gone", deleted_at=NOW - DAY)
    email = f"{CANARY}.edda@harbour.example.org"
    await User.create(
        id=key("usr", "edda"),
        created_at=NOW - 99 * DAY,
        name=f"{CANARY} Edda",
        name_key="edda",
        email=email,
        email_key=email,
        role=Role.EDITOR,
        password_hash=f"{CANARY} hash",
        totp_secret=f"{CANARY} secret",
        author_id=author_key("wren"),
    )


async def _topics() -> None:
    await topic("sea", description="All of it")
    await topic("boats", parent="sea")
    await topic("ferries", parent="boats")
    await topic("weather", parent="sea")
    await topic("gone", name=f"{CANARY} topic", parent="sea", deleted_at=NOW - DAY)
    await topic("orphan", parent="gone")


async def _disclaimers() -> None:
    await disclaimer(
        "tide",
        DisclaimerScope.EVERY_ARTICLE,
        [("Mind the tide", NOW - 60 * DAY), ("Mind the new tide", NOW - 5 * DAY), (f"{CANARY} tide", NOW + 9 * DAY)],
    )
    await disclaimer("risk", DisclaimerScope.TOPIC, [("At your own risk", NOW - 50 * DAY)], placement="BEFORE_BODY")
    await disclaimer("paid", DisclaimerScope.AUTHOR, [("Paid for", NOW - 40 * DAY)])
    await disclaimer(
        "old", DisclaimerScope.SELECTED_ARTICLES, [("An old notice", NOW - 99 * DAY)], retired_at=NOW - 80 * DAY
    )
    await disclaimer(
        "coming", DisclaimerScope.SELECTED_ARTICLES, [(f"{CANARY} coming", NOW + DAY)], slug=f"{CANARY}-coming"
    )
    for position, name in enumerate(["sea", "gone", "boats"]):
        await DisclaimerTopic.create(disclaimer_id=key("dis", "risk"), position=position, topic_id=key("top", name))
    for position, name in enumerate(["percent", "gone"]):
        await DisclaimerAuthor.create(disclaimer_id=key("dis", "paid"), position=position, author_id=author_key(name))


async def _policies() -> None:
    for kind, number, says, effective_from in (
        (PolicyKind.TERMS, 1, "Be kind", NOW - 90 * DAY),
        (PolicyKind.TERMS, 2, "Be kinder", NOW - 10 * DAY),
        (PolicyKind.TERMS, 3, f"{CANARY} terms", NOW + DAY),
        (PolicyKind.PRIVACY, 1, "We forget", NOW - 90 * DAY),
    ):
        version = key("pol", f"{kind.value}.{number}")
        await PolicyVersion.create(
            id=version,
            created_at=effective_from - DAY,
            kind=kind,
            number=number,
            title=says,
            acceptance_text=f"I agree: {says}",
            effective_from=effective_from,
            digest=f"sha256:{kind.value}.{number}",
            **await text(version, f"{says}."),
        )


async def _tide() -> None:
    """The article that has everything: two revisions were public, a third waits in review."""
    cover = {
        "lead_image_id": key("med", "cover"),
        "lead_image_alt": "The harbour",
        "lead_image_caption": "Low water",
        "copyright_holder": "Harbour Press",
        "copyright_year": 2026,
    }
    named = (
        (NodeType.MEDIA, "chart"),
        (NodeType.ARTICLE, "ferry"),
        (NodeType.ARTICLE, "draft"),
        (NodeType.MEDIA, "lost"),
    )
    chart, ferry, draft, lost = (gid(*node) for node in named)
    body = f"Look:\n\n![A chart]({chart})\n\nand [the ferry]({ferry}), [not this]({draft})\n\n![Lost]({lost})"
    signed = [("wren", BY), ("asa", EDITED), ("wren", ContributorRole.PHOTOGRAPHER), ("gone", EDITED)]
    await article(
        "tide",
        Written("Tide tables wrong", "Old *text*.", signed, ["sea"], columns=cover),
        Written("Tide tables", body, signed, ["boats", "gone", "sea"], columns={**cover, "standfirst": "When to sail"}),
        Written(
            f"{CANARY} tides",
            f"{CANARY} body",
            [("percent", BY)],
            ["weather"],
            ["old"],
            columns={"seo_title": f"{CANARY} seo", "autosave": False},
        ),
        created_at=NOW - 30 * DAY,
    )
    began = NOW - 20 * DAY
    await publish("tide", 1, began, NOW - 3 * DAY, pins=["risk.1", "tide.1"])
    await publish("tide", 2, NOW - 3 * DAY, published_at=began, pins=["risk.1", "tide.2"])
    await Review.create(
        id=key("review", "tide"),
        created_at=NOW - HOUR,
        article_id=key("art", "tide"),
        revision_id=key("rev", "tide.3"),
        submitted_by_id=key("usr", "edda"),
        note=f"{CANARY} review",
    )


async def _public_articles() -> None:
    lost = {"lead_image_id": key("med", "lost"), "lead_image_alt": f"{CANARY} lost", "lead_image_caption": CANARY}
    await article(
        "ferry",
        Written(
            "The ferry sails",
            f"Back to [tides]({gid(NodeType.ARTICLE, 'tide')}).",
            [("wren", BY), ("wren", EDITED)],
            ["ferries", "boats"],
            columns={"seo_no_index": True, **lost},
        ),
        group="ferry",
    )
    await publish("ferry", 1, NOW - 10 * DAY, pins=["tide.1"])
    await article(
        "faehre", Written("Die Fähre fährt", "Endlich.", [("asa", BY)], ["ferries"]), locale="de", group="ferry"
    )
    await publish("faehre", 1, NOW - 9 * DAY, pins=["tide.1"])
    await article("expiring", Written("Today only", "Soon gone.", [("percent", BY)], ["weather"]))
    await publish("expiring", 1, NOW - DAY, EXPIRES_AT, pins=["paid.1", "tide.2"])
    for number in range(_MANY):
        about, who = ["weather", "sea", "boats"][number % 3], ["wren", "wren-2", "back"][number % 3]
        await article(
            f"many-{number}", Written(f"Notes {number // 2}", "Short.", [(who, BY)], [about]), created_at=NOW - 25 * DAY
        )
        # Three at a time came out at one moment, so that ids have to tell them apart.
        await publish(f"many-{number}", 1, NOW - (5 + number // 3) * DAY, pins=["tide.1"])


async def _moved() -> None:
    """What leads elsewhere, what leads readers nowhere, and a grave."""
    old, deleted, draft = "/en/articles/old-tide", gid(NodeType.ARTICLE, "deleted"), gid(NodeType.ARTICLE, "draft")
    await _redirect("old-tide", old, gid(NodeType.ARTICLE, "tide"), locale="en", automatic=True)
    await _redirect("elsewhere", "/shop", "https://shop.example.org/?from=harbour", permanent=False)
    await _redirect("to-draft", f"/{CANARY}-was-draft", draft, locale="en", automatic=True)
    await _redirect("to-deleted", "/was-deleted", deleted, automatic=True)
    await Tombstone.create(
        node_id=key("art", "deleted"),
        type=NodeType.ARTICLE.value,
        since=NOW - DAY,
        locale="en",
        path="/en/articles/deleted",
    )


async def _redirect(name: str, from_path: str, target: str, **given: Any) -> None:  # noqa: ANN401 - columns of every type
    await Redirect.create(id=key("red", name), created_at=NOW - DAY, from_path=from_path, target=target, **given)


async def _hidden_articles() -> None:
    shown = {"lead_image_id": key("med", "chart"), "lead_image_alt": f"{CANARY} alt"}

    async def hidden(name: str, ended: datetime | None = None, **given: Any) -> None:  # noqa: ANN401 - columns of every type
        says = Written(f"{CANARY} {name}", f"{CANARY} text", [("wren", BY)], ["sea", "boats"], columns=shown)
        await article(name, says, group="ferry", **given)
        if ended:
            await publish(name, 1, NOW - 15 * DAY, ended, pins=["tide.1"])

    await hidden("draft")
    await hidden("unpublished", NOW - 2 * DAY)
    await hidden("archived", NOW - 2 * DAY, archived_at=NOW - DAY)
    await hidden("deleted", NOW - 2 * DAY, deleted_at=NOW - DAY)
    await hidden("scheduled")
    await publish("scheduled", 1, SCHEDULED_AT, pins=["tide.2"])
