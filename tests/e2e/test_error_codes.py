"""Every error code of the platform's table, answered by the stand-in, and what becomes of the answer."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from servicedesk.store import accounts
from tests.e2e.conftest import Product
from tests.e2e.eventually import eventually
from tests.e2e.test_one_inquiry import number_in, sends, texts

SEND = "message/custom/send"
# code: the delivery's state, the outcome of its last try, and the capability that is off afterwards.
FOR_NOW = {
    -1: ("owed", "put_off", None),
    40013: ("owed", "put_off", "sending"),
    40125: ("owed", "put_off", "sending"),
    40164: ("owed", "put_off", "sending"),
    40243: ("owed", "put_off", "sending"),
    48004: ("owed", "put_off", "sending"),
    50002: ("owed", "put_off", "sending"),
    40003: ("held", "refused", None),
    43004: ("held", "refused", None),
    43019: ("held", "refused", None),
    48002: ("held", "refused", None),
    45009: ("owed", "put_off", None),
    45011: ("owed", "put_off", None),
    45028: ("owed", "put_off", None),
    45015: ("held", "refused", None),
    45047: ("held", "refused", None),
    48001: ("held", "refused", "customer_message"),
    45002: ("failed", "refused", None),  # not in the table: a person must see it
}


async def answered(product: Product) -> str:
    """A ticket whose answer is owed."""
    await sends(product, "text", text="我家暖气不热")
    number = await number_in(product)
    await product.posts("zhujian", f"/tickets/{number}/acceptance")
    await product.posts("zhujian", f"/tickets/{number}/answer", body="已经修好了。")
    return number


async def refuses(product: Product, code: int, path: str = SEND, **more: int) -> None:
    fault = {"fault": "errcode", "code": code, "path": path, **more}
    async with product.client.post(f"{product.base}/sandbox/faults", json=fault) as response:
        assert response.status == 200, await response.text()


@pytest.mark.parametrize("code", sorted(FOR_NOW))
async def test_a_code_does_to_the_answer_what_the_table_says(product: Product, code: int) -> None:
    await refuses(product, code)
    number = await answered(product)

    async def tried() -> Any:
        (found,) = (await product.api(f"/api/v1/tickets/{number}"))["deliveries"]
        return found if found["attempts"] else None

    found = await eventually(tried)
    state, outcome, off = FOR_NOW[code]
    assert found["state"] == state
    assert (found["attempts"][0]["outcome"], found["attempts"][0]["errcode"]) == (outcome, code)
    rights = await accounts.capabilities(product.desk.conn, product.desk.account.id)
    never = {"template_message", "subscription_notice"}  # a subscription account has them not, whatever is answered here
    off_now = [row["name"] for row in rights if not row["available"] and row["errcode"] == code and row["name"] not in never]
    assert off_now == ([off] if off else [])


@pytest.mark.parametrize("code", [40001, 40014, 42001])
async def test_a_refused_token_is_renewed_once_and_the_answer_arrives(product: Product, code: int) -> None:
    await sends(product, "text", text="我家暖气不热")
    number = await number_in(product)
    await product.posts("zhujian", f"/tickets/{number}/acceptance")
    await refuses(product, code, times=1)
    await product.posts("zhujian", f"/tickets/{number}/answer", body="已经修好了。")

    async def arrived() -> bool:
        return any("已经修好了。" in text for text in await texts(product))

    await eventually(arrived)
    assert sum("已经修好了。" in text for text in await texts(product)) == 1


async def test_a_storm_of_refused_tokens_fetches_one_new_token(product: Product) -> None:
    numbers = []
    for n in range(8):
        openid = f"oStorm{n}"
        await sends(product, "text", openid=openid, text="我家暖气不热")
        numbers.append(await number_in(product, openid))
        await product.posts("zhujian", f"/tickets/{numbers[-1]}/acceptance")
    async with product.client.post(f"{product.base}/sandbox/faults", json={"fault": "token_killed"}) as response:
        assert response.status == 200
    before = len(_issued(product))
    await asyncio.gather(*(product.posts("zhujian", f"/tickets/{number}/answer", body="已经修好了。") for number in numbers))
    for n in range(8):
        await eventually(lambda n=n: _has(product, f"oStorm{n}"))  # type: ignore[misc]
    assert len(_issued(product)) == before + 1


def _issued(product: Product) -> list[str]:
    return [token.value for token in product.sandbox.platform.by_code("testxian").state.tokens.tokens]


async def _has(product: Product, openid: str) -> bool:
    return any("已经修好了。" in text for text in await texts(product, openid))
