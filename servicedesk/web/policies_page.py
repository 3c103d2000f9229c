"""The account's targets, for its administrator."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiohttp import web
from multidict import MultiMapping

from servicedesk.domain.errors import InvalidForm
from servicedesk.domain.model import Actor, Kind, Priority
from servicedesk.domain.presets import PRESETS, STATUTORY
from servicedesk.domain.sla import Unit
from servicedesk.keys import CLOCK, POOL
from servicedesk.store.db import Conn, reading, transaction
from servicedesk.usecases import policy_settings
from servicedesk.usecases.signing_in import Session
from servicedesk.web.access import signed_form, signed_in
from servicedesk.web.responses import page, problem_of, see

routes = web.RouteTableDef()
Act = Callable[[Conn, Actor, MultiMapping[str]], Awaitable[object]]


@routes.get("/settings/policies")
async def show(request: web.Request) -> web.Response:
    """What is in force, and every version."""
    return await _page(request, await signed_in(request))


@routes.post("/settings/policies")
async def change(request: web.Request) -> web.Response:
    """A new version of one sort."""
    now = request.app[CLOCK].now()
    return await _act(request, lambda conn, actor, form: policy_settings.change(conn, actor, form, now=now))


@routes.post("/settings/policies/preset")
async def take_preset(request: web.Request) -> web.Response:
    """A preset by name."""
    now = request.app[CLOCK].now()
    return await _act(
        request, lambda conn, actor, form: policy_settings.take_preset(conn, actor, form.get("preset", ""), now=now)
    )


@routes.post("/settings/policies/withdrawal")
async def withdraw(request: web.Request) -> web.Response:
    """A department's own targets are dropped."""
    now = request.app[CLOCK].now()
    return await _act(request, lambda conn, actor, form: policy_settings.withdraw(conn, actor, form, now=now))


async def _act(request: web.Request, act: Act) -> web.Response:
    session, form = await signed_form(request)
    try:
        async with transaction(request.app[POOL]) as conn:
            await act(conn, session.actor, form)
    except InvalidForm as refusal:
        return await _page(request, session, status=422, problem=problem_of(refusal), form=dict(form))
    return see("/settings/policies?saved=1")


async def _page(
    request: web.Request, session: Session, *, status: int = 200, problem: object = None, form: dict[str, str] | None = None
) -> web.Response:
    async with reading(request.app[POOL]) as conn:
        view = await policy_settings.view(conn, session.actor)
    return page(
        request, "staff/policies.html", status=status, session=session, view=view, account=view.account,
        zone=view.account.zone, problem=problem, form=form or {}, presets=tuple(PRESETS), kinds=tuple(Kind),
        statutory={each.kind for each in STATUTORY}, priorities=tuple(Priority), units=tuple(Unit),
        fields=policy_settings.FIELDS, optional=policy_settings.OPTIONAL, saved=request.query.get("saved") == "1",
    )  # fmt: skip
