"""Look for topics wherever citizens have written something new."""

from __future__ import annotations

from servicedesk.jobs.place import Place
from servicedesk.store import accounts
from servicedesk.store import topics as rows
from servicedesk.store.db import transaction
from servicedesk.usecases import topics


async def look(place: Place) -> bool:
    """One round over these accounts, a transaction for each."""
    async with transaction(place.pool) as conn:
        ids = await rows.with_new_words(conn, await accounts.every_id(conn))
    for account_id in ids:
        async with transaction(place.pool) as conn:
            await topics.look(conn, await accounts.by_id(conn, account_id), now=place.clock.now())
    return False
