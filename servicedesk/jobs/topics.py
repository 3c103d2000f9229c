"""Look for topics wherever citizens have written something new."""

from __future__ import annotations

from servicedesk.jobs.place import Place
from servicedesk.store import accounts
from servicedesk.store import topics as rows
from servicedesk.store.db import transaction
from servicedesk.usecases import spotting


async def look(place: Place) -> bool:
    """One round over these accounts, a transaction for each."""
    wall = place.clock.wall()
    async with transaction(place.pool) as conn:
        ids = await rows.with_new_words(conn, await accounts.every_id(conn), looked_before=wall - spotting.AGAIN)
    for account_id in ids:
        async with transaction(place.pool) as conn:
            await spotting.look(conn, await accounts.by_id(conn, account_id), now=place.clock.now(), wall=wall)
    return False
