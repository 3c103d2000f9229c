"""Files, served so that a browser never runs them."""

from __future__ import annotations

from urllib.parse import quote

from aiohttp import web

from servicedesk.domain.errors import NotFound
from servicedesk.domain.files import ATTACHABLE, OTHER
from servicedesk.keys import FILES
from servicedesk.store.files import FileMissing

# Only these are named as what they are; all else is a stream of bytes.
_ENDINGS = {
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/gif": ".gif",
    "audio/amr": ".amr",
    "audio/mpeg": ".mp3",
    "video/mp4": ".mp4",
}


async def served(request: web.Request, sha256: str, content_type: str, name: str) -> web.StreamResponse:
    """A file of the store as an attachment; `name` gets an ending where it has none. Raises NotFound."""
    known = content_type if content_type in _ENDINGS or content_type in ATTACHABLE else OTHER
    full = name if "." in name else f"{name}{_ENDINGS.get(known, '.bin')}"
    headers = {
        "Content-Type": known,
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(full)}",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cache-Control": "private, max-age=3600",
    }
    path = request.app[FILES].path(sha256)
    if path is not None:
        return web.FileResponse(path, headers=headers)
    try:
        return web.Response(body=await request.app[FILES].get(sha256), headers=headers)
    except FileMissing:
        raise NotFound from None


async def shown(request: web.Request, sha256: str | None, cache: str) -> web.StreamResponse:
    """A JPEG that the desk itself made, to be shown as it is. Raises NotFound."""
    if sha256 is None:
        raise NotFound
    headers = {
        "Content-Type": "image/jpeg",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cache-Control": cache,
    }
    try:
        return web.Response(body=await request.app[FILES].get(sha256), headers=headers)
    except FileMissing:
        raise NotFound from None
