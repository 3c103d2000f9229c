"""A word before the window closes, and being forgotten after leaving."""

from __future__ import annotations

from datetime import timedelta

from servicedesk.domain.model import Account, State
from servicedesk.domain.sending import Rung
from servicedesk.render import Pages
from servicedesk.usecases import answering, delivery, desk_views, keeping
from tests.desk import NOW, Desk, message, tap

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LAST_HOURS = NOW + timedelta(hours=47)


def words(_account: Account, facts: dict[str, object]) -> str:
    return f"{facts['number']} {facts['promised_on']} {facts['late']}"


async def said(desk: Desk, after: timedelta) -> int:
    return await keeping.say_before_closing(desk.conn, [desk.account.id], words, now=NOW + after)


async def test_a_word_is_owed_in_the_last_two_hours_of_the_window_and_once(desk: Desk) -> None:
    number = await desk.accepted()
    assert await said(desk, 45 * HOUR) == 0
    assert await said(desk, 47 * HOUR) == 1
    assert await said(desk, 47 * HOUR) == 0
    row = await desk.conn.fetchrow("SELECT purpose, body, staff_id FROM delivery")
    assert row is not None
    assert (row["purpose"], row["staff_id"]) == ("notice", None)
    assert row["body"].startswith(number)
    await desk.deliver(now=LAST_HOURS)
    assert await desk.conn.fetchval("SELECT count(*) FROM deadline WHERE met_at IS NOT NULL AND kind <> 'acceptance'") == 0
    assert (await desk.ticket(number)).state is State.ACCEPTED
    assert await said(desk, 47 * HOUR + HOUR / 2) == 0


async def test_nobody_is_told_who_was_answered_or_heard_a_person_or_whose_account_may_not(desk: Desk) -> None:
    await desk.answered(openid="answered")
    replied = await desk.accepted(openid="replied")
    await answering.reply(desk.conn, desk.staff["zhujian"], replied, "已派人上门。", now=NOW + HOUR)
    await desk.deliver(now=NOW + HOUR)
    left = await desk.accepted(openid="left")
    await desk.sends(tap("unsubscribe", openid="left"), now=NOW + HOUR)
    assert await said(desk, 47 * HOUR) == 0
    await desk.accepted(openid="silent")
    await desk.conn.execute("UPDATE account SET word_before_closing = false")
    assert await said(desk, 47 * HOUR) == 0
    await desk.conn.execute("UPDATE account SET word_before_closing = true")
    assert await said(desk, 47 * HOUR) == 1
    assert (await desk.ticket(left)).state is State.ACCEPTED


async def test_after_the_retention_time_nothing_links_a_case_to_one_who_left(desk: Desk) -> None:
    number = await desk.answered(openid="oWhoLeft")
    await desk.sends(message("进度", openid="oWhoLeft"), now=NOW + HOUR)
    await desk.sends(tap("unsubscribe", openid="oWhoLeft"), now=NOW + DAY)
    assert await keeping.forget_who_left(desk.conn, [desk.account.id], now=NOW + 30 * DAY) == 0
    assert await keeping.forget_who_left(desk.conn, [desk.account.id], now=NOW + 32 * DAY) == 1
    assert await keeping.forget_who_left(desk.conn, [desk.account.id], now=NOW + 32 * DAY) == 0
    for query in (
        "SELECT count(*) FROM citizen WHERE openid = 'oWhoLeft'", "SELECT count(*) FROM inbound WHERE openid = 'oWhoLeft'",
        "SELECT count(*) FROM inbound WHERE payload::text LIKE '%oWhoLeft%'",
    ):  # fmt: skip
        assert await desk.conn.fetchval(query) == 0
    ticket = await desk.ticket(number)
    assert ticket.state is State.ANSWERED
    assert (await desk.balance())["answered"] == 1
    await desk.asked(openid="oWhoLeft", now=NOW + 40 * DAY)
    assert (await desk.balance())["received"] == 2


async def test_one_who_left_is_not_forgotten_while_a_ticket_is_open_or_they_came_back(desk: Desk) -> None:
    number = await desk.accepted(openid="open")
    await desk.answered(openid="back")
    for openid in ("open", "back"):
        await desk.sends(tap("unsubscribe", openid=openid), now=NOW + HOUR)
    await desk.sends(tap("subscribe", openid="back"), now=NOW + DAY)
    assert await keeping.forget_who_left(desk.conn, [desk.account.id], now=NOW + 90 * DAY) == 0
    await answering.answer(desk.conn, desk.staff["zhujian"], number, "已修好。", now=NOW + DAY)
    for owed in await delivery.claim(desk.conn, [desk.account.id], now=NOW + DAY, wall=NOW + DAY, size=5):
        await delivery.accepted(desk.conn, owed.account_id, owed.id, rung=Rung.CUSTOMER_MESSAGE, now=NOW + DAY)
    assert await keeping.forget_who_left(desk.conn, [desk.account.id], now=NOW + 90 * DAY) == 1


async def test_a_queue_shows_when_the_reply_window_of_a_ticket_closes(desk: Desk) -> None:
    await desk.asked()
    view = await desk_views.queue(desk.conn, desk.staff["zhujian"], [State.ASSIGNED], "")
    html = Pages().html(
        "staff/queue.html", view=view, now=NOW + 45 * HOUR, tab="open", counts=dict.fromkeys(
            ("open", "assigned", "accepted", "answering", "answered", "ended"), 0), department=None, kind=None, kinds=(),
        account=desk.account, zone=desk.account.zone, actor=desk.staff["zhujian"], nav=(), path="/tickets",
        path_qs="/tickets", csrf="", problem=None,
    )  # fmt: skip
    assert "微信窗口 10:00 关闭" in html


async def test_four_weeks_after_the_answer_those_who_said_nothing_are_asked_once_more(desk: Desk) -> None:
    number = await desk.answered(openid="silent")
    await desk.answered(openid="said")
    await desk.sends(message("满意", openid="said"), now=NOW + DAY)
    await desk.answered(openid="left")
    await desk.sends(tap("unsubscribe", openid="left"), now=NOW + DAY)
    ids = [desk.account.id]

    def asked(_account: Account, facts: dict[str, object]) -> str:
        return f"{facts['number']}?"

    assert await keeping.ask_again(desk.conn, ids, asked, now=NOW + 27 * DAY) == 0
    assert await keeping.ask_again(desk.conn, ids, asked, now=NOW + 29 * DAY) == 1
    assert await keeping.ask_again(desk.conn, ids, asked, now=NOW + 30 * DAY) == 0
    bodies = await desk.conn.fetch("SELECT body FROM delivery WHERE purpose = 'notice'")
    assert [row["body"] for row in bodies] == [f"{number}?"]
