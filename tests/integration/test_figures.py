"""Figures: the rollups against independent code that reads nothing but events."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from servicedesk.domain.errors import DeskError, InvalidForm, NotPermitted
from servicedesk.domain.figures import EDGES, NAMES, bucket_of
from servicedesk.domain.model import State
from servicedesk.domain.sla import DeadlineKind
from servicedesk.store import accounts, citizens, deadlines, figures
from servicedesk.usecases import answering, assigning, ending, escalation, following, measuring, pausing
from tests.desk import NOW, Desk

MINUTE = timedelta(minutes=1)


def spent(open_minutes: set[int], start: datetime, end: datetime) -> int:
    """Working minutes by counting them one by one."""
    first, last = (int(at.timestamp() // 60) for at in (start, end))
    return sum(minute in open_minutes for minute in range(first, last))


async def counted(desk: Desk) -> set[int]:
    """Every working minute of the weeks around, as the calendar's table has the days."""
    days = {row["day"]: row["working"] for row in await desk.conn.fetch("SELECT day, working FROM calendar_day")}
    found = set()
    at = NOW - timedelta(days=2)
    while at < NOW + timedelta(days=60):
        local = at.astimezone(desk.account.zone)
        works = days.get(local.date(), local.weekday() < 5)
        if works and any(opens <= local.time() < closes for opens, closes in desk.account.intervals):
            found.add(int(at.timestamp() // 60))
        at += MINUTE
    return found


@dataclass
class Story:
    """A ticket as its events tell it."""

    minutes: set[int]
    opened: datetime
    accepted: datetime | None = None
    replied: datetime | None = None
    answered: datetime | None = None
    state: str = "open"
    returns: int = 0
    paused: int = 0
    since: datetime | None = None
    drafted: datetime | None = None
    submitted: datetime | None = None
    solved: bool | None = None
    score: int | None = None
    hands: list[tuple[bool, datetime, datetime]] = field(default_factory=list)
    held: tuple[bool, datetime] | None = None  # by a department, not by the dispatchers; since when

    def hear(self, row: Any) -> None:
        kind, at = row["kind"], row["happened_at"]
        self.note(kind, at, row["facts"])
        if kind == "accepted":
            self.accepted = at
        elif kind in ("returned", "assigned") and row["staff_id"] is not None:
            self.accepted = None
            self.returns += kind == "returned"
        elif kind in ("replied", "answered"):
            self.replied = self.replied or at
            self.answered, self.state = (at, "answered") if kind == "answered" else (self.answered, self.state)
        elif kind in ("reopened", "withdrawn"):
            self.answered, self.state = None, "open" if kind == "reopened" else kind
        else:
            self.stand_still(kind, at)

    def note(self, kind: str, at: datetime, facts: dict[str, Any]) -> None:
        if kind == "opened":
            self.held = facts["routing"]["doubt"] is None, at
        elif kind in ("assigned", "returned"):
            self.leave(at)
            self.held = kind == "assigned", at
        elif kind == "answering":
            self.drafted = at
        elif kind == "answer_owed":
            self.submitted = at
        elif kind == "rated":
            self.solved = True if facts["words"] == "满意" else self.solved
            self.score = {"满意": 4, "不满意": 2}[facts["words"]]
        elif kind == "reopened" and facts.get("by_citizen"):
            self.solved = False

    def leave(self, at: datetime) -> None:
        assert self.held is not None
        by_department, since = self.held
        if by_department or at > since:
            self.hands.append((by_department, since, at))

    def stand_still(self, kind: str, at: datetime) -> None:
        if kind == "paused":
            self.since = at
        elif kind == "resumed" and self.since is not None:
            self.paused += spent(self.minutes, self.since, at)


async def from_events(desk: Desk, now: datetime) -> tuple[Counter[Any], Counter[Any]]:
    """Counts and buckets of the account, from ticket_event alone (and the dates that were promised)."""
    minutes = await counted(desk)
    stories: dict[int, Story] = {}
    for row in await desk.conn.fetch("SELECT * FROM ticket_event ORDER BY event_id"):
        stories.setdefault(row["ticket_id"], Story(minutes, row["happened_at"])).hear(row)
    due: dict[tuple[int, str], datetime] = {
        (row["ticket_id"], row["kind"]): row["due_at"]
        for row in await desk.conn.fetch("SELECT ticket_id, kind, due_at FROM deadline WHERE round = 0")
    }
    counts: Counter[Any] = Counter()
    buckets: Counter[Any] = Counter()
    for story in stories.values():
        if story.state == "withdrawn":
            continue
        counts.update({"verdicts": story.solved is not None, "solved": story.solved is True})
        counts.update({"scored": story.score is not None, "satisfied": (story.score or 0) >= 3})
        if story.answered:
            story.leave(story.answered)
        if story.answered and story.drafted and story.submitted:
            buckets["review", bucket_of(spent(minutes, story.drafted, story.submitted))] += 1
        for _, begun, ended in story.hands:
            buckets["hand", bucket_of(spent(minutes, begun, ended))] += 1
    for ticket_id, story in stories.items():
        counts.update({"received": 1, story.state: 1, "returned": story.returns})
        for name, judged, met, less in (
            ("acceptance", "acceptance_judged", story.accepted, 0), ("first_reply", "reply_judged", story.replied, 0),
            ("resolution", "judged", story.answered, story.paused),
        ) if story.state != "withdrawn" else ():  # fmt: skip
            in_time = met <= due[ticket_id, name] if met else None if due[ticket_id, name] > now else False
            counts[judged] += in_time is not None
            counts[f"{name} in time"] += in_time is True
            if met:
                buckets[name, bucket_of(spent(minutes, story.opened, met) - less)] += 1
    return counts, buckets


async def rolled(desk: Desk) -> tuple[Counter[Any], Counter[Any]]:
    span = figures.Span((0,), ("",), date(2026, 11, 1), date(2027, 2, 1))
    (row,) = await figures.sums(desk.conn, desk.account.id, span)
    counts = Counter({name: row[name] for name in (
        "received", "open", "answered", "withdrawn", "returned", "acceptance_judged", "reply_judged", "judged", "verdicts",
        "solved", "scored", "satisfied")})  # fmt: skip
    counts["acceptance in time"], counts["first_reply in time"] = row["accepted_on_time"], row["replied_on_time"]
    counts["resolution in time"] = row["resolved_on_time"]
    rows = await figures.buckets(desk.conn, desk.account.id, span, NAMES)
    return counts, Counter({(row["name"], int(key)): tickets for row in rows for key, tickets in row["buckets"].items()})


def words(_account: object, facts: dict[str, str]) -> str:
    return " ".join(str(value) for value in facts.values())


async def lived(desk: Desk, seed: int) -> datetime:
    """Weeks of a small desk, by chance; the instant at which they end."""
    chance, now = random.Random(seed), NOW
    numbers: list[str] = []
    for step in range(90):
        now += timedelta(minutes=chance.randrange(1, 400))
        if step % 6 == 0:
            numbers.append(await desk.asked(openid=f"c{step}", now=now))
        try:
            async with desk.conn.transaction():
                await one_act(desk, chance, chance.choice(numbers), now)
        except (DeskError, InvalidForm, NotPermitted):
            pass
        await pausing.end_bounded(desk.conn, [desk.account.id], words, now=now)
        await desk.deliver(now=now)
        while await escalation.take_steps(desk.conn, [desk.account.id], now=now):
            pass
        if step % 7 == 0:
            await measuring.refresh(desk.conn, desk.account.id, now=now, wall=now)
    return now


async def says(desk: Desk, number: str, words: str, now: datetime) -> None:
    """The ticket's citizen gives a verdict, where there is an answer to judge."""
    ticket = await desk.ticket(number)
    if ticket.state in (State.ANSWERED, State.CLOSED):
        citizen = await citizens.by_id(desk.conn, desk.account.id, ticket.citizen_id)
        await desk.says(words, openid=citizen.openid, now=now)


async def one_act(desk: Desk, chance: random.Random, number: str, now: datetime) -> None:
    conn, lead, other, dispatcher = desk.conn, desk.staff["zhujian"], desk.staff["jiaoyu"], desk.staff["paidan"]
    who = chance.choice((lead, lead, other))
    acts: list[Callable[[], Awaitable[object]]] = [
        lambda: assigning.accept(conn, who, number, now=now),
        lambda: assigning.accept(conn, who, number, now=now),
        lambda: assigning.give_back(conn, who, number, "1", "不归我们", now=now),
        lambda: assigning.assign(conn, dispatcher, number, chance.choice(("zhujian", "jiaoyu")), "", now=now),
        lambda: pausing.pause(conn, who, number, "门牌号？", words, now=now),
        lambda: pausing.go_on(conn, who, number, now=now),
        lambda: answering.reply(conn, who, number, "正在办。", now=now),
        lambda: answering.answer(conn, who, number, "修好了。", now=now),
        lambda: ending.withdraw(conn, dispatcher, number, "不用了", now=now),
        lambda: ending.reopen(conn, dispatcher, number, "没修好", now=now),
        lambda: says(desk, number, chance.choice(("满意", "不满意", "未解决")), now),
    ]
    await chance.choice(acts)()


@pytest.mark.parametrize("seed", range(4))
async def test_the_figures_are_those_that_the_events_tell(desk: Desk, seed: int) -> None:
    now = await lived(desk, seed)
    while await measuring.refresh(desk.conn, desk.account.id, now=now, wall=now):
        pass
    found = await rolled(desk)
    assert found == await from_events(desk, now)
    balance = await figures.balance(desk.conn, desk.account.id)
    assert balance == await desk.balance()
    before = await desk.conn.fetch("SELECT * FROM figure_day ORDER BY 1, 2, 3, 4")
    assert await measuring.rebuild(desk.conn, desk.account.id, now=now) == balance["received"]
    assert await desk.conn.fetch("SELECT * FROM figure_day ORDER BY 1, 2, 3, 4") == before
    assert await rolled(desk) == found


async def test_the_grains_add_up_and_hands_are_counted_where_they_were(desk: Desk) -> None:
    number = await desk.asked()
    await assigning.give_back(desk.conn, desk.staff["zhujian"], number, "1", "不归我们", now=NOW + 30 * MINUTE)
    await assigning.assign(desk.conn, desk.staff["paidan"], number, "jiaoyu", "", now=NOW + 50 * MINUTE)
    await assigning.accept(desk.conn, desk.staff["jiaoyu"], number, now=NOW + 60 * MINUTE)
    await answering.answer(desk.conn, desk.staff["jiaoyu"], number, "好了。", now=NOW + 90 * MINUTE)
    await desk.deliver(now=NOW + 95 * MINUTE)
    await measuring.refresh(desk.conn, desk.account.id, now=NOW + 100 * MINUTE, wall=NOW)
    rows = await desk.conn.fetch("SELECT department_id, minutes FROM hand ORDER BY place")
    ids = {each.code: each.id for each in await accounts.departments(desk.conn, desk.account.id)}
    assert [(row["department_id"], row["minutes"]) for row in rows] == [(ids["zhujian"], 30), (None, 20), (ids["jiaoyu"], 45)]
    hands = await desk.conn.fetch(
        "SELECT department_id, sum(tickets) AS tickets FROM figure_bucket WHERE name = 'hand' AND kind = '' GROUP BY 1 ORDER BY 1"
    )
    assert [(row["department_id"], row["tickets"]) for row in hands] == [
        (-1, 1),
        (0, 3),
        (ids["zhujian"], 1),
        (ids["jiaoyu"], 1),
    ]
    charged = await desk.conn.fetch("SELECT department_id FROM figure_day WHERE kind = '' AND returned = 1 ORDER BY 1")
    assert [row["department_id"] for row in charged] == [0, ids["zhujian"]]
    (all_,) = await desk.conn.fetch("SELECT * FROM figure_day WHERE department_id = 0 AND kind = ''")
    assert (all_["received"], all_["inquiries"], all_["returned"]) == (1, 1, 1)


async def test_the_database_finds_the_bucket_that_python_finds(desk: Desk) -> None:
    lengths = sorted({0, 1, *EDGES, *(edge + 1 for edge in EDGES), EDGES[-1] * 9})
    rows = await desk.conn.fetch(
        "SELECT least(width_bucket(minutes - 1, $2::integer[]), cardinality($2::integer[]) - 1) AS bucket "
        "FROM unnest($1::integer[]) AS minutes", lengths, list(EDGES),
    )  # fmt: skip
    assert [row["bucket"] for row in rows] == [bucket_of(length) for length in lengths]


async def test_an_event_that_is_committed_late_is_not_missed(desk: Desk) -> None:
    number = await desk.asked()
    ticket = await desk.ticket(number)
    await measuring.refresh(desk.conn, desk.account.id, now=NOW, wall=NOW)
    await deadlines.meet(desk.conn, ticket, DeadlineKind.FIRST_REPLY, now=NOW + 5 * MINUTE)
    # Its number was drawn before those that have been seen.
    await desk.conn.execute(
        "INSERT INTO ticket_event (account_id, event_id, ticket_id, kind, happened_at) OVERRIDING SYSTEM VALUE "
        "SELECT $1, min(event_id) - 1, $2, 'replied', $3 FROM ticket_event WHERE account_id = $1",
        desk.account.id, ticket.id, NOW,
    )  # fmt: skip
    await measuring.refresh(desk.conn, desk.account.id, now=NOW, wall=NOW + timedelta(seconds=20))
    assert await desk.conn.fetchval("SELECT first_reply_minutes FROM measure") == 5


async def test_only_one_worker_keeps_an_accounts_figures_at_a_time(desk: Desk) -> None:
    await desk.asked()
    assert not await measuring.refresh(desk.conn, desk.account.id, now=NOW, wall=NOW)
    mark = await figures.mark(desk.conn, desk.account.id)
    assert mark is not None
    assert (mark["event_id"], mark["seen_event_id"]) == (0, await figures.newest_event(desk.conn, desk.account.id))
    later = NOW + following.SETTLED
    await desk.asked(openid="c2", now=later)
    assert not await measuring.refresh(desk.conn, desk.account.id, now=later, wall=later)
    after = await figures.mark(desk.conn, desk.account.id)
    assert after is not None
    assert after["event_id"] == mark["seen_event_id"]
