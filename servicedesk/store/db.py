"""The pool, the transaction, and the queries of sql/."""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from importlib import resources
from pathlib import Path
from typing import Any, TypeAlias

import aiosql
import asyncpg
import orjson
from aiosql.adapters.asyncpg import AsyncPGAdapter
from asyncpg.pool import PoolConnectionProxy

Conn: TypeAlias = "asyncpg.Connection[asyncpg.Record] | PoolConnectionProxy[asyncpg.Record]"
Pool: TypeAlias = "asyncpg.Pool[asyncpg.Record]"
View: TypeAlias = dict[str, Any]  # a row for a page or the API: read, never written back


def sql_folder() -> Path:
    """The folder of SQL: inside an installed wheel, else beside the package in a checkout."""
    package = Path(str(resources.files("servicedesk")))
    installed = package / "sql"
    return installed if installed.is_dir() else package.parent / "sql"


class _Adapter(AsyncPGAdapter):
    """aiosql's own looks at each query whether it was given a pool, which costs more than many a query here."""

    async def select(self, conn: Conn, query_name: str, sql: str, parameters: Any, _record: None = None) -> Any:
        for row in await conn.fetch(sql, *self._ordered(query_name, parameters)):
            yield row

    async def select_one(self, conn: Conn, query_name: str, sql: str, parameters: Any, _record: None = None) -> Any:
        return await conn.fetchrow(sql, *self._ordered(query_name, parameters))

    async def select_value(self, conn: Conn, query_name: str, sql: str, parameters: Any) -> Any:
        return await conn.fetchval(sql, *self._ordered(query_name, parameters))

    def _ordered(self, query_name: str, parameters: Any) -> list[Any]:
        return [parameters[name] for name in self.var_sorted[query_name]]

    async def insert_update_delete(self, conn: Conn, query_name: str, sql: str, parameters: Any) -> None:
        await conn.execute(sql, *self._ordered(query_name, parameters))


class Queries:
    """Every query of sql/queries by its name; those of many rows give a list.

    Always pass a connection: given the pool, aiosql would take another connection for each query, and work would escape
    the transaction.
    """

    def __init__(self, folder: Path) -> None:
        self.loaded: Any = aiosql.from_path(folder, _Adapter)  # type: ignore[arg-type]

    def __getattr__(self, name: str) -> Any:
        query = getattr(self.loaded, name)
        found = _collecting(query) if inspect.isasyncgenfunction(query) else query
        setattr(self, name, found)
        return found


def _collecting(query: Any) -> Any:
    async def collected(conn: Conn, **values: Any) -> list[Any]:
        return [row async for row in query(conn, **values)]

    return collected


queries: Any = Queries(sql_folder() / "queries")


class _Connection(asyncpg.Connection):
    """A pooled connection. Nothing here leaves state in a session, so giving one back costs no round trip to clear it."""

    def get_reset_query(self) -> str:
        """Nothing to reset."""
        return ""


async def open_pool(url: str, size: int = 8) -> Pool:
    """A pool of at least two connections that speak JSON; the caller closes it."""
    return await asyncpg.create_pool(
        url, min_size=1, max_size=max(size, 2), init=prepare, connection_class=_Connection, command_timeout=30
    )


async def prepare(conn: Conn) -> None:
    """Teach a new connection JSON."""
    for name in ("json", "jsonb"):
        await conn.set_type_codec(name, encoder=_dumps, decoder=orjson.loads, schema="pg_catalog")


@asynccontextmanager
async def transaction(pool: Pool) -> AsyncIterator[Conn]:
    """A connection inside one transaction, committed at the end of the block."""
    async with pool.acquire() as conn, conn.transaction():
        yield conn


@asynccontextmanager
async def reading(pool: Pool) -> AsyncIterator[Conn]:
    """A connection inside one read-only snapshot, so that the figures of a page agree with each other."""
    async with pool.acquire() as conn, conn.transaction(isolation="repeatable_read", readonly=True):
        yield conn


async def ping(pool: Pool) -> None:
    """Raise where the database does not answer."""
    async with pool.acquire() as conn:
        await conn.fetchval("SELECT 1")


def views(rows: Iterable[Any]) -> list[View]:
    """Rows as plain mappings."""
    return [dict(row) for row in rows]


def view(row: Any) -> View | None:
    """A row as a plain mapping, or None."""
    return None if row is None else dict(row)


def _dumps(value: Any) -> str:
    return orjson.dumps(value).decode()
