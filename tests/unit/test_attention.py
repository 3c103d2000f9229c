"""What a message says first counts most."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from servicedesk.language.attention import ATTENTION, LONGEST, attention_at
from servicedesk.language.duty_guide import DutyGuide
from servicedesk.language.features import features_of
from servicedesk.language.themes import Words

TALK = "事情是这样的，我们一家人在这里住了很多年，邻居们都可以作证。" * 6


@given(st.integers(0, 10 * LONGEST), st.integers(0, 10 * LONGEST))
def test_nothing_counts_more_than_what_stands_before_it_and_nothing_is_lost(one: int, other: int) -> None:
    first, later = sorted((one, other))
    assert 1 >= attention_at(first) >= attention_at(later) >= 0.09
    assert attention_at(0) == ATTENTION[0] == 1


def test_a_word_said_first_counts_more_than_the_same_word_said_late() -> None:
    words = Words(["停水"])
    assert words.count_in("停水了") == {"停水": 1}
    assert 0 < words.count_in(TALK + "停水了")["停水"] < 0.5
    early, late = features_of("停水了。" + TALK), features_of(TALK + "停水了。")
    assert early.words["停水"] > late.words["停水"] > 0
    assert early.themes != late.themes


def test_of_two_matters_the_one_named_first_is_what_a_message_is_about() -> None:
    guide = DutyGuide({"供热": "供热 暖气", "教育": "教育 学校"})
    assert guide.guess("暖气不热。" + TALK + "学校也管管。")[0].key == "供热"
    assert guide.guess("学校不收。" + TALK + "暖气也管管。")[0].key == "教育"


@given(st.text(max_size=120))
def test_runs_are_counted_by_where_they_stand(text: str) -> None:
    features = features_of(text)
    signs = "".join(text.lower().split())
    by_place = sum(float(ATTENTION[: max(0, len(signs) - size)].sum()) for size in range(3))
    assert abs(float(features.run_counts.sum()) - by_place) < 0.01 * (1 + by_place)
