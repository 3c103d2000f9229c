"""The department's work: 派单, 签收, 退单, drafts, answers; and how tickets end."""

from __future__ import annotations

from datetime import timedelta

import asyncpg
import pytest

from servicedesk.domain.errors import (
    AnswerUnderWay,
    InvalidForm,
    NotFound,
    NotPermitted,
    SomebodyWasFirst,
    TicketClosed,
    WrongState,
)
from servicedesk.domain.model import State
from servicedesk.domain.sending import Rung
from servicedesk.store import answers, deadlines, messages, tickets
from servicedesk.store.db import Pool, transaction
from servicedesk.usecases import answering, assigning, delivery, desk_views, ending, merging
from tests.desk import NOW, Desk, make_desk

DAY = timedelta(days=1)


async def test_the_department_accepts_and_the_acceptance_is_recorded(desk: Desk) -> None:
    number = await desk.accepted()
    (hand,) = await tickets.assignments_of(desk.conn, await desk.ticket(number))
    assert (hand["accepted_by_name"], hand["accepted_at"]) == ("zhujian某", NOW)


async def test_accepting_twice_is_out_of_turn(desk: Desk) -> None:
    number = await desk.accepted()
    with pytest.raises(WrongState):
        await assigning.accept(desk.conn, desk.staff["zhujian"], number, now=NOW)


async def test_a_return_needs_a_reason_and_goes_to_a_dispatcher_with_the_clock_running_on(desk: Desk) -> None:
    number = await desk.asked()
    due = (await desk.ticket(number)).due_at
    with pytest.raises(InvalidForm):
        await assigning.give_back(desk.conn, desk.staff["zhujian"], number, "1", "  ", now=NOW)
    with pytest.raises(InvalidForm):
        await assigning.give_back(desk.conn, desk.staff["zhujian"], number, "1", "长" * 501, now=NOW)
    await assigning.give_back(desk.conn, desk.staff["zhujian"], number, "1", "属教育局职责第一条", now=NOW)
    ticket = await desk.ticket(number)
    assert (ticket.state, ticket.department_id, ticket.returns, ticket.due_at) == (State.TRIAGE, None, 1, due)
    await assigning.assign(desk.conn, desk.staff["paidan"], number, "jiaoyu", "按职责", now=NOW)
    assert (await desk.ticket(number)).state is State.ASSIGNED


async def test_a_department_that_does_not_exist_is_refused(desk: Desk) -> None:
    number = await desk.asked()
    with pytest.raises(InvalidForm):
        await assigning.assign(desk.conn, desk.staff["paidan"], number, "nowhere", "", now=NOW)


async def test_of_two_who_accept_at_once_one_is_first(desk: Desk, pool: Pool) -> None:
    number = await desk.asked()
    async with transaction(pool) as other:
        await assigning.accept(other, desk.staff["zhujian"], number, now=NOW)
    with pytest.raises((WrongState, SomebodyWasFirst)):
        await assigning.accept(desk.conn, desk.staff["zhujian"], number, now=NOW)


async def test_an_answer_is_owed_and_the_ticket_is_answered_only_when_the_channel_accepts(desk: Desk) -> None:
    number = await desk.accepted()
    await answering.answer(desk.conn, desk.staff["zhujian"], number, "已修好。", now=NOW)
    ticket = await desk.ticket(number)
    assert (ticket.state, ticket.answered_at) == (State.ANSWERING, None)
    assert (await desk.balance())["open"] == 1
    with pytest.raises(AnswerUnderWay):
        await answering.answer(desk.conn, desk.staff["zhujian"], number, "再答一次。", now=NOW)
    await desk.deliver(now=NOW + DAY)
    ticket = await desk.ticket(number)
    assert (ticket.state, ticket.answered_at) == (State.ANSWERED, NOW + DAY)
    met = {row["kind"]: row["met_at"] for row in await deadlines.of_ticket(desk.conn, ticket)}
    assert met == {"acceptance": NOW, "first_reply": NOW + DAY, "resolution": NOW + DAY}
    assert (await messages.of_ticket(desk.conn, ticket))[-1]["body"] == "已修好。"
    assert (await desk.balance())["answered"] == 1


async def test_an_interim_reply_meets_the_first_deadline_only(desk: Desk) -> None:
    number = await desk.accepted()
    await answering.reply(desk.conn, desk.staff["zhujian"], number, "正在核实。", now=NOW)
    await desk.deliver()
    ticket = await desk.ticket(number)
    met = {row["kind"]: row["met_at"] for row in await deadlines.of_ticket(desk.conn, ticket)}
    assert met == {"acceptance": NOW, "first_reply": NOW, "resolution": None}
    assert ticket.state is State.ACCEPTED


async def test_a_draft_is_kept_and_dropped_with_the_answer(desk: Desk) -> None:
    number = await desk.accepted()
    await answering.draft(desk.conn, desk.staff["zhujian"], number, "草", now=NOW)
    await answering.draft(desk.conn, desk.staff["zhujian"], number, "草稿", now=NOW)
    ticket = await desk.ticket(number)
    kept = await answers.draft_of(desk.conn, ticket)
    assert kept is not None
    assert (kept["body"], ticket.state) == ("草稿", State.ANSWERING)
    await answering.answer(desk.conn, desk.staff["zhujian"], number, "草稿", now=NOW)
    assert await answers.draft_of(desk.conn, ticket) is None


@pytest.mark.parametrize(("body", "fact"), [("", "missing"), ("  \n", "missing"), ("长" * 5001, "too_long")])
async def test_an_empty_or_endless_answer_is_refused(desk: Desk, body: str, fact: str) -> None:
    number = await desk.accepted()
    with pytest.raises(InvalidForm) as caught:
        await answering.answer(desk.conn, desk.staff["zhujian"], number, body, now=NOW)
    assert caught.value.fact == fact


async def test_accepting_a_delivery_twice_changes_nothing(desk: Desk) -> None:
    number = await desk.accepted()
    await answering.answer(desk.conn, desk.staff["zhujian"], number, "好了。", now=NOW)
    (owed,) = await delivery.claim(desk.conn, [desk.account.id], now=NOW, wall=NOW, size=5)
    for _ in range(2):
        await delivery.accepted(desk.conn, owed.account_id, owed.id, rung=Rung.CUSTOMER_MESSAGE, now=NOW)
    assert [row["direction"] for row in await messages.of_ticket(desk.conn, await desk.ticket(number))] == ["in", "out"]


async def test_what_one_worker_has_claimed_no_other_takes_until_the_lease_ends(desk: Desk) -> None:
    number = await desk.accepted()
    await answering.answer(desk.conn, desk.staff["zhujian"], number, "好了。", now=NOW)
    assert len(await delivery.claim(desk.conn, [desk.account.id], now=NOW, wall=NOW, size=5)) == 1
    assert await delivery.claim(desk.conn, [desk.account.id], now=NOW, wall=NOW, size=5) == []
    assert (
        len(await delivery.claim(desk.conn, [desk.account.id], now=NOW + delivery.LEASE, wall=NOW + delivery.LEASE, size=5))
        == 1
    )


async def test_notes_are_kept_and_empty_ones_refused(desk: Desk) -> None:
    number = await desk.asked()
    await assigning.note(desk.conn, desk.staff["paidan"], number, "请尽快", now=NOW)
    assert [row["body"] for row in await messages.notes_of(desk.conn, await desk.ticket(number))] == ["请尽快"]
    for bad in (" ", "长" * 4001):
        with pytest.raises(InvalidForm):
            await assigning.note(desk.conn, desk.staff["paidan"], number, bad, now=NOW)


async def test_a_merged_tickets_citizen_gets_the_others_answer_in_a_delivery_of_their_own(desk: Desk) -> None:
    first = await desk.accepted(openid="one")
    second = await desk.asked(openid="two")
    await merging.merge(desk.conn, desk.staff["paidan"], second, first, now=NOW)
    assert await desk.balance() == {"received": 2, "answered": 0, "open": 1, "merged": 1, "withdrawn": 0}
    await answering.answer(desk.conn, desk.staff["zhujian"], first, "都修好了。", now=NOW)
    owed = await delivery.claim(desk.conn, [desk.account.id], now=NOW, wall=NOW, size=5)
    assert sorted((each.openid, each.number) for each in owed) == [("one", first), ("two", second)]
    for each in owed:
        await delivery.accepted(desk.conn, each.account_id, each.id, rung=Rung.CUSTOMER_MESSAGE, now=NOW)
    assert (await desk.ticket(second)).state is State.MERGED
    assert (await messages.of_ticket(desk.conn, await desk.ticket(second)))[-1]["body"] == "都修好了。"


async def test_a_merge_into_nothing_itself_or_an_ended_ticket_is_refused(desk: Desk) -> None:
    number, ended = await desk.asked(openid="one"), await desk.answered(openid="two")
    for into, fact in (("20200101-0001", "unknown"), (number, "unknown"), (ended, "not_open")):
        with pytest.raises(InvalidForm) as caught:
            await merging.merge(desk.conn, desk.staff["paidan"], number, into, now=NOW)
        assert caught.value.fact == fact


async def test_a_withdrawal_is_recorded_in_words(desk: Desk) -> None:
    number = await desk.asked()
    with pytest.raises(InvalidForm):
        await ending.withdraw(desk.conn, desk.staff["paidan"], number, " ", now=NOW)
    await ending.withdraw(desk.conn, desk.staff["paidan"], number, "电话里说不用了", now=NOW)
    assert (await desk.ticket(number)).withdrawal == "电话里说不用了"
    with pytest.raises(TicketClosed):
        await assigning.assign(desk.conn, desk.staff["paidan"], number, "jiaoyu", "", now=NOW)


async def test_an_answered_ticket_closes_after_the_accounts_days_of_silence(desk: Desk) -> None:
    number = await desk.answered()
    assert await ending.close_silent(desk.conn, [desk.account.id], now=NOW + 6 * DAY) == 0
    assert await ending.close_silent(desk.conn, [desk.account.id], now=NOW + 8 * DAY) == 1
    assert (await desk.ticket(number)).state is State.CLOSED
    await ending.reopen(desk.conn, desk.staff["duban"], number, "市民来电未解决", now=NOW + 9 * DAY)
    assert (await desk.ticket(number)).state is State.ACCEPTED
    await desk.balance()


async def test_closing_by_hand_and_reopening_without_a_reason(desk: Desk) -> None:
    number = await desk.answered()
    with pytest.raises(InvalidForm):
        await ending.reopen(desk.conn, desk.staff["duban"], number, "", now=NOW)
    await ending.close(desk.conn, desk.staff["zhujian"], number, now=NOW)
    assert (await desk.ticket(number)).state is State.CLOSED


@pytest.mark.parametrize("state", ["answered", "closed"])
async def test_the_database_itself_ends_no_ticket_without_an_accepted_answer(desk: Desk, state: str) -> None:
    number = await desk.accepted()
    with pytest.raises(asyncpg.CheckViolationError):
        await desk.conn.execute("UPDATE ticket SET state = $1 WHERE number = $2", state, number)
    await answering.answer(desk.conn, desk.staff["zhujian"], number, "好了。", now=NOW)
    with pytest.raises(asyncpg.ForeignKeyViolationError):
        await desk.conn.execute(
            "UPDATE ticket SET state = $1, answered_at = now(), answer_delivery_id = (SELECT max(delivery_id) FROM delivery)"
            " WHERE number = $2",
            state, number,
        )  # fmt: skip


async def test_the_database_takes_back_no_acceptance_that_a_ticket_rests_on(desk: Desk) -> None:
    await desk.answered()
    with pytest.raises(asyncpg.ForeignKeyViolationError):
        await desk.conn.execute("UPDATE delivery SET state = 'failed', accepted_at = NULL")


@pytest.mark.parametrize("state", ["withdrawn", "merged"])
async def test_the_database_wants_a_record_of_every_other_end(desk: Desk, state: str) -> None:
    number = await desk.asked()
    with pytest.raises(asyncpg.CheckViolationError):
        await desk.conn.execute("UPDATE ticket SET state = $1 WHERE number = $2", state, number)


async def test_people_of_another_department_or_account_get_nothing(desk: Desk) -> None:
    other = await make_desk(desk.conn, "lindeng")
    number = await desk.asked()
    with pytest.raises(NotPermitted):
        await assigning.accept(desk.conn, desk.staff["jiaoyu"], number, now=NOW)
    with pytest.raises(NotPermitted):
        await desk_views.ticket_page(desk.conn, desk.staff["jiaoyu"], number)
    for login in other.staff:
        with pytest.raises(NotFound):
            await desk_views.ticket_page(desk.conn, other.staff[login], number)


async def test_the_queue_is_paged_by_what_is_due_first(desk: Desk) -> None:
    for who in range(desk_views.PAGE + 3):
        await desk.asked(openid=f"c{who}", now=NOW + who * timedelta(minutes=1))
    first = await desk_views.queue(desk.conn, desk.staff["zhujian"], [State.ASSIGNED], "")
    assert first.next_key is not None
    second = await desk_views.queue(desk.conn, desk.staff["zhujian"], [State.ASSIGNED], first.next_key)
    numbers = [row["number"] for row in first.rows + second.rows]
    assert len(numbers) == len(set(numbers)) == desk_views.PAGE + 3
    assert [row["due_at"] for row in first.rows] == sorted(row["due_at"] for row in first.rows)
    odd = await desk_views.queue(desk.conn, desk.staff["zhujian"], [State.ASSIGNED], "nonsense~x")
    assert len(odd.rows) == desk_views.PAGE
    ended = await desk_views.queue(
        desk.conn, desk.staff["paidan"], [State.CLOSED], "x", desk_views.Narrow(department="zhujian")
    )
    assert ended.rows == []
