"""A client that costs little: wrk, fed with a file of prepared requests."""

from __future__ import annotations

import itertools
import random
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from benchmarks.stage import APPID, CODE, HOME, SECRETS
from tests.platform import wrapped

QUESTIONS = (
    "您好，我家住在城关镇，暖气一直不热，室内只有十四度，请问什么时候能解决？",
    "请问新生儿医保怎么办理，需要带哪些材料？",
    "我们村的路灯坏了半个月了，晚上出行很不方便，希望尽快维修。",
    "孩子上小学需要准备什么材料，外地户口可以报名吗？",
    "小区物业乱收停车费，业主都不同意，应该找哪个部门反映？",
    "想咨询一下低保申请的条件和流程，谢谢。",
    "垃圾没人清理，味道很大，请派人处理一下。",
    "公交车早上六点半那班最近老是晚点，学生上学要迟到了。",
)
_numbers = itertools.count(random.SystemRandom().randrange(10**9) * 10**6)

_LUA = """
local requests = {}
local thread_count = 0
function setup(thread)
  thread:set("id", thread_count)
  thread_count = thread_count + 1
end
function init(args)
  local file = io.open(args[1], "rb")
  local all = file:read("*a")
  file:close()
  local index, from = 0, 1
  while true do
    local at, till = all:find("\\0\\0", from, true)
    if not at then break end
    if index % tonumber(args[2]) == id then requests[#requests + 1] = all:sub(from, at - 1) end
    index, from = index + 1, till + 1
  end
  next_request = 0
end
function request()
  next_request = next_request + 1
  if next_request > #requests then next_request = 1; wrapped_around = true end
  return requests[next_request]
end
function done(summary, latency, requests)
  io.write(string.format("RESULT %d %d %d %d %d %d %d\\n", summary.requests, summary.duration,
    latency:percentile(50), latency:percentile(99), summary.errors.status,
    summary.errors.connect + summary.errors.read + summary.errors.write, summary.errors.timeout))
end
"""


@dataclass(frozen=True)
class Measured:
    """Requests a second, and the times of half and of 99 % of them, in milliseconds."""

    rate: float
    p50_ms: float
    p99_ms: float
    refused: int
    broken: int


def messages(count: int) -> Iterator[bytes]:
    """Raw requests: encrypted, signed, each of another citizen with an id of its own."""
    now_s = time.time()
    for _ in range(count):
        number = next(_numbers)
        xml = (
            f"<xml><ToUserName><![CDATA[gh_1]]></ToUserName><FromUserName><![CDATA[o{number:027d}]]></FromUserName>"
            f"<CreateTime>{int(now_s)}</CreateTime><MsgType><![CDATA[text]]></MsgType>"
            f"<Content><![CDATA[{QUESTIONS[number % len(QUESTIONS)]}]]></Content><MsgId>{number}</MsgId></xml>"
        )
        query, body = wrapped("safe", xml, SECRETS, APPID, now_s)
        yield (
            f"POST /wechat/{CODE}?{urlencode(query)} HTTP/1.1\r\nHost: desk\r\nContent-Type: text/xml\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        ).encode() + body


def prepare(requests: Iterator[bytes], name: str = "requests") -> Path:
    """Write the requests where wrk finds them."""
    path = HOME / f"{name}.bin"
    with path.open("wb") as file:
        for request in requests:
            file.write(request + b"\0\0")
    return path


def run(port: int, path: Path, connections: int, seconds: int) -> Measured:
    """Send prepared requests for some seconds; each is used once, so there must be enough of them."""
    wrk = shutil.which("wrk")
    if wrk is None:
        sys.exit("benchmarks: wrk is not installed: apt-get install wrk")
    script = HOME / "load.lua"
    script.write_text(_LUA, "ascii")
    threads = min(2, connections)
    printed = subprocess.run(
        [wrk, f"-t{threads}", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s", "-s", str(script),
         f"http://127.0.0.1:{port}/", "--", str(path), str(threads)],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    found = re.search(r"RESULT (\d+) (\d+) (\d+) (\d+) (\d+) (\d+) (\d+)", printed)
    if found is None:
        raise RuntimeError(printed)
    total, micros, p50, p99, refused, broken, late = map(int, found.groups())
    return Measured(total / (micros / 1e6), p50 / 1000, p99 / 1000, refused, broken + late)
