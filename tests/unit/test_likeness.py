"""Likeness: pairs that ask the same, and pairs that do not (made for this test)."""

from __future__ import annotations

import pytest

from servicedesk.language.likeness import THRESHOLD, likeness, most_alike
from servicedesk.language.segmenting import telling_words, words

SAME = [
    ("今年什么时候开始供暖", "请问供暖从几号开始"),
    ("暖气不热怎么办", "家里暖气一直不热,打了电话没人管"),
    ("新生儿医保怎么办理", "刚出生的孩子医保怎么办"),
    ("身份证丢了怎么补办", "补办身份证要带什么"),
]
DIFFERENT = [
    ("今年什么时候开始供暖", "小学招生什么时候开始"),
    ("医保怎么交费", "路灯坏了找谁"),
    ("你好在吗", "您好请问一下"),
    ("公交车几点发车", "饭店油烟扰民"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_the_same_question_in_other_words_is_alike(one: str, other: str) -> None:
    assert likeness(one, other) >= THRESHOLD


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_different_questions_are_met_with_silence(one: str, other: str) -> None:
    assert likeness(one, other) < THRESHOLD


def test_the_best_come_first_and_no_more_than_asked_for() -> None:
    candidates = [(1, "路灯不亮"), (2, "暖气不热"), (3, "暖气不热怎么投诉"), (4, "暖气不热找谁"), (5, "暖气不热多少度算不热")]
    assert most_alike("暖气不热", candidates, 2)[0] == 2
    assert len(most_alike("暖气不热", candidates, 2)) == 2


def test_words_are_lower_case_and_without_punctuation() -> None:
    assert words("WiFi密码,是多少?")[0] == "wifi"
    assert not any(word in {",", "?"} for word in words("好,吗?"))
    assert telling_words("请问怎么办理") == []
