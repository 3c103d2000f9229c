"""Figures for supervisors: the page, the tickets behind each figure, and files to take along."""

from __future__ import annotations

import asyncio
from urllib.parse import urlencode

from aiohttp import web

from servicedesk.domain.model import Account
from servicedesk.keys import CLOCK, PAGES, POOL
from servicedesk.pdf import pdf_of
from servicedesk.sheets import XLSX, csv_of, rows_of, xlsx_of
from servicedesk.store import accounts
from servicedesk.store.db import reading
from servicedesk.usecases import figure_views
from servicedesk.usecases.figure_views import Asked, FiguresPage
from servicedesk.usecases.signing_in import Session
from servicedesk.web.access import signed_in
from servicedesk.web.responses import language, page

routes = web.RouteTableDef()
_TYPES = {
    "csv": "text/csv",
    "xlsx": XLSX,
    "pdf": "application/pdf",
}


@routes.get("/figures")
async def show(request: web.Request) -> web.Response:
    """Rates, times, departments, kinds, the course of the days."""
    session, account, view = await _view(request)
    return page(
        request, "staff/figures.html", session=session, view=view, account=account, zone=account.zone, query_of=query_of,
        spans=list(figure_views.SPANS), steps=figure_views.STEPS, nobodys=figure_views.NOBODYS,
    )  # fmt: skip


@routes.get("/figures/tickets")
async def behind(request: web.Request) -> web.Response:
    """The tickets behind a figure."""
    session = await signed_in(request)
    asked, which = asked_of(request), request.query.get("which", "received")
    before = request.query.get("before", "")
    until = int(before) if before.isascii() and before.isdecimal() and len(before) < 19 else 2**62
    async with reading(request.app[POOL]) as conn:
        rows = await figure_views.tickets_behind(conn, session.actor, asked, which, now=request.app[CLOCK].now(), before=until)
        account = await accounts.by_id(conn, session.actor.account_id)
    return page(
        request, "staff/figure_tickets.html", session=session, rows=rows, which=which, account=account, zone=account.zone,
        query=query_of(asked), more=len(rows) == figure_views.TICKETS,
    )  # fmt: skip


@routes.get("/figures.{form:csv|xlsx|pdf}")
async def file(request: web.Request) -> web.Response:
    """The same figures as a file."""
    _, account, view = await _view(request)
    form = request.match_info["form"]
    pages, chosen = request.app[PAGES], language(request)
    if form == "pdf":
        facts = {"view": view, "account": account, "zone": account.zone, "now": request.app[CLOCK].now()}
        content = await pdf_of(pages.html("reports/figures.html", chosen, **facts))
    else:
        rows = rows_of(pages, view, account, chosen)
        content = csv_of(rows) if form == "csv" else await asyncio.to_thread(xlsx_of, rows)
    name = f"{account.code}-{view.since}-{view.until}.{form}"
    return web.Response(
        body=content, content_type=_TYPES[form], charset="utf-8" if form == "csv" else None,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )  # fmt: skip


def asked_of(request: web.Request) -> Asked:
    """What the address asks for."""
    query = request.query
    return Asked(
        query.get("span", figure_views.DEFAULT), query.get("until", ""), query.get("department", ""), query.get("kind", ""),
        query.get("since", ""), query.get("by", ""),
    )  # fmt: skip


def query_of(asked: Asked, **instead: str) -> str:
    """The address that asks for the same again, or for something else instead."""
    return urlencode({name: value for name, value in {**vars(asked), **instead}.items() if value})


async def _view(request: web.Request) -> tuple[Session, Account, FiguresPage]:
    session = await signed_in(request)
    async with reading(request.app[POOL]) as conn:
        view = await figure_views.page(conn, session.actor, asked_of(request), now=request.app[CLOCK].now())
        return session, await accounts.by_id(conn, session.actor.account_id), view
