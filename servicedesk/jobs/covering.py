"""Public copies of pictures, made by a child process: what strangers sent is decoded nowhere else."""

from __future__ import annotations

import asyncio
import json

import structlog

from servicedesk.domain.covering import Covering
from servicedesk.jobs.children import child

log = structlog.get_logger(__name__)
TIMEOUT_S = 30
AT_ONCE = 2


class ChildCoverer:
    """Makes copies, a few at a time: each may need much memory."""

    def __init__(self) -> None:
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def copy(self, content: bytes, covering: Covering | None) -> bytes | None:
        """The covered copy, a JPEG; without a covering the picture as an editor looks at it. None where it cannot be read."""
        rows = json.dumps(covering.as_rows() if covering else [])
        try:
            async with self._turns, asyncio.timeout(TIMEOUT_S), child("servicedesk.jobs.cover_child", rows) as started:
                made, _ = await started.communicate(content)
                failed = started.returncode != 0
        except (OSError, TimeoutError):
            made, failed = b"", True
        if failed or not made:
            log.warning("covering_failed", count=len(content))
            return None
        return made
