"""Load while everything is killed in turn: nothing acknowledged is lost, nothing is taken or sent twice unseen.

python -m benchmarks.chaos --rounds 20 [--json]: the web processes, the worker and Postgres are killed with -9 in turn, and
the platform's API fails in each way, while citizens write and departments answer. The stand-in for the platform runs in this
process, calls back with its three tries, and remembers what each citizen saw.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import random
import signal
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import aiohttp
import asyncpg

from benchmarks.stage import CODE, HOME, KIND_WORDS, Stage, free_port, stage, wait_for
from benchmarks.standin import standin
from servicedesk.domain.model import AccountId
from servicedesk.sandbox import Sandbox
from servicedesk.store import people
from servicedesk.store.db import prepare
from servicedesk.usecases import answering, assigning

ROUND_S = 8.0
AWAY = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
WRITERS = 12
FAULTS: tuple[dict[str, Any] | None, ...] = (
    None,
    {"fault": "slow", "seconds": 3.0, "path": "message/custom/send", "times": 5},
    {"fault": "down", "path": "message/custom/send", "times": 5},
    {"fault": "reply_lost", "path": "message/custom/send", "times": 3},
    {"fault": "busy", "path": "message/custom/send", "times": 5},
    {"fault": "token_killed"},
    {"fault": "reply_lost", "path": "callback", "times": 3},
)
VICTIMS = ("web", "worker", "postgres")


class Servers:
    """The product's processes, started again whenever they have been killed."""

    def __init__(self, made: Stage, port: int) -> None:
        self._made, self.port = made, port
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str) -> None:
        """Start a process group."""
        if name == "postgres":
            self._made.revive()
            return
        web_command = ["gunicorn", "servicedesk.app:create_app", "--worker-class", "aiohttp.GunicornUVLoopWebWorker",
                       "--workers", "2", "--bind", f"127.0.0.1:{self.port}", "--log-level", "error"]  # fmt: skip
        command = web_command if name == "web" else ["servicedesk", "worker"]
        with (HOME / f"chaos-{name}.log").open("ab") as log:
            self._running[name] = subprocess.Popen(
                [sys.executable, "-m", *command], env=self._made.environ, stdout=log, stderr=log, start_new_session=True
            )

    def kill(self, name: str) -> None:
        """End it with -9, as a power cut does."""
        if name == "postgres":
            self._made.kill_postgres()
            return
        running = self._running.pop(name)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(running.pid, signal.SIGKILL)
        running.wait()


class Story:
    """Citizens who write and departments that answer."""

    def __init__(self, made: Stage, sandbox: Sandbox, base: str) -> None:
        self._made, self.sandbox, self.base = made, sandbox, base
        self.written = 0
        self.answered: dict[str, str] = {}
        self.stopping = False

    async def write(self, client: aiohttp.ClientSession, writer: int) -> None:
        """One new citizen after another, each with a question and sometimes a second message."""
        chance = random.Random(writer)
        while not self.stopping:
            self.written += 1
            openid = f"oChaos{self.written:06d}"
            for text in [f"{chance.choice(KIND_WORDS)}，第{self.written}号", "补充一句"][: chance.choice((1, 1, 2))]:
                async with client.post(f"{self.base}/chats/{openid}/text", json={"text": text}) as response:
                    response.raise_for_status()
            await asyncio.sleep(chance.uniform(0.2, 0.9))

    async def answer(self) -> None:
        """Departments accept and answer what they have, each answer with words of its own."""
        while not self.stopping:
            try:
                conn = await asyncpg.connect(self._made.url, timeout=3)
            except AWAY:
                await asyncio.sleep(0.3)
                continue
            try:
                await prepare(conn)
                await self._answer_with(conn)
            except AWAY:
                await asyncio.sleep(0.3)
            finally:
                conn.terminate()

    async def _answer_with(self, conn: Any) -> None:
        staff = {each.department_id: each for each in await people.everyone(conn, AccountId(1)) if each.department_id}
        while not self.stopping:
            row = await conn.fetchrow(
                "SELECT number, department_id, state FROM ticket WHERE state = 'assigned' ORDER BY random() LIMIT 1"
            )
            if row is None:
                await asyncio.sleep(0.2)
                continue
            actor, number, now = staff[row["department_id"]], row["number"], datetime.now(UTC)
            words = f"答复{number}：已经处理。"
            async with conn.transaction():
                await assigning.accept(conn, actor, number, now=now)
                await answering.answer(conn, actor, number, words, now=now)
            self.answered[number] = words
            await asyncio.sleep(0.1)


async def _run(made: Stage, rounds: int) -> dict[str, int]:
    port = free_port()
    servers = Servers(made, port)
    async with standin(port) as (base, sandbox):
        await made.point_at(base)
        for name in ("web", "worker"):
            servers.start(name)
        await asyncio.to_thread(wait_for, f"http://127.0.0.1:{port}/readyz")
        story = Story(made, sandbox, base)
        try:
            await _play(made, servers, story, rounds)
            return await _count(made, story)
        finally:
            for name in ("web", "worker"):
                servers.kill(name)


async def _play(made: Stage, servers: Servers, story: Story, rounds: int) -> None:
    async with aiohttp.ClientSession() as client:
        tasks = [asyncio.create_task(story.write(client, n)) for n in range(WRITERS)]
        tasks.append(asyncio.create_task(story.answer()))
        for round_ in range(rounds):
            await _round(story, servers, client, round_)
        story.stopping = True
        await asyncio.gather(*tasks)
        story.sandbox.faults.clear()
        print("waiting for everything that is owed", flush=True)
        await story.sandbox.lanes.idle()
        await _quiet(made)


async def _round(story: Story, servers: Servers, client: aiohttp.ClientSession, round_: int) -> None:
    victim, fault = VICTIMS[round_ % len(VICTIMS)], FAULTS[round_ % len(FAULTS)]
    print(
        f"round {round_ + 1}: kill {victim}, fault {fault['fault'] if fault else 'none'}; written {story.written}", flush=True
    )
    if fault is not None:
        async with client.post(f"{story.base}/faults", json=fault) as response:
            response.raise_for_status()
    await asyncio.sleep(ROUND_S / 2)
    await asyncio.to_thread(servers.kill, victim)
    await asyncio.sleep(1.0)
    await asyncio.to_thread(servers.start, victim)
    await asyncio.sleep(ROUND_S / 2)


async def _quiet(made: Stage, seconds: int = 180) -> None:
    """Until nothing is owed and no journal waits."""
    for _ in range(seconds):
        await asyncio.sleep(1)
        conn = await asyncpg.connect(made.url)
        owed = await conn.fetchval("SELECT count(*) FROM delivery WHERE state = 'owed'")
        await conn.close()
        waiting = [path for path in (HOME / "journal").glob("*.journal") if path.stat().st_size]
        if owed == 0 and not waiting:
            return


async def _count(made: Stage, story: Story) -> dict[str, int]:
    official = story.sandbox.platform.by_code(CODE)
    unacknowledged = {(failure.openid, failure.fields.get("Content")) for failure in story.sandbox.failures}
    said = Counter(
        (openid, entry.text) for openid, chat in official.state.chats.items() for entry in chat if entry.sender == "citizen"
    )
    acknowledged = {key: count for key, count in said.items() if key not in unacknowledged}
    conn = await asyncpg.connect(made.url)
    taken = Counter(
        (row["openid"], row["body"])
        for row in await conn.fetch(
            "SELECT citizen.openid, message.body FROM message JOIN ticket USING (account_id, ticket_id)"
            " JOIN citizen USING (account_id, citizen_id) WHERE message.direction = 'in'"
        )
    )
    answers = await conn.fetch(
        "SELECT ticket.number, citizen.openid, delivery.state, EXISTS (SELECT FROM delivery_attempt AS a WHERE a.account_id ="
        " delivery.account_id AND a.delivery_id = delivery.delivery_id AND a.outcome = 'unknown') AS unsure FROM delivery"
        " JOIN ticket USING (account_id, ticket_id) JOIN citizen ON citizen.account_id = delivery.account_id"
        " AND citizen.citizen_id = delivery.citizen_id WHERE purpose = 'answer'"
    )
    await conn.close()
    states = {row["number"]: row for row in answers}
    lost, twice = 0, 0
    for number, words in story.answered.items():
        row = states.get(number)
        seen = 0 if row is None else sum(words in entry.text for entry in official.state.chats.get(row["openid"], []))
        lost += row is None or (row["state"] == "accepted" and seen == 0)
        twice += row is not None and seen > 1 and not row["unsure"]
    return {
        "written": sum(said.values()), "acknowledged": sum(acknowledged.values()),
        "lost": sum(max(0, count - taken[key]) for key, count in acknowledged.items()),
        "doubled": sum(max(0, count - said[key]) for key, count in taken.items()),
        "answers": len(story.answered), "answers_lost": lost, "sent_twice": twice,
        "unknown": sum(row["unsure"] for row in answers),
        "accepted": sum(row["state"] == "accepted" for row in answers),
    }  # fmt: skip


def main() -> None:
    """Run the story and print its counts."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.chaos", description=__doc__)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--json", action="store_true", help="one JSON object as the last line")
    args = parser.parse_args()
    with stage("chaos", staffed=True) as made:
        counts = asyncio.run(_run(made, args.rounds))
    for name, count in counts.items():
        print(f"{name:14} {count}")
    if args.json:
        print(json.dumps(counts))


if __name__ == "__main__":
    main()
