"""Published answers that are alike: the index grows, and who had to get a reply without them gets them later."""

from __future__ import annotations

from functools import partial

from servicedesk.domain.model import Account
from servicedesk.jobs.place import Place
from servicedesk.store import accounts
from servicedesk.store.db import View, transaction
from servicedesk.usecases import answering_alike

BATCH = 20


async def index(place: Place) -> bool:
    """New publications into the index; True where there may be more."""
    async with transaction(place.pool) as conn:
        return await answering_alike.index_owed(conn, await accounts.every_id(conn), size=BATCH) == BATCH


async def send_late(place: Place) -> bool:
    """One round; True where there may be more."""
    async with transaction(place.pool) as conn:
        ids = await accounts.every_id(conn)
        done = await answering_alike.owe_late(conn, ids, partial(_words, place), now=place.clock.now(), size=BATCH)
    return done == BATCH


def _words(place: Place, account: Account, found: list[View]) -> str:
    return place.pages.text("deliveries/alike_late.txt", {"alike": found, "account": account, "base_url": place.base_url})
