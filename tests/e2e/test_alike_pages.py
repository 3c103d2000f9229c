"""What is alike, over HTTP: the citizens' chat, the ticket's page, and joining with one tap."""

from __future__ import annotations

from tests.e2e.conftest import Product
from tests.e2e.eventually import eventually
from tests.e2e.test_one_inquiry import number_in, sends, texts

ASKED = "东关小区停水了，物业说不知道，什么时候来水"


async def test_a_citizen_is_told_that_others_ask_the_same_and_joins_them_by_a_word(product: Product) -> None:
    await sends(product, "text", "oOne_demo_1", text=ASKED)
    first = await number_in(product, "oOne_demo_1")

    async def indexed() -> bool:
        return bool(await product.desk.conn.fetchval("SELECT count(*) FROM inquiry_likeness"))

    await eventually(indexed)
    await sends(product, "text", "oTwo_demo_2", text="请问" + ASKED)
    assert any("另有 1 位市民反映了同一件事" in text for text in await texts(product, "oTwo_demo_2"))
    second = await number_in(product, "oTwo_demo_2")
    await sends(product, "text", "oTwo_demo_2", text="同上")
    said = await texts(product, "oTwo_demo_2")
    assert any("已和另外 1 位市民反映的同一件事并在一起办理" in text for text in said)
    _, page = await product.page("paidan", f"/tickets/{second}")
    assert f"市民回复“同上”，并入 {first}" in page
    # Neither citizen's words are shown to the other.
    assert not any(first in text for text in said)


async def test_the_tickets_page_fetches_what_is_alike_and_a_dispatcher_joins_with_one_tap(product: Product) -> None:
    await sends(product, "text", "oOne_demo_1", text=ASKED)
    first = await number_in(product, "oOne_demo_1")
    await sends(product, "text", "oTwo_demo_2", text="东关小区停水了，居委会没说，几点来水")
    second = await number_in(product, "oTwo_demo_2")

    async def indexed() -> bool:
        return bool(await product.desk.conn.fetchval("SELECT count(*) = 2 FROM inquiry_likeness"))

    await eventually(indexed)
    _, page = await product.page("paidan", f"/tickets/{second}")
    assert f'hx-get="/tickets/{second}/similar"' in page
    _, part = await product.page("paidan", f"/tickets/{second}/similar")
    assert first in part
    assert "并入这件，一起答复" in part
    assert (await product.posts("paidan", f"/tickets/{second}/merger", into=first))[0] == 303
    _, part = await product.page("paidan", f"/tickets/{first}/similar")
    assert second in part
    assert "并入这件" not in part
