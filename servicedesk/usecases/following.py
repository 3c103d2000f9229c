"""Following what happens: the tickets that events have touched since a mark, none missed and none waited for."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Protocol

from servicedesk.domain.model import AccountId, TicketId
from servicedesk.store import figures
from servicedesk.store.db import Conn, View

SETTLED = timedelta(seconds=60)  # no transaction of the desk lasts that long
_EVENTS = 5000
_AGAIN = 2000  # of a backlog's events, in the next look: for events with lower numbers that were committed later


class Marks(Protocol):
    """Where a follower remembers how far it has looked (store/figures, store/search)."""

    async def take_turn(self, conn: Conn, account_id: AccountId) -> bool:
        """Whether this transaction alone follows."""

    async def mark(self, conn: Conn, account_id: AccountId) -> View | None:
        """event_id, seen_event_id, seen_at."""

    async def put_mark(
        self, conn: Conn, account_id: AccountId, *, event_id: int, seen_event_id: int, seen_at: datetime
    ) -> None:
        """Remember it."""


async def follow(
    conn: Conn, account_id: AccountId, marks: Marks, work: Callable[[list[TicketId]], Awaitable[None]], *, wall: datetime
) -> bool:
    """Do the work for what events have touched since the last time; True where there is more. One worker at a time.

    Events of the last minute are looked at again the next time: one with a lower number may be committed later.
    """
    if not await marks.take_turn(conn, account_id):
        return False
    mark = await marks.mark(conn, account_id) or {"event_id": 0, "seen_event_id": 0, "seen_at": wall}
    certain = mark["seen_event_id"] if wall - mark["seen_at"] >= SETTLED else mark["event_id"]
    newest = await figures.newest_event(conn, account_id)
    if newest == certain:
        return False
    touched, last = await figures.touched(conn, account_id, after=certain, until=newest, size=_EVENTS)
    await work(sorted(touched))
    more = last is not None and last < newest
    if more:
        certain = max(certain, (last or certain) - _AGAIN)
        await marks.put_mark(conn, account_id, event_id=certain, seen_event_id=certain, seen_at=wall)
    elif certain != mark["event_id"] or mark["seen_event_id"] == mark["event_id"]:
        await marks.put_mark(conn, account_id, event_id=certain, seen_event_id=newest, seen_at=wall)
    return more
