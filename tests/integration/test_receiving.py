"""The writer of a web process: batches, bursts, repeated calls, one bad message, and the minutes without a database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from servicedesk.clock import Clock
from servicedesk.domain.model import Account, InboundMessage
from servicedesk.store import tickets
from servicedesk.store.db import Pool
from servicedesk.store.journal import Journal, JournalFull
from servicedesk.store.vault import Vault
from servicedesk.usecases.books import Books
from servicedesk.usecases.calls import Reply
from servicedesk.web import receiving
from servicedesk.web.receiving import NOTED, Receiver
from tests.desk import KEY, Desk, message


class Flaky:
    """A pool whose database can be away."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self.away = False
        self.slow = asyncio.Event()
        self.slow.set()

    def acquire(self, **given: Any) -> Any:
        """A connection, or the error that asyncpg gives without one."""
        if self.away:
            raise ConnectionRefusedError
        return _Slow(self._pool.acquire(**given), self.slow)


class _Slow:
    def __init__(self, inner: Any, slow: asyncio.Event) -> None:
        self._inner, self._slow = inner, slow

    async def __aenter__(self) -> Any:
        await self._slow.wait()
        return await self._inner.__aenter__()

    async def __aexit__(self, *given: object) -> None:
        await self._inner.__aexit__(*given)


def words(_account: Account, reply: Reply) -> str:
    return f"{reply.template} {reply.facts.get('number')}"


@asynccontextmanager
async def receiver(pool: Any, folder: Path, **given: int) -> AsyncIterator[Receiver]:
    vault = Vault([KEY])
    made = Receiver(pool, Books(vault), Clock(), Journal(folder, vault, **given), words)
    made.start()
    try:
        yield made
    finally:
        await made.close()


async def until(wanted: Any) -> None:
    async with asyncio.timeout(20):
        while not await wanted():
            await asyncio.sleep(0.02)


async def bodies(desk: Desk) -> list[str]:
    return [row["body"] for row in await desk.conn.fetch("SELECT body FROM message ORDER BY sent_at, message_id")]


async def test_what_comes_together_is_answered_each_with_a_ticket_of_its_own(desk: Desk, pool: Pool, tmp_path: Path) -> None:
    async with receiver(pool, tmp_path) as at:
        replies = await asyncio.gather(*(at.take(desk.account, message("家里暖气不热", openid=f"c{n}")) for n in range(300)))
    numbers = {reply.facts["number"] for reply in replies if reply is not None}
    assert len(numbers) == 300
    assert (await desk.balance())["open"] == 300
    counted = await desk.conn.fetch(
        "SELECT count(*) AS n FROM deadline UNION ALL SELECT count(*) FROM assignment UNION ALL SELECT count(*) FROM ticket_event"
    )
    assert sorted(row["n"] for row in counted) == [300, 300, 900]


async def test_bursts_of_one_citizen_through_two_processes_make_one_ticket(desk: Desk, pool: Pool, tmp_path: Path) -> None:
    async with receiver(pool, tmp_path) as one, receiver(pool, tmp_path) as two:
        for round_ in range(6):
            await asyncio.gather(
                *(
                    at.take(desk.account, message(f"第{n}句", openid=f"c{round_}", kind="text"))
                    for n, at in enumerate((one, two, one, two, one))
                )
            )
    assert await desk.balance() == {"received": 6, "answered": 0, "open": 6, "merged": 0, "withdrawn": 0}
    assert len(await bodies(desk)) == 30


async def test_a_repeated_call_in_two_processes_at_once_is_one_ticket_with_one_reply(
    desk: Desk, pool: Pool, tmp_path: Path
) -> None:
    async with receiver(pool, tmp_path) as one, receiver(pool, tmp_path) as two:
        for n in range(10):
            same = message("家里暖气不热", openid=f"c{n}", key=f"m:same-{n}")
            first, second, third = await asyncio.gather(*(at.take(desk.account, same) for at in (one, two, one)))
            assert first is not None
            assert first == second == third
    assert (await desk.balance())["received"] == 10


async def test_one_bad_message_fails_alone(desk: Desk, pool: Pool, tmp_path: Path) -> None:
    calls = [message("家里暖气不热", openid=f"c{n}") for n in range(20)]
    calls[7] = message("a\0b", openid="bad")
    async with receiver(pool, tmp_path) as at:
        ended = await asyncio.gather(*(at.take(desk.account, call) for call in calls), return_exceptions=True)
    assert [n for n, each in enumerate(ended) if isinstance(each, BaseException)] == [7]
    assert (await desk.balance())["received"] == 19


async def test_the_order_of_one_citizens_messages_is_kept(desk: Desk, pool: Pool, tmp_path: Path) -> None:
    async with receiver(pool, tmp_path) as at:
        await asyncio.gather(*(at.take(desk.account, message(f"第{n}句")) for n in range(12)))
    assert await bodies(desk) == [f"第{n}句" for n in range(12)]


async def test_without_a_database_calls_are_noted_and_become_tickets_in_order_when_it_is_back(
    desk: Desk, pool: Pool, tmp_path: Path
) -> None:
    flaky = Flaky(pool)
    async with receiver(flaky, tmp_path) as at:
        assert (await at.take(desk.account, message("先来的", openid="early"))) != NOTED
        flaky.away = True
        for n in range(5):
            said = await asyncio.gather(
                *(at.take(desk.account, message(f"第{n}句", openid=f"c{who}", key=f"m:{n}-{who}")) for who in range(4))
            )
            assert said == [NOTED] * 4
        flaky.away = False
        await until(lambda: _received(desk, 5))
        await until(lambda: _settled(at))
        again = await at.take(desk.account, message("后来的", openid="c0"))
        assert again is not None
        assert again.template == "joined"
    rows = await desk.conn.fetch(
        "SELECT citizen.openid, array_agg(message.body ORDER BY message.message_id) AS said"
        " FROM message JOIN ticket USING (account_id, ticket_id) JOIN citizen USING (account_id, citizen_id)"
        " WHERE citizen.openid LIKE 'c_' GROUP BY 1 ORDER BY 1"
    )
    in_order = [f"第{n}句" for n in range(5)]
    assert [row["said"] for row in rows] == [[*in_order, "后来的"], in_order, in_order, in_order]
    assert (tmp_path / "calls.journal").stat().st_size == 0


async def test_what_was_noted_is_followed_by_a_notice_with_the_number_and_only_one(
    desk: Desk, pool: Pool, tmp_path: Path
) -> None:
    flaky = Flaky(pool)
    flaky.away = True
    call = message("家里暖气不热", key="m:noted")
    async with receiver(flaky, tmp_path) as at:
        at_once = [await at.take(desk.account, call), await at.take(desk.account, call)]
        assert at_once == [NOTED, NOTED]
        flaky.away = False
        await until(lambda: _received(desk, 1))
        await until(lambda: _settled(at))
    rows = await desk.conn.fetch("SELECT purpose, body, staff_id FROM delivery")
    number = await desk.conn.fetchval("SELECT number FROM ticket")
    assert [tuple(row) for row in rows] == [("notice", f"received {number}", None)]
    assert await desk.deliver(now=Clock().now()) == 1
    ticket = await tickets.by_number(desk.conn, desk.account.id, number)
    assert ticket is not None
    met = await desk.conn.fetchval("SELECT count(*) FROM deadline WHERE met_at IS NOT NULL")
    assert (ticket.answered_at, met) == (None, 0)


async def test_what_a_process_left_when_it_died_is_taken_in_by_the_next(desk: Desk, pool: Pool, tmp_path: Path) -> None:
    flaky = Flaky(pool)
    flaky.away = True
    async with receiver(flaky, tmp_path) as at:
        assert await at.take(desk.account, message("家里暖气不热")) == NOTED
    assert (await desk.balance())["received"] == 0
    async with receiver(pool, tmp_path) as at:
        await until(lambda: _settled(at))
    assert (await desk.balance())["received"] == 1
    assert (tmp_path / "calls.journal").stat().st_size == 0


async def test_a_call_that_cannot_be_replayed_is_set_aside_and_its_neighbours_are_taken_in(
    desk: Desk, pool: Pool, tmp_path: Path
) -> None:
    flaky = Flaky(pool)
    flaky.away = True
    async with receiver(flaky, tmp_path) as at:
        gone = replace(desk.account, code="renamed-since")
        said = [await at.take(owner, message("家里暖气不热", openid=f"c{n}")) for n, owner in enumerate((desk.account, gone))]
        assert said == [NOTED] * 2
        flaky.away = False
        await until(lambda: _settled(at))
    assert (await desk.balance())["received"] == 1
    assert (tmp_path / "set-aside").read_bytes().count(b"\n") == 1


async def test_a_full_journal_gives_the_call_back_to_the_platform(desk: Desk, pool: Pool, tmp_path: Path) -> None:
    flaky = Flaky(pool)
    flaky.away = True
    async with receiver(flaky, tmp_path, limit_bytes=100) as at:
        with pytest.raises(JournalFull):
            await at.take(desk.account, message("家里暖气不热"))
        flaky.away = False
        await until(lambda: _settled(at))
        assert await at.take(desk.account, message("家里暖气不热")) != NOTED


async def test_a_database_that_is_too_slow_keeps_nobody_waiting(
    desk: Desk, pool: Pool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receiving, "SLOW_S", 0.3)
    flaky = Flaky(pool)
    async with receiver(flaky, tmp_path) as at:
        flaky.slow.clear()
        said = await asyncio.gather(*(at.take(desk.account, message(f"第{n}句", key=f"m:slow-{n}")) for n in range(3)))
        assert said == [NOTED] * 3
        flaky.slow.set()
        await until(lambda: _settled(at))
    assert await bodies(desk) == ["第0句", "第1句", "第2句"]
    assert (await desk.balance())["received"] == 1


async def test_settings_changed_a_moment_ago_hold_for_the_next_message(desk: Desk, pool: Pool, tmp_path: Path) -> None:
    async with receiver(pool, tmp_path) as at:
        await at.take(desk.account, message("暖气不热", openid="a"))
        await desk.conn.execute("UPDATE department SET name = '县住建局新名' WHERE code = 'zhujian'")
        reply = await at.take(desk.account, message("暖气不热", openid="b"))
    assert reply is not None
    assert reply.facts["department"] == "县住建局新名"


async def test_what_waited_in_the_journal_is_dated_by_the_calendar_that_stands(desk: Desk, pool: Pool, tmp_path: Path) -> None:
    flaky = Flaky(pool)
    async with receiver(flaky, tmp_path) as at:
        await at.take(desk.account, message("暖气不热", openid="a"))
        flaky.away = True
        assert await at.take(desk.account, message("暖气不热", openid="b")) == NOTED
        await desk.conn.execute("""UPDATE account SET work_intervals = '[["00:00", "23:00"]]'""")
        flaky.away = False
        await until(lambda: _settled(at))
    due = await desk.conn.fetch("SELECT due_at FROM deadline WHERE kind = 'resolution' ORDER BY ticket_id")
    assert [row["due_at"].astimezone(desk.account.zone).hour for row in due] == [17, 23]


async def test_a_burst_is_routed_by_all_its_words(desk: Desk, pool: Pool, tmp_path: Path) -> None:
    async with receiver(pool, tmp_path) as at:
        first = await at.take(desk.account, message("孩子上学"))
        second = await at.take(desk.account, message("不对，是家里供暖的事，暖气不热，供热站没人管"))
    assert first is not None
    assert second is not None
    assert (first.facts["department"], second.facts["department"]) == ("县教育局", "县住房和城乡建设局")
    assert (await desk.balance())["received"] == 1


async def test_a_department_may_have_later_words_reopen_its_answered_tickets(desk: Desk) -> None:
    await desk.conn.execute("UPDATE department SET reopen_days = 3")
    number = await desk.answered()
    reply = await desk.says("还是不热")
    assert reply is not None
    assert (reply.template, reply.facts["number"]) == ("reopened", number)
    assert (await desk.balance())["received"] == 1


async def test_pictures_that_come_together_are_one_inquiry_with_both_owed(desk: Desk, pool: Pool, tmp_path: Path) -> None:
    async with receiver(pool, tmp_path) as at:
        await asyncio.gather(
            *(at.take(desk.account, InboundMessage(f"m:p{n}", "c", "image", media_id=f"pic{n}")) for n in range(2))
        )
    assert (await desk.balance())["received"] == 1
    assert await desk.conn.fetchval("SELECT count(*) FROM media WHERE state = 'owed'") == 2


async def _received(desk: Desk, count: int) -> bool:
    return bool(await desk.conn.fetchval("SELECT count(*) FROM inquiry") >= count)


async def _settled(at: Receiver) -> bool:
    return at._journal.empty and not at._away
