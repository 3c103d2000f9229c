"""The supervisor's board: what breaks next, what has, what waits for somebody, and the figures of each department."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from servicedesk.domain.access import Page, check_page
from servicedesk.domain.model import Account, Actor, Department, Kind, State
from servicedesk.domain.sla import DeadlineKind
from servicedesk.store import accounts, alarms, board, clocks, deadlines, reports, tickets
from servicedesk.store.board import Part
from servicedesk.store.db import Conn, View

FIGURES_OVER = timedelta(days=90)
SHOWN = 15  # of each list
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class DepartmentFigures:
    """One department's row on the board; hours are working hours, None where nothing was replied to yet."""

    department: str
    code: str
    open: int
    overdue: int
    replied: int
    median_h: float | None
    p90_h: float | None
    on_time: float | None
    returns: int


@dataclass(frozen=True)
class Section:
    """A list of the board: its name, how many there are, and the first of them."""

    name: str
    count: int
    rows: list[View]


@dataclass(frozen=True)
class Board:
    """What the supervisor sees, of all tickets or of one department's, one kind's."""

    departments: list[Department]
    department: Department | None
    kind: Kind | None
    counts: dict[str, int]
    balance: dict[str, int]
    sections: tuple[Section, ...]
    figures: list[DepartmentFigures]
    escalations: list[View]
    unknown_year: int | None
    alarms: list[View]
    extensions: list[View]


async def view(conn: Conn, actor: Actor, department: str | None = None, kind: str | None = None, *, now: datetime) -> Board:
    """The board, all of one snapshot; a department or kind that does not exist is no filter. Raises NotPermitted."""
    check_page(actor, Page.BOARD)
    account = await accounts.by_id(conn, actor.account_id)
    departments = await accounts.departments(conn, account.id)
    chosen = next((each for each in departments if each.code == department), None)
    of_kind = Kind(kind) if kind in set(Kind) else None
    part = Part(account.id, None if chosen is None else chosen.id, of_kind)
    counts = await board.counts(conn, part, now=now, until=end_of_day(account, now))
    day = now.astimezone(account.zone).date()
    calendar = await accounts.calendar(conn, account)
    return Board(
        departments=departments,
        department=chosen,
        kind=of_kind,
        counts=counts,
        balance=await tickets.balance(conn, account.id),
        sections=await _sections(conn, part, counts, now),
        figures=await _figures(conn, account, now),
        escalations=await deadlines.recent_escalations(conn, account.id, since=now - timedelta(days=7)),
        unknown_year=None if calendar.knows(day) else day.year,
        alarms=await alarms.standing(conn, [account.id]),
        extensions=await clocks.undecided(conn, account.id, size=20),
    )


def end_of_day(account: Account, now: datetime) -> datetime:
    """The midnight that ends the account's day."""
    day = now.astimezone(account.zone).date()
    return datetime.combine(day + timedelta(days=1), time(), account.zone).astimezone(UTC)


async def _sections(conn: Conn, part: Part, counts: dict[str, int], now: datetime) -> tuple[Section, ...]:
    lists = {
        "due": await board.by_due(conn, part, after=now, until=None, size=SHOWN),
        "overdue": await board.by_due(conn, part, after=EPOCH, until=now, size=SHOWN),
        "unaccepted": await board.waiting(conn, part, [State.ASSIGNED], returns=0, size=SHOWN),
        "returned": await board.waiting(conn, part, [State.NEW, State.TRIAGE], returns=1, size=SHOWN),
        "held": await board.held(conn, part, size=SHOWN),
    }
    return tuple(Section(name, counts[name], rows) for name, rows in lists.items())


async def _figures(conn: Conn, account: Account, now: datetime) -> list[DepartmentFigures]:
    calendar = await accounts.calendar(conn, account)
    hours: dict[int, list[float]] = defaultdict(list)
    judged: dict[int, list[bool]] = defaultdict(list)
    for row in await reports.replies_since(conn, account.id, since=now - FIGURES_OVER):
        met, due = row["met_at"], row["due_at"]
        if row["kind"] == DeadlineKind.FIRST_REPLY and met is not None:
            spent = calendar.between(row["started_at"], met)
            hours[row["department_id"]].append(spent.total_seconds() / 3600)
        if row["kind"] == DeadlineKind.RESOLUTION and (met is not None or due <= now):
            judged[row["department_id"]].append(met is not None and met <= due)
    returns = await reports.returns_since(conn, account.id, since=now - FIGURES_OVER)
    return [
        DepartmentFigures(
            row["short_name"], row["code"], row["open"], row["overdue"], len(hours[row["department_id"]]),
            percentile(hours[row["department_id"]], 0.5), percentile(hours[row["department_id"]], 0.9),
            _share(judged[row["department_id"]]), returns.get(row["department_id"], 0),
        )
        for row in await reports.department_loads(conn, account.id, now=now)
    ]  # fmt: skip


def percentile(values: list[float], share: float) -> float | None:
    """The smallest value that at least this share of the values does not exceed (nearest rank)."""
    if not values:
        return None
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def _share(judged: list[bool]) -> float | None:
    return sum(judged) / len(judged) if judged else None
