"""Plain inquiries, which need nothing special: opened or joined set by set."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from servicedesk.domain.desk import OPEN
from servicedesk.domain.model import AccountId, CitizenId, Priority, State, Ticket, TicketId
from servicedesk.domain.routing import Choice, follow, urgent_in
from servicedesk.store import taking_in as rows
from servicedesk.store.db import Conn
from servicedesk.store.taking_in import Ids, Joinable, Looked
from servicedesk.usecases import rerouting, routing, taking_in
from servicedesk.usecases.calls import Call, Reply
from servicedesk.usecases.routing import ToRoute
from servicedesk.usecases.taking_in import Joining, Numbers, Opening


@dataclass(frozen=True)
class Plain:
    """An inquiry that needs nothing special, its place in the batch, the citizen, and the citizen's newest ticket."""

    place: int
    call: Call
    citizen_id: CitizenId
    new: bool
    newest: Ticket | None
    known: Joinable | None

    @property
    def joins(self) -> bool:
        """Whether it is more about the newest ticket."""
        return self.newest is not None and self.known is not None and joins(self.newest, self.known)

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


async def choices(conn: Conn, plain: Sequence[Plain]) -> list[Choice | None]:
    """Where each goes; None for one whose ticket stays where it is in any case."""
    texts = [each.text for each in plain]
    asked = [
        ToRoute(each.call.book.ways, text, hurried=each.call.shed)
        for each, text in zip(plain, texts, strict=True)
        if text is not None
    ]
    chosen = iter(await routing.choose_all(conn, asked))
    return [None if text is None else next(chosen) for text in texts]


async def take(
    conn: Conn,
    calls: Sequence[Call],
    looked: Sequence[Looked],
    inquiries: Sequence[tuple[int, CitizenId, bool]],
    numbers: Numbers,
) -> tuple[dict[int, Reply], list[int]]:
    """Open or join for all that need nothing special; the replies by place, and the places of the others."""
    tickets_of = await _newest_of(conn, calls, inquiries)
    special: list[int] = []
    plain: list[Plain] = []
    for place, citizen_id, new in inquiries:
        newest, known, in_any_case = tickets_of.get((calls[place].account.id, citizen_id), (None, None, False))
        if in_any_case or (newest is not None and known is not None and _needs_care(calls[place], newest, known)):
            special.append(place)
        else:
            plain.append(Plain(place, calls[place], citizen_id, new, newest, known))
    openings: list[tuple[int, Opening]] = []
    joinings: list[tuple[int, Joining]] = []
    for each, choice in zip(plain, await choices(conn, plain), strict=True):
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


def joins(newest: Ticket, known: Joinable) -> bool:
    """What is written after an answer is on its way is not answered by it."""
    return newest.state in OPEN and not known.answer_under_way


def _needs_care(call: Call, newest: Ticket, known: Joinable) -> bool:
    """Ended a moment ago, waiting for this very word, to be reopened, or urgent by it: one by one."""
    if newest.state in (State.MERGED, State.WITHDRAWN) or reopens(call, newest) or known.waits:
        return True
    return joins(newest, known) and newest.priority is Priority.NORMAL and bool(urgent(call))


def urgent(call: Call) -> tuple[str, ...]:
    """The account's urgent words in what was said."""
    return urgent_in(call.inbound.text, call.book.ways.urgent_words)


def reopens(call: Call, newest: Ticket) -> bool:
    """The department's rule: words that come within so many days of the answer are about the same matter."""
    department = call.book.department(newest.department_id)
    if newest.state not in (State.ANSWERED, State.CLOSED) or department is None or newest.answered_at is None:
        return False
    return call.now - newest.answered_at < timedelta(days=department.reopen_days)
