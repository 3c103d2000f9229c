"""The ladder: each step once, in order, by any number of workers; and the supervisor's board."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

from servicedesk.domain.model import Account
from servicedesk.domain.sla import LADDER
from servicedesk.store import deadlines, tickets
from servicedesk.store.db import Pool, transaction
from servicedesk.usecases import assigning, board_views, escalation, measuring
from tests.desk import NOW, Desk, make_desk

HOUR = timedelta(hours=1)


async def climb(desk: Desk, now: datetime) -> list[str]:
    while await escalation.take_steps(desk.conn, [desk.account.id], now=now):
        pass
    rows = await deadlines.recent_escalations(desk.conn, desk.account.id, since=NOW - HOUR)
    return [row["step"] for row in reversed(rows) if row["kind"] == "first_reply"]


async def test_a_deadline_climbs_the_ladder_as_working_time_passes(desk: Desk) -> None:
    await desk.asked()
    assert await climb(desk, NOW + 0.9 * HOUR) == []
    assert await climb(desk, NOW + 1.0 * HOUR) == ["warned_half"]
    assert await climb(desk, NOW + 1.7 * HOUR) == ["warned_half", "warned"]
    assert (await climb(desk, NOW + 2.0 * HOUR))[-1] == "reminded"
    assert (await climb(desk, NOW + timedelta(days=1)))[-1] == "supervised"
    assert await climb(desk, NOW + timedelta(days=5)) == list(LADDER)


async def test_each_step_is_an_event_of_the_ticket(desk: Desk) -> None:
    number = await desk.asked()
    await climb(desk, NOW + 2 * HOUR)
    events = await tickets.events_of(desk.conn, await desk.ticket(number))
    assert [event["facts"]["step"] for event in events if event["kind"] == "escalated"] == ["warned_half", "warned", "reminded"]


async def test_nothing_is_escalated_once_the_answer_has_arrived(desk: Desk) -> None:
    await desk.answered()
    assert await climb(desk, NOW + timedelta(days=30)) == []


async def test_a_citizen_is_told_once_that_the_answer_is_late_before_they_ask(desk: Desk) -> None:
    number = await desk.accepted()
    await desk.answered(openid="in-time")

    def words(_account: Account, facts: dict[str, str | None]) -> str:
        return f"{facts['number']} {facts['department']}"

    for _ in range(3):
        while await escalation.take_steps(desk.conn, [desk.account.id], now=NOW + timedelta(days=6), words=words):
            pass
    told = await desk.conn.fetch("SELECT body FROM delivery WHERE purpose = 'notice'")
    assert [row["body"] for row in told] == [f"{number} 县住房和城乡建设局"]


async def test_a_citizen_told_late_hears_why_and_by_when_a_supervisor_steps_in(desk: Desk) -> None:
    await desk.accepted(openid="work")
    await desk.says("说不清的事", openid="undecided")
    returned = await desk.asked(openid="returns")
    await assigning.give_back(desk.conn, desk.staff["zhujian"], returned, "1", "不归我们", now=NOW)
    await assigning.assign(desk.conn, desk.staff["paidan"], returned, "jiaoyu", "", now=NOW)
    heard: list[tuple[str | None, str | None]] = []

    def words(_account: Account, facts: dict[str, str | None]) -> str:
        heard.append((facts["why"], facts["supervised_on"]))
        return "x"

    while await escalation.take_steps(desk.conn, [desk.account.id], now=NOW + timedelta(days=6), words=words):
        pass
    # A question is due on Thursday, help on Monday; a supervisor steps in half a working day later.
    assert sorted(heard) == [("returns", "2026-12-01"), ("undecided", "2026-11-27"), ("work", "2026-12-01")]


async def test_an_account_without_working_time_does_not_stop_the_ladder_of_others(desk: Desk) -> None:
    neighbour = await make_desk(desk.conn, "lindeng")
    await neighbour.conn.execute("UPDATE account SET work_intervals = '[]' WHERE code = 'lindeng'")
    await neighbour.asked()
    await desk.asked()
    both = [desk.account.id, neighbour.account.id]
    while await escalation.take_steps(desk.conn, both, now=NOW + timedelta(days=30)):
        pass
    taken = await desk.conn.fetch("SELECT account_id, step FROM escalation ORDER BY escalation_id")
    assert {row["step"] for row in taken if row["account_id"] == neighbour.account.id} == {"warned_half", "warned", "reminded"}
    assert {row["step"] for row in taken if row["account_id"] == desk.account.id} == set(LADDER)


async def test_many_workers_take_each_step_once(desk: Desk, pool: Pool) -> None:
    for who in range(30):
        await desk.asked(openid=f"c{who}")

    async def work() -> None:
        for _ in range(12):
            async with transaction(pool) as conn:
                await escalation.take_steps(conn, [desk.account.id], now=NOW + 2 * HOUR, size=7)

    await asyncio.gather(*(work() for _ in range(4)))
    while await escalation.take_steps(desk.conn, [desk.account.id], now=NOW + 2 * HOUR):
        pass
    rows = await desk.conn.fetch("SELECT count(*) AS n FROM escalation GROUP BY deadline_id, step")
    assert len(rows) == 30 * 3
    assert all(row["n"] == 1 for row in rows)


async def test_the_board_shows_what_is_late_the_figures_and_a_balance_that_holds(desk: Desk) -> None:
    await desk.answered(openid="a")
    await desk.asked(openid="b")
    await desk.says("说不清", openid="c")
    await measuring.rebuild(desk.conn, desk.account.id, now=NOW + 3 * HOUR)
    board = await board_views.view(desk.conn, desk.staff["duban"], now=NOW + 3 * HOUR)
    assert board.counts == {
        "open": 2, "overdue": 2, "due": 0, "due_today": 0, "triage": 1, "returned": 0, "unaccepted": 1, "held": 0,
        "unsolved": 0,
    }  # fmt: skip
    assert board.balance == {"received": 3, "answered": 1, "open": 2, "merged": 0, "withdrawn": 0}
    assert {each.name: len(each.rows) for each in board.sections} == {
        "due": 0, "overdue": 2, "unaccepted": 1, "returned": 0, "held": 0, "unsolved": 0,
    }  # fmt: skip
    housing = next(row for row in board.figures if row.code == "zhujian")
    assert (housing.open, housing.overdue, housing.figures.counts["received"], housing.figures.rates["on_time"]) == (
        1,
        1,
        2,
        1.0,
    )
    schools = next(row for row in board.figures if row.code == "jiaoyu")
    assert (schools.figures.counts["received"], schools.figures.rates["on_time"]) == (0, None)
    assert board.unknown_year is None


async def test_a_year_without_holidays_is_a_warning_on_the_board(desk: Desk) -> None:
    await desk.conn.execute("DELETE FROM calendar_year")
    board = await board_views.view(desk.conn, desk.staff["duban"], now=NOW)
    assert board.unknown_year == 2026
