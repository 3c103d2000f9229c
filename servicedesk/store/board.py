"""What the supervisor's board reads of open tickets, and the word that it has changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from servicedesk.domain.model import AccountId, DepartmentId, Kind, State
from servicedesk.store.db import Conn, View, queries, views

CHANNEL = "board"  # of NOTIFY; the payload is the account's id
_NEWEST = 16


@dataclass(frozen=True)
class Part:
    """The part of an account's tickets that is looked at; None leaves a side open."""

    account_id: AccountId
    department_id: DepartmentId | None = None
    kind: Kind | None = None


async def counts(conn: Conn, part: Part, *, now: datetime, until: datetime) -> dict[str, int]:
    """open, overdue, due, due_today (before `until`), triage, returned, unaccepted, unsolved; and held: answers on the way."""
    found = dict(await queries.board_counts(conn, **vars(part), now=now, until=until))
    found["unsolved"] = await queries.board_unsolved_count(conn, **vars(part))
    found["held"] = await queries.board_held_count(conn, **vars(part))
    return found


async def by_due(conn: Conn, part: Part, *, after: datetime, until: datetime | None, size: int) -> list[View]:
    """Open tickets that fall due after an instant, and not after another, the earliest first."""
    return views(await queries.board_by_due(conn, **vars(part), due_after=after, due_until=until, size=size))


async def waiting(conn: Conn, part: Part, states: Sequence[State], *, returns: int, size: int) -> list[View]:
    """Open tickets in these states that were returned at least so often, those that have waited longest first."""
    return views(await queries.board_waiting(conn, **vars(part), states=states, returns=returns, size=size))


async def held(conn: Conn, part: Part, *, size: int) -> list[View]:
    """Answers that are held or failed, oldest first, with their tickets."""
    return views(await queries.board_held(conn, **vars(part), size=size))


async def unsolved(conn: Conn, part: Part, *, size: int) -> list[View]:
    """Open tickets whose citizens said that the answer did not solve it, those first that said so first."""
    return views(await queries.board_unsolved(conn, **vars(part), size=size))


async def newest_events(conn: Conn, account_ids: Sequence[AccountId]) -> dict[AccountId, tuple[int, ...]]:
    """The ids of each account's newest events: they differ whenever something has happened."""
    rows = await queries.newest_events(conn, account_ids=account_ids, size=_NEWEST)
    return {AccountId(row["account_id"]): tuple(row["event_ids"] or ()) for row in rows}


async def announce(conn: Conn, account_ids: Sequence[AccountId]) -> None:
    """Tell every process that listens."""
    await queries.announce_changes(conn, channel=CHANNEL, account_ids=account_ids)
