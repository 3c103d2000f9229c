"""A lesson: what was learned joins the duty lists as far as it proves better on tickets that it never saw."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicedesk.language.duty_guide import DutyGuide
from servicedesk.language.learning import Decided, Lesson, learn
from servicedesk.language.mixing import Mix, in_order, mixed, together
from servicedesk.language.training import TooFew
from tests.made_up import HEATING, OTHER_PLACES, SCHOOL, inquiries

DUTIES = {"1": "住建局 供热管理 暖气 物业", "2": "教育局 招生 学籍 上学"}
KINDS = {"1": HEATING, "2": SCHOOL, "none": OTHER_PLACES}


def decided(size: int, seed: int = 7) -> list[Decided]:
    return [Decided(text, key, 1.0) for text, key in inquiries(KINDS, size, seed)]


@pytest.fixture(scope="module")
def lesson() -> Lesson:
    return learn(DUTIES, decided(160), decided(40, seed=8), None, 40)


def test_what_was_learned_of_tickets_beats_the_duty_lists_alone_on_tickets_that_it_never_saw(lesson: Lesson) -> None:
    assert lesson.accuracy > lesson.accuracy_before  # nobody's duty list names other places' matters
    assert lesson.accuracy >= 0.95
    assert len(lesson.held_out) == 40
    assert lesson.mix.share > 0


def test_the_lists_and_what_was_learned_say_one_thing_together_with_probabilities_that_add_up(lesson: Lesson) -> None:
    chances = mixed(DutyGuide(DUTIES), lesson.mix, "外省的网店不退货怎么办")
    assert max(chances, key=lambda key: chances[key]) == "none"
    assert sum(chances.values()) == pytest.approx(1)


def test_a_later_lesson_is_compared_with_the_version_in_use_only_on_tickets_that_it_never_saw(lesson: Lesson) -> None:
    older, seen, unseen = decided(160), decided(40, seed=8), decided(12, seed=9)
    wrong = [Decided(each.text, "2" if each.key == "1" else "1", 1.0) for each in unseen]
    again = learn(DUTIES, older, [*seen, *wrong], lesson.mix, len(wrong))
    assert again.accuracy_before < 0.5
    assert len(again.held_out) == 52


def test_a_new_department_that_no_ticket_was_given_to_yet_is_known_by_its_duty_list(lesson: Lesson) -> None:
    chances = mixed(DutyGuide({**DUTIES, "3": "驼绒收购站 驼绒收购"}), Mix(lesson.mix.classifier, 0.5, 1.0), "驼绒收购")
    assert "3" in chances


def test_tickets_of_one_department_alone_teach_nothing() -> None:
    with pytest.raises(TooFew):
        learn(DUTIES, [Decided("暖气不热", "1", 1.0)] * 50, [Decided("暖气不热", "1", 1.0)] * 10, None, 10)


@given(st.lists(st.floats(0, 1), min_size=3, max_size=3), st.lists(st.floats(0, 1), min_size=3, max_size=3))
def test_with_a_share_of_nothing_or_all_the_order_is_that_of_one_side(one: list[float], other: list[float]) -> None:
    keys = ("a", "b", "c")
    listed, learned = (in_order(dict(zip(keys, each, strict=True)), keys)[None, :] for each in (one, other))
    for share, alone in ((0.0, one), (1.0, other)):
        joined = together(listed, learned, share)[0]
        assert alone[int(joined.argmax())] >= max(alone) - 1e-6
