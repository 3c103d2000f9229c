"""One inquiry from the platform's call to the citizen's answer, over HTTP only, in safe mode."""

from __future__ import annotations

import io
import re
import time
from typing import Any

import pytest

from tests.conftest import SAMPLES
from tests.desk import SECRETS
from tests.e2e.conftest import Product
from tests.e2e.eventually import eventually
from tests.platform import signed, text_body

ALICE = "oAlice_demo_000000000000001"


async def chat(product: Product, openid: str = ALICE) -> list[dict[str, Any]]:
    async with product.client.get(f"{product.base}/sandbox/chats/{openid}", params={"after": "0"}) as response:
        entries: list[dict[str, Any]] = (await response.json())["entries"]
        return entries


async def sends(product: Product, kind: str, openid: str = ALICE, **fields: Any) -> None:
    async with product.client.post(f"{product.base}/sandbox/chats/{openid}/{kind}", json=fields) as response:
        assert response.status == 200, await response.text()
    await product.sandbox.lanes.idle()


async def texts(product: Product, openid: str = ALICE) -> list[str]:
    return [str(entry.get("text", "")) for entry in await chat(product, openid) if entry["from"] == "account"]


async def number_in(product: Product, openid: str = ALICE) -> str:
    for text in await texts(product, openid):
        found = re.search(r"20\d{6}-\d{4}", text)
        if found:
            return found[0]
    raise AssertionError(await chat(product, openid))


async def test_the_platform_checks_the_address(product: Product) -> None:
    query = {**signed(SECRETS.token, time.time()), "echostr": "8080"}
    async with product.client.get(f"{product.base}/wechat/testxian", params=query) as response:
        assert (response.status, await response.text()) == (200, "8080")
    async with product.client.get(f"{product.base}/wechat/testxian", params={**query, "signature": "0"}) as response:
        assert response.status == 403
    async with product.client.get(f"{product.base}/wechat/nowhere", params=query) as response:
        assert response.status == 404


async def test_an_inquiry_reaches_its_answer_and_the_balance_holds(product: Product) -> None:
    await sends(product, "text", text="我家暖气不热,怎么办")
    (acknowledged,) = await texts(product)
    number = await number_in(product)
    assert "县住房和城乡建设局" in acknowledged
    assert "进度" in acknowledged
    assert (await product.posts("zhujian", f"/tickets/{number}/acceptance"))[0] == 303
    assert (await product.posts("zhujian", f"/tickets/{number}/answer", body="已更换阀门,室温20度。"))[0] == 303
    answer = await eventually(lambda: _nth_text(product, 2))
    assert "已更换阀门,室温20度。" in answer

    async def recorded() -> Any:
        found = await product.api(f"/api/v1/tickets/{number}")
        return found if found["state"] == "answered" else None

    ticket = await eventually(recorded)  # the citizen reads it a moment before the desk has written down that they can
    assert ticket["department"] == "zhujian"
    assert [delivery["state"] for delivery in ticket["deliveries"]] == ["accepted"]
    assert [message["direction"] for message in ticket["messages"]] == ["in", "out"]
    assert await product.api("/api/v1/balance") == {"received": 1, "answered": 1, "open": 0, "merged": 0, "withdrawn": 0}


async def test_a_call_repeated_three_times_makes_one_ticket_with_one_reply(product: Product) -> None:
    xml = text_body("暖气不热", msg_id=424242)
    replies = {(await product.call(xml)) for _ in range(3)}
    assert len(replies) == 1
    assert (await product.api("/api/v1/balance"))["received"] == 1


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the folder of WeChat samples is not beside this checkout")
async def test_the_samples_of_other_implementations_are_taken_and_acknowledged(product: Product) -> None:
    files = sorted((SAMPLES / "inbound").glob("*/*.xml"))
    assert len(files) >= 96
    for file in files:
        status, _ = await product.call(file.read_text("utf-8"))
        assert status == 200, file.name
    balance = await product.api("/api/v1/balance")
    assert balance["received"] == sum(balance[name] for name in ("answered", "open", "merged", "withdrawn"))


@pytest.mark.parametrize("mode", ["plain", "compatible"])
async def test_a_safe_account_takes_no_plain_call(product: Product, mode: str) -> None:
    status, _ = await product.call(text_body("x"), mode=mode)
    assert status == (403 if mode == "plain" else 200)


@pytest.mark.parametrize(
    "body",
    [b"", b"\xff\xfe", b"<xml>", b"<xml>" + b"<a>" * 50_000, b"x" * (1024 * 1024 + 1), b"<xml><Encrypt>AAAA</Encrypt></xml>"],
)
async def test_nonsense_is_refused_and_never_an_error_of_ours(product: Product, body: bytes) -> None:
    query = {**signed(SECRETS.token, time.time()), "encrypt_type": "aes", "msg_signature": "0" * 40}
    async with product.client.post(f"{product.base}/wechat/testxian", params=query, data=io.BytesIO(body)) as response:
        assert 400 <= response.status < 500
    async with product.client.get(f"{product.base}/metrics") as response:
        assert "servicedesk_callbacks_refused_total{reason=" in await response.text()


async def test_when_the_window_has_closed_the_answer_is_held_and_given_at_the_next_contact(product: Product) -> None:
    await sends(product, "text", text="我家暖气不热")
    number = await number_in(product)
    await _moved(product, working_days=3)
    await product.posts("zhujian", f"/tickets/{number}/acceptance")
    await product.posts("zhujian", f"/tickets/{number}/answer", body="迟来的答复。")
    await eventually(lambda: _delivery_in(product, number, "held"))
    assert (await product.api(f"/api/v1/tickets/{number}"))["state"] == "answering"
    status, page = await product.page("zhujian", f"/tickets/{number}")
    assert status == 200
    assert "等市民下次来访时送达" in page
    await sends(product, "text", text="进度")
    assert "迟来的答复。" in (await texts(product))[-1]
    await eventually(lambda: _delivery_in(product, number, "accepted"))
    ticket = await product.api(f"/api/v1/tickets/{number}")
    assert (ticket["state"], ticket["deliveries"][0]["rung"]) == ("answered", "passive_reply")


async def test_a_killed_token_is_renewed_and_the_answer_arrives(product: Product) -> None:
    await sends(product, "text", text="我家暖气不热")
    number = await number_in(product)
    await product.posts("zhujian", f"/tickets/{number}/acceptance")
    await product.posts("zhujian", f"/tickets/{number}/replies", body="先答一句。")
    await eventually(lambda: _nth_text(product, 2))
    async with product.client.post(f"{product.base}/sandbox/faults", json={"fault": "token_killed"}) as response:
        assert response.status == 200
    await product.posts("zhujian", f"/tickets/{number}/answer", body="正式答复。")
    assert "正式答复。" in await eventually(lambda: _nth_text(product, 3))


@pytest.mark.parametrize("fault", ["busy", "down"])
async def test_a_busy_platform_is_asked_again_until_it_takes_the_answer(product: Product, fault: str) -> None:
    await sends(product, "text", text="我家暖气不热")
    number = await number_in(product)
    await product.posts("zhujian", f"/tickets/{number}/acceptance")
    fault_is = {"fault": fault, "path": "message/custom"}
    async with product.client.post(f"{product.base}/sandbox/faults", json=fault_is) as response:
        assert response.status == 200
    await product.posts("zhujian", f"/tickets/{number}/answer", body="终于送到。")
    await eventually(lambda: _attempted(product, number))
    async with product.client.delete(f"{product.base}/sandbox/faults") as response:
        assert response.status == 200
    assert "终于送到。" in await eventually(lambda: _nth_text(product, 2))
    await eventually(lambda: _delivery_in(product, number, "accepted"))
    attempts = (await product.api(f"/api/v1/tickets/{number}"))["deliveries"][0]["attempts"]
    assert [attempt["outcome"] for attempt in attempts][0] == "put_off"
    assert [attempt["outcome"] for attempt in attempts][-1] == "accepted"


async def test_a_citizen_who_left_gets_the_answer_when_they_come_back(product: Product) -> None:
    await sends(product, "text", text="我家暖气不热")
    number = await number_in(product)
    await sends(product, "unfollow")
    await product.posts("zhujian", f"/tickets/{number}/acceptance")
    await product.posts("zhujian", f"/tickets/{number}/answer", body="等您回来。")
    await eventually(lambda: _delivery_in(product, number, "held"))
    await sends(product, "follow")
    assert "等您回来。" in (await texts(product))[-1]


async def test_a_long_answer_arrives_whole_in_parts(product: Product) -> None:
    await sends(product, "text", text="我家暖气不热")
    number = await number_in(product)
    await product.posts("zhujian", f"/tickets/{number}/acceptance")
    body = "".join(f"第{n}条,请您按照说明逐项核对并保留好有关票据。" for n in range(60))
    await product.posts("zhujian", f"/tickets/{number}/answer", body=body)
    await eventually(lambda: _delivery_in(product, number, "accepted"))
    parts = (await texts(product))[1:]
    assert len(parts) > 1
    assert all("（接上条）" in part.partition("】")[0] for part in parts[1:])
    assert body in "".join(part.partition("\n\n")[2] for part in parts)
    assert len(await texts(product)) > 2


async def test_a_picture_comes_to_the_department_as_an_attachment(product: Product) -> None:
    import aiohttp

    picture = b"\x89PNG\r\n\x1a\n" + b"0" * 64
    form = aiohttp.FormData()
    form.add_field("file", picture, filename="a.png", content_type="image/png")
    async with product.client.post(f"{product.base}/sandbox/chats/{ALICE}/image", data=form) as response:
        assert response.status == 200, await response.text()
    await sends(product, "text", text="这是我家暖气")
    number = await number_in(product)
    page = await eventually(lambda: _page_with(product, f"/tickets/{number}", "/media/"))
    found = re.search(r'src="(/media/\d+)"', page)
    assert found is not None
    session = await product.signed_in("zhujian")
    async with session.get(product.base + found[1]) as response:
        assert await response.read() == picture
        assert response.headers["Content-Disposition"].startswith("attachment")
        assert response.headers["Content-Type"] == "image/png"
        assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert (await product.page("jiaoyu", found[1]))[0] == 403


async def test_a_confirmed_publication_is_on_the_portal_in_the_feeds_and_in_the_push(product: Product) -> None:
    await sends(product, "text", text="我叫张桂花,13800001234,暖气不热")
    number = await number_in(product)
    await product.posts("zhujian", f"/tickets/{number}/acceptance")
    await product.posts("zhujian", f"/tickets/{number}/answer", body="请先排气。")
    await eventually(lambda: _delivery_in(product, number, "accepted"))
    status, page = await product.page("bianji", f"/tickets/{number}/publication")
    assert status == 200
    seal = re.search(r'name="seal" value="(\w+)"', page)
    assert seal is not None
    fields = {"act": "confirm", "seal": seal[1], "title": "暖气不热怎么办", "for_digest": "yes", "also": ""}
    assert (await product.posts("bianji", f"/tickets/{number}/publication", **fields))[0] == 303
    for path in ("/portal/testxian", "/portal/testxian?q=暖气", "/portal/testxian/feed.atom", "/portal/testxian/feed.json"):
        async with product.client.get(f"{product.base}{path}") as response:
            text = await response.text()
            assert "暖气不热怎么办" in text, path
            assert "张桂花" not in text
            assert "13800001234" not in text
    await _to_the_slot(product)
    card = await eventually(lambda: _article_card(product))
    assert card["articles"][0]["title"] == "暖气不热怎么办"
    row = await eventually(lambda: _digest(product))
    assert row["state"] == "sent"


async def test_the_menu_is_put_up_from_the_file(product: Product) -> None:
    await eventually(lambda: _menu(product))
    await sends(product, "click", key="PROGRESS")
    assert "没有在办" in (await texts(product))[-1]


async def _nth_text(product: Product, count: int) -> str | None:
    found = await texts(product)
    return found[count - 1] if len(found) >= count else None


async def _delivery_in(product: Product, number: str, state: str) -> bool:
    ticket = await product.api(f"/api/v1/tickets/{number}")
    return any(delivery["state"] == state for delivery in ticket["deliveries"])


async def _attempted(product: Product, number: str) -> bool:
    ticket = await product.api(f"/api/v1/tickets/{number}")
    return any(delivery["attempts"] for delivery in ticket["deliveries"])


async def _page_with(product: Product, path: str, part: str) -> str | None:
    _, page = await product.page("zhujian", path)
    return page if part in page else None


async def _menu(product: Product) -> bool:
    async with product.client.get(f"{product.base}/sandbox/") as response:
        return 'data-key="PROGRESS"' in await response.text()


async def _article_card(product: Product) -> dict[str, Any] | None:
    return next((entry for entry in await chat(product) if entry.get("articles")), None)


async def _digest(product: Product) -> Any:
    row = await product.desk.conn.fetchrow("SELECT state FROM digest")
    return row if row is not None and row["state"] == "sent" else None


async def _moved(product: Product, *, working_days: int) -> None:
    for _ in range(working_days):
        async with product.client.post(f"{product.base}/sandbox/clock", json={"by": "working_day"}) as response:
            assert response.status == 200


async def _to_the_slot(product: Product) -> None:
    """Set the desk's clock to the coming push slot."""
    from datetime import timedelta

    from servicedesk.keys import CLOCK
    from servicedesk.usecases import digesting

    clock = product.app[CLOCK]
    plan = await digesting.next_push(product.desk.conn, product.desk.staff["bianji"], now=clock.now())
    assert plan.slot is not None
    clock.advance(plan.slot - clock.now() + timedelta(minutes=1))
