"""Notices of the ladder and what is sent of them: to the right people, once, in one message after a downtime."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from servicedesk.domain.errors import InvalidForm, NotFound
from servicedesk.domain.sla import LADDER, Step
from servicedesk.domain.telling import Means, Reason
from servicedesk.store import accounts, citizens, people
from servicedesk.store.db import Pool, transaction
from servicedesk.store.tellings import Telling
from servicedesk.store.vault import Vault
from servicedesk.usecases import account_settings, assigning, binding, escalation, own_page, telling
from tests.desk import KEY, NOW, Desk, make_desk

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


async def climb(desk: Desk, now: Any, size: int = 500) -> None:
    while await escalation.take_steps(desk.conn, [desk.account.id], now=now, size=size):
        pass


async def noticed(desk: Desk, step: Step, kind: str = "first_reply") -> set[str]:
    rows = await desk.conn.fetch(
        "SELECT login FROM notice JOIN staff USING (account_id, staff_id) WHERE facts ->> 'step' = $1 AND facts ->> 'deadline' = $2",
        step, kind,
    )  # fmt: skip
    assert len(rows) == len({row["login"] for row in rows})
    return {row["login"] for row in rows}


async def by_mail(desk: Desk, *logins: str) -> None:
    for login in logins:
        await people.set_means(desk.conn, desk.staff[login], f"{login}@example.cn", [Means.MAIL])


async def owed(desk: Desk) -> list[Any]:
    return list(
        await desk.conn.fetch(
            "SELECT telling.*, login FROM telling LEFT JOIN staff USING (account_id, staff_id) ORDER BY telling_id"
        )
    )


async def write(desk: Desk, now: Any) -> int:
    return await telling.write(desk.conn, [desk.account.id], now=now, size=100)


async def claim(desk: Desk, now: Any = NOW) -> list[Telling]:
    return await telling.claim(desk.conn, [desk.account.id], now=now, wall=now, size=50)


async def test_each_step_is_noticed_by_the_department_and_those_above_it(desk: Desk) -> None:
    await desk.accepted()
    await climb(desk, NOW + 30 * DAY)
    assert await noticed(desk, Step.WARNED_HALF) == {"zhujian"}
    assert await noticed(desk, Step.WARNED) == {"zhujian"}
    assert await noticed(desk, Step.REMINDED) == {"zhujian", "paidan"}
    assert await noticed(desk, Step.SUPERVISED) == {"zhujian", "paidan", "duban"}
    assert await noticed(desk, Step.NOTIFIED) == {"zhujian", "paidan", "duban", "admin"}


async def test_without_a_department_the_dispatchers_are_warned(desk: Desk) -> None:
    await desk.asked("说不清楚的事")
    await climb(desk, NOW + HOUR)
    assert await noticed(desk, Step.WARNED_HALF) == {"paidan"}


async def test_who_is_disabled_hears_nothing(desk: Desk) -> None:
    await by_mail(desk, "zhujian")
    await desk.accepted()
    await climb(desk, NOW + HOUR)
    await desk.conn.execute("UPDATE staff SET disabled_at = $1 WHERE login IN ('zhujian', 'paidan')", NOW)
    await climb(desk, NOW + 2 * HOUR)
    assert await noticed(desk, Step.REMINDED) == set()
    await write(desk, NOW + 2 * HOUR)
    assert await owed(desk) == []


async def test_a_neighbours_ladder_concerns_nobody_here(desk: Desk) -> None:
    neighbour = await make_desk(desk.conn, "lindeng")
    await neighbour.accepted()
    await climb(neighbour, NOW + 30 * DAY)
    accounts_told = await desk.conn.fetch("SELECT DISTINCT account_id FROM notice")
    assert [row["account_id"] for row in accounts_told] == [neighbour.account.id]


async def test_many_workers_notice_and_tell_each_person_once(desk: Desk, pool: Pool) -> None:
    await by_mail(desk, "zhujian", "paidan")
    for who in range(20):
        await desk.asked(openid=f"c{who}")

    async def work() -> None:
        for _ in range(12):
            async with transaction(pool) as conn:
                await escalation.take_steps(conn, [desk.account.id], now=NOW + 2 * HOUR, size=7)

    async def write_too() -> None:
        async with transaction(pool) as conn:
            await telling.write(conn, [desk.account.id], now=NOW + 2 * HOUR, size=100)

    await asyncio.gather(*(work() for _ in range(3)))
    await climb(desk, NOW + 2 * HOUR)
    rows = await desk.conn.fetch("SELECT count(*) AS n FROM notice GROUP BY escalation_id, staff_id")
    assert len(rows) == 20 * 4  # three steps for the department, the last of them also for the dispatcher
    assert all(row["n"] == 1 for row in rows)
    await asyncio.gather(*(write_too() for _ in range(3)))
    assert sorted(row["login"] for row in await owed(desk)) == ["paidan", "zhujian"]


async def test_a_single_step_gives_a_message_of_its_own(desk: Desk) -> None:
    await by_mail(desk, "zhujian")
    number = await desk.accepted()
    await climb(desk, NOW + HOUR)
    await write(desk, NOW + HOUR)
    (row,) = await owed(desk)
    (item,) = row["facts"]["items"]
    assert (item["number"], item["step"], item["deadline"], item["department"]) == (
        number,
        "warned_half",
        "first_reply",
        "住建局",
    )
    assert row["facts"]["more"] == 0


async def test_after_a_downtime_each_person_gets_one_summary_by_each_means(desk: Desk) -> None:
    await by_mail(desk, "zhujian", "paidan", "duban", "admin")
    citizen = await citizens.meet(desk.conn, desk.account.id, "oZhujian", now=NOW)
    await people.bind(desk.conn, desk.account.id, desk.staff["zhujian"].staff_id, citizen.id)
    for who in range(30):
        await desk.accepted(openid=f"c{who}", now=NOW + who * timedelta(minutes=1))
    later = NOW + 30 * DAY
    # The worker is back: while it catches up nobody is told.
    for _ in range(3):
        await escalation.take_steps(desk.conn, [desk.account.id], now=later, size=50)
        assert await write(desk, later) == 0
    await climb(desk, later, size=50)
    assert await desk.conn.fetchval("SELECT count(*) FROM escalation") == 30 * 2 * len(LADDER)
    taken = await desk.conn.fetch("SELECT step, deadline_id FROM escalation ORDER BY escalation_id")
    for deadline in {row["deadline_id"] for row in taken}:
        assert [row["step"] for row in taken if row["deadline_id"] == deadline] == list(LADDER)
    assert await write(desk, later) > 0
    sent = await owed(desk)
    assert Counter((row["login"], row["means"]) for row in sent) == {
        ("zhujian", "mail"): 1, ("zhujian", "wechat"): 1, ("paidan", "mail"): 1, ("duban", "mail"): 1, ("admin", "mail"): 1,
    }  # fmt: skip
    for row in sent:
        lines = row["facts"]["items"]
        assert len(lines) == 20
        assert row["facts"]["more"] == 10
        assert {line["step"] for line in lines} == {"notified"}
        assert [line["due_at"] for line in lines] == sorted(line["due_at"] for line in lines)
    assert await write(desk, later) == 0


async def test_a_ladder_that_stands_still_holds_nothing_back_for_ever(desk: Desk) -> None:
    await by_mail(desk, "zhujian")
    await desk.accepted()
    await climb(desk, NOW + HOUR)
    assert await write(desk, NOW + HOUR + 3 * DAY) == 1  # steps are due, and none was taken for days


async def test_a_claim_that_was_lost_decides_nothing_and_a_dead_workers_message_is_sent_by_another(desk: Desk) -> None:
    await by_mail(desk, "zhujian")
    await desk.accepted()
    await climb(desk, NOW + HOUR)
    await write(desk, NOW)
    (slow,) = await claim(desk)
    assert await claim(desk) == []
    late = NOW + telling.LEASE + timedelta(seconds=1)
    (quick,) = await claim(desk, late)
    assert not await telling.failed(desk.conn, slow, Reason.REJECTED, code=550, now=late)
    assert await telling.sent(desk.conn, quick, now=late)
    assert not await telling.sent(desk.conn, slow, now=late)
    (row,) = await owed(desk)
    assert (row["state"], row["attempts"], row["sent_at"]) == ("sent", 2, late)


async def test_what_fails_is_tried_ten_times_and_then_shown_to_the_administrator(desk: Desk) -> None:
    await by_mail(desk, "zhujian")
    await desk.accepted()
    await climb(desk, NOW + HOUR)
    await write(desk, NOW)
    at = NOW
    for _ in range(10):
        (each,) = await claim(desk, at)
        await telling.failed(desk.conn, each, Reason.UNREACHABLE, code=None, now=at)
        at += timedelta(minutes=15)
    assert await claim(desk, at) == []
    page = await account_settings.view(desk.conn, desk.staff["admin"], now=at)
    assert [(row["name"], row["state"], row["reason"]) for row in page.untold] == [("zhujian某", "failed", "unreachable")]


async def test_a_wechat_whose_window_is_closed_is_skipped_and_says_so(desk: Desk) -> None:
    code = await binding.new_code(desk.conn, desk.staff["zhujian"], wall=NOW)
    await desk.says(f"绑定 {code}", openid="oZhujian")
    await desk.accepted()
    await climb(desk, NOW + HOUR)
    await write(desk, NOW + HOUR)
    (each,) = await claim(desk, NOW + HOUR)
    assert telling.closed(each, now=NOW + HOUR) is None
    after = NOW + 49 * HOUR
    reason = telling.closed(each, now=after)
    assert reason is Reason.WINDOW_CLOSED
    await telling.failed(desk.conn, each, reason, code=None, now=after)
    own = await own_page.view(desk.conn, desk.staff["zhujian"], now=after)
    assert not own.window_open
    assert [(row["state"], row["reason"], row["tickets"]) for row in own.tellings] == [("skipped", "window_closed", 1)]


async def test_who_does_not_follow_or_has_no_message_left_is_not_tried(desk: Desk) -> None:
    code = await binding.new_code(desk.conn, desk.staff["zhujian"], wall=NOW)
    await desk.says(f"绑定 {code}", openid="oZhujian")
    await desk.accepted()
    await climb(desk, NOW + HOUR)
    await write(desk, NOW + HOUR)
    (each,) = await claim(desk, NOW + HOUR)
    assert telling.closed(replace(each, following=False), now=NOW + HOUR) is Reason.NOT_FOLLOWING
    assert telling.closed(replace(each, window_left=0), now=NOW + HOUR) is Reason.WINDOW_CLOSED
    assert telling.closed(replace(each, resting=True), now=NOW + HOUR) is Reason.NO_RIGHT
    assert telling.closed(replace(each, openid=None), now=NOW + HOUR) is Reason.REMOVED
    assert telling.closed(replace(each, at_work=False), now=NOW + HOUR) is Reason.REMOVED
    await telling.failed(desk.conn, each, Reason.WINDOW_CLOSED, code=45015, now=NOW + HOUR)
    citizen = await citizens.meet(desk.conn, desk.account.id, "oZhujian", now=NOW)
    assert citizen.window_left == 0


async def test_a_message_by_wechat_uses_the_window(desk: Desk) -> None:
    code = await binding.new_code(desk.conn, desk.staff["zhujian"], wall=NOW)
    await desk.says(f"绑定{code}", openid="oZhujian")
    await desk.accepted()
    await climb(desk, NOW + HOUR)
    await write(desk, NOW + HOUR)
    (each,) = await claim(desk, NOW + HOUR)
    await telling.sent(desk.conn, each, now=NOW + HOUR)
    citizen = await citizens.meet(desk.conn, desk.account.id, "oZhujian", now=NOW)
    assert citizen.window_left == 4


async def test_people_read_their_own_notices_only_and_new_ones_stay_unread(desk: Desk) -> None:
    zone = desk.account.zone
    number = await desk.accepted()
    await climb(desk, NOW + HOUR)
    mine = await own_page.notices_of(desk.conn, desk.staff["zhujian"], zone)
    (notice,) = mine.days[0][1]
    with pytest.raises(NotFound):
        await own_page.read_notice(desk.conn, desk.staff["jiaoyu"], notice["notice_id"], now=NOW)
    assert (await own_page.notices_of(desk.conn, desk.staff["jiaoyu"], zone)).days == []
    await climb(desk, NOW + 2 * HOUR)
    await own_page.read_notices(desk.conn, desk.staff["zhujian"], up_to=mine.newest, now=NOW)
    now = await own_page.notices_of(desk.conn, desk.staff["zhujian"], zone)
    assert [row["read_at"] is None for row in now.days[0][1]] == [True, True, False]
    newest = now.days[0][1][0]["notice_id"]
    assert await own_page.read_notice(desk.conn, desk.staff["zhujian"], newest, now=NOW) == f"/tickets/{number}"


async def test_ones_own_page_refuses_what_is_no_address(desk: Desk) -> None:
    who = desk.staff["zhujian"]
    for form, fact in (({"mail": "x"}, "malformed"), ({"mail": "", "by_mail": "yes"}, "missing")):
        with pytest.raises(InvalidForm, match=fact):
            await own_page.change(desk.conn, who, form)
    await own_page.change(desk.conn, who, {"mail": "a@b.cn", "by_mail": "yes", "by_wechat": "yes"})
    own = await people.own(desk.conn, who)
    assert (own["mail"], own["tell_by"]) == ("a@b.cn", ["mail"])  # no WeChat is bound


async def test_a_webhook_is_owed_every_step_in_order_and_none_from_before_it_was_set(desk: Desk) -> None:
    await desk.accepted()
    await climb(desk, NOW + HOUR)
    secret = await account_settings.set_webhook(
        desk.conn, Vault([KEY]), desk.staff["admin"], "https://oa.example.cn/hook", renew=False
    )
    assert secret is not None
    await climb(desk, NOW + 30 * DAY)
    await write(desk, NOW + 30 * DAY)
    (row,) = [each for each in await owed(desk) if each["means"] == "webhook"]
    steps = [(item["deadline"], item["step"]) for item in row["facts"]["items"]]
    assert sorted(steps) == sorted([("first_reply", s) for s in LADDER[1:]] + [("resolution", s) for s in LADDER])
    (each,) = [one for one in await claim(desk, NOW + 30 * DAY) if one.means is Means.WEBHOOK]
    await telling.failed(desk.conn, each, Reason.GONE, code=410, now=NOW)
    page = await account_settings.view(desk.conn, desk.staff["admin"], now=NOW)
    assert page.webhook_off_at == NOW
    assert not (await accounts.by_id(desk.conn, desk.account.id)).has_webhook
    same = await account_settings.set_webhook(desk.conn, Vault([KEY]), desk.staff["admin"], page.webhook_url or "", renew=False)
    assert same is None
    assert (await accounts.by_id(desk.conn, desk.account.id)).has_webhook


async def test_a_change_of_hours_moves_the_steps_that_come(desk: Desk) -> None:
    await desk.conn.execute("UPDATE account SET supervised_after_hours = 1, notified_after_hours = 2")
    await desk.asked()
    await climb(desk, NOW + 5.4 * HOUR)  # due at noon; the afternoon begins at half past two
    assert await noticed(desk, Step.SUPERVISED) == set()
    await climb(desk, NOW + 5.5 * HOUR)
    assert await noticed(desk, Step.SUPERVISED) != set()


async def test_what_was_skipped_for_a_returned_ticket_goes_to_the_dispatchers(desk: Desk) -> None:
    number = await desk.asked()
    await assigning.give_back(desk.conn, desk.staff["zhujian"], number, "1", "不归我们管", now=NOW)
    await climb(desk, NOW + HOUR)
    assert await noticed(desk, Step.WARNED_HALF) == {"paidan"}


async def test_notices_and_tellings_are_kept_for_half_a_year(desk: Desk) -> None:
    await by_mail(desk, "zhujian")
    await desk.accepted()
    await climb(desk, NOW + HOUR)
    await write(desk, NOW + HOUR)
    (each,) = await claim(desk, NOW + HOUR)
    await telling.sent(desk.conn, each, now=NOW + HOUR)
    ours = [desk.account.id]
    assert await own_page.forget_old(desk.conn, ours, now=NOW + 100 * DAY) == 0
    assert await own_page.forget_old(desk.conn, ours, now=NOW + 181 * DAY) == 2
    assert await desk.conn.fetchval("SELECT count(*) FROM escalation") == 1
