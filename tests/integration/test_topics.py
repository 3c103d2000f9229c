"""A made-up month with a burst: found, named, told once, tied to a notice, dismissed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from servicedesk.domain.errors import InvalidForm, NotFound, NotPermitted
from servicedesk.usecases import own_page, similar, topics
from tests.desk import NOW, Desk
from tests.made_up import HEATING, SCHOOL, inquiries

DAY = timedelta(days=1)


async def a_usual_month(desk: Desk) -> None:
    """Three inquiries a day for three weeks, of everyday matters."""
    made = iter(inquiries({"1": HEATING, "2": SCHOOL}, 63))
    for day in range(21, 0, -1):
        for number in range(3):
            await desk.says(next(made)[0], openid=f"d{day}-{number}", now=NOW - day * DAY)
    await look(desk)


async def outage(desk: Desk, citizens: int, *, first: int = 0) -> None:
    for number in range(first, first + citizens):
        await desk.says(f"东关小区停水了，水管爆了，{'急' * (number % 3)}什么时候来水", openid=f"o{number}", now=NOW)


async def look(desk: Desk, now: timedelta = timedelta(0)) -> int:
    while await similar.index_owed(desk.conn, [desk.account.id], size=99):
        pass
    return await topics.look(desk.conn, desk.account, now=NOW + now)


async def test_a_burst_is_a_topic_with_its_place_and_tickets_and_the_supervisor_is_told_once(desk: Desk) -> None:
    await a_usual_month(desk)
    assert await topics.listed(desk.conn, desk.staff["duban"]) == []
    await outage(desk, 8)
    assert await look(desk) == 1
    await outage(desk, 4, first=8)
    assert await look(desk) == 0
    (topic,) = await topics.listed(desk.conn, desk.staff["duban"])
    assert "停水" in topic["words"]
    assert (topic["place"], topic["tickets"], topic["peak"], topic["kind"]) == ("东关小区", 12, 12, "burst")
    view = await topics.view(desk.conn, desk.staff["bianji"], topic["topic_id"], now=NOW)
    assert [each["citizens"] for each in view.curve][-1] == 12
    assert sum(each["citizens"] for each in view.curve) == 12
    assert len(view.tickets) == 12
    page = await own_page.notices_of(desk.conn, desk.staff["duban"], desk.account.zone)
    told = [each for _, rows in page.days for each in rows if each["kind"] == "topic"]
    assert len(told) == 1
    path = await own_page.read_notice(desk.conn, desk.staff["duban"], told[0]["notice_id"], now=NOW)
    assert path == f"/topics/{topic['topic_id']}"


async def test_one_citizen_who_writes_ten_times_is_no_topic(desk: Desk) -> None:
    await a_usual_month(desk)
    for _ in range(10):
        await desk.says("东关小区停水了，水管爆了", openid="loud", now=NOW)
    assert await look(desk) == 0


async def test_what_is_usual_is_no_topic_and_nothing_is_on_the_first_day_of_a_desk(desk: Desk) -> None:
    await outage(desk, 9)
    assert await look(desk) == 0


async def test_a_notice_tied_to_a_topic_shows_how_many_wrote_before_and_after(desk: Desk) -> None:
    await a_usual_month(desk)
    await outage(desk, 8)
    await look(desk)
    (topic,) = await topics.listed(desk.conn, desk.staff["duban"])
    form = {"publication": "", "notice_title": "关于东关小区停水的说明", "at": "2026-11-25T11:00"}
    later = NOW + timedelta(hours=6)
    await topics.tie(desk.conn, desk.staff["bianji"], topic["topic_id"], form, now=later)
    await desk.says("东关小区停水了，水管爆了", openid="after", now=NOW + timedelta(hours=2))
    await look(desk)
    view = await topics.view(desk.conn, desk.staff["duban"], topic["topic_id"], now=later)
    (notice,) = view.notices
    assert (notice["title"], notice["before"], notice["after"]) == ("关于东关小区停水的说明", 8, 1)
    for wrong in (
        {"notice_title": " "},
        {"at": "gestern"},
        {"at": "2030-01-01T00:00"},
        {"publication": "77"},
        {"publication": "x"},
    ):
        with pytest.raises(InvalidForm):
            await topics.tie(desk.conn, desk.staff["bianji"], topic["topic_id"], {**form, **wrong}, now=later)


async def test_who_may_read_tie_and_dismiss(desk: Desk) -> None:
    await a_usual_month(desk)
    await outage(desk, 8)
    await look(desk)
    (topic,) = await topics.listed(desk.conn, desk.staff["paidan"])
    key = topic["topic_id"]
    with pytest.raises(NotPermitted):
        await topics.listed(desk.conn, desk.staff["zhujian"])
    for login in ("paidan", "zhujian"):
        with pytest.raises(NotPermitted):
            await topics.tie(desk.conn, desk.staff[login], key, {}, now=NOW)
    for login in ("paidan", "bianji", "zhujian"):
        with pytest.raises(NotPermitted):
            await topics.dismiss(desk.conn, desk.staff[login], key)
    await topics.dismiss(desk.conn, desk.staff["duban"], key)
    assert await topics.listed(desk.conn, desk.staff["duban"]) == []
    with pytest.raises(NotFound):
        await topics.dismiss(desk.conn, desk.staff["duban"], key)
    await outage(desk, 3, first=20)
    assert await look(desk) == 0  # dismissed is dismissed
    with pytest.raises(NotFound):
        await topics.view(desk.conn, desk.staff["duban"], 999, now=NOW)
