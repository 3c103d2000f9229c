"""How the account masks, for its administrator."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from servicedesk.domain.errors import InvalidForm
from servicedesk.keys import POOL
from servicedesk.language.guessed_names import Strength
from servicedesk.store.db import reading, transaction
from servicedesk.usecases import masking_settings
from servicedesk.usecases.signing_in import Session
from servicedesk.web.access import signed_form, signed_in
from servicedesk.web.responses import page, problem_of, see

routes = web.RouteTableDef()


@routes.get("/settings/officials")
async def show(request: web.Request) -> web.Response:
    """Strength and the list."""
    return await _page(request, await signed_in(request), {})


@routes.post("/settings/officials")
async def change(request: web.Request) -> web.Response:
    """Both at once."""
    session, form = await signed_form(request)
    try:
        async with transaction(request.app[POOL]) as conn:
            await masking_settings.change(conn, session.actor, form)
    except InvalidForm as refusal:
        return await _page(request, session, form, status=422, problem=problem_of(refusal))
    return see("/settings/officials?saved=1")


async def _page(
    request: web.Request, session: Session, form: Mapping[str, str], *, status: int = 200, problem: Any = None
) -> web.Response:
    async with reading(request.app[POOL]) as conn:
        view = await masking_settings.view(conn, session.actor)
    return page(
        request, "staff/officials.html", status=status, session=session, view=view, account=view.account,
        zone=view.account.zone, strengths=list(Strength), form=form, problem=problem, saved="saved" in request.query,
    )  # fmt: skip
