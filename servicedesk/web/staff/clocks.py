"""The clock of a ticket: how its dates came about, waiting for the citizen, more time."""

from __future__ import annotations

from aiohttp import web

from servicedesk.domain.model import Account
from servicedesk.keys import CLOCK, PAGES, POOL
from servicedesk.store import accounts
from servicedesk.store.db import reading
from servicedesk.usecases import clock_views, extending, pausing
from servicedesk.web.access import signed_in
from servicedesk.web.responses import page
from servicedesk.web.staff.tickets import act_on

routes = web.RouteTableDef()


@routes.get("/tickets/{number}/clock")
async def ledger(request: web.Request) -> web.Response:
    """Every date of the ticket, line by line."""
    session = await signed_in(request)
    async with reading(request.app[POOL]) as conn:
        ticket, clocks = await clock_views.page(conn, session.actor, request.match_info["number"])
        account = await accounts.by_id(conn, session.actor.account_id)
    return page(request, "staff/clock.html", session=session, ticket=ticket, clocks=clocks, account=account, zone=account.zone)


@routes.post("/tickets/{number}/pause")
async def pause(request: web.Request) -> web.Response:
    """Ask the citizen, and wait."""
    now = request.app[CLOCK].now()
    return await act_on(
        request,
        lambda conn, actor, number, form: pausing.pause(
            conn, actor, number, form.get("question_asked", ""), _words(request, "waiting"), now=now
        ),
    )


@routes.post("/tickets/{number}/resumption")
async def go_on(request: web.Request) -> web.Response:
    """Wait no longer."""
    now = request.app[CLOCK].now()
    return await act_on(request, lambda conn, actor, number, _: pausing.go_on(conn, actor, number, now=now))


@routes.post("/tickets/{number}/extensions")
async def ask(request: web.Request) -> web.Response:
    """Ask for more time."""
    now = request.app[CLOCK].now()
    return await act_on(
        request,
        lambda conn, actor, number, form: extending.ask(
            conn, actor, number, form.get("amount", ""), form.get("reason", ""), now=now
        ),
    )


@routes.post("/tickets/{number}/extensions/decision")
async def decide(request: web.Request) -> web.Response:
    """Grant it or not."""
    now = request.app[CLOCK].now()
    return await act_on(
        request,
        lambda conn, actor, number, form: extending.decide(
            conn, actor, number,
            extending.Decision(form.get("granted") == "yes", form.get("amount", ""), form.get("reason", "")),
            _words(request, "extended"), now=now,
        ),
    )  # fmt: skip


@routes.post("/tickets/{number}/extensions/grant")
async def extend(request: web.Request) -> web.Response:
    """More time, unasked."""
    now = request.app[CLOCK].now()
    return await act_on(
        request,
        lambda conn, actor, number, form: extending.extend(
            conn,
            actor,
            number,
            extending.More(form.get("amount", ""), form.get("reason", "")),
            _words(request, "extended"),
            now=now,
        ),
    )


def _words(request: web.Request, template: str) -> pausing.Words:
    def words(account: Account, facts: dict[str, str]) -> str:
        return request.app[PAGES].text(f"deliveries/{template}.txt", {**facts, "account": account, "zone": account.zone})

    return words
