"""What the world has to ask for: ids of what is there and of what is hidden, cursors, addresses."""

from cms.kernel.ids import NodeType
from tests.reading.asking import Asker
from tests.reading.operations import Pools
from tests.reading.rows import CANARY, gid

#: By type, the names of what anonymous readers cannot get.
HIDDEN = {
    NodeType.ARTICLE: ("draft", "unpublished", "archived", "deleted", "scheduled"),
    NodeType.ARTICLE_REVISION: ("tide.1", "tide.2", "tide.3", "draft.1"),
    NodeType.AUTHOR: ("gone",),
    NodeType.TOPIC: ("gone",),
    NodeType.DISCLAIMER: ("coming",),
    NodeType.DISCLAIMER_VERSION: ("tide.3", "coming.1"),
    NodeType.POLICY_VERSION: ("TERMS.3",),
    NodeType.COMMENT: ("PENDING-root", "SPAM-root", "REJECTED-reply", "DELETED-reply", "under-hidden"),
    NodeType.MEDIA: ("lost",),
    NodeType.REDIRECT: ("to-draft", "to-deleted"),
    NodeType.USER: ("edda",),
    NodeType.API_TOKEN: ("1",),
}
#: By type, the names of what everybody can get.
PUBLIC = {
    NodeType.ARTICLE: ("tide", "ferry", "faehre", "expiring", "many-0"),
    NodeType.AUTHOR: ("wren", "wren-2", "asa", "strasse"),
    NodeType.TOPIC: ("sea", "boats", "orphan"),
    NodeType.DISCLAIMER: ("tide", "risk", "paid", "old"),
    NodeType.DISCLAIMER_VERSION: ("tide.1", "tide.2", "risk.1"),
    NodeType.POLICY_VERSION: ("TERMS.1", "TERMS.2", "PRIVACY.1"),
    NodeType.COMMENT: ("c0", "r0", "rr0", "stone0", "stone1", "on-stone1", "erased"),
    NodeType.MEDIA: ("cover", "chart"),
    NodeType.SITE: ("site",),
    NodeType.REDIRECT: ("old-tide", "elsewhere"),
}
_SLUGS = ("tide", "tide", "ferry", "wren", "boats", "weather", "risk", "draft", "")
#: Paths at which no content stands: a grave, and redirects that lead readers nowhere.
NO_CONTENT = ("/en/articles/deleted", "/was-deleted", f"/{CANARY}-was-draft")
NOWHERE = ("art_00000000-0000-7000-8000-000000000000", "art_no", "", "zzz_00000000-0000-7000-8000-000000000000", "é")


def ids_of(names: dict[NodeType, tuple[str, ...]]) -> list[str]:
    """The global ids of what is named."""
    return [gid(node_type, name) for node_type, listed in names.items() for name in listed]


async def all_pools(ask: Asker) -> Pools:
    """Ids of everything, and the cursors and addresses that readers get."""
    listed = await ask(
        """{
          articles { edges { cursor } nodes { path } }
          authors { edges { cursor } nodes { path } }
          topics { edges { cursor } nodes { path } }
          disclaimers { edges { cursor } }
          redirects { edges { cursor } nodes { from } }
          comments { edges { cursor } }
          article(by: {slug: "tide"}) { comments { edges { cursor } } }
        }"""
    )
    cursors = {
        f"{name.removesuffix('s').title()}Connection": [edge["cursor"] for edge in listed[name]["edges"]]
        for name in ("articles", "authors", "topics", "disclaimers", "redirects")
    }
    # Comments stand newest first at the root and oldest first everywhere else.
    both = [*listed["comments"]["edges"], *listed["article"]["comments"]["edges"]]
    cursors["CommentConnection"] = [edge["cursor"] for edge in both]
    paths = [node["path"] for name in ("articles", "authors", "topics") for node in listed[name]["nodes"]]
    paths += [*(node["from"] for node in listed["redirects"]["nodes"]), *NO_CONTENT]
    return Pools([*ids_of(PUBLIC), *ids_of(HIDDEN), *NOWHERE], cursors, [*paths, "/nowhere", ""], _SLUGS)
