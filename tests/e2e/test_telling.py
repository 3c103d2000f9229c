"""A breach reaches people over HTTP, SMTP and the chat: the bell, the notices, mail, WeChat, the webhook, one's own page."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from servicedesk.channels.webhook import signature
from servicedesk.keys import CLOCK
from servicedesk.store.db import Conn
from tests.desk import Desk
from tests.e2e.conftest import Product, served
from tests.e2e.eventually import eventually
from tests.e2e.test_one_inquiry import number_in, sends, texts
from tests.postbox import Postbox, postbox

BAO = "oBob_demo_00000000000000002"
OFFICER = "oOfficer_demo_00000000003"


@pytest.fixture
async def box() -> AsyncIterator[Postbox]:
    async with postbox() as opened:
        yield opened


@pytest.fixture
async def product(conn: Conn, database: str, tmp_path: Path, box: Postbox) -> AsyncIterator[Product]:
    """The product with a mail server, and with leave to call programs on this machine."""
    async with served(conn, database, tmp_path, with_worker=True, mail=box.server(), webhook_private=True) as running:
        yield running


async def breach(product: Product, number: str, step: str = "reminded") -> None:
    """A step of the answer's clock is due now."""
    await product.desk.conn.execute(
        "UPDATE deadline SET next_step = $3, next_step_at = $2, due_at = $2 WHERE kind = 'resolution' "
        "AND ticket_id = (SELECT ticket_id FROM ticket WHERE number = $1)",
        number, product.app[CLOCK].now(), step,
    )  # fmt: skip


async def late_ticket(product: Product) -> str:
    await sends(product, "text", text="我家暖气不热")
    return await number_in(product)


async def states(product: Product) -> dict[tuple[str | None, str], tuple[str, str | None]]:
    rows = await product.desk.conn.fetch(
        "SELECT login, means, state, reason FROM telling LEFT JOIN staff USING (account_id, staff_id)"
    )
    return {(row["login"], row["means"]): (row["state"], row["reason"]) for row in rows}


async def test_a_breach_is_on_the_bell_and_in_the_mail_and_names_no_citizens_word(product: Product, box: Postbox) -> None:
    assert (await product.posts("zhujian", "/me", mail="zhujian@yunxi.example", by_mail="yes"))[0] == 303
    number = await late_ticket(product)
    _, before = await product.page("zhujian", "/tickets")
    assert "条未读" not in before
    await breach(product, number)

    async def arrived() -> list[tuple[str, str]]:
        return box.words_to("zhujian@yunxi.example")

    ((subject, text),) = await eventually(arrived)
    assert (subject, "暖气" in text) == (f"【催办】{number} 办理答复", False)
    assert f"【催办】{number} 住建局 办理答复" in text
    assert f"{product.base}/tickets/{number}" in text
    for login in ("zhujian", "paidan"):
        _, page = await product.page(login, "/notices")
        assert number in page
        assert '<b>1<span class="sr">条未读</span></b>' in page
    for login in ("duban", "admin", "jiaoyu", "bianji"):
        status, page = await product.page(login, "/notices")
        assert status == 200
        assert number not in page

    async def written_down() -> bool:
        return (await states(product)).get(("zhujian", "mail")) == ("sent", None)

    await eventually(written_down)
    _, page = await product.page("zhujian", "/me")
    assert "已发出" in page


async def test_opening_a_notice_reads_it_and_nobody_opens_anothers(product: Product) -> None:
    number = await late_ticket(product)
    await breach(product, number)

    async def shown() -> Any:
        return re.search(r'href="(/notices/\d+)"', (await product.page("zhujian", "/notices"))[1])

    link = (await eventually(shown))[1]
    for login in ("paidan", "jiaoyu", "duban", "admin", "bianji"):
        assert (await product.page(login, link))[0] == 404
    _, still = await product.page("zhujian", "/notices")
    assert "条未读" in still
    session = await product.signed_in("zhujian")
    async with session.get(product.base + link, allow_redirects=False) as response:
        assert (response.status, response.headers["Location"]) == (303, f"/tickets/{number}")
    _, after = await product.page("zhujian", "/notices")
    assert "条未读" not in after
    _, theirs = await product.page("paidan", "/notices")
    assert "条未读" in theirs
    up_to = re.search(r'name="up_to" value="(\d+)"', theirs)
    assert up_to is not None
    assert (await product.posts("paidan", "/notices/reading", up_to=up_to[1]))[0] == 303
    assert "条未读" not in (await product.page("paidan", "/notices"))[1]


async def test_a_bound_wechat_is_told_in_the_chat(product: Product) -> None:
    _, page = await product.posts("zhujian", "/me/binding")
    code = re.search(r"绑定 (\d{6})", page)
    assert code is not None
    await sends(product, "text", openid=OFFICER, text=f"绑定 {code[1]}")
    (reply,) = await texts(product, OFFICER)
    assert "已绑定工单账号" in reply
    _, own = await product.page("zhujian", "/me")
    assert "前可以发送" in own
    assert code[1] not in own
    assert (await product.api("/api/v1/balance"))["received"] == 0
    number = await late_ticket(product)
    await breach(product, number, "supervised")

    async def told() -> str | None:
        found = await texts(product, OFFICER)
        return found[1] if len(found) > 1 else None

    words = await eventually(told)
    assert words.startswith(f"【督办】{number} 住建局 办理答复")
    assert "暖气" not in words
    assert (await product.posts("zhujian", "/me/unbinding"))[0] == 303
    assert "获取绑定码" in (await product.page("zhujian", "/me"))[1]


async def test_a_wrong_code_binds_nobody(product: Product) -> None:
    await sends(product, "text", openid=BAO, text="绑定 000000")
    (reply,) = await texts(product, BAO)
    assert "绑定码不对或已经过期" in reply


@pytest.mark.filterwarnings("ignore::aiohttp.web_exceptions.NotAppKeyWarning")
async def test_the_webhook_gets_every_step_with_a_right_signature_until_it_is_gone(product: Product) -> None:
    app = web.Application()
    app["seen"], app["status"] = [], [200]

    async def take(request: web.Request) -> web.Response:
        app["seen"].append((request.headers.copy(), await request.read()))
        return web.Response(status=app["status"][-1])

    app.router.add_post("/hook", take)
    program = TestServer(app, host="127.0.0.1")
    await program.start_server()
    try:
        for login in ("zhujian", "paidan", "bianji", "duban"):
            assert (await product.posts(login, "/settings/webhook", webhook_url="https://a.cn/"))[0] == 403
        status, page = await product.posts("admin", "/settings/webhook", webhook_url="http://a.cn/")
        assert (status, "推送地址应以 https:// 开头" in page) == (422, True)
        status, page = await product.posts("admin", "/settings/webhook", webhook_url=str(program.make_url("/hook")))
        secret = re.search(r"<code>([^<]+)</code>", page)
        assert secret is not None
        assert secret[1] not in (await product.page("admin", "/settings"))[1]
        number = await late_ticket(product)
        await breach(product, number)
        headers, body = (await eventually(lambda: _seen(app, 1)))[0]
        told = json.loads(body)
        timestamp = int(headers["X-Servicedesk-Timestamp"])
        assert headers["X-Servicedesk-Signature"] == f"v1={signature(secret[1], told['id'], timestamp, body)}"
        assert headers["X-Servicedesk-Id"] == told["id"]
        assert (told["type"], told["account"]) == ("escalation", "testxian")
        (item,) = told["items"]
        assert (item["ticket"], item["step"], item["deadline"]) == (number, "reminded", "resolution")
        assert item["department"] == "县住房和城乡建设局"
        assert item["link"] == f"{product.base}/tickets/{number}"

        app["status"].append(410)
        await breach(product, number, "supervised")
        await eventually(lambda: _seen(app, 2))

        async def off() -> bool:
            return "推送地址表示已经停用" in (await product.page("admin", "/settings"))[1]

        await eventually(off)
        status, page = await product.posts(
            "admin", "/settings/webhook", webhook_url=str(program.make_url("/hook")), renew="yes"
        )
        assert "签名密钥" in page
        assert "推送地址表示已经停用" not in page
        assert (await product.posts("admin", "/settings/webhook", webhook_url=""))[0] == 303
        assert await product.desk.conn.fetchval("SELECT webhook_secret IS NULL FROM account")
    finally:
        await program.close()


async def _seen(app: web.Application, count: int) -> Any:
    return app["seen"] if len(app["seen"]) >= count else None


async def test_ones_own_page_changes_oneself_only(product: Product, neighbour: Desk) -> None:
    assert (await product.posts("zhujian", "/me", mail="wang@yunxi.example", by_mail="yes"))[0] == 303
    rows = await product.desk.conn.fetch("SELECT account_id, login FROM staff WHERE mail IS NOT NULL")
    assert [(row["account_id"], row["login"]) for row in rows] == [(product.desk.account.id, "zhujian")]
    for login, code in (("paidan", "testxian"), ("zhujian", "lindeng")):
        status, page = await product.page(login, "/me", code)
        assert status == 200
        assert "wang@yunxi.example" not in page
    status, page = await product.posts("zhujian", "/me", mail="not an address", by_mail="yes")
    assert (status, "邮箱地址不对" in page, 'value="not an address"' in page) == (422, True, True)
    status, page = await product.posts("zhujian", "/me", mail="", by_mail="yes")
    assert (status, "请先填写邮箱" in page) == (422, True)


async def test_the_hours_of_the_ladder_are_settings_and_in_order(product: Product) -> None:
    _, page = await product.page("admin", "/settings")
    given = dict(re.findall(r'<input name="([\w.]+)" inputmode="numeric" required value="(\d+)"', page))
    assert (given["supervised_after_hours"], given["notified_after_hours"]) == ("4", "16")
    status, page = await product.posts("admin", "/settings", **{**given, "notified_after_hours": "4"})
    assert (status, "应当晚于督办" in page) == (422, True)
    assert (await product.posts("admin", "/settings", **{**given, "supervised_after_hours": "8"}))[0] == 303
    assert await product.desk.conn.fetchval("SELECT supervised_after_hours FROM account") == 8


async def test_the_new_pages_are_complete_in_english(product: Product) -> None:
    number = await late_ticket(product)
    await breach(product, number, "notified")

    async def noticed() -> bool:
        return number in (await product.page("admin", "/notices"))[1]

    await eventually(noticed)
    for login, path in (("admin", "/notices"), ("zhujian", "/me"), ("admin", "/settings")):
        session = await product.signed_in(login)
        jar: Any = session.cookie_jar
        cookies = "; ".join([*(f"{each.key}={each.value}" for each in jar), "lang=en"])
        async with session.get(product.base + path, headers={"Cookie": cookies}) as response:
            html = re.sub(r"<[^>]+>", " ", await response.text())
        for known in ("测试县发布", "县住房和城乡建设局", "住建局", "教育局", "某", "必复", "中文"):
            html = html.replace(known, "")
        assert not re.search(r"[\u4e00-\u9fff]", html), (path, re.findall(r"[\u4e00-\u9fff]+", html))


async def test_a_summary_fits_into_one_message_of_the_chat(product: Product) -> None:
    _, page = await product.posts("zhujian", "/me/binding")
    code = re.search(r"绑定 (\d{6})", page)
    assert code is not None
    await sends(product, "text", openid=OFFICER, text=f"绑定 {code[1]}")
    await product.desk.conn.execute("UPDATE department SET short_name = repeat('局', 30)")
    now = product.app[CLOCK].now()
    for who in range(25):
        await product.desk.asked(openid=f"c{who}", now=now)
    await product.desk.conn.execute(
        "UPDATE deadline SET next_step = 'reminded', next_step_at = $1, due_at = $1 WHERE kind = 'resolution'", now
    )

    async def told() -> str | None:
        found = await texts(product, OFFICER)
        return found[1] if len(found) > 1 else None

    words = await eventually(told)
    assert words.startswith("有 25 件工单")
    assert len(words.encode()) <= 1800
    lines = words.count("【催办】")
    assert 5 < lines < 20
    assert f"另有 {25 - lines} 件" in words
