"""Reports that are owed by mail."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from servicedesk.domain.model import AccountId, StaffId
from servicedesk.store.db import Conn, queries


@dataclass(frozen=True)
class Report:
    """One report owed to one person; mail: None where they take none any more."""

    account_id: AccountId
    id: int
    staff_id: StaffId
    period: str
    since: date
    until: date
    attempts: int
    claims: int
    mail: str | None


async def plan(conn: Conn, account_id: AccountId, period: str, since: date, until: date, *, now: datetime) -> int:
    """Owe the report to everybody who wants it and has not got it; how many that were."""
    return int(await queries.plan_reports(conn, account_id=account_id, period=period, since=since, until=until, now=now))


async def claim(
    conn: Conn, account_ids: Sequence[AccountId], *, now: datetime, wall: datetime, lease_until: datetime, size: int
) -> list[Report]:
    """Reports to send now, leased to this worker."""
    rows = await queries.claim_reports(conn, account_ids=account_ids, now=now, wall=wall, lease_until=lease_until, size=size)
    return [
        Report(
            AccountId(row["account_id"]), row["report_id"], StaffId(row["staff_id"]), row["period"], row["since"],
            row["until"], row["attempts"], row["claims"], row["mail"] if row["at_work"] else None,
        )
        for row in rows
    ]  # fmt: skip


async def end(conn: Conn, report: Report, state: str, *, reason: str | None, now: datetime) -> None:
    """It has gone, or is given up."""
    await queries.end_report(
        conn, account_id=report.account_id, report_id=report.id, claims=report.claims, state=state, reason=reason, now=now
    )


async def put_off(conn: Conn, report: Report, *, reason: str, until: datetime) -> None:
    """Try again later."""
    await queries.put_off_report(
        conn, account_id=report.account_id, report_id=report.id, claims=report.claims, reason=reason, until=until
    )
