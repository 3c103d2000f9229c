"""Intake: one transaction keeps, threads, routes, dates and answers; nothing is lost and nothing is doubled."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from servicedesk.domain.model import InboundMessage, State
from servicedesk.store import accounts, citizens, deadlines, messages, tickets
from servicedesk.store.db import Pool, transaction
from servicedesk.usecases import answering, answering_alike, assigning, intake, publishing
from tests.desk import NOW, Desk, message, tap

HOUR = timedelta(hours=1)


async def test_an_inquiry_gets_number_department_and_date_at_once(desk: Desk) -> None:
    reply = await desk.says("家里暖气不热怎么办")
    assert reply is not None
    assert reply.template == "received"
    assert reply.facts["number"] == "20261125-0001"
    assert reply.facts["department"] == "县住房和城乡建设局"
    assert reply.facts["promised_on"] == "2026-11-30"
    ticket = await desk.ticket("20261125-0001")
    assert (ticket.state, ticket.routing["reasons"][0]["keyword"]) == (State.ASSIGNED, "暖气")
    assert {row["kind"] for row in await deadlines.of_ticket(desk.conn, ticket)} == {"acceptance", "first_reply", "resolution"}
    assert (await desk.balance())["received"] == 1


async def test_an_unclear_inquiry_goes_to_triage_and_is_still_promised_a_date(desk: Desk) -> None:
    reply = await desk.says("你好,有人吗")
    assert reply is not None
    assert (reply.facts["department"], reply.facts["promised_on"]) == (None, "2026-11-26")
    assert (await desk.ticket(reply.facts["number"])).state is State.TRIAGE


async def test_a_message_sent_three_times_makes_one_ticket_and_gets_one_reply(desk: Desk) -> None:
    replies = [await desk.says("暖气不热", key="m:77") for _ in range(3)]
    assert replies[0] == replies[1] == replies[2]
    assert (await desk.balance())["received"] == 1
    ticket = await desk.ticket("20261125-0001")
    assert len(await messages.of_ticket(desk.conn, ticket)) == 1


async def test_two_processes_given_the_same_retry_at_once_make_one_ticket(desk: Desk, pool: Pool) -> None:
    inbound = message("暖气不热", key="m:race")

    async def take() -> object:
        async with transaction(pool) as conn:
            return await intake.receive(conn, desk.account, inbound, now=NOW, wall=NOW)

    replies = await asyncio.gather(*(take() for _ in range(5)))
    assert all(reply == replies[0] for reply in replies)
    assert (await desk.balance())["received"] == 1


async def test_two_pictures_a_moment_apart_in_two_processes_make_one_ticket(desk: Desk, pool: Pool) -> None:
    async def take(inbound: InboundMessage) -> None:
        async with transaction(pool) as conn:
            await intake.receive(conn, desk.account, inbound, now=NOW, wall=NOW)

    pictures = [InboundMessage(f"m:pic{n}", "burst", "image", media_id=f"media-{n}") for n in range(4)]
    await asyncio.gather(*(take(picture) for picture in pictures))
    assert (await desk.balance())["received"] == 1
    ticket = await desk.ticket("20261125-0001")
    assert sorted(row["media_state"] for row in await messages.of_ticket(desk.conn, ticket)) == ["owed"] * 4


async def test_many_citizens_at_once_each_get_their_own_number(desk: Desk, pool: Pool) -> None:
    async def take(who: int) -> str:
        async with transaction(pool) as conn:
            reply = await intake.receive(conn, desk.account, message("暖气不热", openid=f"c{who}"), now=NOW, wall=NOW)
            assert reply is not None
            return str(reply.facts["number"])

    numbers = await asyncio.gather(*(take(who) for who in range(40)))
    assert len(set(numbers)) == 40


async def test_the_words_after_a_picture_route_the_ticket(desk: Desk) -> None:
    await desk.sends(InboundMessage("m:p", "citizen-1", "image", media_id="x"))
    assert (await desk.ticket("20261125-0001")).state is State.TRIAGE
    reply = await desk.says("这是我家暖气,投诉物业不管")
    assert reply is not None
    assert reply.template == "joined"
    assert reply.facts["department"] == "县住房和城乡建设局"
    ticket = await desk.ticket("20261125-0001")
    assert (ticket.state, ticket.kind) == (State.ASSIGNED, "complaint")
    assert (await desk.balance())["received"] == 1


async def test_after_an_answer_a_new_question_is_a_new_ticket_linked_to_the_old(desk: Desk) -> None:
    number = await desk.answered()
    follow_up = await desk.asked("那什么时候再来看看", now=NOW + HOUR)
    ticket = await desk.ticket(follow_up)
    former = await desk.ticket(number)
    assert ticket.follows_id == former.id
    assert (ticket.department_id, ticket.routing["by"]) == (former.department_id, "follow_up")
    assert (await desk.balance()) == {"received": 2, "answered": 1, "open": 1, "merged": 0, "withdrawn": 0}


async def test_thanks_join_the_ticket_and_open_none(desk: Desk) -> None:
    number = await desk.answered()
    reply = await desk.says("好的,谢谢!")
    assert reply is not None
    assert reply.template == "thanks"
    assert (await desk.balance())["received"] == 1
    assert (await messages.of_ticket(desk.conn, await desk.ticket(number)))[-1]["body"] == "好的,谢谢!"


async def test_progress_tells_stage_department_and_date(desk: Desk) -> None:
    number = await desk.accepted()
    for inbound in (message("进度"), tap("click", "PROGRESS"), message(f"进度 {number}")):
        reply = await desk.sends(inbound)
        assert reply is not None
        assert reply.template == "progress"
        row = reply.facts["tickets"][0]
        assert (row["number"], row["state"], row["department"]) == (number, "accepted", "县住房和城乡建设局")
        assert row["promised_on"] == "2026-11-30"


async def test_progress_of_somebody_elses_number_shows_only_ones_own(desk: Desk) -> None:
    other = await desk.asked(openid="somebody-else")
    reply = await desk.says(f"进度 {other}", openid="me")
    assert reply is not None
    assert reply.facts["tickets"] == []


async def test_a_citizen_takes_an_inquiry_back(desk: Desk) -> None:
    number = await desk.asked()
    reply = await desk.says("撤回")
    assert reply is not None
    assert reply.template == "withdrawn"
    ticket = await desk.ticket(number)
    assert (ticket.state, ticket.withdrawal) == (State.WITHDRAWN, "撤回")
    assert all(row["ended_at"] is not None for row in await deadlines.of_ticket(desk.conn, ticket))
    assert (await desk.balance())["withdrawn"] == 1
    nothing = await desk.says("撤回")
    assert nothing is not None
    assert nothing.template == "withdraw_which"


async def test_unsolved_reopens_the_ticket_with_its_original_clock(desk: Desk) -> None:
    number = await desk.answered()
    before = (await deadlines.of_ticket(desk.conn, await desk.ticket(number)))[-1]
    reply = await desk.says("未解决", now=NOW + timedelta(days=2))
    assert reply is not None
    assert reply.template == "reopened"
    ticket = await desk.ticket(number)
    after = (await deadlines.of_ticket(desk.conn, ticket))[-1]
    assert ticket.state is State.ACCEPTED
    assert (after["due_at"], after["met_at"], after["started_at"]) == (before["due_at"], None, before["started_at"])
    assert after["next_step"] is not None
    assert (await desk.balance())["open"] == 1


async def test_unsolved_without_an_answer_is_a_word_of_the_open_ticket(desk: Desk) -> None:
    await desk.asked()
    reply = await desk.says("未解决")
    assert reply is not None
    assert reply.template == "joined"
    tapped = await desk.sends(tap("click", "UNSOLVED"))
    assert tapped is not None
    assert tapped.template == "progress"


async def test_following_and_leaving_are_kept(desk: Desk) -> None:
    welcome = await desk.sends(tap("subscribe"))
    assert welcome is not None
    assert welcome.template == "welcome"
    assert await desk.sends(tap("unsubscribe")) is None
    citizen = await citizens.meet(desk.conn, desk.account.id, "citizen-1", now=NOW)
    assert not citizen.following


async def test_a_message_opens_the_reply_window_and_a_tap_a_small_one(desk: Desk) -> None:
    await desk.sends(tap("click", "ASK"))
    small = await citizens.meet(desk.conn, desk.account.id, "citizen-1", now=NOW)
    assert (small.window_closes_at, small.window_left) == (NOW + timedelta(minutes=1), 3)
    await desk.says("暖气不热")
    await desk.sends(tap("click", "ASK"))
    large = await citizens.meet(desk.conn, desk.account.id, "citizen-1", now=NOW)
    assert (large.window_closes_at, large.window_left) == (NOW + timedelta(hours=48), 5)


async def test_a_kind_not_known_is_kept_and_needs_no_reply(desk: Desk) -> None:
    strange = InboundMessage("m:strange", "o", "other", payload={"MsgType": "hologram"})
    assert await desk.sends(strange) is None
    assert await desk.sends(strange) is None
    rows = await desk.conn.fetch("SELECT payload FROM inbound WHERE account_id = $1", desk.account.id)
    assert [row["payload"] for row in rows] == [{"MsgType": "hologram"}]


async def test_a_held_answer_is_given_at_the_next_contact(desk: Desk) -> None:
    number = await desk.accepted()
    late = NOW + timedelta(days=5)
    await answering.answer(desk.conn, desk.staff["zhujian"], number, "阀门已更换。", now=late)
    await _hold_all(desk, late)
    reply = await desk.sends(tap("click", "PROGRESS"), now=late + HOUR)
    assert reply is not None
    assert reply.held is not None
    assert reply.facts["held"] == {
        "number": number,
        "department": "县住房和城乡建设局",
        "body": "阀门已更换。",
        "first": True,
        "last": True,
        "has_files": False,
    }
    assert (await desk.ticket(number)).state is State.ANSWERING


async def test_a_held_answer_too_long_for_a_reply_is_sent_now_that_the_window_is_open(desk: Desk) -> None:
    number = await desk.accepted()
    late = NOW + timedelta(days=5)
    await answering.answer(desk.conn, desk.staff["zhujian"], number, "很长的答复。" * 200, now=late)
    await _hold_all(desk, late)
    reply = await desk.says("有结果吗", now=late + HOUR)
    assert reply is not None
    assert reply.held is None
    assert await desk.deliver(now=late + HOUR) == 1
    assert (await desk.ticket(number)).state is State.ANSWERED


async def test_up_to_three_published_answers_that_look_alike_are_shown(desk: Desk) -> None:
    editor = desk.staff["bianji"]
    for who in range(5):
        number = await desk.answered(openid=f"asker-{who}", body="请先排气,仍不热请拨打热力公司电话。")
        proposal = await publishing.propose(desk.conn, editor, number)
        await publishing.publish(
            desk.conn, editor, number, title="家里暖气不热怎么办", seal=proposal.seal, for_digest=False,
            now=NOW,
        )  # fmt: skip
    assert await answering_alike.index_owed(desk.conn, [desk.account.id], size=9) == 5
    reply = await desk.says("我家的暖气不热,怎么办", openid="newcomer")
    assert reply is not None
    assert [row["title"] for row in reply.facts["alike"]] == ["家里暖气不热怎么办"] * 3
    silent = await desk.says("孩子上学的事", openid="another")
    assert silent is not None
    assert silent.facts["alike"] == []


async def test_a_calendar_without_working_time_costs_no_inquiry_its_date(desk: Desk) -> None:
    await desk.conn.execute("UPDATE account SET work_intervals = '[]' WHERE account_id = $1", desk.account.id)
    desk.account = await accounts.by_id(desk.conn, desk.account.id)
    number = await desk.asked()
    assert (await desk.ticket(number)).due_at == NOW + timedelta(hours=2)


async def test_a_returned_ticket_is_not_routed_by_machine_again(desk: Desk) -> None:
    number = await desk.asked()
    await assigning.give_back(desk.conn, desk.staff["zhujian"], number, "1", "不属于供热范围", now=NOW)
    await desk.says("还是暖气的事")
    assert (await desk.ticket(number)).state is State.TRIAGE


async def test_the_queue_shows_every_open_ticket(desk: Desk) -> None:
    for who in range(3):
        await desk.asked(openid=f"a{who}")
    await desk.says("说不清的事", openid="b")
    counted = await tickets.count_by_state(desk.conn, desk.account.id, None)
    assert counted == {State.ASSIGNED: 3, State.TRIAGE: 1}


async def _hold_all(desk: Desk, now: object) -> None:
    await desk.conn.execute(
        "UPDATE delivery SET state = 'held', rung = 'passive_reply', next_try_at = NULL, lease_until = NULL WHERE account_id = $1"
        " AND state = 'owed'",
        desk.account.id,
    )


async def test_a_question_asked_while_an_answer_is_on_its_way_is_a_ticket_of_its_own(desk: Desk) -> None:
    first = await desk.accepted()
    await answering.answer(desk.conn, desk.staff["zhujian"], first, "暖气修好了。", now=NOW)
    second = await desk.asked("另外想问孩子上学的事")
    await desk.deliver()
    assert (await desk.ticket(first)).state is State.ANSWERED
    assert (await desk.ticket(second)).state is State.ASSIGNED
    assert (await desk.balance())["open"] == 1


async def test_a_word_longer_than_any_index_takes_costs_no_message(desk: Desk) -> None:
    assert await desk.asked("暖气" + "a" * 3000)
