"""Figures: the meter against the calendar, buckets, percentiles."""

from __future__ import annotations

import math
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicedesk.domain.calendar import Calendar
from servicedesk.domain.figures import EDGES, bucket_of, in_time, percentile, rate
from servicedesk.domain.meter import Meter
from tests.desk import NOW
from tests.unit.test_ledger import calendars, minutes


@given(calendars, minutes, st.lists(st.tuples(minutes, minutes), max_size=5))
def test_a_meter_reads_what_the_calendar_counts(
    calendar: Calendar, first: datetime, pairs: list[tuple[datetime, datetime]]
) -> None:
    meter = Meter(calendar, min([first, *(min(pair) for pair in pairs)]))
    for start, end in pairs:
        assert meter.minutes(start, end) == calendar.between(start, end).total_seconds() // 60


def test_buckets_have_edges_that_grow() -> None:
    assert list(EDGES) == sorted(set(EDGES))
    assert EDGES[-1] > 60 * 24 * 20


@given(st.integers(0, 10**6))
def test_a_length_of_time_lies_in_the_first_bucket_whose_edge_is_not_below_it(length: int) -> None:
    bucket = bucket_of(length)
    assert length <= EDGES[bucket] or bucket == len(EDGES) - 1
    assert bucket == 0 or EDGES[bucket - 1] < length


@given(st.lists(st.integers(0, EDGES[-1]), min_size=1, max_size=60), st.sampled_from([0.5, 0.9]))
def test_a_percentile_is_the_edge_over_the_value_that_a_list_gives(values: list[int], share: float) -> None:
    counts: dict[int, int] = {}
    for value in values:
        counts[bucket_of(value)] = counts.get(bucket_of(value), 0) + 1
    exact = sorted(values)[math.ceil(round(share * len(values), 6)) - 1]
    assert percentile(counts, share) == EDGES[bucket_of(exact)]


def test_nothing_has_no_percentile_and_no_rate() -> None:
    assert percentile({}, 0.5) is None
    assert rate(0, 0) is None
    assert rate(1, 4) == 0.25


@pytest.mark.parametrize(("met", "due", "expected"), [
    (NOW, NOW, True), (NOW, NOW.replace(hour=1), False), (None, NOW, False), (None, NOW.replace(hour=3), None), (NOW, None, None),
])  # fmt: skip
def test_in_time_is_undecided_until_it_is_met_or_due(met: datetime | None, due: datetime | None, expected: bool | None) -> None:
    assert in_time(met, due, NOW) is expected
