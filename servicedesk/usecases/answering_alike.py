"""Published answers that look like an inquiry: with the reply, or after it where the reply could not wait."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from servicedesk.domain.model import Account, AccountId
from servicedesk.language import likeness, segmenting
from servicedesk.store import accounts, deliveries, messages, publications, tickets
from servicedesk.store.db import Conn, View
from servicedesk.usecases.answering import wake_outbox

SHOWN = 3
_CANDIDATES = 120
_WORDS = 24
Words = Callable[[Account, list[View]], str]


async def most_alike(conn: Conn, account_id: AccountId, text: str) -> list[View]:
    """Up to three that really match, by id and title; silence rather than nonsense."""
    words = segmenting.telling_words(text)[:_WORDS]
    if not words:
        return []
    found = await publications.sharing_words(conn, account_id, words, size=_CANDIDATES)
    candidates = [(row["publication_id"], f"{row['title']} {row['question']}") for row in found]
    titles = {row["publication_id"]: row["title"] for row in found}
    return [{"id": key, "title": titles[key]} for key in likeness.most_alike(text, candidates, SHOWN)]


async def owe_late(conn: Conn, account_ids: Sequence[AccountId], words: Words, *, now: datetime, size: int) -> int:
    """Look for those whose reply went without; how many were looked at. What is found is owed as a notice."""
    owed = await tickets.alike_owed(conn, account_ids, size=size)
    for account_id, ticket_id in owed:
        ticket = await tickets.by_id(conn, account_id, ticket_id)
        found = await most_alike(conn, account_id, await messages.citizens_words(conn, ticket))
        if found:
            body = words(await accounts.by_id(conn, account_id), found)
            await deliveries.owe(conn, ticket, purpose="notice", body=body, answer_id=None, by=None, now=now)
    if owed:
        await wake_outbox(conn)
    return len(owed)
