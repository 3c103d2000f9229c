"""A ticket's states, the steps between them, and who may take each: the one table of the desk's rights."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from servicedesk.domain.errors import NotPermitted, TicketClosed, WrongState
from servicedesk.domain.model import Actor, DepartmentId, Role, State, Ticket

OPEN = frozenset({State.NEW, State.TRIAGE, State.ASSIGNED, State.ACCEPTED, State.ANSWERING})
ENDED = frozenset({State.CLOSED, State.MERGED, State.WITHDRAWN})


class Act(StrEnum):
    """What a person at the desk may do with a ticket."""

    SEE = "see"
    ASSIGN = "assign"
    ACCEPT = "accept"
    RETURN = "return"
    NOTE = "note"
    DRAFT = "draft"
    REPLY = "reply"
    ANSWER = "answer"
    RESEND = "resend"
    MERGE = "merge"
    WITHDRAW = "withdraw"
    DECLINE = "decline"
    REOPEN = "reopen"
    CLOSE = "close"
    PUBLISH = "publish"
    PAUSE = "pause"
    ASK_EXTENSION = "ask_extension"
    DECIDE_EXTENSION = "decide_extension"
    RECLASSIFY = "reclassify"
    ASK_SUPPORT = "ask_support"
    GIVE_SUPPORT = "give_support"
    DROP_SUPPORT = "drop_support"
    KEEP_PROMISE = "keep_promise"
    EXTEND = "extend"
    TAKE_OVER = "take_over"
    HAND_BACK = "hand_back"


@dataclass(frozen=True)
class Rule:
    """From which states an act is possible, by whom, and the state it leads to (None: it stays)."""

    states: frozenset[State]
    roles: frozenset[Role]
    to: State | None = None


_ALL = frozenset(State)
_HELD = frozenset({State.ACCEPTED, State.ANSWERING})
_STAFF, _DISPATCHER, _EDITOR, _SUPERVISOR, _ADMIN = (
    Role.STAFF,
    Role.DISPATCHER,
    Role.EDITOR,
    Role.SUPERVISOR,
    Role.ADMIN,
)
_DESK = frozenset({_STAFF, _DISPATCHER, _SUPERVISOR, _ADMIN})

# 接管: who took a ticket over writes in its department's place; others below a supervisor look on until it is handed back.
IN_THE_DEPARTMENTS_PLACE = frozenset({Act.DRAFT, Act.REPLY, Act.ANSWER, Act.PAUSE})
_LOOKING_ON = frozenset({Act.SEE, Act.NOTE, Act.RESEND})

RULES: dict[Act, Rule] = {
    Act.SEE: Rule(_ALL, frozenset(Role)),
    Act.ASSIGN: Rule(
        frozenset({State.NEW, State.TRIAGE, State.ASSIGNED, State.ACCEPTED, State.ANSWERING}),
        frozenset({_DISPATCHER, _SUPERVISOR, _ADMIN}),
        State.ASSIGNED,
    ),
    Act.ACCEPT: Rule(frozenset({State.ASSIGNED}), frozenset({_STAFF}), State.ACCEPTED),
    Act.RETURN: Rule(frozenset({State.ASSIGNED, State.ACCEPTED}), frozenset({_STAFF}), State.TRIAGE),
    Act.NOTE: Rule(_ALL, _DESK),
    Act.DRAFT: Rule(_HELD, frozenset({_STAFF}), State.ANSWERING),
    Act.REPLY: Rule(_HELD, frozenset({_STAFF})),
    Act.ANSWER: Rule(_HELD, frozenset({_STAFF}), State.ANSWERING),
    Act.RESEND: Rule(_ALL, frozenset({_STAFF, _DISPATCHER, _SUPERVISOR})),
    Act.MERGE: Rule(OPEN, frozenset({_DISPATCHER, _SUPERVISOR}), State.MERGED),
    Act.WITHDRAW: Rule(OPEN, frozenset({_STAFF, _DISPATCHER, _SUPERVISOR}), State.WITHDRAWN),
    # 不予受理: no matter of this government. A department returns what is not its own; only the desk says it is nobody's.
    Act.DECLINE: Rule(OPEN, frozenset({_DISPATCHER, _SUPERVISOR}), State.WITHDRAWN),
    Act.REOPEN: Rule(frozenset({State.ANSWERED, State.CLOSED}), frozenset({_DISPATCHER, _SUPERVISOR}), State.ACCEPTED),
    Act.CLOSE: Rule(frozenset({State.ANSWERED}), frozenset({_STAFF, _SUPERVISOR}), State.CLOSED),
    Act.PAUSE: Rule(_HELD, frozenset({_STAFF})),
    Act.ASK_EXTENSION: Rule(_HELD, frozenset({_STAFF})),
    Act.DECIDE_EXTENSION: Rule(_HELD, frozenset({_SUPERVISOR})),
    Act.RECLASSIFY: Rule(OPEN, frozenset({_DISPATCHER, _SUPERVISOR})),
    Act.ASK_SUPPORT: Rule(OPEN - {State.NEW, State.TRIAGE}, frozenset({_STAFF, _DISPATCHER, _SUPERVISOR})),
    Act.GIVE_SUPPORT: Rule(OPEN, frozenset({_STAFF})),
    Act.DROP_SUPPORT: Rule(OPEN, frozenset({_STAFF, _DISPATCHER, _SUPERVISOR})),
    Act.KEEP_PROMISE: Rule(frozenset({State.ANSWERED, State.CLOSED, *_HELD}), frozenset({_STAFF, _SUPERVISOR})),
    Act.EXTEND: Rule(OPEN, frozenset({_SUPERVISOR})),
    Act.TAKE_OVER: Rule(_HELD | {State.ASSIGNED}, frozenset({_SUPERVISOR})),
    Act.HAND_BACK: Rule(_HELD, frozenset({_SUPERVISOR})),
    Act.PUBLISH: Rule(frozenset({State.ANSWERED, State.CLOSED}), frozenset({_EDITOR})),
}


def check(actor: Actor, act: Act, ticket: Ticket) -> None:
    """Raise NotPermitted, TicketClosed or WrongState where the actor cannot do this to the ticket now."""
    rule = RULES[act]
    if actor.account_id != ticket.account_id or not _has_hands(actor, act, ticket):
        raise NotPermitted
    if actor.role is Role.STAFF and not _of_department(actor, act, ticket):
        raise NotPermitted
    if actor.role is Role.EDITOR and ticket.state not in RULES[Act.PUBLISH].states:
        raise NotPermitted
    if ticket.state not in rule.states:
        raise TicketClosed if ticket.state in ENDED else WrongState
    if act is Act.TAKE_OVER and ticket.taken_over_by == actor.staff_id:
        raise WrongState
    if act is Act.HAND_BACK and ticket.taken_over_by is None:
        raise WrongState


def _of_department(actor: Actor, act: Act, ticket: Ticket) -> bool:
    """The department in the lead does everything; one that supports it sees, notes, and gives its share."""
    supports = actor.department_id in ticket.supporters
    if act is Act.GIVE_SUPPORT:
        return supports
    leads = actor.department_id == ticket.department_id
    return leads or (supports and act in (Act.SEE, Act.NOTE))


def possible(actor: Actor, ticket: Ticket) -> frozenset[Act]:
    """The acts that the actor may take on the ticket now: what its page offers."""
    return frozenset(act for act in Act if _allowed(actor, act, ticket))


def scope(actor: Actor) -> DepartmentId | None:
    """The one department whose tickets the actor sees, or None for all of the account's."""
    return actor.department_id if actor.role is Role.STAFF else None


def _has_hands(actor: Actor, act: Act, ticket: Ticket) -> bool:
    """Whether the act is one of the actor's role, less or more while a supervisor has the ticket."""
    by_role = actor.role in RULES[act].roles
    if ticket.taken_over_by is None or actor.role not in (Role.STAFF, Role.DISPATCHER, Role.SUPERVISOR):
        return by_role
    if actor.role is Role.SUPERVISOR:
        return by_role or (act in IN_THE_DEPARTMENTS_PLACE and actor.staff_id == ticket.taken_over_by)
    return by_role and act in _LOOKING_ON


def _allowed(actor: Actor, act: Act, ticket: Ticket) -> bool:
    try:
        check(actor, act, ticket)
    except (NotPermitted, TicketClosed, WrongState):
        return False
    return True
