"""协办, 退单 with a clause and designation, other kinds and priorities, updates every so often, promises, and no limbo."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import pytest

from servicedesk.domain.errors import Designated, DeskError, InvalidForm, NotPermitted, SomebodyWasFirst
from servicedesk.domain.model import State
from servicedesk.store import deadlines, promises, supports, tickets
from servicedesk.usecases import (
    answering,
    assigning,
    clock_views,
    delivery,
    desk_views,
    ending,
    escalation,
    extending,
    pausing,
    promising,
    supporting,
)
from servicedesk.usecases.supporting import Request
from tests.desk import NOW, Desk

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


async def ask(desk: Desk, number: str, days: str = "1", *, department: str = "jiaoyu", login: str = "zhujian") -> None:
    request = Request(department, "学校的管道归谁管？", days)
    await supporting.ask(desk.conn, desk.staff[login], number, request, now=NOW)


async def clocks(desk: Desk, number: str, kind: str) -> list[dict[str, object]]:
    return [row for row in await deadlines.of_ticket(desk.conn, await desk.ticket(number)) if row["kind"] == kind]


async def test_a_department_gives_its_share_inside_the_citizens_clock_and_the_answer_names_both(desk: Desk) -> None:
    number = await desk.accepted()
    await ask(desk, number)
    (clock,) = await clocks(desk, number, "support")
    assert clock["due_at"] == datetime.fromisoformat("2026-11-26T17:30+08:00")
    queue = await desk_views.queue(desk.conn, desk.staff["jiaoyu"], [State.ACCEPTED], "")
    assert [row["number"] for row in queue.supports] == [number]
    await supporting.give(desk.conn, desk.staff["jiaoyu"], number, "校内管道由学校负责。", now=NOW + HOUR)
    (clock,) = await clocks(desk, number, "support")
    assert clock["met_at"] == NOW + HOUR
    with pytest.raises(SomebodyWasFirst):
        await supporting.give(desk.conn, desk.staff["jiaoyu"], number, "再说一遍", now=NOW + HOUR)
    await answering.answer(desk.conn, desk.staff["zhujian"], number, "校内管道由学校负责，校外由我局负责。", now=NOW + HOUR)
    (owed,) = await delivery.claim(desk.conn, [desk.account.id], now=NOW + HOUR, wall=NOW + HOUR, size=5)
    assert owed.together == ("县教育局",)


async def test_a_share_is_due_before_the_answer_and_asked_once_of_another_department(desk: Desk) -> None:
    number = await desk.accepted()
    for days, department, field in (("9", "jiaoyu", "days"), ("x", "jiaoyu", "days"), ("0", "jiaoyu", "days"),
                                    ("1", "zhujian", "department"), ("1", "nowhere", "department")):  # fmt: skip
        with pytest.raises(InvalidForm) as refused:
            await ask(desk, number, days, department=department)
        assert refused.value.field == field
    await ask(desk, number)
    with pytest.raises(InvalidForm):
        await ask(desk, number)
    with pytest.raises(NotPermitted):
        await supporting.give(desk.conn, desk.staff["zhujian"], number, "主办自己", now=NOW)


async def test_a_share_that_nobody_waits_for_any_more_has_no_clock(desk: Desk) -> None:
    number = await desk.accepted()
    await ask(desk, number)
    (row,) = await supports.of_ticket(desk.conn, await desk.ticket(number))
    await supporting.drop(desk.conn, desk.staff["zhujian"], number, row["support_id"], now=NOW)
    assert [each["ended_at"] for each in await clocks(desk, number, "support")] == [NOW]
    await ask(desk, number)
    await ending.withdraw(desk.conn, desk.staff["paidan"], number, "不用了", now=NOW + HOUR)
    assert [each["ended_at"] for each in await clocks(desk, number, "support")] == [NOW, NOW + HOUR]
    helper = desk.staff["jiaoyu"].department_id
    assert helper is not None
    assert await supports.owed_by(desk.conn, desk.account.id, helper) == []


async def test_a_return_cites_a_clause_and_after_the_second_the_dispatcher_designates(desk: Desk) -> None:
    number = await desk.asked()
    for clause in ("", "9", "一"):
        with pytest.raises(InvalidForm) as refused:
            await assigning.give_back(desk.conn, desk.staff["zhujian"], number, clause, "不归我们", now=NOW)
        assert refused.value.field == "clause"
    await assigning.give_back(desk.conn, desk.staff["zhujian"], number, "1", "不归我们", now=NOW)
    await assigning.assign(desk.conn, desk.staff["paidan"], number, "jiaoyu", "", now=NOW)
    assert not (await desk.ticket(number)).designated
    await assigning.give_back(desk.conn, desk.staff["jiaoyu"], number, "1", "也不归我们", now=NOW)
    await assigning.assign(desk.conn, desk.staff["paidan"], number, "zhujian", "就是你们", now=NOW)
    assert (await desk.ticket(number)).designated
    with pytest.raises(Designated):
        await assigning.give_back(desk.conn, desk.staff["zhujian"], number, "1", "还是不归我们", now=NOW)
    hands = await tickets.assignments_of(desk.conn, await desk.ticket(number))
    assert [(row["return_clause"], row["designated"]) for row in hands] == [(1, False), (1, False), (None, True)]


async def test_the_clock_of_acceptance_goes_on_when_the_ticket_comes_back(desk: Desk) -> None:
    number = await desk.accepted()
    assert [row["met_at"] for row in await clocks(desk, number, "acceptance")] == [NOW]
    await assigning.give_back(desk.conn, desk.staff["zhujian"], number, "1", "不归我们", now=NOW + HOUR)
    (clock,) = await clocks(desk, number, "acceptance")
    assert (clock["met_at"], clock["started_at"], clock["due_at"]) == (
        None, NOW, datetime.fromisoformat("2026-11-25T17:30+08:00"),
    )  # fmt: skip
    assert clock["next_step_at"] is not None


async def test_another_kind_or_priority_sets_the_dates_anew_from_the_citizens_first_word(desk: Desk) -> None:
    number = await desk.accepted()  # help: three working days
    dispatcher = desk.staff["paidan"]
    await assigning.reclassify(desk.conn, dispatcher, number, "complex", "normal", now=NOW + HOUR)
    (clock,) = await clocks(desk, number, "resolution")
    assert clock["due_at"] == datetime.fromisoformat("2026-12-16T17:30+08:00")
    await assigning.reclassify(desk.conn, dispatcher, number, "help", "urgent", now=NOW + HOUR)
    (clock,) = await clocks(desk, number, "resolution")
    assert (clock["due_at"], clock["started_at"]) == (datetime.fromisoformat("2026-11-25T17:30+08:00"), NOW)
    for kind, priority in (("nonsense", "normal"), ("help", "x")):
        with pytest.raises(InvalidForm):
            await assigning.reclassify(desk.conn, dispatcher, number, kind, priority, now=NOW)
    with pytest.raises(NotPermitted):
        await assigning.reclassify(desk.conn, desk.staff["zhujian"], number, "complex", "normal", now=NOW)


async def test_a_complex_matter_is_heard_of_every_week_until_it_is_answered(desk: Desk) -> None:
    number = await desk.asked()
    await assigning.reclassify(desk.conn, desk.staff["paidan"], number, "complex", "normal", now=NOW)
    await assigning.accept(desk.conn, desk.staff["zhujian"], number, now=NOW)
    (first,) = await clocks(desk, number, "update")
    assert first["due_at"] == datetime.fromisoformat("2026-12-02T17:30+08:00")
    await answering.reply(desk.conn, desk.staff["zhujian"], number, "正在勘察。", now=NOW + DAY)
    await desk.deliver(now=NOW + DAY)
    first, second = await clocks(desk, number, "update")
    assert (first["met_at"], second["due_at"]) == (NOW + DAY, datetime.fromisoformat("2026-12-03T17:30+08:00"))
    await answering.answer(desk.conn, desk.staff["zhujian"], number, "修好了。", now=NOW + 2 * DAY)
    await desk.deliver(now=NOW + 2 * DAY)
    assert all(row["met_at"] for row in await clocks(desk, number, "update"))


async def test_a_promise_becomes_a_task_with_a_clock_from_the_answer_and_is_fulfilled_in_words(desk: Desk) -> None:
    number = await desk.answered(body="您好，三个工作日内上门，12月15日前修好。")
    lead = desk.staff["zhujian"]
    first, second = await promises.of_ticket(desk.conn, await desk.ticket(number))
    assert (first["words"], first["due_at"]) == ("三个工作日内", datetime.fromisoformat("2026-11-30T17:30+08:00"))
    await promising.keep(desk.conn, lead, number, first["promise_id"], now=NOW + HOUR)
    await promising.dismiss(desk.conn, lead, number, second["promise_id"], now=NOW + HOUR)
    (clock,) = await clocks(desk, number, "promise")
    assert (clock["due_at"], clock["started_at"]) == (first["due_at"], NOW)
    queue = await desk_views.queue(desk.conn, lead, [State.ANSWERED], "")
    assert [row["words"] for row in queue.promises] == ["三个工作日内"]
    with pytest.raises(InvalidForm):
        await promising.fulfil(desk.conn, lead, number, first["promise_id"], " ", now=NOW + DAY)
    await promising.fulfil(desk.conn, lead, number, first["promise_id"], "已上门检查", now=NOW + DAY)
    assert [row["met_at"] for row in await clocks(desk, number, "promise")] == [NOW + DAY]
    with pytest.raises(SomebodyWasFirst):
        await promising.keep(desk.conn, lead, number, second["promise_id"], now=NOW + DAY)
    with pytest.raises(NotPermitted):
        await promising.keep(desk.conn, desk.staff["jiaoyu"], number, second["promise_id"], now=NOW + DAY)


async def test_the_steps_of_a_share_go_to_the_department_that_owes_it(desk: Desk) -> None:
    number = await desk.accepted()
    await ask(desk, number)
    while await escalation.take_steps(desk.conn, [desk.account.id], now=NOW + 2 * DAY):
        pass
    rows = await desk.conn.fetch(
        "SELECT DISTINCT department.code FROM escalation JOIN deadline USING (account_id, deadline_id) "
        "JOIN department ON department.department_id = escalation.department_id WHERE deadline.kind = 'support'"
    )
    assert [row["code"] for row in rows] == ["jiaoyu"]


async def test_a_ticket_that_nobody_would_look_at_is_found(desk: Desk) -> None:
    number, other = await desk.accepted(), await desk.asked(openid="c2")
    ids = [desk.account.id]
    assert await tickets.limbo(desk.conn, ids, size=9) == []
    await desk.conn.execute("UPDATE staff SET disabled_at = $1 WHERE login = 'zhujian'", NOW)
    assert {row["number"] for row in await tickets.limbo(desk.conn, ids, size=9)} == {number, other}
    await desk.conn.execute("UPDATE staff SET disabled_at = NULL")
    await desk.conn.execute("UPDATE deadline SET next_step = NULL, next_step_at = NULL WHERE kind = 'resolution'")
    assert {row["lacks"] for row in await tickets.limbo(desk.conn, ids, size=9)} == {"no_clock"}


def words(_account: object, facts: dict[str, str]) -> str:
    return " ".join(str(value) for value in facts.values())


@pytest.mark.parametrize("seed", range(8))
async def test_over_random_histories_no_ticket_is_in_limbo_and_every_date_can_be_reckoned_again(desk: Desk, seed: int) -> None:
    chance, now = random.Random(seed), NOW
    numbers = [await desk.asked(openid=f"c{who}") for who in range(4)]
    lead, other, dispatcher, supervisor = (desk.staff[login] for login in ("zhujian", "jiaoyu", "paidan", "duban"))

    async def drop_a_share(number: str) -> None:
        for row in await supports.of_ticket(desk.conn, await desk.ticket(number)):
            await supporting.drop(desk.conn, lead, number, row["support_id"], now=now)

    async def keep_a_promise(number: str) -> None:
        for row in await promises.of_ticket(desk.conn, await desk.ticket(number)):
            await promising.keep(desk.conn, lead, number, row["promise_id"], now=now)

    def acts(number: str) -> list[Callable[[], Awaitable[object]]]:
        conn = desk.conn
        who = chance.choice((lead, other))
        return [
            lambda: assigning.accept(conn, who, number, now=now),
            lambda: assigning.give_back(conn, who, number, "1", "不归我们", now=now),
            lambda: assigning.assign(conn, dispatcher, number, chance.choice(("zhujian", "jiaoyu")), "", now=now),
            lambda: assigning.reclassify(conn, supervisor, number, chance.choice(("complex", "help", "petition")),
                                         chance.choice(("normal", "urgent")), now=now),
            lambda: supporting.ask(conn, who, number, Request(chance.choice(("zhujian", "jiaoyu")), "?", "1"), now=now),
            lambda: supporting.give(conn, who, number, "我们的意见", now=now),
            lambda: pausing.pause(conn, who, number, "门牌号？", words, now=now),
            lambda: pausing.go_on(conn, who, number, now=now),
            lambda: extending.ask(conn, who, number, "2", "材料待核", now=now),
            lambda: extending.decide(conn, supervisor, number, extending.Decision(granted=True), words, now=now),
            lambda: answering.reply(conn, who, number, "正在办。", now=now),
            lambda: answering.answer(conn, who, number, "三个工作日内修好。", now=now),
            lambda: desk.deliver(now=now),
            lambda: desk.says("未解决", openid=f"c{numbers.index(number)}", now=now),
            lambda: desk.says("补充一点", openid=f"c{numbers.index(number)}", now=now),
            lambda: ending.reopen(conn, supervisor, number, "没修好", now=now),
            lambda: drop_a_share(number),
            lambda: keep_a_promise(number),
        ]  # fmt: skip

    for _ in range(60):
        now += timedelta(minutes=chance.randrange(1, 300))
        number = chance.choice(numbers)
        try:
            async with desk.conn.transaction():
                await chance.choice(acts(number))()
        except (DeskError, InvalidForm, NotPermitted):
            continue
        await all_is_well(desk, numbers, now)


async def all_is_well(desk: Desk, numbers: list[str], now: datetime) -> None:
    while await escalation.take_steps(desk.conn, [desk.account.id], now=now):
        pass
    assert await tickets.limbo(desk.conn, [desk.account.id], size=9) == []
    for each in numbers:
        for clock in await clock_views.explained(desk.conn, desk.account, await desk.ticket(each)):
            assert clock.ledger.due_at == clock.row["due_at"], (each, clock.row["kind"])
    await desk.balance()
