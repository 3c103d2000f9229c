"""Reports by mail: who gets which, once each, and what becomes of them; and who is told that something is not solved."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from servicedesk.domain.errors import InvalidForm
from servicedesk.domain.reporting import due
from servicedesk.domain.telling import Means, Reason
from servicedesk.store import accounts, people
from servicedesk.usecases import own_page, reporting
from tests.desk import NOW, Desk

HOUR = timedelta(hours=1)


async def wants(desk: Desk, login: str, *periods: str) -> None:
    await people.set_means(desk.conn, desk.staff[login], f"{login}@example.cn", [Means.MAIL], periods)


@pytest.mark.parametrize(("at", "periods"), [
    ("2026-11-25T10:00", {"day": ("2026-11-24", "2026-11-24"), "week": ("2026-11-16", "2026-11-22"), "month": ("2026-10-01", "2026-10-31")}),
    ("2026-11-23T07:59", {"week": ("2026-11-09", "2026-11-15"), "month": ("2026-10-01", "2026-10-31")}),
    ("2026-11-23T08:00", {"day": ("2026-11-22", "2026-11-22"), "week": ("2026-11-16", "2026-11-22"), "month": ("2026-10-01", "2026-10-31")}),
    ("2026-12-01T08:00", {"day": ("2026-11-30", "2026-11-30"), "week": ("2026-11-23", "2026-11-29"), "month": ("2026-11-01", "2026-11-30")}),
    ("2026-10-02T09:00", {"week": ("2026-09-21", "2026-09-27"), "month": ("2026-09-01", "2026-09-30")}),
])  # fmt: skip
async def test_reports_are_of_what_ended_last_and_daily_ones_come_on_working_days(
    desk: Desk, at: str, periods: dict[str, tuple[str, str]]
) -> None:
    calendar = await accounts.calendar(desk.conn, desk.account)
    found = due(calendar, datetime.fromisoformat(f"{at}+08:00"))
    assert {period: (since.isoformat(), until.isoformat()) for period, since, until in found} == periods


async def test_each_report_is_owed_once_to_each_who_wants_it(desk: Desk) -> None:
    await wants(desk, "duban", "day", "month")
    await wants(desk, "admin", "week")
    await wants(desk, "zhujian", "day")  # not one of theirs
    ids = [desk.account.id]
    assert await reporting.plan(desk.conn, ids, now=NOW) == 3
    assert await reporting.plan(desk.conn, ids, now=NOW + HOUR) == 0
    owed = await reporting.claim(desk.conn, ids, now=NOW + HOUR, wall=NOW, size=9)
    assert {(each.period, each.until, each.mail) for each in owed} == {
        ("day", date(2026, 11, 24), "duban@example.cn"), ("month", date(2026, 10, 31), "duban@example.cn"),
        ("week", date(2026, 11, 22), "admin@example.cn"),
    }  # fmt: skip
    assert await reporting.claim(desk.conn, ids, now=NOW + HOUR, wall=NOW, size=9) == []
    view = await reporting.figures_of(desk.conn, next(each for each in owed if each.period == "month"), now=NOW)
    assert (view.since, view.until, view.before_since) == (date(2026, 10, 1), date(2026, 10, 31), date(2026, 8, 31))


async def test_a_report_that_does_not_go_is_tried_again_and_given_up_in_the_end(desk: Desk) -> None:
    await wants(desk, "duban", "week")
    ids, now = [desk.account.id], NOW
    await reporting.plan(desk.conn, ids, now=now)
    for _ in range(10):
        (owed,) = await reporting.claim(desk.conn, ids, now=now, wall=now, size=9)
        await reporting.failed(desk.conn, owed, Reason.UNREACHABLE, now=now)
        now += HOUR
    assert await reporting.claim(desk.conn, ids, now=now, wall=now, size=9) == []
    assert await desk.conn.fetchval("SELECT state FROM report") == "failed"


async def test_what_a_slow_worker_says_of_a_report_is_not_heard_once_another_has_it(desk: Desk) -> None:
    await wants(desk, "duban", "week")
    ids, later = [desk.account.id], NOW + reporting.LEASE
    await reporting.plan(desk.conn, ids, now=NOW)
    (slow,) = await reporting.claim(desk.conn, ids, now=NOW, wall=NOW, size=9)
    (quick,) = await reporting.claim(desk.conn, ids, now=NOW, wall=later, size=9)
    await reporting.failed(desk.conn, slow, Reason.REMOVED, now=NOW)
    assert await desk.conn.fetchval("SELECT state FROM report") == "owed"
    await reporting.sent(desk.conn, quick, now=NOW)
    assert await desk.conn.fetchval("SELECT state FROM report") == "sent"


async def test_reports_are_chosen_on_ones_own_page_by_those_who_see_figures(desk: Desk) -> None:
    form = {"mail": "a@example.cn", "by_mail": "yes", "report_week": "yes"}
    for login, chosen in (("duban", ["week"]), ("zhujian", [])):
        await own_page.change(desk.conn, desk.staff[login], form)
        assert (await people.own(desk.conn, desk.staff[login]))["reports"] == chosen
    with pytest.raises(InvalidForm):
        await own_page.change(desk.conn, desk.staff["duban"], {"report_week": "yes"})


async def test_supervisors_and_the_department_are_told_that_a_citizen_calls_it_unsolved(desk: Desk) -> None:
    await desk.answered()
    await desk.says("未解决", now=NOW + HOUR)
    rows = await desk.conn.fetch(
        "SELECT login FROM notice JOIN staff USING (account_id, staff_id) WHERE notice.kind = 'unsolved' ORDER BY login"
    )
    assert [row["login"] for row in rows] == ["duban", "zhujian"]
    shown = await own_page.notices_of(desk.conn, desk.staff["duban"], desk.account.zone)
    assert [row["kind"] for _, rows in shown.days for row in rows] == ["unsolved"]
