"""Spotting topics: what so many citizens speak of that chance does not explain it, told of once."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from servicedesk.domain.bursts import LEAST, TIMES, Burst, Said, is_unusual, joined, like_days, place_of
from servicedesk.domain.model import Account, AccountId
from servicedesk.store import topics as rows
from servicedesk.store.db import Conn, View
from servicedesk.usecases import telling

KEPT = timedelta(days=60)
AGAIN = timedelta(minutes=2)  # true time; counting a busy day takes a second
_BASE = timedelta(days=28)
_LASTS = timedelta(days=3)  # so long after it was seen last, the same words are the same topic
_WINDOWS = (("burst", 1), ("rising", 7))  # days
_SAME = 0.3  # of a topic's words in a burst's


@dataclass(frozen=True)
class _Window:
    """Days that are looked at, and those before that say what is usual."""

    kind: str
    since: date
    until: date
    base_days: list[date]


@dataclass(frozen=True)
class _Unusual:
    """A burst in some days: how many citizens are usual in as many, and its place."""

    burst: Burst
    usual: float
    place: str | None
    window: _Window


async def look(conn: Conn, account: Account, *, now: datetime, wall: datetime) -> int:
    """Look for what is unusual today and this week; how many new topics there are."""
    today = now.astimezone(account.zone).date()
    await rows.forget_words(conn, [account.id], before=today - KEPT)
    await rows.count_days(conn, account.id, until=today)
    first, made = await rows.first_day(conn, account.id), 0
    for kind, days in _WINDOWS:
        since = today - timedelta(days=days - 1)
        # Nothing is unusual in the first days of a desk.
        if first is not None and first < since:
            window = _Window(kind, since, today, like_days(max(first, since - _BASE), since, whole_weeks=days > 1))
            for each in await _unusual(conn, account.id, window):
                made += await _keep(conn, account, each, now=now)
    await rows.looked(conn, account.id, wall=wall)
    return made


async def _unusual(conn: Conn, account_id: AccountId, window: _Window) -> list[_Unusual]:
    share = ((window.until - window.since).days + 1) / len(window.base_days)
    counted = await rows.counts(
        conn, account_id, since=window.since, today=window.until, base_days=window.base_days, least=LEAST, times=TIMES * share
    )  # fmt: skip
    likely = [each for each in counted if is_unusual(each["citizens"], each["before"], share, each["tried"])]
    if not likely:
        return []
    words = sorted({each["word"] for each in likely})
    said = await rows.tickets_of(conn, account_id, words, since=window.since, until=window.until)
    usual = {(each["place"], each["word"]): each["before"] * share for each in likely}
    return [
        _Unusual(burst, usual[where, burst.words[0]], place, window)
        for burst, where, place in await asyncio.to_thread(lambda: _bursts(said, _confirmed(said, likely, share)))
    ]


def _confirmed(said: Sequence[View], likely: Sequence[View], share: float) -> list[tuple[str | None, str]]:
    """Where and which words are unusual also where a citizen who wrote on several days counts once."""
    citizens: dict[tuple[str | None, str], set[int]] = defaultdict(set)
    for row in said:
        for where in {None, row["place"]}:
            citizens[where, row["word"]].add(row["citizen_id"])
    return [
        (each["place"], each["word"])
        for each in likely
        if is_unusual(len(citizens[each["place"], each["word"]]), each["before"], share, each["tried"])
    ]


def _bursts(said: Sequence[View], chosen: Sequence[tuple[str | None, str]]) -> list[tuple[Burst, str | None, str | None]]:
    """Bursts of the whole account, then those of single places that are not among them.

    Each with where it was counted, and its place: that of most of its tickets.
    """
    places = {row["ticket_id"]: row["place"] for row in said if row["place"]}
    found: list[tuple[Burst, str | None, str | None]] = [
        (burst, None, place_of(Counter(places[each] for each in burst.tickets if each in places), len(burst.tickets)))
        for burst in _joined(said, {word for where, word in chosen if where is None})
    ]
    words_by_place = defaultdict(set)
    for where, word in chosen:
        if where is not None:
            words_by_place[where].add(word)
    for where, words in sorted(words_by_place.items()):
        for burst in _joined([row for row in said if row["place"] == where], words):
            _put(found, burst, where)
    return found


def _put(found: list[tuple[Burst, str | None, str | None]], burst: Burst, where: str) -> None:
    """Add a burst of one place, unless the whole account's says the same.

    What is unusual everywhere may be no more than the place's own name: then the place's words say what it is about.
    """
    for number, (other, _, place) in enumerate(found):
        if place in (None, where) and set(burst.words) & set(other.words):
            if place == where and set(burst.words) > set(other.words):
                found[number] = (burst, where, where)
            return
    found.append((burst, where, where))


def _joined(said: Sequence[View], words: set[str]) -> list[Burst]:
    tickets: dict[str, set[int]] = defaultdict(set)
    citizens: dict[str, set[int]] = defaultdict(set)
    for row in said:
        if row["word"] in words:
            tickets[row["word"]].add(row["ticket_id"])
            citizens[row["word"]].add(row["citizen_id"])
    return joined([Said(word, frozenset(tickets[word]), frozenset(citizens[word])) for word in tickets])


async def _keep(conn: Conn, account: Account, found: _Unusual, *, now: datetime) -> bool:
    """A topic that lasts goes on; a new one is told to the supervisors, once."""
    burst, window = found.burst, found.window
    for topic in await rows.lasting(conn, account.id, since=window.until - _LASTS):
        apart = None not in (topic["place"], found.place) and topic["place"] != found.place
        if not apart and len(set(topic["words"]) & set(burst.words)) >= _SAME * len(topic["words"]):
            if topic["kind"] == window.kind:
                place = found.place if topic["place"] == found.place else None
                await rows.goes_on(conn, account.id, topic["topic_id"], burst, place=place, until=window.until)
            return False
    made = await rows.add(
        conn, account.id, burst, place=found.place, kind=window.kind, since=window.since, until=window.until, usual=found.usual,
        now=now,
    )  # fmt: skip
    facts = {"topic": made, "words": list(burst.words[:3]), "place": found.place, "citizens": len(burst.citizens)}
    await rows.tell(conn, account.id, max(burst.tickets), facts, now=now)
    await telling.tell_of_topic(conn, account, {**facts, "kind": window.kind, "usual": round(found.usual, 1)}, now=now)
    return True
