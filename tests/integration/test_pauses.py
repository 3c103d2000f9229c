"""Pauses and extensions: who, how often, what the citizen hears, and that every date can be reckoned again."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import pytest

from servicedesk.domain.errors import (
    AnswerUnderWay,
    AskedAlready,
    DeskError,
    InvalidForm,
    NothingAsked,
    NotPermitted,
    PausedAlready,
    PausedTooOften,
)
from servicedesk.domain.model import Account, State
from servicedesk.store import clocks, deadlines, deliveries, policies
from servicedesk.usecases import answering, assigning, clock_views, ending, escalation, extending, merging, pausing
from servicedesk.usecases.extending import Decision
from tests.desk import NOW, Desk

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def words(_account: Account, facts: dict[str, str]) -> str:
    return " ".join(facts[name] for name in ("question", "reason", "until") if name in facts)


async def pause(desk: Desk, number: str, *, now: datetime = NOW, login: str = "zhujian") -> None:
    await pausing.pause(desk.conn, desk.staff[login], number, "请问门牌号？", words, now=now)


async def ask(desk: Desk, number: str, amount: str = "2", *, now: datetime = NOW, login: str = "zhujian") -> None:
    await extending.ask(desk.conn, desk.staff[login], number, amount, "材料待核", now=now)


async def decide(desk: Desk, number: str, decision: Decision, *, now: datetime = NOW, login: str = "duban") -> None:
    await extending.decide(desk.conn, desk.staff[login], number, decision, words, now=now)


async def answer_row(desk: Desk, number: str) -> dict[str, object]:
    rows = await deadlines.of_ticket(desk.conn, await desk.ticket(number))
    return next(row for row in rows if row["kind"] == "resolution")


async def due(desk: Desk, number: str) -> datetime:
    found = (await answer_row(desk, number))["due_at"]
    assert isinstance(found, datetime)
    return found


async def reckoned_again(desk: Desk, number: str) -> None:
    """What is stored is what the ledger gives."""
    for each in await clock_views.explained(desk.conn, desk.account, await desk.ticket(number)):
        assert each.ledger.due_at == each.row["due_at"], each.row["kind"]


async def last_text(desk: Desk, number: str) -> str:
    rows = await deliveries.of_ticket(desk.conn, await desk.ticket(number))
    return str(rows[-1]["body"])


async def test_a_pause_stops_the_clock_until_the_citizen_writes(desk: Desk) -> None:
    number = await desk.accepted()  # help: three working days, due on Monday 30 November
    assert await due(desk, number) == datetime.fromisoformat("2026-11-30T17:30+08:00")
    await pause(desk, number)
    assert "请问门牌号？" in await last_text(desk, number)
    assert "2026-12-02" in await last_text(desk, number)  # five working days at most
    row = await answer_row(desk, number)
    assert (row["next_step"], row["next_step_at"]) == (None, None)
    reply = await desk.says("三号楼", now=NOW + 2 * DAY)
    assert reply is not None
    # Thursday's close was in the pause (Wednesday does not count anyway): Friday is the first day, Tuesday the third.
    assert await due(desk, number) == datetime.fromisoformat("2026-12-01T17:30+08:00")
    assert reply.facts["promised_on"] == (await due(desk, number)).astimezone(desk.account.zone).date().isoformat()
    assert (await answer_row(desk, number))["next_step"] is not None
    await reckoned_again(desk, number)


async def test_no_step_of_the_ladder_is_taken_while_the_clock_stands_still(desk: Desk) -> None:
    number = await desk.accepted()
    await answering.reply(desk.conn, desk.staff["zhujian"], number, "已收到，正在核实。", now=NOW)
    await desk.deliver()
    await pause(desk, number)
    await desk.deliver()
    assert await escalation.take_steps(desk.conn, [desk.account.id], now=NOW + 4 * DAY) == 0


async def test_a_pause_ends_at_its_bound_and_the_citizen_is_told(desk: Desk) -> None:
    number = await desk.accepted()
    await pause(desk, number)
    bound = datetime.fromisoformat("2026-12-02T17:30+08:00")
    ids = [desk.account.id]
    assert await pausing.end_bounded(desk.conn, ids, words, now=bound - timedelta(seconds=1)) == 0
    assert await pausing.end_bounded(desk.conn, ids, words, now=bound + HOUR) == 1
    assert await pausing.end_bounded(desk.conn, ids, words, now=bound + HOUR) == 0
    (row,) = await clocks.pauses_of(desk.conn, await desk.ticket(number))
    assert (row["resumed_at"], row["resumed_by"]) == (bound, "bound")
    assert await last_text(desk, number) == (await due(desk, number)).astimezone(desk.account.zone).date().isoformat()
    await reckoned_again(desk, number)


async def test_a_ticket_waits_once_at_a_time_and_not_too_often(desk: Desk) -> None:
    number = await desk.accepted()
    await pause(desk, number)
    with pytest.raises(PausedAlready):
        await pause(desk, number)
    await pausing.go_on(desk.conn, desk.staff["zhujian"], number, now=NOW + HOUR)
    await pause(desk, number, now=NOW + 2 * HOUR)
    await desk.says("三号楼", now=NOW + 3 * HOUR)
    with pytest.raises(PausedTooOften):
        await pause(desk, number, now=NOW + 4 * HOUR)


async def test_only_who_holds_the_ticket_waits_and_only_while_no_answer_goes_out(desk: Desk) -> None:
    number = await desk.accepted()
    for login in ("jiaoyu", "paidan", "duban", "admin"):
        with pytest.raises(NotPermitted):
            await pause(desk, number, login=login)
    with pytest.raises(InvalidForm):
        await pausing.pause(desk.conn, desk.staff["zhujian"], number, " ", words, now=NOW)
    await answering.answer(desk.conn, desk.staff["zhujian"], number, "好了。", now=NOW)
    with pytest.raises(AnswerUnderWay):
        await pause(desk, number)


async def test_an_extension_is_asked_granted_and_told(desk: Desk) -> None:
    number = await desk.accepted()
    await ask(desk, number)
    with pytest.raises(AskedAlready):
        await ask(desk, number)
    before = await due(desk, number)
    await decide(desk, number, Decision(granted=True))
    assert await due(desk, number) == before + 2 * DAY
    assert await last_text(desk, number) == "材料待核 2026-12-02"
    with pytest.raises(NothingAsked):
        await decide(desk, number, Decision(granted=True))
    await reckoned_again(desk, number)


async def test_a_supervisor_may_grant_another_amount_or_refuse_with_words(desk: Desk) -> None:
    number = await desk.accepted()
    await ask(desk, number, "10")
    before = await due(desk, number)
    await decide(desk, number, Decision(granted=True, amount="1"))
    assert await due(desk, number) == before + DAY
    await ask(desk, number)
    with pytest.raises(InvalidForm):
        await decide(desk, number, Decision(granted=False))
    await decide(desk, number, Decision(granted=False, reason="能按时办完"))
    assert await due(desk, number) == before + DAY


@pytest.mark.parametrize("amount", ["0", "61", "-1", "x", "", "²", "1" * 40])
async def test_an_amount_that_is_none_is_refused(desk: Desk, amount: str) -> None:
    number = await desk.accepted()
    with pytest.raises(InvalidForm):
        await ask(desk, number, amount)


async def test_who_asks_does_not_decide(desk: Desk) -> None:
    number = await desk.accepted()
    await ask(desk, number)
    for login in ("zhujian", "jiaoyu", "paidan", "admin", "bianji"):
        with pytest.raises(NotPermitted):
            await decide(desk, number, Decision(granted=True), login=login)


async def test_another_department_begins_without_a_pause_or_a_request(desk: Desk) -> None:
    number = await desk.accepted()
    await pause(desk, number)
    await ask(desk, number)
    await assigning.assign(desk.conn, desk.staff["paidan"], number, "jiaoyu", "", now=NOW + HOUR)
    ticket = await desk.ticket(number)
    assert [row["resumed_by"] for row in await clocks.pauses_of(desk.conn, ticket)] == ["end"]
    assert await clocks.extensions_of(desk.conn, ticket) == []
    assert await due(desk, number) == datetime.fromisoformat("2026-11-30T17:30+08:00")


@pytest.mark.parametrize("end", ["answered", "withdrawn", "merged"])
async def test_a_ticket_that_ends_leaves_no_pause_open(desk: Desk, end: str) -> None:
    number = await desk.accepted()
    await pause(desk, number)
    await desk.deliver()
    if end == "answered":
        await answering.answer(desk.conn, desk.staff["zhujian"], number, "好了。", now=NOW + HOUR)
        await desk.deliver(now=NOW + HOUR)
    elif end == "withdrawn":
        await ending.withdraw(desk.conn, desk.staff["zhujian"], number, "市民来电撤回", now=NOW + HOUR)
    else:
        other = await desk.accepted(openid="c2")
        await merging.merge(desk.conn, desk.staff["paidan"], number, other, now=NOW + HOUR)
    (row,) = await clocks.pauses_of(desk.conn, await desk.ticket(number))
    assert row["resumed_by"] == "end"
    await reckoned_again(desk, number)


async def test_a_petition_and_a_request_for_disclosure_run_on_their_statutes_clocks(desk: Desk) -> None:
    for text, kind, days in (
        ("我要信访，反映村里占地", "petition", "2027-01-25"),
        ("依申请公开征地批复", "disclosure", "2026-12-23"),
    ):
        reply = await desk.says(text, openid=kind)
        assert reply is not None
        assert (reply.facts["kind"], reply.facts["promised_on"]) == (kind, days)
    assert {policy.source for policy in await policies.in_force(desk.conn, desk.account.id)} == {
        "preset-12345", "petition-regulations", "disclosure-regulations",
    }  # fmt: skip


def _steps(desk: Desk, number: str, chance: random.Random) -> list[Callable[[datetime], Awaitable[object]]]:
    """What may happen to a ticket, at an instant."""
    zhujian, duban, paidan = (desk.staff[login] for login in ("zhujian", "duban", "paidan"))

    async def assigned_anew(at: datetime) -> None:
        await assigning.assign(desk.conn, paidan, number, "zhujian", "", now=at)
        await assigning.accept(desk.conn, zhujian, number, now=at)

    async def answered(at: datetime) -> None:
        await answering.answer(desk.conn, zhujian, number, "好了。", now=at)
        await desk.deliver(now=at)

    return [
        lambda at: pause(desk, number, now=at),
        lambda at: desk.says("补充一句", now=at),
        lambda at: pausing.go_on(desk.conn, zhujian, number, now=at),
        lambda at: pausing.end_bounded(desk.conn, [desk.account.id], words, now=at),
        lambda at: ask(desk, number, str(chance.randint(1, 5)), now=at),
        lambda at: decide(desk, number, Decision(granted=chance.random() < 0.7, reason="按情况"), now=at),
        lambda at: ending.reopen(desk.conn, duban, number, "还没有解决", now=at),
        assigned_anew,
        answered,
    ]


@pytest.mark.parametrize("seed", range(12))
async def test_over_random_histories_every_date_can_be_reckoned_again(desk: Desk, seed: int) -> None:
    chance = random.Random(seed)
    number, at = await desk.accepted(now=NOW), NOW
    steps = _steps(desk, number, chance)

    for _ in range(25):
        at += timedelta(minutes=chance.randint(1, 3000))
        step = chance.choice(steps)
        try:
            async with desk.conn.transaction():
                await step(at)
        except (DeskError, NotPermitted):
            pass
        await reckoned_again(desk, number)
        ticket = await desk.ticket(number)
        if ticket.state in (State.ANSWERED, State.CLOSED):
            assert all(row["resumed_at"] is not None for row in await clocks.pauses_of(desk.conn, ticket))
