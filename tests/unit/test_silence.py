"""When silence is news."""

from __future__ import annotations

from datetime import timedelta

import pytest

from servicedesk.domain.silence import is_unusual

HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("silence", "longest", "calls", "unusual"),
    [
        (16 * HOUR, 14 * HOUR, 500, False),  # a night and a little
        (22 * HOUR, 14 * HOUR, 500, True),
        (22 * HOUR, 14 * HOUR, 49, False),  # too few to know what is usual
        (HOUR / 2, HOUR / 60, 90_000, False),  # never before an hour
        (2 * HOUR, HOUR / 60, 90_000, True),
        (22 * HOUR, None, 500, False),
    ],
)
def test_half_as_long_again_as_the_longest_silence_is_unusual(
    silence: timedelta, longest: timedelta | None, calls: int, unusual: bool
) -> None:
    assert is_unusual(silence, longest=longest, calls=calls) is unusual
