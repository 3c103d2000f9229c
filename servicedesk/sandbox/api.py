"""The platform's API under /cgi-bin: who calls, whether a fault is on, and which endpoint answers."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from servicedesk.sandbox import api_account, api_articles, api_media, api_messages
from servicedesk.sandbox.calls import Call, Endpoint
from servicedesk.sandbox.errors import PlatformError
from servicedesk.sandbox.state import SANDBOX, Sandbox
from servicedesk.sandbox.uploads import read_json, read_upload

ENDPOINTS: Mapping[str, Endpoint] = {
    **api_account.ENDPOINTS,
    **api_messages.ENDPOINTS,
    **api_articles.ENDPOINTS,
    **api_media.ENDPOINTS,
}


async def answer(request: web.Request) -> web.StreamResponse:
    """Answer one API call: HTTP 200 and JSON, whatever is wrong with it, unless a fault is on."""
    sandbox = request.app[SANDBOX]
    path = request.match_info["path"]
    if slow := sandbox.faults.meets("slow", path):
        await asyncio.sleep(slow.seconds)
    if sandbox.faults.meets("down", path):
        return web.Response(status=503, text="Service Unavailable")
    try:
        if sandbox.faults.meets("busy", path):
            raise PlatformError(-1)  # noqa: TRY301 every errcode is answered in one place
        if refusing := sandbox.faults.meets("errcode", path):
            raise PlatformError(refusing.code)  # noqa: TRY301
        answered = await _answered(sandbox, request, path)
    except PlatformError as wrong:
        answered = wrong.to_json()
    if sandbox.faults.meets("reply_lost", path) and request.transport:
        request.transport.abort()
    return web.json_response(answered) if isinstance(answered, dict) else answered


async def _answered(sandbox: Sandbox, request: web.Request, path: str) -> dict[str, Any] | web.StreamResponse:
    if path == "stable_token":
        return await _stable_token(sandbox, request)
    endpoint = ENDPOINTS.get(path)
    if endpoint is None:
        raise PlatformError(40066)
    if request.method not in endpoint.methods:
        raise PlatformError(43001 if endpoint.methods == ("GET",) else 43002)
    now = sandbox.clock.now()
    official = sandbox.platform.by_token(request.query.get("access_token", ""), now)
    if endpoint.counted:
        official.state.usage.count(path, now)
    upload, body = None, {}
    if endpoint.takes_file:
        upload, _ = await read_upload(request)
    elif request.method == "POST":
        body = await read_json(request)
    sandbox.saver.touch()
    origin = f"{request.url.origin()}{sandbox.prefix}"
    return await endpoint.answer(sandbox, Call(official, now, request.query, body, upload, origin))


async def _stable_token(sandbox: Sandbox, request: web.Request) -> dict[str, Any]:
    if request.method != "POST":
        raise PlatformError(43002)
    body = await read_json(request)
    if body.get("grant_type") != "client_credential":
        raise PlatformError(40002)
    official = sandbox.platform.by_appid(str(body.get("appid", "")))
    if body.get("secret") != official.account.secret:
        raise PlatformError(40125)
    now = sandbox.clock.now()
    token = official.state.tokens.issue(now, force=body.get("force_refresh") is True)
    sandbox.saver.touch()
    return {"access_token": token.value, "expires_in": int((token.expires_at - now).total_seconds())}
