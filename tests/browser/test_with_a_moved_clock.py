"""The demo's clock is moved, and the ladder's steps reach the right people: last of the browser tests, for the days are gone."""

from __future__ import annotations

import re
import time

from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Visitor
from tests.demo import Demo

WARNINGS = {"时限过半提醒", "临期提醒"}
ABOVE = {"催办", "督办", "通报"}
WAITED_S = 90
NUMBER = re.compile(r"20\d{6}-\d{4}")


def steps(visitor: Visitor, number: str) -> set[str]:
    """The steps of this ticket that the person has been told of, on all pages of their notices."""
    page, found = visitor.goes("/notices"), set()
    while True:
        found |= set(page.locator(".notices li", has_text=number).locator(".step").all_inner_texts())
        older = page.locator(".more a")
        if not older.count():
            return found
        older.first.click()
        page.wait_for_load_state()


def a_day_later(chat: Page) -> None:
    with chat.expect_response(lambda response: response.url.endswith("/clock") and response.ok):
        chat.evaluate("document.querySelector('[data-move=working_day]').click()")


def test_each_step_of_the_ladder_reaches_those_whom_it_concerns(demo: Demo, browser: Browser) -> None:
    citizen = Visitor(browser, demo.base)
    chat = citizen.goes("/sandbox/")
    known = set(NUMBER.findall(chat.inner_text("#talk")))  # the chat holds what other tests asked
    chat.fill("#text", "云溪公园门口那个东西坏了三天了,谁来看一下?")
    chat.click("#send")
    until = time.monotonic() + WAITED_S
    while not (new := set(NUMBER.findall(chat.inner_text("#talk"))) - known) and time.monotonic() < until:
        chat.wait_for_timeout(200)
    (number,) = new
    supervisor = Visitor(browser, demo.base)
    board = supervisor.signs_in("duban")
    board.goto(f"{demo.base}/tickets/{number}")
    department = board.locator("select[name=department]").first
    department.select_option("zhujian")
    board.click('form[action$="/assignment"] button')
    people = {"duban": supervisor}
    for login in ("zhujian", "paidan", "admin"):
        people[login] = Visitor(browser, demo.base)
        people[login].signs_in(login)
    assert steps(people["admin"], number) == set()
    seen: dict[str, set[str]] = {}
    for _ in range(6):
        a_day_later(chat)
        until = time.monotonic() + WAITED_S / 6
        while time.monotonic() < until and "通报" not in seen.get("admin", set()):
            seen = {login: steps(person, number) for login, person in people.items()}
        if "通报" in seen["admin"]:
            break
    seen = {login: steps(person, number) for login, person in people.items()}
    assert seen["zhujian"] >= WARNINGS | ABOVE
    assert seen["paidan"] & (WARNINGS | ABOVE) == ABOVE
    assert seen["duban"] == {"督办", "通报"}
    assert seen["admin"] == {"通报"}
    board.goto(f"{demo.base}/tickets/{number}")
    expect(board.locator(".events").last).to_contain_text("通报")
    people["zhujian"].goes("/notices")
    people["zhujian"].shows("10-notices")
    for person in (citizen, *people.values()):
        person.leaves()
