"""Keeping the figures: what each touched ticket measures, and the rollups of the days they were opened on."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from servicedesk.domain.calendar import Calendar
from servicedesk.domain.figures import Hand, Moments, measure
from servicedesk.domain.meter import Meter
from servicedesk.domain.model import Account, AccountId, Kind, State, TicketId
from servicedesk.store import accounts, figures
from servicedesk.store.db import Conn, View
from servicedesk.store.figures import Happened
from servicedesk.usecases.following import follow

BATCH = 1000


async def refresh(conn: Conn, account_id: AccountId, *, now: datetime, wall: datetime) -> bool:
    """Measure what events have touched since the last time; True where there is more. One worker at a time."""
    return await follow(conn, account_id, figures, lambda ids: _measured(conn, account_id, ids, now=now), wall=wall)


async def rebuild(conn: Conn, account_id: AccountId, *, now: datetime) -> int:
    """Measure every ticket again and make every rollup anew; how many tickets there were."""
    count, after = 0, 0
    while ids := await figures.ticket_ids(conn, account_id, after=after, size=BATCH):
        await _measured(conn, account_id, ids, now=now, roll=False)
        count, after = count + len(ids), ids[-1]
    await roll_up(conn, await accounts.by_id(conn, account_id), await figures.measured_days(conn, account_id))
    return count


async def look_from_here(conn: Conn, account_id: AccountId, *, wall: datetime) -> None:
    """All that has happened so far is measured: the next look begins at what comes."""
    newest = await figures.newest_event(conn, account_id)
    await figures.put_mark(conn, account_id, event_id=newest, seen_event_id=newest, seen_at=wall)


async def roll_up(conn: Conn, account: Account, days: Iterable[date]) -> None:
    """Make the rollups of these days anew."""
    chosen = sorted(days)
    calendar = Calendar(account.zone, account.intervals)
    begins = [calendar.midnight(day) for day in chosen]
    ends = [calendar.midnight(day + timedelta(days=1)) for day in chosen]
    if chosen:
        await figures.roll_up(conn, account.id, chosen, begins, ends)


async def _measured(conn: Conn, account_id: AccountId, ids: Sequence[TicketId], *, now: datetime, roll: bool = True) -> None:
    account = await accounts.by_id(conn, account_id)
    calendar = await accounts.calendar(conn, account)
    days: set[date] = set()
    for first in range(0, len(ids), BATCH):
        happened = await figures.happened(conn, account_id, ids[first : first + BATCH])
        if not happened.tickets:
            continue
        measured, held = await asyncio.to_thread(_rows, account, calendar, happened, now)
        await figures.put(conn, account_id, measured, held)
        days |= {date.fromisoformat(each["opened_on"]) for each in measured}
    if roll:
        await roll_up(conn, account, days)


def _rows(
    account: Account, calendar: Calendar, happened: Happened, now: datetime
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    meter = Meter(calendar, min(row["opened_at"] for row in happened.tickets))
    stood: dict[int, list[tuple[datetime, datetime]]] = defaultdict(list)
    for row in happened.pauses:
        stood[row["ticket_id"]].append((row["paused_at"], min(row["until"], now)))
    given: dict[int, list[View]] = defaultdict(list)
    for row in happened.assignments:
        given[row["ticket_id"]].append(row)
    measured, held = [], []
    for row in happened.tickets:
        found = measure(_moments(row, stood[row["ticket_id"]], given[row["ticket_id"]]), meter, now=now)
        key = {"account_id": account.id, "ticket_id": row["ticket_id"]}
        measured.append({
            **key, "opened_on": row["opened_at"].astimezone(account.zone).date().isoformat(), "kind": row["kind"],
            "department_id": row["department_id"], "solved": row["solved"], "score": row["score"], "returns": row["returns"],
            **{name: value for name, value in vars(found).items() if name != "hands"},
        })  # fmt: skip
        held += [
            {**key, "place": place, "department_id": hand.department_id, "minutes": minutes, "returned": hand.returned}
            for place, (hand, minutes) in enumerate(found.hands)
        ]
    return measured, held


def _moments(row: View, pauses: list[tuple[datetime, datetime]], assignments: list[View]) -> Moments:
    return Moments(
        kind=Kind(row["kind"]), department_id=row["department_id"], state=State(row["state"]), opened_at=row["opened_at"],
        accepted_at=row["accepted_at"], acceptance_due_at=row["acceptance_due_at"], replied_at=row["replied_at"],
        reply_due_at=row["reply_due_at"], answered_at=row["answered_at"], resolution_due_at=row["resolution_due_at"],
        drafted_at=row["drafted_at"], submitted_at=row["submitted_at"], pauses=pauses,
        hands=hands_of(row["opened_at"], row["answered_at"] or row["closed_at"], assignments),
    )  # fmt: skip


def hands_of(opened_at: datetime, ended_at: datetime | None, assignments: Sequence[View]) -> list[Hand]:
    """Through whose hands a ticket went, in order. The hand it is in is left out."""
    hands: list[Hand] = []
    free_from: datetime | None = opened_at
    for place, row in enumerate(assignments):
        if free_from is not None and row["assigned_at"] > free_from:
            hands.append(Hand(None, free_from, row["assigned_at"]))
        following = assignments[place + 1]["assigned_at"] if place + 1 < len(assignments) else ended_at
        left_at = row["returned_at"] or following
        if left_at is not None:
            hands.append(Hand(row["department_id"], row["assigned_at"], left_at, row["returned_at"] is not None))
        free_from = row["returned_at"]
    if free_from is not None and ended_at is not None and ended_at > free_from:
        hands.append(Hand(None, free_from, ended_at))
    return hands
