"""Fetch what citizens sent before the platform forgets it, and make a preview of it."""

from __future__ import annotations

import asyncio

import structlog

from servicedesk import metrics
from servicedesk.channels.base import ChannelError
from servicedesk.domain.files import sniffed
from servicedesk.domain.model import AccountId
from servicedesk.domain.sending import Refusal
from servicedesk.jobs.place import Place
from servicedesk.jobs.previews import preview_of
from servicedesk.jobs.tokens import with_token
from servicedesk.store import accounts
from servicedesk.store.db import View, transaction
from servicedesk.usecases import fetching

log = structlog.get_logger(__name__)


async def fetch_owed(place: Place) -> bool:
    """One round; True where there was something."""
    async with transaction(place.pool) as conn:
        ids = await accounts.every_id(conn)
        claimed = await fetching.claim(conn, ids, now=place.clock.now(), wall=place.clock.wall())
    await asyncio.gather(*(_fetch_one(place, owed) for owed in claimed))
    return bool(claimed)


async def _fetch_one(place: Place, owed: View) -> None:
    """What nobody foresaw about one file must not hold the others up; it is asked for again until the platform forgets it."""
    try:
        await _fetch(place, owed)
    except Exception:
        metrics.JOB_ERRORS.labels("media").inc()
        log.exception("media_broke", media=owed["media_id"])
        async with transaction(place.pool) as conn:
            await fetching.refused(conn, owed, Refusal.AGAIN, now=place.clock.now())


async def _fetch(place: Place, owed: View) -> None:
    async with place.pool.acquire() as conn:
        account = await accounts.by_id(conn, AccountId(owed["account_id"]))
    channel = place.channel(account)
    try:
        file = await with_token(place, account, lambda token: channel.fetch_media(token, owed["channel_media_id"]))
    except ChannelError as error:
        async with transaction(place.pool) as conn:
            await fetching.refused(conn, owed, error.refusal, now=place.clock.now())
        log.warning("media_refused", media=owed["media_id"], reason=error.refusal, errcode=error.code)
        return
    content_type = sniffed(file.content)
    name = await place.files.put(file.content)
    preview = await preview_of(file.content, content_type)
    preview_name = await place.files.put(preview[0]) if preview else None
    async with transaction(place.pool) as conn:
        await fetching.stored(
            conn, owed, sha256=name, content_type=content_type, size=len(file.content), preview_sha256=preview_name,
            preview_type=preview and preview[1],
        )  # fmt: skip
