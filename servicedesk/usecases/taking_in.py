"""Inquiries taken in set by set: new tickets and messages that join open ones, in a handful of statements for any number.

Every function here wants the citizens locked already, and gives the replies in the order of what it was given.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from servicedesk.domain import meaning
from servicedesk.domain.model import AccountId, CitizenId, State, Ticket
from servicedesk.domain.numbering import ticket_number
from servicedesk.domain.routing import Choice
from servicedesk.store import taking_in as rows
from servicedesk.store.db import Conn
from servicedesk.store.taking_in import Ids, Joinable
from servicedesk.usecases.calls import Call, Reply
from servicedesk.usecases.rerouting import MOVABLE

# Gives the first of `count` running numbers of an account's day.
Numbers = Callable[[AccountId, date, int], Awaitable[int]]


@dataclass(frozen=True)
class Opening:
    """A call that opens a ticket; `newest` is the citizen's ticket before it."""

    call: Call
    ids: Ids
    citizen_id: CitizenId
    newest: Ticket | None
    new: bool  # the citizen was made known by this call, with the window open
    choice: Choice


@dataclass(frozen=True)
class Joining:
    """A call that joins an open ticket."""

    call: Call
    ids: Ids
    ticket: Ticket
    known: Joinable


async def take_in(
    conn: Conn, openings: Sequence[Opening], joinings: Sequence[Joining], numbers: Numbers
) -> tuple[list[Reply], list[Reply]]:
    """A ticket for each opening: routed, dated, numbered; each joining's message added to its ticket."""
    if not openings and not joinings:
        return [], []
    opened = [_opened(opening, count) for opening, count in zip(openings, await _counts(openings, numbers), strict=True)]
    joined_ = [_joined(joining) for joining in joinings]
    await rows.take_in(conn, [row for row, _ in (*opened, *joined_)])
    return [reply for _, reply in opened], [reply for _, reply in joined_]


async def open_ticket(conn: Conn, opening: Opening, numbers: Numbers) -> Reply:
    """One ticket."""
    return (await take_in(conn, [opening], [], numbers))[0][0]


async def join_ticket(conn: Conn, joining: Joining) -> Reply:
    """One message added to its ticket."""
    return (await take_in(conn, [], [joining], _none))[1][0]


async def _none(_account_id: AccountId, _day: date, _count: int) -> int:
    return 0


def window(call: Call) -> tuple[datetime, int]:
    """The reply window that a message opens: 48 hours and five messages (WeChat)."""
    return call.now + timedelta(seconds=meaning.REPLY_WINDOW_S), meaning.REPLY_WINDOW_MESSAGES


def joined(call: Call, ticket: Ticket, known: Joinable) -> Reply:
    """What is said to a message that joined a ticket."""
    return Reply("joined", {
        "number": ticket.number,
        "department": call.department_name(ticket.department_id),
        "promised_on": call.day_of(known.resolution_due_at),
    })  # fmt: skip


async def _counts(openings: Sequence[Opening], numbers: Numbers) -> list[int]:
    """The running number of each: one range for each account and day."""
    days = [(each.call.account.id, each.call.now.astimezone(each.call.account.zone).date()) for each in openings]
    following = {key: await numbers(*key, count) for key, count in sorted(Counter(days).items())}
    counts = []
    for key in days:
        counts.append(following[key])
        following[key] += 1
    return counts


def _opened(opening: Opening, count: int) -> tuple[dict[str, Any], Reply]:
    call, choice, ids = opening.call, opening.choice, opening.ids
    number = ticket_number(call.now.astimezone(call.account.zone).date(), count)
    dates = call.book.dates(choice.kind, choice.priority, choice.department_id, call.now)
    accepting, first, resolution = dates.acceptance, dates.first_reply, dates.resolution
    routing = choice.as_facts()
    reply = Reply("received", {
        "number": number,
        "department": call.department_name(choice.department_id),
        "promised_on": call.day_of(resolution.due_at),
        "alike": None if call.shed else [],
        "kind": choice.kind,
        **_opening_time(call),
    })  # fmt: skip
    row = _call_row(call, ids, reply, citizen_id=opening.citizen_id, window_opens=not opening.new)
    row |= {
        "ticket_id": ids.ticket,
        "event_kind": "opened",
        "event_facts": {"routing": routing},
        "inquiry_id": ids.inquiry,
        "number": number,
        "state": State.TRIAGE if choice.department_id is None else State.ASSIGNED,
        "ticket_kind": choice.kind,
        "priority": choice.priority,
        "department_id": choice.department_id,
        "routing": routing,
        "follows_id": None if opening.newest is None else opening.newest.id,
        "reason": choice.by,
        "due_at": dates.first_due_at,
        "source": first.source,
        "policy_id": dates.policy_id,
        "acceptance_amount": accepting and accepting.target.amount,
        "acceptance_unit": accepting and accepting.target.unit,
        "acceptance_due_at": accepting and accepting.due_at,
        "acceptance_step": accepting and accepting.next_step,
        "acceptance_step_at": accepting and accepting.next_step_at,
        "first_amount": first.target.amount,
        "first_unit": first.target.unit,
        "first_due_at": first.due_at,
        "first_step": first.next_step,
        "first_step_at": first.next_step_at,
        "resolution_amount": resolution.target.amount,
        "resolution_unit": resolution.target.unit,
        "resolution_due_at": resolution.due_at,
        "resolution_step": resolution.next_step,
        "resolution_step_at": resolution.next_step_at,
        "alike_owed_at": call.now if call.shed else None,
        "routing_owed_at": call.now if call.shed and choice.by in MOVABLE else None,
    }
    return row, reply


def _opening_time(call: Call) -> dict[str, str | None]:
    """The day and the time at which the desk opens, outside working time."""
    opens = call.book.opens_at(call.now)
    if opens is None:
        return {"opens_on": None, "opens_from": None}
    return {"opens_on": call.day_of(opens), "opens_from": opens.astimezone(call.account.zone).strftime("%H:%M")}


def _joined(joining: Joining) -> tuple[dict[str, Any], Reply]:
    call, ticket = joining.call, joining.ticket
    reply = joined(call, ticket, joining.known)
    row = _call_row(call, joining.ids, reply, citizen_id=ticket.citizen_id, window_opens=True)
    return row | {"ticket_id": ticket.id, "event_kind": "message_joined", "event_facts": {}}, reply


def _call_row(call: Call, ids: Ids, reply: Reply, *, citizen_id: CitizenId, window_opens: bool) -> dict[str, Any]:
    """The call as it came, and what it opens."""
    inbound = call.inbound
    closes_at, messages = window(call)
    return {
        "account_id": call.account.id,
        "inbound_id": ids.inbound,
        "dedupe_key": inbound.dedupe_key,
        "openid": inbound.openid,
        "kind": inbound.kind,
        "received_at": call.now,
        "sent_at": inbound.sent_at,
        "reply": reply.as_facts(),
        "citizen_id": citizen_id,
        "window_closes_at": closes_at if window_opens else None,
        "window_messages": messages,
        "message_id": ids.message,
        "message_kind": call.message_kind,
        "body": inbound.text,
        "media_id": inbound.media_id,
        "media_kind": call.media_kind,
        "media_dies_at": call.media_dies_at,
    }
