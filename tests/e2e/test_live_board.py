"""The board's stream: who gets one, what it says, and how it ends; and the page without it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from servicedesk.jobs import changes
from servicedesk.jobs.place import Place
from servicedesk.keys import CLIENT, CLOCK, FILES, LINKS, PAGES, POOL, VAULT
from servicedesk.store.db import Conn
from servicedesk.usecases import assigning
from servicedesk.web import live
from servicedesk.web.live import BOARDS
from tests.desk import NOW, Desk
from tests.e2e.conftest import Product, served
from tests.e2e.eventually import eventually

EVENT = b"event: changed\n"


@pytest.fixture
async def product(conn: Conn, database: str, tmp_path: Path) -> AsyncIterator[Product]:
    """Without its worker, whose rounds the tests take by hand."""
    async with served(conn, database, tmp_path, with_worker=False) as running:
        yield running


def worker_of(product: Product) -> Place:
    """What a worker has, for one round of it."""
    app = product.app
    return Place(app[POOL], app[VAULT], app[CLOCK], app[CLIENT], app[PAGES], app[FILES], app[LINKS])


async def stream(product: Product, login: str = "duban", code: str = "testxian") -> aiohttp.ClientResponse:
    """A person's stream; the caller closes it."""
    session = await product.signed_in(login, code)
    return await session.get(f"{product.base}/board/events", allow_redirects=False)


async def next_event(opened: aiohttp.ClientResponse) -> bytes:
    """The next line that is no comment and no blank; empty where the stream has ended."""
    async with asyncio.timeout(20):
        while line := await opened.content.readline():
            if line.startswith(b"event:"):
                return line
    return b""


async def quiet(product: Product) -> None:
    """Every stream has ended, and nothing listens any more."""

    async def look() -> bool | None:
        return not product.app[BOARDS].listens or None

    await eventually(look)


async def test_an_event_arrives_when_a_ticket_is_accepted_and_not_before(product: Product, neighbour: Desk) -> None:
    number = await product.desk.asked()
    look = changes.seen_by(worker_of(product))
    await look()
    ours, theirs = await stream(product), await stream(product, code="lindeng")
    assert (ours.status, ours.headers["Content-Type"]) == (200, "text/event-stream")
    assert "default-src 'none'" in ours.headers["Content-Security-Policy"]
    await look()
    await assigning.accept(product.desk.conn, product.desk.staff["zhujian"], number, now=NOW)
    await look()
    assert await next_event(ours) == EVENT
    await neighbour.asked()
    await look()
    assert await next_event(theirs) == EVENT
    ours.close()
    theirs.close()
    await quiet(product)


async def test_strangers_and_who_has_no_board_are_refused(product: Product) -> None:
    async with product.client.get(f"{product.base}/board/events", allow_redirects=False) as response:
        assert response.status == 403
    for login in ("zhujian", "jiaoyu", "paidan", "bianji"):
        refused = await stream(product, login)
        assert refused.status == 403, login
        refused.close()
    assert not product.app[BOARDS].listens


async def test_beyond_so_many_streams_the_browser_is_told_to_ask(
    product: Product, neighbour: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "MOST", 2)
    opened = [await stream(product) for _ in range(3)]
    assert [each.status for each in opened] == [200, 200, 503]
    other = await stream(product, code="lindeng")
    assert other.status == 200
    for each in (*opened, other):
        each.close()
    await quiet(product)
    again = await stream(product)
    assert again.status == 200
    again.close()
    await quiet(product)


async def test_a_stream_ends_when_the_server_stops(conn: Conn, database: str, tmp_path: Path) -> None:
    async with served(conn, database, tmp_path, with_worker=True) as running:
        opened = await stream(running)
        assert opened.status == 200
        running.app[BOARDS].end()
        while await next_event(opened):
            pass
        late = await stream(running)
        assert late.status == 503
        late.close()


async def test_streams_that_are_open_do_not_keep_the_server_from_stopping(conn: Conn, database: str, tmp_path: Path) -> None:
    async with asyncio.timeout(30), aiohttp.ClientSession() as browser:
        async with served(conn, database, tmp_path, with_worker=True) as running:
            await running.signed_in("duban")
            cookies = {each.key: each.value for each in running.sessions["testxian/duban"].cookie_jar}
            opened = await browser.get(f"{running.base}/board/events", cookies=cookies)
            assert opened.status == 200
        assert not running.app[BOARDS].listens
        assert await opened.content.read() is not None
        opened.close()


async def test_streams_end_with_the_connection_that_listens_and_begin_anew(product: Product) -> None:
    opened = await stream(product)
    await product.desk.conn.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'")
    assert await next_event(opened) == b""
    number, look = await product.desk.asked(), changes.seen_by(worker_of(product))
    await look()
    again = await stream(product)
    await assigning.accept(product.desk.conn, product.desk.staff["zhujian"], number, now=NOW)
    await look()
    assert await next_event(again) == EVENT
    again.close()
    await quiet(product)


async def test_the_board_works_without_script_and_keeps_its_filters(product: Product) -> None:
    heating = await product.desk.asked("家里暖气不热", openid="a")
    school = await product.desk.asked("孩子上学的招生范围怎么划？", openid="b")
    status, html = await product.page("duban", "/board?department=zhujian&kind=help")
    assert status == 200
    assert heating in html
    assert school not in html
    assert 'hx-get="/board?department=zhujian&amp;kind=help"' in html
    assert '<option value="zhujian" selected>' in html
    for link in set(re.findall(r'href="(/(?:tickets|owed)[^"]*)"', html)):
        status, page = await product.page("duban", link.replace("&amp;", "&"))
        assert status == 200, link
        if "kind=help" in link:
            assert heating in page or "这里没有工单" in page
            assert school not in page
    for path in ('/board?department="><i>&kind=nothing', '/tickets?state=overdue&kind=nothing&department="><i>'):
        status, html = await product.page("duban", path)
        assert status == 200
        assert '"><i>' not in html


async def test_a_supervisor_takes_over_answers_extends_and_comments_on_the_ticket_page(product: Product) -> None:
    number = await product.desk.accepted()
    for path, form in (
        ("takeover", {"reason": "群众反映强烈"}),
        ("notes", {"note": "今天必须上门"}),
        ("extensions/grant", {"amount": "1", "reason": "需要现场勘查"}),
        ("replies", {"body": "已到现场核实。"}),
    ):
        status, _ = await product.posts("duban", f"/tickets/{number}/{path}", **form)
        assert status == 303, path
    _, html = await product.page("zhujian", f"/tickets/{number}")
    assert "督办duban某已接管这张工单" in html
    assert "<b>批示</b> 今天必须上门" in html
    assert f"/tickets/{number}/answer" not in html
    assert "督办接管：群众反映强烈" in html
    _, html = await product.page("zhujian", "/tickets")
    assert "督办接管" in html
    status, _ = await product.posts("zhujian", f"/tickets/{number}/answer", body="我们来答")
    assert status == 403
    status, _ = await product.posts("duban", f"/tickets/{number}/handback", reason="请按批示办理")
    assert status == 303
    status, html = await product.posts("duban", f"/tickets/{number}/handback", reason="再交一次")
    assert status == 409
