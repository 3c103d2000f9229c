"""Figures for people: rates and times of a span of days beside the span before, by department, kind and day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from servicedesk.domain.access import Page, check_page
from servicedesk.domain.figures import ALL, ALL_KINDS, NAMES, NOBODY, percentile, rate
from servicedesk.domain.model import Account, Actor, Department, Kind
from servicedesk.store import accounts, figures
from servicedesk.store.db import Conn, View
from servicedesk.store.figures import Span

SPANS = {"day": 1, "week": 7, "month": 30, "quarter": 90, "year": 365}
DEFAULT = "month"
STEPS = ("day", "week", "month")
WEEKLY_FROM = 60  # a longer span is drawn by weeks
TICKETS = 40
NOBODYS = "-"  # stands for the code of a department where a ticket has none
_KEYS = frozenset({"part", "of_department", "of_kind", "of_day"})
# Each rate: what is counted, and of what.
RATES: dict[str, tuple[str, str]] = {
    "response": ("replied_on_time", "reply_judged"),
    "on_time": ("resolved_on_time", "judged"),
    "solved": ("solved", "verdicts"),
    "satisfied": ("satisfied", "scored"),
    "acceptance": ("accepted_on_time", "acceptance_judged"),
}
# Which tickets stand against a rate: what its drill-down lists.
AGAINST = {
    "response": "unreplied_in_time",
    "on_time": "unanswered_in_time",
    "solved": "unsolved",
    "satisfied": "unsatisfied",
    "acceptance": "unaccepted_in_time",
    "returned": "returned",
    "open": "open",
    "received": "all",
}


@dataclass(frozen=True)
class Asked:
    """What was chosen: a span's name, its last day, a department's code, a kind, another first day; empty: today, all.

    by: day, week or month, for the course of the figures; empty: what suits the span.
    """

    span: str = DEFAULT
    until: str = ""
    department: str = ""
    kind: str = ""
    since: str = ""
    by: str = ""


@dataclass(frozen=True)
class Figures:
    """One part: its counts, rates (None: nothing to judge), and median and P90 of each time in working minutes."""

    counts: View
    rates: dict[str, float | None]
    times: dict[str, tuple[int | None, int | None]]


@dataclass(frozen=True)
class Part:
    """A department, a kind, or the first day of a day or week, with its figures."""

    key: str
    name: str
    figures: Figures


@dataclass(frozen=True)
class FiguresPage:
    """Everything that the page shows."""

    asked: Asked
    since: date
    until: date
    before_since: date
    now: Figures
    before: Figures
    departments: list[Part]
    kinds: list[Part]
    days: list[Part]
    by: str
    choices: list[Department]
    balance: dict[str, int]


async def page(conn: Conn, actor: Actor, asked: Asked, *, now: datetime) -> FiguresPage:
    """The figures of a span. Raises NotPermitted."""
    check_page(actor, Page.FIGURES)
    return await of_account(conn, await accounts.by_id(conn, actor.account_id), asked, now=now)


async def of_account(conn: Conn, account: Account, asked: Asked, *, now: datetime) -> FiguresPage:
    """The figures of a span, for whoever may see them."""
    departments = await accounts.departments(conn, account.id)
    chosen = next((each for each in departments if each.code == asked.department), None)
    kind = asked.kind if asked.kind in set(Kind) else ALL_KINDS
    since, until = _span_of(asked, account, now)
    days = (until - since).days + 1
    before_until = since - timedelta(days=1)
    whole = (ALL if chosen is None else int(chosen.id),)
    every = whole if chosen else (*(int(each.id) for each in departments), NOBODY)
    names = {str(each.id): each.short_name for each in departments} | {str(NOBODY): ""}
    by = asked.by if asked.by in STEPS else "week" if days > WEEKLY_FROM else "day"
    span = Span(whole, (kind,), since, until)
    before = Span(whole, (kind,), since - timedelta(days=days), before_until)
    parts = await _parts(conn, account, Span(every, (kind,), since, until, "department"))
    kinds = await _parts(conn, account, Span(whole, tuple(Kind), since, until, "kind"))
    series = await _parts(conn, account, Span(whole, (kind,), since, until, by), ())
    nothing = figures_of({}, {})
    return FiguresPage(
        asked=asked, since=since, until=until, before_since=before.since,
        now=(await _parts(conn, account, span)).get("", nothing),
        before=(await _parts(conn, account, before)).get("", nothing),
        departments=[Part(key, names[key], parts[key]) for key in names if key in parts],
        kinds=[Part(key, key, kinds[key]) for key in Kind if key in kinds],
        days=[Part(key, key, series.get(key, nothing)) for key in _steps(since, until, by)],
        by=by, choices=departments, balance=await figures.balance(conn, account.id),
    )  # fmt: skip


async def tickets_behind(conn: Conn, actor: Actor, asked: Asked, which: str, *, now: datetime, before: int) -> list[View]:
    """The tickets behind a figure, newest first, with ids below `before`. Raises NotPermitted."""
    check_page(actor, Page.FIGURES)
    account = await accounts.by_id(conn, actor.account_id)
    departments = await accounts.departments(conn, account.id)
    codes = {each.code: int(each.id) for each in departments} | {NOBODYS: NOBODY}
    since, until = _span_of(asked, account, now)
    return await figures.tickets_behind(
        conn, account.id, department_id=codes.get(asked.department), kind=asked.kind if asked.kind in set(Kind) else ALL_KINDS,
        since=since, until=until, which=AGAINST.get(which, "all"), ticket_before=before, size=TICKETS,
    )  # fmt: skip


async def rates_by_department(
    conn: Conn, account: Account, departments: Sequence[Department], *, days: int, now: datetime
) -> dict[int, Figures]:
    """Counts and rates of each department over the last days, without times; of one without inquiries, nothing."""
    until = now.astimezone(account.zone).date()
    every = tuple(int(each.id) for each in departments)
    span = Span(every, (ALL_KINDS,), until - timedelta(days=days - 1), until, "department")
    parts = await _parts(conn, account, span, ())
    return {each: parts.get(str(each), figures_of({}, {})) for each in every}


def figures_of(counts: Mapping[str, Any], buckets: Mapping[str, Mapping[int, int]]) -> Figures:
    """Rates and times from counts."""
    full = defaultdict(int, {name: value for name, value in counts.items() if name not in _KEYS})
    return Figures(
        counts=full,
        rates={name: rate(full[part], full[whole]) for name, (part, whole) in RATES.items()},
        times={name: (percentile(buckets.get(name, {}), 0.5), percentile(buckets.get(name, {}), 0.9)) for name in NAMES},
    )


def day_of(text: str) -> date | None:
    """A day of this century as a form has it; None where it is none."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if day.year // 100 == 20 else None


def _span_of(asked: Asked, account: Account, now: datetime) -> tuple[date, date]:
    """The first and the last day; no span is longer than a year."""
    until = day_of(asked.until) or now.astimezone(account.zone).date()
    since = day_of(asked.since)
    if since is None or not 0 <= (until - since).days < SPANS["year"]:
        since = until - timedelta(days=SPANS.get(asked.span, SPANS[DEFAULT]) - 1)
    return since, until


async def _parts(conn: Conn, account: Account, span: Span, names: Sequence[str] = NAMES) -> dict[str, Figures]:
    buckets: dict[str, dict[str, dict[int, int]]] = defaultdict(dict)
    for row in await figures.buckets(conn, account.id, span, names) if names else ():
        buckets[row["part"]][row["name"]] = {int(bucket): tickets for bucket, tickets in row["buckets"].items()}
    found = {row["part"]: row for row in await figures.sums(conn, account.id, span)}
    return {part: figures_of(found.get(part, {}), buckets[part]) for part in {*found, *buckets}}


def _steps(since: date, until: date, by: str) -> Sequence[str]:
    """The first day of each day, week or month of a span."""

    def first(day: date) -> date:
        return day - timedelta(days=day.weekday()) if by == "week" else day.replace(day=1) if by == "month" else day

    every = [since + timedelta(days=offset) for offset in range((until - since).days + 1)]
    return list(dict.fromkeys(first(day).isoformat() for day in every))
