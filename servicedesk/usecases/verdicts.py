"""The citizen's verdict on their own page: solved or not, how satisfied; not solved goes on with the original clock."""

from __future__ import annotations

from datetime import datetime

from servicedesk.domain.errors import InvalidForm, NotFound, WrongState
from servicedesk.domain.model import Account, Event, State, Ticket
from servicedesk.store import messages, ratings, tickets
from servicedesk.store.db import Conn
from servicedesk.usecases import ending

WORDS_LIMIT = 500


async def give(conn: Conn, account: Account, number: str, *, solved: str, score: str, words: str, now: datetime) -> Ticket:
    """Keep the verdict. solved: yes, no or empty; score: 1 to 5 or empty. Raises NotFound, InvalidForm, WrongState."""
    if solved not in ("yes", "no", "") or score not in ("", "1", "2", "3", "4", "5") or not (solved or score):
        raise InvalidForm("verdict", "missing")
    if len(words) > WORDS_LIMIT:
        raise InvalidForm("verdict", "too_long", limit=str(WORDS_LIMIT))
    found = await tickets.by_number(conn, account.id, number)
    if found is None:
        raise NotFound
    ticket = await tickets.lock(conn, account.id, found.id)
    if ticket.state not in (State.ANSWERED, State.CLOSED):
        raise WrongState
    said = words.strip()
    if said:
        await messages.add(conn, ticket, direction="in", kind="text", body=said, now=now)
    await ratings.add(
        conn, ticket, solved={"yes": True, "no": False}.get(solved), score=int(score) if score else None, words=said, now=now
    )
    await tickets.add_event(conn, ticket, Event("rated", {"solved": solved, "score": score, "words": said}), now=now)
    return await ending.reopened_by_citizen(conn, account, ticket, now=now) if solved == "no" else ticket
