"""Send what is owed to citizens: claim, send outside any transaction, record."""

from __future__ import annotations

import asyncio
from itertools import groupby

import structlog

from servicedesk import metrics
from servicedesk.channels.base import ChannelError
from servicedesk.domain.model import Account, AccountId, Delivery
from servicedesk.domain.sending import split_text
from servicedesk.jobs.place import Place
from servicedesk.jobs.tokens import with_token
from servicedesk.store import accounts
from servicedesk.store.db import transaction
from servicedesk.usecases import delivery as deliveries

log = structlog.get_logger(__name__)
BATCH = 32
RUNG = "customer_message"


async def send_owed(place: Place) -> bool:
    """One round; True where there may be more."""
    async with transaction(place.pool) as conn:
        ids = await accounts.every_id(conn)
        claimed = await deliveries.claim(conn, ids, now=place.clock.now(), size=BATCH)
        owners = {each: await accounts.by_id(conn, each) for each in {owed.account_id for owed in claimed}}
    by_citizen = groupby(sorted(claimed, key=_citizen), key=_citizen)
    await asyncio.gather(*(_send_in_order(place, owners, list(group)) for _, group in by_citizen))
    return len(claimed) == BATCH


def _citizen(owed: Delivery) -> tuple[AccountId, int]:
    return owed.account_id, owed.citizen_id


async def _send_in_order(place: Place, owners: dict[AccountId, Account], owed: list[Delivery]) -> None:
    """What one citizen is owed reaches them in the order it was written."""
    for each in owed:
        await _send(place, owners[each.account_id], each)


async def _send(place: Place, account: Account, owed: Delivery) -> None:
    parts = split_text(_text(place, account, owed))
    if not deliveries.can_be_sent(owed, now=place.clock.now()):
        async with transaction(place.pool) as conn:
            await deliveries.hold_unsent(conn, owed, now=place.clock.now())
        metrics.DELIVERIES.labels("held").inc()
        return
    try:
        for number in range(owed.parts_sent, len(parts)):
            await _send_part(place, account, owed, parts[number])
            if number + 1 < len(parts):
                async with transaction(place.pool) as conn:
                    await deliveries.part_sent(conn, owed, number + 1)
    except ChannelError as error:
        await _refused(place, owed, error)
        return
    async with transaction(place.pool) as conn:
        await deliveries.accepted(conn, owed.account_id, owed.id, rung=RUNG, now=place.clock.now())
        await deliveries.part_sent(conn, owed, len(parts))
    metrics.DELIVERIES.labels("accepted").inc()


async def _send_part(place: Place, account: Account, owed: Delivery, part: str) -> None:
    channel = place.channel(account)
    await with_token(place, account, lambda token: channel.send_text(token, owed.openid, part))


async def _refused(place: Place, owed: Delivery, error: ChannelError) -> None:
    async with transaction(place.pool) as conn:
        await deliveries.refused(conn, owed, error.refusal, errcode=error.code, rung=RUNG, now=place.clock.now())
    metrics.DELIVERIES.labels(str(error.refusal)).inc()
    log.warning("delivery_refused", delivery=owed.id, reason=error.refusal, errcode=error.code)


def _text(place: Place, account: Account, owed: Delivery) -> str:
    facts = {"account": account, "number": owed.number, "department": owed.department, "body": owed.body}
    return place.pages.text(f"deliveries/{owed.purpose}.txt", {**facts, "base_url": place.base_url})
