"""The ladder: each step of a deadline is recorded once, when it falls due."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from servicedesk.domain.calendar import Calendar
from servicedesk.domain.model import AccountId
from servicedesk.domain.sla import Step, next_step
from servicedesk.store import accounts, deadlines, tickets
from servicedesk.store.db import Conn, View
from servicedesk.usecases import dating


async def take_steps(conn: Conn, account_ids: Sequence[AccountId], *, now: datetime, size: int = 200) -> int:
    """Take every step that has fallen due, up to `size`, the earliest first; returns how many were claimed.

    Any number of workers may call it at once. Two statements for a batch, and one more for each clock that ever paused.
    """
    claimed = await deadlines.claim_steps(conn, account_ids, now=now, size=size)
    calendars = await _calendars(conn, {AccountId(row["account_id"]) for row in claimed})
    rows = [await _step(conn, row, calendars[row["account_id"]], now) for row in claimed]
    if rows:
        await deadlines.take_steps(conn, rows)
    return len(claimed)


async def _calendars(conn: Conn, account_ids: set[AccountId]) -> dict[AccountId, Calendar]:
    return {each: await accounts.calendar(conn, await accounts.by_id(conn, each)) for each in account_ids}


async def _step(conn: Conn, row: View, calendar: Calendar, now: datetime) -> dict[str, Any]:
    clock = calendar
    if row["paused"]:
        ticket = await tickets.by_id(conn, AccountId(row["account_id"]), row["ticket_id"])
        clock = await dating.clock_of(conn, calendar, ticket, row)
    step = Step(row["next_step"])
    following, at = next_step(clock, row["started_at"], row["due_at"], step)
    return {
        "account_id": row["account_id"], "deadline_id": row["deadline_id"], "ticket_id": row["ticket_id"],
        "department_id": row["department_id"], "kind": row["kind"], "step": step, "taken_at": now,
        "following": following, "following_at": at,
    }  # fmt: skip
