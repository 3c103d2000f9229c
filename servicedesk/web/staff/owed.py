"""What is owed to citizens and did not arrive: send again, another way, a call by phone."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiohttp import web
from multidict import MultiMapping

from servicedesk.domain.errors import DeskError, InvalidForm
from servicedesk.domain.model import Actor
from servicedesk.keys import CLOCK, POOL
from servicedesk.store import accounts, rungs
from servicedesk.store.db import Conn, reading, transaction
from servicedesk.usecases import redelivering
from servicedesk.usecases.signing_in import Session
from servicedesk.web.access import signed_form, signed_in
from servicedesk.web.responses import page, problem_of, see
from servicedesk.web.staff.tickets import show_ticket

routes = web.RouteTableDef()
_ONE = r"/tickets/{number}/deliveries/{delivery:\d{1,18}}"


@routes.get("/owed")
async def owed(request: web.Request) -> web.Response:
    """Held, failed and late deliveries, oldest first."""
    return await _page(request, await signed_in(request))


@routes.post(_ONE + "/sending")
async def resend(request: web.Request) -> web.Response:
    """Send once more, from the top of the ladder."""
    return await _act(request, lambda conn, actor, number, which, _: redelivering.resend(
        conn, actor, number, which, now=request.app[CLOCK].now(), wall=request.app[CLOCK].wall()))  # fmt: skip


@routes.post(_ONE + "/rung")
async def put_on_rung(request: web.Request) -> web.Response:
    """Choose the way."""
    now, wall = request.app[CLOCK].now(), request.app[CLOCK].wall()
    return await _act(request, lambda conn, actor, number, which, form: redelivering.put_on_rung(
        conn, actor, number, which, form.get("rung", ""), now=now, wall=wall))  # fmt: skip


@routes.post(_ONE + "/calls")
async def record_call(request: web.Request) -> web.Response:
    """A call by phone, and what was said."""
    return await _act(request, lambda conn, actor, number, which, form: redelivering.record_call(
        conn, actor, number, which, form.get("words", ""), reached=form.get("reached") == "yes",
        now=request.app[CLOCK].now(), wall=request.app[CLOCK].wall()))  # fmt: skip


async def _act(
    request: web.Request, act: Callable[[Conn, Actor, str, int, MultiMapping[str]], Awaitable[object]]
) -> web.Response:
    session, form = await signed_form(request)
    number, which = request.match_info["number"], int(request.match_info["delivery"])
    try:
        async with transaction(request.app[POOL]) as conn:
            await act(conn, session.actor, number, which, form)
    except (DeskError, InvalidForm) as refusal:
        status, problem = 422 if isinstance(refusal, InvalidForm) else 409, problem_of(refusal)
        if request.query.get("from") == "owed":
            return await _page(request, session, status=status, problem=problem)
        return await show_ticket(request, session, number, status=status, problem=problem, form=form)
    return see("/owed" if request.query.get("from") == "owed" else f"/tickets/{number}")


async def _page(request: web.Request, session: Session, *, status: int = 200, problem: object = None) -> web.Response:
    after = request.query.get("after", "")
    async with reading(request.app[POOL]) as conn:
        view = await redelivering.stuck(
            conn, session.actor, after=int(after) if after.isascii() and after.isdecimal() and len(after) < 19 else 0,
            now=request.app[CLOCK].now(),
        )  # fmt: skip
        account = await accounts.by_id(conn, session.actor.account_id)
        templates = [row["rung"] for row in await rungs.templates(conn, account.id)]
    return page(
        request, "staff/owed.html", status=status, session=session, view=view, account=account, zone=account.zone,
        problem=problem, choices=redelivering.rungs_to_choose(templates),
    )  # fmt: skip
