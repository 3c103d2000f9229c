"""A change of the calendar: first what it would move, then exactly that as one recorded act."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from operator import attrgetter
from typing import Any

from servicedesk.domain.access import Page, check_page
from servicedesk.domain.calendar import Calendar
from servicedesk.domain.calendar_change import Change, Day, applied, before, only_new
from servicedesk.domain.errors import CalendarChanged, InvalidForm
from servicedesk.domain.ledger import Terms
from servicedesk.domain.model import Account, Actor, AfterBreach
from servicedesk.domain.sla import DeadlineKind, Step
from servicedesk.store import accounts, calendars
from servicedesk.store.calendars import Running
from servicedesk.store.db import Conn, View
from servicedesk.usecases import dating
from servicedesk.usecases.answering import wake_outbox

SHOWN = 200
_NUMBER = "\0"  # no text of a template holds it
# Renders "your answer will take until DATE, because the holidays were arranged anew" from an account and facts.
Words = Callable[[Account, dict[str, str]], str]
_Found = tuple[datetime, Step | None, datetime | None]
_Known = dict[tuple[Terms, datetime, str | None, datetime | None], _Found]


@dataclass(frozen=True)
class Moved:
    """A running deadline, and how it stands by the calendar that is proposed."""

    row: View
    due_at: datetime
    next_step: Step | None
    next_step_at: datetime | None

    @property
    def has_another_date(self) -> bool:
        """Whether its date moves, not its next step alone."""
        return bool(self.due_at != self.row["due_at"])

    @property
    def later(self) -> bool:
        """Whether it moves to a later instant."""
        return bool(self.due_at > self.row["due_at"])


@dataclass(frozen=True)
class Preview:
    """What a change would do. `days` holds each day with what stands there now; `told`: whose promised day gets later."""

    account: Account
    change: Change
    version: int
    before: dict[str, Any]
    days: list[tuple[date, Day | None, Day | None]]
    moved: list[Moved]
    told: list[Moved]

    @property
    def counts(self) -> dict[str, int]:
        """Deadlines moved, their tickets, those that get later, and citizens told."""
        return {
            "moved": len(self.moved),
            "tickets": len({each.row["ticket_id"] for each in self.moved}),
            "later": sum(each.later for each in self.moved),
            "told": len(self.told),
        }

    @property
    def shown(self) -> list[Moved]:
        """The first of what moves, by the new date."""
        return sorted(self.moved, key=attrgetter("due_at"))[:SHOWN]


async def preview(conn: Conn, actor: Actor, change: Change, *, now: datetime) -> Preview:
    """What the change would move; nothing is written. Raises NotPermitted, InvalidForm where nothing changes."""
    check_page(actor, Page.SETTINGS)
    found, _ = await _outcome(conn, actor, change, {}, now)
    return found


async def apply(conn: Conn, actor: Actor, change: Change, version: int, words: Words, *, now: datetime) -> Preview:
    """Make the change as it was looked at, as one act; what it did.

    Raises NotPermitted, InvalidForm where nothing changes, CalendarChanged where the settings have another version. The
    dates are reckoned before anything is locked; under the locks only those of what came in meanwhile.
    """
    check_page(actor, Page.SETTINGS)
    if await calendars.version(conn, actor.account_id) != version:
        raise CalendarChanged
    known: _Known = {}
    await _outcome(conn, actor, change, known, now)
    if await calendars.hold(conn, actor.account_id) != version:
        raise CalendarChanged
    await calendars.lock_running(conn, actor.account_id)
    found, stand = await _outcome(conn, actor, change, known, now)
    account = found.account
    await calendars.put(conn, account, found.change, now=now)
    rows = await asyncio.to_thread(_rows, stand, found.change.zone or account.zone)
    if rows:
        await calendars.move(conn, account.id, rows, actor.staff_id, now=now)
    if found.told:
        notices = await asyncio.to_thread(_notices, found, await accounts.by_id(conn, account.id), words)
        await calendars.owe_notices(conn, account.id, notices, now=now)
        await wake_outbox(conn)
    await calendars.record(conn, account.id, actor.staff_id, found.change, before=found.before, counts=found.counts, now=now)
    return found


async def _outcome(conn: Conn, actor: Actor, change: Change, known: _Known, now: datetime) -> tuple[Preview, list[Moved]]:
    """The preview, and all that is to be written: also deadlines of which only the next step moves."""
    version = await calendars.version(conn, actor.account_id)
    account = await accounts.by_id(conn, actor.account_id)
    calendar, days = await accounts.calendar(conn, account), await calendars.days(conn, account.id)
    change = only_new(change, calendar, days)
    if not change:
        raise InvalidForm("proposal", "nothing_changes")
    following, running = applied(change, calendar), await calendars.running(conn, account.id)
    stand = await asyncio.to_thread(_reckoned, following, account.after_breach, running, known, now)
    moved, told = await asyncio.to_thread(_sorted_out, stand, calendar, following)
    changed = [(day, days.get(day), said) for day, said in sorted(change.days.items())]
    return Preview(account, change, version, before(change, calendar, days), changed, moved, told), stand


def _reckoned(calendar: Calendar, after_breach: AfterBreach, running: Running, known: _Known, now: datetime) -> list[Moved]:
    """Every deadline that is not as it stands; what was reckoned of the same facts before is not reckoned again."""
    moved = []
    for row in running.rows:
        ticket_id = row["ticket_id"]
        terms = dating.terms_from(row, running.pauses.get(ticket_id, ()), running.extensions.get(ticket_id, ()))
        stands = row["due_at"], row["next_step"], row["next_step_at"]
        key = (terms, *stands)
        if key not in known:
            known[key] = dating.reckoned_anew(calendar, terms, row, now, after_breach)
        if known[key] != stands:
            moved.append(Moved(row, *known[key]))
    return moved


def _sorted_out(stand: list[Moved], calendar: Calendar, following: Calendar) -> tuple[list[Moved], list[Moved]]:
    """Those with another date, and those of them whose citizens are told."""
    moved = [each for each in stand if each.has_another_date]
    return moved, [each for each in moved if not each.row["answer_under_way"] and _promised_later(each, calendar, following)]


def _promised_later(each: Moved, calendar: Calendar, following: Calendar) -> bool:
    """Whether the day that a citizen was promised gets later."""
    was, will = each.row["due_at"].astimezone(calendar.zone), each.due_at.astimezone(following.zone)
    return bool(each.row["kind"] == DeadlineKind.RESOLUTION and will.date() > was.date())


def _rows(stand: list[Moved], zone: Any) -> list[dict[str, Any]]:
    return [
        {
            "deadline_id": each.row["deadline_id"], "ticket_id": each.row["ticket_id"], "kind": each.row["kind"],
            "due_at": each.due_at, "next_step": each.next_step, "next_step_at": each.next_step_at,
            "facts": {
                "from": each.row["due_at"].astimezone(zone).isoformat(timespec="minutes"),
                "to": each.due_at.astimezone(zone).isoformat(timespec="minutes"),
                "deadline": each.row["kind"],
            } if each.has_another_date else None,
        }
        for each in stand
    ]  # fmt: skip


def _notices(found: Preview, account: Account, words: Words) -> list[dict[str, Any]]:
    """One for each ticket, rendered once for each day, which is of the account's zone as it is now."""
    bodies: dict[str, str] = {}
    rows = []
    for each in found.told:
        until = each.due_at.astimezone(account.zone).date().isoformat()
        if until not in bodies:
            bodies[until] = words(account, {"number": _NUMBER, "until": until})
        body = bodies[until].replace(_NUMBER, each.row["number"])
        rows.append({"citizen_id": each.row["citizen_id"], "ticket_id": each.row["ticket_id"], "body": body})
    return rows
