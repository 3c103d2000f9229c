"""Routing in a web process: however long the text and large the version, the event loop answers others meanwhile."""

from __future__ import annotations

import asyncio
import gc
import random
import sys
import time
from collections.abc import Awaitable, Callable, Iterator

import numpy as np
import pytest

from servicedesk.app import SWITCH_INTERVAL_S
from servicedesk.domain.model import TicketId
from servicedesk.language.classifier import Classifier, Vocabulary
from servicedesk.language.themes import chapter_count, themes
from servicedesk.store import accounts
from servicedesk.usecases import learning, routing
from servicedesk.usecases.learning import Learned, Plan
from servicedesk.usecases.routing import ToRoute, Ways
from tests.desk import NOW, Desk

STALL_MS = 5.0
ROUNDS = 40  # the machine is others' too: the best of so many rounds tells what is ours
# Where even a thread that only counts stalls the loop for longer (a machine that is shared, code that is traced), so much more.
OURS_MS = 2.0
SIGNS = [chr(0x4E00 + number) for number in range(3000)]
WORDS, RUNS, DEPARTMENTS = 40_000, 60_000, 40


def a_large_version(departments: list[str]) -> bytes:
    """As large as they become: every word and run that a county's tickets have, and forty departments."""
    chance, numbers = random.Random(1), np.random.default_rng(1)
    words = {word: at for at, word in enumerate({"".join(chance.choices(SIGNS, k=3)) for _ in range(WORDS)})}
    runs = np.unique(numbers.integers(0, 1 << 62, RUNS))
    rows = len(words) + len(runs) + len(themes()) + chapter_count()
    classes = (*departments, *(f"gone{number}" for number in range(DEPARTMENTS - len(departments))))
    return Classifier(
        classes, Vocabulary(words, runs, np.ones(rows, np.float32)),
        numbers.normal(size=(rows, len(classes))).astype(np.float32), np.zeros(len(classes), np.float32), 1.0,
    ).to_bytes()  # fmt: skip


def texts() -> list[str]:
    chance = random.Random(2)
    return ["".join(chance.choices(SIGNS, k=size)) + "暖气不热，孩子上学" for size in (10, 60, 200, 10_000)] * 8


async def longest_stall_ms(work: Callable[[], Awaitable[object]]) -> float:
    """The longest that the event loop was away while the work was done, in milliseconds."""
    longest, ended = 0.0, asyncio.Event()

    async def watch() -> None:
        nonlocal longest
        before = time.perf_counter()
        while not ended.is_set():
            await asyncio.sleep(0)
            now = time.perf_counter()
            longest, before = max(longest, now - before), now

    watching = asyncio.create_task(watch())
    await asyncio.sleep(0)
    await work()
    ended.set()
    await watching
    return longest * 1000


async def least(work: Callable[[], Awaitable[object]], enough: float = STALL_MS) -> float:
    """The longest stall of the quietest of several rounds."""
    found = float("inf")
    for _ in range(ROUNDS):
        found = min(found, await longest_stall_ms(work))
        if found <= enough:
            break
    return found


async def stalls_no_longer_than_it_may(work: Callable[[], Awaitable[object]]) -> bool:
    """Five milliseconds; on a busy machine hardly longer than a thread that does nothing but count."""
    found = await least(work)
    if found <= STALL_MS:
        return True
    machine = await least(lambda: asyncio.to_thread(lambda: sum(number * number for number in range(300_000))), 0.0)
    return await least(work, machine + OURS_MS) <= machine + OURS_MS


@pytest.fixture(autouse=True)
def _as_in_the_product() -> Iterator[None]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()
    sys.setswitchinterval(before)


@pytest.fixture
async def ways(desk: Desk) -> Ways:
    departments = await accounts.departments(desk.conn, desk.account.id)
    kept = a_large_version([str(each.id) for each in departments])
    made = Plan(desk.account.id, {}, (), (), 0, None, None, TicketId(0))
    await learning.keep(desk.conn, made, Learned(kept, "large", 0.5, 1.0, (), 1.0, 0.0), now=NOW)
    return await routing.ways_of(desk.conn, desk.account.id, departments)


async def test_routing_by_a_large_version_stalls_the_event_loop_for_no_more_than_five_milliseconds(
    desk: Desk, ways: Ways
) -> None:
    asked = [ToRoute(ways, text) for text in texts()]
    choices = await routing.choose_all(desk.conn, asked)
    assert all(each.version is not None for each in choices)
    assert await stalls_no_longer_than_it_may(lambda: routing.choose_all(desk.conn, asked))


async def test_reading_a_large_version_for_the_first_time_stalls_it_no_longer(desk: Desk, ways: Ways) -> None:
    async def first_time() -> None:
        # As a new version: none that this process remembers.
        await desk.conn.execute("UPDATE routing_version SET digest = digest || '+' WHERE account_id = $1", desk.account.id)
        fresh = await routing.ways_of(desk.conn, desk.account.id, ways.departments)
        await routing.choose_all(desk.conn, [ToRoute(fresh, "暖气不热")])

    assert await stalls_no_longer_than_it_may(first_time)
