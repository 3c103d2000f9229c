"""Published answers that are alike: the index grows, and who had to get a reply without them gets them later."""

from __future__ import annotations

from functools import partial

from servicedesk.domain.model import Account
from servicedesk.jobs.place import Place
from servicedesk.store import accounts
from servicedesk.store.db import View, transaction
from servicedesk.usecases import answering_alike, similar

BATCH = 20
_INQUIRIES = 100


async def index(place: Place) -> bool:
    """New publications and inquiries into the index; True where there may be more."""
    async with transaction(place.pool) as conn:
        ids = await accounts.every_id(conn)
        published = await answering_alike.index_owed(conn, ids, size=BATCH)
        return published == BATCH or await similar.index_owed(conn, ids, size=_INQUIRIES) == _INQUIRIES


async def send_late(place: Place) -> bool:
    """One round; True where there may be more."""
    async with transaction(place.pool) as conn:
        ids = await accounts.every_id(conn)
        done = await answering_alike.owe_late(conn, ids, partial(_words, place), now=place.clock.now(), size=BATCH)
    return done == BATCH


def _words(place: Place, account: Account, found: list[View]) -> str:
    return place.pages.text("deliveries/alike_late.txt", {"alike": found, "account": account, "base_url": place.base_url})
