"""A platform that is slow with one account's answer keeps no other account's waiting."""

from __future__ import annotations

import asyncio

from aiohttp import web
from aiohttp.test_utils import TestServer

from servicedesk.usecases import answering
from tests.desk import NOW, make_desk
from tests.e2e.conftest import Product
from tests.e2e.eventually import eventually
from tests.e2e.test_one_inquiry import number_in, sends, texts


async def test_an_answer_that_hangs_holds_up_nobody_else(product: Product) -> None:
    asked, over, gave_up = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def hang(_request: web.Request) -> web.Response:
        asked.set()
        try:
            await over.wait()
        except asyncio.CancelledError:
            gave_up.set()  # the desk did
            raise
        return web.json_response({"access_token": "T", "expires_in": 7200, "errcode": 0})

    slow_platform = web.Application()
    slow_platform.router.add_route("*", "/{path:.*}", hang)
    async with TestServer(slow_platform, handler_cancellation=True) as server:
        slow = await make_desk(product.desk.conn, "lindeng", api_base=str(server.make_url("")).rstrip("/"))
        await sends(product, "text", text="我家暖气不热")
        number = await number_in(product)
        await product.posts("zhujian", f"/tickets/{number}/acceptance")
        hanging = await slow.accepted()
        await answering.answer(slow.conn, slow.staff["zhujian"], hanging, "好了。", now=NOW)
        await asyncio.wait_for(asked.wait(), 20)
        await product.posts("zhujian", f"/tickets/{number}/answer", body="已经修好了。")

        async def arrived() -> bool:
            return any("已经修好了。" in each for each in await texts(product))

        await eventually(arrived)
        assert not gave_up.is_set()
        over.set()
