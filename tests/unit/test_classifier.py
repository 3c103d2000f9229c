"""A router that was trained on decided tickets."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from servicedesk.language.classifier import Classifier, probabilities, threshold_for
from servicedesk.language.training import TooFew, Trained, fitted_heat, train

HEAT = [
    "暖气不热",
    "供暖温度低",
    "暖气片漏水了",
    "今年什么时候供暖",
    "热力公司不接电话",
    "楼上不供热",
    "暖气费太贵",
    "室温只有十度",
]
SCHOOL = [
    "孩子上学报名",
    "小升初划片",
    "学校食堂不卫生",
    "老师补课收费",
    "校车不来",
    "幼儿园入园",
    "学区怎么划",
    "转学要什么材料",
]
ROAD = ["路灯不亮", "公路有大坑", "出租车拒载", "班车晚点", "修路什么时候完", "公交站太远", "红绿灯坏了", "大货车太多"]
TEXTS = [*HEAT, *SCHOOL, *ROAD]
LABELS = ["热"] * 8 + ["学"] * 8 + ["路"] * 8


@pytest.fixture(scope="module")
def trained() -> Trained:
    return train(TEXTS, LABELS)


def test_what_was_learned_is_said_of_words_that_no_ticket_had(trained: Trained) -> None:
    likely = trained.classifier.likely("家里的暖气一直不热")
    assert likely[0].key == "热"
    assert abs(sum(each.probability for each in likely) - 1) < 1e-6


def test_the_reasons_are_words_of_the_text(trained: Trained) -> None:
    text = "老师补课收费"
    reasons = trained.classifier.reasons(text, "学")
    assert reasons
    assert all(word in text for word in reasons)
    assert all("，" not in word for word in trained.classifier.reasons("老师，补课，收费", "学"))


def test_training_twice_on_the_same_tickets_gives_the_same_weights(trained: Trained) -> None:
    again = train(TEXTS, LABELS)
    assert np.array_equal(again.classifier.weights, trained.classifier.weights)
    assert np.array_equal(again.held_out, trained.held_out)


def test_a_kept_version_decides_as_before(trained: Trained) -> None:
    kept = Classifier.from_bytes(trained.classifier.to_bytes())
    for text in TEXTS:
        old, new = trained.classifier.likely(text), kept.likely(text)
        assert [each.key for each in new] == [each.key for each in old]
        assert new[0].probability == pytest.approx(old[0].probability, abs=0.01)


@given(st.binary(max_size=200))
def test_bytes_that_are_no_version_are_refused(noise: bytes) -> None:
    with pytest.raises(ValueError, match="not a kept classifier"):
        Classifier.from_bytes(noise)


@settings(deadline=None)
@given(text=st.text(max_size=400))
def test_any_text_has_probabilities(text: str, trained: Trained) -> None:
    likely = trained.classifier.likely(text)
    assert {each.key for each in likely} == {"热", "学", "路"}
    assert all(0 <= each.probability <= 1 for each in likely)


def test_two_classes_are_enough_to_learn_from(trained: Trained) -> None:
    two = train(TEXTS[:16], LABELS[:16]).classifier
    assert two.likely("暖气不热")[0].key == "热"
    assert two.likely("学校报名")[0].key == "学"


def test_a_class_with_a_single_ticket_is_learned_and_hinders_nobody() -> None:
    classes = train([*TEXTS, "坟地搬迁"], [*LABELS, "民"]).classifier.classes
    assert set(classes) == {"热", "学", "路", "民"}


def test_tickets_of_a_single_class_teach_nothing() -> None:
    with pytest.raises(TooFew):
        train(HEAT, ["热"] * 8)


def test_a_correction_that_weighs_more_wins_against_routine() -> None:
    texts, labels = [*TEXTS, *["校车不来"] * 3], [*LABELS, *["路"] * 3]
    assert train(texts, labels, [1.0] * 24 + [10.0] * 3).classifier.likely("校车不来")[0].key == "路"


def test_the_threshold_is_the_lowest_that_keeps_the_precision() -> None:
    held_out = np.linspace(0.99, 0.5, 50)
    right = np.array([True] * 30 + [False, True] * 10)
    assert threshold_for(held_out, right, 0.96) == held_out[29]
    assert threshold_for(held_out, right, 0.75) == held_out[49]
    assert threshold_for(held_out, ~right, 0.95) > 1


def test_right_answers_alone_prove_no_certainty_so_that_a_text_that_says_nothing_known_is_not_believed() -> None:
    texts, labels = [f"{text}，请处理" for text in TEXTS for _ in range(6)], [label for label in LABELS for _ in range(6)]
    assert train(texts, labels).classifier.likely("ᠮᠣᠩᠭᠣᠯ hello 😀")[0].probability < 0.9
    heat, _ = fitted_heat(np.array([[1.0, 0.0], [0.0, 1.0]] * 20), np.array([0, 1] * 20))
    assert 0.9 < probabilities(np.array([[1.0, 0.0]]), heat)[0][0] < 1 - 1 / 100


def test_a_handful_of_lucky_texts_proves_nothing() -> None:
    assert threshold_for(np.array([0.9] * 10), np.array([True] * 10), 0.95) > 1
    assert threshold_for(np.array([0.9] * 19), np.array([True] * 19), 0.95) == 0.9


def test_what_is_equally_probable_is_routed_together_or_not_at_all() -> None:
    held_out = np.array([0.9, 0.9, 0.8, 0.8])
    assert threshold_for(held_out, np.array([True, True, True, False]), 0.65) == 0.9
    assert threshold_for(held_out, np.array([True, True, True, False]), 0.6) == 0.8


def test_a_version_that_was_damaged_is_refused(trained: Trained) -> None:
    kept = trained.classifier.to_bytes()
    for damaged in (kept[: len(kept) // 2], kept[:100] + b"\0" * 400 + kept[500:], b"\x93NUMPY" + kept[6:], b""):
        with pytest.raises(ValueError, match="not a kept classifier"):
            Classifier.from_bytes(damaged)
