"""Files that citizens sent, served so that a browser never runs them."""

from __future__ import annotations

from aiohttp import web

from servicedesk.domain.errors import NotFound
from servicedesk.keys import POOL
from servicedesk.store.db import View, reading
from servicedesk.usecases import fetching
from servicedesk.web.access import signed_in
from servicedesk.web.files import served

routes = web.RouteTableDef()


@routes.get(r"/media/{id:\d{1,18}}")
async def media(request: web.Request) -> web.StreamResponse:
    """One file of a citizen, as an attachment with a safe type."""
    file = await _seen(request)
    return await served(request, file["sha256"], file["content_type"], request.match_info["id"])


@routes.get(r"/media/{id:\d{1,18}}/preview")
async def preview(request: web.Request) -> web.StreamResponse:
    """Its small picture, or the voice as browsers play it. Raises NotFound where none could be made."""
    file = await _seen(request)
    if file["preview_sha256"] is None:
        raise NotFound
    return await served(request, file["preview_sha256"], file["preview_type"], f"{request.match_info['id']}-preview")


async def _seen(request: web.Request) -> View:
    session = await signed_in(request)
    async with reading(request.app[POOL]) as conn:
        return await fetching.file_for(conn, session.actor, int(request.match_info["id"]))
