"""When silence is news: an account that usually hears from somebody, and does not."""

from __future__ import annotations

from datetime import timedelta

LOOK_BACK = timedelta(days=28)
FEWEST_CALLS = 50  # with fewer in four weeks nothing is usual
_SHORTEST = timedelta(hours=1)
_OVER = 1.5


def is_unusual(silence: timedelta, *, longest: timedelta | None, calls: int) -> bool:
    """Whether this is half as long again as any silence of the last four weeks, nights and holidays among them."""
    if longest is None or calls < FEWEST_CALLS:
        return False
    return silence > max(_SHORTEST, longest * _OVER)
