"""The supervisor's board."""

from __future__ import annotations

from aiohttp import web

from servicedesk.keys import CLOCK, POOL
from servicedesk.store import accounts
from servicedesk.store.db import reading
from servicedesk.usecases import desk_views
from servicedesk.web.access import signed_in
from servicedesk.web.responses import page

routes = web.RouteTableDef()


@routes.get("/board")
async def board(request: web.Request) -> web.Response:
    """Open, due today, overdue, the figures of each department, the balance. htmx asks for the inner part alone."""
    session = await signed_in(request)
    async with reading(request.app[POOL]) as conn:
        view = await desk_views.board(conn, session.actor, now=request.app[CLOCK].now())
        account = await accounts.by_id(conn, session.actor.account_id)
    part = request.headers.get("HX-Request") == "true"
    template = "staff/board_part.html" if part else "staff/board.html"
    return page(request, template, session=session, view=view, account=account, zone=account.zone)
