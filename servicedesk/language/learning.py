"""A lesson in routing: what older tickets teach is tried on recent ones beside what is in use, and kept if it is no worse.

Needs what training needs: run it in a process of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from servicedesk.language.classifier import Classifier, probabilities
from servicedesk.language.duty_guide import DutyGuide
from servicedesk.language.mixing import Mix, guessed, in_order, likely, mixed, together
from servicedesk.language.training import fitted_heat, train

SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)


@dataclass(frozen=True)
class Decided:
    """A ticket that people decided: its text, the key of where it belongs, how much that counts, and which department
    the duty lists' own words clearly name (none: None)."""

    text: str
    key: str
    weight: float
    listed: str | None = None


@dataclass(frozen=True)
class Lesson:
    """What was learned of all tickets, and how that way of learning did on the recent ones before it saw them.

    held_out: of each recent ticket the probability of the best department, whether it was right, and whether the duty lists'
    own words clearly name the same. accuracy is that on the tickets which what is in use never saw, accuracy_before its own
    there: the former version's, or the duty lists' alone.
    """

    mix: Mix
    held_out: tuple[tuple[float, bool, bool], ...]
    accuracy: float
    accuracy_before: float


def learn(
    duties: Mapping[str, str], older: Sequence[Decided], recent: Sequence[Decided], former: Mix | None, unseen: int
) -> Lesson:
    """Learn from older tickets, ask about the recent ones, then learn from all. Raises TooFew.

    unseen: of the recent, so many of the newest were never taught to the former version, which would remember the others.
    """
    guide = DutyGuide(duties)
    tried = _taught(older)
    keys = tuple(sorted({*duties, *tried.classes, *(each.key for each in recent)}))
    right = np.array([keys.index(each.key) for each in recent])
    listed = np.array([in_order(guessed(guide, each.text), keys) for each in recent])
    learned = np.array([in_order(likely(tried, each.text), keys) for each in recent])
    share, heat, chances = _best_share(listed, learned, right)
    before = listed if former is None else np.array([in_order(mixed(guide, former, each.text), keys) for each in recent])
    best = chances.argmax(axis=1)
    hits = best == right
    return Lesson(
        Mix(_taught([*older, *recent]), share, heat),
        tuple(
            (round(float(chance), 4), hit, each.listed == keys[place])
            for chance, hit, place, each in zip(chances.max(axis=1), hits.tolist(), best, recent, strict=True)
        ),
        accuracy=float(hits[-unseen:].mean()),
        accuracy_before=float((before.argmax(axis=1) == right)[-unseen:].mean()),
    )


def _taught(tickets: Sequence[Decided]) -> Classifier:
    return train([each.text for each in tickets], [each.key for each in tickets], [each.weight for each in tickets]).classifier


def _best_share(
    listed: NDArray[np.float64], learned: NDArray[np.float64], right: NDArray[np.int64]
) -> tuple[float, float, NDArray[np.float64]]:
    """The share and heat that surprise least on tickets that neither saw, and what they say of them together."""
    tried = []
    for share in SHARES:
        both = together(listed, learned, share)
        heat, surprise = fitted_heat(both, right)
        tried.append((surprise, share, heat))
    _, share, heat = min(tried)
    return share, heat, probabilities(together(listed, learned, share), heat)
