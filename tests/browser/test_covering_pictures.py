"""An editor covers parts of a picture by mouse, by finger and by keyboard; only the covered copy is on the portal."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import STORY, Visitor
from tests.demo import Demo

ASKED = "您好,家里暖气不热,供暖管道在漏水,照片在下面"


def street(path: Path) -> Path:
    """A made-up street with a car, lying on its side as a phone keeps it."""
    image = Image.new("RGB", (1200, 900), "#9db8cf")
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 600, 1200, 900), fill="#6b6f74")
    draw.rectangle((120, 150, 520, 610), fill="#c9a27c")
    draw.rounded_rectangle((640, 480, 1080, 700), 60, fill="#b33")
    draw.rectangle((780, 640, 940, 690), fill="#15f")
    draw.ellipse((250, 420, 340, 510), fill="#f2c9a8")
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010E] = "taken at home"
    image.rotate(90, expand=True).save(path, "JPEG", exif=exif)
    return path


@pytest.fixture(scope="module")
def number(demo: Demo, browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> str:
    """An answered ticket with two pictures of its citizen."""
    citizen = Visitor(browser, demo.base)
    chat = citizen.goes("/sandbox/?account=yunxi&openid=oYx_demo_chenyulin_000000006")
    chat.fill("#text", ASKED)
    chat.click("#send")
    expect(chat.locator("#talk")).to_contain_text(re.compile(r"20\d{6}-\d{4}"), timeout=20_000)
    found: str = re.findall(r"20\d{6}-\d{4}", chat.inner_text("#talk"))[-1]
    for name in ("one.jpg", "two.jpg"):
        before = chat.locator("#talk img").count()
        chat.set_input_files('input[data-kind="image"]', street(tmp_path_factory.mktemp("street") / name))
        expect(chat.locator("#talk img")).to_have_count(before + 1)
    citizen.context.close()
    staff = Visitor(browser, demo.base)
    page = staff.signs_in("zhujian")
    page.goto(f"{demo.base}/tickets/{found}")
    page.click('form[action$="/acceptance"] button')
    again(page, ".talk img", 2)
    page.fill("#body", "管道已经修好，谢谢您的反映。")
    page.click('form[action$="/answer"] button.primary')
    again(page, "h1 .pill.answered", 1)
    staff.leaves()
    return found


def again(page: Page, selector: str, count: int) -> None:
    """Reload until what the worker does is there."""
    for _ in range(40):
        if page.locator(selector).count() == count:
            return
        page.wait_for_timeout(500)
        page.reload()
    raise AssertionError(selector)


def loaded(page: Page, selector: str) -> None:
    """Wait for a picture; the page's own policy forbids waiting by script."""
    for _ in range(100):
        if page.locator(selector).first.evaluate("(picture) => picture.naturalWidth > 0"):
            return
        page.wait_for_timeout(100)
    raise AssertionError(selector)


def overflow(page: Page) -> int:
    found: int = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return found


def opened(page: Page, demo: Demo, number: str, which: int) -> Page:
    """The page of one picture, when it has been drawn."""
    page.goto(f"{demo.base}/tickets/{number}/publication")
    page.locator(".pictures li").nth(which).locator("a.button").click()
    expect(page.locator(".tools")).to_be_visible()
    loaded(page, "#picture")
    return page


def fields(page: Page) -> list[list[float]]:
    """The numbers that the form would send."""
    rows = page.locator(".numbers ol li")
    return [[float(each.input_value()) for each in row.locator("input").all()] for row in rows.all()]


def test_rectangles_are_drawn_moved_and_resized_by_mouse(demo: Demo, browser: Browser, number: str) -> None:
    editor = Visitor(browser, demo.base)
    page = opened(editor.signs_in("bianji"), demo, number, 0)
    box = page.locator(".easel svg").bounding_box()
    assert box is not None

    left, top, width, height = box["x"], box["y"], box["width"], box["height"]

    def drag(start: tuple[float, float], end: tuple[float, float]) -> None:
        page.mouse.move(left + start[0] * width, top + start[1] * height)
        page.mouse.down()
        page.mouse.move(left + end[0] * width, top + end[1] * height, steps=4)
        page.mouse.up()

    drag((0.64, 0.70), (0.80, 0.78))
    drag((0.30, 0.58), (0.18, 0.45))  # from the lower right
    assert fields(page) == [pytest.approx([64, 70, 16, 8], abs=0.5), pytest.approx([18, 45, 12, 13], abs=0.5)]
    drag((0.24, 0.5), (0.29, 0.5))
    assert fields(page)[1] == pytest.approx([23, 45, 12, 13], abs=0.5)
    drag((0.35, 0.58), (0.45, 0.68))  # its corner
    assert fields(page)[1] == pytest.approx([23, 45, 22, 23], abs=0.5)
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+z")
    assert fields(page)[1] == pytest.approx([18, 45, 12, 13], abs=0.5)
    page.mouse.click(left + 5, top + 5)  # a click alone draws nothing
    assert len(fields(page)) == 2
    editor.shows("cover-tool-1440", whole=True)
    page.click("button.primary")
    page.wait_for_url("**/publication#pictures")
    expect(page.locator(".pictures li").first).to_contain_text("遮盖 2 处")
    page.locator("#pictures").scroll_into_view_if_needed()
    editor.shows("cover-chosen-1440", whole=True)
    editor.leaves()


def test_the_same_by_keyboard_alone(demo: Demo, browser: Browser, number: str) -> None:
    editor = Visitor(browser, demo.base)
    page = opened(editor.signs_in("bianji"), demo, number, 1)
    page.keyboard.press("n")
    assert fields(page) == [[30, 30, 20, 20]]
    for key in ("ArrowRight", "ArrowDown", "Shift+ArrowRight", "Shift+ArrowUp", "Alt+ArrowLeft"):
        page.keyboard.press(key)
    assert fields(page) == [[30.9, 31, 21, 19]]
    page.keyboard.press("n")
    expect(page.locator("[role=status]")).to_have_text("加了第 2 块")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Delete")
    assert fields(page) == [[34, 34, 20, 20]]
    page.keyboard.press("Control+z")
    assert fields(page) == [[30.9, 31, 21, 19], [34, 34, 20, 20]]
    page.keyboard.press("Control+z")
    assert len(fields(page)) == 1
    for _ in range(60):
        page.keyboard.press("Control+z")
    page.locator("[name=nothing]").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    page.wait_for_url("**/publication#pictures")
    expect(page.locator(".pictures li").nth(1)).to_contain_text("没有需要遮盖的内容")
    page.locator(".pictures li").nth(1).locator("button.link").click()
    page.wait_for_load_state()
    expect(page.locator(".pictures li").nth(1)).to_contain_text("不公开")
    editor.leaves()


def test_the_same_by_finger_on_a_small_screen(demo: Demo, browser: Browser, number: str) -> None:
    editor = Visitor(browser, demo.base, 360)
    page = opened(editor.signs_in("bianji"), demo, number, 0)
    assert overflow(page) <= 0
    before = fields(page)
    sheet = page.locator(".easel svg")
    sheet.scroll_into_view_if_needed()
    box = sheet.bounding_box()
    assert box is not None
    left, top, width, height = box["x"], box["y"], box["width"], box["height"]
    cdp = editor.context.new_cdp_session(page)

    def touch(kind: str, x: float, y: float) -> None:
        points = [] if kind == "touchEnd" else [{"x": left + x * width, "y": top + y * height}]
        cdp.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", 0.1, 0.05)
    for step in range(1, 6):
        touch("touchMove", 0.1 + step * 0.05, 0.05 + step * 0.02)
    touch("touchEnd", 0, 0)
    assert fields(page)[len(before) :] == [pytest.approx([10, 5, 25, 10], abs=1)]
    editor.shows("cover-tool-360", whole=True)
    page.click("[data-do=undo]")
    assert fields(page) == before
    page.goto(f"{demo.base}/tickets/{number}/publication")
    assert overflow(page) <= 0
    editor.shows("cover-chosen-360", whole=True)
    editor.leaves()


def test_without_scripts_numbers_do(demo: Demo, browser: Browser, number: str) -> None:
    editor = Visitor(browser, demo.base)
    page = editor.signs_in("bianji")
    page.goto(f"{demo.base}/tickets/{number}/publication")
    path = page.locator(".pictures li").nth(1).locator("a.button").get_attribute("href")
    context = browser.new_context(java_script_enabled=False, storage_state=editor.context.storage_state())
    plain = context.new_page()
    plain.goto(f"{demo.base}{path}")
    for side, value in (("left", "10"), ("top", "10"), ("width", "30.5"), ("height", "20%")):
        plain.locator(f"[name={side}]").first.fill(value)
    plain.click("button.primary")
    expect(plain.locator(".pictures li").nth(1)).to_contain_text("遮盖 1 处")
    context.close()
    editor.leaves()


def test_what_was_typed_on_the_publication_page_is_there_after_covering(demo: Demo, browser: Browser, number: str) -> None:
    editor = Visitor(browser, demo.base)
    page = editor.signs_in("bianji")
    page.goto(f"{demo.base}/tickets/{number}/publication")
    page.fill("input[name=title]", "暖气漏水找谁修")
    page.fill("#also", "照片")
    page.locator(".pictures li").first.locator("a.button").click()
    loaded(page, "#picture")
    page.click("button.primary")
    page.wait_for_url("**/publication#pictures")
    expect(page.locator("input[name=title]")).to_have_value("暖气漏水找谁修")
    expect(page.locator("#also")).to_have_value("照片")
    editor.leaves()


def test_only_the_covered_copies_are_on_the_portal(demo: Demo, browser: Browser, number: str) -> None:
    editor = Visitor(browser, demo.base)
    page = editor.signs_in("bianji")
    page.goto(f"{demo.base}/tickets/{number}/publication")
    page.fill("input[name=title]", "暖气漏水找谁修")
    page.click("button[value=confirm]")
    page.wait_for_url("**/publications")
    editor.leaves()
    for width in (360, 1440):
        anybody = Visitor(browser, demo.base, width)
        public = anybody.goes("/portal/yunxi?q=暖气 漏水")
        public.locator(".qa h2 a", has_text="暖气漏水找谁修").click()
        picture = public.locator(".public-picture img").first
        picture.scroll_into_view_if_needed()
        expect(picture).to_be_visible()
        loaded(public, ".public-picture img")
        assert overflow(public) <= 0
        anybody.shows(f"cover-portal-{width}", whole=True)
        source = picture.get_attribute("src")
        with Image.open(io.BytesIO(public.request.get(f"{demo.base}{source}").body())) as image:
            assert max(image.getpixel((int(image.width * 0.7), int(image.height * 0.74)))) < 110  # type: ignore[arg-type]
            assert not image.getexif()
        anybody.leaves()
    assert (STORY / "cover-portal-360.png").exists()
