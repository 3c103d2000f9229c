"""A made-up month with a burst: found, named, told once, tied to a notice, dismissed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from servicedesk.domain.errors import InvalidForm, NotFound, NotPermitted
from servicedesk.domain.telling import Means
from servicedesk.store import accounts, people
from servicedesk.store import topics as topic_rows
from servicedesk.store.vault import Vault
from servicedesk.usecases import account_settings, own_page, similar, spotting, topics
from tests.desk import KEY, NOW, Desk
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
    return await spotting.look(desk.conn, desk.account, now=NOW + now, wall=NOW + now)


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
    assert [each["citizens"] for each in view.days][-1] == 12
    assert sum(each["citizens"] for each in view.days) == 12
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


async def test_one_citizen_who_writes_on_every_day_of_a_week_is_no_topic(desk: Desk) -> None:
    await a_usual_month(desk)
    for day in range(6, -1, -1):
        await desk.says("东关小区停水了，水管爆了", openid="loud", now=NOW - day * DAY)
    assert await look(desk) == 0


async def test_words_that_come_late_let_their_day_be_counted_again(desk: Desk) -> None:
    counted = "SELECT sum(citizens) FROM word_day WHERE word = '停水' AND place = ''"
    await a_usual_month(desk)
    await desk.says("东关小区停水了，水管爆了", openid="first", now=NOW - 2 * DAY)
    await look(desk)
    await desk.says("东关小区停水了，水管爆了", openid="late", now=NOW - 2 * DAY)
    await look(desk)
    assert await desk.conn.fetchval(counted) == 2


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


async def test_each_means_of_every_supervisor_and_the_webhook_are_owed_a_new_topic_once(desk: Desk) -> None:
    await people.set_means(desk.conn, desk.staff["duban"], "duban@yunxi.example", [Means.MAIL])
    await people.set_means(desk.conn, desk.staff["paidan"], "paidan@yunxi.example", [Means.MAIL])
    await account_settings.set_webhook(desk.conn, Vault([KEY]), desk.staff["admin"], "https://oa.example.cn/hook", renew=False)
    desk.account = await accounts.by_id(desk.conn, desk.account.id)
    await a_usual_month(desk)
    await outage(desk, 8)
    await look(desk)
    await outage(desk, 4, first=8)
    await look(desk)
    rows = await desk.conn.fetch("SELECT means, login, facts FROM telling LEFT JOIN staff USING (account_id, staff_id)")
    assert sorted((row["means"], row["login"]) for row in rows) == [("mail", "duban"), ("webhook", None)]
    topic = rows[0]["facts"]["topic"]
    assert (topic["place"], topic["citizens"], topic["kind"]) == ("东关小区", 8, "burst")
    assert "停水" in topic["words"]


async def test_what_is_usual_in_the_county_can_be_a_topic_of_one_place(desk: Desk) -> None:
    """Six a day write of cut water, each from another village; today six do, all from one."""
    for day in range(21, 0, -1):
        for number in range(6):
            await desk.says(f"和平{'一二三四五六'[number]}村停水了", openid=f"d{day}-{number}", now=NOW - day * DAY)
    await look(desk)
    for number in range(6):
        await desk.says("新兴小区停水了", openid=f"n{number}", now=NOW)
    assert await look(desk) == 1
    (topic,) = await topics.listed(desk.conn, desk.staff["duban"])
    assert (topic["place"], "停水" in topic["words"]) == ("新兴小区", True)
    # The same in a second place is a topic of its own.
    for number in range(6):
        await desk.says("向阳小区停水了", openid=f"m{number}", now=NOW)
    assert await look(desk) == 1
    assert {each["place"] for each in await topics.listed(desk.conn, desk.staff["duban"])} == {"新兴小区", "向阳小区"}


async def test_the_hours_of_a_topic_are_shown_up_to_now(desk: Desk) -> None:
    await a_usual_month(desk)
    await outage(desk, 8)
    await look(desk)
    (topic,) = await topics.listed(desk.conn, desk.staff["duban"])
    view = await topics.view(desk.conn, desk.staff["duban"], topic["topic_id"], now=NOW + timedelta(hours=7))
    assert len(view.hours) == 24
    assert [each["citizens"] for each in view.hours if each["at"] <= NOW < each["at"] + topics.STRETCH] == [8]
    assert view.hours[-1]["at"] <= NOW + timedelta(hours=7) < view.hours[-1]["at"] + topics.STRETCH


async def test_a_busy_account_is_looked_at_again_only_after_a_while(desk: Desk) -> None:
    await a_usual_month(desk)
    await outage(desk, 1)
    while await similar.index_owed(desk.conn, [desk.account.id], size=99):
        pass
    for later, found in ((timedelta(seconds=30), []), (spotting.AGAIN, [desk.account.id])):
        since = NOW + later - spotting.AGAIN
        assert await topic_rows.with_new_words(desk.conn, [desk.account.id], looked_before=since) == found
