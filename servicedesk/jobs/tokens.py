"""One access token for all processes of an account, renewed by whichever gets the lease."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TypeVar

from servicedesk.channels.base import ChannelError, TokenRefused
from servicedesk.domain.model import Account
from servicedesk.domain.sending import Refusal
from servicedesk.jobs.place import Place
from servicedesk.store import accounts
from servicedesk.store.db import transaction

Answer = TypeVar("Answer")
LEASE = timedelta(seconds=20)
EARLY = timedelta(minutes=4)  # the platform lets the old token hold for the last five minutes
_TRIES, _TRY_S = 60, 0.25


async def with_token(place: Place, account: Account, call: Callable[[str], Awaitable[Answer]]) -> Answer:
    """Make a call with the account's token; once more with a new one where the platform refuses it. Raises ChannelError."""
    token = await _token(place, account, instead_of=None)
    try:
        return await call(token)
    except TokenRefused:
        token = await _token(place, account, instead_of=token)
    try:
        return await call(token)
    except TokenRefused as refusal:
        raise ChannelError(Refusal.AGAIN, refusal.code) from None


async def _token(place: Place, account: Account, *, instead_of: str | None) -> str:
    """The shared token, or a new one. The lease is a row, so no transaction is open while the platform is asked."""
    for _ in range(_TRIES):
        now = place.clock.wall()
        async with transaction(place.pool) as conn:
            known = await accounts.channel_token(conn, account.id, place.vault)
            if known is not None and known[0] != instead_of and known[1] > now:
                return known[0]
            mine = await accounts.lease_token_refresh(conn, account.id, now=now, until=now + LEASE)
        if mine:
            return await _renewed(place, account)
        await asyncio.sleep(_TRY_S)
    raise ChannelError(Refusal.AGAIN)


async def _renewed(place: Place, account: Account) -> str:
    async with place.pool.acquire() as conn:
        secrets = await accounts.secrets(conn, account.id, place.vault)
    try:
        token = await place.channel(account).fetch_token(account.appid, secrets.secret)
    except BaseException:
        async with transaction(place.pool) as conn:
            await accounts.give_up_token_refresh(conn, account.id)
        raise
    expires_at = place.clock.wall() + timedelta(seconds=token.expires_in_s) - EARLY
    async with transaction(place.pool) as conn:
        await accounts.keep_token(conn, account.id, place.vault, token.value, expires_at)
    return token.value
