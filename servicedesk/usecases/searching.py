"""Search: an index that follows what happens, what a person finds in it, and the account's own words."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from servicedesk.domain.access import Page, check_page
from servicedesk.domain.desk import scope
from servicedesk.domain.errors import InvalidForm
from servicedesk.domain.model import Account, AccountId, Actor, TicketId
from servicedesk.language.searching import Dictionary, as_query, excerpts, index_words, terms_of
from servicedesk.store import publications
from servicedesk.store import search as rows
from servicedesk.store.db import Conn, View
from servicedesk.usecases import following

PAGE = 20
# So many ticket ids a mark of the index stands for (search_words in sql/). The newest are asked first: a common word fills its
# page there. By what it found it asks as many more as should fill the page, or all, where a rare word costs little.
_MARKED = (2_000, 16_000, 128_000)
_FIRST = 2_000  # ticket ids
_MARKS_MOST = 7
_SURE = 1.5  # times what should be enough
_AT_ONCE = 200
_LONGEST = 20_000  # characters of one message
_QUESTION_LIMIT = 100
WORD_LIMIT, SYNONYMS_MOST, WORDS_MOST = 40, 10, 2000


@dataclass(frozen=True)
class Found:
    """A page of what was found: rows with the pieces of the excerpt; `before` is the key of the next page."""

    question: str
    rows: list[View]
    before: int | None


async def search(conn: Conn, actor: Actor, question: str, *, before: int = 2**62) -> Found:
    """Tickets that say all that is asked for, newest first, of those that this person sees. Raises NotPermitted."""
    check_page(actor, Page.SEARCH)
    terms = await asyncio.to_thread(terms_of, question[:_QUESTION_LIMIT], await _dictionary(conn, actor.account_id))
    if not terms:
        return Found(question, [], None)
    ids = await _find(conn, actor.account_id, terms, _scope(actor.account_id, scope(actor)), before)
    shown = await rows.found(conn, actor.account_id, ids[:PAGE])
    texts = {each["ticket_id"]: each["texts"] for each in await rows.texts_of(conn, actor.account_id, ids[:PAGE], longest=2000)}
    pieces = await asyncio.to_thread(excerpts, [texts.get(each["ticket_id"], ()) for each in shown], terms)
    return Found(
        question,
        [{**each, "pieces": piece} for each, piece in zip(shown, pieces, strict=True)],
        ids[PAGE - 1] if len(ids) > PAGE else None,
    )


async def search_published(conn: Conn, account: Account, question: str, *, size: int = 30) -> list[View]:
    """Published answers that say all that is asked for, newest first."""
    terms = await asyncio.to_thread(terms_of, question[:_QUESTION_LIMIT], await _dictionary(conn, account.id))
    return await publications.search(conn, account.id, as_query(terms), size=size) if terms else []


async def words_of_publication(conn: Conn, account_id: AccountId, text: str) -> list[str]:
    """What a publication is found by."""
    return await asyncio.to_thread(index_words, [text], await _dictionary(conn, account_id))


async def follow(conn: Conn, account_id: AccountId, *, wall: datetime) -> bool:
    """Take into the index what has happened; True where there is more."""
    return await following.follow(conn, account_id, rows, partial(index, conn, account_id), wall=wall)


async def index(conn: Conn, account_id: AccountId, ticket_ids: Sequence[TicketId]) -> None:
    """These tickets' documents anew."""
    dictionary = await _dictionary(conn, account_id)
    for first in range(0, len(ticket_ids), _AT_ONCE):
        texts = await rows.texts_of(conn, account_id, ticket_ids[first : first + _AT_ONCE], longest=_LONGEST)
        await rows.put(conn, account_id, await asyncio.to_thread(_documents, texts, dictionary))


async def own_words(conn: Conn, actor: Actor) -> dict[str, list[str]]:
    """The account's own words. Raises NotPermitted."""
    check_page(actor, Page.SETTINGS)
    return await rows.own_words(conn, actor.account_id)


async def set_own_words(conn: Conn, actor: Actor, text: str) -> None:
    """A word a line, with what means the same after an equals sign. Raises NotPermitted, InvalidForm."""
    check_page(actor, Page.SETTINGS)
    words: dict[str, list[str]] = {}
    for line in filter(None, (each.strip() for each in text.replace("＝", "=").splitlines())):
        word, _, others = (part.strip() for part in line.partition("="))
        synonyms = list(dict.fromkeys(others.replace("、", " ").replace("，", " ").replace(",", " ").split()))
        if (
            any(not 2 <= len(each) <= WORD_LIMIT for each in (word, *synonyms))
            or len(word.split()) != 1
            or len(synonyms) > SYNONYMS_MOST
        ):
            raise InvalidForm("own_words", "malformed", line=line[:WORD_LIMIT])
        words[word] = synonyms
    if len(words) > WORDS_MOST:
        raise InvalidForm("own_words", "too_many", limit=str(WORDS_MOST))
    await rows.set_own_words(conn, actor.account_id, words)


async def _find(
    conn: Conn, account_id: AccountId, terms: Sequence[tuple[str, ...]], within: str, before: int
) -> list[TicketId]:
    newest = min(before, await rows.newest(conn, account_id) + 1)
    span = _FIRST
    while marks := newest_marks(within, newest, span):
        found = await rows.find(conn, account_id, as_query(terms, scope=within, marks=marks), before=before, size=PAGE + 1)
        if len(found) > PAGE:
            return found
        span = max(2 * span, int(span * _SURE * (PAGE + 1) / (len(found) + 0.5)))
    return await rows.find(conn, account_id, as_query(terms, scope=within), before=before, size=PAGE + 1)


def newest_marks(within: str, newest: int, span: int) -> list[str]:
    """Marks of a scope's newest tickets, at least so many ids; none where that would be too many marks, or all tickets."""
    size = next((each for each in _MARKED if span <= each * (_MARKS_MOST - 1)), None)
    if size is None or span >= newest:
        return []
    return [f"{within}:m{size}:{newest // size - back}" for back in range(-(-span // size) + 1)]


async def _dictionary(conn: Conn, account_id: AccountId) -> Dictionary:
    return Dictionary(await rows.own_words(conn, account_id))


def _scope(account_id: AccountId, department_id: int | None) -> str:
    """What a word is preceded by in the index: whose tickets say it."""
    return f"a{account_id}:" if department_id is None else f"d{department_id}:"


def _documents(tickets: Sequence[View], dictionary: Dictionary) -> list[dict[str, Any]]:
    return [
        {
            "ticket_id": each["ticket_id"],
            "department_ids": sorted({id_ for id_ in (each["department_id"], *each["supporting"]) if id_}),
            "words": index_words(each["texts"], dictionary),
        }
        for each in tickets
    ]
