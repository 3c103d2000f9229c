"""What a citizen's message or tap asks for when it is not an inquiry: progress, withdrawal, 未解决, thanks, menu taps."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from servicedesk.domain.meaning import Meaning, binding_code, verdict_of
from servicedesk.domain.model import Event, State, Ticket
from servicedesk.domain.numbering import find_number
from servicedesk.store import citizens, likeness, messages, publications, ratings, tickets
from servicedesk.store.citizens import Citizen
from servicedesk.store.db import Conn
from servicedesk.usecases import binding, ending, granting, merging
from servicedesk.usecases.calls import Call, Reply

ANSWERS_SHOWN = 3


@dataclass(frozen=True)
class Asked:
    """A call whose citizen is known and locked."""

    conn: Conn
    call: Call
    citizen: Citizen
    inbound_id: int


async def to_reopen(conn: Conn, call: Call, citizen: Citizen) -> Ticket | None:
    """The ticket that 未解决 means: the one of the number in it, else the newest; None where it has no answer to undo."""
    meant = await _named(conn, call, citizen) or await tickets.newest_of(conn, call.account.id, citizen.id)
    if meant is None:
        return None
    locked = await tickets.lock(conn, meant.account_id, meant.id)
    return locked if locked.state in (State.ANSWERED, State.CLOSED) else None


async def reopen(asked: Asked, ticket: Ticket) -> Reply:
    """The answer did not solve it."""
    await add_message(asked, ticket)
    words = asked.call.inbound.text.strip()
    await ratings.add(asked.conn, ticket, solved=False, score=None, words=words, now=asked.call.now)
    reopened = await ending.reopened_by_citizen(asked.conn, asked.call.account, ticket, now=asked.call.now)
    return Reply("reopened", {
        "number": reopened.number,
        "department": asked.call.department_name(reopened.department_id),
        "promised_on": await ending.resolution_due(asked.conn, asked.call.account, reopened),
    })  # fmt: skip


async def to_join(conn: Conn, call: Call, citizen: Citizen) -> tuple[Ticket, Ticket] | None:
    """The citizen's newest ticket with the one of others that it was offered to join, both open; None where there is none."""
    newest = await tickets.newest_of(conn, call.account.id, citizen.id)
    into_id = None if newest is None else await likeness.offered(conn, newest)
    if newest is None or into_id is None:
        return None
    into = await merging.me_too(conn, call.account, newest, into_id, now=call.now)
    return None if into is None else (newest, into)


async def join(asked: Asked, ticket: Ticket, into: Ticket) -> Reply:
    """The citizen waits with the others."""
    await add_message(asked, ticket)
    others = {each.citizen_id for each in (into, *await tickets.merged_into(asked.conn, into))} - {asked.citizen.id}
    return Reply("joined_others", {
        "number": ticket.number,
        "others": len(others),
        "department": asked.call.department_name(into.department_id),
        "promised_on": await ending.resolution_due(asked.conn, asked.call.account, into),
    })  # fmt: skip


async def progress(asked: Asked) -> Reply:
    """Stage, department and date of the citizen's open tickets, or of the one they named."""
    account, zone = asked.call.account, asked.call.account.zone
    named = await _named(asked.conn, asked.call, asked.citizen)
    mine = [named] if named else await tickets.open_of(asked.conn, account.id, asked.citizen.id)
    mine = mine or (await tickets.recent_of(asked.conn, account.id, asked.citizen.id))[:1]
    rows = [
        {
            "number": ticket.number,
            "state": ticket.state,
            "not_ours": ticket.not_ours,
            "department": asked.call.department_name(ticket.department_id),
            "promised_on": await ending.resolution_due(asked.conn, account, ticket),
            "answered_on": ticket.answered_at and ticket.answered_at.astimezone(zone).date().isoformat(),
        }
        for ticket in mine
    ]
    facts: dict[str, Any] = {"tickets": rows}
    if rows and await granting.may_be_asked(asked.conn, account.id):
        facts["notify"] = asked.citizen.id
    return Reply("progress", facts)


async def add_message(asked: Asked, ticket: Ticket) -> None:
    """The citizen's message in the ticket's conversation, and what it carries owed by the platform."""
    call = asked.call
    message_id = await messages.add(
        asked.conn, ticket, direction="in", kind=call.message_kind, body=call.inbound.text, now=call.now,
        inbound_id=asked.inbound_id,
    )  # fmt: skip
    if call.inbound.media_id is not None and call.media_kind is not None:
        await messages.owe_media(
            asked.conn, ticket, message_id, media_id=call.inbound.media_id, kind=call.media_kind,
            dies_at=call.media_dies_at, now=call.now,
        )  # fmt: skip


async def _named(conn: Conn, call: Call, citizen: Citizen) -> Ticket | None:
    """The citizen's own ticket of the number in the message."""
    number = find_number(call.inbound.text) or find_number(call.inbound.chosen)
    found = await tickets.by_number(conn, call.account.id, number) if number else None
    return found if found is not None and found.citizen_id == citizen.id else None


async def to_rate(conn: Conn, call: Call, citizen: Citizen) -> Ticket | None:
    """The ticket that a verdict is about: the one of the number in it, else the newest; None where it has no answer."""
    return await to_reopen(conn, call, citizen)


async def rate(asked: Asked, ticket: Ticket) -> Reply:
    """Keep the verdict; the newest of a ticket counts."""
    words = asked.call.inbound.text.strip()
    verdict = verdict_of(words)
    if verdict is not None:
        await add_message(asked, ticket)
        await ratings.add(asked.conn, ticket, solved=verdict.solved, score=verdict.score, words=words, now=asked.call.now)
        await tickets.add_event(asked.conn, ticket, Event("rated", {"words": words}), now=asked.call.now)
    unhappy = verdict is not None and verdict.score is not None and verdict.score < ratings.SATISFIED
    return Reply("rated", {"number": ticket.number, "unhappy": unhappy})


async def _ask_rating(asked: Asked) -> Reply:
    newest = await to_rate(asked.conn, asked.call, asked.citizen)
    return Reply("rate", {
        "number": newest and newest.number,
        "department": newest and asked.call.department_name(newest.department_id),
        "answered_on": newest and newest.answered_at and asked.call.day_of(newest.answered_at),
    })  # fmt: skip


async def _allowed(asked: Asked) -> None:
    await granting.by_event(
        asked.conn, asked.call.account.id, asked.citizen.id, asked.call.inbound.payload,
        dedupe_key=asked.call.inbound.dedupe_key, now=asked.call.now,
    )  # fmt: skip


async def _withdrawal(asked: Asked) -> Reply:
    mine = await tickets.open_of(asked.conn, asked.call.account.id, asked.citizen.id)
    number = find_number(asked.call.inbound.text)
    chosen = [ticket for ticket in mine if ticket.number == number] if number else mine
    if len(chosen) != 1:
        return Reply("withdraw_which", {"numbers": [ticket.number for ticket in mine]})
    await add_message(asked, chosen[0])
    await ending.withdrawn_by_citizen(asked.conn, asked.call.account, chosen[0], asked.call.inbound.text, now=asked.call.now)
    return Reply("withdrawn", {"number": chosen[0].number})


async def _thanks(asked: Asked) -> Reply:
    newest = await tickets.newest_of(asked.conn, asked.call.account.id, asked.citizen.id)
    if newest is not None:
        await add_message(asked, newest)
    return Reply("thanks")


async def _bind(asked: Asked) -> Reply:
    call = asked.call
    code = binding_code(call.inbound.text) or ""
    outcome = await binding.bind(asked.conn, call.account.id, asked.citizen.id, call.inbound.openid, code, wall=call.wall)
    return Reply("binding", {"outcome": outcome})


async def _welcome(asked: Asked) -> Reply:
    await citizens.set_following(asked.conn, asked.call.account.id, asked.citizen.id, following=True, now=asked.call.now)
    return Reply("welcome")


async def _unfollow(asked: Asked) -> None:
    await citizens.set_following(asked.conn, asked.call.account.id, asked.citizen.id, following=False, now=asked.call.now)


async def _tapped(_asked: Asked) -> None:
    """A scan, or a button that this version does not know: nothing to say of its own."""


async def _ask(_asked: Asked) -> Reply:
    return Reply("ask")


async def _answers(asked: Asked) -> Reply:
    newest = await publications.newest(asked.conn, asked.call.account.id, department=None, before=2**62, size=ANSWERS_SHOWN)
    return Reply("answers", {"alike": [{"id": row["publication_id"], "title": row["title"]} for row in newest]})


WAYS: dict[Meaning, Callable[[Asked], Awaitable[Reply | None]]] = {
    Meaning.PROGRESS: progress,
    Meaning.WITHDRAWAL: _withdrawal,
    Meaning.THANKS: _thanks,
    Meaning.WELCOME: _welcome,
    Meaning.ASK: _ask,
    Meaning.ANSWERS: _answers,
    Meaning.RATE: _ask_rating,
    Meaning.ALLOWED: _allowed,
    Meaning.BINDING: _bind,
    Meaning.TAPPED: _tapped,
    Meaning.UNFOLLOW: _unfollow,
}
