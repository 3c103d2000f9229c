"""Search for staff, and the account's own words for its administrator."""

from __future__ import annotations

from aiohttp import web

from servicedesk.domain.errors import InvalidForm
from servicedesk.domain.numbering import find_number
from servicedesk.keys import POOL
from servicedesk.store import accounts, tickets
from servicedesk.store.db import reading, transaction
from servicedesk.usecases import searching
from servicedesk.web.access import signed_form, signed_in
from servicedesk.web.responses import page, problem_of, see

routes = web.RouteTableDef()


@routes.get("/search")
async def search(request: web.Request) -> web.Response:
    """What is asked for, newest first; a ticket's number leads to the ticket."""
    session = await signed_in(request)
    question = request.query.get("q", "").strip()
    number = find_number(question)
    before = request.query.get("before", "")
    async with reading(request.app[POOL]) as conn:
        if number is not None and await tickets.by_number(conn, session.actor.account_id, number) is not None:
            return see(f"/tickets/{number}")
        key = int(before) if before.isascii() and before.isdigit() and len(before) < 19 else 2**62
        found = await searching.search(conn, session.actor, question, before=key)
        account = await accounts.by_id(conn, session.actor.account_id)
    return page(request, "staff/search.html", session=session, found=found, account=account, zone=account.zone)


@routes.get("/settings/words")
async def show_words(request: web.Request) -> web.Response:
    """The account's own words."""
    session = await signed_in(request)
    async with reading(request.app[POOL]) as conn:
        words = await searching.own_words(conn, session.actor)
        account = await accounts.by_id(conn, session.actor.account_id)
    return page(
        request, "staff/own_words.html", session=session, own=words, account=account, form={}, problem=None,
        saved=request.query.get("saved") == "1",
    )  # fmt: skip


@routes.post("/settings/words")
async def set_words(request: web.Request) -> web.Response:
    """The whole list."""
    session, form = await signed_form(request)
    try:
        async with transaction(request.app[POOL]) as conn:
            await searching.set_own_words(conn, session.actor, form.get("own_words", ""))
    except InvalidForm as refusal:
        async with reading(request.app[POOL]) as conn:
            account = await accounts.by_id(conn, session.actor.account_id)
        return page(
            request, "staff/own_words.html", status=422, session=session, own={}, account=account, form=dict(form),
            problem=problem_of(refusal), saved=False,
        )  # fmt: skip
    return see("/settings/words?saved=1")
