"""Bring a database to the newest shape: numbered SQL files, each applied once, in order, in a transaction of its own."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from servicedesk.store.db import Conn, sql_folder

_LOCK = 7_305_921_644  # any number, the same for all who migrate


@dataclass(frozen=True)
class Migration:
    """One file of sql/migrations."""

    name: str
    path: Path


def known() -> list[Migration]:
    """All migrations of this version, in order."""
    return [Migration(path.stem, path) for path in sorted((sql_folder() / "migrations").glob("*.sql"))]


async def pending(conn: Conn) -> list[Migration]:
    """Those that the database has not seen."""
    if await conn.fetchval("SELECT to_regclass('schema_migration')") is None:
        return known()
    seen = {row["name"] for row in await conn.fetch("SELECT name FROM schema_migration")}
    return [migration for migration in known() if migration.name not in seen]


async def migrate(conn: Conn) -> list[str]:
    """Apply what is pending; returns the names. Two at once take turns."""
    await conn.execute("SELECT pg_advisory_lock($1)", _LOCK)
    try:
        await conn.execute(
            "CREATE TABLE IF NOT EXISTS schema_migration (name text PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())"
        )
        applied = []
        for migration in await pending(conn):
            async with conn.transaction():
                await conn.execute(migration.path.read_text(encoding="utf-8"))
                await conn.execute("INSERT INTO schema_migration (name) VALUES ($1)", migration.name)
            applied.append(migration.name)
        return applied
    finally:
        await conn.execute("SELECT pg_advisory_unlock($1)", _LOCK)
