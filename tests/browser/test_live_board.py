"""The supervisor's board while others work: it changes without a reload, and keeps where the supervisor was."""

from __future__ import annotations

import re

from playwright.sync_api import Browser, expect

from tests.browser.conftest import Visitor
from tests.demo import Demo


def test_the_board_changes_by_itself_counts_down_and_keeps_filter_and_focus(demo: Demo, browser: Browser) -> None:
    supervisor = Visitor(browser, demo.base)
    supervisor.signs_in("duban")
    page = supervisor.goes("/board?department=zhujian")
    number = page.locator("#list-unaccepted li a").first.get_attribute("href")
    assert number is not None
    expect(page.locator("#list-due time").first).to_have_text(re.compile(r"\d\d:\d\d:\d\d$"))
    page.focus("#all-due")
    staff = Visitor(browser, demo.base)
    staff.signs_in("zhujian")
    staff.goes(number).click('form[action$="/acceptance"] button')
    expect(page.locator(f'#list-unaccepted a[href="{number}"]')).to_have_count(0, timeout=15_000)
    expect(page.locator("#all-due")).to_be_focused()
    expect(page.locator(".filter select").first).to_have_value("zhujian")
    assert page.url.endswith("/board?department=zhujian")
    supervisor.shows("10-live-board")
    staff.leaves()
    supervisor.leaves()


def test_without_a_stream_the_board_is_looked_at_again_all_the_same(demo: Demo, browser: Browser) -> None:
    supervisor = Visitor(browser, demo.base, width=360)
    supervisor.signs_in("duban")
    page = supervisor.page
    page.route("**/board/events", lambda route: route.fulfill(status=503))
    page.goto(f"{demo.base}/board")
    with page.expect_request("**/board", timeout=20_000) as asked:
        pass
    assert asked.value.headers["hx-request"] == "true"
    supervisor.shows("11-board-on-a-phone")
    supervisor.context.close()
