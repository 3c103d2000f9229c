"""The schema's and the queries' promises: account_id everywhere, every query prepared, migrations repeatable."""

from __future__ import annotations

import re

import pytest

from servicedesk.store import migrations
from servicedesk.store.db import Conn, queries, sql_folder

# The directory of accounts, a reference table on every shard, and the list of migrations.
DIRECTORY = {"account", "schema_migration"}
OF_THE_DIRECTORY = {"account_by_code", "all_account_ids", "all_accounts", "add_account"}


async def test_every_table_carries_account_id_and_every_key_begins_with_it(conn: Conn) -> None:
    tables = await conn.fetch("SELECT relname, oid FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace")
    assert len(tables) > 25
    for table in tables:
        if table["relname"] in DIRECTORY:
            continue
        columns = await conn.fetch(
            "SELECT attname, attnotnull FROM pg_attribute WHERE attrelid = $1 AND attnum > 0", table["oid"]
        )
        assert ("account_id", True) in {(row["attname"], row["attnotnull"]) for row in columns}, table["relname"]
        keys = await conn.fetch(
            "SELECT pg_get_indexdef(indexrelid, 1, true) AS first, indisprimary FROM pg_index WHERE indrelid = $1 AND indisunique",
            table["oid"],
        )
        assert any(key["indisprimary"] for key in keys), table["relname"]
        assert all(key["first"] == "account_id" for key in keys), table["relname"]


async def test_every_reference_begins_with_account_id(conn: Conn) -> None:
    rows = await conn.fetch("SELECT conname, pg_get_constraintdef(oid) AS says FROM pg_constraint WHERE contype = 'f'")
    assert len(rows) > 30
    for row in rows:
        assert row["says"].startswith("FOREIGN KEY (account_id"), row["conname"]


def _named_queries() -> dict[str, str]:
    found: dict[str, str] = {}
    for path in sorted((sql_folder() / "queries").glob("*.sql")):
        parts = re.split(r"^-- name: (\w+)\(.*$", path.read_text("utf-8"), flags=re.MULTILINE)
        found.update(zip(parts[1::2], parts[2::2], strict=True))
    return found


@pytest.mark.parametrize("name", sorted(set(_named_queries()) - OF_THE_DIRECTORY))
def test_every_query_filters_by_account(name: str) -> None:
    text = _named_queries()[name]
    filters = re.search(r"account_id = (ANY\()?:account_ids?\b", text)
    joins = ":account_ids::bigint[]" in text and "account_id = given.account_id" in text
    inserts = re.search(r"INSERT INTO \w+\s*\([^)]*\baccount_id\b", text)
    assert filters or joins or inserts


async def test_every_query_can_be_prepared(conn: Conn) -> None:
    names = set(_named_queries())
    assert len(names) > 120
    for name in names:
        await conn.prepare(getattr(queries.loaded, name).sql)


async def test_migrating_again_changes_nothing(conn: Conn) -> None:
    assert await migrations.pending(conn) == []
    assert await migrations.migrate(conn) == []


async def test_an_empty_database_is_told_to_migrate(server_url: str, conn: Conn) -> None:
    await conn.execute("CREATE SCHEMA empty; SET search_path = empty")
    assert [migration.name for migration in await migrations.pending(conn)] == [m.name for m in migrations.known()]


async def test_forgetting_an_account_leaves_none_of_its_rows(conn: Conn) -> None:
    from servicedesk.store import accounts
    from tests.desk import make_desk

    kept, gone = await make_desk(conn), await make_desk(conn, "weg")
    for desk in (kept, gone):
        await desk.answered()
    await accounts.forget(conn, gone.account.id)
    tables = await conn.fetch(
        "SELECT table_name FROM information_schema.columns WHERE column_name = 'account_id' AND table_schema = 'public'"
    )
    for row in tables:
        count = await conn.fetchval(f'SELECT count(*) FROM "{row["table_name"]}" WHERE account_id = $1', gone.account.id)
        assert count == 0, row["table_name"]
    assert (await kept.balance())["answered"] == 1
