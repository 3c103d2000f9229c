"""Keep the figures: never staler than a minute, and never in the way of anything else."""

from __future__ import annotations

from servicedesk.jobs.place import Place
from servicedesk.store import accounts, figures
from servicedesk.store.db import transaction
from servicedesk.usecases import following, measuring


async def refresh(place: Place) -> bool:
    """One round over the accounts where something has happened, a transaction for each; True where there may be more."""
    async with transaction(place.pool) as conn:
        ids = await figures.to_measure(conn, await accounts.every_id(conn), settled=place.clock.wall() - following.SETTLED)
    more = False
    for account_id in ids:
        async with transaction(place.pool) as conn:
            more |= await measuring.refresh(conn, account_id, now=place.clock.now(), wall=place.clock.wall())
    return more
