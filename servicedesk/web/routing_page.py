"""The account's routing, for its administrator."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiohttp import web
from multidict import MultiMapping

from servicedesk.domain.errors import InvalidForm
from servicedesk.domain.model import Actor
from servicedesk.domain.routing import Outcome
from servicedesk.keys import CLOCK, POOL
from servicedesk.store.db import Conn, reading, transaction
from servicedesk.usecases import routing_settings
from servicedesk.usecases.routing_settings import Trial
from servicedesk.usecases.signing_in import Session
from servicedesk.web.access import signed_form, signed_in
from servicedesk.web.responses import page, problem_of, see

routes = web.RouteTableDef()
Act = Callable[[Conn, Actor, MultiMapping[str]], Awaitable[object]]


@routes.get("/settings/routing")
async def show(request: web.Request) -> web.Response:
    """Aim, versions, rules and urgent words."""
    return await _page(request, await signed_in(request))


@routes.post("/settings/routing")
async def change_aims(request: web.Request) -> web.Response:
    """How sure, and whether by itself."""
    return await _act(request, routing_settings.change_aims)


@routes.post("/settings/routing/version")
async def use_version(request: web.Request) -> web.Response:
    """Back to a version, or on to one; or to the duty lists alone."""
    now = request.app[CLOCK].now()
    return await _act(
        request, lambda conn, actor, form: routing_settings.use_version(conn, actor, form.get("version", ""), now=now)
    )


@routes.post("/settings/routing/urgent")
async def set_urgent_words(request: web.Request) -> web.Response:
    """The whole list."""
    return await _act(
        request, lambda conn, actor, form: routing_settings.set_urgent_words(conn, actor, form.get("urgent_words", ""))
    )


@routes.post("/settings/routing/rules")
async def add_rule(request: web.Request) -> web.Response:
    """Keep a rule, switched off; or only try it on last month's tickets."""
    session, form = await signed_form(request)
    now = request.app[CLOCK].now()
    try:
        if form.get("act") == "try":
            async with reading(request.app[POOL]) as conn:
                rule = await routing_settings.rule_of(conn, session.actor, form)
                trial = await routing_settings.try_rule(conn, session.actor, rule, now=now)
            return await _page(request, session, form=dict(form), trial=trial)
        async with transaction(request.app[POOL]) as conn:
            await routing_settings.add_rule(conn, session.actor, form, now=now)
    except InvalidForm as refusal:
        return await _page(request, session, status=422, problem=problem_of(refusal), form=dict(form))
    return see("/settings/routing?saved=1")


@routes.post("/settings/routing/rules/{rule:\\d{1,18}}")
async def change_rule(request: web.Request) -> web.Response:
    """Switched on or off, dropped, or tried."""
    session, form = await signed_form(request)
    rule, act = request.match_info["rule"], form.get("act")
    if act == "try":
        async with reading(request.app[POOL]) as conn:
            kept = await routing_settings.standing_rule(conn, session.actor, rule)
            trial = await routing_settings.try_rule(conn, session.actor, kept, now=request.app[CLOCK].now())
        return await _page(request, session, trial=trial)
    async with transaction(request.app[POOL]) as conn:
        if act == "drop":
            await routing_settings.drop_rule(conn, session.actor, rule)
        else:
            await routing_settings.switch_rule(conn, session.actor, rule, active=act == "on")
    return see("/settings/routing?saved=1")


async def _act(request: web.Request, act: Act) -> web.Response:
    session, form = await signed_form(request)
    try:
        async with transaction(request.app[POOL]) as conn:
            await act(conn, session.actor, form)
    except InvalidForm as refusal:
        return await _page(request, session, status=422, problem=problem_of(refusal), form=dict(form))
    return see("/settings/routing?saved=1")


async def _page(
    request: web.Request,
    session: Session,
    *,
    status: int = 200,
    problem: object = None,
    form: dict[str, str] | None = None,
    trial: Trial | None = None,
) -> web.Response:
    async with reading(request.app[POOL]) as conn:
        view = await routing_settings.view(conn, session.actor)
    return page(
        request, "staff/routing.html", status=status, session=session, view=view, account=view.account,
        zone=view.account.zone, problem=problem, form=form or {}, trial=trial, outcomes=tuple(Outcome),
        precision=routing_settings.PRECISION, saved=request.query.get("saved") == "1",
    )  # fmt: skip
