"""A topic over HTTP: found by the worker, told by mail, WeChat and webhook, shown with its curve, tied to a notice, dismissed."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from servicedesk.keys import CLOCK
from servicedesk.store import accounts
from servicedesk.store.db import Conn
from servicedesk.usecases import similar, spotting
from tests.e2e.conftest import Product, served
from tests.e2e.eventually import eventually
from tests.e2e.test_one_inquiry import sends, texts
from tests.made_up import HEATING, SCHOOL, inquiries
from tests.postbox import Postbox, postbox

OFFICER = "oOfficer_demo_00000000003"
DAY = timedelta(days=1)


@pytest.fixture
async def box() -> AsyncIterator[Postbox]:
    async with postbox() as opened:
        yield opened


@pytest.fixture
async def product(conn: Conn, database: str, tmp_path: Path, box: Postbox) -> AsyncIterator[Product]:
    """The product with a mail server, and with leave to call programs on this machine."""
    async with served(conn, database, tmp_path, with_worker=True, mail=box.server(), webhook_private=True) as running:
        yield running


async def lives_through_an_outage(product: Product) -> str:
    """Three weeks of everyday matters, then eight citizens without water; the topic's path."""
    desk, now = product.desk, product.app[CLOCK].now()
    made = iter(inquiries({"1": HEATING, "2": SCHOOL}, 63))
    # At once: the worker must not look at half of it.
    async with desk.conn.transaction():
        for day in range(21, 0, -1):
            for number in range(3):
                await desk.says(next(made)[0], openid=f"d{day}-{number}", now=now - day * DAY)
        for number in range(8):
            await desk.says("东关小区停水了，水管爆了，什么时候来水", openid=f"o{number}", now=now)
        while await similar.index_owed(desk.conn, [desk.account.id], size=99):
            pass
        await spotting.look(desk.conn, desk.account, now=now, wall=product.app[CLOCK].wall())

    async def listed() -> str | None:
        found = re.search(r'href="(/topics/\d+)"', (await product.page("duban", "/topics"))[1])
        return found[1] if found else None

    return str(await eventually(listed))


@pytest.mark.filterwarnings("ignore::aiohttp.web_exceptions.NotAppKeyWarning")
async def test_a_supervisor_is_told_by_mail_and_wechat_and_a_program_by_webhook(product: Product, box: Postbox) -> None:
    app = web.Application()
    app["seen"] = []

    async def take(request: web.Request) -> web.Response:
        app["seen"].append(json.loads(await request.read()))
        return web.Response()

    app.router.add_post("/hook", take)
    program = TestServer(app, host="127.0.0.1")
    await program.start_server()
    try:
        _, page = await product.posts("duban", "/me/binding")
        code = re.search(r"绑定 (\d{6})", page)
        assert code is not None
        await sends(product, "text", openid=OFFICER, text=f"绑定 {code[1]}")
        given = {"mail": "duban@yunxi.example", "by_mail": "yes", "by_wechat": "yes"}
        assert (await product.posts("duban", "/me", **given))[0] == 303
        await product.posts("admin", "/settings/webhook", webhook_url=str(program.make_url("/hook")))
        product.desk.account = await _account(product)
        path = await lives_through_an_outage(product)
        ((subject, text),) = await eventually(lambda: _mails(box))
        assert subject.startswith("【突增】东关小区 ")
        assert "停水" in subject
        assert "今天已有 8 位市民反映同一件事" in text
        assert product.base + path in text
        said = await eventually(lambda: _told(product))
        assert said.startswith("【突增】东关小区 ")
        assert product.base + path in said
        told = (await eventually(lambda: _seen(app)))[0]
        assert (told["type"], told["topic"]["place"], told["topic"]["citizens"]) == ("topic", "东关小区", 8)
        assert told["topic"]["link"] == product.base + path
        assert set(told["topic"]) == {"words", "place", "kind", "citizens", "usual", "link"}
        _, own = await product.page("duban", "/me")
        assert "热点 东关小区" in own
    finally:
        await program.close()


async def test_the_page_shows_curves_and_tickets_and_a_notice_is_tied_and_the_topic_dismissed(product: Product) -> None:
    path = await lives_through_an_outage(product)
    _, page = await product.page("duban", path)
    assert page.count('class="curve"') == 2
    assert page.count("东关小区停水了，水管爆了") == 8
    status, page = await product.posts("bianji", f"{path}/notices", notice_title="", at="2026-11-25T11:00")
    assert (status, 'value="2026-11-25T11:00"' in page) == (422, True)
    at = (product.app[CLOCK].now().astimezone(product.desk.account.zone) - timedelta(minutes=2)).strftime("%Y-%m-%dT%H:%M")
    form = {"notice_title": "关于东关小区停水的说明", "at": at}
    for login, status in (("zhujian", 403), ("paidan", 403), ("bianji", 303)):
        assert (await product.posts(login, f"{path}/notices", **form))[0] == status
    _, page = await product.page("duban", path)
    assert "关于东关小区停水的说明" in page
    assert 'class="noticed"' in page
    for login, status in (("zhujian", 403), ("bianji", 403), ("duban", 303)):
        assert (await product.posts(login, f"{path}/dismissal"))[0] == status
    assert path not in (await product.page("duban", "/topics"))[1]
    for login, path_, status in (("zhujian", "/topics", 403), ("zhujian", path, 403), ("duban", "/topics/999", 404)):
        assert (await product.page(login, path_))[0] == status


async def _account(product: Product) -> Any:
    return await accounts.by_id(product.desk.conn, product.desk.account.id)


async def _mails(box: Postbox) -> list[tuple[str, str]]:
    return box.words_to("duban@yunxi.example")


async def _told(product: Product) -> str | None:
    return next((each for each in await texts(product, OFFICER) if "【突增】" in each), None)


async def _seen(app: web.Application) -> Any:
    return app["seen"]
