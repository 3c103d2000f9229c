"""What everybody at the desk has: their notices, and their own settings."""

from __future__ import annotations

from aiohttp import web

from servicedesk.domain.errors import InvalidForm
from servicedesk.keys import CLOCK, POOL
from servicedesk.store import accounts
from servicedesk.store.db import reading, transaction
from servicedesk.usecases import binding, own_page
from servicedesk.usecases.signing_in import Session
from servicedesk.web.access import signed_form, signed_in
from servicedesk.web.responses import page, problem_of, see

routes = web.RouteTableDef()


@routes.get("/notices")
async def notices(request: web.Request) -> web.Response:
    """A person's own notices, the newest first."""
    session = await signed_in(request)
    before = _number(request.query.get("before", ""), own_page.NEWEST)
    async with reading(request.app[POOL]) as conn:
        account = await accounts.by_id(conn, session.actor.account_id)
        view = await own_page.notices_of(conn, session.actor, account.zone, before=before)
    return page(request, "staff/notices.html", session=session, view=view, account=account, zone=account.zone)


@routes.get(r"/notices/{notice:\d{1,18}}")
async def open_notice(request: web.Request) -> web.Response:
    """On to its ticket or topic; it is read."""
    session = await signed_in(request)
    async with transaction(request.app[POOL]) as conn:
        path = await own_page.read_notice(conn, session.actor, int(request.match_info["notice"]), now=request.app[CLOCK].now())
    return see(path)


@routes.post("/notices/reading")
async def read_all(request: web.Request) -> web.Response:
    """Everything that the page showed is read."""
    session, form = await signed_form(request)
    async with transaction(request.app[POOL]) as conn:
        await own_page.read_notices(conn, session.actor, up_to=_number(form.get("up_to", ""), 0), now=request.app[CLOCK].now())
    return see("/notices")


@routes.get("/me")
async def me(request: web.Request) -> web.Response:
    """How the person is told."""
    return await _page(request, await signed_in(request))


@routes.post("/me")
async def change(request: web.Request) -> web.Response:
    """Mail address and means."""
    session, form = await signed_form(request)
    try:
        async with transaction(request.app[POOL]) as conn:
            await own_page.change(conn, session.actor, form)
    except InvalidForm as refusal:
        return await _page(request, session, status=422, problem=problem_of(refusal), form=dict(form))
    return see("/me?saved=1")


@routes.post("/me/binding")
async def new_code(request: web.Request) -> web.Response:
    """A code that binds the person's WeChat, shown with the answer and never again."""
    session, _ = await signed_form(request)
    async with transaction(request.app[POOL]) as conn:
        code = await binding.new_code(conn, session.actor, wall=request.app[CLOCK].wall())
    return await _page(request, session, code=code)


@routes.post("/me/unbinding")
async def unbind(request: web.Request) -> web.Response:
    """No WeChat is the person's any more."""
    session, _ = await signed_form(request)
    async with transaction(request.app[POOL]) as conn:
        await binding.unbind(conn, session.actor)
    return see("/me?saved=1")


async def _page(
    request: web.Request,
    session: Session,
    *,
    status: int = 200,
    problem: object = None,
    form: dict[str, str] | None = None,
    code: str | None = None,
) -> web.Response:
    async with reading(request.app[POOL]) as conn:
        account = await accounts.by_id(conn, session.actor.account_id)
        view = await own_page.view(conn, session.actor, now=request.app[CLOCK].now())
    return page(
        request, "staff/me.html", status=status, session=session, view=view, account=account, zone=account.zone,
        problem=problem, form=form, code=code, saved=request.query.get("saved") == "1",
        code_minutes=int(binding.CODE_LIFE.total_seconds() // 60),
    )  # fmt: skip


def _number(text: str, otherwise: int) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else otherwise
