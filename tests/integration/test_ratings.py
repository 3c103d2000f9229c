"""The citizen's verdict, in the chat."""

from __future__ import annotations

import pytest

from servicedesk.domain.meaning import Verdict, verdict_of
from servicedesk.domain.model import State
from servicedesk.store import ratings
from tests.desk import NOW, Desk, tap


@pytest.mark.parametrize(
    ("words", "verdict"),
    [
        ("满意", Verdict(True, 4)),
        ("非常满意！", Verdict(True, 5)),
        ("基本满意", Verdict(None, 3)),
        ("不满意", Verdict(None, 2)),
        ("非常不满意 20261125-0001", Verdict(None, 1)),
        ("评价：５分", Verdict(True, 5)),
        ("3星", Verdict(None, 3)),
        ("已解决", Verdict(True, None)),
        ("解决了。", Verdict(True, None)),
        ("不满意，三天了还没人来", None),
        ("5", None),
        ("满意吗", None),
        ("6分", None),
    ],
)
def test_a_verdict_is_these_words_and_nothing_else(words: str, verdict: Verdict | None) -> None:
    assert verdict_of(words) == verdict


async def test_a_verdict_on_an_answer_is_kept_and_the_newest_counts(desk: Desk) -> None:
    number = await desk.answered()
    said = await desk.says("满意")
    assert said is not None
    assert (said.template, said.facts) == ("rated", {"number": number, "unhappy": False})
    said = await desk.says("不满意")
    assert said is not None
    assert said.facts["unhappy"]
    kept = await ratings.of_ticket(desk.conn, await desk.ticket(number))
    assert kept is not None
    assert (kept["solved"], kept["score"], kept["words"]) == (None, 2, "不满意")
    assert (await desk.ticket(number)).state is State.ANSWERED
    assert (await desk.balance())["received"] == 1


async def test_a_verdict_with_a_number_is_about_that_ticket(desk: Desk) -> None:
    first = await desk.answered(now=NOW)
    second = await desk.answered(now=NOW)
    said = await desk.says(f"非常满意 {first}")
    assert said is not None
    assert said.facts["number"] == first
    assert await ratings.of_ticket(desk.conn, await desk.ticket(second)) is None


async def test_satisfied_with_nothing_is_thanks_and_dissatisfied_is_an_inquiry(desk: Desk) -> None:
    said = await desk.says("满意")
    assert said is not None
    assert said.template == "thanks"
    said = await desk.says("不满意")
    assert said is not None
    assert said.template == "received"


async def test_the_menus_button_asks_for_a_verdict_on_the_newest_answer(desk: Desk) -> None:
    said = await desk.sends(tap("click", "RATE"))
    assert said is not None
    assert (said.template, said.facts["number"]) == ("rate", None)
    number = await desk.answered()
    said = await desk.sends(tap("click", "RATE"))
    assert said is not None
    assert said.facts == {"number": number, "department": "县住房和城乡建设局", "answered_on": "2026-11-25"}


async def test_a_verdict_that_comes_twice_is_kept_once(desk: Desk) -> None:
    await desk.answered()
    for _ in range(2):
        said = await desk.says("满意", key="m:again")
        assert said is not None
        assert said.template == "rated"
    assert await desk.conn.fetchval("SELECT count(*) FROM rating") == 1
