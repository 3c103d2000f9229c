"""Pictures over HTTP: never public unless an editor confirmed the covered copy, and seen by nobody else before."""

from __future__ import annotations

import io
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from PIL import Image

from servicedesk.domain.covering import is_bare
from servicedesk.domain.model import InboundMessage
from servicedesk.keys import CLOCK, FILES
from servicedesk.store.db import Conn
from servicedesk.usecases import answering, digesting
from tests.desk import NOW, Desk
from tests.e2e.conftest import Product, served
from tests.e2e.eventually import eventually

HALF = {"left": "0", "top": "0", "width": "100", "height": "50"}


@pytest.fixture
async def product(conn: Conn, database: str, tmp_path: Path) -> AsyncIterator[Product]:
    """Pages only: the worker has nothing to do here."""
    async with served(conn, database, tmp_path, with_worker=False) as running:
        yield running


@pytest.fixture
async def working(conn: Conn, database: str, tmp_path: Path) -> AsyncIterator[Product]:
    """With a worker, which pushes."""
    async with served(conn, database, tmp_path, with_worker=True) as running:
        yield running


def photo() -> bytes:
    image, out, exif = Image.new("RGB", (300, 200), "red"), io.BytesIO(), Image.Exif()
    exif[0x010E] = "taken at home"
    image.save(out, "JPEG", exif=exif)
    return out.getvalue()


async def a_case(product: Product, content: bytes) -> tuple[str, str]:
    """An answered ticket with a picture; its number and the picture's path."""
    desk = product.desk
    kept = await product.app[FILES].put(content)
    async with desk.conn.transaction():  # before a worker would ask the platform for it
        number = await desk.accepted()
        await desk.sends(InboundMessage("m:pic", "citizen-1", "image", media_id="pic"))
        media = await desk.conn.fetchval(
            "UPDATE media SET state = 'stored', sha256 = $1, content_type = 'image/jpeg', next_try_at = NULL RETURNING media_id",
            kept,
        )
        await answering.answer(desk.conn, desk.staff["zhujian"], number, "已经修好了。", now=NOW)
        await desk.deliver()
    return number, f"/tickets/{number}/pictures/media/{media}"


async def fetched(product: Product, path: str) -> tuple[int, bytes]:
    """What a stranger gets."""
    async with product.client.get(product.base + path, allow_redirects=False) as response:
        return response.status, await response.read()


async def confirmed(product: Product, number: str, **more: str) -> tuple[int, str]:
    """The editor opens the page and confirms what it shows."""
    _, page = await product.page("bianji", f"/tickets/{number}/publication")
    seals = {name: re.findall(f'name="{name}" value="([^"]+)"', page)[0] for name in ("seal", "pictures_seal")}
    fields = {"act": "confirm", "title": "暖气不热", **seals, **more}
    return await product.posts("bianji", f"/tickets/{number}/publication", **fields)


async def test_a_picture_that_nobody_covered_is_on_no_public_page(product: Product) -> None:
    number, _ = await a_case(product, photo())
    status, page = await product.page("bianji", f"/tickets/{number}/publication")
    assert status == 200
    assert "遮盖后公开" in page
    assert (await confirmed(product, number))[0] == 303
    publication = await product.desk.conn.fetchval("SELECT publication_id FROM publication")
    for path in (f"/portal/testxian/answers/{publication}", "/portal/testxian/feed.atom", "/portal/testxian/feed.json"):
        status, content = await fetched(product, path)
        assert status == 200
        assert b"/pictures/" not in content


async def test_a_covered_and_confirmed_picture_is_public_until_it_is_taken_off(product: Product, neighbour: Desk) -> None:
    number, path = await a_case(product, photo())
    assert (await product.page("bianji", path))[0] == 200
    assert (await product.posts("bianji", path, **HALF))[0] == 303
    picture = await product.desk.conn.fetchval("SELECT picture_id FROM covered_picture")
    public = f"/portal/testxian/pictures/{picture}"
    assert (await fetched(product, public))[0] == 404
    assert (await confirmed(product, number))[0] == 303
    publication = await product.desk.conn.fetchval("SELECT publication_id FROM publication")
    for page in (f"/portal/testxian/answers/{publication}", "/portal/testxian/feed.atom", "/portal/testxian/feed.json"):
        assert public.encode() in (await fetched(product, page))[1]
    status, content = await fetched(product, public)
    assert status == 200
    assert b"taken at home" not in content
    with Image.open(io.BytesIO(content)) as image:
        assert max(image.getpixel((150, 40))) < 110  # type: ignore[arg-type]
    assert (await fetched(product, f"/portal/lindeng/pictures/{picture}"))[0] == 404
    assert (await product.posts("bianji", path, **HALF))[0] == 409
    assert (await product.posts("bianji", f"{path}/removal"))[0] == 303
    assert (await fetched(product, public))[0] == 404
    assert b"/pictures/" not in (await fetched(product, f"/portal/testxian/answers/{publication}"))[1]


async def test_strangers_departments_and_neighbours_see_neither_the_picture_nor_its_copy(
    product: Product, neighbour: Desk
) -> None:
    _, path = await a_case(product, photo())
    await product.posts("bianji", path, **HALF)
    for each in (path, f"{path}/upright", f"{path}/copy"):
        assert (await fetched(product, each))[0] == 302
        assert (await product.page("bianji", each, "lindeng"))[0] == 404
        for login in ("zhujian", "jiaoyu", "paidan", "duban", "admin"):
            assert (await product.page(login, each))[0] == 403, (login, each)
    for login in ("zhujian", "jiaoyu"):
        assert (await product.posts(login, path, **HALF))[0] == 403
        assert (await product.posts(login, f"{path}/removal"))[0] == 403


async def test_an_editor_must_cover_or_say_that_nothing_needs_it(product: Product) -> None:
    _, path = await a_case(product, photo())
    for fields in ({}, {**HALF, "nothing": "yes"}, {**HALF, "left": "x"}, {**HALF, "left": "120"}):
        status, page = await product.posts("bianji", path, **fields)
        assert status == 422
        assert 'role="alert"' in page
    assert await product.desk.conn.fetchval("SELECT count(*) FROM covered_picture") == 0
    assert (await product.posts("bianji", path, nothing="yes"))[0] == 303
    assert (await product.posts("bianji", path, left="1"))[0] == 400


async def test_a_picture_that_cannot_be_read_is_refused_in_words(product: Product) -> None:
    _, path = await a_case(product, b"\xff\xd8\xff nothing")
    status, page = await product.posts("bianji", path, **HALF)
    assert status == 409
    assert "读不出来" in page


async def test_the_leak_check_looks_at_the_bytes_at_the_moment_of_publishing(product: Product) -> None:
    number, path = await a_case(product, photo())
    await product.posts("bianji", path, nothing="yes")
    await product.desk.conn.execute("UPDATE covered_picture SET sha256 = original_sha256")
    status, page = await confirmed(product, number)
    assert status == 422
    assert "拍摄信息" in page
    assert await product.desk.conn.fetchval("SELECT count(*) FROM publication") == 0


async def test_pictures_that_changed_since_the_page_was_looked_at_stop_the_publication(product: Product) -> None:
    number, path = await a_case(product, photo())
    _, page = await product.page("bianji", f"/tickets/{number}/publication")
    seen = re.findall('name="pictures_seal" value="([^"]+)"', page)[0]
    await product.posts("bianji", path, nothing="yes")
    status, page = await confirmed(product, number, pictures_seal=seen)
    assert status == 422
    assert "图片刚刚有变化" in page


async def test_the_push_carries_the_covered_copy_and_no_other_picture(working: Product) -> None:
    number, path = await a_case(working, photo())
    await working.posts("bianji", path, **HALF)
    assert (await confirmed(working, number, for_digest="yes"))[0] == 303
    conn, clock = working.desk.conn, working.app[CLOCK]
    plan = await digesting.next_push(conn, working.desk.staff["bianji"], now=clock.now())
    assert plan.slot is not None
    clock.advance(plan.slot - clock.now() + timedelta(minutes=1))
    await eventually(lambda: conn.fetchval("SELECT digest_id FROM digest WHERE state = 'sent'"))
    row = await conn.fetchrow("SELECT channel_url, sha256 FROM covered_picture")
    assert row is not None
    async with working.client.get(row["channel_url"]) as response:
        content = await response.read()
    assert is_bare(content)
    assert content == await working.app[FILES].get(row["sha256"])
    pushed = next(iter(working.sandbox.platform.by_code("testxian").state.publications.values()))
    assert re.findall('<img src="([^"]+)"', pushed.articles[0].content) == [row["channel_url"]]
