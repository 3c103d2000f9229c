"""The index of all that tickets say, how far it has looked, and each account's own words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from servicedesk.domain.model import AccountId, TicketId
from servicedesk.store.db import Conn, View, queries, view, views


async def take_turn(conn: Conn, account_id: AccountId) -> bool:
    """Whether this transaction alone works on the account's index."""
    return bool(await queries.take_search_turn(conn, account_id=account_id))


async def mark(conn: Conn, account_id: AccountId) -> View | None:
    """Up to which event the index has looked."""
    rows = await queries.search_marks(conn, account_ids=[account_id])
    return view(rows[0]) if rows else None


async def put_mark(conn: Conn, account_id: AccountId, *, event_id: int, seen_event_id: int, seen_at: datetime) -> None:
    """Remember it."""
    await queries.put_search_mark(conn, account_id=account_id, event_id=event_id, seen_event_id=seen_event_id, seen_at=seen_at)


async def to_index(conn: Conn, account_ids: Sequence[AccountId], *, settled: datetime) -> list[AccountId]:
    """The accounts with events after their mark; what was seen before `settled` counts as looked at."""
    rows = await queries.accounts_to_index(conn, account_ids=account_ids, settled=settled)
    return [AccountId(row["account_id"]) for row in rows]


async def texts_of(conn: Conn, account_id: AccountId, ticket_ids: Sequence[TicketId], *, longest: int) -> list[View]:
    """What each ticket says, with its departments (ticket_id, department_id, supporting, texts)."""
    return views(await queries.texts_of_tickets(conn, account_id=account_id, ticket_ids=ticket_ids, longest=longest))


async def put(conn: Conn, account_id: AccountId, documents: Sequence[Mapping[str, Any]]) -> None:
    """Documents: ticket_id, department_ids and words."""
    await queries.put_search_documents(conn, account_id=account_id, documents=documents)


async def newest(conn: Conn, account_id: AccountId) -> int:
    """The newest ticket in the index."""
    return int(await queries.newest_document(conn, account_id=account_id))


async def find(conn: Conn, account_id: AccountId, query: str, *, before: int, size: int) -> list[TicketId]:
    """The newest tickets that a tsquery finds, before an id."""
    rows = await queries.search_tickets(conn, account_id=account_id, query=query, id_before=before, size=size)
    return [TicketId(row["ticket_id"]) for row in rows]


async def found(conn: Conn, account_id: AccountId, ticket_ids: Sequence[TicketId]) -> list[View]:
    """What a list shows of tickets, newest first."""
    return views(await queries.tickets_found(conn, account_id=account_id, ticket_ids=ticket_ids))


async def own_words(conn: Conn, account_id: AccountId) -> dict[str, list[str]]:
    """The account's own words, each with those that mean the same."""
    return {row["word"]: list(row["synonyms"]) for row in await queries.account_words(conn, account_id=account_id)}


async def set_own_words(conn: Conn, account_id: AccountId, words: Mapping[str, Sequence[str]]) -> None:
    """The whole list."""
    await queries.drop_account_words(conn, account_id=account_id)
    for word, synonyms in words.items():
        await queries.add_account_word(conn, account_id=account_id, word=word, synonyms=list(synonyms))
