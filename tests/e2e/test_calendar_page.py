"""The calendar at the administrator's browser, from a proposal to what citizens hear; and when the desk opens."""

from __future__ import annotations

import html
import io
import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import aiohttp
import pytest

from servicedesk.keys import CLOCK
from tests.e2e.conftest import Product, csrf_of
from tests.e2e.eventually import eventually
from tests.e2e.test_one_inquiry import number_in, sends, texts
from tests.unit.test_holiday_file import event, ics

PAGE = "/settings/calendar"
SHANGHAI = ZoneInfo("Asia/Shanghai")
CLOSED = {"what": "days", "as": "closed", "name": "县庆"}


def proposal_in(page: str) -> dict[str, str]:
    """The fields that the button of a preview sends."""
    found = dict(re.findall(r'name="(version|proposal)" value="([^"]*)"', page))
    return {name: html.unescape(value) for name, value in found.items()}


def at(product: Product, hour: int, minute: int = 0, *, days: int = 0) -> datetime:
    """Move the desk's clock to this hour of the next ordinary Wednesday (or `days` later); the time it is now there."""
    clock = product.app[CLOCK]
    now = clock.now().astimezone(SHANGHAI)
    ahead = (2 - now.weekday()) % 7 or 7
    wanted = datetime.combine(now.date() + timedelta(days=ahead + days), datetime.min.time(), SHANGHAI)
    clock.advance(wanted + timedelta(hours=hour, minutes=minute) - now)
    return clock.now().astimezone(SHANGHAI)


async def ordinary(product: Product) -> None:
    """No day is unusual, so that a Wednesday is one in every year that this test is run."""
    await product.desk.conn.execute("DELETE FROM calendar_day WHERE account_id = $1", product.desk.account.id)


async def upload(product: Product, content: bytes, **fields: str) -> tuple[int, str]:
    session = await product.signed_in("admin")
    async with session.get(f"{product.base}/home") as home:
        csrf = csrf_of(await home.text())
    form = aiohttp.FormData({"csrf": csrf, "what": "file", **fields})
    form.add_field("file", io.BytesIO(content), filename="holidays.ics", content_type="text/calendar")
    async with session.post(f"{product.base}{PAGE}/proposals", data=form, allow_redirects=False) as response:
        return response.status, await response.text()


async def test_a_change_is_looked_at_made_recorded_and_told(product: Product) -> None:
    await ordinary(product)
    now = at(product, 10)
    await sends(product, "text", text="我家暖气不热")
    number = await number_in(product)
    friday = (now + timedelta(days=2)).date()
    status, preview = await product.posts("admin", f"{PAGE}/proposals", **CLOSED, day=friday.isoformat())
    assert status == 200
    assert "还没有生效" in preview
    assert number in preview
    assert "推迟" in preview
    _, page = await product.page("admin", PAGE)
    assert "还没有改动过" in page
    assert (await product.posts("admin", f"{PAGE}/changes", **proposal_in(preview)))[0] == 303
    _, page = await product.page("admin", f"{PAGE}?saved=1&year={friday.year}")
    assert "1 张工单的 1 个时限改期，告知市民 1 人" in page
    assert "县庆" in page

    async def told() -> str | None:
        return next((text for text in await texts(product) if "新的答复期限是" in text), None)

    assert number in await eventually(told)
    _, ticket = await product.page("duban", f"/tickets/{number}")
    assert "工作日历调整" in ticket
    # The button was pressed twice: nothing is left to change.
    status, again = await product.posts("admin", f"{PAGE}/changes", **proposal_in(preview))
    assert status == 422
    assert "没有要改的" in again


async def test_a_proposal_that_was_overtaken_is_shown_again(product: Product) -> None:
    _, first = await product.posts("admin", f"{PAGE}/proposals", **CLOSED, day="2026-08-03", until="2026-08-05")
    _, other = await product.posts("admin", f"{PAGE}/proposals", what="hours", zone="Asia/Shanghai",
                                   **{"opens.1": "09:00", "closes.1": "17:00"})  # fmt: skip
    assert (await product.posts("admin", f"{PAGE}/changes", **proposal_in(other)))[0] == 303
    status, again = await product.posts("admin", f"{PAGE}/changes", **proposal_in(first))
    assert status == 409
    assert "请再看一遍" in again
    assert (await product.posts("admin", f"{PAGE}/changes", **proposal_in(again)))[0] == 303
    _, page = await product.page("admin", f"{PAGE}?year=2026")
    assert "08:30–12:00、14:30–17:30 → 09:00–17:00" in page
    assert "8月3日 – 8月5日" in page
    taken_back = {"what": "days", "as": "usual", "day": "2026-08-03", "until": "2026-08-05"}
    _, preview = await product.posts("admin", f"{PAGE}/proposals", **taken_back)
    assert (await product.posts("admin", f"{PAGE}/changes", **proposal_in(preview)))[0] == 303
    _, page = await product.page("admin", f"{PAGE}?year=2026")
    assert "8月3日 – 8月5日" not in page


async def test_a_file_is_read_what_is_unclear_is_listed_and_the_rest_applied(product: Product) -> None:
    content = ics(event("20280103", "元旦（休）"), event("20280108", "元旦 班"), event("20280201", "动员会"))
    status, preview = await upload(product, content, whole_years="yes")
    assert status == 200
    assert "动员会" in preview
    assert "看不出放假还是上班" in preview
    assert "2028 年记为已录入" in preview
    assert (await product.posts("admin", f"{PAGE}/changes", **proposal_in(preview)))[0] == 303
    _, page = await product.page("admin", f"{PAGE}?year=2028")
    assert "来自日历文件" in page
    assert "1月3日" in page
    assert "动员会" not in page


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"no calendar", "这不是能读的日历文件"),
        (b"", "请选择要导入的日历文件"),
        (ics(event("20280201", "动员会")), "没有读到放假或上班的日子"),
        (b"x" * (1024 * 1024 + 1), "内容太大"),
    ],
    ids=["none", "empty", "unclear", "large"],
)
async def test_a_file_that_cannot_be_read_changes_nothing(product: Product, content: bytes, said: str) -> None:
    status, page = await upload(product, content)
    assert status == 422
    assert said in page


async def test_what_is_wrong_with_a_form_is_said_with_what_was_typed(product: Product) -> None:
    for fields, said in (
        ({"what": "hours", "zone": "Asia/Shanghai", "opens.1": "12:00", "closes.1": "08:30"}, "下班要晚于上班"),
        ({"what": "hours", "zone": "Asia/Atlantis", "opens.1": "08:30", "closes.1": "12:00"}, "没有这个时区"),
        ({"what": "hours", "zone": "Asia/Shanghai"}, "一段到 4 段"),
        ({**CLOSED, "day": "2026-02-30"}, "请填写正确的日期"),
        ({**CLOSED, "day": "2026-08-03", "until": "2026-08-01"}, "结束日期要在开始日期之后"),
        ({"what": "days", "as": "closed", "day": "2026-08-03"}, "请写明这些日子叫什么"),
        ({"what": "days", "day": "2026-08-03"}, "还有必填项没有填写"),
        ({"what": "year", "year": "2099"}, "放假通知还没有收录"),
        ({"what": "other"}, "请填写正确的日期"),
    ):
        status, page = await product.posts("admin", f"{PAGE}/proposals", **fields)
        assert (status, said in page) == (422, True), said
    _, page = await product.posts("admin", f"{PAGE}/proposals", **CLOSED, day="2026-08-03", until="2026-08-01")
    assert 'value="2026-08-03"' in page
    for made_up in ({}, {"proposal": "x", "version": "1"}, {"proposal": "[" * 9999, "version": "1"}, {"proposal": "{}"}):
        status, page = await product.posts("admin", f"{PAGE}/changes", **made_up)
        assert (status, "从头再填一遍" in page) == (422, True)


@pytest.mark.parametrize("login", ["zhujian", "paidan", "bianji", "duban"])
async def test_only_an_administrator_sees_or_changes_the_calendar(product: Product, login: str) -> None:
    assert (await product.page(login, PAGE))[0] == 403
    assert (await product.posts(login, f"{PAGE}/proposals", **CLOSED, day="2026-08-03"))[0] == 403
    forged = {"proposal": '{"kind": "days", "days": [["2026-08-03", false, "x"]]}', "version": "1"}
    assert (await product.posts(login, f"{PAGE}/changes", **forged))[0] == 403


async def test_outside_working_hours_the_citizen_is_told_when_the_desk_opens(product: Product) -> None:
    await ordinary(product)
    now = at(product, 18, 5)
    thursday = (now + timedelta(days=1)).date()
    reply = await product.says("我家暖气不热", "oLate")
    assert f"现在是下班时间，{thursday.month}月{thursday.day}日（星期四）08:30 上班后开始办理。" in reply
    at(product, 12, 30)
    assert "14:30 上班后开始办理" in await product.says("物业不修门", "oNoon")
    saturday = at(product, 10, days=3)
    monday = (saturday + timedelta(days=2)).date()
    assert f"{monday.month}月{monday.day}日（星期一）08:30" in await product.says("供暖不热", "oWeekend")
    at(product, 10)
    assert "下班时间" not in await product.says("供暖不热", "oOpen")
