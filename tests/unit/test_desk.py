"""States and rights: the one table."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicedesk.domain.access import HOME, PAGES, Page, check_page, pages_of
from servicedesk.domain.desk import ENDED, OPEN, RULES, Act, check, possible, scope
from servicedesk.domain.errors import DeskError, NotPermitted, TicketClosed, WrongState
from servicedesk.domain.model import (
    AccountId,
    Actor,
    CitizenId,
    DepartmentId,
    Kind,
    Priority,
    Role,
    StaffId,
    State,
    Ticket,
    TicketId,
)
from tests.desk import NOW

HERE, THERE = DepartmentId(1), DepartmentId(2)


def ticket(state: State, department: DepartmentId | None = HERE, supporters: tuple[DepartmentId, ...] = ()) -> Ticket:
    return Ticket(
        TicketId(1), AccountId(1), "20261125-0001", CitizenId(1), state, Kind.QUESTION, Priority.NORMAL, department, supporters,
        False, {}, 0, NOW, NOW, NOW, None, None, None, None, None,
    )  # fmt: skip


def actor(role: Role, department: DepartmentId | None = HERE, account: int = 1) -> Actor:
    return Actor(AccountId(account), StaffId(1), "a", "A", role, department if role is Role.STAFF else None)


everything = st.tuples(st.sampled_from(Role), st.sampled_from(Act), st.sampled_from(State))


@given(everything)
def test_nobody_of_another_account_may_do_anything(case: tuple[Role, Act, State]) -> None:
    role, act, state = case
    with pytest.raises(NotPermitted):
        check(actor(role, account=2), act, ticket(state))


@given(st.sampled_from(Act), st.sampled_from(State))
def test_staff_of_another_department_may_do_nothing(act: Act, state: State) -> None:
    with pytest.raises(NotPermitted):
        check(actor(Role.STAFF, THERE), act, ticket(state))


@given(everything)
def test_what_a_page_offers_is_what_the_check_allows(case: tuple[Role, Act, State]) -> None:
    role, act, state = case
    try:
        check(actor(role), act, ticket(state))
    except (NotPermitted, DeskError):
        assert act not in possible(actor(role), ticket(state))
    else:
        assert act in possible(actor(role), ticket(state))


@pytest.mark.parametrize("state", sorted(ENDED))
@pytest.mark.parametrize("act", [Act.ANSWER, Act.DRAFT, Act.REPLY, Act.ACCEPT])
def test_a_closed_ticket_takes_no_answer(state: State, act: Act) -> None:
    with pytest.raises(TicketClosed):
        check(actor(Role.STAFF), act, ticket(state))


def test_an_answer_before_acceptance_is_out_of_turn() -> None:
    with pytest.raises(WrongState):
        check(actor(Role.STAFF), Act.ANSWER, ticket(State.ASSIGNED))


def test_only_departments_answer() -> None:
    assert RULES[Act.ANSWER].roles == {Role.STAFF}


def test_no_act_leads_straight_to_answered() -> None:
    assert State.ANSWERED not in {rule.to for rule in RULES.values()}


def test_every_open_state_has_an_act_that_leads_on() -> None:
    for state in OPEN:
        assert any(state in rule.states and rule.to not in (None, state) for rule in RULES.values())


TAKEN = StaffId(7)
HANDS = (Act.DRAFT, Act.REPLY, Act.ANSWER, Act.PAUSE)


def taken(state: State = State.ACCEPTED) -> Ticket:
    return replace(ticket(state), taken_over_by=TAKEN)


def supervisor(staff: StaffId = TAKEN) -> Actor:
    return replace(actor(Role.SUPERVISOR), staff_id=staff)


@pytest.mark.parametrize("act", HANDS)
def test_who_took_a_ticket_over_writes_in_the_departments_place_and_nobody_else(act: Act) -> None:
    check(supervisor(), act, taken())
    for other in (supervisor(StaffId(8)), actor(Role.STAFF), actor(Role.DISPATCHER), actor(Role.ADMIN)):
        with pytest.raises(NotPermitted):
            check(other, act, taken())
    with pytest.raises(NotPermitted):
        check(supervisor(), act, ticket(State.ACCEPTED))


@pytest.mark.parametrize("role", [Role.STAFF, Role.DISPATCHER])
@given(state=st.sampled_from(State))
def test_the_department_and_the_dispatchers_look_on_while_a_supervisor_has_the_ticket(role: Role, state: State) -> None:
    assert possible(actor(role), taken(state)) <= {Act.SEE, Act.NOTE, Act.RESEND}


def test_a_person_who_is_a_supervisor_no_longer_has_no_hands_in_what_they_took_over() -> None:
    assert not set(HANDS) & possible(replace(actor(Role.EDITOR), staff_id=TAKEN), taken())


def test_a_ticket_is_taken_over_once_by_each_and_handed_back_by_any_supervisor() -> None:
    with pytest.raises(WrongState):
        check(supervisor(), Act.TAKE_OVER, taken())
    check(supervisor(StaffId(8)), Act.TAKE_OVER, taken())
    check(supervisor(StaffId(8)), Act.HAND_BACK, taken())
    with pytest.raises(WrongState):
        check(supervisor(), Act.HAND_BACK, ticket(State.ACCEPTED))


@pytest.mark.parametrize("act", [Act.TAKE_OVER, Act.HAND_BACK, Act.EXTEND])
@pytest.mark.parametrize("role", sorted(set(Role) - {Role.SUPERVISOR}))
def test_only_supervisors_take_over_hand_back_and_extend(act: Act, role: Role) -> None:
    for each in (ticket(State.ACCEPTED), taken()):
        with pytest.raises(NotPermitted):
            check(actor(role), act, each)


def test_editors_see_only_what_is_answered() -> None:
    with pytest.raises(NotPermitted):
        check(actor(Role.EDITOR), Act.SEE, ticket(State.ACCEPTED))
    check(actor(Role.EDITOR), Act.SEE, ticket(State.ANSWERED))


def test_staff_see_their_department_and_others_all() -> None:
    assert scope(actor(Role.STAFF)) == HERE
    assert scope(actor(Role.SUPERVISOR)) is None


@pytest.mark.parametrize("role", list(Role))
def test_every_role_has_a_home_that_it_may_enter(role: Role) -> None:
    check_page(actor(role), HOME[role])
    assert HOME[role] in pages_of(role)
    for page in set(Page) - set(pages_of(role)):
        assert role not in PAGES[page]
        with pytest.raises(NotPermitted):
            check_page(replace(actor(role)), page)


def test_a_supporting_department_sees_notes_and_gives_its_share_and_nothing_else() -> None:
    supported = ticket(State.ACCEPTED, HERE, (THERE,))
    assert possible(actor(Role.STAFF, THERE), supported) == {Act.SEE, Act.NOTE, Act.GIVE_SUPPORT}
    assert Act.GIVE_SUPPORT not in possible(actor(Role.STAFF, HERE), supported)
    assert possible(actor(Role.STAFF, DepartmentId(3)), supported) == set()
