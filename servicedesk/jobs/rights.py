"""Ask the platform what each account may do: at the worker's start, and once a day."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial

import structlog

from servicedesk.channels.base import ChannelError
from servicedesk.channels.wechat.api import PROBES
from servicedesk.domain.model import Account
from servicedesk.domain.sending import RIGHT_ASKED_AGAIN, Refusal
from servicedesk.jobs.place import Place
from servicedesk.jobs.tokens import with_token
from servicedesk.store import accounts, rungs
from servicedesk.store.db import transaction

log = structlog.get_logger(__name__)
AT_START = timedelta(minutes=10)  # several processes that start together ask once


def due_in(place: Place) -> Callable[[], Awaitable[bool]]:
    """Rounds of a process: the first soon after any account was last asked about, the others once a day."""
    started = False

    async def round_() -> bool:
        nonlocal started
        more = await probe_due(place, older_than=RIGHT_ASKED_AGAIN if started else AT_START)
        started = started or not more
        return more

    return round_


async def probe_due(place: Place, *, older_than: timedelta) -> bool:
    """Ask for the rights of accounts that were not asked about lately; True where there may be more of them."""
    wall = place.clock.wall()
    async with transaction(place.pool) as conn:
        ids = await accounts.every_id(conn)
        mine = await rungs.lease_probe(conn, ids, wall=wall, before=wall - older_than)
        owners = [await accounts.by_id(conn, each) for each in mine]
    for account in owners:
        await _probe(place, account)
    return bool(owners)


async def _probe(place: Place, account: Account) -> None:
    for right in PROBES:
        try:
            await with_token(place, account, partial(_ask, place, account, right))
        except ChannelError as error:
            if error.refusal is Refusal.REJECTED:
                continue  # this read is refused for a reason of its own, and says nothing about the others
            if error.refusal is not Refusal.NO_RIGHT:
                # Busy, stopped or unreachable: says nothing about rights. The next send finds out.
                log.warning("probe_failed", account=account.code, reason=error.refusal, errcode=error.code)
                return
            await _lacks(place, account, right, error.code)
        else:
            async with transaction(place.pool) as conn:
                await rungs.record_right(conn, account.id, right, wall=place.clock.wall())


async def _ask(place: Place, account: Account, right: str, token: str) -> None:
    await place.channel(account).probe(token, right)


async def _lacks(place: Place, account: Account, right: str, errcode: int | None) -> None:
    wall = place.clock.wall()
    async with transaction(place.pool) as conn:
        await accounts.refuse_capability(conn, account.id, right, errcode=errcode, wall=wall, retry_at=wall + RIGHT_ASKED_AGAIN)
