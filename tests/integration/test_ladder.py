"""The ladder in the database: down it rung by rung, the citizen's leave, what people choose, calls, budgets."""

from __future__ import annotations

from datetime import timedelta

import pytest

from servicedesk.domain.errors import InvalidForm, NotFound, NotPermitted
from servicedesk.domain.model import Delivery, InboundMessage, State
from servicedesk.domain.sending import NOTICES, Refusal, Rung
from servicedesk.store import accounts, citizens, deliveries, rungs
from servicedesk.usecases import answering, delivery, granting, redelivering
from tests.desk import NOW, Desk, make_desk, tap

SECOND, DAY = timedelta(seconds=1), timedelta(days=1)


async def with_templates(desk: Desk, *which: Rung) -> None:
    for rung in which or NOTICES:
        await rungs.put_template(desk.conn, desk.account.id, rung, f"T-{rung}", {"thing1": "number"})


async def allows(desk: Desk, rung: Rung, key: str = "once", openid: str = "citizen-1", scene: str = "") -> None:
    citizen = await citizens.meet(desk.conn, desk.account.id, openid, now=NOW)
    await rungs.add_grant(
        desk.conn, desk.account.id, citizen.id, rung, template_id=f"T-{rung}", scene=scene, dedupe_key=key, now=NOW
    )


async def answer(desk: Desk, number: str, body: str = "已经修好了。") -> None:
    await answering.answer(desk.conn, desk.staff["zhujian"], number, body, now=NOW)


async def claim(desk: Desk, *, after: timedelta = timedelta(), size: int = 50) -> list[Delivery]:
    return await delivery.claim(desk.conn, [desk.account.id], now=NOW + after, wall=NOW + after, size=size)


async def refuse(desk: Desk, owed: Delivery, rung: Rung, refusal: Refusal, code: int) -> None:
    await delivery.refused(desk.conn, owed, refusal, errcode=code, now=NOW, wall=NOW, rung=rung)


def rung_of(owed: Delivery) -> Rung:
    return delivery.rung_of(owed, now=NOW)


async def stuck_one(desk: Desk, number: str) -> int:
    """An answer that is held."""
    await answer(desk, number)
    (owed,) = await claim(desk)
    await delivery.hold(desk.conn, owed, now=NOW)
    return owed.id


async def test_each_refusal_goes_one_rung_down_until_the_answer_is_held(desk: Desk) -> None:
    await with_templates(desk)
    number = await desk.accepted()
    for rung in (Rung.ONE_TIME_SUBSCRIPTION, Rung.SUBSCRIPTION_NOTICE):
        await allows(desk, rung, key=rung)
    await answer(desk, number)
    seen = []
    for refusal, code in (
        (Refusal.WINDOW_CLOSED, 45015), (Refusal.UNREACHABLE, 43019), (Refusal.NO_RIGHT, 48001), (Refusal.UNREACHABLE, 43101),
    ):  # fmt: skip
        (owed,) = await claim(desk)
        seen.append(rung_of(owed))
        await refuse(desk, owed, seen[-1], refusal, code)
    assert seen == [Rung.CUSTOMER_MESSAGE, *NOTICES]
    assert await claim(desk, after=DAY) == []
    (row,) = await deliveries.of_ticket(desk.conn, await desk.ticket(number))
    assert (row["state"], row["rung"]) == ("held", Rung.PASSIVE_REPLY)
    tried = await deliveries.attempts_of(desk.conn, await desk.ticket(number))
    assert [(each["rung"], each["outcome"], each["errcode"]) for each in tried] == [
        ("customer_message", "refused", 45015), ("one_time_subscription", "refused", 43019),
        ("template_message", "refused", 48001), ("subscription_notice", "refused", 43101),
    ]  # fmt: skip
    rights = {row["name"]: row["available"] for row in await accounts.capabilities(desk.conn, desk.account.id)}
    assert rights == {"template_message": False}


async def test_an_answer_that_a_notice_carried_is_given_and_uses_the_leave_up(desk: Desk) -> None:
    await with_templates(desk, Rung.ONE_TIME_SUBSCRIPTION)
    number = await desk.accepted()
    await allows(desk, Rung.ONE_TIME_SUBSCRIPTION)
    await answer(desk, number)
    (owed,) = await claim(desk)
    await refuse(desk, owed, Rung.CUSTOMER_MESSAGE, Refusal.WINDOW_CLOSED, 45047)
    (again,) = await claim(desk)
    await delivery.sent(desk.conn, again, now=NOW, wall=NOW, rung=rung_of(again))
    ticket = await desk.ticket(number)
    assert ticket.state is State.ANSWERED
    (row,) = await deliveries.of_ticket(desk.conn, ticket)
    assert (row["state"], row["rung"]) == ("accepted", "one_time_subscription")
    assert await rungs.oldest_grant(desk.conn, desk.account.id, ticket.citizen_id, Rung.ONE_TIME_SUBSCRIPTION) is None


async def test_a_leave_that_was_given_twice_is_good_for_two(desk: Desk) -> None:
    await with_templates(desk, Rung.ONE_TIME_SUBSCRIPTION)
    number = await desk.accepted()
    for key, scene in (("one", "1"), ("one", "1"), ("two", "2"), ("three", "2")):  # one scene does not add up
        await allows(desk, Rung.ONE_TIME_SUBSCRIPTION, key=key, scene=scene)
    citizen_id = (await desk.ticket(number)).citizen_id
    for left in (True, True, False):
        found = await rungs.oldest_grant(desk.conn, desk.account.id, citizen_id, Rung.ONE_TIME_SUBSCRIPTION)
        assert (found is not None) is left
        await rungs.use_grant(desk.conn, desk.account.id, citizen_id, Rung.ONE_TIME_SUBSCRIPTION, now=NOW)


async def test_a_new_contact_begins_at_the_top_of_the_ladder_again(desk: Desk) -> None:
    number = await desk.accepted()
    long = "请按照说明逐项核对。" * 60
    await answer(desk, number, long)
    (owed,) = await claim(desk)
    await refuse(desk, owed, Rung.CUSTOMER_MESSAGE, Refusal.UNREACHABLE, 43004)
    await desk.says("我又关注了")
    (again,) = await claim(desk)
    assert rung_of(again) is Rung.CUSTOMER_MESSAGE


async def test_one_time_leave_counts_only_for_the_accounts_own_template_and_once(desk: Desk) -> None:
    who = (await citizens.meet(desk.conn, desk.account.id, "c", now=NOW)).id
    assert not await granting.one_time(desk.conn, desk.account.id, who, template_id="T", scene="1", token="signed", now=NOW)
    await with_templates(desk, Rung.ONE_TIME_SUBSCRIPTION)
    for template_id, granted in (("another", False), ("T-one_time_subscription", True), ("T-one_time_subscription", True)):
        said = await granting.one_time(
            desk.conn, desk.account.id, who, template_id=template_id, scene="1", token="signed", now=NOW
        )
        assert said is granted
    assert await desk.conn.fetchval("SELECT count(*) FROM citizen_grant") == 1


@pytest.mark.parametrize("as_list", [True, False])
async def test_notices_are_allowed_and_taken_back_by_events(desk: Desk, as_list: bool) -> None:
    await with_templates(desk, Rung.SUBSCRIPTION_NOTICE)

    def event(name: str, status: str, key: str) -> InboundMessage:
        each = {"TemplateId": "T-subscription_notice", "SubscribeStatusString": status}
        inner = {"List": [each, {"TemplateId": "other", "SubscribeStatusString": "accept"}] if as_list else each}
        kind = "subscribe_msg_popup_event" if name == "SubscribeMsgPopupEvent" else "subscribe_msg_change_event"
        return InboundMessage(key, "citizen-1", "event", event=kind, payload={name: inner})

    async def left() -> int:
        return int(await desk.conn.fetchval("SELECT count(*) FROM citizen_grant WHERE used_at IS NULL"))

    for key in ("e:1", "e:1", "e:2"):
        await desk.sends(event("SubscribeMsgPopupEvent", "accept", key))
    assert await left() == 2
    await desk.sends(event("SubscribeMsgChangeEvent", "reject", "e:3"))
    assert await left() == 0


async def test_an_account_sends_no_more_a_minute_than_it_may(desk: Desk) -> None:
    await desk.conn.execute("UPDATE account SET sends_per_minute = 6")
    for n in range(10):
        await answer(desk, await desk.accepted(openid=f"c{n}"))
    assert len(await claim(desk)) == 6
    assert await claim(desk) == []
    assert len(await claim(desk, after=10 * SECOND)) == 1
    assert len(await claim(desk, after=30 * SECOND)) == 2
    await desk.conn.execute("UPDATE delivery SET state = 'failed', next_try_at = NULL")
    assert await claim(desk, after=DAY) == []


async def test_a_minute_that_was_not_used_is_not_saved_up_for_long(desk: Desk) -> None:
    await desk.conn.execute("UPDATE account SET sends_per_minute = 3")
    for n in range(10):
        await answer(desk, await desk.accepted(openid=f"c{n}"))
    assert len(await claim(desk, after=DAY)) == 3


async def test_one_accounts_flood_does_not_delay_anothers_answer(desk: Desk) -> None:
    neighbour = await make_desk(desk.conn, "lindeng")
    for n in range(12):
        await answer(desk, await desk.accepted(openid=f"c{n}"))
    await answer(neighbour, await neighbour.accepted())
    both = [desk.account.id, neighbour.account.id]
    claimed = await delivery.claim(desk.conn, both, now=NOW, wall=NOW, size=6)
    assert sorted({owed.account_id for owed in claimed}) == sorted(both)


async def test_a_person_chooses_the_way_and_the_ladder_goes_on_below_it(desk: Desk) -> None:
    await with_templates(desk, Rung.TEMPLATE_MESSAGE)
    number = await desk.accepted()
    which = await stuck_one(desk, number)
    await redelivering.put_on_rung(desk.conn, desk.staff["zhujian"], number, which, "template_message", now=NOW, wall=NOW)
    (owed,) = await claim(desk)
    assert rung_of(owed) is Rung.TEMPLATE_MESSAGE
    await refuse(desk, owed, Rung.TEMPLATE_MESSAGE, Refusal.NO_RIGHT, 48001)
    (row,) = await deliveries.of_ticket(desk.conn, await desk.ticket(number))
    assert row["state"] == "held"


async def test_a_person_may_hold_what_is_being_tried(desk: Desk) -> None:
    number = await desk.accepted()
    await answer(desk, number)
    (row,) = await deliveries.of_ticket(desk.conn, await desk.ticket(number))
    await redelivering.put_on_rung(
        desk.conn, desk.staff["zhujian"], number, row["delivery_id"], "passive_reply", now=NOW, wall=NOW
    )
    assert await claim(desk) == []
    with pytest.raises(InvalidForm):
        await redelivering.put_on_rung(
            desk.conn, desk.staff["zhujian"], number, row["delivery_id"], "pigeon", now=NOW, wall=NOW
        )


async def test_nobody_decides_about_what_is_being_sent_at_this_moment(desk: Desk) -> None:
    number = await desk.accepted()
    await answer(desk, number)
    (owed,) = await claim(desk)
    with pytest.raises(NotFound):
        await redelivering.resend(desk.conn, desk.staff["zhujian"], number, owed.id, now=NOW, wall=NOW)


async def test_a_call_that_reached_the_citizen_answers_the_ticket_and_says_who_called(desk: Desk) -> None:
    number = await desk.accepted()
    which = await stuck_one(desk, number)
    zhujian = desk.staff["zhujian"]
    await redelivering.record_call(desk.conn, zhujian, number, which, "10点没人接", reached=False, now=NOW, wall=NOW)
    assert (await desk.ticket(number)).state is State.ANSWERING
    await redelivering.record_call(desk.conn, zhujian, number, which, "11点本人接听", reached=True, now=NOW, wall=NOW)
    ticket = await desk.ticket(number)
    assert ticket.state is State.ANSWERED
    tried = await deliveries.attempts_of(desk.conn, ticket)
    assert [(each["rung"], each["outcome"], each["staff_name"], each["words"]) for each in tried] == [
        ("phone_call", "refused", "zhujian某", "10点没人接"), ("phone_call", "accepted", "zhujian某", "11点本人接听"),
    ]  # fmt: skip
    assert (await desk.balance())["answered"] == 1


async def test_a_call_may_answer_what_the_platform_had_refused_for_good(desk: Desk) -> None:
    number = await desk.accepted()
    await answer(desk, number)
    (owed,) = await claim(desk)
    await refuse(desk, owed, Rung.CUSTOMER_MESSAGE, Refusal.REJECTED, 45002)
    await redelivering.record_call(desk.conn, desk.staff["duban"], number, owed.id, "已说清", reached=True, now=NOW, wall=NOW)
    assert (await desk.ticket(number)).state is State.ANSWERED


async def test_a_call_needs_words(desk: Desk) -> None:
    number = await desk.accepted()
    which = await stuck_one(desk, number)
    for words in (" ", "长" * 501):
        with pytest.raises(InvalidForm):
            await redelivering.record_call(
                desk.conn, desk.staff["zhujian"], number, which, words, reached=True, now=NOW, wall=NOW
            )


async def test_the_page_of_what_is_owed_shows_a_department_its_own_and_editors_nothing(desk: Desk) -> None:
    first = await desk.accepted()
    await stuck_one(desk, first)
    second = await desk.accepted(openid="c2")
    await answer(desk, second)
    for login, numbers in (("zhujian", [first]), ("duban", [first]), ("jiaoyu", [])):
        shown = await redelivering.stuck(desk.conn, desk.staff[login], after=0, now=NOW)
        assert [row["number"] for row in shown.rows] == numbers
    later = await redelivering.stuck(desk.conn, desk.staff["duban"], after=0, now=NOW + redelivering.LATE + SECOND)
    assert [(row["number"], row["state"]) for row in later.rows] == [(first, "held"), (second, "owed")]
    assert later.counts == {"held": 1, "owed": 1}
    with pytest.raises(NotPermitted):
        await redelivering.stuck(desk.conn, desk.staff["bianji"], after=0, now=NOW)


async def test_another_departments_delivery_is_nobody_elses_to_mend(desk: Desk) -> None:
    number = await desk.accepted()
    which = await stuck_one(desk, number)
    with pytest.raises(NotPermitted):
        await redelivering.resend(desk.conn, desk.staff["jiaoyu"], number, which, now=NOW, wall=NOW)
    other = await desk.accepted(openid="c2")
    with pytest.raises(NotFound):
        await redelivering.resend(desk.conn, desk.staff["zhujian"], other, which, now=NOW, wall=NOW)


async def test_a_menu_tap_gives_what_a_person_held(desk: Desk) -> None:
    number = await desk.accepted()
    await stuck_one(desk, number)
    said = await desk.sends(tap("click", "PROGRESS"))
    assert said is not None
    assert said.facts["held"]["number"] == number


async def test_what_waits_on_a_lower_rung_goes_by_a_customer_message_once_the_citizen_writes(desk: Desk) -> None:
    await with_templates(desk, Rung.TEMPLATE_MESSAGE)
    number = await desk.accepted()
    await answer(desk, number)
    (owed,) = await claim(desk)
    await refuse(desk, owed, Rung.CUSTOMER_MESSAGE, Refusal.WINDOW_CLOSED, 45015)
    (again,) = await claim(desk)
    await refuse(desk, again, Rung.TEMPLATE_MESSAGE, Refusal.AGAIN, -1)
    await desk.says("好了没有", now=NOW + SECOND)
    (at_once,) = await claim(desk, after=SECOND)
    assert (at_once.id, rung_of(at_once)) == (owed.id, Rung.CUSTOMER_MESSAGE)


@pytest.mark.parametrize(("refusal", "code"), [(Refusal.QUOTA, 45009), (Refusal.REJECTED, 45002)])
async def test_what_a_notice_cannot_carry_now_waits_for_the_next_contact(desk: Desk, refusal: Refusal, code: int) -> None:
    await with_templates(desk, Rung.TEMPLATE_MESSAGE)
    number = await desk.accepted()
    await answer(desk, number)
    (owed,) = await claim(desk)
    await refuse(desk, owed, Rung.TEMPLATE_MESSAGE, refusal, code)
    (row,) = await deliveries.of_ticket(desk.conn, await desk.ticket(number))
    assert row["state"] == "held"


async def test_a_refusal_that_comes_late_leaves_the_window_that_was_opened_since(desk: Desk) -> None:
    number = await desk.accepted()
    await answer(desk, number)
    (owed,) = await claim(desk)
    await desk.says("还在吗", now=NOW + SECOND)
    await refuse(desk, owed, Rung.CUSTOMER_MESSAGE, Refusal.WINDOW_CLOSED, 45015)
    (again,) = await claim(desk, after=SECOND)
    assert (again.id, rung_of(again), again.window_left) == (owed.id, Rung.CUSTOMER_MESSAGE, 5)


async def test_a_held_answer_is_not_said_into_events_that_take_no_answer(desk: Desk) -> None:
    number = await desk.accepted()
    await stuck_one(desk, number)
    for event in ("subscribe_msg_change_event", "subscribe_msg_popup_event", "templatesendjobfinish"):
        assert await desk.sends(tap(event)) is None
    assert (await desk.ticket(number)).state is State.ANSWERING


async def test_a_held_answer_goes_out_once_the_citizen_allows_a_notice(desk: Desk) -> None:
    await with_templates(desk, Rung.ONE_TIME_SUBSCRIPTION)
    number = await desk.accepted()
    await stuck_one(desk, number)
    who = (await desk.ticket(number)).citizen_id
    assert await granting.one_time(
        desk.conn, desk.account.id, who, template_id="T-one_time_subscription", scene="1", token="signed", now=NOW
    )
    await desk.conn.execute("UPDATE citizen SET window_left = 0")
    (owed,) = await claim(desk)
    assert rung_of(owed) is Rung.ONE_TIME_SUBSCRIPTION


async def test_answers_are_given_before_automatic_texts(desk: Desk) -> None:
    number = await desk.accepted()
    ticket = await desk.ticket(number)
    await deliveries.owe(desk.conn, ticket, purpose="notice", body="别人也问过", answer_id=None, by=None, now=NOW)
    await answer(desk, number)
    for owed in (*await claim(desk), *await claim(desk)):
        await delivery.hold(desk.conn, owed, now=NOW)
    for owed in await claim(desk):
        await delivery.hold(desk.conn, owed, now=NOW)
    said = await desk.sends(tap("click", "PROGRESS"))
    assert said is not None
    assert said.facts["held"]["body"] == "已经修好了。"


async def test_accounts_without_budget_do_not_crowd_out_those_that_have_some(desk: Desk) -> None:
    neighbour = await make_desk(desk.conn, "lindeng")
    await answer(desk, await desk.accepted())
    await answer(neighbour, await neighbour.accepted())
    await desk.conn.execute(
        "UPDATE sending_budget SET sends_left = 0, counted_at = $2 WHERE account_id = $1", desk.account.id, NOW - DAY
    )
    await desk.conn.execute("UPDATE account SET sends_per_minute = 1 WHERE account_id = $1", desk.account.id)
    await desk.conn.execute("UPDATE sending_budget SET counted_at = $2 WHERE account_id = $1", desk.account.id, NOW)
    both = [desk.account.id, neighbour.account.id]
    claimed = await delivery.claim(desk.conn, both, now=NOW, wall=NOW, size=1)
    assert [owed.account_id for owed in claimed] == [neighbour.account.id]
