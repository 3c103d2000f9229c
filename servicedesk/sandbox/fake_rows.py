"""Made-up tickets in bulk: the rows of a year of a desk, as text for COPY. The same seed makes the same year."""

from __future__ import annotations

import json
import random
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import lru_cache
from importlib import resources
from typing import Any

from servicedesk.domain.calendar import Calendar
from servicedesk.domain.figures import Hand, Moments, measure
from servicedesk.domain.meter import Meter
from servicedesk.domain.model import DepartmentId, Kind, State
from servicedesk.domain.sla import Policy, Target, Unit, due_at

COLUMNS = {
    "citizen": "account_id, citizen_id, openid, following, first_seen_at",
    "inquiry": "account_id, inquiry_id, citizen_id, body, asked_at",
    "ticket": "account_id, ticket_id, inquiry_id, number, citizen_id, state, kind, department_id, routing, returns, opened_at, "
    "changed_at, due_at, answered_at, answer_delivery_id, closed_at",
    "message": "account_id, ticket_id, direction, kind, body, sent_at, staff_id, delivery_id",
    "assignment": "account_id, ticket_id, department_id, assigned_at, reason, accepted_by, accepted_at",
    "deadline": "account_id, ticket_id, kind, amount, unit, source, started_at, due_at, met_at, ended_at, next_step, "
    "next_step_at, policy_id",
    "ticket_event": "account_id, ticket_id, kind, happened_at, staff_id, facts",
    "answer": "account_id, answer_id, ticket_id, body, written_by, written_at",
    "delivery": "account_id, delivery_id, citizen_id, ticket_id, answer_id, purpose, body, state, rung, sent_chars, staff_id, "
    "created_at, owed_at, accepted_at",
    "rating": "account_id, ticket_id, solved, score, words, rated_at",
    "measure": "account_id, ticket_id, opened_on, department_id, kind, outcome, acceptance_minutes, accepted_on_time, "
    "first_reply_minutes, replied_on_time, resolution_minutes, resolved_on_time, review_minutes, solved, score, returns",
    "hand": "account_id, ticket_id, place, department_id, minutes",
}
_WRITING = timedelta(minutes=20)
_KINDS = (Kind.QUESTION, Kind.HELP, Kind.COMPLAINT, Kind.COMPLEX)
_WEIGHTS = (50, 28, 18, 4)
_VERDICTS = ((True, 5, "满意"), (True, 4, "满意"), (True, 3, "基本满意"), (False, 2, "不满意"), (None, 5, "非常满意"))


@dataclass(frozen=True)
class Plan:
    """What every ticket of a year is made from. departments: ids with the staff of each."""

    account_id: int
    calendar: Calendar
    policies: dict[Kind, Policy]
    departments: Sequence[tuple[DepartmentId, int]]
    first_id: int
    count: int
    days: int
    now: datetime
    seed: int


@dataclass
class _Desk:
    """One batch in the making."""

    plan: Plan
    account: str
    chance: random.Random
    meter: Meter
    lines: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    dues: dict[tuple[date, Target, bool], datetime] = field(default_factory=dict)

    def add(self, table: str, *values: Any) -> None:
        texts = [_TEXTS.get(type(value), str)(value) for value in values]
        self.lines[table].append("\t".join([self.account, *texts]))


def batch(plan: Plan, first: int, size: int) -> dict[str, bytes]:
    """The rows of `size` tickets from the `first` on, by table, as text for COPY."""
    chance = random.Random(f"{plan.seed}/{first}")  # noqa: S311
    desk = _Desk(plan, str(plan.account_id), chance, Meter(plan.calendar, plan.now - timedelta(days=plan.days + 2)))
    for offset in range(first, first + size):
        _ticket(desk, offset)
    return {table: ("\n".join(lines) + "\n").encode() for table, lines in desk.lines.items()}


@dataclass(frozen=True)
class _Story:
    """One ticket's life."""

    ticket_id: int
    citizen_id: int
    kind: Kind
    department: DepartmentId
    staff: int
    question: str
    answer: str
    opened: datetime
    accepted: datetime | None
    replied: datetime | None
    answered: datetime | None
    verdict: tuple[bool | None, int, str] | None

    @property
    def met(self) -> dict[str, datetime | None]:
        return {"acceptance": self.accepted, "first_reply": self.replied or self.answered, "resolution": self.answered}


def _ticket(desk: _Desk, offset: int) -> None:
    plan, story = desk.plan, _story(desk, offset)
    closed = story.answered + timedelta(days=7) if story.answered else None
    closed = closed if closed and closed < plan.now else None
    state, opened, ticket_id = _state(story, closed), story.opened, story.ticket_id
    if offset % 3 == 0:
        desk.add("citizen", story.citizen_id, f"oFake_{story.citizen_id:012d}", True, opened)
    policy = plan.policies[story.kind]
    dates = {name: _due(desk, opened, target) for name, target in _targets(policy).items()}
    running = [dates[name] for name, at in story.met.items() if at is None]
    desk.add("inquiry", ticket_id, story.citizen_id, story.question, opened)
    desk.add(
        "ticket", ticket_id, ticket_id, f"{opened.astimezone(plan.calendar.zone):%Y%m%d}-{ticket_id:06d}", story.citizen_id,
        state, story.kind, story.department, '{"by": "duty_list", "reasons": [], "candidates": []}', 0, opened,
        story.answered or story.accepted or opened, min(running, default=None), story.answered,
        ticket_id if story.answered else None, closed,
    )  # fmt: skip
    desk.add("message", ticket_id, "in", "text", story.question, opened, None, None)
    desk.add("message", ticket_id, "in", "text", "请尽快处理，谢谢。", opened + timedelta(minutes=3), None, None)
    desk.add("assignment", ticket_id, story.department, opened, "duty_list", story.accepted and story.staff, story.accepted)
    for name, target in _targets(policy).items():
        step, at = _next_step(plan, dates[name], story.met[name])
        desk.add(
            "deadline", ticket_id, name, target.amount, target.unit, policy.source, opened, dates[name], story.met[name],
            story.met[name], step, at, policy.id,
        )  # fmt: skip
    _tell(desk, story, closed)
    _answer(desk, story)
    _measure(desk, story, state, dates)


def _story(desk: _Desk, offset: int) -> _Story:
    plan, chance = desk.plan, desk.chance
    opened = plan.now - timedelta(days=plan.days * (1 - offset / plan.count), seconds=chance.randrange(3600))
    kind = chance.choices(_KINDS, _WEIGHTS)[0]
    department, staff = chance.choice(plan.departments)
    question, answer = chance.choice(talk())
    accepted = _later(desk, opened, 1.6, 1.0)
    replied = _later(desk, accepted, 1.5, 0.9) if chance.random() < 0.7 else None
    answered = _later(desk, replied or accepted, 11 if kind is not Kind.COMPLEX else 90, 1.0)
    return _Story(
        ticket_id=plan.first_id + offset, citizen_id=plan.first_id + offset - offset % 3, kind=kind, department=department,
        staff=staff, question=f"{question}（{offset % 97 + 1}号楼）", answer=answer, opened=opened, accepted=accepted,
        replied=replied, answered=answered,
        verdict=chance.choice(_VERDICTS) if answered and chance.random() < 0.3 else None,
    )  # fmt: skip


def _measure(desk: _Desk, story: _Story, state: State, dates: dict[str, datetime]) -> None:
    answered, met = story.answered, story.met
    found = measure(
        Moments(
            story.kind, story.department, state, story.opened, met["acceptance"], dates["acceptance"], met["first_reply"],
            dates["first_reply"], answered, dates["resolution"], answered and answered - _WRITING, answered, (),
            [Hand(story.department, story.opened, answered)] if answered else [],
        ),
        desk.meter, now=desk.plan.now,
    )  # fmt: skip
    solved, score, _ = story.verdict or (None, None, "")
    desk.add(
        "measure", story.ticket_id, story.opened.astimezone(desk.plan.calendar.zone).date(), story.department, story.kind,
        found.outcome, found.acceptance_minutes, found.accepted_on_time, found.first_reply_minutes, found.replied_on_time,
        found.resolution_minutes, found.resolved_on_time, found.review_minutes, solved, score, 0,
    )  # fmt: skip
    for place, (hand, minutes) in enumerate(found.hands):
        desk.add("hand", story.ticket_id, place, hand.department_id, minutes)


def _answer(desk: _Desk, story: _Story) -> None:
    """One id serves for the ticket, its answer and the delivery."""
    at, key = story.answered, story.ticket_id
    if at is None:
        return
    desk.add("answer", key, key, story.answer, story.staff, at)
    desk.add(
        "delivery", key, story.citizen_id, key, key, "answer", story.answer, "accepted", "customer_message",
        len(story.answer), story.staff, at, at, at,
    )  # fmt: skip
    desk.add("message", key, "out", "text", story.answer, at, story.staff, key)
    if story.verdict:
        desk.add("rating", key, *story.verdict, at + timedelta(hours=2))


def _tell(desk: _Desk, story: _Story, closed: datetime | None) -> None:
    key, staff = story.ticket_id, story.staff
    desk.add("ticket_event", key, "opened", story.opened, None, "{}")
    if story.accepted:
        desk.add("ticket_event", key, "accepted", story.accepted, staff, "{}")
    if story.replied:
        desk.add("ticket_event", key, "replied", story.replied, staff, "{}")
    if story.answered:
        desk.add("ticket_event", key, "answering", story.answered - _WRITING, staff, "{}")
        desk.add("ticket_event", key, "answer_owed", story.answered, staff, "{}")
        desk.add("ticket_event", key, "answered", story.answered, staff, "{}")
    if closed:
        desk.add("ticket_event", key, "closed", closed, None, "{}")


def _later(desk: _Desk, at: datetime | None, hours: float, spread: float) -> datetime | None:
    """Some time later, half of the times within so many hours; None where that lies ahead."""
    if at is None:
        return None
    found = at + timedelta(seconds=int(3600 * hours * desk.chance.lognormvariate(0, spread)) + 30)
    return found if found < desk.plan.now else None


def _state(story: _Story, closed: datetime | None) -> State:
    if story.answered:
        return State.CLOSED if closed else State.ANSWERED
    return State.ACCEPTED if story.accepted else State.ASSIGNED


def _targets(policy: Policy) -> dict[str, Target]:
    return {
        "acceptance": policy.acceptance or policy.first_reply,
        "first_reply": policy.first_reply,
        "resolution": policy.resolution,
    }


def _due(desk: _Desk, opened: datetime, target: Target) -> datetime:
    """Targets in days fall due together for all that was asked on a day (before or after its close)."""
    if target.unit in (Unit.WORKING_HOURS, Unit.CALENDAR_HOURS):
        return due_at(desk.plan.calendar, opened, target)
    local = opened.astimezone(desk.plan.calendar.zone)
    key = (local.date(), target, local.time() >= desk.plan.calendar.intervals[-1][1])
    if key not in desk.dues:
        desk.dues[key] = due_at(desk.plan.calendar, opened, target)
    return desk.dues[key]


def _next_step(plan: Plan, due: datetime, met: datetime | None) -> tuple[str | None, datetime | None]:
    if met is not None:
        return None, None
    return ("reminded", due) if due > plan.now else ("notified", plan.now + timedelta(days=2))


_TEXTS: dict[type, Callable[[Any], str]] = {
    type(None): lambda _: "\\N",
    bool: lambda value: "t" if value else "f",
    datetime: datetime.isoformat,
}


@lru_cache(maxsize=1)
def talk() -> list[tuple[str, str]]:
    """Questions with their answers, of the demo's county."""
    found = []
    for number in range(1, 6):
        text = resources.files("servicedesk.sandbox").joinpath(f"county/inquiries_{number}.json").read_text("utf-8")
        found += [(each["text"], each["answer"] or "已处理。") for each in json.loads(text)]
    return [(_plain(question), _plain(answer)) for question, answer in found]


def _plain(text: str) -> str:
    return text.replace("\\", "／").replace("\t", " ").replace("\n", " ")
