"""Load a made-up year of a desk: for measuring, and for whoever wants to see the product at the size of a city."""

from __future__ import annotations

import asyncio
import base64
import io
import secrets
from collections.abc import Awaitable, Callable
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from datetime import datetime

import asyncpg

from servicedesk.domain.model import Account, ChannelSecrets, Priority, Role
from servicedesk.domain.sla import policy_for
from servicedesk.sandbox.fake_rows import COLUMNS, Plan, batch
from servicedesk.sandbox.seeding import county_departments
from servicedesk.store import accounts, figures, people, policies
from servicedesk.store.db import Conn
from servicedesk.store.vault import Vault
from servicedesk.usecases import measuring, setting_up

BATCH = 10_000
DAYS = 365
_NO_PASSWORD = "!"  # noqa: S105  # the hash of none: nobody signs in as one of them
_SEQUENCES = ("citizen", "inquiry", "ticket", "answer", "delivery")
Say = Callable[[str], None]


async def load(conn: Conn, vault: Vault, *, code: str, tickets: int, seed: int, now: datetime, say: Say) -> Account:
    """Add so many tickets to the account (made where there is none), measured and rolled up."""
    account = await accounts.by_code(conn, code) or await _make(conn, vault, code, now)
    plan = await _plan(conn, account, tickets, seed, now)
    with suppress(asyncpg.InsufficientPrivilegeError):  # only a superuser may skip the checks of foreign keys
        await conn.execute("SET session_replication_role = replica")
    await conn.execute("SET synchronous_commit = off")
    await _copy(conn, plan, say)
    await conn.execute("RESET session_replication_role")
    days = await figures.measured_days(conn, account.id)
    async with conn.transaction():
        await measuring.roll_up(conn, account, days)
        await measuring.look_from_here(conn, account.id, wall=now)
    say("rolled up; analysing")
    for table in (*COLUMNS, "figure_day", "figure_bucket"):
        await conn.execute(f"VACUUM (ANALYZE) {table}")
    return account


async def _copy(conn: Conn, plan: Plan, say: Say) -> None:
    """Rows are made in another process while the database writes those before."""
    loop = asyncio.get_running_loop()
    firsts = list(range(0, plan.count, BATCH))

    def made(pool: ProcessPoolExecutor, first: int) -> Awaitable[dict[str, bytes]]:
        return loop.run_in_executor(pool, batch, plan, first, min(BATCH, plan.count - first))

    with ProcessPoolExecutor(1) as pool:
        following = made(pool, firsts[0])
        for place, first in enumerate(firsts):
            rows = await following
            if place + 1 < len(firsts):
                following = made(pool, firsts[place + 1])
            for table in COLUMNS:
                if table in rows:
                    await _copy_table(conn, table, rows[table])
            if place % 10 == 9:
                say(f"{first + BATCH:,} tickets")


async def _copy_table(conn: Conn, table: str, lines: bytes) -> None:
    columns = [name.strip() for name in COLUMNS[table].split(",")]
    await conn.copy_to_table(table, source=io.BytesIO(lines), columns=columns, format="text")


async def _plan(conn: Conn, account: Account, tickets: int, seed: int, now: datetime) -> Plan:
    first = 0
    for table in _SEQUENCES:
        sequence = f"{table}_{table}_id_seq"
        first = max(first, await conn.fetchval(f"SELECT nextval('{sequence}')"))
    for table in _SEQUENCES:
        await conn.execute(f"SELECT setval('{table}_{table}_id_seq', {first + tickets + 1})")
    everyone = await people.everyone(conn, account.id)
    departments = [
        (each.department_id, int(each.staff_id)) for each in everyone if each.role is Role.STAFF and each.department_id
    ]
    in_force = await policies.in_force(conn, account.id)
    chosen = {policy.kind: policy_for(in_force, policy.kind, Priority.NORMAL, None) for policy in in_force}
    calendar = await accounts.calendar(conn, account)
    return Plan(account.id, calendar, chosen, departments, first, tickets, DAYS, now, seed)


async def _make(conn: Conn, vault: Vault, code: str, now: datetime) -> Account:
    given = ChannelSecrets(
        secrets.token_hex(16), secrets.token_hex(16), base64.b64encode(secrets.token_bytes(32)).decode()[:43]
    )
    async with conn.transaction():
        account = await setting_up.add_account(
            conn, vault, code=code, name="压力测试市", kind="service", appid=f"wx-{code}", secrets=given, mode="safe",
            api_base="http://127.0.0.1:9/none", now=now,
        )  # fmt: skip
        staff: list[tuple[str, str, Role, str | None]] = [
            ("duban", "督办", Role.SUPERVISOR, None), ("paidan", "派单", Role.DISPATCHER, None),
        ]  # fmt: skip
        for department, name, short, phone, duties in county_departments():
            await setting_up.add_department(
                conn, account, code=department, name=name, short_name=short, phone=phone, duties=duties
            )
            staff.append((department, f"{short}承办", Role.STAFF, department))
        for login, name, role, place in staff:
            await setting_up.add_staff(
                conn, account, login=login, name=name, role=role, department_code=place, password_hash=_NO_PASSWORD, now=now
            )
    return account
