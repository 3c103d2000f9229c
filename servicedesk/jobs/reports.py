"""Send the reports that are due: key figures in the mail, the whole as XLSX and, where it can be drawn, as PDF."""

from __future__ import annotations

import asyncio

import structlog

from servicedesk import metrics
from servicedesk.channels import mail
from servicedesk.channels.mail import Attached, Letter
from servicedesk.channels.means import MeansError
from servicedesk.domain.errors import NoPdf
from servicedesk.domain.model import Account
from servicedesk.domain.telling import Reason
from servicedesk.jobs.place import Place
from servicedesk.pdf import pdf_of
from servicedesk.sheets import XLSX, rows_of, xlsx_of
from servicedesk.store import accounts
from servicedesk.store.db import View, reading, transaction
from servicedesk.store.report_mails import Report
from servicedesk.usecases import reporting
from servicedesk.usecases.figure_views import FiguresPage

log = structlog.get_logger(__name__)
BATCH = 4


async def send_due(place: Place) -> bool:
    """One round; True where there may be more."""
    async with transaction(place.pool) as conn:
        ids = await accounts.every_id(conn)
        await reporting.plan(conn, ids, now=place.clock.now())
        claimed = await reporting.claim(conn, ids, now=place.clock.now(), wall=place.clock.wall(), size=BATCH)
    for report in claimed:
        await _send_one(place, report)
    return len(claimed) == BATCH


async def _send_one(place: Place, report: Report) -> None:
    """What nobody foresaw about one must not hold the others up."""
    reason: Reason | None = None
    try:
        await _send(place, report)
    except MeansError as error:
        reason = error.reason
    except Exception:
        metrics.JOB_ERRORS.labels("reports").inc()
        log.exception("report_broke", report=report.id)
        reason = Reason.BROKE
    async with transaction(place.pool) as conn:
        if reason is None:
            await reporting.sent(conn, report, now=place.clock.now())
        else:
            await reporting.failed(conn, report, reason, now=place.clock.now())
            log.warning("report_refused", report=report.id, reason=reason)


async def _send(place: Place, report: Report) -> None:
    if report.mail is None:
        raise MeansError(Reason.REMOVED)
    if place.mail is None:
        raise MeansError(Reason.NO_SERVER)
    async with reading(place.pool) as conn:
        account = await accounts.by_id(conn, report.account_id)
        view = await reporting.figures_of(conn, report, now=place.clock.now())
    facts: View = {
        "account": account, "zone": account.zone, "view": view, "period": report.period, "now": place.clock.now(),
        "link": f"{place.base_url}/figures?span={report.period}&since={report.since}&until={report.until}",
    }  # fmt: skip
    letter = Letter(
        sender_name=account.name, to=report.mail, subject=place.pages.text("reports/subject.txt", facts),
        text=place.pages.text("reports/mail.txt", facts) + "\n", key=f"{account.code}-report-{report.id}",
        at=place.clock.wall(), attached=await _attached(place, account, view, facts),
    )  # fmt: skip
    await mail.send(place.mail, letter)


async def _attached(place: Place, account: Account, view: FiguresPage, facts: View) -> tuple[Attached, ...]:
    name = f"{account.code}-{view.since}-{view.until}"
    rows = rows_of(place.pages, view, account, "zh")
    sheet = Attached(f"{name}.xlsx", XLSX, await asyncio.to_thread(xlsx_of, rows))
    try:
        return sheet, Attached(
            f"{name}.pdf", "application/pdf", await pdf_of(place.pages.html("reports/figures.html", **facts))
        )
    except NoPdf:
        return (sheet,)
