"""A worker's claim of a delivery: renewed, lost, heard only while it is held; and what is given up to a person."""

from __future__ import annotations

from datetime import timedelta

from servicedesk.domain.model import Delivery
from servicedesk.domain.sending import Refusal, Rung
from servicedesk.store import deliveries
from servicedesk.usecases import answering, delivery, redelivering
from tests.desk import NOW, Desk

SECOND = timedelta(seconds=1)
LATER = delivery.LEASE + SECOND


async def owed(desk: Desk, body: str = "已派人上门。") -> str:
    number = await desk.accepted()
    await answering.reply(desk.conn, desk.staff["zhujian"], number, body, now=NOW)
    return number


async def claim(desk: Desk, *, after: timedelta = timedelta()) -> Delivery:
    (claimed,) = await delivery.claim(desk.conn, [desk.account.id], now=NOW + after, wall=NOW + after, size=50)
    return claimed


async def state(desk: Desk, number: str) -> tuple[str, float | None, list[str]]:
    ticket = await desk.ticket(number)
    (row,) = await deliveries.of_ticket(desk.conn, ticket)
    attempts = [each["outcome"] for each in await deliveries.attempts_of(desk.conn, ticket)]
    return row["state"], row["lease_until"] and (row["lease_until"] - NOW).total_seconds(), attempts


async def test_a_worker_that_lost_its_claim_decides_nothing_any_more(desk: Desk) -> None:
    number = await owed(desk)
    slow = await claim(desk)
    quick = await claim(desk, after=LATER)
    held_until = (LATER + delivery.LEASE).total_seconds()
    await delivery.refused(desk.conn, slow, Refusal.REJECTED, errcode=40035, now=NOW + LATER, wall=NOW + LATER)
    assert await state(desk, number) == ("owed", held_until, ["unknown", "refused"])
    await delivery.hold_unsent(desk.conn, slow, now=NOW + LATER, wall=NOW + LATER)
    await delivery.broke(desk.conn, slow, now=NOW + LATER, wall=NOW + LATER)
    assert (await state(desk, number))[:2] == ("owed", held_until)
    assert await delivery.hold_claim(desk.conn, quick, wall=NOW + LATER)
    assert not await delivery.hold_claim(desk.conn, slow, wall=NOW + LATER)


async def test_what_a_slow_worker_did_send_counts_all_the_same(desk: Desk) -> None:
    number = await owed(desk, "一句话。" * 500)
    slow = await claim(desk)
    quick = await claim(desk, after=LATER)
    assert not await delivery.part_sent(desk.conn, slow, 560, wall=NOW + LATER)
    assert await delivery.part_sent(desk.conn, quick, 560, wall=NOW + LATER)
    await delivery.sent(desk.conn, slow, now=NOW + LATER, wall=NOW + LATER)
    assert (await state(desk, number))[0] == "accepted"
    await delivery.refused(desk.conn, quick, Refusal.AGAIN, errcode=-1, now=NOW + LATER, wall=NOW + LATER)
    assert (await state(desk, number))[0] == "accepted"


async def test_what_breaks_every_time_is_tried_later_and_later_and_then_left_to_a_person(desk: Desk) -> None:
    number = await owed(desk)
    after = timedelta()
    for _ in range(delivery.MOST_INTERRUPTIONS):
        assert (await state(desk, number))[0] == "owed"
        await delivery.broke(desk.conn, await claim(desk, after=after), now=NOW + after, wall=NOW + after)
        after += timedelta(minutes=15)
    found, _, attempts = await state(desk, number)
    assert (found, attempts) == ("failed", ["unknown"] * delivery.MOST_INTERRUPTIONS)
    events = await desk.conn.fetch("SELECT facts FROM ticket_event WHERE kind = 'delivery_failed'")
    assert [dict(row["facts"]) for row in events] == [{"broke": True}]


async def test_what_kills_its_workers_is_left_to_a_person_who_may_try_it_again(desk: Desk) -> None:
    number = await owed(desk)
    for died in range(delivery.MOST_INTERRUPTIONS):
        assert not delivery.is_worn_out(await claim(desk, after=died * LATER))
    last = await claim(desk, after=delivery.MOST_INTERRUPTIONS * LATER)
    assert delivery.is_worn_out(last)
    await delivery.give_up(desk.conn, last, now=NOW, wall=NOW)
    assert (await state(desk, number))[0] == "failed"
    await redelivering.resend(desk.conn, desk.staff["paidan"], number, last.id, now=NOW, wall=NOW)
    assert not delivery.is_worn_out(await claim(desk))


async def test_every_message_of_a_long_answer_is_of_the_accounts_budget(desk: Desk) -> None:
    await desk.conn.execute("UPDATE account SET sends_per_minute = 60")
    await desk.conn.execute("UPDATE sending_budget SET sends_left = 3, counted_at = $1", NOW)
    await owed(desk, "一句话。" * 500)
    one = await claim(desk)
    await delivery.part_sent(desk.conn, one, 560, wall=NOW)
    await delivery.part_sent(desk.conn, one, 1120, wall=NOW)
    await delivery.sent(desk.conn, one, now=NOW, wall=NOW, rung=Rung.CUSTOMER_MESSAGE)
    assert await desk.conn.fetchval("SELECT sends_left FROM sending_budget") == 0
