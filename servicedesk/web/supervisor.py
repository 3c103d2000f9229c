"""The supervisor's board, alive, and the tickets that a supervisor takes into their own hands."""

from __future__ import annotations

from aiohttp import web

from servicedesk.domain.access import Page, check_page
from servicedesk.domain.errors import NotPermitted
from servicedesk.domain.model import Kind
from servicedesk.keys import CLOCK, POOL
from servicedesk.store import accounts
from servicedesk.store.db import reading
from servicedesk.usecases import board_views, taking_over
from servicedesk.web.access import maybe_session, signed_in
from servicedesk.web.live import BOARDS, NoStream, follow
from servicedesk.web.responses import page
from servicedesk.web.staff.tickets import act_on

routes = web.RouteTableDef()


@routes.get("/board")
async def board(request: web.Request) -> web.Response:
    """What breaks next, what has, who is slow, the balance. htmx asks for the inner part alone."""
    session = await signed_in(request)
    department, kind = request.query.get("department"), request.query.get("kind")
    async with reading(request.app[POOL]) as conn:
        view = await board_views.view(conn, session.actor, department, kind, now=request.app[CLOCK].now())
        account = await accounts.by_id(conn, session.actor.account_id)
    part = request.headers.get("HX-Request") == "true"
    template = "staff/board_part.html" if part else "staff/board.html"
    return page(request, template, session=session, view=view, kinds=tuple(Kind), account=account, zone=account.zone)


@routes.get("/board/limbo")
async def limbo(request: web.Request) -> web.Response:
    """Whether every open ticket is in somebody's queue with a clock that runs or stands still for a reason."""
    session = await signed_in(request)
    async with reading(request.app[POOL]) as conn:
        view = await board_views.limbo(conn, session.actor)
        account = await accounts.by_id(conn, session.actor.account_id)
    return page(request, "staff/limbo.html", session=session, view=view, account=account, zone=account.zone)


@routes.get("/board/events", allow_head=False)
async def events(request: web.Request) -> web.StreamResponse:
    """A stream that says when to look at the board again. 403 for a stranger: a browser's stream follows no login."""
    session = await maybe_session(request)
    if session is None:
        raise NotPermitted
    check_page(session.actor, Page.BOARD)
    try:
        return await follow(request, request.app[BOARDS], session.actor.account_id)
    except NoStream:
        raise web.HTTPServiceUnavailable from None


@routes.post("/tickets/{number}/takeover")
async def take_over(request: web.Request) -> web.Response:
    """接管."""
    now = request.app[CLOCK].now()
    return await act_on(
        request, lambda conn, actor, number, form: taking_over.take_over(conn, actor, number, form.get("reason", ""), now=now)
    )


@routes.post("/tickets/{number}/handback")
async def hand_back(request: web.Request) -> web.Response:
    """交回."""
    now = request.app[CLOCK].now()
    return await act_on(
        request, lambda conn, actor, number, form: taking_over.hand_back(conn, actor, number, form.get("reason", ""), now=now)
    )
