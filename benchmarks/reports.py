"""What supervisors read, at the size of a big city: python -m benchmarks.reports [--tickets N] [--rounds N] [--json].

Loads a made-up year (servicedesk load-fake), and asks for the board and for 90-day figures again and again, each time another
day or department; beside them the raw computation over the same tickets, without rollups.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta

import asyncpg

from benchmarks.stage import stage, table
from servicedesk.domain.desk import OPEN
from servicedesk.domain.figures import ALL, ALL_KINDS, MEASURED, NAMES
from servicedesk.domain.model import AccountId, Actor, Kind, Role
from servicedesk.sandbox import fake_load
from servicedesk.store import accounts, figures, people, tickets
from servicedesk.store.db import Conn, prepare
from servicedesk.store.figures import Span
from servicedesk.store.vault import Vault
from servicedesk.usecases import board_views, desk_views

CODE = "fake"
DAYS_90 = timedelta(days=89)
RAW = """
SELECT department_id, percentile_disc(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY first_reply_minutes)
FROM measure WHERE account_id = $1 AND opened_on BETWEEN $2 AND $3 GROUP BY department_id
"""
Ask = Callable[[], Awaitable[object]]


def _asks(conn: Conn, account_id: AccountId, supervisor: Actor, departments: list[int], now: datetime) -> dict[str, Ask]:
    chance = random.Random(1)

    def until() -> date:
        return now.date() - timedelta(days=chance.randrange(200))

    def span(departments: tuple[int, ...] = (ALL,), kinds: tuple[str, ...] = (ALL_KINDS,), by: str = "") -> Span:
        last = until()
        return Span(departments, kinds, last - DAYS_90, last, by)

    def sums(*, departments: tuple[int, ...] = (ALL,), kinds: tuple[str, ...] = (ALL_KINDS,), by: str = "") -> Ask:
        return lambda: figures.sums(conn, account_id, span(departments, kinds, by))

    def times(
        *, departments: tuple[int, ...] = (ALL,), kinds: tuple[str, ...] = (ALL_KINDS,), by: str = "", one: bool = True
    ) -> Ask:
        return lambda: figures.buckets(
            conn, account_id, span(departments, kinds, by), [chance.choice(MEASURED)] if one else list(NAMES)
        )

    every = tuple(departments)
    kinds = tuple(Kind)
    return {
        "board": lambda: board_views.view(conn, supervisor, now=now),
        "queue_of_a_department": lambda: desk_views.queue(conn, supervisor, tuple(OPEN), ""),
        "rates_90_days": sums(),
        "rates_90_days_by_department": sums(departments=every, by="department"),
        "rates_90_days_by_kind": sums(kinds=kinds, by="kind"),
        "rates_90_days_by_day": sums(by="day"),
        "times_90_days": times(),
        "all_times_90_days": times(one=False),
        "times_90_days_by_department": times(departments=every, by="department"),
        "times_90_days_by_kind": times(kinds=kinds, by="kind"),
        "times_90_days_by_day": times(by="day"),
        "tickets_behind_a_figure": lambda: figures.tickets_behind(
            conn, account_id, department_id=chance.choice(departments), kind="", since=until() - DAYS_90, until=until(),
            which="unanswered_in_time", ticket_before=2**62, size=40,
        ),
        "raw_times_90_days_by_department": lambda: conn.fetch(RAW, account_id, until() - DAYS_90, until()),
    }  # fmt: skip


async def _measure(url: str, key: str, count: int, rounds: int, seed: int) -> dict[str, dict[str, float]]:
    conn = await asyncpg.connect(url)
    await prepare(conn)
    now = datetime.now(UTC)
    began = time.perf_counter()
    account = await fake_load.load(
        conn, Vault([key]), code=CODE, tickets=count, seed=seed, now=now, say=lambda words: print(words, file=sys.stderr)
    )
    loaded_s = time.perf_counter() - began
    supervisor = next(each for each in await people.everyone(conn, account.id) if each.role is Role.SUPERVISOR)
    departments = [int(each.id) for each in await accounts.departments(conn, account.id)]
    found: dict[str, dict[str, float]] = {}
    for name, ask in _asks(conn, account.id, supervisor, departments, now).items():
        spent = []
        for turn in range(rounds if not name.startswith("raw") else max(5, rounds // 20)):
            began = time.perf_counter()
            await ask()
            if turn >= 3:  # the first ones plan and warm
                spent.append((time.perf_counter() - began) * 1000)
        cuts = statistics.quantiles(spent, n=100, method="inclusive")
        found[name] = {"p50_ms": round(cuts[49], 2), "p99_ms": round(cuts[98], 2)}
    balance = await tickets.balance(conn, account.id)
    assert balance == await figures.balance(conn, account.id), "the rollups must balance as the tables do"
    found["load"] = {"tickets": count, "seconds": round(loaded_s, 1), "open": balance["open"]}
    await conn.close()
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="benchmarks.reports", description=__doc__)
    parser.add_argument("--tickets", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    with stage("reports") as made:
        found = asyncio.run(_measure(made.url, made.key, args.tickets, args.rounds, args.seed))
    load = found.pop("load")
    print(f"{load['tickets']:,} tickets ({load['open']:,} open) loaded in {load['seconds']:,} s; ms at the database\n")
    table([("query", "p50", "p99"), *((name, each["p50_ms"], each["p99_ms"]) for name, each in found.items())])
    if args.json:
        print(json.dumps({**found, "tickets": load["tickets"], "load_s": load["seconds"]}))


if __name__ == "__main__":
    main()
