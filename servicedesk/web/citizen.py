"""Pages that citizens open from the chat: their case, its files, and leave for one notice. A signed link is the only key."""

from __future__ import annotations

from urllib.parse import urlencode

from aiohttp import web

from servicedesk.domain.errors import DeskError, InvalidForm, NotFound
from servicedesk.domain.model import Account, CitizenId
from servicedesk.domain.sending import Rung
from servicedesk.keys import CLOCK, LINKS, POOL
from servicedesk.store import citizens, rungs
from servicedesk.store.citizens import Citizen
from servicedesk.store.db import reading, transaction
from servicedesk.usecases import attaching, citizen_views, granting, verdicts
from servicedesk.web.access import path_account, text_form
from servicedesk.web.files import served
from servicedesk.web.responses import page, see

routes = web.RouteTableDef()
REAL_API = "https://api.weixin.qq.com"
REAL_PAGES = "https://mp.weixin.qq.com"
SCENE = "1"
_PRIVATE = {"Cache-Control": "private, no-store", "X-Robots-Tag": "noindex"}


@routes.get("/c/{account}/notice")
async def allowed(request: web.Request) -> web.Response:
    """Back from the platform's page. Anybody can write the openid of this address: only what we signed ourselves counts."""
    account = await path_account(request)
    query = request.query
    citizen = await _citizen(request, account, query.get("reserved", ""))
    if query.get("openid", citizen.openid) != citizen.openid:
        raise NotFound
    granted = False
    if query.get("action") == "confirm":
        async with transaction(request.app[POOL]) as conn:
            granted = await granting.one_time(
                conn, account.id, citizen.id, template_id=query.get("template_id", ""), scene=query.get("scene", SCENE)[:8],
                token=query["reserved"], now=request.app[CLOCK].now(),
            )  # fmt: skip
    return _private(page(request, "citizen/allowed.html", account=account, granted=granted))


@routes.get("/c/{account}/notice/{token}")
async def ask(request: web.Request) -> web.Response:
    """To the platform's page, where the citizen allows one message."""
    account = await path_account(request)
    citizen = await _citizen(request, account, request.match_info["token"])
    async with reading(request.app[POOL]) as conn:
        template = await rungs.template(conn, account.id, Rung.ONE_TIME_SUBSCRIPTION)
    if template is None:
        raise NotFound
    asked = {
        "action": "get_confirm", "appid": account.appid, "scene": SCENE, "template_id": template["template_id"],
        "redirect_url": f"{request.app[LINKS].base_url}/c/{account.code}/notice",
        "reserved": request.app[LINKS].notice_token(account.code, citizen.id),
    }  # fmt: skip
    where = f"{_pages_of(account)}/mp/subscribemsg?{urlencode(asked)}#wechat_redirect"
    return web.Response(status=302, headers={"Location": where, **_PRIVATE})


@routes.get("/c/{account}/{token}")
async def case(request: web.Request) -> web.Response:
    """The whole case: stage, date, what was asked, what was answered."""
    return await _case(request)


@routes.post("/c/{account}/{token}/verdict")
async def verdict(request: web.Request) -> web.Response:
    """Solved or not, how satisfied. The link is the key, so a form of another site cannot know where to send."""
    account, number = await _named(request)
    form = await text_form(request)
    try:
        async with transaction(request.app[POOL]) as conn:
            await verdicts.give(
                conn, account, number, solved=form.get("solved", ""), score=form.get("score", ""),
                words=form.get("words", ""), now=request.app[CLOCK].now(),
            )  # fmt: skip
    except (InvalidForm, DeskError) as refusal:
        return await _case(request, status=422 if isinstance(refusal, InvalidForm) else 409, problem=refusal.fact)
    return see(f"/c/{account.code}/{request.match_info['token']}?thanks=1")


@routes.get(r"/c/{account}/{token}/files/{attachment:\d{1,18}}")
async def file(request: web.Request) -> web.StreamResponse:
    """A file that was sent with the case's answer."""
    account, number = await _named(request)
    async with reading(request.app[POOL]) as conn:
        found = await attaching.file_of_case(conn, account.id, number, int(request.match_info["attachment"]))
    return await served(request, found["sha256"], found["content_type"], found["name"])


async def _case(request: web.Request, *, status: int = 200, problem: str | None = None) -> web.Response:
    account, number = await _named(request)
    async with reading(request.app[POOL]) as conn:
        view = await citizen_views.case(conn, account, number)
    return _private(
        page(
            request, "citizen/case.html", status=status, account=account, zone=account.zone, view=view,
            token=request.match_info["token"], problem=problem, thanks=request.query.get("thanks") == "1",
        )
    )  # fmt: skip


async def _citizen(request: web.Request, account: Account, token: str) -> Citizen:
    citizen_id = request.app[LINKS].notice_of(account.code, token)
    if citizen_id is None:
        raise NotFound
    async with reading(request.app[POOL]) as conn:
        return await citizens.by_id(conn, account.id, CitizenId(citizen_id))


async def _named(request: web.Request) -> tuple[Account, str]:
    account = await path_account(request)
    number = request.app[LINKS].case_of(account.code, request.match_info["token"])
    if number is None:
        raise NotFound
    return account, number


def _pages_of(account: Account) -> str:
    return REAL_PAGES if account.api_base == REAL_API else account.api_base


def _private(response: web.Response) -> web.Response:
    response.headers.update(_PRIVATE)
    return response
