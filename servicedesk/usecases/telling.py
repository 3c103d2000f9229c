"""Tell people and programs of the ladder's steps and of topics: a message for each person and means, and what becomes of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from servicedesk.domain.model import Account, AccountId
from servicedesk.domain.telling import Item, Means, Reason, after_failure, summary
from servicedesk.store import accounts, citizens, deliveries, tellings
from servicedesk.store.db import Conn
from servicedesk.store.tellings import Telling

LEASE = timedelta(seconds=60)  # true time; no try takes longer
BEHIND = timedelta(seconds=5)
STUCK = timedelta(minutes=15)  # a ladder that has taken no step for so long holds nothing back any more
WEBHOOK_ITEMS = 500


async def write(conn: Conn, account_ids: Sequence[AccountId], *, now: datetime, size: int) -> int:
    """Write what nobody has been told yet into one message for each person and means; how many people and webhooks it was.

    Not while the ladder catches up: after a downtime each person hears once, of all of it. Any number of workers may call it.
    """
    if await tellings.catching_up(conn, account_ids, before=now - BEHIND, since=now - STUCK):
        return 0
    people = await tellings.people_to_tell(conn, account_ids, size=size)
    for person in people:
        told = summary(await tellings.take_untold(conn, person, now=now))
        facts = {"items": [item.as_facts() for item in told.items], "more": told.more}
        for means in person.means if told.items else ():
            await tellings.owe(conn, person.account_id, means, person.staff_id, facts, now=now)
    return len(people) + await _write_to_webhooks(conn, account_ids, now)


async def tell_of_topic(conn: Conn, account: Account, topic: Mapping[str, Any], *, now: datetime) -> None:
    """A new topic is owed to every supervisor by each of their means, and to the webhook: words, place and numbers."""
    facts = {"items": [], "more": 0, "topic": dict(topic)}
    for person in await tellings.supervisors(conn, account.id):
        for means in person.means:
            await tellings.owe(conn, account.id, means, person.staff_id, facts, now=now)
    if account.has_webhook:
        await tellings.owe(conn, account.id, Means.WEBHOOK, None, facts, now=now)


async def _write_to_webhooks(conn: Conn, account_ids: Sequence[AccountId], now: datetime) -> int:
    """A program gets every step, in the order in which they were taken."""
    owed: dict[AccountId, list[Item]] = defaultdict(list)
    for account_id, item in await tellings.take_webhook_owed(conn, account_ids, size=WEBHOOK_ITEMS):
        owed[account_id].append(item)
    for account_id, items in owed.items():
        facts = {"items": [item.as_facts() for item in items], "more": 0}
        await tellings.owe(conn, account_id, Means.WEBHOOK, None, facts, now=now)
    return len(owed)


async def claim(conn: Conn, account_ids: Sequence[AccountId], *, now: datetime, wall: datetime, size: int) -> list[Telling]:
    """What is to be sent now; this worker's until the lease ends."""
    return await tellings.claim(conn, account_ids, now=now, wall=wall, lease_until=wall + LEASE, size=size)


def closed(telling: Telling, *, now: datetime) -> Reason | None:
    """Why it cannot go by its means now, as far as the desk knows."""
    has = {
        Means.MAIL: telling.mail is not None,
        Means.WECHAT: telling.openid is not None,
        Means.WEBHOOK: telling.webhook_url is not None,
    }
    if not telling.at_work or not has[telling.means]:
        return Reason.REMOVED
    if telling.means is not Means.WECHAT:
        return None
    if telling.resting:
        return Reason.NO_RIGHT
    if not telling.following:
        return Reason.NOT_FOLLOWING
    # A person at the desk is to the platform a citizen like any other (WeChat, customer messages: 48 hours).
    closes_at = telling.window_closes_at
    return None if closes_at is not None and closes_at > now and telling.window_left > 0 else Reason.WINDOW_CLOSED


async def sent(conn: Conn, telling: Telling, *, now: datetime) -> bool:
    """It has gone; False where another worker has it by now and says what became of it."""
    if telling.means is Means.WECHAT and telling.citizen_id is not None:
        await citizens.lock(conn, telling.account_id, telling.citizen_id)
        await citizens.use_window(conn, telling.account_id, telling.citizen_id)
        await deliveries.spend_message(conn, telling.account_id)
    return await tellings.end(conn, telling, "sent", sent_at=now)


async def failed(conn: Conn, telling: Telling, reason: Reason, *, code: int | None, now: datetime) -> bool:
    """It did not go: tried again later, skipped, or failed; False as with `sent`."""
    if reason is Reason.WINDOW_CLOSED and code is not None and telling.citizen_id is not None:
        # The platform knows better, unless they have written since it was claimed.
        await citizens.lock(conn, telling.account_id, telling.citizen_id)
        await citizens.close_window(conn, telling.account_id, telling.citizen_id, seen=telling.window_closes_at)
    outcome = after_failure(reason, telling.attempts, now)
    if outcome.next_try_at is not None:
        return await tellings.put_off(conn, telling, reason=reason, code=code, until=outcome.next_try_at)
    if not await tellings.end(conn, telling, outcome.state or "failed", reason=reason, code=code):
        return False
    if reason is Reason.GONE and telling.webhook_url is not None:
        await accounts.switch_webhook_off(conn, telling.account_id, telling.webhook_url, now=now)
    return True
