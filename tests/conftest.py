"""What every test may ask for: a Postgres, a fresh database, a small desk in it."""

from __future__ import annotations

import asyncio
import gc
import os
from collections.abc import AsyncIterator, Iterator
from itertools import count
from pathlib import Path

import asyncpg
import pytest

from servicedesk import embedded
from servicedesk.store import migrations
from servicedesk.store.db import Conn, Pool, open_pool, prepare
from tests.desk import Desk, make_desk

VAR = Path(__file__).parent.parent / "var"
SAMPLES = Path(__file__).parent.parent.parent / "shared" / "wechat-samples"
# Each Postgres has a folder of its own: the data of one version cannot be read by another.
SERVER = VAR / f"tests{os.environ.get('SERVICEDESK_PG_BIN', '').replace('/', '-')}"
# Tests keep nothing over a crash of the machine; a crash of Postgres itself loses nothing without these either.
FAST = {"fsync": "off", "full_page_writes": "off", "max_connections": "60", "shared_buffers": "64MB"}
_numbers = count(1)


@pytest.fixture(scope="session")
def server_url() -> Iterator[str]:
    """A Postgres: TEST_DATABASE_URL's, else the embedded one."""
    given = os.environ.get("TEST_DATABASE_URL")
    if given:
        yield given
        return
    with embedded.running(SERVER, FAST) as url:
        yield url


@pytest.fixture(scope="session")
def template(server_url: str) -> str:
    """A migrated database that others are copied from."""
    return asyncio.run(_make_template(server_url))


async def _make_template(server_url: str) -> str:
    name = f"template_{os.getpid()}"
    conn = await asyncpg.connect(server_url)
    try:
        for row in await conn.fetch(r"SELECT datname FROM pg_database WHERE datname ~ '^(template|test)_\d'"):
            await conn.execute(f'DROP DATABASE IF EXISTS "{row["datname"]}" WITH (FORCE)')
        await conn.execute(f'CREATE DATABASE "{name}"')
    finally:
        await conn.close()
    conn = await asyncpg.connect(server_url, database=name)
    try:
        await migrations.migrate(conn)
    finally:
        await conn.close()
    return name


@pytest.fixture(scope="module", autouse=True)
def _collected() -> Iterator[None]:
    """What a module's tests left open is found while that module is still named."""
    yield
    gc.unfreeze()  # the application freezes what it loads
    gc.collect()


@pytest.fixture
async def database(server_url: str, template: str) -> AsyncIterator[str]:
    """The address of a fresh, migrated database."""
    name = f"test_{os.getpid()}_{next(_numbers)}"
    conn = await asyncpg.connect(server_url)
    try:
        await conn.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        yield _with_database(server_url, name)
        await conn.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    finally:
        await conn.close()


@pytest.fixture
async def conn(database: str) -> AsyncIterator[Conn]:
    """A connection to it."""
    connection = await asyncpg.connect(database)
    await prepare(connection)
    yield connection
    await connection.close()


@pytest.fixture
async def pool(database: str) -> AsyncIterator[Pool]:
    """A pool of connections to it."""
    opened = await open_pool(database, 6)
    yield opened
    await opened.close()


@pytest.fixture
async def desk(conn: Conn) -> Desk:
    """A small desk: two departments, a person of every role."""
    return await make_desk(conn)


def _with_database(url: str, name: str) -> str:
    head, _, query = url.partition("?")
    return f"{head.rsplit('/', 1)[0]}/{name}" + (f"?{query}" if query else "")
