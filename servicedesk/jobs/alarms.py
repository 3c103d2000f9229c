"""Look for what ought not to be so, and say it in the log, the metrics and on the supervisor's page."""

from __future__ import annotations

import structlog

from servicedesk.jobs.place import Place
from servicedesk.store import accounts
from servicedesk.store.db import transaction
from servicedesk.usecases import alarms

log = structlog.get_logger(__name__)


async def look(place: Place) -> bool:
    """One look; there is never more to do at once."""
    at_silences = place.clock.wall().minute % 10 == 0
    async with transaction(place.pool) as conn:
        ids = await accounts.every_id(conn)
        raised, cleared = await alarms.look(conn, ids, now=place.clock.now(), at_silences=at_silences)
    if raised or cleared:
        log.warning("alarms_changed", count=raised)
    return False
