"""What becomes of a delivery: accepted by the channel, held for the next contact, put off, or given up to a person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from servicedesk.domain.model import AccountId, Delivery, DeliveryId, Event, StaffId, State
from servicedesk.domain.sending import (
    NEED_GRANT,
    NOTICES,
    RIGHT_ASKED_AGAIN,
    SENDING_STOPPED,
    Next,
    Refusal,
    Rung,
    Verdict,
    after_refusal,
    backoff,
    breaker_pause,
    next_rung,
)
from servicedesk.domain.sla import DeadlineKind
from servicedesk.store import accounts, answers, citizens, clocks, deadlines, deliveries, messages, rungs, tickets
from servicedesk.store.db import Conn
from servicedesk.usecases import dating, pausing, promising, supporting

LEASE = timedelta(seconds=60)
MOST_INTERRUPTIONS = 5
SENDING = "sending"  # the capability that stands for the whole of an account's sending


@dataclass(frozen=True)
class PhoneCall:
    """Who called the citizen, and what was said."""

    by: StaffId
    words: str


async def claim(conn: Conn, account_ids: Sequence[AccountId], *, now: datetime, wall: datetime, size: int) -> list[Delivery]:
    """Deliveries to send now, one for each citizen; this worker's until the lease ends."""
    return await deliveries.claim(conn, account_ids, now=now, wall=wall, lease_until=wall + LEASE, size=size)


def rung_of(delivery: Delivery, *, now: datetime) -> Rung:
    """The rung to send by, as far as the desk knows; PASSIVE_REPLY: hold it."""
    window_open = _open(delivery.window_closes_at, delivery.window_left, now)
    return next_rung(delivery.means, delivery.purpose, window_open=window_open)


async def hold_claim(conn: Conn, delivery: Delivery, *, wall: datetime) -> bool:
    """Renew the lease before more is sent; False where another worker has the delivery, and nothing more may be sent."""
    return await deliveries.hold_claim(conn, delivery, lease_until=wall + LEASE)


async def part_sent(conn: Conn, delivery: Delivery, sent_chars: int, *, wall: datetime) -> bool:
    """One piece of a long text has gone and must not go again, whoever holds the claim now; False as with hold_claim."""
    await citizens.lock(conn, delivery.account_id, delivery.citizen_id)
    await deliveries.part_sent(conn, delivery, sent_chars)
    return await _message_gone(conn, delivery, wall)


async def picture_sent(conn: Conn, delivery: Delivery, attachment_id: int, *, now: datetime, wall: datetime) -> bool:
    """A picture has gone as a message of its own; False as with hold_claim."""
    await citizens.lock(conn, delivery.account_id, delivery.citizen_id)
    await answers.attachment_sent(conn, delivery, attachment_id, now=now)
    return await _message_gone(conn, delivery, wall)


async def _message_gone(conn: Conn, delivery: Delivery, wall: datetime) -> bool:
    await citizens.use_window(conn, delivery.account_id, delivery.citizen_id)
    await deliveries.spend_message(conn, delivery.account_id)
    return await hold_claim(conn, delivery, wall=wall)


async def sent(
    conn: Conn,
    delivery: Delivery,
    *,
    now: datetime,
    wall: datetime,
    rung: Rung = Rung.CUSTOMER_MESSAGE,
    uses_window: bool = True,
) -> None:
    """The channel took the last of it."""
    await accepted(conn, delivery.account_id, delivery.id, rung=rung, now=now)
    if rung is Rung.CUSTOMER_MESSAGE and uses_window:
        await citizens.use_window(conn, delivery.account_id, delivery.citizen_id)
    if rung in NEED_GRANT:
        await rungs.use_grant(conn, delivery.account_id, delivery.citizen_id, rung, now=now)
    await accounts.restore_capabilities(conn, delivery.account_id, [SENDING, rung], wall=wall)


async def given(conn: Conn, account_id: AccountId, delivery_id: DeliveryId, sent_chars: int, *, now: datetime) -> None:
    """A held text, or a piece of it, was handed over in a passive reply. Saying so twice changes nothing."""
    citizen_id = await deliveries.citizen_of(conn, account_id, delivery_id)
    if citizen_id is None:
        return
    await citizens.lock(conn, account_id, citizen_id)
    if await deliveries.part_given(conn, account_id, delivery_id, sent_chars):
        await accepted(conn, account_id, delivery_id, rung=Rung.PASSIVE_REPLY, now=now)


async def accepted(
    conn: Conn, account_id: AccountId, delivery_id: DeliveryId, *, rung: Rung, now: datetime, call: PhoneCall | None = None
) -> None:
    """The channel took it: only now is a reply given, or a ticket answered. Saying so twice changes nothing."""
    citizen_id = await deliveries.citizen_of(conn, account_id, delivery_id)
    if citizen_id is None:
        return
    await citizens.lock(conn, account_id, citizen_id)
    done = await deliveries.accepted(conn, account_id, delivery_id, rung=rung, now=now)
    if done is None:
        return
    await deliveries.add_attempt(
        conn, account_id, delivery_id, rung=rung, outcome="accepted", errcode=None, now=now,
        staff_id=None if call is None else call.by, words=None if call is None else call.words,
    )  # fmt: skip
    ticket = await tickets.lock(conn, account_id, done["ticket_id"])
    await messages.add(
        conn, ticket, direction="out", kind="text", body=done["body"], now=now, staff_id=done["staff_id"],
        delivery_id=delivery_id,
    )  # fmt: skip
    if done["purpose"] == "notice":
        return  # an automatic text never stops a clock
    await deadlines.meet(conn, ticket, DeadlineKind.FIRST_REPLY, now=now)
    if done["purpose"] == "answer":
        answered = await tickets.set_answered(conn, ticket, delivery_id, now=now)
        if answered is not None:
            await clocks.drop_asked(conn, answered)
            await pausing.resumed(conn, await accounts.by_id(conn, account_id), answered, "end", now=now)
            await deadlines.meet(conn, answered, DeadlineKind.UPDATE, now=now)
            await deadlines.meet(conn, answered, DeadlineKind.RESOLUTION, now=now)
            await supporting.drop_open(conn, answered, now=now)
            await promising.find(conn, answered, done["body"], now=now)
            await tickets.add_event(conn, answered, Event("answered", {"rung": rung}), now=now, staff_id=done["staff_id"])
    else:
        await deadlines.meet(conn, ticket, DeadlineKind.UPDATE, now=now)
        if ticket.state in (State.ACCEPTED, State.ANSWERING):
            await dating.start_update(conn, await accounts.by_id(conn, account_id), ticket, now=now)
        await tickets.add_event(conn, ticket, Event("replied", {"rung": rung}), now=now, staff_id=done["staff_id"])
    await tickets.set_due(conn, ticket)


async def hold_unsent(conn: Conn, delivery: Delivery, *, now: datetime, wall: datetime) -> None:
    """Hold what was claimed when no rung would take it, unless the citizen has opened the window since."""
    citizen = await citizens.lock(conn, delivery.account_id, delivery.citizen_id)
    if not await hold_claim(conn, delivery, wall=wall):
        return
    window_open = _open(citizen.window_closes_at, citizen.window_left, now)
    if next_rung(delivery.means, delivery.purpose, window_open=window_open) is Rung.PASSIVE_REPLY:
        await hold(conn, delivery, now=now)
    else:
        await deliveries.put_off(conn, delivery, until=now)


def _open(closes_at: datetime | None, left: int, now: datetime) -> bool:
    return closes_at is not None and closes_at > now and left > 0


async def hold(conn: Conn, delivery: Delivery, *, now: datetime) -> None:
    """It cannot be sent now: keep it for the citizen's next contact."""
    await deliveries.hold(conn, delivery)
    ticket = await tickets.by_id(conn, delivery.account_id, delivery.ticket_id)
    await tickets.add_event(conn, ticket, Event("held"), now=now)


async def refused(
    conn: Conn, delivery: Delivery, refusal: Refusal, *, errcode: int | None, now: datetime, wall: datetime,
    rung: Rung = Rung.CUSTOMER_MESSAGE,
) -> None:  # fmt: skip
    """The channel said no: the ladder's next rung, and what the refusal says about the account, the window or the leave."""
    verdict = after_refusal(refusal, delivery.attempts, now)
    if rung in NOTICES and (verdict.next is Next.FAIL or refusal is Refusal.QUOTA):
        verdict = Verdict(Next.DESCEND)  # what a notice cannot carry now, the next contact can
    outcome = "unknown" if refusal is Refusal.UNKNOWN else "put_off" if verdict.next is Next.PUT_OFF else "refused"
    await citizens.lock(conn, delivery.account_id, delivery.citizen_id)
    await deliveries.add_attempt(conn, delivery.account_id, delivery.id, rung=rung, outcome=outcome, errcode=errcode, now=now)
    if not await hold_claim(conn, delivery, wall=wall):
        return  # what is to become of it is for the worker that has it now
    if refusal is Refusal.WINDOW_CLOSED and not await citizens.close_window(
        conn, delivery.account_id, delivery.citizen_id, seen=delivery.window_closes_at
    ):
        # The citizen has opened another since it was claimed: that one takes it.
        await deliveries.put_off(conn, delivery, until=now)
        return
    if refusal is Refusal.UNREACHABLE and rung in NEED_GRANT:
        # The leave was taken back, or used by somebody else.
        await rungs.use_grant(conn, delivery.account_id, delivery.citizen_id, rung, now=now)
    await _about_the_account(conn, delivery, refusal, rung=rung, errcode=errcode, wall=wall)
    if verdict.next is Next.DESCEND:
        await _descend(conn, delivery, rung, now)
    elif verdict.at is not None:
        await deliveries.put_off(conn, delivery, until=verdict.at)
    else:
        await _fail(conn, delivery, {"errcode": errcode}, now)


async def broke(conn: Conn, delivery: Delivery, *, now: datetime, wall: datetime) -> None:
    """Something that nobody foresaw, so that nobody can say whether it was sent: tried again later, a few times."""
    await citizens.lock(conn, delivery.account_id, delivery.citizen_id)
    await deliveries.add_attempt(
        conn, delivery.account_id, delivery.id, rung=Rung.CUSTOMER_MESSAGE, outcome="unknown", errcode=None, now=now
    )
    if not await hold_claim(conn, delivery, wall=wall):
        return
    if await deliveries.count_interruption(conn, delivery) >= MOST_INTERRUPTIONS:
        await _fail(conn, delivery, {"broke": True}, now)
    else:
        await deliveries.put_off(conn, delivery, until=now + backoff(delivery.attempts))


def is_worn_out(delivery: Delivery) -> bool:
    """Whether the workers before this one died over it so often that a person must look at it first."""
    return delivery.interruptions >= MOST_INTERRUPTIONS


async def give_up(conn: Conn, delivery: Delivery, *, now: datetime, wall: datetime) -> None:
    """Leave it to a person."""
    await citizens.lock(conn, delivery.account_id, delivery.citizen_id)
    if await hold_claim(conn, delivery, wall=wall):
        await _fail(conn, delivery, {"broke": True}, now)


async def _fail(conn: Conn, delivery: Delivery, facts: dict[str, Any], now: datetime) -> None:
    await deliveries.fail(conn, delivery)
    ticket = await tickets.by_id(conn, delivery.account_id, delivery.ticket_id)
    await tickets.add_event(conn, ticket, Event("delivery_failed", facts), now=now)


async def _descend(conn: Conn, delivery: Delivery, refused: Rung, now: datetime) -> None:
    following = next_rung(delivery.means.without(refused), delivery.purpose, window_open=False)
    if following is Rung.PASSIVE_REPLY:
        await hold(conn, delivery, now=now)
    else:
        await deliveries.descend(conn, delivery, refused, following, now=now)


async def _about_the_account(
    conn: Conn, delivery: Delivery, refusal: Refusal, *, rung: Rung, errcode: int | None, wall: datetime
) -> None:
    """A missing right is asked for again a day later; a stopped account, or a platform that is down, gets a rest."""
    account_id = delivery.account_id
    if refusal is Refusal.NO_RIGHT:
        await accounts.refuse_capability(conn, account_id, rung, errcode=errcode, wall=wall, retry_at=wall + RIGHT_ASKED_AGAIN)
    elif refusal is Refusal.ACCOUNT_STOPPED:
        await accounts.refuse_capability(conn, account_id, SENDING, errcode=errcode, wall=wall, retry_at=wall + SENDING_STOPPED)
    elif refusal in (Refusal.AGAIN, Refusal.UNKNOWN):
        failures = await accounts.count_capability_failure(conn, account_id, SENDING, errcode=errcode, wall=wall)
        pause = breaker_pause(failures)
        if pause:
            await accounts.refuse_capability(conn, account_id, SENDING, errcode=errcode, wall=wall, retry_at=wall + pause)
