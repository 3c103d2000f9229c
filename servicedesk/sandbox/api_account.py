"""The account itself: menu, followers, QR codes, quotas and addresses."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from servicedesk.sandbox.calls import OK, Call, Endpoint
from servicedesk.sandbox.errors import PlatformError
from servicedesk.sandbox.menus import checked_menu, self_menu
from servicedesk.sandbox.quotas import daily_limit
from servicedesk.sandbox.state import Sandbox

LONGEST_QR_S = 30 * 24 * 3600
FOLLOWERS_A_PAGE = 10_000
_LOOPBACK = "127.0.0.1"


async def create_menu(_sandbox: Sandbox, call: Call) -> dict[str, Any]:
    """menu/create"""
    call.official.state.menu = checked_menu(call.body)
    call.official.state.menu_id = call.official.next_number()
    return OK


async def get_menu(_sandbox: Sandbox, call: Call) -> dict[str, Any]:
    """menu/get"""
    if not call.official.state.menu:
        raise PlatformError(46003)
    return {"menu": {**call.official.state.menu, "menuid": call.official.state.menu_id}}


async def delete_menu(_sandbox: Sandbox, call: Call) -> dict[str, Any]:
    """menu/delete"""
    call.official.state.menu, call.official.state.menu_id = {}, 0
    return OK


async def get_self_menu(_sandbox: Sandbox, call: Call) -> dict[str, Any]:
    """get_current_selfmenu_info"""
    menu = call.official.state.menu
    return {"is_menu_open": 1, "selfmenu_info": self_menu(menu)} if menu else {"is_menu_open": 0}


async def create_qrcode(_sandbox: Sandbox, call: Call) -> dict[str, Any]:
    """qrcode/create: service accounts only"""
    if not call.official.account.is_service:
        raise PlatformError(48001)
    scene = call.fields("action_info").get("scene")
    if not isinstance(scene, Mapping):
        raise PlatformError(40053)
    action = call.text("action_name")
    if action in ("QR_STR_SCENE", "QR_LIMIT_STR_SCENE"):
        key = scene.get("scene_str")
        is_valid = isinstance(key, str) and 1 <= len(key) <= 64
    else:
        key = scene.get("scene_id")
        most = {"QR_SCENE": 2**32 - 1, "QR_LIMIT_SCENE": 100_000}.get(action, 0)
        is_valid = isinstance(key, int) and 1 <= key <= most
    if not is_valid:
        raise PlatformError(40053)
    return _qrcode(call, str(key), is_temporary="LIMIT" not in action)


async def user_info(_sandbox: Sandbox, call: Call) -> dict[str, Any]:
    """user/info: no nickname and no picture come with a citizen since 2021-12-27"""
    follower = call.official.state.followers.get(call.query.get("openid", ""))
    if follower is None:
        raise PlatformError(40003)
    if not follower.following:
        return {"subscribe": 0, "openid": follower.openid}
    return {
        "subscribe": 1,
        "openid": follower.openid,
        "language": "zh_CN",
        "subscribe_time": int(follower.since.timestamp()),
        "remark": "",
        "groupid": 0,
        "tagid_list": [],
        "subscribe_scene": "ADD_SCENE_SEARCH",
        "qr_scene": 0,
        "qr_scene_str": "",
    }


async def user_list(_sandbox: Sandbox, call: Call) -> dict[str, Any]:
    """user/get: followers, 10,000 a page"""
    openids = [one.openid for one in call.official.state.followers.values() if one.following]
    after = call.query.get("next_openid", "")
    if after and after not in openids:
        raise PlatformError(40003)
    begin = openids.index(after) + 1 if after else 0
    page = openids[begin : begin + FOLLOWERS_A_PAGE]
    answer: dict[str, Any] = {"total": len(openids), "count": len(page)}
    if page:
        answer["data"] = {"openid": page}
    return {**answer, "next_openid": page[-1] if page else ""}


async def get_quota(_sandbox: Sandbox, call: Call) -> dict[str, Any]:
    """openapi/quota/get"""
    path = call.text("cgi_path").removeprefix("/cgi-bin/")
    if not path:
        raise PlatformError(40097)
    limit, used = daily_limit(path), call.official.state.usage.used(path, call.now)
    return {**OK, "quota": {"daily_limit": limit, "used": used, "remain": limit - used}}


async def clear_quota(_sandbox: Sandbox, call: Call) -> dict[str, Any]:
    """clear_quota: ten times a month"""
    if call.text("appid") != call.official.account.appid:
        raise PlatformError(40013)
    call.official.state.usage.clear(call.now)
    return OK


async def addresses(_sandbox: Sandbox, _call: Call) -> dict[str, Any]:
    """get_api_domain_ip and getcallbackip"""
    return {"ip_list": [_LOOPBACK]}


async def check_callback(_sandbox: Sandbox, call: Call) -> dict[str, Any]:
    """callback/check: network checks, which a loopback address always passes"""
    action = call.text("action")
    if action not in ("dns", "ping", "all"):
        raise PlatformError(40097)
    dns = {"dns": [{"ip": _LOOPBACK, "real_operator": "DEFAULT"}]}
    ping = {"ping": [{"ip": _LOOPBACK, "from_operator": "DEFAULT", "package_loss": "0%", "time": "0.050ms"}]}
    return {**(dns if action != "ping" else {}), **(ping if action != "dns" else {})}


def _qrcode(call: Call, key: str, *, is_temporary: bool) -> dict[str, Any]:
    ticket = secrets.token_urlsafe(48)
    seconds = call.body.get("expire_seconds", 30)
    if not isinstance(seconds, int):
        raise PlatformError(47001)
    life = {"expire_seconds": max(1, min(seconds, LONGEST_QR_S))} if is_temporary else {}
    return {"ticket": ticket, **life, "url": f"{call.origin}/q/{key}"}


async def list_agents(_sandbox: Sandbox, call: Call) -> dict[str, Any]:
    """customservice/getkflist: opened by the right to customer messages"""
    _require(call.official.account.verified)
    return {"kf_list": []}


async def list_templates(_sandbox: Sandbox, call: Call) -> dict[str, Any]:
    """template/get_all_private_template: opened by the right to template messages"""
    _require(call.official.account.is_service)
    return {"template_list": []}


async def list_notices(_sandbox: Sandbox, call: Call) -> dict[str, Any]:
    """newtmpl/gettemplate: opened by the right to subscription notices"""
    _require(call.official.account.is_service)
    return {"errcode": 0, "errmsg": "ok", "data": []}


async def mass_speed(_sandbox: Sandbox, call: Call) -> dict[str, Any]:
    """message/mass/speed/get"""
    _require(call.official.account.verified)
    return {"speed": 0, "realspeed": 80}


def _require(right: bool) -> None:
    if not right:
        raise PlatformError(48001)


ENDPOINTS = {
    "customservice/getkflist": Endpoint(list_agents, methods=("GET",)),
    "template/get_all_private_template": Endpoint(list_templates, methods=("GET",)),
    "newtmpl/gettemplate": Endpoint(list_notices, methods=("GET",)),
    "message/mass/speed/get": Endpoint(mass_speed),
    "menu/create": Endpoint(create_menu),
    "menu/get": Endpoint(get_menu, methods=("GET",)),
    "menu/delete": Endpoint(delete_menu, methods=("GET",)),
    "get_current_selfmenu_info": Endpoint(get_self_menu, methods=("GET",)),
    "qrcode/create": Endpoint(create_qrcode),
    "user/info": Endpoint(user_info, methods=("GET",)),
    "user/get": Endpoint(user_list, methods=("GET",)),
    "openapi/quota/get": Endpoint(get_quota, counted=False),
    "clear_quota": Endpoint(clear_quota, counted=False),
    "get_api_domain_ip": Endpoint(addresses, methods=("GET",)),
    "getcallbackip": Endpoint(addresses, methods=("GET",)),
    "callback/check": Endpoint(check_callback),
}
