"""The one writer of a web process: calls that come while a commit is under way are written together in the next.

There is no timer: a batch is what queued while the last commit ran, so an idle desk answers at once and a busy one fills
its transactions. Where the database is away or too slow, calls go to the journal and are replayed when it is back.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial

import asyncpg
import structlog

from servicedesk import metrics
from servicedesk.clock import Clock
from servicedesk.domain.model import Account, AccountId, InboundMessage
from servicedesk.store import taking_in
from servicedesk.store.db import Conn, Pool, transaction
from servicedesk.store.journal import Entry, Journal, JournalFull
from servicedesk.usecases import intake, replaying
from servicedesk.usecases.books import Books
from servicedesk.usecases.calls import Call, Reply

log = structlog.get_logger(__name__)

LARGEST_BATCH = 128
BUSY = 16  # so many waiting calls, and answers that are alike follow after the reply
SLOW_S = 3.0  # the platform gives up after five seconds
_LOOK_S = 0.25
_AGAIN_S = 0.5
_TRIES = 3
NOTED = Reply("noted")

# The database is away, full, stopping, or will not be written to: not the fault of any one message.
AWAY = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # what asyncpg says where a connection broke in the middle of a message
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.PostgresSystemError,
)


@dataclass
class _Waiting:
    account: Account
    inbound: InboundMessage
    answer: asyncio.Future[Reply | None]
    since_s: float
    journaled: bool = False

    @property
    def person(self) -> tuple[AccountId, str]:
        return self.account.id, self.inbound.openid


class Receiver:
    """Takes calls in for a process; close() lets the last batch finish."""

    def __init__(
        self, pool: Pool, books: Books, clock: Clock, journal: Journal, words: Callable[[Account, Reply], str]
    ) -> None:
        self._pool, self._books, self._clock, self._journal, self._words = pool, books, clock, journal, words
        self._waiting: deque[_Waiting] = deque()
        self._writing: list[_Waiting] = []
        self._wake = asyncio.Event()
        self._idle = asyncio.Event()
        self._away = False
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin to write, to watch, and to replay what a process before this one left."""
        self._tasks = [
            asyncio.create_task(work(), name=f"receiver-{work.__name__}") for work in (self._write, self._watch, self._replay)
        ]

    async def close(self) -> None:
        """Write what waits and stop; the journal is let go of also where there is no time for that."""
        try:
            self._wake.set()
            await self._idle.wait()
        finally:
            for task in self._tasks:
                task.cancel()
            self._journal.close()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def busy(self) -> bool:
        """Whether so many calls wait that replies must shed weight."""
        return len(self._waiting) + len(self._writing) >= BUSY or self._away

    async def take(self, account: Account, inbound: InboundMessage) -> Reply | None:
        """The reply, once the call is committed, or NOTED once it is in the journal. Raises JournalFull, or what is wrong
        with this very call."""
        loop = asyncio.get_running_loop()
        call = _Waiting(account, inbound, loop.create_future(), loop.time())
        if self._away or not self._journal.empty:
            # What came before waits in the journal, and this must not overtake it.
            self._to_journal([call])
        else:
            self._waiting.append(call)
            self._wake.set()
        return await call.answer

    # -- writing

    async def _write(self) -> None:
        while True:
            if not self._waiting:
                self._wake.clear()
                self._idle.set()
                await self._wake.wait()
                self._idle.clear()
            self._writing = self._next_batch()
            if self._writing:
                await self._commit(self._writing)
                self._writing = []

    def _next_batch(self) -> list[_Waiting]:
        """What waits, at most one call of a citizen, in the order it came."""
        batch: list[_Waiting] = []
        left: list[_Waiting] = []
        people: set[tuple[AccountId, str]] = set()
        while self._waiting and len(batch) < LARGEST_BATCH:
            call = self._waiting.popleft()
            (left if call.person in people else batch).append(call)
            people.add(call.person)
        self._waiting.extendleft(reversed(left))
        return batch

    async def _commit(self, batch: Sequence[_Waiting], tries: int = 1) -> None:
        """Write a batch; what fails for a reason of its own is halved until the call that is at fault stands alone."""
        try:
            replies = await self._transaction(batch)
        except AWAY:
            log.warning("database_away", count=len(batch))
            self._all_to_journal(batch)
        except Exception as error:
            # One bad message must not fail its neighbours, whatever is wrong with it.
            if len(batch) > 1:
                log.warning("batch_halved", count=len(batch), error=type(error).__name__)
                await self._commit(batch[: len(batch) // 2])
                await self._commit(batch[len(batch) // 2 :])
            elif isinstance(error, asyncpg.TransactionRollbackError) and tries < _TRIES:
                await self._commit(batch, tries + 1)
            else:
                log.exception("call_failed", account=batch[0].account.code, kind=batch[0].inbound.kind)
                if not batch[0].answer.done():
                    batch[0].answer.set_exception(error)
        else:
            for call, reply in zip(batch, replies, strict=True):
                if not call.answer.done():
                    call.answer.set_result(reply)

    async def _transaction(self, batch: Sequence[_Waiting]) -> list[Reply | None]:
        now, wall = self._clock.now(), self._clock.wall()
        async with transaction(self._pool) as conn:
            books = await self._books.current(conn, {call.account.id for call in batch})
            calls = [Call(books[call.account.id], call.inbound, now, wall, self.busy) for call in batch]
            return await intake.receive_many(conn, calls, self._numbers)

    async def _numbers(self, account_id: AccountId, day: date, count: int) -> int:
        async with self._pool.acquire() as conn:
            return await taking_in.take_numbers_ahead(conn, account_id, day, count)

    # -- the minutes without a database

    def _all_to_journal(self, first: Sequence[_Waiting]) -> None:
        """Everything that has come, in its order, before anything that comes now."""
        self._away = True
        waiting, self._waiting = self._waiting, deque()
        self._to_journal([*first, *waiting])

    def _to_journal(self, calls: Sequence[_Waiting]) -> None:
        for call in calls:
            if call.journaled or call.answer.done():
                continue
            call.journaled = True
            try:
                kept = self._journal.append(Entry(call.account.code, self._clock.now(), call.inbound))
            except JournalFull as error:
                call.answer.set_exception(error)
            else:
                kept.add_done_callback(partial(_answer_noted, call))

    async def _watch(self) -> None:
        """Nobody waits longer than the platform does: what is late goes to the journal, and may be committed as well."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(_LOOK_S)
            self._measure()
            oldest = next((call for call in (*self._writing, *self._waiting) if not call.journaled), None)
            if oldest is not None and loop.time() - oldest.since_s > SLOW_S:
                log.warning("database_slow", count=len(self._writing) + len(self._waiting))
                self._all_to_journal(self._writing)

    def _measure(self) -> None:
        size = self._journal.size
        metrics.set_journal(size, self._journal.oldest_at() if size else None, self._clock.now())

    async def _replay(self) -> None:
        """Bring what the journal holds into the database, in order; a call that got there already is known by its key."""
        while True:
            try:
                await self._replay_all()
            except AWAY:
                self._away = True
            except Exception:  # nothing may end the replay for ever
                log.exception("replay_failed")
            self._journal.give_turn()
            await asyncio.sleep(_AGAIN_S)

    async def _replay_all(self) -> None:
        """Until the journal is empty, by this process or by another, and the database answers."""
        offset = 0
        while self._away or not self._journal.empty:
            if not self._journal.empty and self._journal.take_turn():
                entries, after = await asyncio.to_thread(self._journal.read, offset)
                if after > offset:
                    await self._replay_entries(entries)
                    offset = after
                    continue
                await asyncio.to_thread(self._journal.forget, offset)
                offset = 0
            async with transaction(self._pool) as conn:
                await conn.execute("SELECT 1")
            if not self._writing and self._journal.empty:
                self._away = False
                return
            await asyncio.sleep(_LOOK_S)

    async def _replay_entries(self, entries: Sequence[Entry]) -> None:
        waiting = deque(entries)
        while waiting:
            batch: list[Entry] = []
            people: set[tuple[str, str]] = set()
            while waiting and len(batch) < LARGEST_BATCH and (waiting[0].account, waiting[0].inbound.openid) not in people:
                people.add((waiting[0].account, waiting[0].inbound.openid))
                batch.append(waiting.popleft())
            await self._replay_batch(batch)

    async def _replay_batch(self, batch: Sequence[Entry]) -> None:
        try:
            async with transaction(self._pool) as conn:
                await self._replay_in(conn, batch)
        except (*AWAY, asyncpg.TransactionRollbackError):
            raise
        except Exception:
            if len(batch) == 1:
                metrics.REPLAY_ERRORS.inc()
                log.exception("replay_refused", account=batch[0].account, kind=batch[0].inbound.kind)
                await asyncio.to_thread(self._journal.set_aside, batch[0])
                return
            await self._replay_batch(batch[: len(batch) // 2])
            await self._replay_batch(batch[len(batch) // 2 :])

    async def _replay_in(self, conn: Conn, batch: Sequence[Entry]) -> None:
        ids = []
        for entry in batch:
            known = await self._books.of_code(self._pool, entry.account)
            if known is None:
                raise LookupError(entry.account)
            ids.append(known[0].account.id)
        books, wall = await self._books.current(conn, set(ids)), self._clock.wall()
        calls = [
            Call(books[each], entry.inbound, entry.received_at, wall, shed=True) for each, entry in zip(ids, batch, strict=True)
        ]
        await replaying.replay(conn, calls, self._words, self._numbers, now=self._clock.now())


def _answer_noted(call: _Waiting, kept: asyncio.Future[None]) -> None:
    """The call is on the disk, or it is not and the platform must try again."""
    error = None if kept.cancelled() else kept.exception()
    if call.answer.done():
        return
    if error is not None:
        call.answer.set_exception(error)
        return
    metrics.JOURNALED.inc()
    call.answer.set_result(NOTED)


async def closing(receiver: Receiver) -> None:
    """Close within the time that a server has to stop."""
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(receiver.close(), 10)
