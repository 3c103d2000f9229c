"""A Chromium and a demo county, shared by the tests of what people see."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from servicedesk import embedded
from tests import chromium
from tests.conftest import VAR
from tests.demo import Demo

STORY = VAR / "story"
PASSWORD = "yunxi-2026"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Without a Chromium the browser tests are skipped; tests.run says so loudly."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            if chromium.find() is None:
                item.add_marker(pytest.mark.skip(reason=f"no Chromium: {chromium.HOW}"))


@pytest.fixture(scope="session")
def demo() -> Iterator[Demo]:
    """The demo, made anew."""
    os.environ.pop("COVERAGE_PROCESS_CONFIG", None)  # tests/e2e measures the demo's process; twice would only be slower
    made = Demo(VAR / f"browser-{os.getpid()}")
    made.start()
    yield made
    made.signal(signal.SIGINT)
    embedded.stop(made.home)
    shutil.rmtree(made.home, ignore_errors=True)
    made.log.unlink(missing_ok=True)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A headless Chromium."""
    STORY.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium.find(), args=chromium.FLAGS)
        yield launched
        launched.close()


class Visitor:
    """One person with a browser of their own; their page must stay free of errors."""

    def __init__(self, browser: Browser, base: str, width: int = 1440) -> None:
        height = 900 if width > 400 else 780
        self.context: BrowserContext = browser.new_context(viewport={"width": width, "height": height}, locale="zh-CN")
        self.page: Page = self.context.new_page()
        self.base = base
        self.errors: list[str] = []
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("console", lambda said: self.errors.append(said.text) if said.type == "error" else None)

    def goes(self, path: str) -> Page:
        """Open a page."""
        self.page.goto(self.base + path)
        return self.page

    def signs_in(self, login: str) -> Page:
        """Through the login page."""
        self.goes("/login")
        self.page.fill("input[name=login]", login)
        self.page.fill("input[name=password]", PASSWORD)
        self.page.click("button.primary")
        self.page.wait_for_url(lambda url: "/login" not in url)
        return self.page

    def shows(self, name: str, *, whole: bool = False) -> None:
        """Keep a picture in var/story."""
        self.page.screenshot(path=STORY / f"{name}.png", full_page=whole)

    def leaves(self) -> None:
        """Close the browser; nothing may have gone wrong in it."""
        self.context.close()
        assert self.errors == []
