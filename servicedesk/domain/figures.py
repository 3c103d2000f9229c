"""The figures of the desk: what a ticket's moments measure, mergeable histograms, and rates. docs/figures.md defines each."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from servicedesk.domain.meter import Meter
from servicedesk.domain.model import DepartmentId, Kind, State

# Upper edges in working minutes, each about a seventh over the one before: a percentile is right to within 15 %.
EDGES: tuple[int, ...] = tuple(dict.fromkeys(round(5 * 1.15**power) for power in range(64)))
MEASURED = ("acceptance", "first_reply", "resolution", "review")
NAMES = (*MEASURED, "hand")
SATISFIED_FROM = 3  # of 1 to 5: 基本满意 and better
ALL, NOBODY, ALL_KINDS = 0, -1, ""


@dataclass(frozen=True)
class Hand:
    """In whose hands a ticket was from when to when, and whether they returned it; no department: with the dispatchers."""

    department_id: DepartmentId | None
    begun_at: datetime
    ended_at: datetime
    returned: bool = False


@dataclass(frozen=True)
class Moments:
    """What happened to a ticket when; pauses are times in which the desk waited for its citizen."""

    kind: Kind
    department_id: DepartmentId | None
    state: State
    opened_at: datetime
    accepted_at: datetime | None
    acceptance_due_at: datetime | None
    replied_at: datetime | None
    reply_due_at: datetime
    answered_at: datetime | None
    resolution_due_at: datetime
    drafted_at: datetime | None
    submitted_at: datetime | None
    pauses: Sequence[tuple[datetime, datetime]] = ()
    hands: Sequence[Hand] = ()


@dataclass(frozen=True)
class Measures:
    """Working minutes, and whether each came in time (None: not decided yet)."""

    outcome: str
    acceptance_minutes: int | None
    accepted_on_time: bool | None
    first_reply_minutes: int | None
    replied_on_time: bool | None
    resolution_minutes: int | None
    resolved_on_time: bool | None
    review_minutes: int | None
    hands: tuple[tuple[Hand, int], ...]


def measure(moments: Moments, meter: Meter, *, now: datetime) -> Measures:
    """What the moments measure as of now."""
    opened = moments.opened_at
    paused = sum(meter.minutes(max(begun, opened), min(ended, moments.answered_at or ended)) for begun, ended in moments.pauses)
    reviewed = moments.drafted_at is not None and moments.submitted_at is not None and moments.answered_at is not None
    return Measures(
        outcome=outcome_of(moments.state),
        acceptance_minutes=_minutes(meter, opened, moments.accepted_at),
        accepted_on_time=in_time(moments.accepted_at, moments.acceptance_due_at, now),
        first_reply_minutes=_minutes(meter, opened, moments.replied_at),
        replied_on_time=in_time(moments.replied_at, moments.reply_due_at, now),
        resolution_minutes=None if moments.answered_at is None else max(0, meter.minutes(opened, moments.answered_at) - paused),
        resolved_on_time=in_time(moments.answered_at, moments.resolution_due_at, now),
        review_minutes=_minutes(meter, moments.drafted_at, moments.submitted_at) if reviewed else None,
        hands=tuple((hand, meter.minutes(hand.begun_at, hand.ended_at)) for hand in moments.hands),
    )


def outcome_of(state: State) -> str:
    """Which side of the balance a ticket stands on."""
    if state in (State.ANSWERED, State.CLOSED):
        return "answered"
    return state.value if state in (State.MERGED, State.WITHDRAWN) else "open"


def in_time(met_at: datetime | None, due_at: datetime | None, now: datetime) -> bool | None:
    """Whether it came in time; None where it is neither met nor due."""
    if due_at is None:
        return None
    if met_at is not None:
        return met_at <= due_at
    return False if due_at <= now else None


def bucket_of(minutes: int) -> int:
    """The bucket of a length of time: the first whose edge is not below it; the last takes all that is longer."""
    return min(bisect_left(EDGES, minutes), len(EDGES) - 1)


def percentile(counts: Mapping[int, int], share: float) -> int | None:
    """The edge of the bucket in which the smallest value lies that at least this share does not exceed, in minutes."""
    total = sum(counts.values())
    if not total:
        return None
    wanted, seen = max(1, -(-total * round(share * 1000) // 1000)), 0
    for bucket in sorted(counts):
        seen += counts[bucket]
        if seen >= wanted:
            return EDGES[bucket]
    return EDGES[-1]


def rate(part: int, whole: int) -> float | None:
    """A share, or None of nothing."""
    return part / whole if whole else None


def _minutes(meter: Meter, start: datetime | None, end: datetime | None) -> int | None:
    return None if start is None or end is None else meter.minutes(start, end)
