"""Routing learns, an account at a time, in a child process; and tickets that were routed in a hurry are looked at again."""

from __future__ import annotations

import asyncio
import hashlib
import json
from asyncio.subprocess import Process
from collections.abc import Awaitable, Callable

import structlog

from servicedesk.jobs.children import child
from servicedesk.jobs.place import Place
from servicedesk.store import accounts
from servicedesk.store.db import transaction
from servicedesk.store.routing import Asked
from servicedesk.usecases import learning, rerouting
from servicedesk.usecases.books import Books
from servicedesk.usecases.learning import Learned, Plan

log = structlog.get_logger(__name__)
TIMEOUT_S = 3600
BATCH = 20
_LINES_AT_ONCE = 100


async def learn(place: Place) -> bool:
    """One account's turn; True where another's may have come."""
    async with transaction(place.pool) as conn:
        ids = await accounts.every_id(conn)
        account_id, plan = await learning.take_plan(conn, ids, now=place.clock.now())
    if plan is None:
        return account_id is not None
    learned = await lesson(plan)
    if learned is None:
        log.warning("lesson_failed", account=account_id, count=len(plan.older) + len(plan.recent))
        return True
    async with transaction(place.pool) as conn:
        used = await learning.keep(conn, plan, learned, now=place.clock.now())
    log.info("lesson", account=account_id, used=used, accuracy=learned.accuracy, before=learned.accuracy_before)
    return True


async def lesson(plan: Plan) -> Learned | None:
    """What a child learns; None where there was too little, or it failed."""
    try:
        async with asyncio.timeout(TIMEOUT_S), child("servicedesk.jobs.learning_child") as started:
            await _give(started, plan)
            said, classifier = await _answer(started)
            await started.wait()
    except (OSError, TimeoutError):
        return None
    if started.returncode != 0 or not said:
        return None
    facts = json.loads(said)
    return Learned(
        classifier,
        await asyncio.to_thread(lambda: hashlib.sha256(classifier).hexdigest()),
        facts["share"],
        facts["heat"],
        tuple(Asked(*each) for each in facts["held_out"]),
        facts["accuracy"],
        facts["accuracy_before"],
    )


def routing_again(place: Place) -> Callable[[], Awaitable[bool]]:
    """Rounds of a process, which remembers the accounts' books."""
    books = Books(place.vault)

    async def round_() -> bool:
        async with transaction(place.pool) as conn:
            ids = await accounts.every_id(conn)
            return await rerouting.route_owed(conn, books, ids, now=place.clock.now(), size=BATCH) == BATCH

    return round_


async def _give(started: Process, plan: Plan) -> None:
    """The lesson, a few lines at a time: the event loop is wanted by others."""
    stdin = started.stdin
    if stdin is None:
        raise OSError
    head = {
        "duties": plan.duties, "older": len(plan.older), "recent": len(plan.recent), "unseen": plan.unseen,
        "share": plan.former and plan.former.share, "heat": plan.former and plan.former.heat,
    }  # fmt: skip
    stdin.write(json.dumps(head).encode() + b"\n")
    tickets = (*plan.older, *plan.recent)
    for start in range(0, len(tickets), _LINES_AT_ONCE):
        stdin.writelines(json.dumps(each).encode() + b"\n" for each in tickets[start : start + _LINES_AT_ONCE])
        await stdin.drain()
        await asyncio.sleep(0)
    stdin.write(plan.former_kept or b"")
    await stdin.drain()
    stdin.close()


async def _answer(started: Process) -> tuple[bytes, bytes]:
    if started.stdout is None:
        raise OSError
    return await started.stdout.readline(), await started.stdout.read()
