"""The publication desk: what could be public, the masked text beside the original, the coming push."""

from __future__ import annotations

from typing import Any

from aiohttp import web
from multidict import MultiMapping

from servicedesk.domain.errors import DeskError, InvalidForm
from servicedesk.keys import CLOCK, FILES, POOL
from servicedesk.language.guessed_names import Strength
from servicedesk.store import accounts
from servicedesk.store.db import reading, transaction
from servicedesk.usecases import digesting, picturing, publishing
from servicedesk.usecases.masking import Wanted
from servicedesk.usecases.signing_in import Session
from servicedesk.web.access import signed_form, signed_in
from servicedesk.web.responses import page, problem_of, see

routes = web.RouteTableDef()


@routes.get("/publications")
async def desk(request: web.Request) -> web.Response:
    """Answers that are not public yet, and the coming push."""
    session = await signed_in(request)
    async with reading(request.app[POOL]) as conn:
        rows = await publishing.to_publish(conn, session.actor)
        plan = await digesting.next_push(conn, session.actor, now=request.app[CLOCK].now())
        account = await accounts.by_id(conn, session.actor.account_id)
    return page(request, "staff/publications.html", session=session, rows=rows, plan=plan, account=account, zone=account.zone)


@routes.get("/tickets/{number}/publication")
async def propose(request: web.Request) -> web.Response:
    """Original and masked side by side."""
    session = await signed_in(request)
    return await _proposal(request, session, {})


@routes.post("/tickets/{number}/publication")
async def publish(request: web.Request) -> web.Response:
    """Mask more and look again, or confirm what was seen."""
    session, form = await signed_form(request)
    if form.get("act") != "confirm":
        return await _proposal(request, session, form)
    number = request.match_info["number"]
    try:
        async with reading(request.app[POOL]) as conn:
            gallery = await picturing.of_ticket(conn, session.actor, number)
        pictures_checked = await picturing.checked(request.app[FILES], gallery)
        async with transaction(request.app[POOL]) as conn:
            await publishing.publish(
                conn, session.actor, number, _wanted(form), title=form.get("title", ""), seal=form.get("seal", ""),
                for_digest=form.get("for_digest") == "yes", now=request.app[CLOCK].now(),
                pictures_seal=form.get("pictures_seal", picturing.NO_PICTURES.seal), pictures_checked=pictures_checked,
            )  # fmt: skip
    except (DeskError, InvalidForm) as refusal:
        invalid = isinstance(refusal, InvalidForm)
        return await _proposal(request, session, form, status=422 if invalid else 409, problem=problem_of(refusal))
    return see("/publications")


@routes.post(r"/publications/digests/{id:\d{1,18}}/release")
async def release(request: web.Request) -> web.Response:
    """The pieces of a failed push wait for the next one."""
    session, _ = await signed_form(request)
    async with transaction(request.app[POOL]) as conn:
        await digesting.release(conn, session.actor, int(request.match_info["id"]))
    return see("/publications")


@routes.post(r"/publications/{id:\d{1,18}}/dropping")
async def drop(request: web.Request) -> web.Response:
    """Not in the push; it stays on the portal."""
    session, _ = await signed_form(request)
    async with transaction(request.app[POOL]) as conn:
        await digesting.drop_piece(conn, session.actor, int(request.match_info["id"]))
    return see("/publications")


async def _proposal(
    request: web.Request,
    session: Session,
    form: MultiMapping[str] | dict[str, str],
    *,
    status: int = 200,
    problem: Any = None,
) -> web.Response:
    async with reading(request.app[POOL]) as conn:
        proposal = await publishing.propose(conn, session.actor, request.match_info["number"], _wanted(form))
        gallery = await picturing.of_ticket(conn, session.actor, request.match_info["number"])
        account = await accounts.by_id(conn, session.actor.account_id)
    return page(
        request, "staff/publication.html", status=status, session=session, proposal=proposal, account=account, gallery=gallery,
        zone=account.zone, problem=problem, title=form.get("title", ""), strengths=list(Strength),
        doubts_read=form.get("doubts_read") == "yes",
        for_digest=form.get("for_digest", "yes" if not form else "") == "yes",
    )  # fmt: skip


def _wanted(form: MultiMapping[str] | dict[str, str]) -> Wanted:
    strengths = {each.value: each for each in Strength}
    return Wanted(
        also=tuple(line.strip() for line in form.get("also", "").splitlines() if line.strip()),
        kept=tuple(form.getall("kept", [])) if isinstance(form, MultiMapping) else (),
        strength=strengths.get(form.get("strength", "")),
        doubts_read=form.get("doubts_read") == "yes",
    )
