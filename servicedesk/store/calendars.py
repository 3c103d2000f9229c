"""The calendar's own rows, its recorded changes, and all running deadlines of an account at once."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from servicedesk.domain.calendar_change import Change, Day, hours_as_facts
from servicedesk.domain.model import Account, AccountId, StaffId
from servicedesk.store import accounts
from servicedesk.store.db import Conn, View, queries, views


@dataclass(frozen=True)
class Running:
    """Every running deadline of open tickets, with the pauses and granted extensions of each ticket."""

    rows: list[View]
    pauses: Mapping[int, list[View]]
    extensions: Mapping[int, list[View]]


async def version(conn: Conn, account_id: AccountId) -> int:
    """How often the account's settings have changed."""
    return int(await queries.calendar_version(conn, account_id=account_id))


async def hold(conn: Conn, account_id: AccountId) -> int:
    """The version; until the transaction ends nobody else changes it, and no new inquiry is dated."""
    return int(await queries.hold_calendar(conn, account_id=account_id))


async def days(conn: Conn, account_id: AccountId) -> dict[date, Day]:
    """The days that are not what their weekday says, with their names."""
    rows = await queries.calendar_days(conn, account_id=account_id)
    return {row["day"]: (row["working"], row["name"]) for row in rows}


async def years(conn: Conn, account_id: AccountId) -> dict[int, str]:
    """The years that were entered, and from where."""
    return {row["year"]: row["source"] for row in await queries.calendar_years(conn, account_id=account_id)}


async def lock_running(conn: Conn, account_id: AccountId) -> None:
    """Hold all open tickets and their running deadlines, in one order."""
    await queries.lock_open_tickets(conn, account_id=account_id)
    await queries.lock_running_deadlines(conn, account_id=account_id)


async def running(conn: Conn, account_id: AccountId) -> Running:
    """All that the dates of open tickets depend on, in three queries."""
    rows = await asyncio.to_thread(views, await queries.running_deadlines(conn, account_id=account_id))
    pauses, extensions = defaultdict(list), defaultdict(list)
    for row in views(await queries.pauses_running(conn, account_id=account_id)):
        pauses[row["ticket_id"]].append(row)
    for row in views(await queries.extensions_running(conn, account_id=account_id)):
        extensions[row["ticket_id"]].append(row)
    return Running(rows, pauses, extensions)


async def put(conn: Conn, account: Account, change: Change, *, now: datetime) -> None:
    """The rows as the change says."""
    if change.zone is not None or change.intervals is not None:
        await queries.set_work_hours(
            conn, account_id=account.id, timezone=(change.zone or account.zone).key,
            work_intervals=hours_as_facts(change.intervals or account.intervals),
        )  # fmt: skip
    kept = {day: said for day, said in change.days.items() if said is not None}
    gone = [day for day, said in change.days.items() if said is None]
    if gone:
        await queries.drop_calendar_days(conn, account_id=account.id, days=gone)
    if kept:
        await queries.put_calendar_days(
            conn, account_id=account.id, days=list(kept), workings=[working for working, _ in kept.values()],
            names=[name for _, name in kept.values()],
        )  # fmt: skip
    for year, source in change.years.items():
        await accounts.add_calendar_year(conn, account.id, year, [], source=source, now=now)


async def move(conn: Conn, account_id: AccountId, rows: Sequence[Mapping[str, Any]], by: StaffId, *, now: datetime) -> None:
    """Other dates and steps for running deadlines, with an event for each date; the fields are those of the statement."""
    await queries.move_deadlines(conn, account_id=account_id, rows=rows, staff_id=by, now=now)
    await queries.set_dues(conn, account_id=account_id, ticket_ids=[row["ticket_id"] for row in rows])


async def owe_notices(conn: Conn, account_id: AccountId, rows: Sequence[Mapping[str, Any]], *, now: datetime) -> None:
    """One automatic text for each of these tickets: citizen_id, ticket_id, body."""
    await queries.owe_notices(conn, account_id=account_id, rows=rows, now=now)


async def record(
    conn: Conn, account_id: AccountId, by: StaffId, change: Change, *, before: Mapping[str, Any],
    counts: Mapping[str, int], now: datetime,
) -> int:  # fmt: skip
    """The change as one act; its number. counts: deadlines moved, tickets, citizens told."""
    return int(
        await queries.add_calendar_change(
            conn, account_id=account_id, staff_id=by, now=now, kind=change.kind, before=before, after=change.as_facts(),
            moved=counts["moved"], tickets=counts["tickets"], told=counts["told"],
        )
    )  # fmt: skip


async def changes(conn: Conn, account_id: AccountId, *, size: int) -> list[View]:
    """The newest recorded changes."""
    return views(await queries.calendar_changes(conn, account_id=account_id, size=size))
