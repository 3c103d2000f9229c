"""Previews of what citizens sent, made by a child process: a small picture, a voice that browsers play."""

from __future__ import annotations

import asyncio
import contextlib
import sys

import structlog

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
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "servicedesk.jobs.preview_child", kind,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        async with asyncio.timeout(TIMEOUT_S):
            made, _ = await child.communicate(content)
    except TimeoutError:
        made = b""
    finally:
        if child.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                child.kill()
            await child.wait()
    if child.returncode != 0 or not made:
        log.warning("preview_failed", kind=kind, count=len(content))
        return None
    return made, made_type
