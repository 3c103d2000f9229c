"""Signing in and out."""

from __future__ import annotations

from aiohttp import web

from servicedesk.domain.access import HOME, Page
from servicedesk.domain.errors import LoginRefused
from servicedesk.keys import CLOCK, POOL
from servicedesk.store import accounts
from servicedesk.store.db import reading, transaction
from servicedesk.usecases import signing_in
from servicedesk.web.access import (
    LOGIN_COOKIE,
    SESSION_COOKIE,
    address,
    check_login_token,
    login_token,
    maybe_session,
    set_cookie,
    signed_form,
    signed_in,
    text_form,
)
from servicedesk.web.responses import inside, page, see

routes = web.RouteTableDef()
PATHS = {Page.QUEUE: "/tickets", Page.TRIAGE: "/triage", Page.BOARD: "/board", Page.EDITING: "/publications"}


@routes.get("/login")
async def form(request: web.Request) -> web.Response:
    """The login form; who is signed in already goes on."""
    if await maybe_session(request) is not None:
        return see(inside(request.query.get("next", "/home")))
    return await _form(request, account=request.query.get("account", ""), login="", wait_s=None)


@routes.post("/login")
async def sign_in(request: web.Request) -> web.Response:
    """A session, or the form again with why not."""
    given = await text_form(request)
    check_login_token(request, given)
    code, login = given.get("account", "").strip(), given.get("login", "").strip()
    try:
        session = await signing_in.sign_in(
            request.app[POOL], code, login, given.get("password", ""), address=address(request),
            wall=request.app[CLOCK].wall(),
        )  # fmt: skip
    except LoginRefused as refusal:
        return await _form(request, account=code, login=login, wait_s=refusal.retry_after_s)
    response = see(inside(given.get("next") or "/home"))
    set_cookie(request, response, SESSION_COOKIE, session.token, max_age=int(signing_in.SESSION_LIFE.total_seconds()))
    response.del_cookie(LOGIN_COOKIE, path="/")
    return response


@routes.post("/logout")
async def sign_out(request: web.Request) -> web.Response:
    """The session is revoked, not only forgotten by the browser."""
    session, _ = await signed_form(request)
    async with transaction(request.app[POOL]) as conn:
        await signing_in.sign_out(conn, session)
    response = see("/login")
    response.del_cookie(SESSION_COOKIE, path="/")
    return response


@routes.get("/home")
async def home(request: web.Request) -> web.Response:
    """Each role begins at its own page."""
    session = await signed_in(request)
    return see(PATHS[HOME[session.actor.role]])


async def _form(request: web.Request, *, account: str, login: str, wait_s: int | None) -> web.Response:
    async with reading(request.app[POOL]) as conn:
        every = await accounts.every(conn)
    token = login_token(request)
    response = page(
        request, "staff/login.html", status=200 if wait_s is None else 403, only=every[0] if len(every) == 1 else None,
        account_code=account, login=login, wait_s=wait_s, token=token, next_path=inside(request.query.get("next", "/home")),
    )  # fmt: skip
    set_cookie(request, response, LOGIN_COOKIE, token, max_age=3600)
    return response
