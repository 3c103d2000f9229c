"""Search at the size of a big city: python -m benchmarks.search [--tickets N] [--rounds N] [--json].

Loads a made-up year (servicedesk load-fake), writes rare words into some old tickets, indexes all of it on the worker's own
path, and asks as a supervisor and as a department: what the page asks of the database, from the words to the excerpts. Beside
them, in the same run, the textbook: LIKE over the messages.
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
from datetime import UTC, datetime

import asyncpg

from benchmarks.stage import stage, table
from servicedesk.domain.model import AccountId, Actor, Role, TicketId
from servicedesk.sandbox import fake_load
from servicedesk.store import figures, people
from servicedesk.store.db import Conn, prepare
from servicedesk.store.vault import Vault
from servicedesk.usecases import searching

CODE = "fake"
QUESTIONS = {"common": "暖气", "two_words": "暖气 物业", "less_common": "路灯", "rare": "骆驼走失", "absent": "鸵鸟养殖场"}
RARE_TICKETS = 15
_BATCH = 5000
_LIKE = """
SELECT ticket_id FROM message WHERE account_id = $1 AND body LIKE '%' || $2 || '%' ORDER BY ticket_id DESC LIMIT 21
"""
Ask = Callable[[], Awaitable[object]]


async def _index(conn: Conn, account_id: AccountId) -> float:
    began, after = time.perf_counter(), 0
    # A million at once: as one does it after a great import, the index is made when the documents are there.
    made = await conn.fetchval("SELECT pg_get_indexdef('search_document_words'::regclass)")
    await conn.execute("DROP INDEX search_document_words")
    while ids := await figures.ticket_ids(conn, account_id, after=after, size=_BATCH):
        async with conn.transaction():
            await searching.index(conn, account_id, ids)
        after = ids[-1]
        print(f"indexed up to {after}", file=sys.stderr)
    await conn.execute("SET maintenance_work_mem = '512MB'")
    await conn.execute(made)
    spent = time.perf_counter() - began
    await conn.execute("VACUUM (ANALYZE) search_document")
    return spent


async def _some_rare(conn: Conn, account_id: AccountId) -> None:
    ids = [row["ticket_id"] for row in await conn.fetch("SELECT ticket_id FROM ticket WHERE account_id = $1", account_id)]
    chosen: list[TicketId] = random.Random(5).sample(ids, RARE_TICKETS)
    await conn.execute(
        "UPDATE message SET body = body || '，骆驼走失了' WHERE account_id = $1 AND ticket_id = ANY($2)", account_id, chosen
    )


async def _times(ask: Ask, rounds: int) -> dict[str, float]:
    spent = []
    for turn in range(rounds):
        began = time.perf_counter()
        await ask()
        if turn >= 3:  # the first ones plan and warm
            spent.append((time.perf_counter() - began) * 1000)
    cuts = statistics.quantiles(spent, n=100, method="inclusive")
    return {"p50_ms": round(cuts[49], 2), "p99_ms": round(cuts[98], 2)}


def _asks(conn: Conn, account_id: AccountId, actors: dict[str, Actor]) -> dict[str, Ask]:
    asks: dict[str, Ask] = {}
    for who, actor in actors.items():
        for name, question in QUESTIONS.items():
            asks[f"{who}_{name}"] = lambda actor=actor, question=question: searching.search(conn, actor, question)  # type: ignore[misc]
    for name in ("common", "rare"):
        asks[f"like_{name}"] = lambda question=QUESTIONS[name]: conn.fetch(_LIKE, account_id, question)  # type: ignore[misc]
    return asks


async def _measure(url: str, key: str, count: int, rounds: int) -> dict[str, dict[str, float]]:
    conn = await asyncpg.connect(url)
    await prepare(conn)
    account = await fake_load.load(
        conn, Vault([key]), code=CODE, tickets=count, seed=1, now=datetime.now(UTC),
        say=lambda words: print(words, file=sys.stderr),
    )  # fmt: skip
    await _some_rare(conn, account.id)
    seconds = await _index(conn, account.id)
    everyone = await people.everyone(conn, account.id)
    actors = {
        who: next(each for each in everyone if each.role is role)
        for who, role in (("supervisor", Role.SUPERVISOR), ("department", Role.STAFF))
    }
    found = {}
    for name, ask in _asks(conn, account.id, actors).items():
        found[name] = await _times(ask, rounds if not name.startswith("like") else 8)
    size = await conn.fetchval("SELECT pg_total_relation_size('search_document') / 1048576.0")
    found["index"] = {"tickets": count, "seconds": round(seconds, 1), "mb": round(float(size), 1)}
    await conn.close()
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="benchmarks.search", description=__doc__)
    parser.add_argument("--tickets", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    with stage("search") as made:
        found = asyncio.run(_measure(made.url, made.key, args.tickets, args.rounds))
    index = found.pop("index")
    print(f"{index['tickets']:,} tickets indexed in {index['seconds']:,} s, {index['mb']:,} MB; ms of a page at the database\n")
    table([("question", "p50", "p99"), *((name, each["p50_ms"], each["p99_ms"]) for name, each in found.items())])
    if args.json:
        print(json.dumps({**found, "index": index}))


if __name__ == "__main__":
    main()
