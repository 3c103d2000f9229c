"""A date and every line that led to it: the one way in which a deadline is reckoned."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from servicedesk.domain.calendar import Calendar, NoWorkingTime
from servicedesk.domain.sla import Target, Unit, due_at


@dataclass(frozen=True)
class Pause:
    """The clock stood still while the desk waited for the citizen; `ended_at` of one that lasts is its bound."""

    begun_at: datetime
    ended_at: datetime
    lasts: bool = False


@dataclass(frozen=True)
class Extension:
    """More time, granted at an instant with a reason; in the unit of the target."""

    amount: int
    granted_at: datetime
    reason: str


@dataclass(frozen=True)
class Terms:
    """All that a date depends on, beside the calendar."""

    started_at: datetime
    target: Target
    pauses: tuple[Pause, ...] = ()
    extensions: tuple[Extension, ...] = ()


@dataclass(frozen=True)
class Line:
    """One line of the ledger. what: started, not_counted, counted, closed, paused, extended, or due; at: its instant.

    minutes: of working time, for counted spans; number: of the counted day; words: the holiday's name, or the reason.
    """

    what: str
    at: datetime
    until: datetime | None = None
    minutes: int | None = None
    number: int | None = None
    words: str = ""

    def as_facts(self) -> dict[str, Any]:
        """The line as JSON can hold it."""
        facts = {"what": self.what, "at": self.at.isoformat(), "until": self.until and self.until.isoformat(),
                 "minutes": self.minutes, "number": self.number, "words": self.words or None}  # fmt: skip
        return {name: value for name, value in facts.items() if value is not None}


@dataclass(frozen=True)
class Ledger:
    """The date, and how it came about, in order."""

    due_at: datetime
    lines: tuple[Line, ...]


def reckon(calendar: Calendar, terms: Terms) -> datetime:
    """When it falls due. A calendar without working time must not cost an inquiry its date: then calendar time counts."""
    clock = calendar.paused([(pause.begun_at, pause.ended_at) for pause in terms.pauses])
    due = _due(clock, terms.started_at, terms.target)
    for extension in terms.extensions:
        due = _due(clock, due, Target(extension.amount, terms.target.unit))
    return due


def explain(calendar: Calendar, terms: Terms, names: Mapping[date, str]) -> Ledger:
    """The date with its lines; names are those of holidays and make-up workdays."""
    clock = calendar.paused([(pause.begun_at, pause.ended_at) for pause in terms.pauses])
    due = reckon(calendar, terms)
    lines = [Line("started", terms.started_at)]
    if terms.target.unit in (Unit.WORKING_DAYS, Unit.CALENDAR_DAYS) and terms.target.amount:
        lines.append(Line("not_counted", terms.started_at))
    begun, ends = terms.started_at, _due(clock, terms.started_at, terms.target)
    lines += _counted(clock, begun, ends, terms.target.unit, names)
    for extension in terms.extensions:
        lines.append(Line("extended", ends, number=extension.amount, words=extension.reason))
        begun, ends = ends, _due(clock, ends, Target(extension.amount, terms.target.unit))
        lines += _counted(clock, begun, ends, terms.target.unit, names)
    lines += [Line("paused", pause.begun_at, pause.ended_at) for pause in terms.pauses if pause.begun_at < due]
    order = sorted(enumerate(lines), key=lambda each: (each[1].at, each[0]))
    return Ledger(due, (*(line for _, line in order), Line("due", due)))


def _due(clock: Calendar, start: datetime, target: Target) -> datetime:
    try:
        return due_at(clock, start, target)
    except NoWorkingTime:
        stood = sum((ended - begun for begun, ended in clock.pauses if begun >= start), timedelta())
        return start + stood + calendar_time(target)


def calendar_time(target: Target) -> timedelta:
    """A target's amount by the clock on the wall."""
    in_hours = target.unit in (Unit.WORKING_HOURS, Unit.CALENDAR_HOURS)
    return timedelta(hours=target.amount) if in_hours else timedelta(days=max(1, target.amount))


def _counted(clock: Calendar, begun: datetime, ends: datetime, unit: Unit, names: Mapping[date, str]) -> Iterator[Line]:
    if unit is Unit.WORKING_HOURS:
        yield from _counted_spans(clock, begun, ends, names)
    elif unit is Unit.WORKING_DAYS:
        yield from _counted_days(clock, begun, ends, names)
    else:
        yield Line("counted", begun, ends)


def _counted_spans(clock: Calendar, begun: datetime, ends: datetime, names: Mapping[date, str]) -> Iterator[Line]:
    for day in _days(clock, begun, ends):
        yield from _about(clock, day, names)
        for opens, closes in clock.spans(day):
            since, until = max(opens, begun), min(closes, ends)
            if since < until:
                yield Line("counted", since, until, minutes=round((until - since).total_seconds() / 60))


def _counted_days(clock: Calendar, begun: datetime, ends: datetime, names: Mapping[date, str]) -> Iterator[Line]:
    _, *others = _days(clock, begun, ends)
    counted = {}
    for number, (day, close) in enumerate(clock.counted_days(begun), 1):
        if close > ends:
            break
        counted[day] = number
    for day in others:
        yield from _about(clock, day, names)
        if day in counted:
            yield Line("counted", clock.midnight(day), number=counted[day])


def _about(clock: Calendar, day: date, names: Mapping[date, str]) -> Iterator[Line]:
    """What is unusual about a day: a holiday, a weekend, a make-up workday."""
    works, usual = clock.is_working_day(day), day.weekday() < 5
    if not works:
        yield Line("closed", clock.midnight(day), words=names.get(day, ""))
    elif not usual:
        yield Line("made_up", clock.midnight(day), words=names.get(day, ""))


def _days(clock: Calendar, begun: datetime, ends: datetime) -> Sequence[date]:
    first, last = begun.astimezone(clock.zone).date(), ends.astimezone(clock.zone).date()
    return [first + timedelta(days=offset) for offset in range((last - first).days + 1)]
