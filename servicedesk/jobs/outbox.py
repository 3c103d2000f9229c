"""Send what is owed to citizens: claim, send outside any transaction, record."""

from __future__ import annotations

import asyncio

import structlog

from servicedesk import metrics
from servicedesk.channels.base import ChannelError
from servicedesk.domain.model import Account, Delivery
from servicedesk.domain.sending import PIECE_ROOM_BYTES, next_piece
from servicedesk.jobs.place import Place
from servicedesk.jobs.tokens import with_token
from servicedesk.store import accounts
from servicedesk.store.db import transaction
from servicedesk.usecases import delivery as deliveries

log = structlog.get_logger(__name__)
BATCH = 32


async def send_owed(place: Place) -> bool:
    """One round; True where there may be more: each citizen's next delivery is claimed once the one before has gone."""
    async with transaction(place.pool) as conn:
        ids = await accounts.every_id(conn)
        claimed = await deliveries.claim(conn, ids, now=place.clock.now(), wall=place.clock.wall(), size=BATCH)
        owners = {each: await accounts.by_id(conn, each) for each in {owed.account_id for owed in claimed}}
    await asyncio.gather(*(_send(place, owners[owed.account_id], owed) for owed in claimed))
    return bool(claimed)


async def _send(place: Place, account: Account, owed: Delivery) -> None:
    if not deliveries.can_be_sent(owed, now=place.clock.now()):
        async with transaction(place.pool) as conn:
            await deliveries.hold_unsent(conn, owed, now=place.clock.now())
        metrics.DELIVERIES.labels("held").inc()
        return
    gone = owed.sent_chars
    try:
        while gone < len(owed.body):
            gone = await _send_piece(place, account, owed, gone)
    except ChannelError as error:
        await _refused(place, owed, error)
        return
    metrics.DELIVERIES.labels("accepted").inc()


async def _send_piece(place: Place, account: Account, owed: Delivery, gone: int) -> int:
    """Send the next piece and record it; how many characters have gone after it."""
    piece, after = next_piece(owed.body, gone, PIECE_ROOM_BYTES)
    channel, text = place.channel(account), _text(place, account, owed, piece, first=gone == 0, last=after == len(owed.body))
    await with_token(place, account, lambda token: channel.send_text(token, owed.openid, text))
    async with transaction(place.pool) as conn:
        if after < len(owed.body):
            await deliveries.part_sent(conn, owed, after, wall=place.clock.wall())
        else:
            await deliveries.sent(conn, owed, now=place.clock.now(), wall=place.clock.wall())
    return after


async def _refused(place: Place, owed: Delivery, error: ChannelError) -> None:
    async with transaction(place.pool) as conn:
        await deliveries.refused(conn, owed, error.refusal, errcode=error.code, now=place.clock.now(), wall=place.clock.wall())
    metrics.DELIVERIES.labels(str(error.refusal)).inc()
    log.warning("delivery_refused", delivery=owed.id, reason=error.refusal, errcode=error.code)


def _text(place: Place, account: Account, owed: Delivery, piece: str, *, first: bool, last: bool) -> str:
    facts = {"account": account, "number": owed.number, "department": owed.department, "body": piece, "first": first,
             "last": last, "base_url": place.base_url}  # fmt: skip
    return place.pages.text(f"deliveries/{owed.purpose}.txt", facts)
