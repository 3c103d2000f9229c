"""Topics 热点: found in what citizens write, shown with their tickets, tied to what was published on them."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from servicedesk.domain.access import Page, check_page
from servicedesk.domain.bursts import LEAST, Burst, Said, is_unusual, joined, place_of
from servicedesk.domain.errors import InvalidForm, NotFound, NotPermitted
from servicedesk.domain.model import Account, AccountId, Actor, Role
from servicedesk.store import accounts, publications
from servicedesk.store import topics as rows
from servicedesk.store.db import Conn, View

KEPT = timedelta(days=60)
_BASE = timedelta(days=28)
_LASTS = timedelta(days=3)  # so long after it was seen last, the same words are the same topic
_WINDOWS = (("burst", 1), ("rising", 7))  # days
_SAME = 0.3  # of a burst's words in a topic's, or the other way
SHOWN, TICKETS_SHOWN, CURVE_DAYS = 40, 50, 30
TITLE_LIMIT = 100
TYING = frozenset({Role.SUPERVISOR, Role.EDITOR, Role.ADMIN})
DISMISSING = frozenset({Role.SUPERVISOR, Role.ADMIN})


@dataclass(frozen=True)
class TopicPage:
    """One topic: its curve day by day, the tickets behind it, and what was published on it."""

    topic: View
    curve: list[View]
    most: int
    tickets: list[View]
    notices: list[View]
    published: list[View]
    may_tie: bool
    may_dismiss: bool


@dataclass(frozen=True)
class _Unusual:
    """A burst in some days: how many citizens are usual in as many, and the place that most of its tickets name."""

    burst: Burst
    usual: float
    place: str | None
    kind: str
    since: date
    until: date


async def look(conn: Conn, account: Account, *, now: datetime) -> int:
    """Look for what is unusual today and this week; how many new topics there are."""
    today = now.astimezone(account.zone).date()
    await rows.forget_words(conn, [account.id], before=today - KEPT)
    made = 0
    for kind, days in _WINDOWS:
        since = today - timedelta(days=days - 1)
        for each in await _unusual(conn, account.id, kind, since, today):
            made += await _keep(conn, account.id, each, now=now)
    await rows.looked(conn, account.id)
    return made


async def listed(conn: Conn, actor: Actor) -> list[View]:
    """Topics, the latest first. Raises NotPermitted."""
    check_page(actor, Page.TOPICS)
    return await rows.newest(conn, actor.account_id, size=SHOWN)


async def view(conn: Conn, actor: Actor, topic_id: int, *, now: datetime) -> TopicPage:
    """One topic. Raises NotPermitted, NotFound."""
    check_page(actor, Page.TOPICS)
    topic = await _topic(conn, actor, topic_id)
    account = await accounts.by_id(conn, actor.account_id)
    until = min(topic["last_on"] + timedelta(days=7), now.astimezone(account.zone).date())
    curve = await rows.curve(conn, account.id, topic_id, since=until - timedelta(days=CURVE_DAYS - 1), until=until)
    published = await publications.newest(conn, account.id, department=None, before=2**62, size=20)
    return TopicPage(
        topic,
        curve,
        max((each["citizens"] for each in curve), default=0),
        await rows.tickets(conn, account.id, topic_id, size=TICKETS_SHOWN),
        await rows.notices(conn, account.id, topic_id, now=now),
        published,
        actor.role in TYING,
        actor.role in DISMISSING,
    )


async def tie(conn: Conn, actor: Actor, topic_id: int, form: Mapping[str, str], *, now: datetime) -> None:
    """Something was published on it: one of our publications, or a notice elsewhere with its title and time.

    Raises NotPermitted, NotFound, InvalidForm.
    """
    check_page(actor, Page.TOPICS)
    if actor.role not in TYING:
        raise NotPermitted
    await _topic(conn, actor, topic_id)
    account = await accounts.by_id(conn, actor.account_id)
    chosen = form.get("publication", "")
    if chosen:
        found = await publications.by_id(conn, account.id, int(chosen)) if chosen.isascii() and chosen.isdigit() else None
        if found is None:
            raise InvalidForm("publication", "unknown")
        title, at, publication_id = found["title"], found["published_at"], found["publication_id"]
    else:
        title, at, publication_id = form.get("notice_title", "").strip(), _time(form.get("at", ""), account), None
        if not title:
            raise InvalidForm("notice_title", "missing")
        if len(title) > TITLE_LIMIT:
            raise InvalidForm("notice_title", "too_long", limit=str(TITLE_LIMIT))
        if at > now:
            raise InvalidForm("at", "not_a_day")
    await rows.add_notice(
        conn, account.id, topic_id, publication_id=publication_id, title=title, published_at=at, by=actor.staff_id
    )


async def dismiss(conn: Conn, actor: Actor, topic_id: int) -> None:
    """不是热点. Raises NotPermitted, NotFound."""
    check_page(actor, Page.TOPICS)
    if actor.role not in DISMISSING:
        raise NotPermitted
    if not await rows.dismiss(conn, actor.account_id, topic_id, by=actor.staff_id):
        raise NotFound


async def _unusual(conn: Conn, account_id: AccountId, kind: str, since: date, until: date) -> list[_Unusual]:
    """What is unusual in these days; nothing is in the first days of a desk."""
    first = await rows.first_day(conn, account_id)
    if first is None or since <= first:
        return []
    base_since = max(since - _BASE, first)
    counted = await rows.counts(conn, account_id, since=since, until=until, base_since=base_since, least=LEAST)
    share = ((until - since).days + 1) / (since - base_since).days
    usual = {each["word"]: each["before"] * share for each in counted}
    chosen = [each["word"] for each in counted if is_unusual(each["citizens"], usual[each["word"]], len(counted))]
    if not chosen:
        return []
    said = await rows.tickets_of(conn, account_id, chosen, since=since, until=until)
    return [
        _Unusual(burst, usual[burst.words[0]], place, kind, since, until)
        for burst, place in await asyncio.to_thread(_joined, said)
    ]


def _joined(said: Sequence[View]) -> list[tuple[Burst, str | None]]:
    tickets: dict[str, set[int]] = defaultdict(set)
    citizens: dict[str, set[int]] = defaultdict(set)
    places: dict[int, str] = {}
    for row in said:
        tickets[row["word"]].add(row["ticket_id"])
        citizens[row["word"]].add(row["citizen_id"])
        if row["place"]:
            places[row["ticket_id"]] = row["place"]
    bursts = joined([Said(word, frozenset(tickets[word]), frozenset(citizens[word])) for word in tickets])
    return [
        (burst, place_of(Counter(places[each] for each in burst.tickets if each in places), len(burst.tickets)))
        for burst in bursts
    ]


async def _keep(conn: Conn, account_id: AccountId, found: _Unusual, *, now: datetime) -> bool:
    """A topic that lasts goes on; a new one is told to the supervisors, once."""
    burst = found.burst
    for topic in await rows.lasting(conn, account_id, since=found.until - _LASTS):
        shared = len(set(topic["words"]) & set(burst.words))
        if shared >= _SAME * len(topic["words"]):
            if topic["kind"] == found.kind:
                await rows.goes_on(conn, account_id, topic["topic_id"], burst, until=found.until)
            return False
    made = await rows.add(
        conn, account_id, burst, place=found.place, kind=found.kind, since=found.since, until=found.until, usual=found.usual,
        now=now,
    )  # fmt: skip
    facts = {"topic": made, "words": list(burst.words[:3]), "place": found.place, "citizens": len(burst.citizens)}
    await rows.tell(conn, account_id, max(burst.tickets), facts, now=now)
    return True


async def _topic(conn: Conn, actor: Actor, topic_id: int) -> View:
    found = await rows.by_id(conn, actor.account_id, topic_id)
    if found is None:
        raise NotFound
    return found


def _time(given: str, account: Account) -> datetime:
    try:
        return datetime.fromisoformat(given).replace(tzinfo=account.zone)
    except ValueError:
        raise InvalidForm("at", "not_a_day") from None
