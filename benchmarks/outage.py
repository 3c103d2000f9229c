"""Postgres away for minutes under load: python -m benchmarks.outage --minutes 5 [--json].

Every message of those minutes must be in a ticket afterwards, once, and each citizen's in the order they wrote them.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import time
from collections import defaultdict
from urllib.parse import urlencode

import aiohttp
import asyncpg

from benchmarks.stage import APPID, CODE, HOME, SECRETS, Stage, stage, table, web
from tests.platform import text_body, wrapped

CITIZENS = 200
PER_SECOND = 40.0


class Load:
    """Citizens who go on writing, whatever happens to the database."""

    def __init__(self, port: int) -> None:
        self._url = f"http://127.0.0.1:{port}/wechat/{CODE}"
        self.acknowledged: dict[str, list[str]] = defaultdict(list)
        self.refused = 0
        self.slowest_s = 0.0
        self.stopping = False

    async def run(self) -> None:
        """Send until told to stop; a citizen waits for the acknowledgement before they write again."""
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as client:
            await asyncio.gather(*(self._citizen(client, n) for n in range(CITIZENS)))

    async def _citizen(self, client: aiohttp.ClientSession, n: int) -> None:
        openid, count = f"oOutage{n:04d}", 0
        await asyncio.sleep(n / PER_SECOND)
        while not self.stopping:
            count += 1
            text = f"第{count:04d}句"
            query, body = wrapped("safe", text_body(text, openid), SECRETS, APPID, time.time())
            began = time.perf_counter()
            for _ in range(3):
                try:
                    async with client.post(f"{self._url}?{urlencode(query)}", data=body) as response:
                        if response.status == 200:
                            self.acknowledged[openid].append(text)
                            break
                except (aiohttp.ClientError, TimeoutError):
                    pass
                self.refused += 1
            self.slowest_s = max(self.slowest_s, time.perf_counter() - began)
            await asyncio.sleep(CITIZENS / PER_SECOND)


async def _run(made: Stage, port: int, seconds: float) -> dict[str, float]:
    load = Load(port)
    running = asyncio.create_task(load.run())
    await asyncio.sleep(8)
    print(f"Postgres stops for {seconds:.0f} s", flush=True)
    await asyncio.to_thread(made.kill_postgres)
    await asyncio.sleep(seconds)
    kept = sum(path.stat().st_size for path in (HOME / "journal").glob("*.journal"))
    await asyncio.to_thread(made.revive)
    back = time.perf_counter()
    while any(path.stat().st_size for path in (HOME / "journal").glob("*.journal")):  # noqa: ASYNC110
        await asyncio.sleep(0.2)
    drained_s = time.perf_counter() - back
    await asyncio.sleep(3)
    load.stopping = True
    await running
    conn = await asyncpg.connect(made.url)
    rows = await conn.fetch(
        "SELECT citizen.openid, message.body FROM message JOIN ticket USING (account_id, ticket_id)"
        " JOIN citizen USING (account_id, citizen_id) WHERE message.direction = 'in' ORDER BY message.message_id"
    )
    await conn.close()
    taken: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        taken[row["openid"]].append(row["body"])
    said = load.acknowledged
    return {
        "acknowledged": sum(map(len, said.values())), "refused": load.refused,
        "lost": sum(len(set(texts) - set(taken[openid])) for openid, texts in said.items()),
        "doubled": sum(len(texts) - len(set(texts)) for texts in taken.values()),
        "out_of_order": sum(texts != sorted(texts) for texts in taken.values()),
        "slowest_s": round(load.slowest_s, 2), "journal_kb": round(kept / 1024, 1), "drained_s": round(drained_s, 1),
    }  # fmt: skip


def main() -> None:
    """Run it and print the counts."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.outage", description=__doc__)
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("--json", action="store_true", help="one JSON object as the last line")
    args = parser.parse_args()
    with stage("outage") as made, web(made, 2) as (port, _):
        said = asyncio.run(_run(made, port, args.minutes * 60))
    table([["", ""], *[[name, value] for name, value in said.items()]])
    if args.json:
        print(json.dumps(said))


if __name__ == "__main__":
    main()
