"""House-keeping that citizens notice: a word before their window closes, and being forgotten after they left."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from servicedesk.domain.meaning import REPLY_WINDOW_S
from servicedesk.domain.model import Account, AccountId, CitizenId, Event, Ticket
from servicedesk.store import accounts, deliveries, keeping, tickets
from servicedesk.store.db import Conn
from servicedesk.usecases import answering, ending, granting

BEFORE_CLOSING = timedelta(hours=2)
ASK_AGAIN_AFTER = timedelta(days=28)
_WINDOW = timedelta(seconds=REPLY_WINDOW_S)
_AT_ONCE = 500

# Renders "we are still on it, until DATE" from an account and facts.
Words = Callable[[Account, dict[str, Any]], str]


async def say_before_closing(conn: Conn, account_ids: Sequence[AccountId], words: Words, *, now: datetime) -> int:
    """Owe a short word to those who would otherwise hear nothing within their window; how many.

    It is automatic, so it stops no clock. Accounts switch it off by word_before_closing, or lack the right to send it.
    """
    found = await keeping.tickets_before_closing(
        conn, account_ids, now=now, until=now + BEFORE_CLOSING, heard_after=now - _WINDOW,
        heard_before=now - _WINDOW + BEFORE_CLOSING,
    )  # fmt: skip
    for account_id, ticket_id in found:
        account, ticket = await accounts.by_id(conn, account_id), await tickets.by_id(conn, account_id, ticket_id)
        departments = {each.id: each.name for each in await accounts.departments(conn, account_id)}
        due = await ending.resolution_due(conn, account, ticket)
        facts = {
            "number": ticket.number, "promised_on": due,
            "department": departments.get(ticket.department_id) if ticket.department_id else None,
            "late": ticket.due_at is not None and ticket.due_at < now,
            "notify": await _whom_to_ask(conn, ticket),
        }  # fmt: skip
        await deliveries.owe(conn, ticket, purpose="notice", body=words(account, facts), answer_id=None, by=None, now=now)
    if found:
        await answering.wake_outbox(conn)
    return len(found)


async def ask_again(conn: Conn, account_ids: Sequence[AccountId], words: Words, *, now: datetime) -> int:
    """Four weeks after the answer, those who said nothing are asked once whether it held; how many."""
    found = await keeping.to_ask_again(
        conn, account_ids, since=now - 2 * ASK_AGAIN_AFTER, until=now - ASK_AGAIN_AFTER, size=_AT_ONCE
    )
    for account_id, ticket_id in found:
        account, ticket = await accounts.by_id(conn, account_id), await tickets.by_id(conn, account_id, ticket_id)
        await keeping.asked_again(conn, account_id, ticket_id, now=now)
        body = words(account, {"number": ticket.number})
        await deliveries.owe(conn, ticket, purpose="notice", body=body, answer_id=None, by=None, now=now)
        await tickets.add_event(conn, ticket, Event("asked_again"), now=now)
    if found:
        await answering.wake_outbox(conn)
    return len(found)


async def _whom_to_ask(conn: Conn, ticket: Ticket) -> CitizenId | None:
    """The citizen to ask for leave to send the answer after the window has closed, where the account can use it."""
    return ticket.citizen_id if await granting.may_be_asked(conn, ticket.account_id) else None


async def forget_who_left(conn: Conn, account_ids: Sequence[AccountId], *, now: datetime) -> int:
    """Cut the link between persons and cases where the account's retention time has passed since they left; how many.

    The cases stay whole; the platform asks for the person's data to be deleted on unsubscribe, and the account's setting
    (retention_days) says when. One who comes back is a new citizen.
    """
    found = await keeping.citizens_to_forget(conn, account_ids, now=now, size=_AT_ONCE)
    forgotten = [(account_id, former, f"left-{secrets.token_hex(12)}") for account_id, _, former in found]
    for (account_id, citizen_id, _), (_, _, openid) in zip(found, forgotten, strict=True):
        await keeping.forget(conn, account_id, citizen_id, openid=openid, now=now)
    if forgotten:
        await keeping.forget_calls(conn, forgotten)
    return len(found)
