"""The clock's work: steps of the ladder, tickets that nobody contradicted, sessions that ran out."""

from __future__ import annotations

from servicedesk import metrics
from servicedesk.jobs.place import Place
from servicedesk.store import accounts, people
from servicedesk.store.db import transaction
from servicedesk.usecases import ending, escalation

BATCH = 200


async def take_steps(place: Place) -> bool:
    """One round of the ladder; True where there may be more."""
    async with transaction(place.pool) as conn:
        ids = await accounts.every_id(conn)
        taken = await escalation.take_steps(conn, ids, now=place.clock.now(), size=BATCH)
    metrics.STEPS.inc(taken)
    return taken == BATCH


async def keep_house(place: Place) -> bool:
    """Close what was answered and not contradicted; forget old sessions."""
    async with transaction(place.pool) as conn:
        ids = await accounts.every_id(conn)
        closed = await ending.close_silent(conn, ids, now=place.clock.now())
        await people.end_old_sessions(conn, ids, now=place.clock.wall())
    return closed > 0
