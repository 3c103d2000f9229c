"""Files that citizens sent, served so that a browser never runs them."""

from __future__ import annotations

from aiohttp import web

from servicedesk.keys import POOL, SETTINGS
from servicedesk.store.db import reading
from servicedesk.usecases import fetching
from servicedesk.web.access import signed_in

routes = web.RouteTableDef()
# Only these are named as what they are; all else is a stream of bytes.
SAFE_TYPES = {
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/gif": ".gif",
    "audio/amr": ".amr",
    "audio/mpeg": ".mp3",
    "video/mp4": ".mp4",
}


@routes.get(r"/media/{id:\d{1,18}}")
async def media(request: web.Request) -> web.StreamResponse:
    """One file, as an attachment with a safe type."""
    session = await signed_in(request)
    async with reading(request.app[POOL]) as conn:
        file = await fetching.file_for(conn, session.actor, int(request.match_info["id"]))
    content_type = file["content_type"] if file["content_type"] in SAFE_TYPES else "application/octet-stream"
    name = f"{request.match_info['id']}{SAFE_TYPES.get(content_type, '.bin')}"
    path = request.app[SETTINGS].home / "media" / file["sha256"][:2] / file["sha256"]
    return web.FileResponse(path, headers={
        "Content-Type": content_type,
        "Content-Disposition": f'attachment; filename="{name}"',
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cache-Control": "private, max-age=3600",
    })  # fmt: skip
