"""The whole story with four people: a citizen asks, a department answers, a supervisor watches, an editor publishes."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Visitor
from tests.demo import Demo

QUESTION = "您好,我叫张桂花,锦绣家园3号楼2单元501,家里暖气一直不热,室温只有15度,电话13800001234,麻烦来看看"
ANSWER = "您好!11月25日下午热力公司已上门更换入户阀门,实测室温20.5度。如再有问题请拨打0479-6223107。"


def said_by_the_account(page: Page, text: str | re.Pattern[str]) -> None:
    expect(page.locator("#talk")).to_contain_text(text, timeout=20_000)


def test_a_citizen_asks_a_department_answers_a_supervisor_watches_an_editor_publishes(demo: Demo, browser: Browser) -> None:
    citizen = Visitor(browser, demo.base)
    chat = citizen.goes("/sandbox/")
    chat.fill("#text", QUESTION)
    chat.click("#send")
    said_by_the_account(chat, "您的来信收到了")
    said_by_the_account(chat, "县住房和城乡建设局")
    number = re.search(r"20\d{6}-\d{4}", chat.inner_text("#talk"))
    assert number is not None
    expect(chat.locator(".menu")).to_contain_text("查进度")
    chat.locator(".menu button", has_text="查进度").click()
    said_by_the_account(chat, "已转承办单位,等待签收".replace(",", "\uff0c"))
    citizen.shows("1-citizen-asks")

    staff = Visitor(browser, demo.base)
    page = staff.signs_in("zhujian")
    staff.shows("2-department-queue")
    page.goto(f"{demo.base}/tickets/{number[0]}")
    expect(page.locator(".talk")).to_contain_text("室温只有15度")
    page.click('form[action$="/acceptance"] button')
    page.fill("#body", "正在安排师傅上门,今天下午给您准信。")
    page.click('button[formaction$="/replies"]')
    page.fill("#body", ANSWER)
    staff.shows("3-department-writes", whole=True)
    page.click('form[action$="/answer"] button.primary')
    said_by_the_account(chat, "实测室温20.5度")
    page.reload()
    expect(page.locator("h1 .pill")).to_have_text("已答复")
    staff.shows("4-department-answered", whole=True)
    citizen.shows("5-citizen-is-answered")
    citizen.shows("readme-chat")

    supervisor = Visitor(browser, demo.base)
    board = supervisor.signs_in("duban")
    expect(board.locator(".balance")).to_contain_text("平衡")
    supervisor.shows("6-supervisor-board", whole=True)
    supervisor.shows("readme-board")

    editor = Visitor(browser, demo.base)
    desk = editor.signs_in("bianji")
    desk.goto(f"{demo.base}/tickets/{number[0]}/publication")
    masked = desk.inner_text(".masked")
    for private in ("张桂花", "13800001234", "3号楼2单元501"):
        assert private not in masked
    assert "0479-6223107" in masked
    desk.fill("#also", "锦绣家园")
    desk.click("button[value=look]")
    expect(desk.locator(".masked")).not_to_contain_text("锦绣家园")
    desk.fill("input[name=title]", "家里暖气不热怎么报修")
    editor.shows("7-editor-masks", whole=True)
    desk.click("button[value=confirm]")
    expect(desk.locator(".plan")).to_contain_text("家里暖气不热怎么报修")
    editor.shows("8-editor-push")

    portal = Visitor(browser, demo.base)
    public = portal.goes("/portal/yunxi?q=暖气 报修")
    expect(public.locator(".qa h2").first).to_have_text("家里暖气不热怎么报修")
    public.click(".qa h2 a")
    portal.shows("9-portal")

    # The clock is moved from the chat page: what nobody answered is reminded of.
    chat.locator("#tools button[data-move=working_day]").click()
    chat.locator("#tools button[data-move=working_day]").click()
    board.wait_for_timeout(2500)
    board.reload()
    expect(board.locator(".events")).to_contain_text(re.compile("催办|督办"))
    supervisor.shows("10-supervisor-later", whole=True)
    for visitor in (citizen, staff, supervisor, editor, portal):
        visitor.leaves()


@pytest.mark.parametrize("width", [360, 1440])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_page_fits_its_screen_in_both_languages(demo: Demo, browser: Browser, width: int, language: str) -> None:
    for login, paths in (
        (None, ("/login", "/portal/yunxi", "/portal/yunxi/answers/1", "/nowhere", "/sandbox/")),
        ("zhujian", ("/tickets", "/tickets?state=ended")),
        ("paidan", ("/triage", "/tickets?state=assigned")),
        ("duban", ("/board",)),
        ("bianji", ("/publications",)),
    ):
        visitor = Visitor(browser, demo.base, width)
        visitor.goes(f"/language/{language}")
        if login is not None:
            visitor.signs_in(login)
        for path in paths:
            page = visitor.goes(path)
            overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert overflow <= 0, path
            visitor.shows(f"fits-{language}-{width}-{login}-{path.strip('/').replace('/', '_').replace('?', '_')}")
        if login in ("zhujian", "bianji"):
            page.locator(".rows li a").first.click()
            assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0, page.url
            visitor.shows(f"fits-{language}-{width}-{login}-one", whole=True)
        visitor.errors = [error for error in visitor.errors if "404" not in error]
        visitor.leaves()


def test_a_dispatcher_assigns_by_keyboard(demo: Demo, browser: Browser) -> None:
    dispatcher = Visitor(browser, demo.base)
    page = dispatcher.signs_in("paidan")
    before = page.locator(".triage > .card").count()
    page.keyboard.press("j")
    expect(page.locator(".triage > .card.at")).to_have_count(1)
    card = page.locator(".triage > .card.at")
    card.locator("select[name=department]").select_option("zhujian")
    card.locator("form[action*='/assignment']").last.locator("button").click()
    page.wait_for_load_state()
    assert page.locator(".triage > .card").count() == before - 1
    dispatcher.leaves()


def test_a_draft_is_kept_while_it_is_written(demo: Demo, browser: Browser) -> None:
    staff = Visitor(browser, demo.base)
    page = staff.signs_in("zhujian")
    page.goto(f"{demo.base}/tickets?state=accepted")
    page.locator(".rows li a").first.click()
    with page.expect_request(lambda request: request.url.endswith("/draft")):
        page.fill("#body", "写到一半")
    page.wait_for_timeout(500)
    page.reload()
    expect(page.locator("#body")).to_have_value("写到一半")
    staff.leaves()
