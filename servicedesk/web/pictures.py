"""Pictures of a publication: the page where an editor covers them, and the covered copies on the portal."""

from __future__ import annotations

from typing import Any

from aiohttp import web
from multidict import MultiDict, MultiMapping

from servicedesk.domain.covering import Rectangle, Source, decided, rectangles_of
from servicedesk.domain.errors import DeskError, InvalidForm
from servicedesk.keys import CLOCK, COVERER, FILES, POOL
from servicedesk.store import accounts
from servicedesk.store.db import reading, transaction
from servicedesk.usecases import picturing
from servicedesk.usecases.signing_in import Session
from servicedesk.web.access import path_account, signed_form, signed_in
from servicedesk.web.files import shown
from servicedesk.web.responses import page, problem_of, see

routes = web.RouteTableDef()
PICTURE = r"/tickets/{number}/pictures/{source:media|attachment}/{id:\d{1,18}}"
EMPTY_ROWS = 4  # for browsers without scripts; each look at the page gives as many again
_SIDES = ("left", "top", "width", "height")


@routes.get(PICTURE)
async def tool(request: web.Request) -> web.Response:
    """The picture, and what to draw on it with."""
    return await _tool(request, await signed_in(request), MultiDict())


@routes.post(PICTURE)
async def cover(request: web.Request) -> web.Response:
    """Make the covered copy; it will be public with the answer."""
    session, form = await signed_form(request)
    number, source = request.match_info["number"], _source(request)
    async with reading(request.app[POOL]) as conn:
        _, picture = await picturing.one(conn, session.actor, number, source)
    try:
        covering = decided(_rectangles(form), nothing=form.get("nothing") == "yes")
        copy = await picturing.covered(request.app[FILES], request.app[COVERER], picture, covering)
        async with transaction(request.app[POOL]) as conn:
            await picturing.choose(
                conn, session.actor, number, source, covering=covering, copy=copy, now=request.app[CLOCK].now()
            )
    except (DeskError, InvalidForm) as refusal:
        status = 422 if isinstance(refusal, InvalidForm) else 409
        return await _tool(request, session, form, status=status, problem=problem_of(refusal))
    return see(f"/tickets/{number}/publication#pictures")


@routes.post(f"{PICTURE}/removal")
async def take_off(request: web.Request) -> web.Response:
    """Not public, or not any more."""
    session, _ = await signed_form(request)
    async with transaction(request.app[POOL]) as conn:
        await picturing.take_off(
            conn, session.actor, request.match_info["number"], _source(request), now=request.app[CLOCK].now()
        )
    return see(f"/tickets/{request.match_info['number']}/publication#pictures")


@routes.get(f"{PICTURE}/upright")
async def upright(request: web.Request) -> web.StreamResponse:
    """The picture as it is, upright and small enough, for its editor alone."""
    session = await signed_in(request)
    async with reading(request.app[POOL]) as conn:
        _, picture = await picturing.one(conn, session.actor, request.match_info["number"], _source(request))
    made = await picturing.upright(request.app[FILES], request.app[COVERER], picture)
    return web.Response(body=made, content_type="image/jpeg", headers={"Cache-Control": "private, no-store"})


@routes.get(f"{PICTURE}/copy")
async def copy(request: web.Request) -> web.StreamResponse:
    """The covered copy, before it is public. Raises NotFound where there is none."""
    session = await signed_in(request)
    async with reading(request.app[POOL]) as conn:
        _, picture = await picturing.one(conn, session.actor, request.match_info["number"], _source(request))
    return await shown(request, picture.sha256, "private, no-store")


@routes.get(r"/portal/{account}/pictures/{id:\d{1,18}}")
async def public(request: web.Request) -> web.StreamResponse:
    """A covered copy that is public now; browsers ask again soon, for it can be taken off."""
    account = await path_account(request)
    async with reading(request.app[POOL]) as conn:
        found = await picturing.public_one(conn, account, int(request.match_info["id"]))
    return await shown(request, found["sha256"], "public, max-age=60")


async def _tool(
    request: web.Request, session: Session, form: MultiMapping[str], *, status: int = 200, problem: Any = None
) -> web.Response:
    async with reading(request.app[POOL]) as conn:
        ticket, picture = await picturing.one(conn, session.actor, request.match_info["number"], _source(request))
        account = await accounts.by_id(conn, session.actor.account_id)
    rows = _given(form) if form else [_percents(each) for each in picture.rectangles]
    return page(
        request, "staff/picture.html", status=status, session=session, account=account, zone=account.zone, ticket=ticket,
        picture=picture, rows=rows, empty_rows=EMPTY_ROWS, problem=problem, at=request.path,
        nothing=form.get("nothing") == "yes" if form else picture.sha256 is not None and not picture.rectangles,
    )  # fmt: skip


def _source(request: web.Request) -> Source:
    return Source(request.match_info["source"], int(request.match_info["id"]))


def _given(form: MultiMapping[str]) -> list[tuple[str, ...]]:
    columns = [form.getall(name, []) for name in _SIDES]
    if len({len(column) for column in columns}) > 1:
        raise web.HTTPBadRequest
    return [row for row in zip(*columns, strict=True) if any(part.strip() for part in row)]


def _rectangles(form: MultiMapping[str]) -> list[Rectangle]:
    return rectangles_of(_given(form))


def _percents(rectangle: Rectangle) -> tuple[str, ...]:
    return tuple(f"{part / 100:g}" for part in (rectangle.left, rectangle.top, rectangle.width, rectangle.height))
