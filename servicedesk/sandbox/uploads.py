"""Bodies of requests, read within limits of the sandbox's own: the app it is mounted in may allow less."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from aiohttp import BodyPartReader, web

from servicedesk.sandbox.errors import PlatformError
from servicedesk.sandbox.media import largest_upload

LARGEST_JSON = 4 * 1024 * 1024
LARGEST_FIELD = 4096


async def read_json(request: web.Request) -> dict[str, Any]:
    """A JSON object; nothing is an empty one. 47001 for anything else."""
    body = b""
    async for piece in request.content.iter_chunked(64 * 1024):
        body += piece
        if len(body) > LARGEST_JSON:
            raise PlatformError(47001)
    if not body.strip():
        return {}
    try:
        read = json.loads(body)
    except (ValueError, RecursionError) as wrong:
        raise PlatformError(47001) from wrong
    if not isinstance(read, dict):
        raise PlatformError(47001)
    return read


async def read_upload(request: web.Request) -> tuple[bytes, Mapping[str, str]]:
    """A multipart form's first file and its other fields; 41005 without a file, 45001 beyond any limit."""
    if not request.content_type.startswith("multipart/"):
        raise PlatformError(41005)
    content: bytes | None = None
    fields: dict[str, str] = {}
    try:
        async for part in await request.multipart():
            if not isinstance(part, BodyPartReader):
                continue
            if part.filename is not None and content is None:
                content = await _read_part(part, largest_upload() + 1)
            else:
                fields[part.name or ""] = (await _read_part(part, LARGEST_FIELD)).decode(errors="replace")
    except (ValueError, web.HTTPRequestEntityTooLarge) as wrong:
        raise PlatformError(45001) from wrong
    if content is None:
        raise PlatformError(41005)
    return content, fields


async def _read_part(part: BodyPartReader, most: int) -> bytes:
    content = bytearray()
    while piece := await part.read_chunk(64 * 1024):
        content += piece
        if len(content) > most:
            raise PlatformError(45001)
    return bytes(content)
