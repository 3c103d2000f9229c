"""Trying to get in: every route as every role of another department and another account; forms, headers, languages."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from servicedesk.app import ROUTES
from servicedesk.store.db import Conn
from tests.desk import NOW, PASSWORD, Desk
from tests.e2e.conftest import Product, csrf_of, served

PUBLIC = {
    "/", "/healthz", "/readyz", "/metrics", "/login", "/language/{language}", "/wechat/{account}", "/api/openapi.json",
    # A signed link is the key of these; test_links.py and test_rungs.py try to get in.
    "/c/{account}/notice", "/c/{account}/notice/{token}", "/c/{account}/{token}",
    "/c/{account}/{token}/files/{attachment}", "/c/{account}/{token}/verdict",
    "/portal/{account}", "/portal/{account}/figures", "/portal/{account}/answers/{id}",
    "/portal/{account}/pictures/{id}", "/portal/{account}/feed.atom", "/portal/{account}/feed.json",
}  # fmt: skip
# Every person signed in has these, and sees their own only: test_telling.py tries to see others'.
OF_ANYBODY = {"/home", "/logout", "/notices", "/notices/reading", "/me", "/me/binding", "/me/unbinding"}
STREAMS = {"/board/events"}  # these never end; test_live_board.py tries to get in
PATTERN = r":\\d\{1,18\}|:zh\|en|:csv\|xlsx\|pdf|:media\|attachment"  # of a variable in a path
ROLES = ("zhujian", "jiaoyu", "paidan", "bianji", "duban", "admin")
PAGES_OF = {
    "/tickets": {"zhujian", "jiaoyu", "paidan", "duban", "admin"},
    "/triage": {"paidan", "duban", "admin"},
    "/board": {"duban", "admin"},
    "/board/limbo": {"duban", "admin"},
    "/figures": {"duban", "admin"},
    "/figures/tickets": {"duban", "admin"},
    "/figures.{form}": {"duban", "admin"},
    "/publications": {"bianji"},
    "/owed": {"zhujian", "jiaoyu", "paidan", "duban", "admin"},
    "/topics": {"paidan", "bianji", "duban", "admin"},
    "/search": {"zhujian", "jiaoyu", "paidan", "duban", "admin"},
    "/settings": {"admin"},
    "/settings/policies": {"admin"},
    "/settings/calendar": {"admin"},
    "/settings/routing": {"admin"},
    "/settings/words": {"admin"},
    "/settings/officials": {"admin"},
}
# Forms of everybody's own account: test_calendar_page.py tries them as every role.
FORMS_OF_OWN = {
    "/settings/calendar/proposals",
    "/settings/calendar/changes",
    "/settings/webhook",
    "/settings/routing/version",
    "/settings/routing/urgent",
    "/settings/routing/rules",
    "/settings/policies/preset",
    "/settings/policies/withdrawal",
}


@pytest.fixture
async def product(conn: Conn, database: str, tmp_path: Path) -> AsyncIterator[Product]:
    """Pages and programs only: what the worker does would come in between."""
    async with served(conn, database, tmp_path, with_worker=False) as running:
        yield running


def routes() -> list[tuple[str, str]]:
    """Every route of the application as method and path, without the patterns of its variables."""
    every = [route for module in ROUTES for route in module.routes if isinstance(route, web.RouteDef)]
    return sorted({(route.method, re.sub(PATTERN, "", route.path)) for route in every})


GUARDED = [
    (method, path) for method, path in routes() if path not in PUBLIC | OF_ANYBODY | STREAMS and not path.startswith("/api/")
]


def test_the_walk_knows_every_route() -> None:
    assert len(GUARDED) > 15
    assert {path for _, path in routes()} >= PUBLIC


async def _filled(product: Product, number: str, path: str) -> str:
    media = await product.desk.conn.fetchval("SELECT max(media_id) FROM media")
    publication = await product.desk.conn.fetchval("SELECT max(publication_id) FROM publication")
    delivery = await product.desk.conn.fetchval("SELECT max(delivery_id) FROM delivery")
    attachment = await product.desk.conn.fetchval("SELECT max(attachment_id) FROM attachment")
    support = await product.desk.conn.fetchval("SELECT max(support_id) FROM support")
    promise = await product.desk.conn.fetchval("SELECT max(promise_id) FROM promise")
    path = path.replace("{form}", "csv").replace("{support}", str(support)).replace("{promise}", str(promise))
    path = (
        path.replace("{delivery}", str(delivery))
        .replace("{attachment}", str(attachment))
        .replace("{rule}", "1")
        .replace("{topic}", "1")
    )
    path = path.replace("{source}", "media")
    path = path.replace("{notice}", str(await product.desk.conn.fetchval("SELECT max(notice_id) FROM notice")))
    return path.replace("{number}", number).replace("{id}", str(publication if "publications" in path else media))


async def _a_ticket_with_everything(desk: Desk) -> str:
    """A ticket of the heating department with a picture, a notice and a publication."""
    from servicedesk.domain.model import InboundMessage
    from servicedesk.usecases import answering, assigning, attaching, escalation, publishing, setting_up, supporting

    await desk.sends(InboundMessage("m:pic", "walker", "image", media_id="pic"))
    reply = await desk.says("家里暖气不热", openid="walker")
    assert reply is not None
    number = str(reply.facts["number"])
    await desk.conn.execute("UPDATE media SET state = 'stored', sha256 = 'x', next_try_at = NULL, content_type = 'image/png'")
    await assigning.accept(desk.conn, desk.staff["zhujian"], number, now=NOW)
    await escalation.take_steps(desk.conn, [desk.account.id], now=NOW + timedelta(hours=1))
    file = attaching.NewFile("通知.pdf", "application/pdf", "f" * 64, 10)
    await attaching.attach(desk.conn, desk.staff["zhujian"], number, [file], now=NOW)
    # The supporting department is a third one: what it may see it may see, and the test is about those who may not.
    await setting_up.add_department(
        desk.conn, desk.account, code="shuiwu", name="县水务局", short_name="水务局", phone="", duties=[]
    )
    request = supporting.Request("shuiwu", "管道归谁管？", "1")
    await supporting.ask(desk.conn, desk.staff["zhujian"], number, request, now=NOW)
    await answering.answer(desk.conn, desk.staff["zhujian"], number, "好了，三个工作日内再来检查。", now=NOW)
    await desk.deliver()
    proposal = await publishing.propose(desk.conn, desk.staff["bianji"], number)
    await publishing.publish(
        desk.conn,
        desk.staff["bianji"],
        number,
        title="暖气",
        seal=proposal.seal,
        for_digest=True,
        now=NOW,
    )
    return number


async def test_every_route_refuses_every_role_of_another_account_and_other_departments(
    product: Product, neighbour: Desk
) -> None:
    number = await _a_ticket_with_everything(product.desk)
    for method, path in GUARDED:
        filled = await _filled(product, number, path)
        if path in PAGES_OF or path in FORMS_OF_OWN:  # everybody's own account
            continue
        for role in ROLES:
            status = await _knock(product, method, filled, role, "lindeng")
            assert status in (403, 404), (method, path, role, status)
        status = await _knock(product, method, filled, "jiaoyu", "testxian")
        assert status in (403, 404), (method, path, status)


async def test_pages_open_only_to_their_roles(product: Product) -> None:
    for path, roles in PAGES_OF.items():
        for role in ROLES:
            status, _ = await product.page(role, path.replace("{form}", "csv"))
            assert status == (200 if role in roles else 403), (path, role)


async def test_a_neighbours_queue_board_and_search_show_nothing_of_ours(product: Product, neighbour: Desk) -> None:
    number = await _a_ticket_with_everything(product.desk)
    for login, path in (("zhujian", "/tickets?state=answered"), ("paidan", "/tickets?state=answered"), ("duban", "/board")):
        _, page = await product.page(login, path, "lindeng")
        assert number not in page
    _, own = await product.page("jiaoyu", "/tickets?state=answered&department=zhujian")
    assert number not in own
    async with product.client.get(f"{product.base}/portal/lindeng?q=暖气") as response:
        assert "/answers/" not in await response.text()


async def test_strangers_are_sent_to_the_login_and_their_forms_refused(product: Product) -> None:
    number = await _a_ticket_with_everything(product.desk)
    for method, path in GUARDED:
        filled = product.base + await _filled(product, number, path)
        async with product.client.request(method, filled, allow_redirects=False) as response:
            assert response.status == (302 if method == "GET" else 403), (method, path)


async def test_a_form_without_the_sessions_token_is_refused(product: Product) -> None:
    number = await product.desk.asked()
    session = await product.signed_in("zhujian")
    for data in ({}, {"csrf": ""}, {"csrf": "guess"}):
        async with session.post(f"{product.base}/tickets/{number}/acceptance", data=data) as response:
            assert response.status == 403
    assert (await product.desk.ticket(number)).state == "assigned"


async def test_another_persons_token_does_not_fit(product: Product) -> None:
    number = await product.desk.asked()
    other = await product.signed_in("paidan")
    async with other.get(f"{product.base}/home") as page:
        theirs = csrf_of(await page.text())
    session = await product.signed_in("zhujian")
    async with session.post(f"{product.base}/tickets/{number}/acceptance", data={"csrf": theirs}) as response:
        assert response.status == 403


async def test_the_login_form_must_be_ours(product: Product) -> None:
    form = {"csrf": "x", "account": "testxian", "login": "zhujian", "password": PASSWORD}
    async with product.client.post(f"{product.base}/login", data=form) as response:
        assert response.status == 403


async def test_a_wrong_password_is_answered_with_the_form_and_the_name_kept(product: Product) -> None:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        async with session.get(f"{product.base}/login") as page:
            csrf = csrf_of(await page.text())
        form = {"csrf": csrf, "account": "testxian", "login": "zhujian", "password": "wrong password"}
        async with session.post(f"{product.base}/login", data=form) as response:
            text = await response.text()
            assert response.status == 403
            assert 'value="zhujian"' in text
            assert "wrong password" not in text


async def test_signing_out_revokes_the_session_on_the_server(product: Product) -> None:
    session = await product.signed_in("zhujian")
    cookie = next(each for each in session.cookie_jar if each.key == "session")
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert (await product.posts("zhujian", "/logout"))[0] == 303
    headers = {"Cookie": f"session={cookie.value}"}
    async with product.client.get(f"{product.base}/tickets", headers=headers, allow_redirects=False) as response:
        assert response.status == 302


@pytest.mark.parametrize("path", ["/login", "/portal/testxian", "/sandbox/", "/nowhere", "/static/desk.css"])
async def test_every_answer_carries_the_security_headers(product: Product, path: str) -> None:
    async with product.client.get(product.base + path) as response:
        policy = response.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy or "default-src 'self'" in policy
        assert "unsafe" not in policy
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert "frame-ancestors 'none'" in policy


async def test_no_page_has_inline_script_style_or_an_asset_of_another_host(product: Product) -> None:
    number = await product.desk.accepted()
    pages = [
        ("zhujian", "/tickets"),
        ("zhujian", f"/tickets/{number}"),
        ("paidan", "/triage"),
        ("duban", "/board"),
        ("bianji", "/publications"),
        ("admin", "/settings/calendar"),
    ]
    for login, path in pages:
        _, html = await product.page(login, path)
        assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=|javascript:", html), path
        assert not re.search(r'(?:src|href|action)="(?:https?:)?//', html), path


async def test_what_a_citizen_writes_is_never_markup(product: Product) -> None:
    number = await product.desk.asked('暖气<script>alert(1)</script>"><img src=x onerror=alert(1)>')
    for login, path in (("zhujian", "/tickets"), ("zhujian", f"/tickets/{number}"), ("duban", "/board")):
        _, html = await product.page(login, path)
        assert "<script>alert" not in html
        assert "<img src=x" not in html


@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example/x", "/\\evil.example", "javascript:alert(1)"])
async def test_next_leads_nowhere_but_here(product: Product, target: str) -> None:
    async with product.client.get(f"{product.base}/language/en", params={"next": target}, allow_redirects=False) as response:
        assert response.headers["Location"] == "/"


async def test_pages_are_complete_in_english(product: Product) -> None:
    number = await product.desk.accepted()
    await product.desk.says("说不清楚的事", openid="other")
    for login, path in (
        ("zhujian", "/tickets"), ("zhujian", f"/tickets/{number}"), ("paidan", "/triage"), ("duban", "/board"),
        ("bianji", "/publications"), ("zhujian", "/tickets/20200101-0001"), ("zhujian", "/board"),
        ("admin", "/settings/calendar"),
    ):  # fmt: skip
        session = await product.signed_in(login)
        async with session.get(product.base + path, headers={"Cookie": _cookies(session, "lang=en")}) as response:
            html = await response.text()
            assert 'lang="en"' in html
            # What people and places are called stays Chinese; the page's own words do not.
            for word in ("工单", "派单", "签收", "承办", "督办", "时限", "登录", "答复", "退单"):
                assert word not in re.sub(r"<[^>]+>", " ", html).replace("测试县发布", ""), (path, word)


async def test_an_error_shows_words_and_no_traceback(product: Product) -> None:
    async with product.client.get(f"{product.base}/nowhere") as response:
        html = await response.text()
        assert response.status == 404
        assert "没有找到" in html
        assert "Traceback" not in html


async def test_a_refused_answer_comes_back_with_the_words_that_were_typed(product: Product) -> None:
    number = await product.desk.accepted()
    await product.posts("zhujian", f"/tickets/{number}/answer", body="第一份答复")
    status, html = await product.posts("zhujian", f"/tickets/{number}/answer", body="这是花了一小时写的第二份")
    assert status == 409
    status, html = await product.posts("paidan", f"/tickets/{number}/merger", into="20200101-0001")
    assert status == 422
    assert "没有这个工单号" in html
    assert 'value="20200101-0001"' in html


def _cookies(session: aiohttp.ClientSession, *more: str) -> str:
    jar: Any = session.cookie_jar
    return "; ".join([*(f"{each.key}={each.value}" for each in jar), *more])


async def _knock(product: Product, method: str, path: str, login: str, code: str) -> int:
    """One request of a person, with a form's token where it is a form."""
    if method == "GET":
        return (await product.page(login, path, code))[0]
    return (await product.posts(login, path, code, reason="x", note="x", body="x", department="zhujian", into="x"))[0]


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("multipart/form-data", b"--x"),
        ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data; name=login\r\n"),
        ("multipart/form-data; boundary=x", b"no part at all"),
        ("application/x-www-form-urlencoded; charset=foo", b"login=a"),
        ("application/x-www-form-urlencoded", b"login=%00&password=x&account=testxian"),
        ("application/x-www-form-urlencoded", b"login=%ff%fe&password=%ed%a0%80"),
        ("application/json", b"{}"),
    ],
)
async def test_a_form_that_is_none_is_refused_and_never_an_error_of_ours(
    product: Product, content_type: str, body: bytes
) -> None:
    async with product.client.post(f"{product.base}/login", data=body, headers={"Content-Type": content_type}) as response:
        assert 400 <= response.status < 500


@pytest.mark.parametrize("after", ["9e999~1", "nan~1", "0~" + "9" * 60, "-1e12~1", "~", "1~-99999999999999999999"])
async def test_a_made_up_page_key_shows_a_page(product: Product, after: str) -> None:
    status, _ = await product.page("paidan", f"/tickets?after={after}")
    assert status == 200
