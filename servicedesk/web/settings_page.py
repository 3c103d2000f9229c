"""The account's settings, for its administrator."""

from __future__ import annotations

from aiohttp import web

from servicedesk.domain.errors import InvalidForm
from servicedesk.domain.sending import NOTICES
from servicedesk.keys import POOL
from servicedesk.store.db import reading, transaction
from servicedesk.usecases import account_settings
from servicedesk.usecases.account_settings import NUMBERS
from servicedesk.usecases.signing_in import Session
from servicedesk.web.access import signed_form, signed_in
from servicedesk.web.responses import page, see

routes = web.RouteTableDef()


@routes.get("/settings")
async def show(request: web.Request) -> web.Response:
    """Numbers, rights, templates."""
    return await _page(request, await signed_in(request))


@routes.post("/settings")
async def change(request: web.Request) -> web.Response:
    """All at once; where something is refused the page comes again with what was typed."""
    session, form = await signed_form(request)
    try:
        async with transaction(request.app[POOL]) as conn:
            await account_settings.change(conn, session.actor, form)
    except InvalidForm as refusal:
        problem = {"fact": refusal.fact, "field": refusal.field, "details": refusal.details}
        return await _page(request, session, status=422, problem=problem, form=dict(form))
    return see("/settings?saved=1")


async def _page(
    request: web.Request, session: Session, *, status: int = 200, problem: object = None, form: dict[str, str] | None = None
) -> web.Response:
    async with reading(request.app[POOL]) as conn:
        view = await account_settings.view(conn, session.actor)
    return page(
        request, "staff/settings.html", status=status, session=session, view=view, account=view.account,
        zone=view.account.zone, problem=problem, form=form or {}, numbers=NUMBERS, notices=NOTICES,
        saved=request.query.get("saved") == "1",
    )  # fmt: skip
