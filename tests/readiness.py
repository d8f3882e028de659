"""Making Tortoise's models ready, which it does anew for each database that is opened: once for each kind of database.

The one thing to know: it takes 10 ms for all our tables, more than most tests do with them, and what comes out hangs on
the models and the driver alone. A process that opens one database gains nothing from this, so it stands here.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from tortoise.apps import Apps
from tortoise.models import MetaInfo

_QUERIES = ("basetable", "basequery", "basequery_all_fields")
#: These Tortoise changes in their places.
_COLLECTIONS = ("filters", "db_native_fields", "db_default_fields", "db_complex_fields")


@contextmanager
def made_ready_once() -> Iterator[None]:
    """Every database opened meanwhile finds its models as the first one of its kind left them."""
    make_ready = Apps._build_initial_querysets
    kept: dict[tuple[object, ...], list[tuple[MetaInfo, dict[str, Any]]]] = {}

    def ready(apps: Apps) -> None:
        metas = [model._meta for app in apps.values() for model in app.values()]
        key = (*(meta._model for meta in metas), *(type(meta.db) for meta in metas))
        if key not in kept:
            make_ready(apps)
            kept[key] = [(meta, _made(meta)) for meta in metas]
            return
        for meta, made in kept[key]:
            for name, value in made.items():
                setattr(meta, name, value.copy() if name in _COLLECTIONS else value)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Apps, "_build_initial_querysets", ready)
        yield


def _made(meta: MetaInfo) -> dict[str, Any]:
    queries = {name: getattr(meta, name) for name in _QUERIES}
    return queries | {name: getattr(meta, name).copy() for name in _COLLECTIONS}
