"""A report arrives by mail with its figures and files, and once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from servicedesk.domain.telling import Means
from servicedesk.store import people
from servicedesk.store.db import Conn
from tests.e2e.conftest import Product, served
from tests.e2e.eventually import eventually
from tests.postbox import Postbox, postbox


@pytest.fixture
async def box() -> AsyncIterator[Postbox]:
    async with postbox() as opened:
        yield opened


@pytest.fixture
async def product(conn: Conn, database: str, tmp_path: Path, box: Postbox) -> AsyncIterator[Product]:
    async with served(conn, database, tmp_path, with_worker=False, mail=box.server()) as running:
        yield running


async def test_a_supervisor_gets_the_weeks_report_with_a_sheet(product: Product, box: Postbox) -> None:
    from servicedesk.app import worker_place
    from servicedesk.jobs import reports
    from servicedesk.keys import SETTINGS

    await people.set_means(product.desk.conn, product.desk.staff["duban"], "duban@example.cn", [Means.MAIL], ["week"])
    async with worker_place(product.app[SETTINGS]) as place:
        await reports.send_due(place)
        await reports.send_due(place)

    async def arrived() -> bool:
        return bool(box.letters)

    await eventually(arrived)
    ((to, letter),) = box.letters
    assert to == ["duban@example.cn"]
    assert "办件周报" in str(letter["Subject"])
    body = letter.get_body()
    assert body is not None
    assert "响应率" in body.get_content()
    names = [str(part.get_filename()) for part in letter.iter_attachments()]
    assert names[0].endswith(".xlsx")
    assert await product.desk.conn.fetchval("SELECT state FROM report") == "sent"
