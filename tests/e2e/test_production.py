"""The processes of the Procfile, word for word: two web processes under gunicorn and a worker, on one database."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
import psutil
import pytest
from aiohttp.test_utils import unused_port

from servicedesk.domain.model import ChannelSecrets
from servicedesk.store import accounts, people
from servicedesk.store.db import Conn
from servicedesk.usecases import answering, assigning
from tests.desk import KEY, PASSWORD, Desk
from tests.e2e.conftest import csrf_of
from tests.e2e.eventually import eventually
from tests.platform import signed, text_body, unwrapped, wrapped

ROOT = Path(__file__).parent.parent.parent
SECRETS = ChannelSecrets("s", "token-of-production", "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        importlib.util.find_spec("gunicorn") is None or importlib.util.find_spec("uvloop") is None,
        reason="!! PRODUCTION WAS NOT TRIED: gunicorn or uvloop is not installed; pip install -e '.[server]'",
    ),
]


class Production:
    """The Procfile's processes, and shorthands for the platform and for a person at a browser."""

    def __init__(self, database: str, folder: Path) -> None:
        port = unused_port()
        self.base = f"http://127.0.0.1:{port}"
        self.folder = folder
        self.environment = {
            **os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "HOME": str(folder),
            "DATABASE_URL": database, "PORT": str(port), "SERVICEDESK_HOME": str(folder / "home"),
            "SERVICEDESK_SECRET_KEY": KEY,
        }  # fmt: skip
        self.counts = folder / "made" / "at start"
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    def command(self, *args: str) -> str:
        """What an operator types."""
        done = subprocess.run(
            ["servicedesk", *args], env=self.environment, capture_output=True, text=True, check=False, timeout=60
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout.strip()

    def start(self) -> None:
        """Every process of the Procfile."""
        environment = {**self.environment, "PROMETHEUS_MULTIPROC_DIR": str(self.counts)}
        for line in (ROOT / "Procfile").read_text("utf-8").splitlines():
            name, command = line.split(": ", 1)
            with (self.folder / f"{name}.log").open("wb") as log:
                self.processes[name] = subprocess.Popen(
                    ["sh", "-c", f"exec {command}"], env=environment, cwd=ROOT, stdout=log, stderr=log
                )

    def stop(self) -> dict[str, int]:
        """SIGTERM to each, as a supervisor of processes does; their exit codes."""
        for process in self.processes.values():
            process.terminate()
        return {name: process.wait(timeout=30) for name, process in self.processes.items()}

    def log(self, name: str) -> str:
        """What one of them has said."""
        return (self.folder / f"{name}.log").read_text("utf-8")

    @property
    def web(self) -> list[psutil.Process]:
        """The web processes under gunicorn's own."""
        return psutil.Process(self.processes["web"].pid).children()

    @contextmanager
    def only(self, wanted: psutil.Process) -> Iterator[None]:
        """The other web processes stand still, so that this one answers."""
        others = [process for process in self.web if process != wanted]
        for process in others:
            process.suspend()
        try:
            yield
        finally:
            for process in others:
                process.resume()

    async def get(self, client: aiohttp.ClientSession, path: str, **query: str) -> tuple[int, str]:
        """A page; what cannot be reached has the status 0."""
        try:
            async with client.get(f"{self.base}{path}", params=query) as response:
                return response.status, await response.text()
        except aiohttp.ClientConnectionError:
            return 0, ""

    async def call(self, client: aiohttp.ClientSession, xml: str) -> str:
        """The platform calls back; the reply's text."""
        query, body = wrapped("safe", xml, SECRETS, "wx1", time.time())
        async with client.post(f"{self.base}/wechat/xian", params=query, data=body) as response:
            assert response.status == 200
            return unwrapped(await response.text(), SECRETS, "wx1")

    async def sum_of(self, client: aiohttp.ClientSession, sample: str) -> float | None:
        """A figure of the metrics page."""
        status, text = await self.get(client, "/metrics")
        assert status == 200
        found = re.search(rf"^{re.escape(sample)} (\S+)$", text, re.MULTILINE)
        return None if found is None else float(found[1])


@pytest.fixture
async def client() -> AsyncIterator[aiohttp.ClientSession]:
    """A caller that connects anew for every call, as different callers would."""
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True), cookie_jar=jar) as session:
        yield session


@pytest.fixture
async def production(database: str, tmp_path: Path, client: aiohttp.ClientSession) -> AsyncIterator[Production]:
    """Set up by commands, and ready."""
    made = Production(database, tmp_path)
    made.command("migrate")
    made.command(
        "account", "add", "xian", "--name", "县", "--kind", "subscription", "--appid", "wx1",
        "--secret", SECRETS.secret, "--token", SECRETS.token, "--aes-key", SECRETS.aes_key, "--api-base", "http://127.0.0.1:9",
    )  # fmt: skip
    made.start()

    async def ready() -> bool:
        assert {name: process.poll() for name, process in made.processes.items()} == {"web": None, "worker": None}
        return len(made.web) == 2 and (await made.get(client, "/readyz"))[0] == 200

    try:
        await eventually(ready, 60)
        yield made
    finally:
        for process in made.processes.values():
            if process.poll() is None:
                for child in psutil.Process(process.pid).children():
                    child.kill()
                process.kill()
                process.wait()


async def test_the_processes_of_the_procfile_serve_citizens_and_staff_count_together_and_stop_cleanly(
    production: Production, client: aiohttp.ClientSession, conn: Conn
) -> None:
    token = production.command("token", "add", "xian", "tests")
    production.command("department", "add", "xian", "zhujian", "--name", "住建局")
    for login, role in (("wang", ("staff", "--department", "zhujian")), ("paidan", ("dispatcher",))):
        production.command("staff", "add", "xian", login, "--password", PASSWORD, "--role", *role)
    production.command("check")
    for number, process in enumerate(production.web):
        with production.only(process):
            assert (await production.get(client, "/healthz"))[0] == 200
            assert (await production.get(client, "/readyz"))[0] == 200
            query = {**signed(SECRETS.token, time.time()), "echostr": f"8080{number}"}
            assert await production.get(client, "/wechat/xian", **query) == (200, f"8080{number}")
            assert (await production.get(client, "/wechat/xian", **{**query, "signature": "0" * 40}))[0] == 403
            assert "您的来信收到了" in await production.call(client, text_body("家里暖气不热", f"citizen-{number}", number))
    # The platform's second try of the first message comes to the other process.
    with production.only(production.web[1]):
        await production.call(client, text_body("家里暖气不热", "citizen-0", 0))
        async with client.get(f"{production.base}/api/v1/balance", headers={"Authorization": f"Bearer {token}"}) as response:
            assert (await response.json())["received"] == 2

    await _signed_in_at_one_and_known_to_the_other(production, client)

    # What both took in, and what the worker did, is read from any one of them.
    for process in production.web:
        with production.only(process):
            assert await production.sum_of(client, 'servicedesk_callbacks_total{kind="text"}') == 3
            assert await production.sum_of(client, 'servicedesk_callbacks_refused_total{reason="signature"}') == 2
    await _answered(conn)
    await eventually(lambda: production.sum_of(client, 'servicedesk_deliveries_total{outcome="again"}'))

    stopped = await asyncio.to_thread(production.stop)
    assert stopped == {"web": 0, "worker": 0}
    for name in stopped:
        assert "Traceback" not in production.log(name)
        assert '"level": "error"' not in production.log(name)


async def _signed_in_at_one_and_known_to_the_other(production: Production, client: aiohttp.ClientSession) -> None:
    with production.only(production.web[0]):
        _, page = await production.get(client, "/login")
        form = {"csrf": csrf_of(page), "account": "xian", "login": "wang", "password": PASSWORD}
        async with client.post(f"{production.base}/login", data=form, allow_redirects=False) as response:
            assert response.status == 303
    with production.only(production.web[1]):
        status, page = await production.get(client, "/tickets")
        assert (status, "wang" in page or "住建局" in page) == (200, True)


async def _answered(conn: Conn) -> None:
    """A ticket's answer, which the worker must now deliver to a platform that is away."""
    account = await accounts.by_code(conn, "xian")
    assert account is not None
    now = datetime.now(UTC)
    desk = Desk(conn, account, {each.login: each for each in await people.everyone(conn, account.id)})
    number = await conn.fetchval("SELECT number FROM ticket ORDER BY ticket_id LIMIT 1")
    if (await desk.ticket(number)).department_id is None:
        await assigning.assign(conn, desk.staff["paidan"], number, "zhujian", "", now=now)
    await assigning.accept(conn, desk.staff["wang"], number, now=now)
    await answering.answer(conn, desk.staff["wang"], number, "已经修好了。", now=now)


async def test_a_web_process_that_dies_is_replaced_and_its_counts_are_kept(
    production: Production, client: aiohttp.ClientSession
) -> None:
    victim, survivor = production.web
    with production.only(victim):
        await production.call(client, text_body("家里暖气不热", "citizen-0", 0))

    async def two_again() -> bool:
        pids = {process.pid for process in production.web} - {victim.pid}
        live = {int(path.stem.rsplit("_", 1)[1]) for path in production.counts.glob("gauge_live*")}
        return len(pids) == 2 and live == pids | {production.processes["worker"].pid}

    assert (production.counts / f"counter_{victim.pid}.db").exists()
    victim.send_signal(signal.SIGKILL)
    await eventually(two_again)
    for process in (survivor, next(each for each in production.web if each not in (survivor, victim))):
        with production.only(process):
            assert await production.sum_of(client, 'servicedesk_callbacks_total{kind="text"}') == 1
    assert await asyncio.to_thread(production.stop) == {"web": 0, "worker": 0}
