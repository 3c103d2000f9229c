"""Child processes: what they are given of our environment, and their end."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

LINE_LIMIT_BYTES = 1024 * 1024
_KEPT = ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH", "VIRTUAL_ENV", "LANG", "COVERAGE_PROCESS_START", "COVERAGE_PROCESS_CONFIG")


@asynccontextmanager
async def child(module: str, *arguments: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """A module of ours run with pipes, and killed where the block ends before it does. Raises OSError where none can start.

    It gets what Python needs, and nothing that a child which was taken over could use: no keys, no database.
    """
    started = await asyncio.create_subprocess_exec(
        sys.executable, "-m", module, *arguments, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL, env=_environment(), limit=LINE_LIMIT_BYTES,
    )  # fmt: skip
    try:
        yield started
    finally:
        if started.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                started.kill()
            await started.wait()


def _environment() -> dict[str, str]:
    return {name: os.environ[name] for name in _KEPT if name in os.environ} | {"OMP_NUM_THREADS": "1"}
