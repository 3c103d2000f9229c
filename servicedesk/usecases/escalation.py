"""The ladder: each step of a deadline is recorded once, when it falls due."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from servicedesk.domain.calendar import Calendar
from servicedesk.domain.model import AccountId, Event
from servicedesk.domain.sla import Step, next_step
from servicedesk.store import accounts, deadlines, tickets
from servicedesk.store.db import Conn
from servicedesk.usecases import dating


async def take_steps(conn: Conn, account_ids: Sequence[AccountId], *, now: datetime, size: int = 200) -> int:
    """Take every step that has fallen due, up to `size`, in order; returns how many. Any number of workers may call it."""
    calendars: dict[AccountId, Calendar] = {}
    claimed = await deadlines.claim_steps(conn, account_ids, now=now, size=size)
    for row in claimed:
        account_id = AccountId(row["account_id"])
        if account_id not in calendars:
            calendars[account_id] = await accounts.calendar(conn, await accounts.by_id(conn, account_id))
        step = Step(row["next_step"])
        ticket = await tickets.by_id(conn, account_id, row["ticket_id"])
        if await deadlines.take_step(conn, row, now=now):
            facts = {"step": step, "deadline": row["kind"]}
            await tickets.add_event(conn, ticket, Event("escalated", facts), now=now)
        clock = await dating.clock_of(conn, calendars[account_id], ticket, row)
        following, at = next_step(clock, row["started_at"], row["due_at"], step)
        await deadlines.set_next_step(conn, row, following, at)
    return len(claimed)
