"""After the answer: one tap in the chat, or a word on the citizen's own page; not solved goes on with the original clock."""

from __future__ import annotations

import re

import aiohttp

from servicedesk.domain.model import State
from tests.e2e.conftest import Product
from tests.e2e.eventually import eventually
from tests.e2e.test_one_inquiry import chat, sends, texts
from tests.e2e.test_rungs import LINK, accepted

RATING = "SELECT solved, score FROM rating ORDER BY rating_id DESC LIMIT 1"


async def answered(product: Product) -> str:
    number = await accepted(product)
    await product.posts("zhujian", f"/tickets/{number}/answer", body="已经修好了。")

    async def arrived() -> bool:
        return (await product.desk.ticket(number)).state is State.ANSWERED

    await eventually(arrived)
    return number


async def page_of(product: Product) -> str:
    await sends(product, "text", text="进度")
    return str(LINK.findall((await texts(product))[-1])[0])


async def test_the_end_of_an_answer_has_a_tap_for_each_verdict(product: Product) -> None:
    number = await answered(product)
    menu = next(entry for entry in reversed(await chat(product)) if entry["kind"] == "msgmenu")
    assert "已经修好了。" in menu["text"]
    assert [each["content"] for each in menu["choices"]] == ["已解决", "未解决", "满意", "不满意"]
    tapped = next(each for each in menu["choices"] if each["content"] == "未解决")
    await sends(product, "text", text=tapped["content"], menu_id=tapped["id"])
    assert (await product.desk.ticket(number)).state is State.ACCEPTED
    row = await product.desk.conn.fetchrow(RATING)
    assert row is not None
    assert (row["solved"], row["score"]) == (False, None)


async def test_a_tap_is_about_the_answer_it_stood_under(product: Product) -> None:
    first = await answered(product)
    menu = next(entry for entry in reversed(await chat(product)) if entry["kind"] == "msgmenu")
    await sends(product, "text", text="孩子上学怎么报名")
    await sends(product, "text", text="满意", menu_id=menu["choices"][2]["id"])
    ticket_id = await product.desk.conn.fetchval("SELECT ticket_id FROM rating")
    assert ticket_id == (await product.desk.ticket(first)).id


async def test_a_citizen_says_on_their_page_that_it_is_not_solved(product: Product) -> None:
    number = await answered(product)
    path = await page_of(product)
    due = await product.desk.conn.fetchval("SELECT due_at FROM deadline WHERE kind = 'resolution'")
    async with aiohttp.ClientSession() as phone:
        async with phone.get(product.base + path) as response:
            page = await response.text()
        assert "办得怎么样" in page
        assert "承诺的日子是怎么算的" in page
        async with phone.post(f"{product.base}{path}/verdict", data={"words": "x"}) as response:
            assert response.status == 422
            assert "请选择满意程度" in await response.text()
        form = {"solved": "no", "score": "2", "words": "二单元还是不热"}
        async with phone.post(f"{product.base}{path}/verdict", data=form) as response:
            assert "我们接着办" in await response.text()
        async with phone.post(f"{product.base}{path}/verdict", data=form) as response:
            assert response.status == 409
    ticket = await product.desk.ticket(number)
    assert ticket.state is State.ACCEPTED
    assert await product.desk.conn.fetchval("SELECT due_at FROM deadline WHERE kind = 'resolution'") == due
    _, page = await product.page("duban", f"/tickets/{number}")
    assert "二单元还是不热" in page
    assert "市民表示未解决，重新办理" in page


async def test_a_verdict_without_a_link_of_ours_is_nobodys(product: Product) -> None:
    await answered(product)
    path = await page_of(product)
    forged = re.sub(r"[^/]+$", "bm90aGluZw.x.y", path)
    async with product.client.post(f"{product.base}{forged}/verdict", data={"solved": "yes"}) as response:
        assert response.status == 404
    assert await product.desk.conn.fetchval("SELECT count(*) FROM rating") == 0
