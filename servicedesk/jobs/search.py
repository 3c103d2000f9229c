"""Keep the search's index: it follows what happens, and is never in the way of it."""

from __future__ import annotations

from servicedesk.jobs.place import Place
from servicedesk.store import accounts, search
from servicedesk.store.db import transaction
from servicedesk.usecases import following, searching


async def follow(place: Place) -> bool:
    """One round over the accounts where something has happened, a transaction for each; True where there may be more."""
    async with transaction(place.pool) as conn:
        ids = await search.to_index(conn, await accounts.every_id(conn), settled=place.clock.wall() - following.SETTLED)
    more = False
    for account_id in ids:
        async with transaction(place.pool) as conn:
            more |= await searching.follow(conn, account_id, wall=place.clock.wall())
    return more
