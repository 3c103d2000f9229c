"""Published answers that are alike, from an index that grows as they are published."""

from __future__ import annotations

from servicedesk.store import likeness as rows
from servicedesk.usecases import answering_alike
from tests.desk import Desk, make_desk

_PUBLISH = """
INSERT INTO publication (account_id, ticket_id, department_id, title, question, answer, masked_also, kept, for_digest,
    confirmed_by, published_at, words)
SELECT $1, number + 1000, 1, text, $3 || text, '', '{}', '{}', false, 1, now(), ''::tsvector
FROM unnest($2::text[]) WITH ORDINALITY AS given (text, number)
"""


async def publish(desk: Desk, *titles: str, more: str = "您好，") -> None:
    """Publications without the tickets behind them, taken into the index."""
    await desk.conn.execute("SET session_replication_role = replica")
    await desk.conn.execute(_PUBLISH, desk.account.id, list(titles), more)
    await desk.conn.execute("SET session_replication_role = origin")
    assert await answering_alike.index_owed(desk.conn, [desk.account.id], size=99) == len(titles)


async def titles(desk: Desk, text: str) -> list[str]:
    return [each["title"] for each in await answering_alike.alike(desk.conn, desk.account.id, text)]


async def test_up_to_three_that_really_match_are_found_the_likest_first(desk: Desk) -> None:
    await publish(
        desk, "身份证丢了怎么补办", "暖气不热怎么办", "暖气不热如何投诉", "暖气不热怎么办理退费", "暖气不热，怎么办呢", "小学招生什么时候开始"
    )  # fmt: skip
    assert await titles(desk, "请问身份证丢了，怎样补办？") == ["身份证丢了怎么补办"]
    found = await titles(desk, "暖气不热怎么办")
    assert len(found) == 3
    assert set(found[:2]) == {"暖气不热怎么办", "暖气不热，怎么办呢"}


async def test_silence_rather_than_nonsense(desk: Desk) -> None:
    await publish(desk, "身份证丢了怎么补办", "低保怎么申请")
    for text in ("房产证怎么补办", "公租房怎么申请", "在吗", "", "ᠮᠣᠩᠭᠣᠯ 😀", "x" * 10_000):
        assert await titles(desk, text) == []


async def test_the_index_counts_each_text_once_and_none_twice(desk: Desk) -> None:
    await publish(desk, "暖气不热怎么办", "暖气漏水")
    assert await answering_alike.index_owed(desk.conn, [desk.account.id], size=9) == 0
    counts = await rows.counts(desk.conn, desk.account.id, ["暖", "不热", "漏水"])
    assert (counts[""], counts["暖"], counts["不热"], counts["漏水"]) == (2, 2, 1, 1)


async def test_the_neighbours_publications_are_never_alike(desk: Desk) -> None:
    await publish(await make_desk(desk.conn, "lindeng"), "身份证丢了怎么补办")
    assert await titles(desk, "身份证丢了怎么补办") == []
