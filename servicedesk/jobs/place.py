"""What a worker has at hand, and the loop that every job turns in."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import aiohttp
import structlog

from servicedesk import metrics
from servicedesk.channels.base import Channel
from servicedesk.channels.wechat.api import WeChatApi
from servicedesk.clock import Clock
from servicedesk.domain.model import Account
from servicedesk.links import Links
from servicedesk.render import Pages
from servicedesk.settings import MailServer
from servicedesk.store.db import Pool
from servicedesk.store.files import Files
from servicedesk.store.vault import Vault

log = structlog.get_logger(__name__)
LONGEST_PAUSE_S = 30.0


@dataclass(frozen=True)
class Place:
    """A worker's hands."""

    pool: Pool
    vault: Vault
    clock: Clock
    client: aiohttp.ClientSession
    pages: Pages
    files: Files
    links: Links
    mail: MailServer | None = None
    webhook_private: bool = False

    @property
    def base_url(self) -> str:
        """The desk's public address."""
        return self.links.base_url

    def channel(self, account: Account) -> Channel:
        """The channel that an account sends through."""
        return WeChatApi(self.client, account.api_base)


async def turn(name: str, work: Callable[[], Awaitable[bool]], *, every_s: float, wake: asyncio.Event | None = None) -> None:
    """Do rounds of work for ever: at once again while there was something to do, else after a pause or a nudge.

    A round that fails is counted and logged, and the pause grows: what is owed is a row and waits.
    """
    failures = 0
    while True:
        try:
            busy = await work()
            failures = 0
        except Exception:  # a job must outlive whatever a round meets
            failures += 1
            busy = False
            metrics.JOB_ERRORS.labels(name).inc()
            log.exception("job_failed", job=name)
        if not busy:
            await _pause(min(every_s * 2**failures, LONGEST_PAUSE_S) if failures else every_s, wake)


async def _pause(seconds: float, wake: asyncio.Event | None) -> None:
    if wake is None:
        await asyncio.sleep(seconds)
        return
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(wake.wait(), seconds)
    wake.clear()
