"""A stage for measuring: a Postgres with its default durability, a database of its own, an account, web processes."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from statistics import median
from typing import Any, TypeVar
from urllib.parse import urlsplit

import asyncpg
from cryptography.fernet import Fernet

from servicedesk import embedded
from servicedesk.domain.model import ChannelSecrets, Duty, Role
from servicedesk.store import migrations
from servicedesk.store.db import Conn, prepare
from servicedesk.store.vault import Vault
from servicedesk.usecases import setting_up

HOME = Path("var/benchmarks").resolve()
OPTIONS = {"max_connections": "100"}
CODE, APPID = "bench", "wxbench0000000001"
SECRETS = ChannelSecrets("bench-secret", "bench-token", "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG")
KIND_WORDS = ("家里暖气不热", "孩子上学报名", "路灯不亮", "医保怎么报销", "公交车晚点", "垃圾没人清理")
Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Stage:
    """Where the measured processes find their database, and the key they share."""

    url: str
    key: str

    @property
    def name(self) -> str:
        """The database's name."""
        return urlsplit(self.url).path.strip("/")

    def recreate(self, name: str) -> None:
        """Another empty database on the same server."""
        asyncio.run(_recreate(self.url, name))

    def count(self, database: str, table_: str) -> int:
        """The rows of a table in a database of the same server."""

        async def ask() -> int:
            conn = await asyncpg.connect(self.url, database=database)
            try:
                return int(await conn.fetchval(f'SELECT count(*) FROM "{table_}"'))
            finally:
                await conn.close()

        return asyncio.run(ask())

    @property
    def environ(self) -> dict[str, str]:
        """The environment of a process of the product."""
        return {
            **os.environ, "DATABASE_URL": self.url, "SERVICEDESK_SECRET_KEY": self.key, "SERVICEDESK_HOME": str(HOME),
            "SERVICEDESK_LOG_LEVEL": "WARNING",
        }  # fmt: skip

    def kill_postgres(self) -> None:
        """End the server with -9."""
        os.kill(int((HOME / "postgres" / "data" / "postmaster.pid").read_text("ascii").split()[0]), signal.SIGKILL)

    def revive(self) -> None:
        """Start it again, as the next user of the same home does; the stage itself keeps it running."""
        with embedded.running(HOME, OPTIONS):
            return

    async def point_at(self, api_base: str) -> None:
        """Where the platform's API is."""
        conn = await asyncpg.connect(self.url)
        await conn.execute("UPDATE account SET api_base = $1", api_base)
        await conn.close()

    def on_database(self, work: Callable[[Conn], Awaitable[Answer]]) -> Answer:
        """Do something on a connection."""

        async def act() -> Answer:
            conn = await asyncpg.connect(self.url)
            await prepare(conn)
            try:
                return await work(conn)
            finally:
                await conn.close()

        return asyncio.run(act())


@contextmanager
def stage(name: str = "bench", *, staffed: bool = False) -> Iterator[Stage]:
    """A fresh database with one account of a dozen departments, each with a person to answer where `staffed`."""
    shutil.rmtree(HOME / "journal", ignore_errors=True)
    shutil.rmtree(HOME / "sandbox", ignore_errors=True)
    with embedded.running(HOME, OPTIONS) as server:
        admin, _, query = server.partition("?")
        made = Stage(f"{admin.rsplit('/', 1)[0]}/{name}?{query}", Fernet.generate_key().decode())
        asyncio.run(_recreate(server, name))
        made.on_database(lambda conn: _furnish(conn, made.key, staffed=staffed))
        yield made


async def _recreate(server: str, name: str) -> None:
    conn = await asyncpg.connect(server)
    await conn.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    await conn.execute(f'CREATE DATABASE "{name}"')
    await conn.close()


async def _furnish(conn: Conn, key: str, *, staffed: bool) -> None:
    await migrations.migrate(conn)
    account = await setting_up.add_account(
        conn, Vault([key]), code=CODE, name="测试县发布", kind="subscription", appid=APPID, secrets=SECRETS, mode="safe",
        api_base="http://127.0.0.1:9/none", now=datetime.now(UTC),
    )  # fmt: skip
    # What is measured is the desk; an account's own limit would only hide it.
    await conn.execute("UPDATE account SET sends_per_minute = 60000")
    county = resources.files("servicedesk.sandbox").joinpath("county/departments.json").read_text("utf-8")
    for each in json.loads(county):
        duties = [Duty(duty["clause"], duty["title"], tuple(duty["keywords"])) for duty in each["duties"]]
        await setting_up.add_department(
            conn, account, code=each["code"], name=each["name"], short_name=each["short"], phone=each["phone"], duties=duties
        )
        if staffed:
            await setting_up.add_staff(
                conn, account, login=each["code"], name=each["short"], role=Role.STAFF, department_code=each["code"],
                password_hash="!", now=datetime.now(UTC),
            )  # fmt: skip


@contextmanager
def web(made: Stage, workers: int) -> Iterator[tuple[int, list[int]]]:
    """The product's web processes as the Procfile starts them; yields the port and the workers' pids."""
    port = free_port()
    command = [
        sys.executable, "-m", "gunicorn", "servicedesk.app:create_app", "--worker-class", "aiohttp.GunicornUVLoopWebWorker",
        "--workers", str(workers), "--bind", f"127.0.0.1:{port}", "--backlog", "2048", "--log-level", "error",
    ]  # fmt: skip
    with process(command, made.environ) as server:
        wait_for(f"http://127.0.0.1:{port}/readyz")
        time.sleep(1.0)
        yield port, children(server.pid)


@contextmanager
def process(command: Sequence[str], environ: dict[str, str], cwd: Path | None = None) -> Iterator[subprocess.Popen[bytes]]:
    """A process group that ends with the block."""
    with (HOME / "processes.log").open("ab") as log:
        running = subprocess.Popen(command, env=environ, cwd=cwd, stdout=log, stderr=log, start_new_session=True)
        try:
            yield running
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(running.pid, signal.SIGTERM)
            try:
                running.wait(15)
            except subprocess.TimeoutExpired:
                os.killpg(running.pid, signal.SIGKILL)
                running.wait()


def wait_for(url: str, seconds: float = 30) -> None:
    """Until an address answers with 200."""
    until = time.monotonic() + seconds
    while True:
        try:
            with urllib.request.urlopen(url, timeout=2) as response:
                if response.status == 200:
                    return
        except OSError:
            if time.monotonic() > until:
                raise
        time.sleep(0.1)


def free_port() -> int:
    """A port that nobody uses."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return int(held.getsockname()[1])


def children(pid: int) -> list[int]:
    """The pids of a process's children."""
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()
    return [int(each) for each in found]


def rss_mb(pid: int) -> float:
    """The resident size of a process, in megabytes."""
    for line in Path(f"/proc/{pid}/status").read_text("ascii").splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return 0.0


def table(rows: Sequence[Sequence[Any]]) -> None:
    """Print rows in columns; the first is the head."""
    texts = [[f"{each:,.1f}" if isinstance(each, float) else str(each) for each in row] for row in rows]
    widths = [max(len(row[column]) for row in texts) for column in range(len(texts[0]))]
    for row in texts:
        print("  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip())


def middle(values: Sequence[float]) -> float:
    """The median of several rounds."""
    return round(median(values), 3)
