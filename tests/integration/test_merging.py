"""Inquiries that say the same: merged in chains, withdrawn, merged by two people at once, sent again."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from servicedesk.domain.errors import AnswerUnderWay, InvalidForm, NotFound, SomebodyWasFirst
from servicedesk.domain.model import State
from servicedesk.domain.sending import Refusal
from servicedesk.store import deadlines, deliveries, tickets
from servicedesk.store.db import Pool, transaction
from servicedesk.usecases import answering, delivery, ending, merging, redelivering
from tests.desk import NOW, Desk


async def merge(desk: Desk, number: str, into: str) -> None:
    async with desk.conn.transaction():
        await merging.merge(desk.conn, desk.staff["paidan"], number, into, now=NOW)


async def answer(desk: Desk, number: str, body: str = "都修好了。") -> None:
    async with desk.conn.transaction():
        await answering.answer(desk.conn, desk.staff["zhujian"], number, body, now=NOW)


async def test_everyone_along_a_chain_of_merges_gets_the_answer(desk: Desk) -> None:
    first = await desk.accepted(openid="one")
    second, third = await desk.asked(openid="two"), await desk.asked(openid="three")
    await merge(desk, third, second)
    await merge(desk, second, first)
    assert (await desk.ticket(third)).merged_into_id == (await desk.ticket(first)).id
    await answer(desk, first)
    owed = await delivery.claim(desk.conn, [desk.account.id], now=NOW, wall=NOW, size=9)
    assert sorted(each.openid for each in owed) == ["one", "three", "two"]


async def test_a_merge_into_a_merged_ticket_goes_to_where_that_one_went(desk: Desk) -> None:
    first = await desk.accepted(openid="one")
    second, third = await desk.asked(openid="two"), await desk.asked(openid="three")
    await merge(desk, second, first)
    await merge(desk, third, second)
    assert (await desk.ticket(third)).merged_into_id == (await desk.ticket(first)).id
    with pytest.raises(InvalidForm):
        await merge(desk, first, second)


async def test_two_people_who_merge_a_pair_into_each_other_leave_one_open(desk: Desk, pool: Pool) -> None:
    first, second = await desk.asked(openid="one"), await desk.asked(openid="two")

    async def one(number: str, into: str) -> None:
        async with transaction(pool) as conn:
            await merging.merge(conn, desk.staff["paidan"], number, into, now=NOW)

    ended = await asyncio.gather(one(first, second), one(second, first), return_exceptions=True)
    assert [type(each) for each in ended if each is not None] in ([InvalidForm], [SomebodyWasFirst])
    assert (await desk.balance())["open"] == 1


@pytest.mark.parametrize("by_citizen", [True, False])
async def test_when_the_first_citizen_withdraws_the_next_ones_ticket_goes_on(desk: Desk, by_citizen: bool) -> None:
    first = await desk.accepted(openid="one")
    later = NOW + timedelta(hours=1)
    second, third = await desk.asked(openid="two", now=later), await desk.asked(openid="three", now=later)
    await merge(desk, second, first)
    await merge(desk, third, first)
    if by_citizen:
        await desk.says("撤回", openid="one", now=later)
    else:
        await ending.withdraw(desk.conn, desk.staff["paidan"], first, "电话里说不用了", now=later)
    heir = await desk.ticket(second)
    assert (heir.state, heir.department_id) == (State.ASSIGNED, desk.staff["zhujian"].department_id)
    assert (await desk.ticket(third)).merged_into_id == heir.id
    clocks = await deadlines.of_ticket(desk.conn, heir)
    assert [(row["started_at"], row["ended_at"]) for row in clocks] == [(later, None)] * 3
    assert heir.due_at == min(row["due_at"] for row in clocks)
    assert await desk.balance() == {"received": 3, "answered": 0, "open": 1, "merged": 1, "withdrawn": 1}


async def test_a_withdrawal_for_which_nobody_else_waits_opens_nothing(desk: Desk) -> None:
    first = await desk.accepted()
    await desk.says("撤回")
    assert (await desk.ticket(first)).state is State.WITHDRAWN
    assert (await desk.balance())["open"] == 0


async def test_a_merged_askers_failed_delivery_can_be_sent_again(desk: Desk) -> None:
    first, second = await desk.accepted(openid="one"), await desk.asked(openid="two")
    await merge(desk, second, first)
    await answer(desk, first)
    for each in await delivery.claim(desk.conn, [desk.account.id], now=NOW, wall=NOW, size=9):
        if each.openid == "one":
            await delivery.sent(desk.conn, each, now=NOW, wall=NOW)
        else:
            await delivery.refused(desk.conn, each, Refusal.REJECTED, errcode=40035, now=NOW, wall=NOW)
            failed = each.id
    shown = await deliveries.of_ticket(desk.conn, await desk.ticket(first))
    assert [(row["number"], row["state"]) for row in shown] == [(first, "accepted"), (second, "failed")]
    with pytest.raises(NotFound):
        await redelivering.resend(desk.conn, desk.staff["zhujian"], first, failed + 100, now=NOW, wall=NOW)
    await redelivering.resend(desk.conn, desk.staff["zhujian"], first, failed, now=NOW, wall=NOW)
    assert await desk.deliver() == 1
    with pytest.raises(NotFound):
        await redelivering.resend(desk.conn, desk.staff["zhujian"], first, failed, now=NOW, wall=NOW)


async def test_a_failed_answer_is_not_sent_again_beside_a_newer_one(desk: Desk) -> None:
    number = await desk.accepted()
    await answer(desk, number)
    (owed,) = await delivery.claim(desk.conn, [desk.account.id], now=NOW, wall=NOW, size=9)
    await delivery.refused(desk.conn, owed, Refusal.REJECTED, errcode=40035, now=NOW, wall=NOW)
    await answer(desk, number, "换一种说法。")
    with pytest.raises(AnswerUnderWay):
        await redelivering.resend(desk.conn, desk.staff["zhujian"], number, owed.id, now=NOW, wall=NOW)
    await desk.deliver()
    assert (await tickets.by_number(desk.conn, desk.account.id, number)).state is State.ANSWERED  # type: ignore[union-attr]
