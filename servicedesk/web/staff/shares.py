"""协办 and promises: what other departments give to an answer, and what an answer promised."""

from __future__ import annotations

from aiohttp import web

from servicedesk.keys import CLOCK
from servicedesk.usecases import promising, supporting
from servicedesk.web.staff.tickets import act_on

routes = web.RouteTableDef()


@routes.post("/tickets/{number}/supports")
async def ask(request: web.Request) -> web.Response:
    """Ask another department for its share."""
    now = request.app[CLOCK].now()
    return await act_on(
        request,
        lambda conn, actor, number, form: supporting.ask(
            conn, actor, number,
            supporting.Request(form.get("department", ""), form.get("question_asked", ""), form.get("days", "")), now=now,
        ),
    )  # fmt: skip


@routes.post("/tickets/{number}/share")
async def give(request: web.Request) -> web.Response:
    """The share of one's own department."""
    now = request.app[CLOCK].now()
    return await act_on(
        request, lambda conn, actor, number, form: supporting.give(conn, actor, number, form.get("share", ""), now=now)
    )


@routes.post(r"/tickets/{number}/supports/{support:\d{1,18}}/removal")
async def drop(request: web.Request) -> web.Response:
    """The share is not wanted any more."""
    now, which = request.app[CLOCK].now(), int(request.match_info["support"])
    return await act_on(request, lambda conn, actor, number, _: supporting.drop(conn, actor, number, which, now=now))


@routes.post(r"/tickets/{number}/promises/{promise:\d{1,18}}/task")
async def keep(request: web.Request) -> web.Response:
    """Make a promise a dated task."""
    now, which = request.app[CLOCK].now(), int(request.match_info["promise"])
    return await act_on(request, lambda conn, actor, number, _: promising.keep(conn, actor, number, which, now=now))


@routes.post(r"/tickets/{number}/promises/{promise:\d{1,18}}/dismissal")
async def dismiss(request: web.Request) -> web.Response:
    """It is none."""
    now, which = request.app[CLOCK].now(), int(request.match_info["promise"])
    return await act_on(request, lambda conn, actor, number, _: promising.dismiss(conn, actor, number, which, now=now))


@routes.post(r"/tickets/{number}/promises/{promise:\d{1,18}}/fulfilment")
async def fulfil(request: web.Request) -> web.Response:
    """It has been done."""
    now, which = request.app[CLOCK].now(), int(request.match_info["promise"])
    return await act_on(
        request,
        lambda conn, actor, number, form: promising.fulfil(conn, actor, number, which, form.get("outcome", ""), now=now),
    )
