"""The API of version 1: an account's tickets and its balance. openapi.json beside this file describes it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from importlib import resources
from typing import Any

from aiohttp import web

from servicedesk.domain.errors import InvalidForm, NotFound
from servicedesk.domain.model import State
from servicedesk.keys import POOL
from servicedesk.store.db import View, reading
from servicedesk.usecases import api_views, desk_views
from servicedesk.web.access import api_account
from servicedesk.web.responses import answer

routes = web.RouteTableDef()
LIMIT_MOST = 200
_TICKET_FIELDS = (
    "number", "state", "kind", "department", "opened_at", "first_reply_due_at", "first_replied_at", "resolution_due_at",
    "answered_at", "closed_at", "returns",
)  # fmt: skip


@routes.get("/api/openapi.json")
async def description(_request: web.Request) -> web.Response:
    """What this API is, for machines."""
    return answer(json.loads(resources.files(__package__).joinpath("openapi.json").read_text("utf-8")))


@routes.get("/api/v1/tickets")
async def tickets(request: web.Request) -> web.Response:
    """A page of tickets, newest first; `next` is the `after` of the following page."""
    account_id = await api_account(request)
    limit, after = _limit(request.query.get("limit", "50")), _after(request.query.get("after"))
    state = request.query.get("state") or None
    if state is not None and state not in set(State):
        raise InvalidForm("state", "unknown", known=", ".join(State))
    async with reading(request.app[POOL]) as conn:
        rows = await api_views.tickets_page(
            conn,
            account_id,
            state=state,
            department=request.query.get("department") or None,
            before=after,
            size=limit + 1,
        )
    following = str(rows[limit - 1]["ticket_id"]) if len(rows) > limit else None
    return answer({"tickets": [_ticket(row) for row in rows[:limit]], "next": following})


@routes.get("/api/v1/tickets/{number}")
async def ticket(request: web.Request) -> web.Response:
    """One ticket with its messages, events and deliveries."""
    account_id = await api_account(request)
    async with reading(request.app[POOL]) as conn:
        whole = await api_views.whole_ticket(conn, account_id, request.match_info["number"])
    if whole is None:
        raise NotFound
    return answer({
        **_ticket(whole.ticket),
        "messages": [
            {"direction": row["direction"], "kind": row["kind"], "text": row["body"], "at": _instant(row["sent_at"])}
            for row in whole.messages
        ],
        "events": [
            {"kind": row["kind"], "at": _instant(row["happened_at"]), "facts": row["facts"]} for row in whole.events
        ],
        "deliveries": [_delivery(row, whole.attempts) for row in whole.deliveries],
    })  # fmt: skip


@routes.get("/api/v1/tickets/{number}/clock")
async def clock(request: web.Request) -> web.Response:
    """Every deadline of a ticket with the lines that led to its date."""
    account_id = await api_account(request)
    async with reading(request.app[POOL]) as conn:
        clocks = await api_views.clocks_of(conn, account_id, request.match_info["number"])
    if clocks is None:
        raise NotFound
    return answer({"clocks": clocks})


@routes.get("/api/v1/balance")
async def balance(request: web.Request) -> web.Response:
    """received = answered + open + merged + withdrawn, counting inquiries."""
    account_id = await api_account(request)
    async with reading(request.app[POOL]) as conn:
        return answer(await desk_views.balance(conn, account_id))


def _ticket(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _instant(row[name]) if isinstance(row[name], datetime) else row[name] for name in _TICKET_FIELDS}


def _delivery(row: View, attempts: list[View]) -> dict[str, Any]:
    return {
        "purpose": row["purpose"],
        "state": row["state"],
        "rung": row["rung"],
        "text": row["body"],
        "created_at": _instant(row["created_at"]),
        "accepted_at": _instant(row["accepted_at"]),
        "attempts": [
            {
                "rung": attempt["rung"],
                "at": _instant(attempt["attempted_at"]),
                "outcome": attempt["outcome"],
                "errcode": attempt["errcode"],
            }
            for attempt in attempts
            if attempt["delivery_id"] == row["delivery_id"]
        ],
    }


def _instant(value: datetime | None) -> str | None:
    return None if value is None else value.isoformat()


def _limit(given: str) -> int:
    if not (given.isascii() and given.isdecimal() and len(given) <= 4 and 1 <= int(given) <= LIMIT_MOST):
        raise InvalidForm("limit", "out_of_range", least="1", most=str(LIMIT_MOST))
    return int(given)


def _after(given: str | None) -> int:
    if not given:
        return 2**62
    if not (given.isascii() and given.isdecimal() and len(given) < 19):
        raise InvalidForm("after", "malformed")
    return int(given)
