"""What a supervisor does to a ticket: takes it over, hands it back, gives it to another, extends it, comments on it."""

from __future__ import annotations

from datetime import datetime, timedelta

import asyncpg
import pytest

from servicedesk.domain.errors import AnswerUnderWay, AskedAlready, InvalidForm, NotPermitted, WrongState
from servicedesk.domain.model import Account, State
from servicedesk.store import clocks, deadlines, deliveries, messages, tickets
from servicedesk.usecases import answering, assigning, clock_views, desk_views, ending, extending, merging, pausing, taking_over
from servicedesk.usecases.extending import More
from tests.desk import NOW, Desk

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def words(_account: Account, facts: dict[str, str]) -> str:
    return f"{facts['reason']} {facts['until']}"


async def take_over(desk: Desk, number: str, *, login: str = "duban", now: datetime = NOW) -> None:
    await taking_over.take_over(desk.conn, desk.staff[login], number, "群众反映强烈", now=now)


async def hand_back(desk: Desk, number: str, *, now: datetime = NOW) -> None:
    await taking_over.hand_back(desk.conn, desk.staff["duban"], number, "请按批示办理", now=now)


async def happened(desk: Desk, number: str) -> list[str]:
    return [row["kind"] for row in await tickets.events_of(desk.conn, await desk.ticket(number))]


async def test_a_supervisor_takes_a_ticket_over_and_answers_it(desk: Desk) -> None:
    number = await desk.accepted()
    await take_over(desk, number)
    for write in (answering.reply, answering.answer, answering.draft):
        with pytest.raises(NotPermitted):
            await write(desk.conn, desk.staff["zhujian"], number, "我们来答", now=NOW)
    page = await desk_views.ticket_page(desk.conn, desk.staff["zhujian"], number)
    assert page.taken_over_by == "duban某"
    await answering.answer(desk.conn, desk.staff["duban"], number, "已协调解决。", now=NOW)
    await desk.deliver()
    ticket = await desk.ticket(number)
    assert (ticket.state, ticket.department_id) == (State.ANSWERED, desk.staff["zhujian"].department_id)
    assert "taken_over" in await happened(desk, number)
    assert {row["met_at"] for row in await deadlines.of_ticket(desk.conn, ticket)} == {NOW}
    await desk.balance()


async def test_what_nobody_had_accepted_goes_back_to_be_accepted(desk: Desk) -> None:
    number = await desk.asked()
    await take_over(desk, number)
    assert (await desk.ticket(number)).state is State.ACCEPTED
    await hand_back(desk, number)
    ticket = await desk.ticket(number)
    assert (ticket.state, ticket.taken_over_by) == (State.ASSIGNED, None)
    await assigning.accept(desk.conn, desk.staff["zhujian"], number, now=NOW)
    await take_over(desk, number)
    await hand_back(desk, number)
    assert (await desk.ticket(number)).state is State.ACCEPTED
    assert (await happened(desk, number))[-2:] == ["taken_over", "handed_back"]


async def test_taking_over_and_handing_back_need_a_reason_and_no_answer_on_its_way(desk: Desk) -> None:
    number = await desk.accepted()
    for bad in ("  ", "长" * 501):
        with pytest.raises(InvalidForm):
            await taking_over.take_over(desk.conn, desk.staff["duban"], number, bad, now=NOW)
    await answering.answer(desk.conn, desk.staff["zhujian"], number, "好了。", now=NOW)
    with pytest.raises(AnswerUnderWay):
        await take_over(desk, number)
    other = await desk.accepted(openid="c2")
    await take_over(desk, other)
    with pytest.raises(WrongState):
        await take_over(desk, other)
    await answering.answer(desk.conn, desk.staff["duban"], other, "好了。", now=NOW)
    with pytest.raises(AnswerUnderWay):
        await hand_back(desk, other)


async def test_who_took_over_waits_for_the_citizen_too(desk: Desk) -> None:
    number = await desk.accepted()
    await take_over(desk, number)
    with pytest.raises(NotPermitted):
        await pausing.pause(desk.conn, desk.staff["zhujian"], number, "哪一栋？", lambda *_: "等您回复", now=NOW)
    await pausing.pause(desk.conn, desk.staff["duban"], number, "哪一栋？", lambda *_: "等您回复", now=NOW)
    assert len(await clocks.pauses_of(desk.conn, await desk.ticket(number))) == 1


@pytest.mark.parametrize("login", ["zhujian", "paidan", "admin", "bianji", "jiaoyu"])
async def test_nobody_else_takes_over_or_extends(desk: Desk, login: str) -> None:
    number = await desk.accepted()
    with pytest.raises(NotPermitted):
        await take_over(desk, number, login=login)
    with pytest.raises(NotPermitted):
        await extending.extend(desk.conn, desk.staff[login], number, More("1", "材料待核"), words, now=NOW)


async def test_reassigning_takes_it_out_of_the_supervisors_hands(desk: Desk) -> None:
    number = await desk.accepted()
    await take_over(desk, number)
    with pytest.raises(NotPermitted):
        await assigning.assign(desk.conn, desk.staff["paidan"], number, "jiaoyu", "", now=NOW)
    await assigning.assign(desk.conn, desk.staff["duban"], number, "jiaoyu", "属教育局职责", now=NOW)
    ticket = await desk.ticket(number)
    assert (ticket.state, ticket.taken_over_by) == (State.ASSIGNED, None)
    await assigning.accept(desk.conn, desk.staff["jiaoyu"], number, now=NOW)


async def test_what_did_not_solve_it_comes_back_to_who_answered(desk: Desk) -> None:
    number = await desk.accepted()
    await take_over(desk, number)
    await answering.answer(desk.conn, desk.staff["duban"], number, "好了。", now=NOW)
    await desk.deliver()
    await ending.reopen(desk.conn, desk.staff["duban"], number, "市民说没有解决", now=NOW + DAY)
    ticket = await desk.ticket(number)
    assert (ticket.state, ticket.taken_over_by) == (State.ACCEPTED, desk.staff["duban"].staff_id)
    await hand_back(desk, number, now=NOW + DAY)


async def test_a_merged_ticket_that_opens_again_is_its_departments(desk: Desk) -> None:
    number, other = await desk.accepted(), await desk.accepted(openid="c2")
    await take_over(desk, number)
    await merging.merge(desk.conn, desk.staff["duban"], number, other, now=NOW)
    await ending.withdraw(desk.conn, desk.staff["zhujian"], other, "市民来电撤回", now=NOW)
    ticket = await desk.ticket(number)
    assert (ticket.state, ticket.taken_over_by) == (State.ASSIGNED, None)
    await desk.balance()


async def test_the_database_lets_no_ticket_be_taken_over_that_no_department_holds(desk: Desk) -> None:
    number = await desk.asked()
    with pytest.raises(asyncpg.CheckViolationError):
        await desk.conn.execute("UPDATE ticket SET taken_over_by = $1 WHERE number = $2", desk.staff["duban"].staff_id, number)


async def test_a_supervisor_extends_unasked_and_the_citizen_is_told(desk: Desk) -> None:
    number = await desk.asked()
    ticket = await desk.ticket(number)
    before = {row["kind"]: row["due_at"] for row in await deadlines.of_ticket(desk.conn, ticket)}
    await extending.extend(desk.conn, desk.staff["duban"], number, More("2", "需要现场勘查"), words, now=NOW)
    after = {row["kind"]: row["due_at"] for row in await deadlines.of_ticket(desk.conn, ticket)}
    assert after == {**before, "resolution": before["resolution"] + 2 * DAY}
    (told,) = await deliveries.of_ticket(desk.conn, ticket)
    assert (told["purpose"], told["body"]) == ("notice", "需要现场勘查 2026-12-02")
    for each in await clock_views.explained(desk.conn, desk.account, ticket):
        assert each.ledger.due_at == each.row["due_at"]
    assert (await happened(desk, number))[-1] == "extended"


async def test_an_extension_that_was_asked_for_is_decided_rather_than_given(desk: Desk) -> None:
    number = await desk.accepted()
    for bad in (More("0", "x"), More("61", "x"), More("1", " ")):
        with pytest.raises(InvalidForm):
            await extending.extend(desk.conn, desk.staff["duban"], number, bad, words, now=NOW)
    await extending.ask(desk.conn, desk.staff["zhujian"], number, "2", "材料待核", now=NOW)
    with pytest.raises(AskedAlready):
        await extending.extend(desk.conn, desk.staff["duban"], number, More("1", "需要现场勘查"), words, now=NOW)


async def test_a_supervisors_note_is_an_instruction_above_the_others_and_an_event(desk: Desk) -> None:
    number = await desk.accepted()
    await assigning.note(desk.conn, desk.staff["zhujian"], number, "已联系物业", now=NOW)
    await assigning.note(desk.conn, desk.staff["duban"], number, "今天必须上门", now=NOW + HOUR)
    notes = await messages.notes_of(desk.conn, await desk.ticket(number))
    assert [(row["body"], row["instruction"]) for row in notes] == [("今天必须上门", True), ("已联系物业", False)]
    assert (await happened(desk, number)).count("commented") == 1
