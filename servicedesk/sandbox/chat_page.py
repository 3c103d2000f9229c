"""The chat page and what it polls: chats, files, articles, faults and the clock."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Any

from aiohttp import web

from servicedesk.sandbox.chat_actions import chosen_account
from servicedesk.sandbox.errors import PlatformError
from servicedesk.sandbox.menus import shown_menu
from servicedesk.sandbox.platform import OfficialAccount
from servicedesk.sandbox.state import SANDBOX, Sandbox
from servicedesk.sandbox.uploads import read_json

PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
# An article brings its own style, as on the platform; the sandbox directive takes scripts and the origin from it.
ARTICLE_POLICY = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; base-uri 'none'; form-action 'none'"
)
FILE_POLICY = "sandbox; default-src 'none'"
_PHONE = "sandbox_phone"
_VISITOR = "oSandboxVisitor0000000000001"
_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@web.middleware
async def same_origin_only(request: web.Request, handler: _Handler) -> web.StreamResponse:
    """Refuse changes asked for by another site's page; the platform's API is guarded by its token instead."""
    path = request.path.removeprefix(request.app[SANDBOX].prefix)
    if request.method in ("POST", "DELETE") and not path.startswith("/cgi-bin/") and not _is_same_origin(request):
        raise web.HTTPForbidden
    try:
        return await handler(request)
    except PlatformError as wrong:
        return web.json_response(wrong.to_json() | {"error": wrong.errcode}, status=400)


def _is_same_origin(request: web.Request) -> bool:
    origin, site = request.headers.get("Origin"), request.headers.get("Sec-Fetch-Site")
    if site not in (None, "same-origin", "none"):
        return False
    return origin is None or origin.partition("://")[2] == request.host


async def chat(request: web.Request) -> web.Response:
    """The page: one citizen's phone."""
    sandbox, official = request.app[SANDBOX], chosen_account(request)
    first = sandbox.personas[0].openid if sandbox.personas else _VISITOR
    openid = request.query.get("openid", first)
    persona = next((one for one in sandbox.personas if one.openid == openid), None)
    page = sandbox.pages.html(
        "sandbox/chat.html",
        page_language(request),
        prefix=sandbox.prefix,
        account=official.account,
        accounts=[one.account for one in sandbox.platform.accounts.values()],
        personas=sandbox.personas,
        persona=persona,
        openid=openid,
        menu=shown_menu(official.state.menu),
        menu_id=official.state.menu_id,
        now=sandbox.clock.now(),
    )
    response = web.Response(text=page, content_type="text/html", headers=page_headers(PAGE_POLICY))
    # Pages that the chat opens know by it on whose phone they are.
    response.set_cookie(_PHONE, openid, path=sandbox.prefix or "/", httponly=True, samesite="Lax")
    return response


def current_openid(request: web.Request) -> str:
    """Whose phone was open last."""
    return request.cookies.get(_PHONE, "")


async def to_chat(request: web.Request) -> web.Response:
    """The page's address without its last slash."""
    raise web.HTTPPermanentRedirect(f"{request.app[SANDBOX].prefix}/")


async def entries(request: web.Request) -> web.Response:
    """GET ?after=N: what is new in a chat, and what the phone's frame shows."""
    sandbox, official = request.app[SANDBOX], chosen_account(request)
    openid, now = request.match_info["openid"], sandbox.clock.now()
    after = int(request.query["after"]) if request.query.get("after", "").isdigit() else 0
    chat_entries = official.state.chats.get(openid, [])
    follower = official.state.followers.get(openid)
    body = {
        "entries": [entry.to_json() for entry in chat_entries if entry.id > after],
        "last": chat_entries[-1].id if chat_entries else 0,
        "following": follower is None or follower.following,
        "typing": official.is_typing(openid, now),
        "left": follower.windows.left(now) if follower else 0,
        "menu_id": official.state.menu_id,
        "now": now.isoformat(),
        "chats": _personas(sandbox, official),
    }
    return web.json_response(body, headers={"Cache-Control": "no-store"})


async def file(request: web.Request) -> web.StreamResponse:
    """A picture, voice or video as the page shows it; it stays for the page when the API no longer has it."""
    sandbox = request.app[SANDBOX]
    for official in sandbox.platform.accounts.values():
        media = official.state.media.get(request.match_info["media_id"])
        if media:
            headers = page_headers(FILE_POLICY) | {"Content-Type": media.content_type}
            return web.FileResponse(sandbox.media_folder / media.file_name, headers=headers)
    raise web.HTTPNotFound


async def article(request: web.Request) -> web.Response:
    """The page of a published or mass-sent article."""
    sandbox, number = request.app[SANDBOX], int(request.match_info["number"])
    for official in sandbox.platform.accounts.values():
        found = official.state.publications.get(request.match_info["article_id"])
        if found and 1 <= number <= len(found.articles):
            page = sandbox.pages.html(
                "sandbox/article.html",
                page_language(request),
                prefix=sandbox.prefix,
                account=official.account,
                article=found.articles[number - 1],
                at=found.at,
                is_deleted=found.is_deleted(number),
            )
            return web.Response(text=page, content_type="text/html", headers=page_headers(ARTICLE_POLICY))
    raise web.HTTPNotFound


async def list_faults(request: web.Request) -> web.Response:
    """GET: the faults that are on"""
    return web.json_response({"faults": [asdict(fault) for fault in request.app[SANDBOX].faults.on]})


async def switch_fault_on(request: web.Request) -> web.Response:
    """POST {"fault", "seconds"?, "path"?, "times"?}"""
    sandbox, body = request.app[SANDBOX], await read_json(request)
    try:
        fault = sandbox.faults.switch_on(body)
    except ValueError as wrong:
        return web.json_response({"error": str(wrong)}, status=400)
    if fault.fault == "token_killed":
        for official in sandbox.platform.accounts.values():
            official.state.tokens.revoke()
        sandbox.saver.touch()
    return await list_faults(request)


async def clear_faults(request: web.Request) -> web.Response:
    """DELETE: switch everything off"""
    request.app[SANDBOX].faults.clear()
    return await list_faults(request)


async def move_clock(request: web.Request) -> web.Response:
    """POST {"by": "hour" | "working_day"}"""
    sandbox, body = request.app[SANDBOX], await read_json(request)
    by = body.get("by")
    if by not in ("hour", "working_day"):
        return web.json_response({"error": "by"}, status=400)
    await sandbox.clock.move(by)
    return web.json_response({"now": sandbox.clock.now().isoformat()})


def _personas(sandbox: Sandbox, official: OfficialAccount) -> dict[str, dict[str, Any]]:
    """For each persona the newest entry, and how many of the account's there are: what is unread, the page knows."""
    summary = {}
    for persona in sandbox.personas:
        held = official.state.chats.get(persona.openid, [])
        summary[persona.openid] = {
            "last": held[-1].id if held else 0,
            "received": [entry.id for entry in held[-100:] if entry.sender != "citizen"],
        }
    return summary


def page_language(request: web.Request) -> str:
    language = request.cookies.get("lang", "zh")
    return language if language in ("zh", "en") else "zh"


def page_headers(policy: str) -> dict[str, str]:
    return {
        "Content-Security-Policy": policy,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-store",
    }
