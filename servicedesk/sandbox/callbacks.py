"""Posting callbacks to the desk as the platform does: 5 s to answer, three tries, then the citizen sees a failure."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import aiohttp

from servicedesk.sandbox.accounts import ClockControl, SandboxAccount
from servicedesk.sandbox.chats import FAILURE_LINE, Entry
from servicedesk.sandbox.envelopes import Envelope, seal
from servicedesk.sandbox.faults import CALLBACK, Faults
from servicedesk.sandbox.platform import OfficialAccount
from servicedesk.sandbox.replies import BadReply, read_reply

TRIES = 3
LARGEST_REPLY = 256 * 1024
REMEMBERED_FAILURES = 1000


@dataclass(frozen=True)
class Failure:
    """A callback to which the desk gave no reply that the citizen could see."""

    account: str
    openid: str
    at: datetime
    reason: str
    fields: dict[str, Any]


class Callbacks:
    """The platform's side of the callback; between `open` and `close`."""

    def __init__(
        self,
        faults: Faults,
        failures: list[Failure],
        clock: ClockControl,
        *,
        prefix: str,
        timeout: float,
        pause: float,
    ) -> None:
        self._faults = faults
        self._failures = failures
        self._clock = clock
        self._prefix = prefix
        self._timeout = aiohttp.ClientTimeout(total=timeout)
        self._pause = pause
        self._session: aiohttp.ClientSession | None = None

    async def open(self) -> None:
        """Begin to be able to deliver."""
        self._session = aiohttp.ClientSession(timeout=self._timeout, cookie_jar=aiohttp.DummyCookieJar())

    async def close(self) -> None:
        """Give the connections back."""
        if self._session:
            await self._session.close()

    async def deliver(
        self, official: OfficialAccount, openid: str, fields: dict[str, Any], *, expects_reply: bool
    ) -> Entry | None:
        """The desk's reply as an entry, the failure line, or None; what failed is recorded."""
        envelope = seal(official.account, fields, openid)
        reason = ""
        for _ in range(TRIES):
            try:
                body = await self._try(official.account, envelope)
            except (aiohttp.ClientError, TimeoutError, OSError) as wrong:
                reason = f"{type(wrong).__name__}: {wrong}"
                await asyncio.sleep(self._pause)
                continue
            if not expects_reply:
                return None
            return self._read(official, body, openid, fields)
        self._record(official, openid, reason, fields)
        return _failure_line() if expects_reply else None

    async def _try(self, account: SandboxAccount, envelope: Envelope) -> bytes:
        if self._session is None:
            raise aiohttp.ClientConnectionError
        async with self._session.post(
            account.callback_url,
            params=envelope.query,
            data=envelope.body,
            headers={"Content-Type": "text/xml"},
            allow_redirects=False,
            raise_for_status=False,
        ) as response:
            body = await response.content.read(LARGEST_REPLY)
            while len(body) < LARGEST_REPLY and (more := await response.content.read(LARGEST_REPLY - len(body))):
                body += more
            if response.status != 200:
                raise aiohttp.ClientPayloadError(f"HTTP {response.status}")
        if self._faults.meets("reply_lost", CALLBACK):
            raise aiohttp.ServerDisconnectedError("reply_lost")
        return body

    def _read(self, official: OfficialAccount, body: bytes, openid: str, fields: dict[str, Any]) -> Entry | None:
        to_message = fields["MsgType"] != "event"
        try:
            return read_reply(official, body, openid, self._clock.now(), self._prefix, to_message=to_message)
        except BadReply as wrong:
            self._record(official, openid, str(wrong), fields)
            return _failure_line()

    def _record(self, official: OfficialAccount, openid: str, reason: str, fields: dict[str, Any]) -> None:
        self._failures.append(Failure(official.account.code, openid, self._clock.now(), reason, fields))
        del self._failures[:-REMEMBERED_FAILURES]


def _failure_line() -> Entry:
    return Entry("failure", "system", text=FAILURE_LINE)
