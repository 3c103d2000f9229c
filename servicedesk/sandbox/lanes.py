"""Work in order within a lane, in parallel between lanes, and never too much at once."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Hashable

logger = logging.getLogger(__name__)

Job = Callable[[], Awaitable[None]]


class Lanes:
    """Each lane has a task only while there is something in it; `width` jobs run at a time."""

    def __init__(self, width: int) -> None:
        self._room = asyncio.Semaphore(width)
        self._lanes: dict[Hashable, deque[Job]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def put(self, lane: Hashable, job: Job) -> None:
        """Do a job after those already in the lane."""
        if lane in self._lanes:
            self._lanes[lane].append(job)
            return
        self._lanes[lane] = deque([job])
        task = asyncio.create_task(self._run(lane))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def idle(self) -> None:
        """Return when every lane is empty."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def close(self) -> None:
        """Give up what is left, and wait until nothing runs."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _run(self, lane: Hashable) -> None:
        jobs = self._lanes[lane]
        try:
            while jobs:
                job = jobs.popleft()
                async with self._room:
                    await self._do(job)
        finally:
            del self._lanes[lane]

    @staticmethod
    async def _do(job: Job) -> None:
        try:
            await job()
        except Exception:
            logger.exception("sandbox job failed")
