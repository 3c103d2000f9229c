"""Reports by mail on schedule: owed once to each who wants them, and what becomes of each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from servicedesk.domain.model import AccountId
from servicedesk.domain.reporting import due
from servicedesk.domain.telling import Reason, after_failure
from servicedesk.store import accounts, report_mails
from servicedesk.store.db import Conn
from servicedesk.store.report_mails import Report
from servicedesk.usecases import figure_views
from servicedesk.usecases.figure_views import Asked, FiguresPage

LEASE = timedelta(minutes=3)  # drawing a PDF takes its time


async def plan(conn: Conn, account_ids: Sequence[AccountId], *, now: datetime) -> int:
    """Owe what is due; how many reports. Called again and again: each is owed once."""
    count = 0
    for account_id in account_ids:
        account = await accounts.by_id(conn, account_id)
        for period, since, until in due(await accounts.calendar(conn, account), now):
            count += await report_mails.plan(conn, account_id, period, since, until, now=now)
    return count


async def claim(conn: Conn, account_ids: Sequence[AccountId], *, now: datetime, wall: datetime, size: int) -> list[Report]:
    """What is to be sent now; this worker's until the lease ends."""
    return await report_mails.claim(conn, account_ids, now=now, wall=wall, lease_until=wall + LEASE, size=size)


async def figures_of(conn: Conn, report: Report, *, now: datetime) -> FiguresPage:
    """What the report shows."""
    account = await accounts.by_id(conn, report.account_id)
    asked = Asked(report.period, report.until.isoformat(), since=report.since.isoformat())
    return await figure_views.of_account(conn, account, asked, now=now)


async def sent(conn: Conn, report: Report, *, now: datetime) -> None:
    """The mail server took it."""
    await report_mails.end(conn, report, "sent", reason=None, now=now)


async def failed(conn: Conn, report: Report, reason: Reason, *, now: datetime) -> None:
    """It did not go: again later, or given up."""
    outcome = after_failure(reason, report.attempts, now)
    if outcome.next_try_at is not None:
        await report_mails.put_off(conn, report, reason=reason, until=outcome.next_try_at)
    else:
        await report_mails.end(conn, report, "failed", reason=reason, now=now)
