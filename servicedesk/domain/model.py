"""The desk's words as values. Instants are UTC; ids are unique within their account."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from enum import StrEnum
from typing import Any, NewType
from zoneinfo import ZoneInfo

from servicedesk.domain.sending import Means

AccountId = NewType("AccountId", int)
CitizenId = NewType("CitizenId", int)
DeliveryId = NewType("DeliveryId", int)
DepartmentId = NewType("DepartmentId", int)
DigestId = NewType("DigestId", int)
StaffId = NewType("StaffId", int)
TicketId = NewType("TicketId", int)


class State(StrEnum):
    """Where a ticket stands."""

    NEW = "new"
    TRIAGE = "triage"
    ASSIGNED = "assigned"
    ACCEPTED = "accepted"
    ANSWERING = "answering"
    ANSWERED = "answered"
    CLOSED = "closed"
    MERGED = "merged"
    WITHDRAWN = "withdrawn"


class Kind(StrEnum):
    """What sort of inquiry it is; each has its own time to answer."""

    QUESTION = "question"
    HELP = "help"
    COMPLAINT = "complaint"
    COMPLEX = "complex"
    PETITION = "petition"
    DISCLOSURE = "disclosure"


class Priority(StrEnum):
    """How pressing it is."""

    NORMAL = "normal"
    URGENT = "urgent"


class Role(StrEnum):
    """Who a person at the desk is."""

    STAFF = "staff"
    DISPATCHER = "dispatcher"
    EDITOR = "editor"
    SUPERVISOR = "supervisor"
    ADMIN = "admin"


@dataclass(frozen=True)
class AfterBreach:
    """How many working hours after the breach 督办 and 通报 come."""

    supervised: int
    notified: int


@dataclass(frozen=True)
class Account:
    """One official account of the government."""

    id: AccountId
    code: str
    name: str
    kind: str
    appid: str
    mode: str
    api_base: str
    zone: ZoneInfo
    intervals: tuple[tuple[time, time], ...]
    push_at: time
    pieces_aimed: int
    close_after_days: int
    cover_media_id: str | None
    original_id: str | None
    quiet_s: int
    after_breach: AfterBreach = AfterBreach(4, 16)
    has_webhook: bool = False


@dataclass(frozen=True)
class ChannelSecrets:
    """What proves to the platform that we are the account; never logged, encrypted in the database."""

    secret: str = field(repr=False)
    token: str = field(repr=False)
    aes_key: str = field(repr=False)
    previous_aes_key: str | None = field(repr=False, default=None)


@dataclass(frozen=True)
class Duty:
    """One clause of a department's duty list, and the words by which people mean it."""

    clause: int
    title: str
    keywords: tuple[str, ...]


@dataclass(frozen=True)
class Department:
    """Who answers."""

    id: DepartmentId
    code: str
    name: str
    short_name: str
    phone: str
    duties: tuple[Duty, ...] = ()
    reopen_days: int = 0


@dataclass(frozen=True)
class Actor:
    """A person at the desk, doing something."""

    account_id: AccountId
    staff_id: StaffId
    login: str
    name: str
    role: Role
    department_id: DepartmentId | None


@dataclass(frozen=True)
class InboundMessage:
    """One call of the platform, in the desk's words.

    kind: text, image, voice, video, location, link, event, or other. `event` and `event_key` are lower and as-is.
    """

    dedupe_key: str
    openid: str
    kind: str
    text: str = ""
    media_id: str | None = None
    event: str = ""
    event_key: str = ""
    sent_at: datetime | None = None
    payload: Mapping[str, Any] = field(default_factory=dict)
    chosen: str = ""  # the id of the line of a menu message that was tapped


@dataclass(frozen=True)
class Ticket:
    """The desk's work on one inquiry."""

    id: TicketId
    account_id: AccountId
    number: str
    citizen_id: CitizenId
    state: State
    kind: Kind
    priority: Priority
    department_id: DepartmentId | None
    supporters: tuple[DepartmentId, ...]
    designated: bool
    routing: Mapping[str, Any]
    returns: int
    opened_at: datetime
    changed_at: datetime
    due_at: datetime | None
    answered_at: datetime | None
    closed_at: datetime | None
    withdrawal: str | None
    merged_into_id: TicketId | None
    follows_id: TicketId | None
    taken_over_by: StaffId | None = None
    not_ours: str | None = None


@dataclass(frozen=True)
class Event:
    """What happened to a ticket."""

    kind: str
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Delivery:
    """One thing owed to one citizen.

    claims: how often it was claimed, which names the claim that a worker holds; interruptions: tries without an outcome.
    """

    id: DeliveryId
    account_id: AccountId
    ticket_id: TicketId
    citizen_id: CitizenId
    openid: str
    number: str
    department: str
    purpose: str
    body: str
    sent_chars: int
    attempts: int
    window_closes_at: datetime | None
    window_left: int
    means: Means
    claims: int = 0
    interruptions: int = 0
    has_files: bool = False
    together: tuple[str, ...] = ()  # the departments that gave their share to it
