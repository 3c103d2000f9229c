"""The account's calendar, for its administrator: a year to look at, a proposal with what it would move, and the act."""

from __future__ import annotations

import json

from aiohttp import web
from multidict import MultiMapping

from servicedesk.domain.access import Page, check_page
from servicedesk.domain.calendar_change import INTERVALS_MOST, Change, from_facts
from servicedesk.domain.errors import CalendarChanged, InvalidForm
from servicedesk.domain.model import Account
from servicedesk.keys import CLOCK, PAGES, POOL
from servicedesk.store.db import reading, transaction
from servicedesk.usecases import calendar_changes, calendar_proposals, calendar_views
from servicedesk.usecases.calendar_proposals import Proposal
from servicedesk.usecases.signing_in import Session
from servicedesk.web.access import Upload, signed_form, signed_in, signed_upload
from servicedesk.web.responses import page, problem_of, see

routes = web.RouteTableDef()


@routes.get("/settings/calendar")
async def show(request: web.Request) -> web.Response:
    """A year."""
    return await _year(request, await signed_in(request), request.query.get("year", ""))


@routes.post("/settings/calendar/proposals")
async def propose(request: web.Request) -> web.Response:
    """What a change would move; nothing is changed yet. A refused form comes again with what was typed."""
    session, form, files = await signed_upload(request)
    check_page(session.actor, Page.SETTINGS)
    try:
        proposal = await _proposal(request, session, form, files)
        return await _preview(request, session, proposal)
    except InvalidForm as refusal:
        return await _year(request, session, form.get("year", ""), refusal=refusal, form=dict(form))


@routes.post("/settings/calendar/changes")
async def change(request: web.Request) -> web.Response:
    """Exactly what was looked at; where the settings changed meanwhile, what it would move now."""
    session, form = await signed_form(request)
    check_page(session.actor, Page.SETTINGS)
    try:
        asked, version = _asked(form)
        async with transaction(request.app[POOL]) as conn:
            done = await calendar_changes.apply(
                conn, session.actor, asked, version, _words(request), now=request.app[CLOCK].now()
            )
    except CalendarChanged:
        try:
            return await _preview(request, session, Proposal(asked), status=409)
        except InvalidForm as refusal:
            return await _year(request, session, "", refusal=refusal, form={})
    except InvalidForm as refusal:
        return await _year(request, session, "", refusal=refusal, form={})
    return see(f"/settings/calendar?year={_year_of(done.change)}&saved=1")


async def _proposal(request: web.Request, session: Session, form: MultiMapping[str], files: list[Upload]) -> Proposal:
    what = form.get("what", "")
    if what == "hours":
        return calendar_proposals.of_hours(form)
    if what == "days":
        return calendar_proposals.of_days(form)
    if what == "file":
        content = files[0].content if files else b""
        return await calendar_proposals.of_file(content, whole_years=form.get("whole_years") == "yes")
    async with reading(request.app[POOL]) as conn:
        return await calendar_proposals.of_year(conn, session.actor, form)


def _asked(form: MultiMapping[str]) -> tuple[Change, int]:
    """The change and the version that a preview's form brings back. Raises InvalidForm."""
    try:
        facts, version = json.loads(form.get("proposal", "")), int(form.get("version", "")[:18])
    except (ValueError, RecursionError):
        raise InvalidForm("proposal", "malformed") from None
    return from_facts(facts), version


def _year_of(asked: Change) -> str:
    years = {day.year for day in asked.days} | set(asked.years)
    return str(min(years)) if years else ""


async def _preview(request: web.Request, session: Session, proposal: Proposal, *, status: int = 200) -> web.Response:
    async with reading(request.app[POOL]) as conn:
        found = await calendar_changes.preview(conn, session.actor, proposal.change, now=request.app[CLOCK].now())
    return page(
        request, "staff/calendar_change.html", status=status, session=session, view=found, account=found.account,
        zone=found.change.zone or found.account.zone, facts=found.change.as_facts(), unclear=proposal.unread,
        proposal=json.dumps(found.change.as_facts(), ensure_ascii=False), changed=status == 409,
    )  # fmt: skip


async def _year(
    request: web.Request,
    session: Session,
    year: str,
    *,
    refusal: InvalidForm | None = None,
    form: dict[str, str] | None = None,
) -> web.Response:
    chosen = int(year) if year.isascii() and year.isdecimal() and len(year) == 4 else None
    async with reading(request.app[POOL]) as conn:
        view = await calendar_views.view(conn, session.actor, chosen, now=request.app[CLOCK].now())
    problem = None if refusal is None else problem_of(refusal)
    return page(
        request, "staff/calendar.html", status=200 if refusal is None else 422, session=session, view=view,
        account=view.account, zone=view.account.zone, problem=problem, form=form or {}, intervals_most=INTERVALS_MOST,
        saved=request.query.get("saved") == "1",
    )  # fmt: skip


def _words(request: web.Request) -> calendar_changes.Words:
    def words(account: Account, facts: dict[str, str]) -> str:
        return request.app[PAGES].text("deliveries/calendar_moved.txt", {**facts, "account": account, "zone": account.zone})

    return words
