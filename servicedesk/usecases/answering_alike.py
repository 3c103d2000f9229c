"""Published answers that look like an inquiry: their index, and the looking, with the reply or after it."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import groupby

from servicedesk.domain.model import Account, AccountId
from servicedesk.language.likeness import THRESHOLD, Rarity, most_alike, tokens_of
from servicedesk.language.questions import Question, read_question
from servicedesk.store import accounts, deliveries, messages, tickets
from servicedesk.store import likeness as rows
from servicedesk.store.db import Conn, View
from servicedesk.usecases.answering import wake_outbox

SHOWN = 3
# The rarest pairs of a text are looked up, the newest of each; the best by shared pairs are compared in full.
_TOKENS, _POSTINGS, _CANDIDATES = 12, 2000, 40
Words = Callable[[Account, list[View]], str]


async def alike(conn: Conn, account_id: AccountId, text: str, *, least: float = THRESHOLD, limit: int = SHOWN) -> list[View]:
    """Published answers that really match, by id, title and likeness; silence rather than nonsense."""
    wanted = await asyncio.to_thread(read_question, text)
    if not wanted.pairs:
        return []
    found = await rows.candidates(
        conn, account_id, wanted.pairs, tokens_most=_TOKENS, postings_most=_POSTINGS, size=_CANDIDATES
    )
    if not found:
        return []
    read = await asyncio.to_thread(_read, found)
    tokens = set().union(tokens_of(wanted), *(tokens_of(each) for _, questions in read for each in questions))
    counts = await rows.counts(conn, account_id, tokens)
    rarity = Rarity(counts.get("", 0), counts)
    best = await asyncio.to_thread(lambda: most_alike(wanted, read, rarity, least=least, limit=limit))
    titles = {row["publication_id"]: row["title"] for row in found}
    return [{"id": each.key, "title": titles[each.key], "likeness": each.likeness} for each in best]


async def most_alike_of(conn: Conn, account_id: AccountId, text: str) -> list[View]:
    """Up to three for a citizen's reply, by id and title."""
    return [{"id": each["id"], "title": each["title"]} for each in await alike(conn, account_id, text)]


async def index_owed(conn: Conn, account_ids: Sequence[AccountId], *, size: int) -> int:
    """Take new publications into the index; how many they were."""
    owed = sorted(await rows.take_owed(conn, account_ids, size=size), key=lambda each: each["account_id"])
    for account_id, group in groupby(owed, key=lambda each: AccountId(each["account_id"])):
        await rows.add(conn, account_id, *await asyncio.to_thread(_indexed, list(group)))
    return len(owed)


async def owe_late(conn: Conn, account_ids: Sequence[AccountId], words: Words, *, now: datetime, size: int) -> int:
    """Look for those whose reply went without; how many were looked at. What is found is owed as a notice."""
    owed = await tickets.alike_owed(conn, account_ids, size=size)
    for account_id, ticket_id in owed:
        ticket = await tickets.by_id(conn, account_id, ticket_id)
        found = await most_alike_of(conn, account_id, await messages.citizens_words(conn, ticket))
        if found:
            body = words(await accounts.by_id(conn, account_id), found)
            await deliveries.owe(conn, ticket, purpose="notice", body=body, answer_id=None, by=None, now=now)
    if owed:
        await wake_outbox(conn)
    return len(owed)


def _read(found: Sequence[View]) -> list[tuple[int, list[Question]]]:
    """A publication says its matter twice: in its title and in the citizen's words."""
    return [
        (row["publication_id"], [read_question(each) for each in dict.fromkeys((row["title"], row["question"]))])
        for row in found
    ]


def _indexed(publications: Sequence[View]) -> tuple[list[tuple[str, int]], Counter[str]]:
    """The pairs of each publication, and in how many of them each token stands."""
    postings, counts = [], Counter({"": len(publications)})
    for key, questions in _read(publications):
        postings += [(pair, key) for pair in sorted(set().union(*(each.pairs for each in questions)))]
        counts.update(set().union(*(tokens_of(each) for each in questions)))
    return postings, counts
