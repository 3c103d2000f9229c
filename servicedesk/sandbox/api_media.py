"""Files: temporary media, permanent material, pictures of articles."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from servicedesk.sandbox.calls import Call, Endpoint
from servicedesk.sandbox.media import Media, checked_article_image, checked_upload
from servicedesk.sandbox.state import Sandbox


async def upload(sandbox: Sandbox, call: Call) -> dict[str, Any]:
    """media/upload: gone after 3 days"""
    kind = call.query.get("type", "")
    media = await _store(sandbox, call, kind, checked_upload(kind, call.upload or b""), permanent=False)
    name = "thumb_media_id" if kind == "thumb" else "media_id"
    return {"type": kind, name: media.id, "created_at": int(media.at.timestamp())}


async def download(sandbox: Sandbox, call: Call) -> dict[str, Any] | web.StreamResponse:
    """media/get: the file itself; a video only by its address"""
    kinds = ("image", "voice", "video", "thumb")
    media = call.official.find_media(call.query.get("media_id", ""), kinds, call.now)
    if media.kind == "video":
        return {"video_url": f"{call.origin}/media/{media.id}"}
    headers = {
        "Content-Type": media.content_type,
        "Content-Disposition": f'attachment; filename="{media.file_name}"',
    }
    return web.FileResponse(sandbox.media_folder / media.file_name, headers=headers)


async def upload_article_image(sandbox: Sandbox, call: Call) -> dict[str, Any]:
    """media/uploadimg: a picture for an article's text, known only by its address"""
    content_type = checked_article_image(call.upload or b"")
    media = await _store(sandbox, call, "uploadimg", content_type, permanent=True)
    return {"url": f"{call.origin}/media/{media.id}"}


async def add_material(sandbox: Sandbox, call: Call) -> dict[str, Any]:
    """material/add_material: stays until deleted; pictures also have an address"""
    kind = call.query.get("type", "")
    media = await _store(sandbox, call, kind, checked_upload(kind, call.upload or b""), permanent=True)
    address = {"url": f"{call.origin}/media/{media.id}"} if kind in ("image", "thumb") else {}
    return {"media_id": media.id, **address}


async def _store(sandbox: Sandbox, call: Call, kind: str, content_type: str, *, permanent: bool) -> Media:
    return await sandbox.store(call.official, kind, call.upload or b"", content_type, permanent=permanent)


ENDPOINTS = {
    "media/upload": Endpoint(upload, takes_file=True),
    "media/get": Endpoint(download, methods=("GET",)),
    "media/uploadimg": Endpoint(upload_article_image, takes_file=True),
    "material/add_material": Endpoint(add_material, takes_file=True),
}
