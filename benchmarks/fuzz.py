"""Mutated bodies through the callback: no 5xx, no exception, memory flat. python -m benchmarks.fuzz --count 1000000 [--json]

The corpus is what the desk's own stand-in sends, and the samples of other implementations where that folder lies beside the
checkout. A body is mutated before it is sealed (so that it reaches the parser, the rules and the database), after, or in plain.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from urllib.parse import urlencode

from benchmarks.stage import APPID, CODE, HOME, SECRETS, Stage, rss_mb, stage, table, web
from servicedesk.channels.wechat.cipher import encrypt
from servicedesk.channels.wechat.signing import signature
from servicedesk.domain.model import ChannelSecrets
from servicedesk.store.db import Conn
from servicedesk.store.vault import Vault
from servicedesk.usecases import setting_up
from tests.conftest import SAMPLES
from tests.platform import TEXT, text_body

PLAIN = "fuzz-plain"
CONNECTIONS = 24
_BITS = (
    b"<", b">", b"]]>", b"<![CDATA[", b"&amp;", b"&lt;", b"&#0;", b"&#x1F600;", b"\0", b"\xff", b"\xed\xa0\x80", b"<xml>",
    b"</xml>",
    b"<!DOCTYPE a [<!ENTITY b 'c'>]>", b"&b;", b"<a><a><a>", b"<?xml version='1.0' encoding='gbk'?>", b"<!--", b"-->",
    b"99999999999999999999", b"-1", b"1e999", "中文".encode(), "ᠮᠣᠩᠭᠣᠯ".encode(), "👩‍👩‍👧".encode(),
    b" " * 3000, b"\r\n\t", b"'\";--", b"%s%n",
    b"<MsgId>1</MsgId>", b"<Content>x</Content>", b"<MsgType>event</MsgType>", b"<Event>subscribe</Event>", b"<FromUserName/>",
)  # fmt: skip


def corpus() -> list[bytes]:
    """Bodies to begin from."""
    found = [TEXT.encode(), text_body("我家暖气不热").encode()]
    if SAMPLES.is_dir():
        found += [path.read_bytes() for path in sorted((SAMPLES / "inbound").glob("*/*.xml"))]
    return found


def mutated(body: bytes, chance: random.Random) -> bytes:
    """One to five changes at random places."""
    made = bytearray(body)
    for _ in range(chance.randint(1, 5)):
        at = chance.randrange(len(made) + 1)
        kind = chance.randrange(6)
        if kind == 0 and made:
            made[at % len(made)] ^= 1 << chance.randrange(8)
        elif kind == 1:
            made[at:at] = chance.choice(_BITS)
        elif kind == 2:
            del made[at : at + chance.randint(1, 40)]
        elif kind == 3:
            made[at:at] = made[at : at + chance.randint(1, 200)]
        elif kind == 4:
            end = at + chance.randint(1, 30)
            made[at:end] = chance.randbytes(len(made[at:end]))
        else:
            bit = chance.choice(_BITS)
            made[at : at + len(bit)] = bit
    return bytes(made[:200_000])


def requests(bodies: Sequence[bytes], chance: random.Random) -> Iterator[bytes]:
    """Raw HTTP requests without end."""
    while True:
        body, way = mutated(chance.choice(bodies), chance), chance.randrange(10)
        timestamp, nonce = str(int(time.time())), f"{chance.getrandbits(32):08x}"
        query = {"timestamp": timestamp, "nonce": nonce, "signature": signature(SECRETS.token, timestamp, nonce)}
        code = PLAIN
        if way >= 5:
            code = CODE
            cipher = encrypt(SECRETS.aes_key, body.decode(errors="replace"), APPID)
            query |= {"encrypt_type": "aes", "msg_signature": signature(SECRETS.token, timestamp, nonce, cipher)}
            body = f"<xml><ToUserName>gh_1</ToUserName><Encrypt><![CDATA[{cipher}]]></Encrypt></xml>".encode()
            if way == 9:
                body = mutated(body, chance)
        head = f"POST /wechat/{code}?{urlencode(query)} HTTP/1.1\r\nHost: desk\r\nContent-Length: {len(body)}\r\n\r\n"
        yield head.encode() + body


async def _send(port: int, given: Iterator[bytes], left: list[int], seen: Counter[int], bad: list[bytes]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while left[0] > 0:
        left[0] -= 1
        request = next(given)
        writer.write(request)
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except (asyncio.IncompleteReadError, ConnectionError):
            seen[0] += 1
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            continue
        status = int(head[9:12])
        seen[status] += 1
        if status >= 500:
            bad.append(request)
        length = next(int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        await reader.readexactly(length)
        if b"connection: close" in head.lower():
            writer.close()
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.close()


async def _run(port: int, pid: int, count: int, seed: int) -> tuple[Counter[int], list[bytes], list[float]]:
    chance, bodies = random.Random(seed), corpus()
    seen: Counter[int] = Counter()
    bad: list[bytes] = []
    sizes: list[float] = []
    given = requests(bodies, chance)
    for part in range(10):
        left = [count // 10]
        await asyncio.gather(*(_send(port, given, left, seen, bad) for _ in range(CONNECTIONS)))
        sizes.append(rss_mb(pid))
        print(f"{(part + 1) * 10} %: {sum(seen.values())} sent, {sizes[-1]:.1f} MB", flush=True)
    return seen, bad, sizes


async def _add_plain(conn: Conn, made: Stage) -> None:
    plain = ChannelSecrets(SECRETS.secret, SECRETS.token, SECRETS.aes_key)
    await setting_up.add_account(
        conn, Vault([made.key]), code=PLAIN, name="明文", kind="subscription", appid="wxplain", secrets=plain, mode="plain",
        api_base="http://127.0.0.1:9/none", now=await conn.fetchval("SELECT now()"),
    )  # fmt: skip


def main() -> None:
    """Send and print what came back."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fuzz", description=__doc__)
    parser.add_argument("--count", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="one JSON object as the last line")
    args = parser.parse_args()
    log = HOME / "processes.log"
    with stage("fuzz") as made:
        made.on_database(lambda conn: _add_plain(conn, made))
        log.write_bytes(b"")
        with web(made, 1) as (port, pids):
            seen, bad, sizes = asyncio.run(_run(port, pids[0], args.count, args.seed))
    errors = sum(b'"level": "error"' in line for line in log.read_bytes().splitlines())
    for request in bad[:5]:
        print(request[:1500])
    table([["status", "count"], *[[status or "closed", count] for status, count in sorted(seen.items())]])
    said = {
        "sent": sum(seen.values()), "server_errors": sum(count for status, count in seen.items() if status >= 500),
        "closed": seen[0], "exceptions": errors, "rss_first_mb": round(sizes[0], 1), "rss_last_mb": round(sizes[-1], 1),
    }  # fmt: skip
    print("; ".join(f"{name} {value}" for name, value in said.items()))
    if args.json:
        print(json.dumps(said))


if __name__ == "__main__":
    main()
