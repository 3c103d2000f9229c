"""Keep the figures: never staler than a minute, and never in the way of anything else."""

from __future__ import annotations

from servicedesk.jobs.place import Place
from servicedesk.store import accounts
from servicedesk.store.db import transaction
from servicedesk.usecases import measuring


async def refresh(place: Place) -> bool:
    """One round over all accounts, a transaction for each; True where there may be more."""
    async with transaction(place.pool) as conn:
        ids = await accounts.every_id(conn)
    more = False
    for account_id in ids:
        async with transaction(place.pool) as conn:
            more |= await measuring.refresh(conn, account_id, now=place.clock.now(), wall=place.clock.wall())
    return more
