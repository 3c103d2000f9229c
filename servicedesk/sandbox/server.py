"""The sandbox as an aiohttp application, to be mounted in the demo or served alone."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from aiohttp import web

from servicedesk.render import Pages
from servicedesk.sandbox import api, chat_actions, chat_page, leave_page
from servicedesk.sandbox.accounts import ClockControl, Persona, SandboxAccount
from servicedesk.sandbox.state import SANDBOX, Sandbox, Timing

STATIC_FOLDER = Path(__file__).parent / "static"


def create_sandbox(
    accounts: Sequence[SandboxAccount],
    personas: Sequence[Persona],
    *,
    pages: Pages,
    clock: ClockControl,
    folder: Path,
    prefix: str = "/sandbox",
    timing: Timing | None = None,
) -> web.Application:
    """The stand-in for the platform. `folder` keeps its state; `prefix` is where the app mounts it."""
    app = web.Application(middlewares=[chat_page.same_origin_only])
    app[SANDBOX] = Sandbox(
        accounts, personas, pages=pages, clock=clock, folder=folder, prefix=prefix, timing=timing or Timing()
    )
    app.cleanup_ctx.append(app[SANDBOX].life)
    app.router.add_route("*", "/cgi-bin/{path:.*}", api.answer)
    app.router.add_route("*", "/wxaapi/{path:.*}", api.answer)
    app.router.add_static("/static", STATIC_FOLDER)
    app.add_routes(
        [
            web.get("", chat_page.to_chat),
            web.get("/", chat_page.chat),
            web.get("/media/{media_id}", chat_page.file),
            web.get(r"/s/{article_id}/{number:\d+}", chat_page.article),
            web.get("/mp/subscribemsg", leave_page.ask),
            web.post("/mp/subscribemsg", leave_page.decide),
            web.get("/faults", chat_page.list_faults),
            web.post("/faults", chat_page.switch_fault_on),
            web.delete("/faults", chat_page.clear_faults),
            web.post("/clock", chat_page.move_clock),
            web.get("/chats/{openid}", chat_page.entries),
            web.post("/chats/{openid}/text", chat_actions.send_text),
            web.post("/chats/{openid}/image", chat_actions.send_image),
            web.post("/chats/{openid}/voice", chat_actions.send_voice),
            web.post("/chats/{openid}/video", chat_actions.send_video),
            web.post("/chats/{openid}/location", chat_actions.send_location),
            web.post("/chats/{openid}/link", chat_actions.send_link),
            web.post("/chats/{openid}/click", chat_actions.click_menu),
            web.post("/chats/{openid}/view", chat_actions.view_menu),
            web.post("/chats/{openid}/scan", chat_actions.scan),
            web.post("/chats/{openid}/follow", chat_actions.follow),
            web.post("/chats/{openid}/unfollow", chat_actions.unfollow),
            web.post("/chats/{openid}/authorise", chat_actions.authorise),
        ]
    )
    return app
