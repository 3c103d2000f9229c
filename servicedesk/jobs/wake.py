"""Listen for the database's nudges; a nudge only wakes, polling is what guarantees."""

from __future__ import annotations

import asyncio

from servicedesk.store.db import Pool
from servicedesk.usecases.answering import OWED

_LOOK_S = 5


async def listen(pool: Pool, owed: asyncio.Event) -> bool:
    """Set the event whenever something is owed, until the connection is lost."""

    def nudged(*_: object) -> None:
        owed.set()

    async with pool.acquire() as conn:
        await conn.add_listener(OWED, nudged)
        try:
            while not conn.is_closed():  # noqa: ASYNC110  # asyncpg tells nobody when a connection is lost
                await asyncio.sleep(_LOOK_S)
        finally:
            if not conn.is_closed():
                await conn.remove_listener(OWED, nudged)
    return False
