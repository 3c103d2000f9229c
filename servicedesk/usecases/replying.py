"""What goes out with a reply: the window that a citizen's word opens, and answers that were held for it."""

from __future__ import annotations

from datetime import timedelta

from servicedesk.domain import meaning
from servicedesk.domain.sending import PASSIVE_ROOM_BYTES, next_piece
from servicedesk.store import citizens, deliveries
from servicedesk.store.citizens import Citizen
from servicedesk.store.db import Conn
from servicedesk.usecases.calls import Call, Reply


async def open_window(conn: Conn, call: Call, citizen: Citizen) -> None:
    """A message opens 48 hours and five messages; a tap one minute and three, unless more is open (WeChat)."""
    inbound = call.inbound
    if inbound.kind != "event":
        seconds, count = meaning.REPLY_WINDOW_S, meaning.REPLY_WINDOW_MESSAGES
    elif inbound.event in meaning.TAPS:
        seconds, count = meaning.TAP_WINDOW_S, meaning.TAP_WINDOW_MESSAGES
        closes_at = citizen.window_closes_at
        if closes_at is not None and closes_at > call.now + timedelta(seconds=seconds) and citizen.window_left >= count:
            return
    else:
        return
    closes_at = call.now + timedelta(seconds=seconds)
    await citizens.open_window(conn, call.account.id, citizen.id, closes_at=closes_at, messages=count)


async def with_held(conn: Conn, call: Call, citizen: Citizen, reply: Reply | None) -> Reply | None:
    """Give the oldest held answer with this reply, a piece at a time where the account can give it in no other way.

    What can be sent now that the window is open is owed again. The reply is kept for the platform's repeated calls.
    """
    reply = await _held_with(conn, call, citizen, reply)
    if reply is not None:
        await say(conn, call, reply)
    return reply


async def _held_with(conn: Conn, call: Call, citizen: Citizen, reply: Reply | None) -> Reply | None:
    if call.inbound.kind == "event" and call.inbound.event not in meaning.TAPS:
        return reply  # not every event may be answered, and what is said in vain would count as given
    await deliveries.begin_anew(conn, call.account.id, citizen.id, now=call.now)
    held = await deliveries.held_for(conn, call.account.id, citizen.id, wall=call.wall)
    if not held:
        return reply
    first, *others = held
    for each in others:
        if each.means.has_right:
            await deliveries.owe_again(conn, each, now=call.now)
    piece, after = next_piece(first.body, first.sent_chars, PASSIVE_ROOM_BYTES)
    if first.means.has_right and after < len(first.body):
        await deliveries.owe_again(conn, first, now=call.now)
        return reply
    facts = {
        "number": first.number, "department": first.department, "body": piece, "first": first.sent_chars == 0,
        "last": after == len(first.body), "has_files": first.has_files,
    }  # fmt: skip
    given = reply or Reply("held_only")
    return Reply(given.template, {**given.facts, "held": facts}, first.id, after)


async def say(conn: Conn, call: Call, reply: Reply) -> None:
    """Keep the reply for the platform's repeated calls."""
    await citizens.set_reply(conn, call.account.id, call.inbound.dedupe_key, reply.as_facts())
