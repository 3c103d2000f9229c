"""When many speak of one thing more than is usual, and which words speak of the same."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

LEAST = 5  # citizens; fewer are no topic, however unusual
TIMES = 2.0  # the usual number
_CHANCE = 0.01  # that any of all words tried looks unusual by chance
_PRIOR = 0.5  # Jeffreys: what was never said before is not impossible
_UNEVEN = 25.0  # days differ by a fifth beyond chance: a frost, a pay day, a rumour elsewhere
_TOGETHER = 0.6
_FRIDAY = 5


@dataclass(frozen=True)
class Said:
    """A word, the tickets that say it and their citizens."""

    word: str
    tickets: frozenset[int]
    citizens: frozenset[int]


@dataclass(frozen=True)
class Burst:
    """Words that stand in the same tickets, the most telling first."""

    words: tuple[str, ...]
    tickets: frozenset[int]
    citizens: frozenset[int]


def is_unusual(citizens: int, before: int, share: float, tried: int) -> bool:
    """Whether so many citizens are more than chance lets so many of `tried` words have.

    `before` were counted on the days before, of which the days asked about are this share. Where little was counted, little is
    known of what is usual: given `before`, the number is negative binomial. Corrected for the number of words (Bonferroni).
    """
    if citizens < LEAST or citizens < TIMES * before * share:
        return False
    known = before + _PRIOR
    return chance_of(citizens, known * share, min(known, _UNEVEN)) * max(tried, 1) < _CHANCE


def chance_of(count: int, mean: float, shape: float) -> float:
    """The probability of `count` or more where a negative binomial number has this mean and shape."""
    if count <= 0:
        return 1.0
    # Summed upwards from count: what is left of one after subtracting the rest would be lost in rounding.
    again = mean / (mean + shape)
    term = math.exp(
        math.lgamma(count + shape) - math.lgamma(shape) - math.lgamma(count + 1)
        + shape * math.log1p(-again) + count * math.log(again)
    )  # fmt: skip
    total, number = term, count
    while number < mean or term > total * 1e-12:
        term *= again * (number + shape) / (number + 1)
        number += 1
        total += term
    return min(1.0, total)


def like_days(first: date, until: date, *, whole_weeks: bool) -> list[date]:
    """The days from first to before until that say what is usual: where one day is asked about, those like it.

    On Saturdays and Sundays fewer write. Where there is no day like it yet, or whole weeks are asked about, all days count.
    """
    days = [first + timedelta(days=each) for each in range((until - first).days)]
    alike = [each for each in days if (each.isoweekday() > _FRIDAY) == (until.isoweekday() > _FRIDAY)]
    return days if whole_weeks or not alike else alike


def joined(said: Sequence[Said]) -> list[Burst]:
    """Words of the same tickets as one burst, the strongest first."""
    bursts: list[list[Said]] = []
    for each in sorted(said, key=lambda each: (-len(each.citizens), -len(each.word), each.word)):
        for burst in bursts:
            if _together(burst[0].tickets, each.tickets) >= _TOGETHER:
                burst.append(each)
                break
        else:
            bursts.append([each])
    return [
        Burst(
            tuple(each.word for each in burst),
            frozenset().union(*(each.tickets for each in burst)),
            frozenset().union(*(each.citizens for each in burst)),
        )
        for burst in bursts
    ]


def place_of(places: Mapping[str, int], tickets: int) -> str | None:
    """The place that most of the tickets name, if one is."""
    best = max(places, key=lambda place: (places[place], place), default=None)
    return best if best is not None and places[best] * 2 >= tickets else None


def _together(one: frozenset[int], other: frozenset[int]) -> float:
    return len(one & other) / min(len(one), len(other)) if one and other else 0.0
