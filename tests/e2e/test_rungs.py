"""Beyond the reply window and beyond words: notices, the citizen's own page, files, voices, places."""

from __future__ import annotations

import io
import re
from typing import Any

import aiohttp
import pytest
from PIL import Image

from servicedesk.domain.sending import Rung
from servicedesk.keys import FILES
from servicedesk.store import rungs
from tests.e2e.conftest import Product
from tests.e2e.eventually import eventually
from tests.e2e.test_error_codes import refuses
from tests.e2e.test_one_inquiry import ALICE, chat, number_in, sends, texts
from tests.integration.test_previews import picture, voice

LINK = re.compile(r"http://127\.0\.0\.1:\d+(/c/\S+)")


async def accepted(product: Product) -> str:
    await sends(product, "text", text="我家暖气不热")
    number = await number_in(product)
    await product.posts("zhujian", f"/tickets/{number}/acceptance")
    return number


async def with_template(product: Product, rung: Rung) -> None:
    await rungs.put_template(product.desk.conn, product.desk.account.id, rung, "T1", {"thing1": "department"})


async def uploads(product: Product, number: str, act: str, body: str, *files: tuple[str, bytes]) -> int:
    session = await product.signed_in("zhujian")
    async with session.get(f"{product.base}/tickets/{number}") as page:
        csrf = re.search(r'name="csrf" value="([^"]+)"', await page.text())
    assert csrf is not None
    form = aiohttp.FormData({"csrf": csrf[1], "body": body}, quote_fields=False)  # as browsers name files
    for name, content in files:
        form.add_field("files", content, filename=name, content_type="application/octet-stream")
    async with session.post(f"{product.base}/tickets/{number}/{act}", data=form, allow_redirects=False) as response:
        return response.status


async def state_of(product: Product, number: str) -> tuple[str, str]:
    (found,) = (await product.api(f"/api/v1/tickets/{number}"))["deliveries"]
    return found["state"], found["rung"]


async def reaches(product: Product, number: str, state: str, rung: str) -> None:
    async def looked() -> bool:
        return await state_of(product, number) == (state, rung)

    await eventually(looked)


async def opened(product: Product, path: str) -> tuple[int, str]:
    """A citizen's browser: no session, no cookie of ours."""
    async with (
        aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as browser,
        browser.get(product.base + path, allow_redirects=False) as response,
    ):
        return response.status, await response.text()


async def test_a_citizen_allows_one_message_and_gets_the_answer_after_the_window_closed(product: Product) -> None:
    await with_template(product, Rung.ONE_TIME_SUBSCRIPTION)
    number = await accepted(product)
    await sends(product, "text", text="进度")
    asked = LINK.findall((await texts(product))[-1])
    status, _ = await opened(product, asked[-1])
    assert status == 302
    async with product.client.get(product.base + asked[-1]) as page:  # on to the platform's page
        html = await page.text()
    fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', html))
    assert fields["appid"] == "wx-testxian"
    form = {**fields, "redirect_url": fields["redirect_url"].replace("&amp;", "&"), "openid": ALICE, "action": "confirm"}
    async with product.client.post(f"{product.base}/sandbox/mp/subscribemsg", data=form) as page:
        assert "有了答复就提醒您" in await page.text()

    await refuses(product, 45015)
    assert await uploads(product, number, "answer", "阀门已更换，室温二十度。", ("通知.pdf", b"%PDF-1.7 x")) == 303
    await reaches(product, number, "accepted", "one_time_subscription")
    notice = next(entry for entry in await chat(product) if entry["kind"] == "notice")
    assert "阀门已更换" in notice["text"]
    path = notice["url"].removeprefix(product.base)
    status, page_ = await opened(product, path)
    assert status == 200
    assert "阀门已更换，室温二十度。" in page_
    assert "我家暖气不热" in page_
    file = re.search(r'href="(/c/[^"]+/files/\d+)"', page_)
    assert file is not None
    async with product.client.get(product.base + file[1]) as response:
        assert (response.status, await response.read()) == (200, b"%PDF-1.7 x")
        assert response.headers["Content-Disposition"].startswith("attachment")


async def test_a_forged_way_back_from_the_platform_grants_nothing(product: Product) -> None:
    await with_template(product, Rung.ONE_TIME_SUBSCRIPTION)
    await accepted(product)
    await sends(product, "text", text="进度")
    token = LINK.findall((await texts(product))[-1])[-1].rsplit("/", 1)[-1]
    for query in (
        f"openid={ALICE}&template_id=T1&action=confirm&scene=1&reserved=forged",
        f"openid={ALICE}&template_id=T1&action=confirm&scene=1",
        f"openid=oSomebodyElse&template_id=T1&action=confirm&scene=1&reserved={token}",
    ):
        assert (await opened(product, f"/c/testxian/notice?{query}"))[0] == 404
    assert (await opened(product, f"/c/lindeng/notice/{token}"))[0] == 404
    assert await product.desk.conn.fetchval("SELECT count(*) FROM citizen_grant") == 0


async def test_a_citizens_page_is_nobody_elses(product: Product) -> None:
    number = await accepted(product)
    await sends(product, "text", text="进度")
    (path,) = LINK.findall((await texts(product))[-1])
    status, page = await opened(product, path)
    assert status == 200
    assert number in page
    assert "zhujian某" not in page
    for wrong in (path[:-2] + "xx", path.replace("testxian", "lindeng"), f"/c/testxian/{number}"):
        assert (await opened(product, wrong))[0] == 404


async def test_pictures_go_into_the_chat_once_and_other_files_as_a_link(product: Product) -> None:
    number = await accepted(product)
    await refuses(product, -1, path="media/upload", times=1)
    files = (("现场.jpg", picture((64, 64), "JPEG")), ("办事指南.pdf", b"%PDF-1.7 guide"))
    assert await uploads(product, number, "answer", "请看图。", *files) == 303
    await reaches(product, number, "accepted", "customer_message")
    kinds = [
        (entry["kind"], "请看图。" in entry.get("text", "")) for entry in await chat(product) if entry["from"] == "account"
    ][1:]
    assert kinds == [("msgmenu", True), ("image", False)]
    (text,) = [text for text in await texts(product) if "请看图。" in text]
    (path,) = LINK.findall(text)
    assert "办事指南.pdf" in (await opened(product, path))[1]
    status, page = await product.page("zhujian", f"/tickets/{number}")
    assert status == 200
    assert "现场.jpg" in page


async def test_pictures_that_the_window_has_no_message_for_come_as_a_link_and_the_ticket_is_answered(product: Product) -> None:
    number = await accepted(product)
    files = [(f"{n}.png", picture((8 + n, 8), "PNG")) for n in range(7)]
    assert await uploads(product, number, "answer", "请看图。", *files) == 303
    await reaches(product, number, "accepted", "customer_message")
    kinds = [entry["kind"] for entry in await chat(product) if entry["from"] == "account"][1:]
    assert kinds == ["msgmenu", *["image"] * 4]
    (text,) = [text for text in await texts(product) if "请看图。" in text]
    (path,) = LINK.findall(text)
    assert (await opened(product, path))[1].count(".png") >= 7


async def test_the_words_leave_room_for_the_link_and_the_foot(product: Product) -> None:
    number = await accepted(product)
    body = "请携带身份证、户口本原件及复印件到窗口办理。" * 26  # one piece, if nothing else were in it
    assert 1640 < len(body.encode()) < 1720
    assert await uploads(product, number, "answer", body, ("通知.pdf", b"%PDF-1.7")) == 303
    await reaches(product, number, "accepted", "customer_message")
    assert all(len(text.encode()) <= 2048 for text in await texts(product))


async def test_a_picture_whose_file_is_gone_goes_to_a_person_and_holds_nobody_up(product: Product) -> None:
    number = await accepted(product)
    await refuses(product, -1, path="media/upload", times=1)
    assert await uploads(product, number, "answer", "请看图。", ("a.png", picture((8, 8), "PNG"))) == 303
    name = await product.desk.conn.fetchval("SELECT sha256 FROM attachment")
    path = product.app[FILES].path(name)
    assert path is not None
    path.unlink()
    await reaches(product, number, "failed", "customer_message")
    assert sum("请看图。" in text for text in await texts(product)) == 1


async def test_a_browsers_form_with_no_file_chosen_is_an_answer_like_any_other(product: Product) -> None:
    number = await accepted(product)
    assert await uploads(product, number, "answer", "好了。", ("", b"")) == 303
    await reaches(product, number, "accepted", "customer_message")


async def test_a_picture_that_the_platform_forgot_is_uploaded_again(product: Product) -> None:
    number = await accepted(product)
    await refuses(product, 40007, path="message/custom/send", times=2)
    assert await uploads(product, number, "answer", "请看图。", ("a.png", picture((8, 8), "PNG"))) == 303
    await reaches(product, number, "accepted", "customer_message")
    assert [entry["kind"] for entry in await chat(product) if entry["from"] == "account"][1:] == ["msgmenu", "image"]


async def test_a_held_answer_with_files_comes_with_their_link(product: Product) -> None:
    number = await accepted(product)
    await refuses(product, 45015)
    await uploads(product, number, "answer", "请看附件。", ("通知.pdf", b"%PDF-1.7"))
    await reaches(product, number, "held", "passive_reply")
    await sends(product, "click", key="PROGRESS")
    said = (await texts(product))[-1]
    assert "请看附件。" in said
    assert "附件在这里查看" in said


@pytest.mark.parametrize(
    ("file", "words"),
    [(("a.html", b"<script>"), "不是可以发送的文件"), (("大.pdf", b"%PDF-" + b"0" * (10 * 1024 * 1024)), "超过 10 MB")],
    ids=["kind", "size"],
)
async def test_a_file_that_is_not_sent_is_refused_in_words_and_nothing_is_sent(
    product: Product, file: tuple[str, bytes], words: str
) -> None:
    number = await accepted(product)
    session = await product.signed_in("zhujian")
    async with session.get(f"{product.base}/tickets/{number}") as page:
        csrf = re.search(r'name="csrf" value="([^"]+)"', await page.text())
    assert csrf is not None
    form = aiohttp.FormData({"csrf": csrf[1], "body": "写了很久的答复。"}, quote_fields=False)
    form.add_field("files", io.BytesIO(file[1]), filename=file[0])
    async with session.post(f"{product.base}/tickets/{number}/answer", data=form) as response:
        html = await response.text()
        assert response.status == 422
    assert words in html
    assert "写了很久的答复。" in html
    assert (await product.api(f"/api/v1/tickets/{number}"))["deliveries"] == []


async def test_a_voice_a_picture_and_a_place_are_there_for_the_department(product: Product) -> None:
    for kind, content, name in (("voice", voice(2), "a.amr"), ("image", picture((1200, 900), "JPEG"), "a.jpg")):
        form = aiohttp.FormData()
        form.add_field("file", content, filename=name)
        async with product.client.post(f"{product.base}/sandbox/chats/{ALICE}/{kind}", data=form) as response:
            assert response.status == 200, await response.text()
    await product.sandbox.lanes.idle()
    await sends(product, "location", latitude=43.56, longitude=116.08, label="锡林浩特市 额尔敦路")
    await sends(product, "text", text="我家暖气不热")
    number = await number_in(product)

    async def whole() -> Any:
        _, page = await product.page("zhujian", f"/tickets/{number}")
        return page if page.count("/preview") == 2 else None

    page = await eventually(whole)
    assert "uri.amap.com/marker?position=116.08,43.56" in page
    sound = re.search(r'<audio[^>]+src="(/media/\d+/preview)"', page)
    small = re.search(r'<img src="(/media/\d+/preview)"', page)
    assert sound is not None
    assert small is not None
    session = await product.signed_in("zhujian")
    async with session.get(product.base + sound[1]) as response:
        assert response.headers["Content-Type"] == "audio/mpeg"
    async with session.get(product.base + small[1]) as response, session.get(product.base + small[1]) as again:
        assert again.status == 200
        with Image.open(io.BytesIO(await response.read())) as image:
            assert image.size == (480, 360)
    assert (await product.page("jiaoyu", small[1]))[0] == 403


async def test_the_administrator_sets_the_account_and_others_do_not(product: Product) -> None:
    given = {
        "quiet_s": "60", "close_after_days": "5", "pieces_aimed": "2", "retention_days": "10", "sends_per_minute": "100", "pause_days": "5", "pauses_most": "2",
        "supervised_after_hours": "4", "notified_after_hours": "16",
        "reopen_days.zhujian": "3", "reopen_days.jiaoyu": "0", "template.template_message": "T9",
        "fields.template_message": "thing1=department\ncharacter_string2=number",
    }  # fmt: skip
    assert (await product.posts("admin", "/settings", **given))[0] == 303
    row = await product.desk.conn.fetchrow("SELECT * FROM account WHERE account_id = $1", product.desk.account.id)
    assert row is not None
    assert (row["quiet_s"], row["sends_per_minute"], row["word_before_closing"]) == (60, 100, False)
    assert await product.desk.conn.fetchval("SELECT reopen_days FROM department WHERE code = 'zhujian'") == 3
    (kept,) = await rungs.templates(product.desk.conn, product.desk.account.id)
    assert (kept["rung"], kept["fields"]) == ("template_message", {"thing1": "department", "character_string2": "number"})
    for wrong, words in (
        ({"quiet_s": "-1"}, "应在 0 到 3600 之间"), ({"quiet_s": "x"}, "应在"), ({"reopen_days.zhujian": "91"}, "应在 0 到 90 之间"),
        ({"fields.template_message": "thing1=secret"}, "模板字段请按"), ({"fields.template_message": ""}, "模板字段请按"),
        ({"template.template_message": "模板"}, "模板字段请按"),
    ):  # fmt: skip
        status, page = await product.posts("admin", "/settings", **{**given, "close_after_days": "6", **wrong})
        assert status == 422, wrong
        assert words in page
        assert 'value="6"' in page
    assert await product.desk.conn.fetchval("SELECT close_after_days FROM account") == 5
    for login in ("zhujian", "paidan", "bianji", "duban"):
        assert (await product.posts(login, "/settings", **given))[0] == 403


async def test_the_page_of_what_is_owed_mends_from_a_browser(product: Product) -> None:
    number = await accepted(product)
    await refuses(product, 45015)
    await uploads(product, number, "answer", "好了。")
    await reaches(product, number, "held", "passive_reply")
    status, page = await product.page("zhujian", "/owed")
    assert status == 200
    act = re.search(r'action="(/tickets/[^"]+/calls)\?from=owed"', page)
    assert act is not None
    assert (await product.posts("zhujian", f"{act[1]}?from=owed", words=" ", reached="yes"))[0] == 422
    assert (await product.posts("zhujian", f"{act[1]}?from=owed", words="本人接听", reached="yes"))[0] == 303
    await reaches(product, number, "accepted", "phone_call")
    _, page = await product.page("zhujian", "/owed")
    assert "都送到了。" in page
    _, page = await product.page("zhujian", f"/tickets/{number}")
    assert "电话答复：本人接听" in page
