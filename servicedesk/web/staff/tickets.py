"""Queue, triage and ticket pages of the departments and dispatchers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from aiohttp import web
from multidict import MultiMapping

from servicedesk.domain.desk import OPEN
from servicedesk.domain.errors import DeskError, InvalidForm
from servicedesk.domain.model import Account, Actor, Kind, Priority, State
from servicedesk.keys import CLOCK, PAGES, POOL
from servicedesk.store import accounts
from servicedesk.store.db import Conn, reading, transaction
from servicedesk.usecases import assigning, board_views, desk_views, ending, merging, similar
from servicedesk.usecases.desk_views import Narrow
from servicedesk.web.access import signed_form, signed_in
from servicedesk.web.responses import page, problem_of, see

routes = web.RouteTableDef()
TABS: dict[str, tuple[State, ...]] = {
    "open": tuple(sorted(OPEN)),
    "assigned": (State.ASSIGNED,),
    "accepted": (State.ACCEPTED,),
    "answering": (State.ANSWERING,),
    "answered": (State.ANSWERED,),
    "ended": (State.CLOSED, State.MERGED, State.WITHDRAWN),
}
# Where the board's figures lead: among open tickets only.
CORNERS: dict[str, tuple[State, ...]] = {
    "due": tuple(sorted(OPEN)),
    "today": tuple(sorted(OPEN)),
    "overdue": tuple(sorted(OPEN)),
    "triage": (State.NEW, State.TRIAGE),
    "returned": (State.NEW, State.TRIAGE),
}
Act = Callable[[Conn, Actor, str, MultiMapping[str]], Awaitable[object]]


@routes.get("/tickets")
async def queue(request: web.Request) -> web.Response:
    """What the department has to do, the next deadline first."""
    session = await signed_in(request)
    tab = request.query.get("state", "open")
    tab = tab if tab in TABS or tab in CORNERS else "open"
    states = TABS.get(tab) or CORNERS[tab]
    department, given = request.query.get("department") or None, request.query.get("kind")
    kind = Kind(given) if given in set(Kind) else None
    async with reading(request.app[POOL]) as conn:
        account = await accounts.by_id(conn, session.actor.account_id)
        narrow = replace(_narrow(tab, account, _now(request)), department=department, kind=kind)
        view = await desk_views.queue(conn, session.actor, states, request.query.get("after", ""), narrow)
    counts = {name: sum(view.counts.get(state, 0) for state in states) for name, states in TABS.items()}
    return page(
        request, "staff/queue.html", session=session, view=view, tab=tab, counts=counts, department=department,
        kind=kind, kinds=tuple(Kind), account=account, zone=account.zone,
    )  # fmt: skip


@routes.get("/triage")
async def triage(request: web.Request) -> web.Response:
    """The unclear ones, with why the routing doubted."""
    session = await signed_in(request)
    return await _triage(request, session)


@routes.get("/tickets/{number}")
async def show(request: web.Request) -> web.Response:
    """One ticket, whole."""
    session = await signed_in(request)
    return await show_ticket(request, session, request.match_info["number"])


@routes.get("/tickets/{number}/similar")
async def show_similar(request: web.Request) -> web.Response:
    """What is alike, for the ticket's page to show when it is ready."""
    session = await signed_in(request)
    async with reading(request.app[POOL]) as conn:
        account = await accounts.by_id(conn, session.actor.account_id)
        view = await similar.similar(conn, session.actor, request.match_info["number"])
    return page(request, "staff/similar.html", session=session, view=view, account=account, zone=account.zone)


@routes.post("/tickets/{number}/acceptance")
async def accept(request: web.Request) -> web.Response:
    """签收."""
    return await act_on(request, lambda conn, actor, number, _: assigning.accept(conn, actor, number, now=_now(request)))


@routes.post("/tickets/{number}/return")
async def give_back(request: web.Request) -> web.Response:
    """退单, with a reason; the ticket leaves the department's sight."""
    return await act_on(
        request,
        lambda conn, actor, number, form: assigning.give_back(
            conn, actor, number, form.get("clause", ""), form.get("reason", ""), now=_now(request)
        ),
        then="/tickets",
    )


@routes.post("/tickets/{number}/assignment")
async def assign(request: web.Request) -> web.Response:
    """派单 or 改派."""
    from_triage = request.query.get("from") == "triage"
    return await act_on(
        request,
        lambda conn, actor, number, form: assigning.assign(
            conn, actor, number, form.get("department", ""), form.get("reason", ""), now=_now(request)
        ),
        then="/triage" if from_triage else None,
    )


@routes.post("/tickets/{number}/classification")
async def reclassify(request: web.Request) -> web.Response:
    """Another kind or priority: other dates."""
    return await act_on(
        request,
        lambda conn, actor, number, form: assigning.reclassify(
            conn, actor, number, form.get("kind", ""), form.get("priority", ""), now=_now(request)
        ),
    )


@routes.post("/tickets/{number}/notes")
async def note(request: web.Request) -> web.Response:
    """A note that only staff see."""
    return await act_on(
        request,
        lambda conn, actor, number, form: assigning.note(conn, actor, number, form.get("note", ""), now=_now(request)),
    )


@routes.post("/tickets/{number}/withdrawal")
async def withdraw(request: web.Request) -> web.Response:
    """The citizen took it back."""
    return await act_on(
        request,
        lambda conn, actor, number, form: ending.withdraw(conn, actor, number, form.get("reason", ""), now=_now(request)),
    )


@routes.post("/tickets/{number}/refusal")
async def decline(request: web.Request) -> web.Response:
    """不予受理."""
    greeting = request.app[PAGES].text("deliveries/greeting.txt", {})
    return await act_on(
        request,
        lambda conn, actor, number, form: ending.decline(
            conn, actor, number, form.get("not_ours", ""), form.get("words", ""), greeting=greeting, now=_now(request)
        ),
        then="/triage" if request.query.get("from") == "triage" else None,
    )


@routes.post("/tickets/{number}/merger")
async def merge(request: web.Request) -> web.Response:
    """The same as another ticket."""
    return await act_on(
        request,
        lambda conn, actor, number, form: merging.merge(conn, actor, number, form.get("into", ""), now=_now(request)),
    )


@routes.post("/tickets/{number}/closing")
async def close(request: web.Request) -> web.Response:
    """办结."""
    return await act_on(request, lambda conn, actor, number, _: ending.close(conn, actor, number, now=_now(request)))


@routes.post("/tickets/{number}/reopening")
async def reopen(request: web.Request) -> web.Response:
    """重办: the original clock goes on."""
    return await act_on(
        request,
        lambda conn, actor, number, form: ending.reopen(conn, actor, number, form.get("reason", ""), now=_now(request)),
    )


async def act_on(request: web.Request, act: Act, then: str | None = None) -> web.Response:
    """Do one thing to a ticket; where it is refused the page comes again with why, and with what was typed."""
    session, form = await signed_form(request)
    number = request.match_info["number"]
    try:
        async with transaction(request.app[POOL]) as conn:
            await act(conn, session.actor, number, form)
    except (DeskError, InvalidForm) as refusal:
        status = 422 if isinstance(refusal, InvalidForm) else 409
        if then == "/triage":
            return await _triage(request, session, status=status, problem=problem_of(refusal))
        return await show_ticket(request, session, number, status=status, problem=problem_of(refusal), form=form)
    return see(then or f"/tickets/{number}")


async def show_ticket(
    request: web.Request, session: Any, number: str, *, status: int = 200, problem: Any = None, form: Any = None
) -> web.Response:
    """The ticket's page, with what went wrong and what was typed."""
    async with reading(request.app[POOL]) as conn:
        view = await desk_views.ticket_page(conn, session.actor, number)
        account = await accounts.by_id(conn, session.actor.account_id)
    return page(
        request, "staff/ticket.html", status=status, session=session, view=view, ticket=view.ticket, account=account,
        zone=account.zone, problem=problem, form=form or {}, kinds=list(Kind), priorities=list(Priority),
    )  # fmt: skip


async def _triage(request: web.Request, session: Any, *, status: int = 200, problem: Any = None) -> web.Response:
    async with reading(request.app[POOL]) as conn:
        view = await desk_views.triage(conn, session.actor)
        account = await accounts.by_id(conn, session.actor.account_id)
    return page(
        request, "staff/triage.html", status=status, session=session, view=view, account=account, zone=account.zone,
        problem=problem,
    )  # fmt: skip


def _narrow(tab: str, account: Account, now: datetime) -> Narrow:
    """What the board's figures count, by the same bounds."""
    since = now if tab in ("due", "today") else None
    until = {"overdue": now, "today": board_views.end_of_day(account, now)}.get(tab)
    return Narrow(since=since, until=until, returned=tab == "returned")


def _now(request: web.Request) -> Any:
    return request.app[CLOCK].now()
