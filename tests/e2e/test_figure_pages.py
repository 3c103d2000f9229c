"""Figures as pages and files: who sees them, that they agree with each other, and what a drill-down lists."""

from __future__ import annotations

import csv
import html
import io
import os
import re
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from servicedesk.domain.errors import NoPdf
from servicedesk.pdf import pdf_of
from servicedesk.store.db import Conn
from servicedesk.usecases import measuring
from tests.desk import NOW
from tests.e2e.conftest import Product, served

DAY = NOW.date().isoformat()


@pytest.fixture
async def product(conn: Conn, database: str, tmp_path: Path) -> AsyncIterator[Product]:
    """Without a worker: it would measure by the true time."""
    async with served(conn, database, tmp_path, with_worker=False) as running:
        yield running


async def measured(product: Product) -> str:
    """One inquiry answered in time and one that waits."""
    desk = product.desk
    number = await desk.answered(openid="one")
    await desk.asked("孩子上学报名", openid="two")
    await measuring.rebuild(desk.conn, desk.account.id, now=NOW)
    return number


async def file(product: Product, login: str, form: str) -> tuple[int, bytes]:
    session = await product.signed_in(login)
    async with session.get(f"{product.base}/figures.{form}?span=week&until={DAY}", allow_redirects=False) as response:
        return response.status, await response.read()


async def test_the_figures_page_the_files_and_the_drill_down_say_the_same(product: Product) -> None:
    number = await measured(product)
    _, page = await product.page("duban", f"/figures?span=week&until={DAY}")
    assert "按时率" in page
    assert "100.0%" in page
    status, content = await file(product, "duban", "csv")
    assert status == 200
    assert content.startswith("\ufeff".encode())
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    head, whole = rows[1], rows[2]
    assert dict(zip(head, whole, strict=True))["来信"] == "2"
    assert dict(zip(head, whole, strict=True))["按时率"] == "1.0"
    status, content = await file(product, "duban", "xlsx")
    assert status == 200
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        assert "按时率" in book.read("xl/sharedStrings.xml").decode()
    _, listed = await product.page("duban", f"/figures/tickets?span=week&until={DAY}&which=received")
    assert number in listed
    _, listed = await product.page("duban", f"/figures/tickets?span=week&until={DAY}&which=on_time")
    assert number not in listed


@pytest.mark.parametrize("path", ["/figures", "/figures/tickets", "/figures.csv", "/figures.xlsx", "/figures.pdf"])
async def test_figures_are_for_supervisors_and_administrators(product: Product, path: str) -> None:
    for login in ("zhujian", "paidan", "bianji"):
        assert (await product.page(login, path))[0] == 403


@pytest.mark.parametrize(
    "query",
    [
        "span=x",
        "until=2026-13-45",
        "department=nowhere",
        "kind=nonsense",
        "span=year&until=2020-01-01",
        "until=0001-01-01",
        "until=9999-12-31&span=year&by=month",
        "since=0001-01-01&until=2026-11-25",
        "department=-",
    ],
)
async def test_an_odd_address_is_answered_with_figures_all_the_same(product: Product, query: str) -> None:
    await measured(product)
    for path in ("/figures", "/figures/tickets"):
        assert (await product.page("duban", f"{path}?{query}&before=x"))[0] == 200


async def test_a_row_leads_to_its_own_tickets_whatever_else_is_filtered(product: Product) -> None:
    desk = product.desk
    number = await measured(product)
    await desk.says("说不清的事", openid="three", now=NOW)
    undecided = await desk.conn.fetchval("SELECT number FROM ticket WHERE department_id IS NULL")
    await measuring.rebuild(desk.conn, desk.account.id, now=NOW)
    _, page = await product.page("duban", f"/figures?span=week&until={DAY}&kind=help")
    for link in re.findall(r'/figures/tickets\?([^"]+)', page):
        given = [each.split("=")[0] for each in html.unescape(link).split("&")]
        assert len(given) == len(set(given)), link
    _, listed = await product.page("duban", f"/figures/tickets?span=week&until={DAY}&department=-")
    assert undecided in listed
    assert number not in listed


async def test_the_public_page_shows_rates_and_the_balance_and_no_ticket(product: Product) -> None:
    number = await measured(product)
    async with aiohttp.ClientSession() as visitor, visitor.get(f"{product.base}/portal/testxian/figures") as response:
        page = await response.text()
        assert response.status == 200
        assert response.headers["Cache-Control"].startswith("public")
    assert "办理情况公开" in page
    assert "100.0%" in page
    assert number not in page


async def test_a_cell_that_a_spreadsheet_would_reckon_is_words(product: Product) -> None:
    await product.desk.conn.execute("UPDATE department SET short_name = '=1+1' WHERE code = 'zhujian'")
    await measured(product)
    _, content = await file(product, "duban", "csv")
    assert "'=1+1" in content.decode()


async def test_a_pdf_is_drawn_in_another_process(product: Product) -> None:
    await measured(product)
    try:
        await pdf_of("<p>有问必复</p>")
    except NoPdf:
        assert os.environ.get("REQUIRE_BROWSER") != "1", "the libraries that draw PDFs must be there"
        assert (await file(product, "duban", "pdf"))[0] == 409
        return
    status, content = await file(product, "duban", "pdf")
    assert status == 200
    assert content.startswith(b"%PDF")
