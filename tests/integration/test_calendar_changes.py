"""A change of the calendar: what it would move, that it moves exactly this as one act, and what comes in between."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from servicedesk.domain.calendar_change import Change, read_intervals, read_zone
from servicedesk.domain.errors import CalendarChanged, InvalidForm, NotPermitted
from servicedesk.domain.model import Account
from servicedesk.store import accounts, calendars, deadlines, deliveries, tickets
from servicedesk.store.db import Conn, Pool
from servicedesk.usecases import answering, books, calendar_changes, calendar_proposals, calendar_views, escalation
from servicedesk.usecases.extending import Decision
from tests.desk import NOW, Desk
from tests.integration.test_pauses import ask, decide, due, pause, reckoned_again

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
THURSDAY, FRIDAY, SATURDAY = date(2026, 11, 26), date(2026, 11, 27), date(2026, 11, 28)
CLOSED = Change("days", days={FRIDAY: (False, "县庆")})
WORKED = Change("days", days={SATURDAY: (True, "县庆补班")})


def words(_account: Account, facts: Mapping[str, str]) -> str:
    return f"{facts['number']} {facts['until']}"


async def seen(desk: Desk, change: Change, now: datetime = NOW) -> calendar_changes.Preview:
    return await calendar_changes.preview(desk.conn, desk.staff["admin"], change, now=now)


async def made(desk: Desk, change: Change, now: datetime = NOW, version: int | None = None) -> calendar_changes.Preview:
    held = await calendars.version(desk.conn, desk.account.id) if version is None else version
    async with desk.conn.transaction():
        return await calendar_changes.apply(desk.conn, desk.staff["admin"], change, held, words, now=now)


async def rows_of(desk: Desk, number: str) -> dict[str, dict[str, Any]]:
    return {row["kind"]: row for row in await deadlines.of_ticket(desk.conn, await desk.ticket(number))}


async def events(desk: Desk, number: str, kind: str) -> list[dict[str, Any]]:
    return [row for row in await tickets.events_of(desk.conn, await desk.ticket(number)) if row["kind"] == kind]


async def texts(desk: Desk, number: str) -> list[str]:
    return [row["body"] for row in await deliveries.of_ticket(desk.conn, await desk.ticket(number))]


async def test_a_preview_lists_exactly_what_would_move_and_writes_nothing(desk: Desk) -> None:
    moves = await desk.accepted()  # three working days: Monday
    stays = await desk.asked("请问孩子上学要什么材料", openid="other")  # one working day: Thursday
    ended = await desk.answered(openid="third")
    found = await seen(desk, CLOSED)
    assert [(each.row["number"], each.row["kind"], each.later) for each in found.moved] == [(moves, "resolution", True)]
    assert found.moved[0].row["due_at"] == datetime.fromisoformat("2026-11-30T17:30+08:00")
    assert found.moved[0].due_at == datetime.fromisoformat("2026-12-01T17:30+08:00")
    assert found.moved[0].row["department"] == "住建局"
    assert found.days == [(FRIDAY, None, (False, "县庆"))]
    assert found.counts == {"moved": 1, "tickets": 1, "later": 1, "told": 1}
    assert await due(desk, moves) == datetime.fromisoformat("2026-11-30T17:30+08:00")
    assert await calendars.changes(desk.conn, desk.account.id, size=9) == []
    assert {stays, ended} & {each.row["number"] for each in found.moved} == set()
    assert (await seen(desk, Change("days", days={date(2027, 8, 2): (False, "县庆")}))).moved == []


async def test_a_change_moves_dates_writes_events_tells_citizens_and_is_one_record(desk: Desk) -> None:
    number = await desk.accepted()
    found = await seen(desk, CLOSED)
    done = await made(desk, CLOSED)
    assert [each.row["deadline_id"] for each in done.moved] == [each.row["deadline_id"] for each in found.moved]
    assert await due(desk, number) == datetime.fromisoformat("2026-12-01T17:30+08:00")
    await reckoned_again(desk, number)
    (event,) = await events(desk, number, "calendar_moved")
    assert event["facts"] == {
        "from": "2026-11-30T17:30+08:00", "to": "2026-12-01T17:30+08:00", "deadline": "resolution",
    }  # fmt: skip
    assert event["staff_name"] == "admin某"
    assert (await texts(desk, number))[-1] == f"{number} 2026-12-01"
    (record,) = await calendars.changes(desk.conn, desk.account.id, size=9)
    assert (record["kind"], record["moved"], record["tickets"], record["told"]) == ("days", 1, 1, 1)
    assert record["before"] == {"kind": "days", "days": [["2026-11-27", None, ""]]}
    assert record["after"] == {"kind": "days", "days": [["2026-11-27", False, "县庆"]]}
    assert (record["staff_name"], record["made_at"]) == ("admin某", NOW)
    # The earliest running date of the ticket follows: the first reply's has not moved.
    rows = await rows_of(desk, number)
    assert (await desk.ticket(number)).due_at == rows["first_reply"]["due_at"]


async def test_the_earliest_date_of_a_ticket_follows_its_deadlines(desk: Desk) -> None:
    number = await desk.accepted()
    await answering.reply(desk.conn, desk.staff["zhujian"], number, "正在看。", now=NOW)
    await desk.deliver()
    await made(desk, CLOSED)
    assert (await desk.ticket(number)).due_at == await due(desk, number) == datetime.fromisoformat("2026-12-01T17:30+08:00")


async def test_a_date_that_gets_earlier_is_moved_and_nobody_is_told(desk: Desk) -> None:
    number = await desk.accepted()
    before = len(await texts(desk, number))
    done = await made(desk, WORKED)
    assert [each.later for each in done.moved] == [False]
    assert await due(desk, number) == datetime.fromisoformat("2026-11-28T17:30+08:00")
    assert len(await texts(desk, number)) == before
    await reckoned_again(desk, number)


async def test_a_citizen_whose_answer_is_under_way_is_not_told_another_date(desk: Desk) -> None:
    number = await desk.accepted()
    await answering.answer(desk.conn, desk.staff["zhujian"], number, "好了。", now=NOW)
    before = len(await texts(desk, number))
    done = await made(desk, CLOSED)
    assert (len(done.moved), done.told) == (1, [])
    assert len(await texts(desk, number)) == before


async def test_working_hours_and_the_zone_move_what_runs_in_hours(desk: Desk) -> None:
    number = await desk.asked(now=NOW + 6 * HOUR)  # 16:00: two hours end at 17:30 + 30 minutes, Thursday at 9
    assert (await rows_of(desk, number))["first_reply"]["due_at"] == datetime.fromisoformat("2026-11-26T09:00+08:00")
    hours = Change("hours", intervals=read_intervals([("09:00", "12:00"), ("13:00", "18:00")]))
    await made(desk, hours, now=NOW + 6 * HOUR)
    rows = await rows_of(desk, number)
    assert rows["first_reply"]["due_at"] == datetime.fromisoformat("2026-11-25T18:00+08:00")
    assert rows["resolution"]["due_at"] == datetime.fromisoformat("2026-11-30T18:00+08:00")
    # Half a working hour later on the same day is no later promise.
    assert all("2026-11-30" not in text for text in await texts(desk, number))
    account = await accounts.by_id(desk.conn, desk.account.id)
    await made(desk, Change("hours", zone=read_zone("Asia/Urumqi")), now=NOW + 6 * HOUR)
    assert account.zone.key == "Asia/Shanghai"
    assert (await rows_of(desk, number))["resolution"]["due_at"] == datetime.fromisoformat("2026-11-30T18:00+06:00")
    (last, first) = await calendars.changes(desk.conn, desk.account.id, size=9)
    assert (last["before"]["zone"], last["after"]["zone"]) == ("Asia/Shanghai", "Asia/Urumqi")
    assert first["before"]["intervals"] == [["08:30", "12:00"], ["14:30", "17:30"]]


async def test_paused_and_extended_clocks_are_reckoned_with_their_pauses_and_extensions(desk: Desk) -> None:
    paused, extended = await desk.accepted(), await desk.accepted(openid="other")
    resumed = await desk.accepted(openid="third")
    await pause(desk, paused)
    await pause(desk, resumed)
    await desk.says("三号楼", openid="third", now=NOW + DAY)
    await ask(desk, extended, "2")
    await decide(desk, extended, Decision(granted=True))
    before = {number: await due(desk, number) for number in (paused, extended, resumed)}
    # Friday lies in the one's pause, Thursday after it.
    assert {each.row["number"] for each in (await seen(desk, CLOSED, now=NOW + DAY)).moved} == {extended, resumed}
    both = Change("days", days={FRIDAY: (False, "县庆"), date(2026, 12, 3): (False, "县庆")})
    done = await made(desk, both, now=NOW + DAY)
    assert {each.row["number"] for each in done.moved} == {paused, extended, resumed}
    for number in (paused, extended, resumed):
        assert await due(desk, number) > before[number]
        await reckoned_again(desk, number)
    row = (await rows_of(desk, paused))["resolution"]
    assert (row["next_step"], row["next_step_at"]) == (None, None)


async def test_steps_that_were_taken_are_neither_taken_back_nor_repeated(desk: Desk) -> None:
    number = await desk.accepted()
    late = datetime.fromisoformat("2026-12-01T09:00+08:00")
    while await escalation.take_steps(desk.conn, [desk.account.id], now=late):
        pass
    taken = await events(desk, number, "escalated")
    assert "reminded" in {event["facts"]["step"] for event in taken}
    # Two days are found to have been closed: it is not late any more.
    await made(desk, Change("days", days={THURSDAY: (False, "县庆"), FRIDAY: (False, "县庆")}), now=late)
    assert await due(desk, number) == datetime.fromisoformat("2026-12-02T17:30+08:00")
    assert await events(desk, number, "escalated") == taken
    end = datetime.fromisoformat("2026-12-31T09:00+08:00")
    while await escalation.take_steps(desk.conn, [desk.account.id], now=end):
        pass
    steps = [(event["facts"]["deadline"], event["facts"]["step"]) for event in await events(desk, number, "escalated")]
    assert len(steps) == len(set(steps))
    assert {step for kind, step in steps if kind == "resolution"} >= {"warned", "reminded", "supervised", "notified"}


async def test_what_a_change_makes_late_is_reminded_of_at_once(desk: Desk) -> None:
    number = await desk.accepted()  # due on Monday; with Saturday worked it was due then
    sunday = datetime.fromisoformat("2026-11-29T10:00+08:00")
    while await escalation.take_steps(desk.conn, [desk.account.id], now=sunday):
        pass
    await made(desk, WORKED, now=sunday)
    row = (await rows_of(desk, number))["resolution"]
    assert (row["next_step"], row["next_step_at"]) == ("reminded", row["due_at"])
    assert row["due_at"] == datetime.fromisoformat("2026-11-28T17:30+08:00")


async def test_a_step_that_waits_for_a_worker_is_not_lost_by_a_change(desk: Desk) -> None:
    number = await desk.asked("请问孩子上学要什么材料")  # due on Thursday, and no worker runs
    friday = datetime.fromisoformat("2026-11-27T10:00+08:00")
    before = await rows_of(desk, number)
    await made(desk, Change("days", days={date(2026, 12, 1): (False, "县庆")}), now=friday)
    after = await rows_of(desk, number)
    for kind in ("first_reply", "resolution"):
        assert after[kind] == before[kind]


async def test_a_calendar_that_changed_meanwhile_is_looked_at_again(desk: Desk) -> None:
    number = await desk.accepted()
    held = (await seen(desk, CLOSED)).version
    await made(desk, WORKED)
    with pytest.raises(CalendarChanged):
        await made(desk, CLOSED, version=held)
    assert await due(desk, number) == datetime.fromisoformat("2026-11-28T17:30+08:00")
    assert len(await calendars.changes(desk.conn, desk.account.id, size=9)) == 1
    await made(desk, CLOSED)
    assert await due(desk, number) == datetime.fromisoformat("2026-11-30T17:30+08:00")


async def test_two_administrators_at_once_make_one_change(desk: Desk, pool: Pool) -> None:
    await desk.accepted()
    held = (await seen(desk, CLOSED)).version

    async def one() -> bool:
        async with pool.acquire() as conn, conn.transaction():
            try:
                await calendar_changes.apply(conn, desk.staff["admin"], CLOSED, held, words, now=NOW)
            except CalendarChanged:
                return False
            return True

    assert sorted(await asyncio.gather(one(), one())) == [False, True]
    assert len(await calendars.changes(desk.conn, desk.account.id, size=9)) == 1


async def test_an_inquiry_that_is_being_dated_is_waited_for_and_dated_anew(desk: Desk, database: str, pool: Pool) -> None:
    held = (await seen(desk, CLOSED)).version
    async with pool.acquire() as intake:
        transaction = intake.transaction()
        await transaction.start()
        await books.read(intake, desk.account)  # the old calendar, held until the inquiry is committed
        async with pool.acquire() as conn:
            applying = asyncio.create_task(_apply(conn, desk, held))
            other = Desk(intake, desk.account, desk.staff)
            number = await other.asked()
            await transaction.commit()
            await applying
    assert await due(desk, number) == datetime.fromisoformat("2026-12-01T17:30+08:00")
    await reckoned_again(desk, number)


async def _apply(conn: Conn, desk: Desk, version: int) -> None:
    async with conn.transaction():
        await calendar_changes.apply(conn, desk.staff["admin"], CLOSED, version, words, now=NOW)


async def test_only_an_administrator_may(desk: Desk) -> None:
    for login in ("zhujian", "paidan", "bianji", "duban"):
        with pytest.raises(NotPermitted):
            await calendar_changes.preview(desk.conn, desk.staff[login], CLOSED, now=NOW)
        with pytest.raises(NotPermitted):
            await calendar_changes.apply(desk.conn, desk.staff[login], CLOSED, 1, words, now=NOW)
        with pytest.raises(NotPermitted):
            await calendar_views.view(desk.conn, desk.staff[login], None, now=NOW)


async def test_a_change_that_changes_nothing_is_refused(desk: Desk) -> None:
    for change in (
        Change("hours", desk.account.zone, desk.account.intervals),
        Change("days", days={FRIDAY: (True, "上班"), SATURDAY: None}),
        Change("year", years={2026: "chinese-calendar"}),
    ):
        with pytest.raises(InvalidForm) as refused:
            await seen(desk, change)
        assert refused.value.fact == "nothing_changes"


async def test_a_year_that_is_not_known_yet_is_said_to_be_so_and_what_was_typed_stays(desk: Desk) -> None:
    admin = desk.staff["admin"]
    with pytest.raises(InvalidForm) as refused:
        await calendar_proposals.of_year(desk.conn, admin, {"year": "2099"})
    assert refused.value.fact == "year_unknown"
    await made(desk, (await calendar_proposals.of_year(desk.conn, admin, {"year": "2099", "source": "entered"})).change)
    assert (await calendars.years(desk.conn, desk.account.id))[2099] == "entered"
    await made(desk, Change("days", days={date(2024, 10, 1): (False, "我县的国庆")}))
    proposal = await calendar_proposals.of_year(desk.conn, admin, {"year": "2024"})
    assert date(2024, 10, 1) not in proposal.change.days
    assert proposal.change.days[date(2024, 10, 12)] == (True, "国庆节")
    await made(desk, proposal.change)
    days = await calendars.days(desk.conn, desk.account.id)
    assert days[date(2024, 10, 1)] == (False, "我县的国庆")
    assert not (await accounts.calendar(desk.conn, desk.account)).is_working_day(date(2024, 10, 2))


async def test_the_page_shows_a_year_of_months_and_its_unusual_days(desk: Desk) -> None:
    await made(desk, CLOSED)
    page = await calendar_views.view(desk.conn, desk.staff["admin"], None, now=NOW)
    assert (page.year, page.today, page.source) == (2026, date(2026, 11, 25), "chinese-calendar")
    assert len(page.months) == 12
    cells = {cell.day: cell for _, weeks in page.months for week in weeks for cell in week if cell}
    assert len(cells) == 365
    assert [day for day, cell in cells.items() if cell.today] == [date(2026, 11, 25)]
    assert (cells[FRIDAY].kind, cells[FRIDAY].name) == ("closed", "县庆")
    assert (cells[SATURDAY].kind, cells[date(2026, 10, 10)].kind, cells[THURSDAY].kind) == ("weekend", "made_up", "work")
    assert (FRIDAY, FRIDAY, False, "县庆") in page.days
    assert [each[:2] for each in page.days if each[3] == "国庆节" and not each[2]] == [
        (date(2026, 10, 1), date(2026, 10, 7))
    ]  # fmt: skip
    assert (await calendar_views.view(desk.conn, desk.staff["admin"], 1066, now=NOW)).year == 2026


async def test_two_thousand_open_tickets_take_a_handful_of_queries(desk: Desk, database: str) -> None:
    number = await desk.accepted()
    ticket = await desk.ticket(number)
    await desk.conn.execute(
        """WITH asked AS (
            INSERT INTO inquiry (account_id, citizen_id, body, asked_at)
            SELECT $1, $2, 'x', opened_at FROM generate_series(1, 2000), ticket WHERE ticket_id = $3 RETURNING inquiry_id
        ), opened AS (
            INSERT INTO ticket (account_id, inquiry_id, number, citizen_id, state, kind, department_id, routing, opened_at,
                changed_at, due_at)
            SELECT $1, asked.inquiry_id, 'n' || asked.inquiry_id, $2, 'accepted', kind, department_id, routing,
                opened_at - asked.inquiry_id % 50 * interval '1 minute', changed_at, due_at
            FROM asked, ticket WHERE ticket_id = $3 RETURNING ticket_id, opened_at
        )
        INSERT INTO deadline (account_id, ticket_id, kind, amount, unit, source, started_at, due_at, next_step, next_step_at)
        SELECT $1, opened.ticket_id, deadline.kind, amount, unit, source, opened.opened_at, due_at, next_step, next_step_at
        FROM opened, deadline WHERE deadline.ticket_id = $3""",
        ticket.account_id, ticket.citizen_id, ticket.id,
    )  # fmt: skip
    asked: list[str] = []
    desk.conn.add_query_logger(lambda query: asked.append(query.query))
    done = await made(desk, CLOSED)
    assert sum(each.row["kind"] == "resolution" for each in done.moved) == 2001
    assert len(done.told) == 2001
    assert len(asked) < 40
    (record,) = await calendars.changes(desk.conn, desk.account.id, size=9)
    assert record["tickets"] == 2001
    left = await calendar_changes.preview(
        desk.conn, desk.staff["admin"], Change("days", days={date(2027, 8, 2): (False, "县庆")}), now=NOW
    )
    assert left.moved == []
    assert await desk.conn.fetchval("SELECT count(*) FROM delivery WHERE purpose = 'notice'") == 2001
