"""What is owed: in order, by pieces, held and given, and what a refusal says about the account."""

from __future__ import annotations

from datetime import timedelta

from servicedesk.domain.model import Delivery, State
from servicedesk.domain.sending import BREAKER_FAILURES, RIGHT_ASKED_AGAIN, SENDING_STOPPED, Refusal, Rung
from servicedesk.store import accounts, deliveries
from servicedesk.usecases import answering, delivery
from tests.desk import NOW, Desk, tap

SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)


async def reply(desk: Desk, number: str, body: str) -> None:
    await answering.reply(desk.conn, desk.staff["zhujian"], number, body, now=NOW)


async def claim(desk: Desk, *, after: timedelta = timedelta()) -> list[Delivery]:
    return await delivery.claim(desk.conn, [desk.account.id], now=NOW + after, wall=NOW + after, size=50)


async def refuse(desk: Desk, owed: Delivery, refusal: Refusal, code: int | None, *, after: timedelta = timedelta()) -> None:
    await delivery.refused(desk.conn, owed, refusal, errcode=code, now=NOW + after, wall=NOW + after)


async def test_nothing_is_sent_while_something_older_is_owed_to_the_same_citizen(desk: Desk) -> None:
    number = await desk.accepted()
    await reply(desk, number, "已派人上门。")
    await reply(desk, number, "还要两天。")
    (first,) = await claim(desk)
    assert await claim(desk) == []
    await refuse(desk, first, Refusal.AGAIN, -1)
    assert await claim(desk) == []
    (again,) = await claim(desk, after=5 * SECOND)
    assert again.id == first.id
    await delivery.sent(desk.conn, again, now=NOW, wall=NOW)
    (second,) = await claim(desk, after=5 * SECOND)
    assert second.body == "还要两天。"


async def test_a_lease_lives_by_the_true_time_whatever_a_demo_does_to_the_desks(desk: Desk) -> None:
    number = await desk.accepted()
    await reply(desk, number, "已派人上门。")
    assert len(await claim(desk)) == 1
    days = timedelta(days=3)
    assert await delivery.claim(desk.conn, [desk.account.id], now=NOW + days, wall=NOW + SECOND, size=5) == []
    assert len(await delivery.claim(desk.conn, [desk.account.id], now=NOW, wall=NOW + delivery.LEASE, size=5)) == 1


async def test_a_delivery_whose_worker_died_is_marked_as_perhaps_sent(desk: Desk) -> None:
    number = await desk.accepted()
    await reply(desk, number, "已派人上门。")
    await claim(desk)
    shown = await deliveries.of_ticket(desk.conn, await desk.ticket(number))
    assert [row["unsure"] for row in shown] == [False]
    (again,) = await claim(desk, after=delivery.LEASE)
    await delivery.sent(desk.conn, again, now=NOW, wall=NOW)
    shown = await deliveries.of_ticket(desk.conn, await desk.ticket(number))
    assert [(row["state"], row["unsure"]) for row in shown] == [("accepted", True)]


async def test_a_piece_that_has_gone_keeps_the_lease_and_does_not_go_again(desk: Desk) -> None:
    number = await desk.accepted()
    await reply(desk, number, "一句话。" * 500)
    (owed,) = await claim(desk)
    await delivery.part_sent(desk.conn, owed, 560, wall=NOW + 50 * SECOND)
    assert await claim(desk, after=delivery.LEASE) == []
    (rest,) = await claim(desk, after=delivery.LEASE + 50 * SECOND)
    assert (rest.sent_chars, rest.window_left) == (560, 4)


async def test_without_the_right_to_send_nothing_is_tried_until_the_next_day(desk: Desk) -> None:
    number = await desk.accepted()
    await reply(desk, number, "已派人上门。")
    (owed,) = await claim(desk)
    await refuse(desk, owed, Refusal.NO_RIGHT, 48001)
    await reply(desk, number, "还要两天。")
    (second,) = await claim(desk)
    assert delivery.rung_of(second, now=NOW) is Rung.PASSIVE_REPLY
    await delivery.hold_unsent(desk.conn, second, now=NOW, wall=NOW)
    assert await claim(desk, after=RIGHT_ASKED_AGAIN) == []
    assert {row["name"]: row["available"] for row in await accounts.capabilities(desk.conn, desk.account.id)} == {
        "customer_message": False
    }


async def test_a_right_that_was_granted_is_found_out_by_the_next_days_first_message(desk: Desk) -> None:
    number = await desk.accepted()
    await accounts.refuse_capability(
        desk.conn, desk.account.id, "customer_message", errcode=48001, wall=NOW, retry_at=NOW + RIGHT_ASKED_AGAIN
    )
    await reply(desk, number, "已派人上门。")
    (owed,) = await claim(desk, after=RIGHT_ASKED_AGAIN)
    assert delivery.rung_of(owed, now=NOW) is Rung.CUSTOMER_MESSAGE
    await delivery.sent(desk.conn, owed, now=NOW, wall=NOW + RIGHT_ASKED_AGAIN)
    (row,) = await accounts.capabilities(desk.conn, desk.account.id)
    assert (row["available"], row["errcode"], row["retry_at"]) == (True, None, None)


async def test_a_long_answer_of_an_account_without_the_right_is_given_piece_by_piece(desk: Desk) -> None:
    number = await desk.accepted()
    await accounts.refuse_capability(
        desk.conn, desk.account.id, "customer_message", errcode=48001, wall=NOW, retry_at=NOW + RIGHT_ASKED_AGAIN
    )
    body = "".join(f"第{n}句，说明情况。" for n in range(120))
    await answering.answer(desk.conn, desk.staff["zhujian"], number, body, now=NOW)
    (owed,) = await claim(desk)
    await delivery.hold_unsent(desk.conn, owed, now=NOW, wall=NOW)
    got = ""
    for _ in range(9):
        said = await desk.sends(tap("click", "PROGRESS"))
        assert said is not None
        if said.held is None:
            break
        held = said.facts["held"]
        assert len(held["body"].encode()) <= 1100
        assert held["first"] == (got == "")
        got += held["body"]
        assert held["last"] == (got == body)
        for _ in range(2):
            await delivery.given(desk.conn, desk.account.id, said.held, said.held_chars, now=NOW)
    assert got == body
    assert (await desk.ticket(number)).state is State.ANSWERED


async def test_a_scan_or_an_unknown_button_gives_what_is_held(desk: Desk) -> None:
    for event, key in (("scan", "42"), ("click", "SOMETHING_NEW")):
        number = await desk.accepted(openid=event)
        await reply(desk, number, "已派人上门。")
        (owed,) = await claim(desk)
        await delivery.hold(desk.conn, owed, now=NOW)
        said = await desk.sends(tap(event, key, openid=event))
        assert said is not None
        assert (said.template, said.facts["held"]["body"]) == ("held_only", "已派人上门。")
        assert await desk.sends(tap(event, key, openid="nobody-waits")) is None


async def test_one_who_leaves_is_given_nothing(desk: Desk) -> None:
    number = await desk.accepted()
    await reply(desk, number, "已派人上门。")
    (owed,) = await claim(desk)
    await delivery.hold(desk.conn, owed, now=NOW)
    assert await desk.sends(tap("unsubscribe")) is None


async def test_a_stopped_account_rests_and_its_neighbours_do_not(desk: Desk) -> None:
    first, second = await desk.accepted(openid="one"), await desk.accepted(openid="two")
    await reply(desk, first, "已派人上门。")
    (owed,) = await claim(desk)
    await refuse(desk, owed, Refusal.ACCOUNT_STOPPED, 40164)
    await reply(desk, second, "还要两天。")
    assert await claim(desk, after=SECOND) == []
    assert {each.openid for each in await claim(desk, after=SENDING_STOPPED + SECOND)} == {"one", "two"}


async def test_after_five_failures_in_a_row_the_account_rests_and_one_success_ends_it(desk: Desk) -> None:
    for n in range(BREAKER_FAILURES):
        number = await desk.accepted(openid=f"c{n}")
        await reply(desk, number, "已派人上门。")
    owed = await claim(desk)
    for each in owed:
        await refuse(desk, each, Refusal.AGAIN, 502)
    assert await claim(desk, after=4 * SECOND) == []
    probed = await claim(desk, after=6 * SECOND)
    assert len(probed) == BREAKER_FAILURES
    await refuse(desk, probed[0], Refusal.UNKNOWN, None, after=6 * SECOND)
    assert await claim(desk, after=15 * SECOND) == []
    await delivery.sent(desk.conn, probed[1], now=NOW, wall=NOW)
    assert len(await claim(desk, after=HOUR)) == BREAKER_FAILURES - 1


async def test_unsolved_with_a_number_reopens_that_ticket_and_not_the_newest(desk: Desk) -> None:
    first = await desk.answered(now=NOW)
    second = await desk.answered(now=NOW)
    said = await desk.says(f"未解决 {first}")
    assert said is not None
    assert said.facts["number"] == first
    assert (await desk.ticket(second)).state is State.ANSWERED
