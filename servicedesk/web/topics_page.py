"""Topics 热点: the list, one with its curve, and what was published on it."""

from __future__ import annotations

from aiohttp import web

from servicedesk.domain.errors import InvalidForm
from servicedesk.keys import CLOCK, POOL
from servicedesk.store import accounts
from servicedesk.store.db import reading, transaction
from servicedesk.usecases import topics
from servicedesk.usecases.signing_in import Session
from servicedesk.web.access import signed_form, signed_in
from servicedesk.web.responses import page, problem_of, see

routes = web.RouteTableDef()


@routes.get("/topics")
async def show_all(request: web.Request) -> web.Response:
    """The latest first."""
    session = await signed_in(request)
    async with reading(request.app[POOL]) as conn:
        found = await topics.listed(conn, session.actor)
        account = await accounts.by_id(conn, session.actor.account_id)
    return page(request, "staff/topics.html", session=session, topics=found, account=account, zone=account.zone)


@routes.get("/topics/{topic:\\d{1,18}}")
async def show(request: web.Request) -> web.Response:
    """One topic."""
    return await _show(request, await signed_in(request))


@routes.post("/topics/{topic:\\d{1,18}}/notices")
async def tie(request: web.Request) -> web.Response:
    """Something was published on it."""
    session, form = await signed_form(request)
    try:
        async with transaction(request.app[POOL]) as conn:
            await topics.tie(conn, session.actor, _id(request), form, now=request.app[CLOCK].now())
    except InvalidForm as refusal:
        return await _show(request, session, status=422, problem=problem_of(refusal), form=dict(form))
    return see(f"/topics/{_id(request)}")


@routes.post("/topics/{topic:\\d{1,18}}/dismissal")
async def dismiss(request: web.Request) -> web.Response:
    """不是热点."""
    session, _ = await signed_form(request)
    async with transaction(request.app[POOL]) as conn:
        await topics.dismiss(conn, session.actor, _id(request))
    return see("/topics")


async def _show(
    request: web.Request, session: Session, *, status: int = 200, problem: object = None, form: dict[str, str] | None = None
) -> web.Response:
    async with reading(request.app[POOL]) as conn:
        view = await topics.view(conn, session.actor, _id(request), now=request.app[CLOCK].now())
        account = await accounts.by_id(conn, session.actor.account_id)
    return page(
        request, "staff/topic.html", status=status, session=session, view=view, account=account, zone=account.zone,
        problem=problem, form=form or {}, stretch=topics.STRETCH,
    )  # fmt: skip


def _id(request: web.Request) -> int:
    return int(request.match_info["topic"])
