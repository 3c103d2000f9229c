"""The supervisor's board: what breaks next, what has, what waits for somebody, and the figures of each department."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from servicedesk.domain.access import Page, check_page
from servicedesk.domain.desk import OPEN
from servicedesk.domain.model import Account, Actor, Department, Kind, State
from servicedesk.store import accounts, alarms, board, clocks, deadlines, figures, reports, tickets
from servicedesk.store.board import Part
from servicedesk.store.db import Conn, View
from servicedesk.usecases import figure_views
from servicedesk.usecases.figure_views import Figures

FIGURES_OVER_DAYS = 30
SHOWN = 15  # of each list
LOST_SHOWN = 100
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class DepartmentFigures:
    """One department's row on the board."""

    department: str
    code: str
    open: int
    overdue: int
    figures: Figures


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
        balance=await figures.balance(conn, account.id),
        sections=await _sections(conn, part, counts, now),
        figures=await _figures(conn, account, departments, now),
        escalations=await deadlines.recent_escalations(conn, account.id, since=now - timedelta(days=7)),
        unknown_year=None if calendar.knows(day) else day.year,
        alarms=await alarms.standing(conn, [account.id]),
        extensions=await clocks.undecided(conn, account.id, size=20),
    )


def end_of_day(account: Account, now: datetime) -> datetime:
    """The midnight that ends the account's day."""
    day = now.astimezone(account.zone).date()
    return datetime.combine(day + timedelta(days=1), time(), account.zone).astimezone(UTC)


@dataclass(frozen=True)
class Limbo:
    """Open tickets by state, how many of their clocks stand still, and those that nobody would look at."""

    open: dict[State, int]
    paused: int
    lost: list[View]


async def limbo(conn: Conn, actor: Actor) -> Limbo:
    """Whether anything has fallen between the desks. Raises NotPermitted."""
    check_page(actor, Page.BOARD)
    counts = await tickets.count_by_state(conn, actor.account_id, None)
    return Limbo(
        {state: counts.get(state, 0) for state in State if state in OPEN}, await clocks.paused_count(conn, actor.account_id),
        await tickets.limbo(conn, [actor.account_id], size=LOST_SHOWN),
    )  # fmt: skip


async def _sections(conn: Conn, part: Part, counts: dict[str, int], now: datetime) -> tuple[Section, ...]:
    lists = {
        "due": await board.by_due(conn, part, after=now, until=None, size=SHOWN),
        "overdue": await board.by_due(conn, part, after=EPOCH, until=now, size=SHOWN),
        "unaccepted": await board.waiting(conn, part, [State.ASSIGNED], returns=0, size=SHOWN),
        "returned": await board.waiting(conn, part, [State.NEW, State.TRIAGE], returns=1, size=SHOWN),
        "held": await board.held(conn, part, size=SHOWN),
        "unsolved": await board.unsolved(conn, part, size=SHOWN),
    }
    return tuple(Section(name, counts[name], rows) for name, rows in lists.items())


async def _figures(conn: Conn, account: Account, departments: list[Department], now: datetime) -> list[DepartmentFigures]:
    """Open and overdue as they stand; the rest from the rollups, which are a minute old at most."""
    parts = await figure_views.rates_by_department(conn, account, departments, days=FIGURES_OVER_DAYS, now=now)
    return [
        DepartmentFigures(row["short_name"], row["code"], row["open"], row["overdue"], parts[int(row["department_id"])])
        for row in await reports.department_loads(conn, account.id, now=now)
    ]
