"""Previews of what citizens sent, made by a child process: a small picture, a voice that browsers play."""

from __future__ import annotations

import asyncio

import structlog

from servicedesk.jobs.children import child

log = structlog.get_logger(__name__)
TIMEOUT_S = 30
_KINDS = {
    "image/jpeg": ("picture", "image/jpeg"),
    "image/png": ("picture", "image/jpeg"),
    "image/gif": ("picture", "image/jpeg"),
    "image/webp": ("picture", "image/jpeg"),
    "audio/amr": ("voice", "audio/mpeg"),
}


async def preview_of(content: bytes, content_type: str) -> tuple[bytes, str] | None:
    """A preview and its type; None where the kind has none, or none could be made of this file."""
    if content_type not in _KINDS:
        return None
    kind, made_type = _KINDS[content_type]
    try:
        async with asyncio.timeout(TIMEOUT_S), child("servicedesk.jobs.preview_child", kind) as started:
            made, _ = await started.communicate(content)
            failed = started.returncode != 0
    except (OSError, TimeoutError):
        made, failed = b"", True
    if failed or not made:
        log.warning("preview_failed", kind=kind, count=len(content))
        return None
    return made, made_type
