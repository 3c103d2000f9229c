"""kill -9 of the server and of Postgres in the middle of a hundred messages: what was answered with 200 is there afterwards."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import psutil
import pytest
from aiohttp.test_utils import unused_port

from servicedesk import embedded
from servicedesk.domain.model import ChannelSecrets
from tests.conftest import VAR
from tests.desk import KEY
from tests.platform import text_body, wrapped

pytestmark = pytest.mark.slow
SECRETS = ChannelSecrets("s", "token-for-survival", "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG")
MESSAGES = 100


@pytest.fixture
def home() -> Iterator[Path]:
    folder = VAR / f"survival-{os.getpid()}"
    yield folder
    embedded.stop(folder)
    shutil.rmtree(folder, ignore_errors=True)


class Server:
    """`servicedesk web` on the embedded Postgres of a home."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.port = unused_port()
        self.base = f"http://127.0.0.1:{self.port}"
        self.environment = {
            **{name: value for name, value in os.environ.items() if name != "DATABASE_URL"},
            "SERVICEDESK_HOME": str(home), "SERVICEDESK_SECRET_KEY": KEY, "PORT": str(self.port),
        }  # fmt: skip

    def command(self, *args: str) -> str:
        return subprocess.run(
            [sys.executable, "-m", "servicedesk", *args], env=self.environment, check=True, capture_output=True, text=True
        ).stdout.strip()

    def start(self) -> subprocess.Popen[bytes]:
        with (self.home / "web.log").open("ab") as log:
            return subprocess.Popen([sys.executable, "-m", "servicedesk", "web"], env=self.environment, stderr=log, stdout=log)

    async def ready(self, client: aiohttp.ClientSession) -> None:
        until = time.monotonic() + 60
        while time.monotonic() < until:
            try:
                async with client.get(f"{self.base}/readyz") as response:
                    if response.status == 200:
                        return
            except aiohttp.ClientError:
                pass
            await asyncio.sleep(0.1)
        raise AssertionError((self.home / "web.log").read_text()[-2000:])


async def test_every_acknowledged_message_survives_kill_9_of_server_and_postgres(home: Path) -> None:
    home.mkdir(parents=True)
    server = Server(home)
    await asyncio.to_thread(
        server.command, "account", "add", "xian", "--name", "县", "--kind", "subscription", "--appid", "wx1", "--secret", "s",
        "--token", SECRETS.token, "--aes-key", SECRETS.aes_key, "--api-base", "http://127.0.0.1:9",
    )  # fmt: skip
    token = await asyncio.to_thread(server.command, "token", "add", "xian", "t")
    process = server.start()
    acknowledged: list[int] = []
    async with aiohttp.ClientSession() as client:
        await server.ready(client)
        postmaster = psutil.Process(int((home / "postgres/data/postmaster.pid").read_text().splitlines()[0]))

        async def send(number: int) -> None:
            query, body = wrapped(
                "safe", text_body(f"第{number}封信", f"citizen-{number}", number), SECRETS, "wx1", time.time()
            )
            try:
                async with client.post(f"{server.base}/wechat/xian", params=query, data=body) as response:
                    if response.status == 200:
                        acknowledged.append(number)
            except aiohttp.ClientError:
                pass

        async def kill() -> None:
            while len(acknowledged) < MESSAGES // 3:
                await asyncio.sleep(0.005)
            process.kill()
            postmaster.kill()

        await asyncio.gather(kill(), *(send(number) for number in range(MESSAGES)))
        process.wait()
        assert MESSAGES // 3 <= len(acknowledged) < MESSAGES
        process = server.start()
        try:
            await server.ready(client)
            headers = {"Authorization": f"Bearer {token}"}
            async with client.get(f"{server.base}/api/v1/tickets?limit=200", headers=headers) as response:
                numbers = [ticket["number"] for ticket in (await response.json())["tickets"]]
            kept = set()
            for number in numbers:
                async with client.get(f"{server.base}/api/v1/tickets/{number}", headers=headers) as response:
                    kept.add((await response.json())["messages"][0]["text"])
            assert {f"第{number}封信" for number in acknowledged} <= kept
            assert len(numbers) == len(kept)
            async with client.get(f"{server.base}/api/v1/balance", headers=headers) as response:
                balance = await response.json()
            assert balance["received"] == balance["open"] == len(numbers)
        finally:
            process.terminate()
            process.wait()
