"""The account's rates in public, and the balance: how well every question is answered."""

from __future__ import annotations

from aiohttp import web

from servicedesk.keys import CLOCK, POOL
from servicedesk.store.db import reading
from servicedesk.usecases import figure_views
from servicedesk.usecases.figure_views import Asked
from servicedesk.web.access import path_account
from servicedesk.web.responses import page

routes = web.RouteTableDef()
_CACHE = {"Cache-Control": "public, max-age=300"}


@routes.get("/portal/{account}/figures")
async def show(request: web.Request) -> web.Response:
    """Ninety days, by department too; nothing of any single ticket."""
    account = await path_account(request)
    async with reading(request.app[POOL]) as conn:
        view = await figure_views.of_account(conn, account, Asked("quarter"), now=request.app[CLOCK].now())
    response = page(request, "portal/figures.html", account=account, zone=account.zone, view=view)
    response.headers.update(_CACHE)
    return response
