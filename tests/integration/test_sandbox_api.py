"""The sandbox's platform API over HTTP: field names, error codes, jobs and faults."""

from __future__ import annotations

import asyncio
import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest
import xmltodict
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from yarl import URL

from servicedesk.render import Pages
from servicedesk.sandbox import SANDBOX, Persona, Sandbox, SandboxAccount, Timing, create_sandbox

PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)
JPEG = b"\xff\xd8\xff" + bytes(64)
CITIZEN = "oCitizen1"
PERSONA = Persona(CITIZEN, "张桂花", "退休教师", "花", ("暖气不热",))
ACCOUNT = SandboxAccount(
    code="county", name="清河县", kind="subscription", appid="wx1", secret="s1", token="tok", aes_key="k" * 43,
    mode="plain", callback_url="http://127.0.0.1:9/", original_id="gh_1",
)  # fmt: skip
SERVICE = replace(ACCOUNT, code="city", appid="wx2", secret="s2", kind="service", original_id="gh_2")

Json = dict[str, Any]


class MovedClock:
    def __init__(self) -> None:
        self.time = datetime(2025, 11, 25, 2, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.time

    async def move(self, by: str) -> None:
        self.time += timedelta(hours=1) if by == "hour" else timedelta(days=1)


class World:
    """A sandbox with two accounts, and a desk that only listens."""

    def __init__(self, client: TestClient[Any, Any], sandbox: Sandbox, clock: MovedClock, heard: list[Json]) -> None:
        self.client, self.sandbox, self.clock, self.heard = client, sandbox, clock, heard
        self.tokens: dict[str, str] = {}

    async def raw(self, path: str, body: Any = None, **query: str) -> aiohttp.ClientResponse:
        method = "GET" if body is None else "POST"
        sent: dict[str, Any] = {} if body is None else {"json": body}
        if isinstance(body, bytes | aiohttp.FormData):
            sent = {"data": body}
        return await self.client.request(method, f"/sandbox/cgi-bin/{path}", params=query, **sent)

    async def call(self, path: str, body: Any = None, account: SandboxAccount = ACCOUNT, **query: str) -> Json:
        answer = await self.raw(path, body, access_token=await self.token(account), **query)
        assert answer.status == 200
        answered: Json = await answer.json()
        return answered

    async def token(self, account: SandboxAccount) -> str:
        if account.code not in self.tokens:
            self.tokens[account.code] = str((await self.stable(account))["access_token"])
        return self.tokens[account.code]

    async def stable(self, account: SandboxAccount = ACCOUNT, **more: Any) -> Json:
        asked = {"grant_type": "client_credential", "appid": account.appid, "secret": account.secret, **more}
        answered: Json = await (await self.raw("stable_token", asked)).json()
        return answered

    async def upload(self, path: str, content: bytes, account: SandboxAccount = ACCOUNT, **query: str) -> Json:
        form = aiohttp.FormData()
        form.add_field("media", io.BytesIO(content), filename="a.bin")
        return await self.call(path, form, account, **query)

    async def say(self, text: str = "暖气不热", openid: str = CITIZEN, account: SandboxAccount = ACCOUNT) -> None:
        answer = await self.client.post(f"/sandbox/chats/{openid}/text?account={account.code}", json={"text": text})
        assert answer.status == 200

    async def chat(self, openid: str = CITIZEN, account: SandboxAccount = ACCOUNT) -> list[Json]:
        await self.sandbox.lanes.idle()
        answer = await self.client.get(f"/sandbox/chats/{openid}?account={account.code}")
        entries: list[Json] = (await answer.json())["entries"]
        return entries

    async def events(self, name: str) -> list[Json]:
        await self.sandbox.lanes.idle()
        return [fields for fields in self.heard if fields.get("Event") == name]

    async def draft(self, account: SandboxAccount = ACCOUNT, count: int = 1) -> str:
        thumb = (await self.upload("material/add_material", JPEG, account, type="thumb"))["media_id"]
        article = {"title": "有问必复", "content": "<p>供暖</p>", "thumb_media_id": thumb}
        return str((await self.call("draft/add", {"articles": [article] * count}, account))["media_id"])


@pytest.fixture
async def world(aiohttp_client: Any, aiohttp_server: Any, tmp_path: Any) -> World:
    heard: list[Json] = []

    async def listen(request: web.Request) -> web.Response:
        heard.append(xmltodict.parse(await request.read())["xml"])
        return web.Response(text="success")

    desk = web.Application()
    desk.router.add_post("/wechat", listen)
    server: TestServer = await aiohttp_server(desk)
    accounts = [replace(one, callback_url=str(server.make_url("/wechat"))) for one in (ACCOUNT, SERVICE)]
    clock = MovedClock()
    sandbox = create_sandbox(accounts, [PERSONA], pages=Pages(), clock=clock, folder=tmp_path, timing=Timing(2.0, 0.01, 0.01))
    app = web.Application(client_max_size=1024)
    app.add_subapp("/sandbox", sandbox)
    return World(await aiohttp_client(app), sandbox[SANDBOX], clock, heard)


def text_to(openid: str = CITIZEN, content: str = "答复") -> Json:
    return {"touser": openid, "msgtype": "text", "text": {"content": content}}


def to_all(draft: str, **more: Any) -> Json:
    return {"filter": {"is_to_all": True}, "msgtype": "mpnews", "mpnews": {"media_id": draft}, **more}


async def test_a_token_is_given_for_appid_and_secret_only(world: World) -> None:
    token = await world.stable()
    assert token["expires_in"] == 7200
    assert (await world.stable(appid="wx0"))["errcode"] == 40013
    assert (await world.stable(secret="no"))["errcode"] == 40125
    assert (await world.stable(grant_type="code"))["errcode"] == 40002
    assert (await world.stable()) == token


async def test_every_call_needs_a_good_token(world: World) -> None:
    assert (await (await world.raw("user/get")).json())["errcode"] == 40001
    assert (await (await world.raw("user/get", access_token="x x")).json())["errcode"] == 40014
    assert (await (await world.raw("user/get", access_token="x" * 99)).json())["errcode"] == 40001
    await world.token(ACCOUNT)
    world.clock.time += timedelta(hours=2)
    assert (await world.call("user/get"))["errcode"] == 42001


async def test_a_forced_refresh_is_limited(world: World) -> None:
    first = await world.stable(force_refresh=True)
    assert "access_token" in first
    assert (await world.stable(force_refresh=True))["errcode"] == 45009


async def test_an_unknown_path_a_wrong_method_and_broken_json_have_their_codes(world: World) -> None:
    assert (await world.call("no/such/thing", {}))["errcode"] == 40066
    assert (await world.call("draft/add"))["errcode"] == 43002
    assert (await world.call("user/get", {}))["errcode"] == 43001
    assert (await world.call("message/custom/send", b"{"))["errcode"] == 47001
    assert (await world.call("message/custom/send", b"[1]"))["errcode"] == 47001


async def test_customer_messages_need_an_open_window(world: World) -> None:
    assert (await world.call("message/custom/send", text_to("oNobody")))["errcode"] == 40003
    assert (await world.call("message/custom/send", text_to()))["errcode"] == 45015
    await world.say()
    for _ in range(5):
        assert await world.call("message/custom/send", text_to()) == {"errcode": 0, "errmsg": "ok"}
    assert (await world.call("message/custom/send", text_to()))["errcode"] == 45047
    world.tokens.clear()
    world.clock.time += timedelta(hours=48)
    assert (await world.call("message/custom/send", text_to()))["errcode"] == 45015
    assert [entry["text"] for entry in await world.chat()][1:] == ["答复"] * 5


async def test_a_citizen_who_left_cannot_be_written_to(world: World) -> None:
    await world.say()
    await world.client.post(f"/sandbox/chats/{CITIZEN}/unfollow")
    assert (await world.call("message/custom/send", text_to()))["errcode"] == 43004
    assert await world.call("user/info", openid=CITIZEN) == {"subscribe": 0, "openid": CITIZEN}


@pytest.mark.parametrize(
    ("message", "errcode"),
    [
        (text_to(content="字" * 683), 45002),
        (text_to(content=""), 44004),
        ({"touser": CITIZEN, "msgtype": "poem", "poem": {}}, 40008),
        ({"touser": CITIZEN, "msgtype": "text", "text": "x"}, 47001),
        ({"touser": CITIZEN, "msgtype": "image", "image": {"media_id": "gone"}}, 40007),
        ({"touser": CITIZEN, "msgtype": "news", "news": {"articles": []}}, 44003),
        ({"touser": CITIZEN, "msgtype": "news", "news": {"articles": [{}, {}]}}, 45008),
        ({"touser": CITIZEN, "msgtype": "mpnewsarticle", "mpnewsarticle": {"article_id": "x"}}, 53600),
    ],
)
async def test_a_wrong_customer_message_costs_nothing_of_the_window(world: World, message: Any, errcode: Any) -> None:
    await world.say()
    assert (await world.call("message/custom/send", message))["errcode"] == errcode
    for _ in range(5):
        assert (await world.call("message/custom/send", text_to()))["errcode"] == 0


async def test_pictures_cards_and_menus_reach_the_chat(world: World) -> None:
    await world.say()
    media_id = (await world.upload("media/upload", PNG, type="image"))["media_id"]
    menu = {"head_content": "满意吗", "list": [{"id": "1", "content": "满意"}], "tail_content": "谢谢"}
    card = {"title": "题", "description": "述", "url": "http://a/", "picurl": "http://p/"}
    for kind, content in [("image", {"media_id": media_id}), ("msgmenu", menu), ("news", {"articles": [card]})]:
        answer = await world.call("message/custom/send", {"touser": CITIZEN, "msgtype": kind, kind: content})
        assert answer["errcode"] == 0
    _, picture, choices, news = await world.chat()
    assert (await (await world.client.get(picture["media_url"])).read()) == PNG
    assert (choices["text"], choices["choices"], choices["tail"]) == ("满意吗", menu["list"], "谢谢")
    assert news["articles"] == [{"title": "题", "digest": "述", "url": "http://a/", "cover": "http://p/"}]


async def test_typing_is_shown_while_the_window_is_open(world: World) -> None:
    await world.say()
    answer = await world.call("message/custom/typing", {"touser": CITIZEN, "command": "Typing"})
    assert answer["errcode"] == 0
    assert (await (await world.client.get(f"/sandbox/chats/{CITIZEN}")).json())["typing"] is True


async def test_one_authorisation_is_good_for_one_notice(world: World) -> None:
    notice: Json = {"touser": CITIZEN, "template_id": "T", "scene": "7", "title": "有答复了"}
    notice |= {"data": {"content": {"value": "请看"}}}
    assert (await world.call("message/template/subscribe", notice))["errcode"] == 43019
    await world.client.post(f"/sandbox/chats/{CITIZEN}/authorise", json={"scene": "7"})
    assert (await world.call("message/template/subscribe", notice))["errcode"] == 0
    assert (await world.call("message/template/subscribe", notice))["errcode"] == 43019
    shown = (await world.chat())[-1]
    assert (shown["kind"], shown["title"], shown["text"]) == ("notice", "有答复了", "请看")


async def test_a_subscription_account_lacks_the_rights_of_a_service_account(world: World) -> None:
    for path in ("message/template/send", "message/subscribe/bizsend", "qrcode/create"):
        assert (await world.call(path, {"touser": CITIZEN}))["errcode"] == 48001


async def test_an_unverified_account_may_not_send(world: World) -> None:
    official = world.sandbox.platform.accounts["county"]
    official.account = replace(official.account, verified=False)
    for path in ("message/custom/send", "message/template/subscribe", "message/mass/sendall"):
        assert (await world.call(path, text_to()))["errcode"] == 48001


async def test_a_service_account_sends_templates_and_notices_and_makes_codes(world: World) -> None:
    template = {"touser": CITIZEN, "template_id": "T", "url": "http://u/", "data": {"thing1": {"value": "暖气"}}}
    sent = await world.call("message/template/send", template, SERVICE)
    (finished,) = await world.events("TEMPLATESENDJOBFINISH")
    assert (finished["MsgID"], finished["Status"]) == (str(sent["msgid"]), "success")
    assert (await world.call("message/subscribe/bizsend", template, SERVICE))["errcode"] == 43019
    await world.client.post(f"/sandbox/chats/{CITIZEN}/authorise?account=city", json={"scene": "T"})
    assert (await world.call("message/subscribe/bizsend", template, SERVICE))["errcode"] == 0
    assert len(await world.events("subscribe_msg_sent_event")) == 1
    scene = {"scene_str": "dept-7"}
    code = {"action_name": "QR_STR_SCENE", "expire_seconds": 60, "action_info": {"scene": scene}}
    assert set(await world.call("qrcode/create", code, SERVICE)) == {"ticket", "expire_seconds", "url"}
    scene["scene_str"] = "x" * 65
    assert (await world.call("qrcode/create", code, SERVICE))["errcode"] == 40053


async def test_temporary_media_can_be_fetched_for_three_days(world: World) -> None:
    media = await world.upload("media/upload", PNG, type="image")
    assert media["type"] == "image"
    answer = await world.raw("media/get", media_id=media["media_id"], access_token=await world.token(ACCOUNT))
    assert (answer.content_type, await answer.read()) == ("image/png", PNG)
    world.clock.time += timedelta(days=3)
    world.tokens.clear()
    assert (await world.call("media/get", media_id=media["media_id"]))["errcode"] == 40007


async def test_uploads_are_judged_by_their_content_whatever_the_app_around_allows(world: World) -> None:
    assert (await world.upload("media/upload", PNG, type="music"))["errcode"] == 40004
    assert (await world.upload("media/upload", b"%PDF", type="image"))["errcode"] == 40005
    assert (await world.upload("media/upload", b"", type="image"))["errcode"] == 40006
    assert (await world.upload("media/uploadimg", JPEG + bytes(1 << 20)))["errcode"] == 45001
    assert (await world.upload("media/upload", JPEG + bytes(9 << 20), type="image"))["type"] == "image"
    assert (await world.call("media/upload", {}, type="image"))["errcode"] == 41005
    url = (await world.upload("media/uploadimg", PNG))["url"]
    assert (await world.client.get(URL(url).path)).status == 200


async def test_a_draft_is_published_and_then_a_draft_no_more(world: World) -> None:
    draft = await world.draft(count=2)
    shown = (await world.call("draft/get", {"media_id": draft}))["news_item"]
    assert [article["title"] for article in shown] == ["有问必复"] * 2
    submitted = await world.call("freepublish/submit", {"media_id": draft})
    assert submitted["errcode"] == 0
    (finished,) = await world.events("PUBLISHJOBFINISH")
    told = finished["PublishEventInfo"]
    assert (told["publish_id"], told["publish_status"]) == (submitted["publish_id"], "0")
    got = await world.call("freepublish/get", {"publish_id": submitted["publish_id"]})
    assert got["article_id"] == told["article_id"]
    assert (await world.call("freepublish/submit", {"media_id": draft}))["errcode"] == 40007
    page = await world.client.get(URL(got["article_detail"]["item"][0]["article_url"]).path)
    assert "供暖" in await page.text()
    assert "sandbox" in page.headers["Content-Security-Policy"]
    assert (await world.call("freepublish/delete", {"article_id": got["article_id"], "index": 1}))["errcode"] == 0
    page = await world.client.get(URL(got["article_detail"]["item"][0]["article_url"]).path)
    assert "供暖" not in await page.text()


async def test_a_draft_can_be_deleted(world: World) -> None:
    draft = await world.draft()
    assert (await world.call("draft/delete", {"media_id": draft}))["errcode"] == 0
    assert (await world.call("draft/delete", {"media_id": draft}))["errcode"] == 40007


async def test_a_mass_send_reaches_every_follower_once_a_day(world: World) -> None:
    await world.say(openid="oOther")
    sent = await world.call("message/mass/sendall", to_all(await world.draft(count=2), clientmsgid="d1"))
    (finished,) = await world.events("MASSSENDJOBFINISH")
    assert (finished["MsgID"], finished["Status"], finished["SentCount"]) == (str(sent["msg_id"]), "send success", "2")
    for openid in (CITIZEN, "oOther"):
        shown = (await world.chat(openid))[-1]
        assert (shown["kind"], shown["via"], len(shown["articles"])) == ("news", "mass", 2)
    again = await world.call("message/mass/sendall", to_all("used up", clientmsgid="d1"))
    assert (again["errcode"], again["msg_id"]) == (45065, sent["msg_id"])
    assert (await world.call("message/mass/sendall", to_all("x", clientmsgid="x" * 65)))["errcode"] == 45067
    assert (await world.call("message/mass/sendall", to_all(await world.draft())))["errcode"] == 45028
    assert await world.call("message/mass/get", {"msg_id": sent["msg_id"]}) == {
        "msg_id": sent["msg_id"], "msg_status": "SEND_SUCCESS",
    }  # fmt: skip


async def test_a_preview_reaches_one_and_keeps_the_draft(world: World) -> None:
    draft = await world.draft()
    preview = {"touser": CITIZEN, "msgtype": "mpnews", "mpnews": {"media_id": draft}}
    assert (await world.call("message/mass/preview", preview))["errcode"] == 0
    assert (await world.chat())[-1]["via"] == "preview"
    assert "news_item" in await world.call("draft/get", {"media_id": draft})


async def test_the_menu_is_kept_and_deleted(world: World) -> None:
    menu = {"button": [{"type": "click", "name": "我的咨询", "key": "MINE"}]}
    assert (await world.call("menu/get"))["errcode"] == 46003
    assert (await world.call("menu/create", menu))["errcode"] == 0
    assert (await world.call("menu/get"))["menu"]["button"] == menu["button"]
    assert (await world.call("get_current_selfmenu_info"))["selfmenu_info"] == menu
    assert "我的咨询" in await (await world.client.get("/sandbox/")).text()
    assert (await world.call("menu/delete"))["errcode"] == 0
    assert await world.call("get_current_selfmenu_info") == {"is_menu_open": 0}


async def test_followers_are_listed_without_their_names(world: World) -> None:
    await world.say(openid="oOther")
    listed = await world.call("user/get")
    assert listed == {"total": 2, "count": 2, "data": {"openid": [CITIZEN, "oOther"]}, "next_openid": "oOther"}
    assert (await world.call("user/get", next_openid="oOther"))["count"] == 0
    shown = await world.call("user/info", openid=CITIZEN)
    assert shown["subscribe"] == 1
    assert "nickname" not in shown


async def test_quotas_are_counted_and_can_be_cleared(world: World) -> None:
    await world.call("user/get")
    asked = {"cgi_path": "/cgi-bin/user/get"}
    assert (await world.call("openapi/quota/get", asked))["quota"]["used"] == 1
    assert (await world.call("clear_quota", {"appid": "wx1"}))["errcode"] == 0
    assert (await world.call("openapi/quota/get", asked))["quota"]["used"] == 0


async def test_addresses_are_loopback(world: World) -> None:
    for path in ("get_api_domain_ip", "getcallbackip"):
        assert await world.call(path) == {"ip_list": ["127.0.0.1"]}
    assert set(await world.call("callback/check", {"action": "all"})) == {"dns", "ping"}


async def switch(world: World, **fault: Any) -> None:
    assert (await world.client.post("/sandbox/faults", json=fault)).status == 200


async def test_a_busy_platform_says_so_as_often_as_asked(world: World) -> None:
    await world.token(ACCOUNT)
    await switch(world, fault="busy", times=1)
    assert (await world.call("user/get"))["errcode"] == -1
    assert "total" in await world.call("user/get")


async def test_an_absent_platform_answers_503_until_it_is_cleared(world: World) -> None:
    token = await world.token(ACCOUNT)
    await switch(world, fault="down")
    assert (await world.raw("user/get", access_token=token)).status == 503
    listed = await (await world.client.get("/sandbox/faults")).json()
    assert [one["fault"] for one in listed["faults"]] == ["down"]
    assert await (await world.client.delete("/sandbox/faults")).json() == {"faults": []}
    assert "total" in await world.call("user/get")


async def test_a_lost_answer_leaves_the_work_done(world: World) -> None:
    await world.say()
    token = await world.token(ACCOUNT)
    await switch(world, fault="reply_lost", path="message/custom", times=1)
    with pytest.raises(aiohttp.ClientError):
        await world.raw("message/custom/send", text_to(), access_token=token)
    assert [entry["text"] for entry in await world.chat()][1:] == ["答复"]


async def test_a_slow_platform_keeps_the_caller_waiting(world: World) -> None:
    token = await world.token(ACCOUNT)
    await switch(world, fault="slow", seconds=30, path="user")
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(world.raw("user/get", access_token=token), 0.1)
    assert (await world.call("getcallbackip"))["ip_list"]


async def test_a_killed_token_must_be_fetched_anew(world: World) -> None:
    await world.token(ACCOUNT)
    await switch(world, fault="token_killed")
    assert (await world.call("user/get"))["errcode"] == 40001
    world.tokens.clear()
    assert "total" in await world.call("user/get")


@pytest.mark.parametrize("fault", [{}, {"fault": "fire"}, {"fault": "slow", "seconds": -1}, {"fault": "busy", "times": 0}])
async def test_what_is_no_fault_is_refused(world: World, fault: Any) -> None:
    assert (await world.client.post("/sandbox/faults", json=fault)).status == 400
