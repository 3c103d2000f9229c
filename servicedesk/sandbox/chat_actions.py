"""What a citizen does on the phone: each act is shown at once, and the desk is told in the background."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from aiohttp import web

from servicedesk.sandbox.chats import Entry
from servicedesk.sandbox.envelopes import callback_fields, new_message_id
from servicedesk.sandbox.errors import PlatformError
from servicedesk.sandbox.media import SUFFIXES, checked_from_citizen
from servicedesk.sandbox.platform import OfficialAccount
from servicedesk.sandbox.state import SANDBOX, Sandbox
from servicedesk.sandbox.uploads import read_json, read_upload

LONGEST_TEXT = 8000


class Act:
    """One request of one citizen; what it does is answered with an entry."""

    def __init__(self, request: web.Request) -> None:
        self.sandbox: Sandbox = request.app[SANDBOX]
        self.official: OfficialAccount = chosen_account(request)
        self.openid = request.match_info["openid"]
        self.origin = f"{request.url.origin()}{self.sandbox.prefix}"

    def says(self, entry: Entry, kind: str, **fields: Any) -> web.Response:
        """A message: it opens the long window, and only a follower can send one."""
        now = self.sandbox.clock.now()
        if not self.official.met(self.openid, now).following:
            raise PlatformError(43004)
        self.official.hear(self.openid, now)
        shown = self.sandbox.show(self.official, self.openid, entry)
        number = {"MsgId": new_message_id()}
        self._tell(callback_fields(self.official.account, self.openid, kind, now, **fields, **number))
        return web.json_response({"entry": shown.to_json()})

    def causes(self, entry: Entry, event: str, *, expects_reply: bool = True, **fields: Any) -> web.Response:
        """An event."""
        shown = self.sandbox.show(self.official, self.openid, entry)
        told = self.sandbox.event_fields(self.official, self.openid, event, **fields)
        self._tell(told, expects_reply=expects_reply)
        return web.json_response({"entry": shown.to_json()})

    def _tell(self, fields: dict[str, Any], *, expects_reply: bool = True) -> None:
        self.sandbox.tell(self.official, self.openid, fields, expects_reply=expects_reply)


def chosen_account(request: web.Request) -> OfficialAccount:
    """The account of `?account=`, else the first."""
    try:
        return request.app[SANDBOX].platform.by_code(request.query.get("account", ""))
    except KeyError:
        raise web.HTTPNotFound from None


async def send_text(request: web.Request) -> web.Response:
    """POST {"text"}; `menu_id` when it comes from a line of a menu message."""
    act, body = Act(request), await read_json(request)
    text = _field(body, "text", LONGEST_TEXT)
    chosen = {"bizmsgmenuid": str(body["menu_id"])} if body.get("menu_id") else {}
    return act.says(Entry("text", "citizen", text=text), "text", Content=text, **chosen)


async def send_image(request: web.Request) -> web.Response:
    """POST a multipart file"""
    act = Act(request)
    entry, media_id = await _received(act, request, "image")
    return act.says(entry, "image", PicUrl=f"{act.origin}/media/{media_id}", MediaId=media_id)


async def send_voice(request: web.Request) -> web.Response:
    """POST a multipart file, and its length as `seconds` if it is known"""
    act = Act(request)
    entry, media_id = await _received(act, request, "voice")
    media = act.official.state.media[media_id]
    return act.says(entry, "voice", MediaId=media_id, Format=SUFFIXES[media.content_type])


async def send_video(request: web.Request) -> web.Response:
    """POST a multipart file; the platform names a still of it that the sandbox does not have"""
    act = Act(request)
    entry, media_id = await _received(act, request, "video")
    return act.says(entry, "video", MediaId=media_id, ThumbMediaId=media_id)


async def send_location(request: web.Request) -> web.Response:
    """POST {"latitude", "longitude", "label"}"""
    act, body = Act(request), await read_json(request)
    latitude, longitude = _coordinate(body, "latitude", 90), _coordinate(body, "longitude", 180)
    label = str(body.get("label", ""))[:200]
    entry = Entry("location", "citizen", latitude=latitude, longitude=longitude, label=label, text=label)
    place = {"Location_X": latitude, "Location_Y": longitude, "Scale": 16, "Label": label}
    return act.says(entry, "location", **place)


async def send_link(request: web.Request) -> web.Response:
    """POST {"title", "description", "url"}"""
    act, body = Act(request), await read_json(request)
    url, title = _field(body, "url", 2000), str(body.get("title", ""))[:200]
    about = str(body.get("description", ""))[:500]
    entry = Entry("link", "citizen", title=title or url, text=about, url=url)
    return act.says(entry, "link", Title=title, Description=about, Url=url)


async def click_menu(request: web.Request) -> web.Response:
    """POST {"key"}: a menu button that sends an event"""
    act, body = Act(request), await read_json(request)
    key = _field(body, "key", 128)
    act.official.feel_tap(act.openid, act.sandbox.clock.now())
    return act.causes(Entry("click", "citizen", key=key), "CLICK", EventKey=key)


async def view_menu(request: web.Request) -> web.Response:
    """POST {"url"}: a menu button that opens a page; the platform shows no reply to it"""
    act, body = Act(request), await read_json(request)
    url = _field(body, "url", 1024)
    act.official.met(act.openid, act.sandbox.clock.now())
    return act.causes(Entry("view", "citizen", url=url), "VIEW", expects_reply=False, EventKey=url)


async def scan(request: web.Request) -> web.Response:
    """POST {"key"}: a QR code with a scene; who did not follow yet, does so by scanning"""
    act, body = Act(request), await read_json(request)
    key, now = _field(body, "key", 64), act.sandbox.clock.now()
    is_new = not act.official.met(act.openid, now).following
    if is_new:
        act.official.follow(act.openid, now)
        return act.causes(Entry("followed", "system", key=key), "subscribe", EventKey=f"qrscene_{key}", Ticket=key)
    act.official.feel_tap(act.openid, now)
    return act.causes(Entry("scan", "citizen", key=key), "SCAN", EventKey=key, Ticket=key)


async def follow(request: web.Request) -> web.Response:
    """POST: subscribe"""
    act = Act(request)
    act.official.follow(act.openid, act.sandbox.clock.now())
    return act.causes(Entry("followed", "system"), "subscribe", EventKey="")


async def unfollow(request: web.Request) -> web.Response:
    """POST: unsubscribe; nothing the desk answers can reach the citizen"""
    act = Act(request)
    act.official.unfollow(act.openid, act.sandbox.clock.now())
    return act.causes(Entry("unfollowed", "system"), "unsubscribe", expects_reply=False, EventKey="")


async def authorise(request: web.Request) -> web.Response:
    """POST {"scene"}: allow one message; a service account is told by an event, a subscription account is not"""
    act, body = Act(request), await read_json(request)
    scene = str(body.get("scene", ""))[:64]
    act.official.authorise(act.openid, scene, act.sandbox.clock.now())
    entry = Entry("authorised", "system", key=scene)
    if not act.official.account.is_service:
        return web.json_response({"entry": act.sandbox.show(act.official, act.openid, entry).to_json()})
    accepted = {"List": {"TemplateId": scene, "SubscribeStatusString": "accept", "PopupScene": 2}}
    return act.causes(entry, "subscribe_msg_popup_event", expects_reply=False, SubscribeMsgPopupEvent=accepted)


async def _received(act: Act, request: web.Request, kind: str) -> tuple[Entry, str]:
    content, fields = await read_upload(request)
    seconds = round(float(fields["seconds"])) if fields.get("seconds", "").replace(".", "", 1).isdigit() else 0
    content_type = checked_from_citizen(kind, content)
    media = await act.sandbox.store(act.official, kind, content, content_type, permanent=False, seconds=seconds)
    entry = Entry(kind, "citizen", media_url=f"{act.sandbox.prefix}/media/{media.id}")
    return replace(entry, seconds=media.seconds), media.id


def _field(body: dict[str, Any], name: str, longest: int) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value.strip() or len(value) > longest:
        raise web.HTTPBadRequest(text=json.dumps({"error": name}), content_type="application/json")
    return value


def _coordinate(body: dict[str, Any], name: str, largest: int) -> float:
    value = body.get(name)
    if not isinstance(value, int | float) or not -largest <= value <= largest:
        raise web.HTTPBadRequest(text=json.dumps({"error": name}), content_type="application/json")
    return float(value)
