"""What a message means: nothing that asks something may be taken for a command or for thanks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicedesk.domain.meaning import Meaning, meaning_of
from servicedesk.domain.model import InboundMessage
from tests.desk import message, tap


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("进度", Meaning.PROGRESS),
        (" 查一下进度 ", Meaning.PROGRESS),
        ("查询进度20261124-0007", Meaning.PROGRESS),
        ("进度 20261124 0007", Meaning.PROGRESS),
        ("progress", Meaning.PROGRESS),
        ("\u8fdb\u5ea6\uff01", Meaning.PROGRESS),
        ("进度怎么这么慢,暖气还没修", Meaning.INQUIRY),
        ("撤回", Meaning.WITHDRAWAL),
        ("撤回 20261124-0007", Meaning.WITHDRAWAL),
        ("不用处理了", Meaning.WITHDRAWAL),
        ("撤回这个决定,我们不同意", Meaning.INQUIRY),
        ("未解决", Meaning.UNSOLVED),
        ("没解决\u3002", Meaning.UNSOLVED),
        ("没解决暖气的事,反而更冷了", Meaning.INQUIRY),
        ("谢谢", Meaning.THANKS),
        ("好的,谢谢您!", Meaning.THANKS),
        ("\u597d\u7684\uff0c\u8c22\u8c22\uff01", Meaning.THANKS),
        ("👍👍", Meaning.THANKS),
        ("现在热了,老爷子说谢谢。", Meaning.INQUIRY),
        ("路灯坏了,谢谢", Meaning.INQUIRY),
        ("工地半夜施工,吵死了,谢谢", Meaning.INQUIRY),
        ("好的,那什么时候供暖", Meaning.INQUIRY),
        ("谢谢,可是还是不热", Meaning.INQUIRY),
        ("谢谢帮我查一下社保", Meaning.INQUIRY),
        ("感谢,请问几点上班", Meaning.INQUIRY),
        ("你好", Meaning.INQUIRY),
        ("", Meaning.INQUIRY),
    ],
)
def test_texts(text: str, meaning: Meaning) -> None:
    assert meaning_of(message(text)) is meaning


@given(st.text(max_size=60), st.sampled_from(["怎么办?", "什么时候能好", "请问找谁", "还没修", "\u600e\u4e48\u529e\uff1f"]))
def test_whatever_asks_is_never_taken_for_thanks(before: str, asks: str) -> None:
    assert meaning_of(message(before + asks)) is not Meaning.THANKS


@pytest.mark.parametrize("kind", ["image", "voice", "video", "location", "link"])
def test_whatever_a_citizen_sends_is_an_inquiry(kind: str) -> None:
    assert meaning_of(message("", kind=kind)) is Meaning.INQUIRY


@pytest.mark.parametrize(
    ("event", "key", "meaning"),
    [
        ("click", "PROGRESS", Meaning.PROGRESS),
        ("click", "progress", Meaning.PROGRESS),
        ("click", "ASK", Meaning.ASK),
        ("click", "ANSWERS", Meaning.ANSWERS),
        ("click", "UNSOLVED", Meaning.UNSOLVED),
        ("click", "SOMETHING", Meaning.TAPPED),
        ("scan", "42", Meaning.TAPPED),
        ("subscribe", "", Meaning.WELCOME),
        ("unsubscribe", "", Meaning.UNFOLLOW),
        ("masssendjobfinish", "", Meaning.MASS_SENT),
        ("view", "http://x", Meaning.KEPT),
        ("never_heard_of", "", Meaning.KEPT),
    ],
)
def test_events(event: str, key: str, meaning: Meaning) -> None:
    assert meaning_of(tap(event, key)) is meaning


def test_a_kind_not_known_is_kept() -> None:
    assert meaning_of(InboundMessage("m:1", "o", "other")) is Meaning.KEPT


def test_a_long_row_of_thanks_costs_no_more_than_its_length() -> None:
    assert meaning_of(message("谢" * 5000 + "怎么办")) is Meaning.INQUIRY


def test_a_long_row_of_blanks_after_a_command_costs_nothing() -> None:
    assert meaning_of(message("进度" + " " * 20_000 + "x")) is Meaning.INQUIRY
