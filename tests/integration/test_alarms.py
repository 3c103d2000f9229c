"""Alarms: raised once, shown, cleared when it is over."""

from __future__ import annotations

from datetime import timedelta

from servicedesk.domain.model import InboundMessage
from servicedesk.domain.sending import Refusal
from servicedesk.store import alarms as rows
from servicedesk.usecases import alarms, answering, board_views, delivery, redelivering
from tests.desk import NOW, Desk

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


async def test_an_answer_that_does_not_go_out_is_an_alarm_until_it_does(desk: Desk) -> None:
    number = await desk.accepted()
    await answering.answer(desk.conn, desk.staff["zhujian"], number, "好了。", now=NOW)
    ids = [desk.account.id]
    assert await alarms.look(desk.conn, ids, now=NOW + 14 * MINUTE) == (0, 0)
    assert await alarms.look(desk.conn, ids, now=NOW + 16 * MINUTE) == (1, 0)
    assert await alarms.look(desk.conn, ids, now=NOW + 17 * MINUTE) == (0, 0)
    board = await board_views.view(desk.conn, desk.staff["duban"], now=NOW + 17 * MINUTE)
    assert [(row["name"], row["facts"]["count"]) for row in board.alarms] == [("delivery_late", 1)]
    await desk.deliver(now=NOW + 18 * MINUTE)
    assert await alarms.look(desk.conn, ids, now=NOW + 19 * MINUTE) == (0, 1)
    assert await rows.standing(desk.conn, ids) == []


async def test_an_account_that_falls_silent_is_an_alarm(desk: Desk) -> None:
    await desk.conn.execute(
        "INSERT INTO inbound (account_id, dedupe_key, openid, kind, received_at) "
        "SELECT $1, 'x:' || n, 'c', 'text', $2::timestamptz - n * interval '10 minutes' FROM generate_series(0, 99) AS n",
        desk.account.id, NOW,
    )  # fmt: skip
    ids = [desk.account.id]
    assert await alarms.look(desk.conn, ids, now=NOW + 50 * MINUTE) == (0, 0)
    assert await alarms.look(desk.conn, ids, now=NOW + 70 * MINUTE) == (1, 0)
    await desk.says("来了", now=NOW + 71 * MINUTE)
    assert await alarms.look(desk.conn, ids, now=NOW + 72 * MINUTE, at_silences=False) == (0, 0)
    assert await alarms.look(desk.conn, ids, now=NOW + 72 * MINUTE) == (0, 1)


async def test_the_alarm_of_a_silent_account_stands_until_somebody_calls_however_long_that_takes(desk: Desk) -> None:
    await desk.conn.execute(
        "INSERT INTO inbound (account_id, dedupe_key, openid, kind, received_at) "
        "SELECT $1, 'x:' || n, 'c', 'text', $2::timestamptz - n * interval '10 minutes' FROM generate_series(0, 99) AS n",
        desk.account.id, NOW,
    )  # fmt: skip
    ids, weeks = [desk.account.id], timedelta(weeks=7)
    assert await alarms.look(desk.conn, ids, now=NOW + 2 * HOUR) == (1, 0)
    assert await alarms.look(desk.conn, ids, now=NOW + weeks) == (0, 0)
    assert [row["name"] for row in await rows.standing(desk.conn, ids)] == ["intake_silent"]
    await desk.says("来了", now=NOW + weeks)
    assert await alarms.look(desk.conn, ids, now=NOW + weeks + MINUTE) == (0, 1)


async def test_what_was_held_for_days_is_late_only_by_the_time_since_it_is_owed_again(desk: Desk) -> None:
    number = await desk.accepted()
    await answering.answer(desk.conn, desk.staff["zhujian"], number, "好了。", now=NOW)
    (owed,) = await delivery.claim(desk.conn, [desk.account.id], now=NOW, wall=NOW, size=5)
    await delivery.refused(desk.conn, owed, Refusal.UNREACHABLE, errcode=43004, now=NOW, wall=NOW)
    ids = [desk.account.id]
    back = NOW + timedelta(days=5)
    assert await alarms.look(desk.conn, ids, now=back) == (0, 0)
    await redelivering.resend(desk.conn, desk.staff["paidan"], number, owed.id, now=back, wall=back)
    assert await alarms.look(desk.conn, ids, now=back + MINUTE) == (0, 0)
    assert await alarms.look(desk.conn, ids, now=back + 16 * MINUTE) == (1, 0)


async def test_a_file_about_to_be_forgotten_is_an_alarm(desk: Desk) -> None:
    await desk.sends(InboundMessage("m:pic", "c", "image", media_id="pic"))
    assert await alarms.look(desk.conn, [desk.account.id], now=NOW + 47 * HOUR) == (0, 0)
    assert await alarms.look(desk.conn, [desk.account.id], now=NOW + 49 * HOUR) == (1, 0)
