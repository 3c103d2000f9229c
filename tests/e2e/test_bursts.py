"""Two web processes, a thousand citizens, bursts of five: exactly a thousand tickets."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from aiohttp.test_utils import unused_port

from tests.desk import KEY, SECRETS, Desk
from tests.platform import text_body, wrapped

CITIZENS, BURST = 1000, 5


@pytest.fixture
async def two_processes(desk: Desk, database: str, tmp_path: Path) -> AsyncIterator[str]:
    """The web processes of the Procfile; yields their address."""
    port = unused_port()
    environ = {
        **os.environ, "DATABASE_URL": database, "SERVICEDESK_SECRET_KEY": KEY, "SERVICEDESK_HOME": str(tmp_path),
        "SERVICEDESK_LOG_LEVEL": "ERROR", "SERVICEDESK_POOL_SIZE": "6",
    }  # fmt: skip
    command = [
        sys.executable, "-m", "gunicorn", "servicedesk.app:create_app", "--worker-class", "aiohttp.GunicornUVLoopWebWorker",
        "--workers", "2", "--bind", f"127.0.0.1:{port}", "--log-level", "error",
    ]  # fmt: skip
    server = await asyncio.to_thread(subprocess.Popen, command, env=environ, start_new_session=True)
    try:
        base = f"http://127.0.0.1:{port}"
        await _ready(base)
        yield base
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        await asyncio.to_thread(server.wait, 20)


async def test_bursts_of_a_thousand_citizens_are_a_thousand_tickets(desk: Desk, two_processes: str) -> None:
    url = f"{two_processes}/wechat/testxian"
    words = ("家里暖气不热", "已经三天了", "老人孩子都冻着", "麻烦尽快", "谢谢了，等回复")
    limit = asyncio.Semaphore(60)

    async def one(client: aiohttp.ClientSession, openid: str, text: str) -> None:
        query, body = wrapped("safe", text_body(text, openid), SECRETS, "wx-testxian", time.time())
        async with limit, client.post(url, params=query, data=body) as response:
            assert response.status == 200

    # Many connections, so that one citizen's messages reach either process.
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=60)) as client:
        calls = [(f"o{citizen:04d}", text) for citizen in range(CITIZENS) for text in words]
        await asyncio.gather(*(one(client, openid, text) for openid, text in calls))
    counted = await desk.conn.fetchrow(
        "SELECT (SELECT count(*) FROM ticket) AS tickets, (SELECT count(*) FROM message) AS messages,"
        " (SELECT count(*) FROM citizen) AS citizens, (SELECT count(DISTINCT number) FROM ticket) AS numbers"
    )
    assert counted is not None
    assert tuple(counted) == (CITIZENS, CITIZENS * BURST, CITIZENS, CITIZENS)


async def _ready(base: str) -> None:
    async with aiohttp.ClientSession() as client:
        async with asyncio.timeout(30):
            while True:
                try:
                    async with client.get(f"{base}/readyz") as response:
                        if response.status == 200:
                            return
                except aiohttp.ClientError:
                    pass
                await asyncio.sleep(0.2)
