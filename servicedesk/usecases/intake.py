"""Take a citizen's message in: one transaction keeps it, threads it, routes it, dates it, and decides what to say."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from servicedesk.domain import meaning
from servicedesk.domain.desk import OPEN
from servicedesk.domain.meaning import Meaning
from servicedesk.domain.model import Account, DeliveryId, Department, Event, InboundMessage, State, Ticket
from servicedesk.domain.numbering import find_number, ticket_number
from servicedesk.domain.routing import choose, follow
from servicedesk.domain.sending import PASSIVE_ROOM_BYTES, next_piece
from servicedesk.language import likeness, segmenting
from servicedesk.store import accounts, citizens, deliveries, messages, publications, tickets
from servicedesk.store.citizens import Citizen
from servicedesk.store.db import Conn
from servicedesk.usecases import dating, digesting, ending

ALIKE_SHOWN = 3
_ALIKE_CANDIDATES = 120


@dataclass(frozen=True)
class Reply:
    """What to say at once: a template of deliveries/ and its facts, and the held answer that goes with it."""

    template: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    held: DeliveryId | None = None
    held_chars: int = 0  # how much of the held text has gone once this reply is handed over

    def as_facts(self) -> dict[str, Any]:
        """The reply as it is kept, for the platform's repeated calls."""
        return {"template": self.template, "facts": dict(self.facts), "held": self.held, "held_chars": self.held_chars}

    @classmethod
    def from_facts(cls, kept: Mapping[str, Any]) -> Reply:
        """The reply that was kept."""
        return cls(kept["template"], kept["facts"], kept["held"], kept["held_chars"])


@dataclass(frozen=True)
class _Call:
    """One call of the platform, with all that answering it needs."""

    conn: Conn
    account: Account
    citizen: Citizen
    inbound: InboundMessage
    inbound_id: int
    departments: list[Department]
    now: datetime
    wall: datetime


async def receive(conn: Conn, account: Account, inbound: InboundMessage, *, now: datetime, wall: datetime) -> Reply | None:
    """Take one call of the platform in; the reply to give within its five seconds, or None for a plain acknowledgement.

    A repeated call changes nothing and gets the reply of the first. The citizen's row is locked first, so that two
    processes with messages of one citizen take turns.
    """
    meant = meaning.meaning_of(inbound)
    if meant in (Meaning.KEPT, Meaning.MASS_SENT):
        await _keep(conn, account, inbound, meant, now)
        return None
    citizen = await citizens.meet(conn, account.id, inbound.openid, now=now)
    inbound_id = await citizens.keep_inbound(conn, account.id, inbound, now=now)
    if inbound_id is None:
        kept = await citizens.reply_to(conn, account.id, inbound.dedupe_key)
        return None if kept is None else Reply.from_facts(kept)
    await _open_window(conn, account, citizen, inbound, now)
    call = _Call(conn, account, citizen, inbound, inbound_id, await accounts.departments(conn, account.id), now, wall)
    reply = await _with_held(call, await _WAYS[meant](call))
    if reply is not None:
        await citizens.set_reply(conn, account.id, inbound_id, reply.as_facts())
    return reply


async def _keep(conn: Conn, account: Account, inbound: InboundMessage, meant: Meaning, now: datetime) -> None:
    new = await citizens.keep_inbound(conn, account.id, inbound, now=now)
    if new is not None and meant is Meaning.MASS_SENT:
        await digesting.sent(conn, account, inbound.payload, now=now)


async def _open_window(conn: Conn, account: Account, citizen: Citizen, inbound: InboundMessage, now: datetime) -> None:
    """A message opens 48 hours and five messages; a tap one minute and three, unless more is open (WeChat)."""
    if inbound.kind != "event":
        seconds, count = meaning.REPLY_WINDOW_S, meaning.REPLY_WINDOW_MESSAGES
    elif inbound.event in meaning.TAPS:
        seconds, count = meaning.TAP_WINDOW_S, meaning.TAP_WINDOW_MESSAGES
        still_open = citizen.window_closes_at is not None and citizen.window_closes_at > now + timedelta(seconds=seconds)
        if still_open and citizen.window_left >= count:
            return
    else:
        return
    await citizens.open_window(conn, account.id, citizen.id, closes_at=now + timedelta(seconds=seconds), messages=count)


# -- the ways to answer a call


async def _inquiry(call: _Call) -> Reply:
    conn, account, now = call.conn, call.account, call.now
    newest = await _newest(call)
    # What is written after an answer is on its way is not answered by it.
    if newest is not None and newest.state in OPEN and not await deliveries.answer_under_way(conn, newest):
        return await _join(call, newest)
    choice = choose(call.inbound.text, call.departments)
    if newest is not None:
        choice = follow(choice, newest.department_id)
    today = now.astimezone(account.zone).date()
    number = ticket_number(today, await tickets.next_count(conn, account.id, today))
    ticket = await tickets.add(
        conn, account.id, citizen_id=call.citizen.id, number=number, body=call.inbound.text, choice=choice,
        follows_id=None if newest is None else newest.id, now=now,
    )  # fmt: skip
    await _add_message(call, ticket)
    promised = await dating.promise(conn, account, ticket)
    await tickets.add_event(conn, ticket, Event("opened", {"routing": choice.as_facts()}), now=now)
    if choice.department_id is not None:
        await tickets.add_assignment(conn, ticket, choice.department_id, by=None, reason=choice.by, now=now)
    return Reply("received", {
        "number": number,
        "department": _department_name(call, ticket),
        "promised_on": promised.resolution_at.astimezone(account.zone).date().isoformat(),
        "alike": await _alike(call),
    })  # fmt: skip


async def _newest(call: _Call) -> Ticket | None:
    """The citizen's newest ticket, locked: staff may be ending it at this moment."""
    while (found := await tickets.newest_of(call.conn, call.account.id, call.citizen.id)) is not None:
        locked = await tickets.lock(call.conn, call.account.id, found.id)
        if locked.state not in (State.MERGED, State.WITHDRAWN):
            return locked
    return None


async def _named(call: _Call) -> Ticket | None:
    """The citizen's own ticket of the number in the message, locked."""
    number = find_number(call.inbound.text)
    found = await tickets.by_number(call.conn, call.account.id, number) if number else None
    if found is None or found.citizen_id != call.citizen.id:
        return None
    return await tickets.lock(call.conn, call.account.id, found.id)


async def _join(call: _Call, ticket: Ticket) -> Reply:
    """A later message joins the open ticket; in triage the words so far may now be enough to route it."""
    await _add_message(call, ticket)
    await tickets.add_event(call.conn, ticket, Event("message_joined"), now=call.now)
    if ticket.state is State.TRIAGE and ticket.returns == 0:
        ticket = await _route_again(call, ticket)
    due = await _resolution_due(call, ticket)
    return Reply("joined", {
        "number": ticket.number,
        "department": _department_name(call, ticket),
        "promised_on": due,
    })  # fmt: skip


async def _route_again(call: _Call, ticket: Ticket) -> Ticket:
    conn, now = call.conn, call.now
    words = await messages.citizens_words(conn, ticket)
    choice = choose(words, call.departments)
    ticket = await tickets.reroute(conn, ticket, choice, now=now) or ticket
    await dating.promise(conn, call.account, ticket)
    if choice.department_id is None:
        return ticket
    assigned = await tickets.assign(conn, ticket, choice.department_id, now=now)
    if assigned is None:
        return ticket
    await tickets.add_assignment(conn, assigned, choice.department_id, by=None, reason=choice.by, now=now)
    await tickets.add_event(conn, assigned, Event("assigned", {"routing": choice.as_facts()}), now=now)
    return assigned


async def _progress(call: _Call) -> Reply:
    number = find_number(call.inbound.text)
    found = await tickets.by_number(call.conn, call.account.id, number) if number else None
    if found is not None and found.citizen_id == call.citizen.id:
        mine = [found]
    else:
        mine = await tickets.open_of(call.conn, call.account.id, call.citizen.id)
        mine = mine or (await tickets.recent_of(call.conn, call.account.id, call.citizen.id))[:1]
    rows = [
        {
            "number": ticket.number,
            "state": ticket.state,
            "department": _department_name(call, ticket),
            "promised_on": await _resolution_due(call, ticket),
            "answered_on": ticket.answered_at and ticket.answered_at.astimezone(call.account.zone).date().isoformat(),
        }
        for ticket in mine
    ]
    return Reply("progress", {"tickets": rows})


async def _withdrawal(call: _Call) -> Reply:
    mine = await tickets.open_of(call.conn, call.account.id, call.citizen.id)
    number = find_number(call.inbound.text)
    chosen = [ticket for ticket in mine if ticket.number == number] if number else mine
    if len(chosen) != 1:
        return Reply("withdraw_which", {"numbers": [ticket.number for ticket in mine]})
    await _add_message(call, chosen[0])
    await ending.withdrawn_by_citizen(call.conn, call.account, chosen[0], call.inbound.text, now=call.now)
    return Reply("withdrawn", {"number": chosen[0].number})


async def _unsolved(call: _Call) -> Reply | None:
    meant = await _named(call) or await _newest(call)
    if meant is None or meant.state not in (State.ANSWERED, State.CLOSED):
        return await (_progress(call) if call.inbound.kind == "event" else _inquiry(call))
    await _add_message(call, meant)
    reopened = await ending.reopened_by_citizen(call.conn, call.account, meant, now=call.now)
    return Reply("reopened", {
        "number": reopened.number,
        "department": _department_name(call, reopened),
        "promised_on": await _resolution_due(call, reopened),
    })  # fmt: skip


async def _thanks(call: _Call) -> Reply:
    newest = await tickets.newest_of(call.conn, call.account.id, call.citizen.id)
    if newest is not None:
        await _add_message(call, newest)
    return Reply("thanks")


async def _welcome(call: _Call) -> Reply:
    await citizens.set_following(call.conn, call.account.id, call.citizen.id, following=True, now=call.now)
    return Reply("welcome")


async def _tapped(_call: _Call) -> None:
    """A scan, or a button that this version does not know: nothing to say of its own."""


async def _ask(_call: _Call) -> Reply:
    return Reply("ask")


async def _answers(call: _Call) -> Reply:
    newest = await publications.newest(call.conn, call.account.id, department=None, before=2**62, size=ALIKE_SHOWN)
    return Reply("answers", {"alike": [{"id": row["publication_id"], "title": row["title"]} for row in newest]})


async def _unfollow(call: _Call) -> None:
    await citizens.set_following(call.conn, call.account.id, call.citizen.id, following=False, now=call.now)


_WAYS: dict[Meaning, Callable[[_Call], Awaitable[Reply | None]]] = {
    Meaning.INQUIRY: _inquiry,
    Meaning.PROGRESS: _progress,
    Meaning.WITHDRAWAL: _withdrawal,
    Meaning.UNSOLVED: _unsolved,
    Meaning.THANKS: _thanks,
    Meaning.WELCOME: _welcome,
    Meaning.ASK: _ask,
    Meaning.ANSWERS: _answers,
    Meaning.TAPPED: _tapped,
    Meaning.UNFOLLOW: _unfollow,
}


# -- what several of them need


async def _add_message(call: _Call, ticket: Ticket) -> None:
    kind = "text" if call.inbound.kind == "event" else call.inbound.kind
    message_id = await messages.add(
        call.conn, ticket, direction="in", kind=kind, body=call.inbound.text, now=call.now, inbound_id=call.inbound_id
    )
    if call.inbound.media_id is not None:
        await messages.owe_media(
            call.conn, ticket, message_id, media_id=call.inbound.media_id, kind=_media_kind(call.inbound.kind),
            dies_at=call.now + timedelta(seconds=meaning.MEDIA_LIFE_S), now=call.now,
        )  # fmt: skip


def _media_kind(kind: str) -> str:
    return kind if kind in ("image", "voice") else "video"


def _department_name(call: _Call, ticket: Ticket) -> str | None:
    return next((department.name for department in call.departments if department.id == ticket.department_id), None)


async def _resolution_due(call: _Call, ticket: Ticket) -> str:
    return await ending.resolution_due(call.conn, call.account, ticket)


async def _alike(call: _Call) -> list[dict[str, Any]]:
    """Up to three published answers that really match the question; silence rather than nonsense."""
    words = segmenting.telling_words(call.inbound.text)[:24]
    if not words:
        return []
    rows = await publications.sharing_words(call.conn, call.account.id, words, size=_ALIKE_CANDIDATES)
    candidates = [(row["publication_id"], f"{row['title']} {row['question']}") for row in rows]
    titles = {row["publication_id"]: row["title"] for row in rows}
    return [{"id": key, "title": titles[key]} for key in likeness.most_alike(call.inbound.text, candidates, ALIKE_SHOWN)]


async def _with_held(call: _Call, reply: Reply | None) -> Reply | None:
    """Give the oldest held answer with this reply, a piece at a time where the account can give it in no other way.

    What can be sent now that the window is open is owed again.
    """
    held = await deliveries.held_for(call.conn, call.account.id, call.citizen.id, wall=call.wall)
    if not held or not _answerable(call.inbound):
        return reply
    first, *others = held
    for each in others:
        if each.has_right:
            await deliveries.owe_again(call.conn, each, now=call.now)
    piece, after = next_piece(first.body, first.sent_chars, PASSIVE_ROOM_BYTES)
    if first.has_right and after < len(first.body):
        await deliveries.owe_again(call.conn, first, now=call.now)
        return reply
    facts = {
        "number": first.number, "department": first.department, "body": piece, "first": first.sent_chars == 0,
        "last": after == len(first.body),
    }  # fmt: skip
    given = reply or Reply("held_only")
    return Reply(given.template, {**given.facts, "held": facts}, first.id, after)


def _answerable(inbound: InboundMessage) -> bool:
    """Whether the citizen is there to read a reply: one who has just left is not."""
    return inbound.event != "unsubscribe"
