"""Published answers that are alike follow after the reply where so many calls waited that it could not wait for them."""

from __future__ import annotations

from pathlib import Path

import pytest

from servicedesk.domain.model import Account
from servicedesk.store.db import Pool, View
from servicedesk.usecases import answering, answering_alike, assigning, publishing
from servicedesk.web import receiving
from tests.desk import NOW, Desk, message
from tests.integration.test_receiving import receiver

QUESTION = "我家暖气不热，供暖温度不达标怎么办"


def words(_account: Account, found: list[View]) -> str:
    return "、".join(each["title"] for each in found)


async def published(desk: Desk) -> None:
    reply = await desk.says(QUESTION, openid="first")
    assert reply is not None
    number = str(reply.facts["number"])
    await assigning.accept(desk.conn, desk.staff["zhujian"], number, now=NOW)
    await answering.answer(desk.conn, desk.staff["zhujian"], number, "请先排气，仍不热请打供热公司电话。", now=NOW)
    await desk.deliver()
    proposal = await publishing.propose(desk.conn, desk.staff["bianji"], number)
    await publishing.publish(
        desk.conn, desk.staff["bianji"], number, title="暖气不热怎么办", seal=proposal.seal,
        for_digest=False, now=NOW,
    )  # fmt: skip
    assert await answering_alike.index_owed(desk.conn, [desk.account.id], size=9) == 1


async def test_a_reply_that_shed_them_is_followed_by_a_notice_once(
    desk: Desk, pool: Pool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await published(desk)
    monkeypatch.setattr(receiving, "BUSY", 1)
    async with receiver(pool, tmp_path) as at:
        reply = await at.take(desk.account, message(QUESTION, openid="second"))
    assert reply is not None
    assert reply.facts["alike"] is None
    ids = [desk.account.id]
    assert await answering_alike.owe_late(desk.conn, ids, words, now=NOW, size=9) == 1
    assert await answering_alike.owe_late(desk.conn, ids, words, now=NOW, size=9) == 0
    rows = await desk.conn.fetch("SELECT purpose, body FROM delivery WHERE purpose = 'notice'")
    assert [row["body"] for row in rows] == ["暖气不热怎么办"]


async def test_where_nothing_is_alike_nothing_follows(
    desk: Desk, pool: Pool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await published(desk)
    monkeypatch.setattr(receiving, "BUSY", 1)
    async with receiver(pool, tmp_path) as at:
        await at.take(desk.account, message("孩子上学报名要带什么", openid="second"))
    assert await answering_alike.owe_late(desk.conn, [desk.account.id], words, now=NOW, size=9) == 1
    assert await desk.conn.fetchval("SELECT count(*) FROM delivery WHERE purpose = 'notice'") == 0


async def test_an_idle_desk_looks_before_it_replies(desk: Desk, pool: Pool, tmp_path: Path) -> None:
    async with receiver(pool, tmp_path) as at:
        reply = await at.take(desk.account, message(QUESTION))
    assert reply is not None
    assert reply.facts["alike"] == []
    assert await desk.conn.fetchval("SELECT alike_owed_at FROM ticket") is None
