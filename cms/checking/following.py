"""Whether those who follow the event log are where they can be."""

from collections.abc import AsyncIterator
from datetime import timedelta
from functools import partial
from typing import Final

from cms.kernel.checking import Fault, Ground
from cms.kernel.clock import now, to_text
from cms.kernel.models import Event, Follower

#: Longer than any restart takes, and shorter than it takes readers to ask why no letter comes.
_PATIENCE: Final = timedelta(hours=1)
#: Followers that are silent while a setting is, and what the setting is called here.
_SILENT_WITHOUT: Final = {"akismet-corrections": "akismet_key"}


async def followers_keep_up(ground: Ground) -> AsyncIterator[Fault]:
    """Who is ahead of the log misses whatever comes next; who is far behind has stopped, and nobody has noticed."""
    last = await Event.all().order_by("-seq").first()
    end = last.seq if last else 0
    for follower in await Follower.all().order_by("name"):
        setting = _SILENT_WITHOUT.get(follower.name)
        if follower.position > end:
            told = f"The follower {follower.name} is at {follower.position}, and the log ends with {end}."
            yield Fault(told, partial(_set_back, follower.name, end))
        elif setting is None or getattr(ground.settings, setting):
            waiting = await Event.filter(seq__gt=follower.position).order_by("seq").first()
            if waiting is not None and waiting.at < now() - _PATIENCE:
                count = await Event.filter(seq__gt=follower.position).count()
                since = to_text(waiting.at)
                yield Fault(f"{count} events wait for the follower {follower.name} since {since}: is a worker running?")


async def _set_back(name: str, end: int) -> None:
    """To the end of the log: what it was told of before is gone from there."""
    await Follower.filter(name=name, position__gt=end).update(position=end, updated_at=now())
