"""How fast one worker delivers, and how soon a signed-off answer arrives: python -m benchmarks.delivery [--json]."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from datetime import UTC, datetime
from statistics import quantiles

import asyncpg

from benchmarks.stage import CODE, Stage, free_port, middle, process, stage, table
from benchmarks.standin import standin
from servicedesk.domain.model import AccountId, Actor, InboundMessage
from servicedesk.sandbox import Sandbox
from servicedesk.store import accounts, people
from servicedesk.store.db import Conn, prepare
from servicedesk.usecases import answering, assigning, intake

WORKER = [sys.executable, "-m", "servicedesk", "worker"]


async def _asked(conn: Conn, sandbox: Sandbox, openid: str) -> str:
    """A citizen's question, known to the platform and to the desk; the ticket's number, accepted by its department."""
    now = datetime.now(UTC)
    account = await accounts.by_code(conn, CODE)
    if account is None:
        raise LookupError(CODE)
    sandbox.platform.by_code(CODE).hear(openid, now)
    message = InboundMessage(f"m:{openid}", openid, "text", "家里暖气不热，什么时候能解决")
    async with conn.transaction():
        reply = await intake.receive(conn, account, message, now=now, wall=now)
        number = str(reply.facts["number"]) if reply is not None else ""
        await assigning.accept(conn, await _owner(conn, number), number, now=now)
    return number


async def _owner(conn: Conn, number: str) -> Actor:
    """The person of the ticket's department."""
    department = await conn.fetchval("SELECT department_id FROM ticket WHERE number = $1", number)
    everyone = await people.everyone(conn, AccountId(await conn.fetchval("SELECT min(account_id) FROM account")))
    return next(each for each in everyone if each.department_id == department)


async def _answer(conn: Conn, number: str) -> None:
    async with conn.transaction():
        await answering.answer(conn, await _owner(conn, number), number, f"答复{number}：已经处理。", now=datetime.now(UTC))


def _arrived(sandbox: Sandbox, openid: str) -> bool:
    return any(
        entry.via == "custom" or "答复" in entry.text for entry in sandbox.platform.by_code(CODE).state.chats.get(openid, [])
    )


async def _throughput(made: Stage, sandbox: Sandbox, conn: Conn, count: int, round_: int) -> float:
    openids = [f"oRate{round_}x{n:05d}" for n in range(count)]
    for openid in openids:
        await _answer(conn, await _asked(conn, sandbox, openid))
    with process(WORKER, made.environ):
        while not any(_arrived(sandbox, openid) for openid in openids[:64]):  # noqa: ASYNC110  # the stand-in's memory is looked at
            await asyncio.sleep(0.01)
        began, first = time.perf_counter(), sum(_arrived(sandbox, openid) for openid in openids)
        while await conn.fetchval("SELECT count(*) FROM delivery WHERE state = 'owed'"):  # noqa: ASYNC110
            await asyncio.sleep(0.05)
        return (count - first) / (time.perf_counter() - began)


async def _latency(made: Stage, sandbox: Sandbox, conn: Conn, count: int) -> list[float]:
    times = []
    with process(WORKER, made.environ):
        await asyncio.sleep(4)
        for n in range(count):
            openid = f"oLate{n:05d}"
            number = await _asked(conn, sandbox, openid)
            await asyncio.sleep(0.15)
            began = time.perf_counter()
            await _answer(conn, number)
            while not _arrived(sandbox, openid):  # noqa: ASYNC110
                await asyncio.sleep(0.001)
            times.append((time.perf_counter() - began) * 1000)
    return times


async def _run(made: Stage, rounds: int, count: int) -> dict[str, float]:
    async with standin(free_port()) as (base, sandbox):
        await made.point_at(base)
        conn = await asyncpg.connect(made.url)
        await prepare(conn)
        rates = [await _throughput(made, sandbox, conn, count, round_) for round_ in range(rounds)]
        times = await _latency(made, sandbox, conn, 100)
        await conn.close()
    cuts = quantiles(times, n=100)
    return {"answers_per_s": middle(rates), "p50_ms": round(cuts[49], 1), "p99_ms": round(cuts[98], 1)}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.delivery", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--count", type=int, default=600)
    parser.add_argument("--json", action="store_true", help="one JSON object as the last line")
    args = parser.parse_args()
    with stage("delivery", staffed=True) as made:
        said = asyncio.run(_run(made, args.rounds, args.count))
    table([["", ""], *[[name, value] for name, value in said.items()]])
    if args.json:
        print(json.dumps(said))


if __name__ == "__main__":
    main()
