"""What is unusual, and which words speak of the same."""

from __future__ import annotations

import math
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicedesk.domain.bursts import LEAST, Said, chance_of, is_unusual, joined, like_days, place_of
from servicedesk.language.topics import place_in, topic_words


@pytest.mark.parametrize(("citizens", "before", "share", "tried", "unusual"), [
    (4, 0, 0.05, 1, False), (5, 0, 0.05, 500, True), (6, 80, 0.05, 100, False), (12, 40, 0.05, 500, True),
    (12, 160, 0.05, 500, False), (300, 4000, 0.05, 500, False), (400, 2000, 0.05, 500, True),
])  # fmt: skip
def test_many_more_than_usual_are_a_burst_and_few_or_usual_ones_are_not(
    citizens: int, before: int, share: float, tried: int, unusual: bool
) -> None:
    assert is_unusual(citizens, before, share, tried) is unusual


def test_where_little_was_counted_before_more_is_needed() -> None:
    # Five a day in a month is sure; five on the only day before says little.
    assert is_unusual(20, 100, 1 / 20, 100)
    assert not is_unusual(20, 5, 1.0, 100)


@given(st.integers(0, 60), st.floats(0.01, 40), st.floats(0.5, 25))
def test_the_chance_is_that_of_the_negative_binomial_distribution(count: int, mean: float, shape: float) -> None:
    again = mean / (mean + shape)
    below = sum(
        math.exp(math.lgamma(number + shape) - math.lgamma(shape) - math.lgamma(number + 1))
        * (1 - again) ** shape * again**number
        for number in range(count)
    )  # fmt: skip
    assert chance_of(count, mean, shape) == pytest.approx(max(0.0, 1 - below), abs=1e-9)


@given(st.integers(0, 200), st.integers(0, 500), st.floats(0.04, 1), st.integers(1, 5000))
def test_more_citizens_are_never_less_unusual_and_more_words_tried_never_more(
    count: int, before: int, share: float, tried: int
) -> None:
    assert not is_unusual(count, before, share, tried) or is_unusual(count + 1, before, share, tried)
    assert not is_unusual(count, before, share, tried + 1) or is_unusual(count, before, share, tried)
    assert not is_unusual(min(count, LEAST - 1), before, share, tried)


def test_words_of_the_same_tickets_are_one_burst_named_by_the_strongest() -> None:
    tickets = frozenset(range(8))
    said = [Said("停水", tickets, tickets), Said("水管", frozenset(range(6)), frozenset(range(6))), Said(
        "路灯", frozenset(range(20, 26)), frozenset(range(20, 26)))]  # fmt: skip
    assert [burst.words for burst in joined(said)] == [("停水", "水管"), ("路灯",)]


def test_a_place_is_named_where_most_of_the_tickets_name_it() -> None:
    assert place_of({"东关小区": 5, "人民路": 2}, 9) == "东关小区"
    assert place_of({"东关小区": 4}, 9) is None
    assert place_of({}, 3) is None


def test_an_inquiry_speaks_of_its_telling_words_and_of_a_place() -> None:
    assert "停水" in topic_words("您好，东关小区停水了，希望尽快处理")
    assert not {"您好", "希望", "尽快", "处理"} & set(topic_words("您好，东关小区停水了，希望尽快处理"))
    assert place_in("家住东关小区，停水两天了") == "东关小区"
    assert place_in("怎么办理身份证") is None


@given(st.text(max_size=300))
def test_any_text_has_at_most_a_dozen_topic_words_of_two_characters_or_more(text: str) -> None:
    found = topic_words(text)
    assert len(found) <= 12
    assert all(len(word) > 1 for word in found)


def test_a_working_day_is_compared_with_working_days_and_a_weekend_with_weekends() -> None:
    monday, saturday = date(2026, 11, 23), date(2026, 11, 21)
    four_weeks = timedelta(days=28)
    assert [each.isoweekday() for each in like_days(saturday - four_weeks, saturday, whole_weeks=False)] == [6, 7] * 4
    assert len(like_days(monday - four_weeks, monday, whole_weeks=False)) == 20
    assert len(like_days(monday - four_weeks, monday, whole_weeks=True)) == 28
    # A desk of three days has no weekend to compare with.
    assert len(like_days(saturday - timedelta(days=3), saturday, whole_weeks=False)) == 3
