"""Likeness: questions that ask the same, questions that do not (made for this test), and what holds of all."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicedesk.language.likeness import THRESHOLD, Rarity, likeness, most_alike, tokens_of
from servicedesk.language.questions import read_question
from servicedesk.language.segmenting import telling_words, words

SAME = [
    ("身份证丢了怎么补办", "请问身份证丢了，怎样补办？"),
    ("今年什么时候开始供暖", "请问今年几号开始供暖"),
    ("小孩子的医保怎么交费", "孩子医疗保险如何缴费呢"),
    ("东关停水了，什么时候来水", "您好，东关停水，几点来水啊"),
]
DIFFERENT = [
    ("今年什么时候开始供暖", "小学招生什么时候开始"),
    ("医保怎么交费", "路灯坏了找谁"),
    ("你好在吗", "您好请问一下"),
    ("公交车几点发车", "饭店油烟扰民"),
    ("身份证怎么补办", "房产证怎么补办"),
    ("低保怎么申请", "公租房怎么申请"),
    ("孩子医保怎么办", "孩子上学怎么办"),
]


def between(one: str, other: str) -> float:
    return likeness(read_question(one), read_question(other))


@pytest.mark.parametrize(("one", "other"), SAME)
def test_the_same_question_in_other_words_is_alike(one: str, other: str) -> None:
    assert between(one, other) >= THRESHOLD


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_different_questions_are_met_with_silence(one: str, other: str) -> None:
    assert between(one, other) < THRESHOLD


@pytest.mark.parametrize(("text", "kinds"), [
    ("为什么停水", {"why"}), ("几点来水", {"when"}), ("社保局在哪里", {"where"}), ("办证收多少钱", {"cost"}), ("路灯归谁管", {"who"}),
    ("能不能异地报销", {"able"}), ("要不要带户口本", {"need"}), ("停水了吗", {"whether"}), ("怎么办理低保", {"how"}), ("暖气不热", set()),
])  # fmt: skip
def test_what_kind_of_answer_is_wanted_is_read_from_the_words_that_ask(text: str, kinds: set[str]) -> None:
    assert read_question(text).kinds == kinds


def test_asking_something_else_of_the_same_matter_or_denying_it_is_less_alike() -> None:
    asked = "集中供暖什么时候开始"
    assert between(asked, "集中供暖几号开始") > between(asked, "集中供暖怎么收费")
    assert between("小区停水了", "小区停水了吗") > between("小区停水了", "小区没停水")


def test_what_is_rare_among_the_published_says_more_than_what_all_of_them_have() -> None:
    published = [read_question(f"{street}什么时候修路") for street in ("人民路", "和平街", "团结路", "东关街", "西环路")]
    counts: dict[str, int] = {}
    for each in published:
        for token in tokens_of(each):
            counts[token] = counts.get(token, 0) + 1
    rarity = Rarity(len(published), counts)
    one, other = read_question("人民路什么时候修路"), read_question("和平街什么时候修路")
    assert likeness(one, other, rarity) < likeness(one, other)


def test_the_best_come_first_and_no_more_than_asked_for() -> None:
    texts = {1: "路灯不亮", 2: "暖气不热", 3: "暖气不热怎么投诉", 4: "暖气不热找谁", 5: "暖气不热多少度算不热"}
    candidates = [(key, [read_question(text)]) for key, text in texts.items()]
    found = most_alike(read_question("暖气不热"), candidates, least=0.3, limit=2)
    assert (found[0].key, found[0].likeness, len(found)) == (2, 1.0, 2)


@given(st.text(max_size=80), st.text(max_size=80))
def test_likeness_lies_between_0_and_1_and_is_the_same_in_both_directions(one: str, other: str) -> None:
    found = between(one, other)
    assert 0 <= found <= 1
    assert found == pytest.approx(between(other, one))
    assert between(one, one) == 1


@given(st.lists(st.text("暖气不热供孩子上学停水电几点", min_size=1, max_size=12), max_size=8, unique=True), st.randoms())
def test_the_order_in_which_candidates_come_changes_nothing(texts: list[str], chance: object) -> None:
    candidates = [(key, [read_question(text)]) for key, text in enumerate(texts)]
    shuffled = candidates[:]
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    wanted = read_question("暖气几点供")
    assert most_alike(wanted, candidates, least=0.1) == most_alike(wanted, shuffled, least=0.1)


def test_words_are_lower_case_and_without_punctuation() -> None:
    assert words("WiFi密码,是多少?")[0] == "wifi"
    assert not any(word in {",", "?"} for word in words("好,吗?"))
    assert telling_words("请问怎么办理") == []
