"""A citizen's phone in the sandbox: what the desk is sent, what comes back into the chat, and what survives."""

from __future__ import annotations

import asyncio
import io
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import xmltodict
from aiohttp import web
from aiohttp.test_utils import TestClient
from wechatpy.crypto import WeChatCrypto

from servicedesk.render import Pages
from servicedesk.sandbox import SANDBOX, Persona, Sandbox, SandboxAccount, Timing, create_sandbox

PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)
KEY = "kWxPEV2UEDyxWpmPdKC3F4dgPDmOvfKX1HGnEUDS1aR"
CRYPTO = WeChatCrypto("tok", KEY, "wx1")
CITIZEN = "oCitizen1"
PERSONA = Persona(CITIZEN, "张桂花", "退休教师,家里暖气不热", "花", ("<b>暖气</b>不热",))
FAILURE = "该公众号暂时无法提供服务,请稍后再试"

Json = dict[str, Any]


class MovedClock:
    def __init__(self) -> None:
        self.time = datetime(2025, 11, 25, 2, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.time

    async def move(self, by: str) -> None:
        self.time += timedelta(hours=1) if by == "hour" else timedelta(days=1)


class Desk:
    """A desk that answers as the test says: a text, a raw body, a status, a pause, by turns if it is a list."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        self.queries: list[dict[str, str]] = []
        self.heard: list[Json] = []
        self.answers: list[Any] = []
        self.mode = "plain"
        self.pause = 0.0

    async def receive(self, request: web.Request) -> web.Response:
        body, query = await request.read(), dict(request.query)
        self.bodies.append(body)
        self.queries.append(query)
        if self.mode != "plain":
            body = CRYPTO.decrypt_message(body, query["msg_signature"], query["timestamp"], query["nonce"])
        self.heard.append(xmltodict.parse(body)["xml"])
        answer = self.answers.pop(0) if self.answers else "success"
        await asyncio.sleep(self.pause)
        if isinstance(answer, float):
            await asyncio.sleep(answer)
            return web.Response(text="success")
        if isinstance(answer, int):
            return web.Response(status=answer)
        return web.Response(text=answer)

    def reply(self, text: str, to: str = CITIZEN) -> str:
        xml = (
            f"<xml><ToUserName>{to}</ToUserName><FromUserName>gh_1</FromUserName><CreateTime>1</CreateTime>"
            f"<MsgType>text</MsgType><Content><![CDATA[{text}]]></Content></xml>"
        )
        return xml if self.mode == "plain" else str(CRYPTO.encrypt_message(xml, "nonce", "1"))


class Phone:
    """The chat page's endpoints, as the page uses them."""

    def __init__(self, client: TestClient[Any, Any], sandbox: Sandbox, desk: Desk, clock: MovedClock) -> None:
        self.client, self.sandbox, self.desk, self.clock = client, sandbox, desk, clock

    async def act(self, act: str, body: Json | None = None, openid: str = CITIZEN, **headers: str) -> Json:
        answer = await self.client.post(f"/sandbox/chats/{openid}/{act}", json=body or {}, headers=headers)
        return {"status": answer.status, **(await answer.json() if answer.content_type == "application/json" else {})}

    async def send_file(self, kind: str, content: bytes, **fields: str) -> Json:
        form = aiohttp.FormData(fields)
        form.add_field("file", io.BytesIO(content), filename="f")
        answer = await self.client.post(f"/sandbox/chats/{CITIZEN}/{kind}", data=form)
        return {"status": answer.status, **(await answer.json())}

    async def chat(self, openid: str = CITIZEN, after: int = 0) -> Json:
        await self.sandbox.lanes.idle()
        shown: Json = await (await self.client.get(f"/sandbox/chats/{openid}?after={after}")).json()
        return shown

    async def texts(self, openid: str = CITIZEN) -> list[tuple[str, str]]:
        return [(entry["from"], entry["text"]) for entry in (await self.chat(openid))["entries"]]


@pytest.fixture
async def start(aiohttp_client: Any, aiohttp_server: Any, tmp_path: Path) -> Callable[..., Awaitable[Phone]]:
    desk, clock = Desk(), MovedClock()
    around = web.Application()
    around.router.add_post("/wechat", desk.receive)
    server = await aiohttp_server(around)

    async def start(mode: str = "plain", **changed: Any) -> Phone:
        desk.mode = mode
        account = SandboxAccount(
            code="county", name="清河县", kind="subscription", appid="wx1", secret="s1", token="tok", aes_key=KEY,
            mode=mode, callback_url=str(server.make_url("/wechat")), original_id="gh_1",
        )  # fmt: skip
        sandbox = create_sandbox(
            [replace(account, **changed)], [PERSONA], pages=Pages(), clock=clock, folder=tmp_path,
            timing=Timing(0.15, 0.01, 0.01),
        )  # fmt: skip
        app = web.Application()
        app.add_subapp("/sandbox", sandbox)
        return Phone(await aiohttp_client(app), sandbox[SANDBOX], desk, clock)

    return start


@pytest.fixture
async def phone(start: Callable[..., Awaitable[Phone]]) -> Phone:
    return await start()


@pytest.mark.parametrize("mode", ["plain", "compatible", "safe"])
async def test_a_message_reaches_the_desk_and_its_reply_the_chat_in_every_mode(start: Any, mode: Any) -> None:
    phone = await start(mode)
    phone.desk.answers = [phone.desk.reply("已收到 <暖气> & 锅炉")]
    entry = (await phone.act("text", {"text": "暖气不热"}))["entry"]
    assert (entry["id"], entry["from"], entry["kind"], entry["text"]) == (1, "citizen", "text", "暖气不热")
    assert await phone.texts() == [("citizen", "暖气不热"), ("account", "已收到 <暖气> & 锅炉")]
    (heard,) = phone.desk.heard
    assert (heard["ToUserName"], heard["FromUserName"], heard["Content"]) == ("gh_1", CITIZEN, "暖气不热")
    assert int(heard["CreateTime"]) == int(phone.clock.now().timestamp())
    assert abs(int(phone.desk.queries[0]["timestamp"]) - time.time()) < 60
    assert phone.sandbox.failures == []


async def test_sending_does_not_wait_for_the_desk(start: Any) -> None:
    phone = await start()
    phone.desk.pause = 0.1
    begun = time.monotonic()
    await asyncio.gather(*(phone.act("text", {"text": str(turn)}) for turn in range(5)))
    assert time.monotonic() - begun < 0.1
    await phone.sandbox.lanes.idle()


async def test_callbacks_of_one_citizen_go_out_in_order(phone: Phone) -> None:
    phone.desk.pause = 0.01
    for turn in range(6):
        await phone.act("text", {"text": str(turn)})
    await phone.chat()
    assert [heard["Content"] for heard in phone.desk.heard] == list("012345")
    assert len({heard["MsgId"] for heard in phone.desk.heard}) == 6


async def test_a_slow_citizen_s_callback_does_not_hold_up_others(phone: Phone) -> None:
    phone.desk.answers = [0.1, phone.desk.reply("好", "oOther")]
    await phone.act("text", {"text": "慢"})
    await phone.act("text", {"text": "快"}, openid="oOther")
    await asyncio.sleep(0.06)
    shown = await (await phone.client.get("/sandbox/chats/oOther")).json()
    assert [entry["text"] for entry in shown["entries"]] == ["快", "好"]
    await phone.sandbox.lanes.idle()


async def test_an_unanswered_callback_is_tried_three_times_with_the_same_body(phone: Phone) -> None:
    phone.desk.answers = [500, 1.0, 404]
    await phone.act("text", {"text": "在吗"})
    assert await phone.texts() == [("citizen", "在吗"), ("system", FAILURE)]
    assert len(phone.desk.bodies) == 3
    assert len(set(phone.desk.bodies)) == 1
    assert [(one.openid, one.fields["Content"]) for one in phone.sandbox.failures] == [(CITIZEN, "在吗")]


async def test_a_second_try_may_still_be_answered(phone: Phone) -> None:
    phone.desk.answers = [500, phone.desk.reply("来了")]
    await phone.act("text", {"text": "在吗"})
    assert await phone.texts() == [("citizen", "在吗"), ("account", "来了")]


async def test_an_absent_desk_shows_as_a_failure(start: Any) -> None:
    phone = await start(callback_url="http://127.0.0.1:9/wechat")
    await phone.act("text", {"text": "在吗"})
    assert (await phone.texts())[-1] == ("system", FAILURE)


async def test_a_redirect_is_no_answer(phone: Phone) -> None:
    phone.desk.answers = [302, 302, 302]
    await phone.act("text", {"text": "在吗"})
    assert (await phone.texts())[-1] == ("system", FAILURE)


@pytest.mark.parametrize("answer", ["<xml>", "ok", "字" * 90_000])
async def test_a_reply_that_cannot_be_shown_is_a_failure_at_once(phone: Phone, answer: Any) -> None:
    phone.desk.answers = [answer]
    await phone.act("text", {"text": "在吗"})
    assert (await phone.texts())[-1] == ("system", FAILURE)
    assert len(phone.desk.bodies) == len(phone.sandbox.failures) == 1


async def test_a_reply_over_2048_bytes_is_a_failure(phone: Phone) -> None:
    phone.desk.answers = [phone.desk.reply("字" * 683), phone.desk.reply("字" * 682)]
    await phone.act("text", {"text": "一"})
    assert await phone.texts() == [("citizen", "一"), ("system", FAILURE)]
    await phone.act("text", {"text": "二"})
    assert (await phone.texts())[2:] == [("citizen", "二"), ("account", "字" * 682)]


async def test_a_lost_reply_makes_the_platform_try_again(phone: Phone) -> None:
    await phone.client.post("/sandbox/faults", json={"fault": "reply_lost", "path": "callback", "times": 1})
    phone.desk.answers = [phone.desk.reply("一"), phone.desk.reply("二")]
    await phone.act("text", {"text": "在吗"})
    assert await phone.texts() == [("citizen", "在吗"), ("account", "二")]
    assert phone.desk.bodies[0] == phone.desk.bodies[1]


async def test_files_are_stored_and_named_to_the_desk(phone: Phone) -> None:
    entry = (await phone.send_file("image", PNG))["entry"]
    voice = (await phone.send_file("voice", b"ID3" + bytes(50), seconds="3.4"))["entry"]
    await phone.send_file("video", b"\0\0\0\x18ftypisom" + bytes(50))
    assert await (await phone.client.get(entry["media_url"])).read() == PNG
    assert voice["seconds"] == 3
    await phone.sandbox.lanes.idle()
    image, sound, film = phone.desk.heard
    assert image["PicUrl"].endswith(f"/sandbox/media/{image['MediaId']}")
    assert sound["Format"] == "mp3"
    assert set(film) >= {"MediaId", "ThumbMediaId", "MsgId"}


async def test_a_file_of_another_kind_is_refused_and_not_told(phone: Phone) -> None:
    assert (await phone.send_file("image", b"<svg onload=x>"))["error"] == 40005
    assert (await phone.chat())["entries"] == phone.desk.heard == []


async def test_places_and_links_reach_the_desk(phone: Phone) -> None:
    await phone.act("location", {"latitude": 41.8, "longitude": 123.4, "label": "锦绣家园"})
    await phone.act("link", {"title": "新闻", "description": "说明", "url": "http://a/"})
    await phone.sandbox.lanes.idle()
    place, link = phone.desk.heard
    assert (place["Location_X"], place["Location_Y"], place["Label"]) == ("41.8", "123.4", "锦绣家园")
    assert (link["Title"], link["Description"], link["Url"]) == ("新闻", "说明", "http://a/")


@pytest.mark.parametrize(
    ("act", "body"),
    [
        ("text", {}),
        ("text", {"text": " "}),
        ("text", {"text": "字" * 9000}),
        ("location", {"latitude": 91}),
        ("click", {}),
    ],
)
async def test_an_empty_or_impossible_act_is_refused(phone: Phone, act: Any, body: Any) -> None:
    assert (await phone.act(act, body))["status"] == 400
    assert phone.desk.heard == []


async def test_menu_taps_and_scans_are_events_and_open_the_short_window(phone: Phone) -> None:
    await phone.act("click", {"key": "MINE"})
    await phone.act("view", {"url": "http://a/"})
    await phone.act("scan", {"key": "dept-7"})
    shown = await phone.chat()
    events = [(heard["Event"], heard["EventKey"]) for heard in phone.desk.heard]
    assert events == [("CLICK", "MINE"), ("VIEW", "http://a/"), ("SCAN", "dept-7")]
    assert shown["left"] == 3


async def test_following_and_leaving_are_told_and_a_stranger_scans_to_follow(phone: Phone) -> None:
    await phone.act("unfollow")
    assert (await phone.act("text", {"text": "在吗"}))["error"] == 43004
    assert (await phone.chat())["following"] is False
    await phone.act("scan", {"key": "dept-7"})
    await phone.act("unfollow")
    await phone.act("follow")
    assert (await phone.chat())["following"] is True
    assert [(heard["Event"], heard["EventKey"]) for heard in phone.desk.heard] == [
        ("unsubscribe", None), ("subscribe", "qrscene_dept-7"), ("unsubscribe", None), ("subscribe", None),
    ]  # fmt: skip


async def test_polling_brings_only_what_is_new(phone: Phone) -> None:
    await phone.act("text", {"text": "一"})
    last = (await phone.chat())["last"]
    await phone.act("text", {"text": "二"})
    news = await phone.chat(after=last)
    assert [entry["text"] for entry in news["entries"]] == ["二"]
    assert set(news["entries"][0]) >= {"id", "from", "kind", "text", "articles", "media_url", "at"}
    assert news["chats"][CITIZEN] == {"last": 2, "received": []}


async def test_anybody_who_writes_becomes_a_follower(phone: Phone) -> None:
    await phone.act("text", {"text": "你好"}, openid="oCounty42")
    assert phone.sandbox.platform.by_code("").state.followers["oCounty42"].following


async def test_another_site_cannot_act_for_the_citizen(phone: Phone) -> None:
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}):
        assert (await phone.act("text", {"text": "在吗"}, **headers))["status"] == 403
        assert (await phone.client.post("/sandbox/faults", json={"fault": "down"}, headers=headers)).status == 403
        assert (await phone.client.post("/sandbox/clock", json={"by": "hour"}, headers=headers)).status == 403
        assert (await phone.client.delete("/sandbox/faults", headers=headers)).status == 403
    own = f"http://{phone.client.host}:{phone.client.port}"
    allowed = {"Origin": own, "Sec-Fetch-Site": "same-origin"}
    assert (await phone.act("text", {"text": "在吗"}, **allowed))["status"] == 200


async def test_the_clock_moves_by_an_hour_or_a_working_day_only(phone: Phone) -> None:
    before = phone.clock.now()
    moved = await (await phone.client.post("/sandbox/clock", json={"by": "hour"})).json()
    assert datetime.fromisoformat(moved["now"]) == before + timedelta(hours=1)
    assert (await phone.client.post("/sandbox/clock", json={"by": "year"})).status == 400


async def test_the_page_escapes_what_people_are_called_and_allows_no_foreign_script(phone: Phone) -> None:
    page = await phone.client.get("/sandbox/")
    body = await page.text()
    assert "张桂花" in body
    assert "&lt;b&gt;暖气&lt;/b&gt;" in body
    assert "style=" not in body
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert "unsafe" not in page.headers["Content-Security-Policy"]
    for name in ("chat.js", "bubbles.js", "times.js", "tools.js", "chat.css", "desk.css", "icon.svg"):
        assert (await phone.client.get(f"/sandbox/static/{name}")).status == 200
    assert (await phone.client.get("/sandbox")).status == 200
    assert (await phone.client.get("/sandbox/?account=none")).status == 404
    english = await phone.client.get("/sandbox/", cookies={"lang": "en"})
    assert '<html lang="en">' in await english.text()


async def test_a_restart_finds_the_chats_tokens_and_files_again(start: Any) -> None:
    phone = await start()
    phone.desk.answers = [phone.desk.reply("已收到")]
    await phone.act("text", {"text": "暖气不热"})
    picture = (await phone.send_file("image", PNG))["entry"]["media_url"]
    before = await phone.chat()
    await phone.client.close()
    again = await start()
    assert (await again.chat())["entries"] == before["entries"]
    assert await (await again.client.get(picture)).read() == PNG


async def test_a_killed_sandbox_has_what_was_saved_a_moment_before(start: Any, tmp_path: Path) -> None:
    phone = await start()
    await phone.act("text", {"text": "暖气不热"})
    for _ in range(60):
        await asyncio.sleep(0.05)
        if (tmp_path / "state.json").exists():
            break
    saved = json.loads((tmp_path / "state.json").read_text())
    assert saved["county"]["chats"][CITIZEN][0]["text"] == "暖气不热"


async def test_a_mass_send_begun_before_a_restart_is_finished_after_it(start: Any) -> None:
    phone = await start()
    official = phone.sandbox.platform.by_code("")
    await phone.client.close()
    state = json.loads((phone.sandbox.media_folder.parent / "state.json").read_text())
    entry = {"kind": "text", "sender": "account", "text": "公告"}
    state[official.account.code]["mass_sends"] = [
        {"msg_id": 7, "at": "2025-11-25T02:00:00+00:00", "client_msg_id": "", "entry": entry}
    ]
    (phone.sandbox.media_folder.parent / "state.json").write_text(json.dumps(state))
    again = await start()
    assert await again.texts() == [("account", "公告")]
    assert [heard["Event"] for heard in again.desk.heard] == ["MASSSENDJOBFINISH"]


async def test_closing_gives_up_callbacks_on_the_way_without_a_trace(start: Any) -> None:
    phone = await start()
    phone.desk.answers = [0.1, 0.1]
    for openid in ("o1", "o2"):
        await phone.act("text", {"text": "在吗"}, openid=openid)
    await asyncio.sleep(0.02)
    await phone.client.close()
    assert [task for task in asyncio.all_tasks() if "lanes" in repr(task.get_coro()).lower()] == []
