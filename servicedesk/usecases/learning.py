"""When an account's routing learns, from what, and what becomes of a new version."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from servicedesk.domain.model import AccountId, TicketId
from servicedesk.domain.routing import DutyLists, choose
from servicedesk.language.classifier import reading
from servicedesk.store import accounts
from servicedesk.store import routing as rows
from servicedesk.store.db import Conn, View
from servicedesk.store.routing import Asked, LearnedVersion
from servicedesk.usecases.routing import NONE_OF_THESE, duties_of

EVERY = timedelta(hours=6)
FIRST = 100  # so many decided tickets, and there is something to learn
MOST = 8_000  # the newest; what was decided years ago is not how it is decided now
ASKED_MOST = 2_000
_NEW_LEAST, _NEW_SHARE = 30, 0.02
_HELD_OUT = 0.2
VERSIONS_KEPT = 10


Lesson = tuple[str, str, int, str | None]


@dataclass(frozen=True)
class Plan:
    """What a lesson is given: the duty lists, older and recent tickets (body, key, weight, and the key of the department
    that the lists' own words clearly name), and what is in use.

    unseen: so many of the newest were never taught to what is in use.
    """

    account_id: AccountId
    duties: dict[str, str]
    older: tuple[Lesson, ...]
    recent: tuple[Lesson, ...]
    unseen: int
    former: LearnedVersion | None
    former_kept: bytes | None
    taught_until: TicketId


@dataclass(frozen=True)
class Learned:
    """What came of a lesson; see language/learning.py."""

    classifier: bytes
    digest: str
    share: float
    heat: float
    held_out: tuple[Asked, ...]
    accuracy: float
    accuracy_before: float


async def take_plan(conn: Conn, account_ids: Sequence[AccountId], *, now: datetime) -> tuple[AccountId | None, Plan | None]:
    """The account whose turn it is, and its lesson, if there is enough that is new to learn."""
    account_id = await rows.take_turn(conn, account_ids, before=now - EVERY, now=now)
    return account_id, None if account_id is None else await plan_of(conn, account_id)


async def plan_of(conn: Conn, account_id: AccountId) -> Plan | None:
    """The lesson of an account, or None where there is too little, or too little that is new.

    Where the desk reads texts otherwise than when the newest version was learned, all is new.
    """
    departments = await accounts.departments(conn, account_id)
    duties = duties_of(departments)
    decided = [
        each for each in await rows.decided(conn, account_id, after=0, size=MOST) if _key(each) in (*duties, NONE_OF_THESE)
    ]
    if len(decided) < FIRST:
        return None
    newest = await rows.versions(conn, account_id, size=1)
    tried_until = newest[0]["taught_until"] if newest else 0
    new = sum(each["ticket_id"] > tried_until for each in decided)
    same_reading = newest and newest[0]["reading"] == reading()
    if same_reading and new < max(_NEW_LEAST, _NEW_SHARE * len(decided)):
        return None
    former = await rows.version_in_use(conn, account_id, reading=reading())
    kept = None if former is None else await rows.kept(conn, account_id, former.id)
    recent, unseen = _recent(decided, former)
    lessons = await asyncio.to_thread(_lessons, decided, recent, DutyLists(departments))
    return Plan(
        account_id, duties, lessons[:-recent], lessons[-recent:], unseen, former if kept else None, kept,
        TicketId(decided[-1]["ticket_id"]),
    )  # fmt: skip


async def keep(conn: Conn, plan: Plan, learned: Learned, *, now: datetime) -> bool:
    """Keep the new version; whether it is used: it is no worse, and the account lets better ones in by themselves."""
    version = LearnedVersion(0, learned.digest, learned.share, learned.heat, learned.held_out, plan.taught_until, reading())
    made = await rows.add_version(
        conn, plan.account_id, version, learned.classifier, taught=len(plan.older) + len(plan.recent),
        accuracy=learned.accuracy, accuracy_before=learned.accuracy_before, now=now,
    )  # fmt: skip
    _, automatic = await rows.aims(conn, plan.account_id)
    used = automatic and learned.accuracy >= learned.accuracy_before
    if used:
        await rows.use_version(conn, plan.account_id, made, reading=reading(), by=None, now=now)
    await rows.drop_old_versions(conn, plan.account_id, keep=VERSIONS_KEPT)
    return used


def _recent(decided: Sequence[View], former: LearnedVersion | None) -> tuple[int, int]:
    """How many of the newest a version is asked about before it is taught them, and how many of these are new to the former."""
    share = int(len(decided) * _HELD_OUT)
    if former is None:
        return share, share
    unseen = sum(each["ticket_id"] > former.taught_until for each in decided)
    recent = min(max(unseen, share), ASKED_MOST, len(decided) - FIRST // 2)
    return recent, min(unseen, recent)


def _lessons(decided: Sequence[View], recent: int, lists: DutyLists) -> tuple[Lesson, ...]:
    """All of them; what the lists say is asked of the recent alone."""
    known = len(decided) - recent
    listed = [None if at < known else choose(each["body"], lists).department_id for at, each in enumerate(decided)]
    return tuple(
        (each["body"], _key(each), each["weight"], None if found is None else str(found))
        for each, found in zip(decided, listed, strict=True)
    )


def _key(decided: View) -> str:
    return NONE_OF_THESE if decided["department_id"] is None else str(decided["department_id"])
