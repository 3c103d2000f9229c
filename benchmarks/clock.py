"""Escalation among many open deadlines: python -m benchmarks.clock [--deadlines N] [--due N] [--people N] [--json].

Two worker processes take the steps that fall due over a minute of desk time while a million others are open. Each step must
be taken once; printed are how late they were, and how fast a backlog is caught up with.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import statistics
import time
from datetime import UTC, datetime, timedelta

import asyncpg

from benchmarks.stage import stage
from servicedesk.store import accounts
from servicedesk.store.db import Conn, open_pool, prepare, transaction
from servicedesk.usecases import escalation

OVER_S = 20
PAUSE_S = 1.0  # as the worker's clock job
BATCH = 500


async def _fill(conn: Conn, deadlines: int, due: int, people: int, begins: datetime) -> None:
    """Tickets with one open deadline each; `due` of them take a step within OVER_S seconds."""
    account_id = await conn.fetchval("SELECT min(account_id) FROM account")
    citizen = await conn.fetchval(
        "INSERT INTO citizen (account_id, openid, following, first_seen_at) VALUES ($1, 'bench', true, $2) "
        "RETURNING citizen_id",
        account_id, begins,
    )  # fmt: skip
    # Who is told: tickets in triage concern the dispatchers, and at the top of the ladder those above them.
    await conn.executemany(
        "INSERT INTO staff (account_id, login, name, role, password_hash, created_at) VALUES ($1, $2, $2, $3, 'x', $4)",
        [(account_id, f"{role}{n}", role, begins) for role in ("dispatcher", "supervisor", "admin") for n in range(people)],
    )
    await conn.execute("SET synchronous_commit = off")
    await conn.execute(
        "INSERT INTO inquiry (account_id, citizen_id, body, asked_at) SELECT $1, $2, '', $3 FROM generate_series(1, $4)",
        account_id, citizen, begins, deadlines,
    )  # fmt: skip
    await conn.execute(
        "INSERT INTO ticket (account_id, inquiry_id, number, citizen_id, state, kind, routing, opened_at, changed_at, due_at) "
        "SELECT account_id, inquiry_id, 'B' || inquiry_id, citizen_id, 'triage', 'question', '{}', $2, $2, $2 FROM inquiry "
        "WHERE account_id = $1",
        account_id, begins,
    )  # fmt: skip
    await conn.execute(
        "INSERT INTO deadline (account_id, ticket_id, kind, amount, unit, source, started_at, due_at, next_step, next_step_at) "
        "SELECT account_id, ticket_id, 'resolution', 1, 'working_days', 'bench', $2::timestamptz - interval '1 day', "
        "$2::timestamptz + interval '1 day', 'warned', CASE WHEN n <= $3 THEN $2::timestamptz + n * ($4 / $3::float8) * "
        "interval '1 second' ELSE $2::timestamptz + interval '30 days' + n * interval '1 second' END "
        "FROM (SELECT account_id, ticket_id, row_number() OVER (ORDER BY hashint8(ticket_id)) AS n FROM ticket "
        "WHERE account_id = $1) AS numbered",
        account_id, begins, due, float(OVER_S),
    )  # fmt: skip
    await conn.execute("ANALYZE")


async def _work(url: str, begins: datetime, began_s: float, until_s: float) -> None:
    pool = await open_pool(url, 2)
    while time.time() < until_s:
        now = begins + timedelta(seconds=time.time() - began_s)
        async with transaction(pool) as conn:
            ids = await accounts.every_id(conn)
            taken = await escalation.take_steps(conn, ids, now=now, size=BATCH)
        if taken < BATCH:
            await asyncio.sleep(PAUSE_S)
    await pool.close()


def _worker(url: str, begins: datetime, began_s: float, until_s: float) -> None:
    asyncio.run(_work(url, begins, began_s, until_s))


async def _catch_up(url: str, at: datetime) -> int:
    pool, total = await open_pool(url, 2), 0
    while True:
        async with transaction(pool) as conn:
            taken = await escalation.take_steps(conn, await accounts.every_id(conn), now=at, size=BATCH)
        total += taken
        if not taken:
            await pool.close()
            return total


def _catching_up(url: str, at: datetime, counted: multiprocessing.Queue[int]) -> None:
    counted.put(asyncio.run(_catch_up(url, at)))


async def _lateness(url: str, begins: datetime) -> tuple[list[float], int]:
    conn = await asyncpg.connect(url)
    rows = await conn.fetch(
        "SELECT extract(epoch FROM taken_at - ($1::timestamptz + n * $2::float8 * interval '1 second')) AS late "
        "FROM (SELECT ticket_id, row_number() OVER (ORDER BY hashint8(ticket_id)) AS n FROM ticket) AS numbered "
        "JOIN escalation USING (ticket_id) WHERE step = 'warned'",
        begins, OVER_S / max(1, await conn.fetchval("SELECT count(*) FROM escalation WHERE step = 'warned'")),
    )  # fmt: skip
    doubled = await conn.fetchval("SELECT count(*) - count(DISTINCT (deadline_id, step)) FROM escalation")
    await conn.close()
    return [float(row["late"]) for row in rows], int(doubled)


def main() -> None:
    """Fill, run two workers over the due ones, then measure a backlog."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--deadlines", type=int, default=1_000_000)
    parser.add_argument("--due", type=int, default=10_000)
    parser.add_argument("--people", type=int, default=1, help="dispatchers, supervisors and administrators, so many of each")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    begins = datetime(2026, 11, 25, 2, 0, tzinfo=UTC)
    with stage() as made:
        asyncio.run(_filled(made.url, args.deadlines, args.due, args.people, begins))
        began_s = time.time()
        _together(_worker, (made.url, begins, began_s, began_s + OVER_S + 6))
        late, doubled = asyncio.run(_lateness(made.url, begins))
        backlog = datetime(2027, 6, 1, tzinfo=UTC)
        counted: multiprocessing.Queue[int] = multiprocessing.get_context("spawn").Queue()
        asyncio.run(_only(made.url, 50_000))
        began_s = time.time()
        _together(_catching_up, (made.url, backlog, counted))
        spent_s = time.time() - began_s
        claims = counted.get() + counted.get()
    late.sort()
    figures = {
        "deadlines": args.deadlines, "due": args.due, "people": args.people, "escalated": len(late), "doubled": doubled,
        "lateness_p50_s": round(statistics.median(late), 2), "lateness_p99_s": round(late[int(len(late) * 0.99)], 2),
        "lateness_max_s": round(late[-1], 2), "backlog_claims": claims, "claims_per_s": round(claims / spent_s),
    }  # fmt: skip
    for name, value in figures.items():
        print(f"{name:<16}{value:>12,}")
    if args.json:
        print(json.dumps(figures))


async def _filled(url: str, deadlines: int, due: int, people: int, begins: datetime) -> None:
    conn = await asyncpg.connect(url, timeout=60)
    await prepare(conn)
    await _fill(conn, deadlines, due, people, begins)
    await conn.close()


async def _only(url: str, backlog: int) -> None:
    """Leave so many deadlines with one step left, all of it overdue by the time of the backlog."""
    conn = await asyncpg.connect(url, timeout=60)
    await conn.execute(
        "UPDATE deadline SET next_step = 'notified', next_step_at = $1 WHERE deadline_id IN "
        "(SELECT deadline_id FROM deadline WHERE next_step = 'warned' LIMIT $2)",
        datetime(2027, 1, 1, tzinfo=UTC), backlog,
    )  # fmt: skip
    await conn.execute("UPDATE deadline SET next_step = NULL, next_step_at = NULL WHERE next_step <> 'notified'")
    await conn.execute("VACUUM ANALYZE deadline")
    await conn.close()


def _together(target: object, args: tuple[object, ...]) -> None:
    context = multiprocessing.get_context("spawn")
    both = [context.Process(target=target, args=args) for _ in range(2)]  # type: ignore[arg-type]
    for each in both:
        each.start()
    for each in both:
        each.join()


if __name__ == "__main__":
    main()
