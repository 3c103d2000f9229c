"""Whom a step of the ladder concerns, and what a message about many of them says."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from servicedesk.domain.model import DepartmentId, Role
from servicedesk.domain.sending import Refusal, backoff
from servicedesk.domain.sla import LADDER, DeadlineKind, Step

MOST_LINES = 20
_MAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})+")
_LONGEST_MAIL = 254  # RFC 5321
_ABOVE = {Step.REMINDED: Role.DISPATCHER, Step.SUPERVISED: Role.SUPERVISOR, Step.NOTIFIED: Role.ADMIN}


class Means(StrEnum):
    """How somebody is told, beside the page that everybody has."""

    MAIL = "mail"
    WECHAT = "wechat"
    WEBHOOK = "webhook"


PERSONAL = (Means.MAIL, Means.WECHAT)  # what a person chooses from


class Reason(StrEnum):
    """Why something did not arrive, whatever code the other side has for it."""

    BUSY = "busy"
    UNREACHABLE = "unreachable"
    BROKE = "broke"
    REJECTED = "rejected"
    PRIVATE_ADDRESS = "private_address"
    GONE = "gone"
    WINDOW_CLOSED = "window_closed"
    NOT_FOLLOWING = "not_following"
    NO_RIGHT = "no_right"
    NO_SERVER = "no_server"
    REMOVED = "removed"


MOST_TRIES = 10
_SKIPPED = frozenset({Reason.WINDOW_CLOSED, Reason.NOT_FOLLOWING, Reason.NO_RIGHT, Reason.NO_SERVER, Reason.REMOVED})
_FINAL = frozenset({Reason.REJECTED, Reason.PRIVATE_ADDRESS, Reason.GONE})
_OF_REFUSALS = {
    Refusal.WINDOW_CLOSED: Reason.WINDOW_CLOSED, Refusal.UNREACHABLE: Reason.NOT_FOLLOWING, Refusal.NO_RIGHT: Reason.NO_RIGHT,
    Refusal.REJECTED: Reason.REJECTED,
}  # fmt: skip


def reason_of(refusal: Refusal) -> Reason:
    """What a channel's refusal of a message to a person at the desk means."""
    return _OF_REFUSALS.get(refusal, Reason.BUSY)


@dataclass(frozen=True)
class Outcome:
    """What becomes of it: failed or skipped, or (None) tried again at an instant."""

    state: str | None
    next_try_at: datetime | None = None


def after_failure(reason: Reason, attempts: int, now: datetime) -> Outcome:
    """Skipped where nothing is wrong but this means is closed now; else tried again, ten times in all, then failed."""
    if reason in _SKIPPED:
        return Outcome("skipped")
    if reason in _FINAL or attempts >= MOST_TRIES:
        return Outcome("failed")
    return Outcome(None, now + backoff(attempts - 1))


def roles_told(step: Step, department_id: DepartmentId | None) -> frozenset[Role]:
    """Who is told of a step beside the staff of the department in whose hands the ticket is.

    Warnings stay with the department, or with the dispatchers while there is none; 催办 goes to the dispatchers too, 督办
    also to the supervisors, 通报 also to the administrators.
    """
    reached = LADDER[: LADDER.index(step) + 1]
    above = frozenset(role for rung, role in _ABOVE.items() if rung in reached)
    return above if department_id is not None else above | {Role.DISPATCHER}


def is_mail(text: str) -> bool:
    """Whether a text is one plain mail address."""
    return len(text) <= _LONGEST_MAIL and _MAIL.fullmatch(text) is not None


@dataclass(frozen=True)
class Item:
    """A step of one deadline, as it is told: no citizen's words, and nobody's name."""

    number: str
    step: Step
    deadline: DeadlineKind
    department: str | None
    due_at: datetime

    def as_facts(self) -> dict[str, Any]:
        """The item as it is kept."""
        return {
            "number": self.number, "step": self.step, "deadline": self.deadline, "department": self.department,
            "due_at": self.due_at.isoformat(),
        }  # fmt: skip

    @classmethod
    def from_facts(cls, kept: Mapping[str, Any]) -> Item:
        """The item that was kept."""
        due_at = datetime.fromisoformat(kept["due_at"])
        return cls(kept["number"], Step(kept["step"]), DeadlineKind(kept["deadline"]), kept["department"], due_at)


@dataclass(frozen=True)
class Summary:
    """One message: a line for each ticket, the most urgent first, and how many more there are."""

    items: tuple[Item, ...]
    more: int


def summary(items: Iterable[Item], most: int = MOST_LINES) -> Summary:
    """The most serious step of each ticket, the highest steps first and of one step the longest due; at most so many lines."""
    worst: dict[str, Item] = {}
    for item in items:
        known = worst.get(item.number)
        if known is None or _urgency(item) < _urgency(known):
            worst[item.number] = item
    ordered = sorted(worst.values(), key=_urgency)
    return Summary(tuple(ordered[:most]), max(0, len(ordered) - most))


def _urgency(item: Item) -> tuple[int, datetime, str]:
    return -LADDER.index(item.step), item.due_at, item.number
