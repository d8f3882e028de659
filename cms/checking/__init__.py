"""What `cms check` looks at, in the order in which it is told. Adding a check is one function and one line in `CHECKS`.

The one thing to know: a check reads some rows at a time, and tells of them by their ids; no table has to fit into
memory, and nothing of what people wrote is printed.
"""

from collections.abc import AsyncIterator

from cms.checking.counts import articles_are_counted, comments_are_counted, voices_are_counted
from cms.checking.files import database_is_whole, files_are_as_stored, files_are_there
from cms.checking.following import followers_keep_up
from cms.checking.links import (
    redirects_arrive,
    references_lead_somewhere,
    rows_refer_to_rows,
    texts_name_what_is_listed,
)
from cms.checking.publications import listings_repeat_their_publications, publications_follow_each_other
from cms.checking.texts import (
    biographies_are_rendered,
    comments_are_rendered,
    disclaimers_are_as_written,
    heads_are_the_newest,
    keys_are_folded,
    policies_are_as_written,
    revisions_are_as_saved,
)
from cms.checking.threads import passages_are_placed, threads_hold_together
from cms.kernel.checking import Check, Fault, Found, Ground, find_faults
from cms.kernel.migrating import pending
from cms.kernel.progress import Tell, quietly

__all__ = ["CHECKS", "check_everything", "passages_are_placed"]


async def settings_are_safe(ground: Ground) -> AsyncIterator[Fault]:
    """A server that strangers reach says where it is, over a safe connection: links in letters begin with that."""
    settings = ground.settings
    if settings.is_production and not settings.public_url.startswith("https://"):
        yield Fault("CMS_PUBLIC_URL should be the address of this server from outside, and begin with https://.")
    if settings.is_production and "*" in settings.trusted_proxies:
        yield Fault("CMS_TRUSTED_PROXIES takes everybody's word for where a request comes from: name the proxies.")


CHECKS: tuple[Check, ...] = (
    settings_are_safe,
    database_is_whole,
    rows_refer_to_rows,
    disclaimers_are_as_written,
    policies_are_as_written,
    revisions_are_as_saved,
    heads_are_the_newest,
    biographies_are_rendered,
    comments_are_rendered,
    keys_are_folded,
    publications_follow_each_other,
    # Before what is counted by them.
    listings_repeat_their_publications,
    articles_are_counted,
    threads_hold_together,
    # From the deepest replies upwards, which the check before has put at their depth.
    comments_are_counted,
    voices_are_counted,
    passages_are_placed,
    texts_name_what_is_listed,
    references_lead_somewhere,
    redirects_arrive,
    files_are_there,
    files_are_as_stored,
    followers_keep_up,
)


async def check_everything(ground: Ground, *, mend: bool = False, tell: Tell = quietly) -> list[Found]:
    """What is wrong with the settings and the data; nothing, where all is well.

    Args:
        ground: what to look at.
        mend: whether to make right what can be worked out again.
        tell: is told how far it has come.
    """
    waiting = await pending(ground.database)
    if waiting:
        # Every other check asks for columns that may not be there.
        return [
            Found(
                "tables_are_up_to_date", f"Migrations wait: {', '.join(waiting)}. Run `cms migrate`.", is_mended=False
            )
        ]
    return await find_faults(ground, CHECKS, mend=mend, tell=tell)
