"""What is unusual, and which words speak of the same."""

from __future__ import annotations

import math
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicedesk.domain.bursts import LEAST, Said, chance_of, is_unusual, joined, like_days, place_of
from servicedesk.language.topics import place_in, topic_words


@pytest.mark.parametrize(("citizens", "usual", "tried", "unusual"), [
    (4, 0.0, 1, False), (5, 0.0, 100, True), (6, 4.0, 100, False), (12, 2.0, 500, True), (12, 8.0, 500, False), (300, 200.0, 500, False),
    (300, 100.0, 500, True),
])  # fmt: skip
def test_many_more_than_usual_are_a_burst_and_few_or_usual_ones_are_not(
    citizens: int, usual: float, tried: int, unusual: bool
) -> None:
    assert is_unusual(citizens, usual, tried) is unusual


@given(st.integers(0, 60), st.floats(0.01, 40))
def test_the_chance_is_that_of_the_poisson_distribution(count: int, mean: float) -> None:
    below = sum(math.exp(number * math.log(mean) - mean - math.lgamma(number + 1)) for number in range(count))
    assert chance_of(count, mean) == pytest.approx(max(0.0, 1 - below), abs=1e-9)


@given(st.integers(0, 200), st.floats(0, 50), st.integers(1, 5000))
def test_more_citizens_are_never_less_unusual_and_more_words_tried_never_more(count: int, usual: float, tried: int) -> None:
    assert not is_unusual(count, usual, tried) or is_unusual(count + 1, usual, tried)
    assert not is_unusual(count, usual, tried + 1) or is_unusual(count, usual, tried)
    assert not is_unusual(min(count, LEAST - 1), usual, tried)


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
