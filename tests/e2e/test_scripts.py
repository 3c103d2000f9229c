"""Every script that citizens write passes unharmed: callback, ticket, staff's page, answer, publication, search, routing."""

from __future__ import annotations

import html

import pytest

from tests.e2e.conftest import Product
from tests.e2e.eventually import eventually
from tests.e2e.test_one_inquiry import chat, number_in, sends, texts

MONGOLIAN = "ᠪᠢ ᠬᠠᠯᠠᠭᠠᠯᠲᠠ ᠦᠭᠡᠢ ᠪᠠᠢᠢᠨᠠ ᠪᠠᠢᠨ᠎ᠠ᠃"
SAID = {
    "mixed": ("家里WiFi和heating都坏了，暖气 not working，please帮忙", "heating"),
    "traditional": ("家裡暖氣不熱，樓上漏水，請問什麼時候來修？", "暖气"),
    "emoji": ("暖气不热😭😭 冻死了🥶👨‍👩‍👧‍👦，快来修🙏🏽", "冻死"),
    "mongolian": (f"{MONGOLIAN} 暖气不热", "暖气"),
    "rare": ("𠮷村㐂家的暖气不热，𪚥𪚥", "暖气"),
    "long": ("暖气不热，" * 600 + "最后一句是骆驼圈塌了", "骆驼圈"),
}


@pytest.mark.parametrize("which", SAID)
async def test_what_a_citizen_writes_is_shown_answered_and_found_as_it_was_written(product: Product, which: str) -> None:
    said, wanted = SAID[which]
    await sends(product, "text", "oScript_demo_1", text=said)
    number = await number_in(product, "oScript_demo_1")
    _, page = await product.page("zhujian", f"/tickets/{number}")
    assert said in html.unescape(page)  # routed to the heating department's page, too
    assert (await product.posts("zhujian", f"/tickets/{number}/acceptance"))[0] == 303
    answer = f"您好，已派人上门。原话：{said[:200]}"
    assert (await product.posts("zhujian", f"/tickets/{number}/answer", body=answer))[0] == 303

    async def arrived() -> bool:
        return any(said[:200] in text for text in await texts(product, "oScript_demo_1"))

    await eventually(arrived)

    async def found() -> bool:
        return number in (await product.page("zhujian", f"/search?q={wanted}"))[1]

    await eventually(found)
    assert any(entry.get("text") == said for entry in await chat(product, "oScript_demo_1") if entry["from"] == "citizen")


async def test_a_search_leads_to_a_ticket_by_its_number_and_marks_what_was_found(product: Product) -> None:
    await sends(product, "text", "oScript_demo_1", text="家裡暖氣不熱，<b>樓上</b>漏水")
    number = await number_in(product, "oScript_demo_1")
    assert (await product.page("zhujian", f"/search?q={number}"))[0] == 303

    async def found() -> str:
        _, page = await product.page("zhujian", "/search?q=暖气+漏水")
        return page if number in page else ""

    page = await eventually(found)
    assert "<mark>暖氣</mark>" in page
    assert "&lt;b&gt;" in page
    _, page = await product.page("jiaoyu", "/search?q=暖气")
    assert number not in page
    assert "没有找到" in page


async def test_the_accounts_words_are_edited_on_a_page_and_a_line_that_makes_no_sense_is_named(product: Product) -> None:
    status, page = await product.posts("admin", "/settings/words", own_words="翠湖小区 = 翠湖家园\n村")
    assert status == 422
    assert "“村”看不懂" in page
    assert "翠湖小区 = 翠湖家园\n村" in page
    assert (await product.posts("admin", "/settings/words", own_words="翠湖小区 = 翠湖家园\n老街"))[0] == 303
    _, page = await product.page("admin", "/settings/words")
    assert "翠湖小区 = 翠湖家园\n老街\n" in page.replace("\r", "") or "老街\n翠湖小区 = 翠湖家园\n" in page.replace("\r", "")
