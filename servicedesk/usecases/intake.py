"""Take citizens' messages in: kept, threaded, routed, dated and answered in one transaction for all of a batch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from servicedesk.domain import meaning
from servicedesk.domain.desk import OPEN
from servicedesk.domain.meaning import Meaning
from servicedesk.domain.model import Account, AccountId, CitizenId, InboundMessage, Priority, State, Ticket, TicketId
from servicedesk.domain.routing import Choice, follow, urgent_in
from servicedesk.domain.sending import PASSIVE_ROOM_BYTES, next_piece
from servicedesk.language.likeness import SAME, likeness
from servicedesk.language.questions import read_question
from servicedesk.store import citizens, deliveries, tickets
from servicedesk.store import likeness as likeness_rows
from servicedesk.store import taking_in as rows
from servicedesk.store.citizens import Citizen
from servicedesk.store.db import Conn
from servicedesk.store.taking_in import Ids, Joinable, Looked
from servicedesk.usecases import (
    answering_alike,
    books,
    commands,
    dating,
    digesting,
    ending,
    pausing,
    rerouting,
    routing,
    similar,
    taking_in,
)
from servicedesk.usecases.calls import Call, Reply
from servicedesk.usecases.commands import Asked
from servicedesk.usecases.routing import ToRoute
from servicedesk.usecases.taking_in import Joining, Numbers, Opening

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
    taken, special = await _plain_inquiries(conn, calls, looked, inquiries, numbers or counted)
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


# -- plain inquiries, set by set


@dataclass(frozen=True)
class _Plain:
    """An inquiry that needs nothing special, the citizen, and the citizen's newest ticket."""

    place: int
    call: Call
    citizen_id: CitizenId
    new: bool
    newest: Ticket | None
    known: Joinable | None

    @property
    def joins(self) -> bool:
        return self.newest is not None and self.known is not None and _joins(self.newest, self.known)

    @property
    def text(self) -> str | None:
        """What routing reads: all the words so far; None where the ticket stays where it is in any case."""
        if not self.joins or self.newest is None or self.known is None:
            return self.call.inbound.text
        if not rerouting.may_move(self.call.account, self.newest, self.known, now=self.call.now):
            return None
        return f"{self.known.words}\n{self.call.inbound.text}"

    def opening(self, ids: Ids, choice: Choice | None) -> Opening:
        """A ticket of its own; with little to go by it follows the citizen's last."""
        if choice is None:
            raise ValueError("an inquiry that opens a ticket is always routed")
        former = None if self.newest is None else self.newest.department_id
        return Opening(self.call, ids, self.citizen_id, self.newest, new=self.new, choice=follow(choice, former))


async def _choices(conn: Conn, plain: Sequence[_Plain]) -> list[Choice | None]:
    texts = [each.text for each in plain]
    asked = [
        ToRoute(each.call.book.ways, text, hurried=each.call.shed)
        for each, text in zip(plain, texts, strict=True)
        if text is not None
    ]
    chosen = iter(await routing.choose_all(conn, asked))
    return [None if text is None else next(chosen) for text in texts]


async def _plain_inquiries(
    conn: Conn,
    calls: Sequence[Call],
    looked: Sequence[Looked],
    inquiries: Sequence[tuple[int, CitizenId, bool]],
    numbers: Numbers,
) -> tuple[dict[int, Reply], list[int]]:
    """Open or join for all that need nothing special; the replies by place, and the places of the others."""
    tickets_of = await _newest_of(conn, calls, inquiries)
    special: list[int] = []
    plain: list[_Plain] = []
    for place, citizen_id, new in inquiries:
        newest, known, in_any_case = tickets_of.get((calls[place].account.id, citizen_id), (None, None, False))
        if in_any_case or (newest is not None and known is not None and _needs_care(calls[place], newest, known)):
            special.append(place)
        else:
            plain.append(_Plain(place, calls[place], citizen_id, new, newest, known))
    openings: list[tuple[int, Opening]] = []
    joinings: list[tuple[int, Joining]] = []
    for each, choice in zip(plain, await _choices(conn, plain), strict=True):
        ids = looked[each.place].ids
        if not each.joins:
            openings.append((each.place, each.opening(ids, choice)))
        elif each.newest is None or each.known is None or rerouting.is_better(choice, each.newest):
            special.append(each.place)
        else:
            joinings.append((each.place, Joining(each.call, ids, each.newest, each.known)))
    said = await taking_in.take_in(conn, [each for _, each in openings], [each for _, each in joinings], numbers)
    places = [place for place, _ in (*openings, *joinings)]
    return dict(zip(places, (*said[0], *said[1]), strict=True)), special


async def _newest_of(
    conn: Conn, calls: Sequence[Call], inquiries: Sequence[tuple[int, CitizenId, bool]]
) -> dict[tuple[AccountId, CitizenId], tuple[Ticket | None, Joinable | None, bool]]:
    """Each citizen's newest ticket, locked (staff may be ending it at this moment), and whether they are a special case."""
    known_ones = [(calls[place].account.id, citizen_id) for place, citizen_id, new in inquiries if not new]
    if not known_ones:
        return {}
    newest = await rows.newest_tickets(conn, known_ones)
    keys = sorted({(account_id, found) for (account_id, _), (found, _) in newest.items() if found is not None})
    locked = await rows.lock_tickets(conn, keys) if keys else {}
    nothing: tuple[None, None] = (None, None)
    return {
        key: (*(nothing if found is None else locked[key[0], TicketId(found)]), special)
        for key, (found, special) in newest.items()
    }


def _joins(newest: Ticket, known: Joinable) -> bool:
    """What is written after an answer is on its way is not answered by it."""
    return newest.state in OPEN and not known.answer_under_way


def _needs_care(call: Call, newest: Ticket, known: Joinable) -> bool:
    """Ended a moment ago, waiting for this very word, to be reopened, or urgent by it: one by one."""
    if newest.state in (State.MERGED, State.WITHDRAWN) or _reopens(call, newest) or known.waits:
        return True
    return _joins(newest, known) and newest.priority is Priority.NORMAL and bool(_urgent(call))


def _urgent(call: Call) -> tuple[str, ...]:
    return urgent_in(call.inbound.text, call.book.ways.urgent_words)


def _reopens(call: Call, newest: Ticket) -> bool:
    """The department's rule: words that come within so many days of the answer are about the same matter."""
    department = call.book.department(newest.department_id)
    if newest.state not in (State.ANSWERED, State.CLOSED) or department is None or newest.answered_at is None:
        return False
    return call.now - newest.answered_at < timedelta(days=department.reopen_days)


# -- everything else, one by one


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
        return await _with_held(conn, call, citizen, await _inquiry(conn, call, ids, citizen, numbers))
    inbound_id = await citizens.keep_inbound(conn, call.account.id, call.inbound, now=call.now)
    if inbound_id is None:
        kept = await citizens.reply_to(conn, call.account.id, call.inbound.dedupe_key)
        return None if kept is None else Reply.from_facts(kept)
    await _open_window(conn, call, citizen)
    asked = Asked(conn, call, citizen, inbound_id)
    if offered is not None:
        return await _with_held(conn, call, citizen, await commands.join(asked, *offered))
    if judged is None:
        reply = await commands.WAYS[meant](asked)
    else:
        reply = await (commands.rate if meant is Meaning.RATING else commands.reopen)(asked, judged)
    return await _with_held(conn, call, citizen, reply)


async def _keep(conn: Conn, call: Call, meant: Meaning) -> None:
    new = await citizens.keep_inbound(conn, call.account.id, call.inbound, now=call.now)
    if new is not None and meant is Meaning.MASS_SENT:
        await digesting.sent(conn, call.account, call.inbound.payload, now=call.now)


async def _inquiry(conn: Conn, call: Call, ids: Ids, citizen: Citizen, numbers: Numbers) -> Reply:
    newest = await _newest(conn, call, citizen)
    known = None
    if newest is not None:
        _, known = (await rows.lock_tickets(conn, [(call.account.id, newest.id)]))[call.account.id, newest.id]
        if _reopens(call, newest):
            return await _reopen(conn, Joining(call, ids, newest, known))
    plain = _Plain(0, call, citizen.id, False, newest, known)
    if not plain.joins and (repeated := await _repeated(conn, call, citizen, ids)) is not None:
        return await taking_in.join_ticket(conn, repeated)
    (choice,) = await _choices(conn, [plain])
    if newest is None or known is None or not plain.joins:
        return await taking_in.open_ticket(conn, plain.opening(ids, choice), numbers)
    if known.waits:
        # The word that the clock was waiting for; the date in the reply is the one that holds from now on.
        await pausing.resumed(conn, call.account, newest, "citizen", now=call.now)
        due = await dating.answer_due(conn, newest)
        known = replace(known, waits=False, resolution_due_at=due)
    reply = await taking_in.join_ticket(conn, Joining(call, ids, newest, known))
    moved = await rerouting.raise_priority(conn, call.account, newest, _urgent(call), now=call.now)
    if choice is not None and rerouting.is_better(choice, moved):
        moved = await rerouting.move(conn, call.account, moved, choice, now=call.now)
    if moved is newest:
        return reply
    said = taking_in.joined(call, moved, Joinable(await dating.answer_due(conn, moved), False, ""))
    await _say(conn, call, said)
    return said


async def _repeated(conn: Conn, call: Call, citizen: Citizen, ids: Ids) -> Joining | None:
    """The older open ticket of the citizen's in which they asked the very same, if there is one."""
    mine = await tickets.open_of(conn, call.account.id, citizen.id)
    found = await rows.lock_tickets(conn, sorted((each.account_id, each.id) for each in mine)) if mine else {}
    for ticket, known in found.values():
        if _joins(ticket, known) and likeness(read_question(known.words), read_question(call.inbound.text)) >= SAME:
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
    await _say(conn, call, reply)
    return reply


async def _open_window(conn: Conn, call: Call, citizen: Citizen) -> None:
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


async def _with_held(conn: Conn, call: Call, citizen: Citizen, reply: Reply | None) -> Reply | None:
    """Give the oldest held answer with this reply, a piece at a time where the account can give it in no other way.

    What can be sent now that the window is open is owed again. The reply is kept for the platform's repeated calls.
    """
    reply = await _held_with(conn, call, citizen, reply)
    if reply is not None:
        await _say(conn, call, reply)
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


async def _say(conn: Conn, call: Call, reply: Reply) -> None:
    await citizens.set_reply(conn, call.account.id, call.inbound.dedupe_key, reply.as_facts())
