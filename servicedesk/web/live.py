"""Open boards of this process: one connection listens for all of them, and only while there are any."""

from __future__ import annotations

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import AsyncIterator

import asyncpg
from aiohttp import web

from servicedesk.domain.model import AccountId
from servicedesk.store.board import CHANNEL
from servicedesk.store.db import Conn, Pool

MOST = 50  # streams of an account in a process; who comes later asks every ten seconds
HEARTBEAT_S = 15.0
LONGEST_S = 600.0  # then the browser comes again, and its session is looked at again
_LOOK_S = 1.0
_AWAY = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError)


class NoStream(Exception):
    """There are too many, the database is away, or the process ends."""


class Boards:
    """The open boards by account; each is an event that is set when something changed."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._open: defaultdict[AccountId, set[asyncio.Event]] = defaultdict(set)
        self._conn: Conn | None = None
        self._turn = asyncio.Lock()
        self._ended = False

    @property
    def listens(self) -> bool:
        """Whether changes are heard."""
        return not self._ended and self._conn is not None and _lives(self._conn)

    def end(self) -> None:
        """Let every stream end, and open no more."""
        self._ended = True
        for streams in self._open.values():
            for changed in streams:
                changed.set()

    @contextlib.asynccontextmanager
    async def opened(self, account_id: AccountId) -> AsyncIterator[asyncio.Event]:
        """A stream's event, once changes are heard. Raises NoStream."""
        if self._ended or len(self._open[account_id]) >= MOST:
            raise NoStream
        changed = asyncio.Event()
        self._open[account_id].add(changed)
        try:
            await self._listen()
            yield changed
        finally:
            self._open[account_id].discard(changed)
            if not self._open[account_id]:
                del self._open[account_id]
            if not self._open:
                await self._stop_listening()

    async def _listen(self) -> None:
        async with self._turn:
            if self.listens:
                return
            await self._let_go()
            try:
                conn = await self._pool.acquire(timeout=5)
            except _AWAY:
                raise NoStream from None
            self._conn = conn
            try:
                await conn.add_listener(CHANNEL, self._heard)
            except _AWAY:
                await self._let_go()
                raise NoStream from None

    async def _stop_listening(self) -> None:
        async with self._turn:
            if not self._open:
                await self._let_go()

    async def _let_go(self) -> None:
        conn, self._conn = self._conn, None
        if conn is None:
            return
        try:
            if _lives(conn):
                await conn.remove_listener(CHANNEL, self._heard)
        finally:
            with contextlib.suppress(*_AWAY):
                await self._pool.release(conn)  # type: ignore[arg-type]

    def _heard(self, _conn: object, _pid: object, _channel: object, payload: object) -> None:
        if isinstance(payload, str) and payload.isdecimal():
            for changed in self._open.get(AccountId(int(payload)), ()):
                changed.set()


def _lives(conn: Conn) -> bool:
    """asyncpg tells nobody when a connection is lost, and refuses every question to one that its pool has given up."""
    try:
        return not conn.is_closed()
    except asyncpg.InterfaceError:
        return False


BOARDS = web.AppKey("BOARDS", Boards)


async def follow(request: web.Request, boards: Boards, account_id: AccountId) -> web.StreamResponse:
    """Server-sent events for one browser: `changed`, whenever something has; a comment now and then. Raises NoStream."""
    async with boards.opened(account_id) as changed:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "X-Accel-Buffering": "no"})
        with contextlib.suppress(ConnectionError):
            await response.prepare(request)
            await response.write(b"retry: 3000\n\n")
            await _tell(request, response, boards, changed)
    return response


async def _tell(request: web.Request, response: web.StreamResponse, boards: Boards, changed: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()
    until, beat_at = loop.time() + LONGEST_S, loop.time() + HEARTBEAT_S
    while loop.time() < until:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(changed.wait(), _LOOK_S)
        gone = request.transport is None or request.transport.is_closing()
        if gone or not boards.listens:
            return
        if changed.is_set():
            changed.clear()
            await response.write(b"event: changed\ndata: board\n\n")
        elif loop.time() >= beat_at:
            await response.write(b": still here\n\n")
        else:
            continue
        beat_at = loop.time() + HEARTBEAT_S
