"""Calls that waited in a journal, taken in late: what could not be said in a passive reply is owed as a notice."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from servicedesk.domain.model import Account
from servicedesk.store import citizens, deliveries, tickets
from servicedesk.store.db import Conn
from servicedesk.usecases import answering, intake
from servicedesk.usecases.calls import Call, Reply
from servicedesk.usecases.taking_in import Numbers

Words = Callable[[Account, Reply], str]


async def replay(conn: Conn, calls: Sequence[Call], words: Words, numbers: Numbers, *, now: datetime) -> None:
    """Take them in as of when they came; those that are known already change nothing."""
    replies = await intake.receive_many(conn, calls, numbers)
    for call, reply in zip(calls, replies, strict=True):
        # Once for a call, though its journal may be replayed again after a crash.
        if reply is not None and await citizens.mark_noticed(conn, call.account.id, call.inbound.dedupe_key):
            await _owe(conn, call, reply, words, now)


async def _owe(conn: Conn, call: Call, reply: Reply, words: Words, now: datetime) -> None:
    """The reply as a customer message; a held answer that would have gone with it is owed by itself."""
    if reply.held is not None:
        await deliveries.owe_held(conn, call.account.id, reply.held, now=now)
    number = _number(reply.facts)
    ticket = None if number is None else await tickets.by_number(conn, call.account.id, number)
    if ticket is None:
        return
    facts = {name: value for name, value in reply.facts.items() if name != "held"}
    body = words(call.account, Reply(reply.template, facts))
    await deliveries.owe(conn, ticket, purpose="notice", body=body, answer_id=None, by=None, now=now)
    await answering.wake_outbox(conn)


def _number(facts: Any) -> str | None:
    """The ticket that a reply is about."""
    if "number" in facts:
        return str(facts["number"])
    listed = facts.get("tickets") or []
    return str(listed[0]["number"]) if listed else None
