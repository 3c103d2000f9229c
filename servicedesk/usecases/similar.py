"""For staff: tickets that are alike, answers that can be used again, and the same citizen's repetitions."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from servicedesk.domain.desk import OPEN, Act, possible, scope
from servicedesk.domain.model import AccountId, Actor, DepartmentId, State, Ticket
from servicedesk.language.likeness import SAME, Rarity, most_alike, tokens_of
from servicedesk.language.questions import Question, read_question
from servicedesk.language.topics import place_in, topic_words
from servicedesk.store import likeness as rows
from servicedesk.store import messages, tickets
from servicedesk.store import topics as topic_rows
from servicedesk.store.db import Conn, View
from servicedesk.usecases import answering_alike
from servicedesk.usecases.finding import ticket_seen

# People look at these and judge for themselves, so they are shown more than citizens are.
LEAST = 0.45
SHOWN, ANSWERS = 6, 3
_PAIRS, _CANDIDATES = 8, 200
_RECENT = timedelta(days=30)


@dataclass(frozen=True)
class Similar:
    """Of what a person may see: tickets alike (with likeness, own: by the same citizen), published answers, and answers given.

    may_join: whether the ticket can be merged into an open one of them by this person.
    """

    ticket: Ticket
    tickets: list[View]
    answers: list[View]
    published: list[View]
    may_join: bool


async def similar(conn: Conn, actor: Actor, number: str) -> Similar:
    """What is alike, the likest first. Raises NotFound, NotPermitted."""
    ticket = await ticket_seen(conn, actor, number)
    words = await messages.citizens_words(conn, ticket)
    wanted = await asyncio.to_thread(read_question, words)
    found = await _alike(conn, ticket, wanted, scope(actor))
    answered = list({row["answer"]: row for row in reversed(found) if row["answer"]}.values())[::-1]
    return Similar(
        ticket,
        found[:SHOWN],
        answered[:ANSWERS],
        await answering_alike.alike(conn, actor.account_id, words, least=LEAST, limit=ANSWERS),
        Act.MERGE in possible(actor, ticket),
    )


async def others_asking(conn: Conn, ticket: Ticket, words: str, *, now: datetime) -> tuple[Ticket, int] | None:
    """The open ticket of others at the same department who ask the very same, and how many they are; None where nobody does."""
    if ticket.department_id is None or ticket.state not in OPEN:
        return None
    wanted = await asyncio.to_thread(read_question, words)
    found = await _alike(conn, ticket, wanted, ticket.department_id, least=SAME)
    for each in found:
        if each["open"] and not each["own"] and now - each["opened_at"] <= _RECENT:
            head = await tickets.by_id(conn, ticket.account_id, each["ticket_id"])
            return head, 1 + len({other.citizen_id for other in await tickets.merged_into(conn, head)})
    return None


async def index_owed(conn: Conn, account_ids: Sequence[AccountId], *, size: int) -> int:
    """Take new inquiries into the index, and what they speak of for the topics; how many they were."""
    owed = await rows.take_inquiries_owed(conn, account_ids, size=size)
    read = await asyncio.to_thread(
        lambda: [(read_question(each["body"]), topic_words(each["body"]), place_in(each["body"])) for each in owed]
    )
    for each, (question, said, place) in zip(owed, read, strict=True):
        await rows.add_inquiry(conn, each["account_id"], each["ticket_id"], question.pairs)
        await topic_rows.add_words(conn, each["account_id"], each["ticket_id"], said, place)
    return len(owed)


async def _alike(
    conn: Conn, ticket: Ticket, wanted: Question, department_id: DepartmentId | None, *, least: float = LEAST
) -> list[View]:
    counts = await rows.counts(conn, ticket.account_id, tokens_of(wanted))
    rarest = sorted(wanted.pairs, key=lambda pair: (counts.get(pair, 0), pair))[:_PAIRS]
    if not rarest:
        return []
    candidates = await rows.tickets_sharing(conn, ticket, rarest, department_id=department_id, size=_CANDIDATES)
    rarity = Rarity(counts.get("", 0), counts)
    by_id = {row["ticket_id"]: row for row in candidates}
    best = await asyncio.to_thread(
        lambda: most_alike(
            wanted, [(key, [read_question(row["body"])]) for key, row in by_id.items()], rarity, least=least, limit=SHOWN * 3
        )
    )
    return [
        {
            **by_id[each.key],
            "likeness": each.likeness,
            "own": by_id[each.key]["citizen_id"] == ticket.citizen_id,
            "open": State(by_id[each.key]["state"]) in OPEN,
        }
        for each in best
    ]
