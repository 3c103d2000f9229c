"""Previews of what citizens sent, made by a child process: a small picture, a voice that browsers play."""

from __future__ import annotations

import asyncio
import contextlib
import os
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
    try:
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "servicedesk.jobs.preview_child", kind,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL, env=_environ(),
        )  # fmt: skip
    except OSError:
        log.warning("preview_failed", kind=kind, count=len(content))
        return None
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


def _environ() -> dict[str, str]:
    """What Python needs, and nothing that a decoder which was taken over could use: no keys, no database."""
    kept = ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH", "VIRTUAL_ENV", "LANG", "COVERAGE_PROCESS_START", "COVERAGE_PROCESS_CONFIG")
    return {name: os.environ[name] for name in kept if name in os.environ}
