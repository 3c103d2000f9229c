"""The account's settings, for its administrator."""

from __future__ import annotations

from aiohttp import web

from servicedesk.domain.errors import InvalidForm
from servicedesk.domain.sending import NOTICES
from servicedesk.keys import CLOCK, POOL, VAULT
from servicedesk.store.db import reading, transaction
from servicedesk.usecases import account_settings
from servicedesk.usecases.account_settings import NUMBERS
from servicedesk.usecases.signing_in import Session
from servicedesk.web.access import signed_form, signed_in
from servicedesk.web.responses import page, problem_of, see

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
        return await _page(request, session, status=422, problem=problem_of(refusal), form=dict(form))
    return see("/settings?saved=1")


@routes.post("/settings/webhook")
async def change_webhook(request: web.Request) -> web.Response:
    """Another address, or none; a new secret is shown with the answer and never again."""
    session, form = await signed_form(request)
    try:
        async with transaction(request.app[POOL]) as conn:
            made = await account_settings.set_webhook(
                conn, request.app[VAULT], session.actor, form.get("webhook_url", ""), renew=form.get("renew") == "yes"
            )
    except InvalidForm as refusal:
        return await _page(request, session, status=422, problem=problem_of(refusal), webhook_url=form.get("webhook_url", ""))
    return see("/settings?saved=1") if made is None else await _page(request, session, webhook_secret=made)


async def _page(
    request: web.Request,
    session: Session,
    *,
    status: int = 200,
    problem: object = None,
    form: dict[str, str] | None = None,
    webhook_url: str | None = None,
    webhook_secret: str | None = None,
) -> web.Response:
    async with reading(request.app[POOL]) as conn:
        view = await account_settings.view(conn, session.actor, now=request.app[CLOCK].now())
    return page(
        request, "staff/settings.html", status=status, session=session, view=view, account=view.account,
        zone=view.account.zone, problem=problem, form=form or {}, numbers=NUMBERS, notices=NOTICES,
        saved=request.query.get("saved") == "1", webhook_secret=webhook_secret,
        webhook_url=view.webhook_url or "" if webhook_url is None else webhook_url,
    )  # fmt: skip
