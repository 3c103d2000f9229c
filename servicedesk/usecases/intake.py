"""Take citizens' messages in: kept, threaded, routed, dated and answered in one transaction for all of a batch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

from servicedesk.domain import meaning
from servicedesk.domain.meaning import Meaning
from servicedesk.domain.model import Account, AccountId, CitizenId, InboundMessage, State, Ticket
from servicedesk.language.likeness import SAME, likeness
from servicedesk.language.questions import read_question
from servicedesk.store import citizens, tickets
from servicedesk.store import likeness as likeness_rows
from servicedesk.store import taking_in as rows
from servicedesk.store.citizens import Citizen
from servicedesk.store.db import Conn
from servicedesk.store.taking_in import Ids, Joinable
from servicedesk.usecases import (
    answering_alike,
    books,
    commands,
    dating,
    digesting,
    ending,
    pausing,
    plain_inquiries,
    replying,
    rerouting,
    similar,
    taking_in,
)
from servicedesk.usecases.calls import Call, Reply
from servicedesk.usecases.commands import Asked
from servicedesk.usecases.taking_in import Joining, Numbers

_NOBODYS = frozenset({Meaning.KEPT, Meaning.MASS_SENT})


async def receive(conn: Conn, account: Account, inbound: InboundMessage, *, now: datetime, wall: datetime) -> Reply | None:
    """Take one call in; the reply to give within five seconds, or None for a plain acknowledgement."""
    call = Call(await books.read(conn, account), inbound, now, wall)
    (reply,) = await receive_many(conn, [call])
    return await with_alike(conn, call, reply)


async def receive_many(conn: Conn, calls: Sequence[Call], numbers: Numbers | None = None) -> list[Reply | None]:
    """Take a batch in, at most one call of a citizen; the reply to each, None for a plain acknowledgement.

    A repeated call changes nothing and gets the reply of the first. The citizens' rows are locked first, in one order,
    so that two processes with messages of one citizen take turns. Plain inquiries go set by set; the rest one by one.
    """

    async def counted(account_id: AccountId, day: date, count: int) -> int:
        return await rows.take_numbers(conn, account_id, day, count)

    meant = [meaning.meaning_of(call.inbound) for call in calls]
    people = {
        (call.account.id, call.inbound.openid): taking_in.window(call) if what is Meaning.INQUIRY else (None, 0)
        for call, what in zip(calls, meant, strict=True)
        if what not in _NOBODYS
    }
    known, new = await rows.lock_citizens(conn, people, now=calls[0].now) if people else ({}, set())
    looked = await rows.look_at_calls(conn, [(call.account.id, call.inbound.dedupe_key) for call in calls])
    replies: dict[int, Reply | None] = {}
    inquiries: list[tuple[int, CitizenId, bool]] = []
    others: list[int] = []
    for place, (call, what) in enumerate(zip(calls, meant, strict=True)):
        person, before = (call.account.id, call.inbound.openid), looked[place]
        if before.kept:
            replies[place] = None if before.reply is None else Reply.from_facts(before.reply)
        elif what is Meaning.INQUIRY:
            inquiries.append((place, known[person], person in new))
        else:
            others.append(place)
    taken, special = await plain_inquiries.take(conn, calls, looked, inquiries, numbers or counted)
    replies |= taken
    others += special
    for place in others:
        replies[place] = await _one(conn, calls[place], looked[place].ids, meant[place], numbers or counted)
    return [replies[place] for place in range(len(calls))]


async def with_alike(conn: Conn, call: Call, reply: Reply | None) -> Reply | None:
    """The reply to a new inquiry with published answers that are alike, and how many others ask the very same just now."""
    if reply is None or reply.template != "received":
        return reply
    alike = await answering_alike.most_alike_of(conn, call.account.id, call.inbound.text)
    others = await _others(conn, call, str(reply.facts["number"]))
    return Reply(reply.template, {**reply.facts, "alike": alike, "others": others}, reply.held, reply.held_chars)


async def _others(conn: Conn, call: Call, number: str) -> int:
    """So many others; the citizen may say that they wait with them."""
    ticket = await tickets.by_number(conn, call.account.id, number)
    found = None if ticket is None else await similar.others_asking(conn, ticket, call.inbound.text, now=call.now)
    if ticket is None or found is None:
        return 0
    await likeness_rows.offer_joining(conn, ticket, found[0].id, now=call.now)
    return found[1]


async def _one(conn: Conn, call: Call, ids: Ids, meant: Meaning, numbers: Numbers) -> Reply | None:
    if meant in _NOBODYS:
        await _keep(conn, call, meant)
        return None
    citizen = await citizens.meet(conn, call.account.id, call.inbound.openid, now=call.now)
    judged = await commands.to_reopen(conn, call, citizen) if meant in (Meaning.UNSOLVED, Meaning.RATING) else None
    if meant is Meaning.UNSOLVED and judged is None:
        # There is no answer to undo: the words are one more message, the button a question how things stand.
        meant = Meaning.PROGRESS if call.inbound.kind == "event" else Meaning.INQUIRY
    if meant is Meaning.RATING and judged is None:
        # "满意" to nothing in particular is thanks; "不满意" is somebody who has something to say.
        content = meaning.verdict_of(call.inbound.text)
        meant = Meaning.THANKS if content is not None and content.solved else Meaning.INQUIRY
    offered = await commands.to_join(conn, call, citizen) if meant is Meaning.ME_TOO else None
    if meant is Meaning.ME_TOO and offered is None:
        meant = Meaning.INQUIRY
    if meant is Meaning.INQUIRY:
        return await replying.with_held(conn, call, citizen, await _inquiry(conn, call, ids, citizen, numbers))
    inbound_id = await citizens.keep_inbound(conn, call.account.id, call.inbound, now=call.now)
    if inbound_id is None:
        kept = await citizens.reply_to(conn, call.account.id, call.inbound.dedupe_key)
        return None if kept is None else Reply.from_facts(kept)
    await replying.open_window(conn, call, citizen)
    asked = Asked(conn, call, citizen, inbound_id)
    if offered is not None:
        return await replying.with_held(conn, call, citizen, await commands.join(asked, *offered))
    if judged is None:
        reply = await commands.WAYS[meant](asked)
    else:
        reply = await (commands.rate if meant is Meaning.RATING else commands.reopen)(asked, judged)
    return await replying.with_held(conn, call, citizen, reply)


async def _keep(conn: Conn, call: Call, meant: Meaning) -> None:
    new = await citizens.keep_inbound(conn, call.account.id, call.inbound, now=call.now)
    if new is not None and meant is Meaning.MASS_SENT:
        await digesting.sent(conn, call.account, call.inbound.payload, now=call.now)


async def _inquiry(conn: Conn, call: Call, ids: Ids, citizen: Citizen, numbers: Numbers) -> Reply:
    newest = await _newest(conn, call, citizen)
    known = None
    if newest is not None:
        _, known = (await rows.lock_tickets(conn, [(call.account.id, newest.id)]))[call.account.id, newest.id]
        if plain_inquiries.reopens(call, newest):
            return await _reopen(conn, Joining(call, ids, newest, known))
    plain = plain_inquiries.Plain(0, call, citizen.id, False, newest, known)
    if not plain.joins and (repeated := await _repeated(conn, call, citizen, ids)) is not None:
        return await taking_in.join_ticket(conn, repeated)
    (choice,) = await plain_inquiries.choices(conn, [plain])
    if newest is None or known is None or not plain.joins:
        return await taking_in.open_ticket(conn, plain.opening(ids, choice), numbers)
    if known.waits:
        # The word that the clock was waiting for; the date in the reply is the one that holds from now on.
        await pausing.resumed(conn, call.account, newest, "citizen", now=call.now)
        due = await dating.answer_due(conn, newest)
        known = replace(known, waits=False, resolution_due_at=due)
    reply = await taking_in.join_ticket(conn, Joining(call, ids, newest, known))
    moved = await rerouting.raise_priority(conn, call.account, newest, plain_inquiries.urgent(call), now=call.now)
    if choice is not None and rerouting.is_better(choice, moved):
        moved = await rerouting.move(conn, call.account, moved, choice, now=call.now)
    if moved is newest:
        return reply
    said = taking_in.joined(call, moved, Joinable(await dating.answer_due(conn, moved), False, ""))
    await replying.say(conn, call, said)
    return said


async def _repeated(conn: Conn, call: Call, citizen: Citizen, ids: Ids) -> Joining | None:
    """The older open ticket of the citizen's in which they asked the very same, if there is one."""
    mine = await tickets.open_of(conn, call.account.id, citizen.id)
    found = await rows.lock_tickets(conn, sorted((each.account_id, each.id) for each in mine)) if mine else {}
    asked = read_question(call.inbound.text)
    for ticket, known in found.values():
        if plain_inquiries.joins(ticket, known) and likeness(read_question(known.words), asked) >= SAME:
            return Joining(call, ids, ticket, known)
    return None


async def _newest(conn: Conn, call: Call, citizen: Citizen) -> Ticket | None:
    """The citizen's newest ticket, locked: staff may be ending it at this moment."""
    while (found := await tickets.newest_of(conn, call.account.id, citizen.id)) is not None:
        locked = await tickets.lock(conn, call.account.id, found.id)
        if locked.state not in (State.MERGED, State.WITHDRAWN):
            return locked
    return None


async def _reopen(conn: Conn, joining: Joining) -> Reply:
    call = joining.call
    await taking_in.join_ticket(conn, joining)
    reopened = await ending.reopened_by_citizen(conn, call.account, joining.ticket, now=call.now)
    reply = Reply("reopened", {
        "number": reopened.number,
        "department": call.department_name(reopened.department_id),
        "promised_on": call.day_of(joining.known.resolution_due_at),
    })  # fmt: skip
    await replying.say(conn, call, reply)
    return reply
