"""Look once a second whether something has happened that the boards show."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from servicedesk.jobs.place import Place
from servicedesk.store.db import transaction
from servicedesk.usecases import board_changes


def seen_by(place: Place) -> Callable[[], Awaitable[bool]]:
    """Rounds of a process, which remembers what it has seen; its first tells of every account."""
    seen: board_changes.Seen = {}

    async def look() -> bool:
        async with transaction(place.pool) as conn:
            await board_changes.announce(conn, seen)
        return False

    return look
