"""The platform's page on which a citizen allows one message (mp/subscribemsg), and the way back to the account."""

from __future__ import annotations

from urllib.parse import urlencode, urlsplit

from aiohttp import web

from servicedesk.sandbox.chat_page import PAGE_POLICY, current_openid, page_headers, page_language
from servicedesk.sandbox.chats import Entry
from servicedesk.sandbox.errors import PlatformError
from servicedesk.sandbox.state import SANDBOX

_ASKED = ("appid", "scene", "template_id", "redirect_url", "reserved")


async def ask(request: web.Request) -> web.Response:
    """The question, as the citizen whose chat was open last."""
    sandbox = request.app[SANDBOX]
    asked = _asked(request.query)
    official = sandbox.platform.by_appid(asked["appid"])
    html = sandbox.pages.html(
        "sandbox/leave.html", page_language(request), prefix=sandbox.prefix, asked=asked, account=official.account,
        personas=sandbox.personas, openid=current_openid(request),
    )  # fmt: skip
    return web.Response(text=html, content_type="text/html", headers=page_headers(PAGE_POLICY))


async def decide(request: web.Request) -> web.Response:
    """Back to the account, with what was decided; allowing it is good for one message."""
    sandbox, form = request.app[SANDBOX], await request.post()
    asked = _asked({name: str(value) for name, value in form.items()})
    official, openid = sandbox.platform.by_appid(asked["appid"]), str(form.get("openid", ""))
    action = "confirm" if form.get("action") == "confirm" else "cancel"
    if action == "confirm":
        official.authorise(openid, asked["scene"], sandbox.clock.now())
        sandbox.show(official, openid, Entry("authorised", "system", key=asked["scene"]))
    back = {"openid": openid, "template_id": asked["template_id"], "action": action, "scene": asked["scene"],
            "reserved": asked["reserved"]}  # fmt: skip
    return web.Response(status=303, headers={"Location": f"{asked['redirect_url']}?{urlencode(back)}"})


def _asked(given: object) -> dict[str, str]:
    """What the account asked; 40097 without one of it, 40066 for an address that is none."""
    asked = {name: str(given.get(name, "")) for name in _ASKED} if hasattr(given, "get") else {}
    if not all(asked.get(name) for name in ("appid", "scene", "template_id", "redirect_url")) or not asked["scene"].isdecimal():
        raise PlatformError(40097)
    if int(asked["scene"][:6]) > 10_000 or len(asked["reserved"]) > 128:
        raise PlatformError(40097)
    if urlsplit(asked["redirect_url"]).scheme not in ("http", "https"):
        raise PlatformError(40066)
    return asked
