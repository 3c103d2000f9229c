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
    """A ticket that people decided: its text, the key of where it belongs, and how much that counts."""

    text: str
    key: str
    weight: float


@dataclass(frozen=True)
class Lesson:
    """What was learned of all tickets, and how that way of learning did on the recent ones before it saw them.

    held_out: of each recent ticket the probability of the best department, and whether it was right. accuracy_before is that
    of what is in use: the former version, or the duty lists alone.
    """

    mix: Mix
    held_out: tuple[tuple[float, bool], ...]
    accuracy: float
    accuracy_before: float

    @property
    def is_no_worse(self) -> bool:
        """Whether it may be used."""
        return self.accuracy >= self.accuracy_before


def learn(duties: Mapping[str, str], older: Sequence[Decided], recent: Sequence[Decided], former: Mix | None) -> Lesson:
    """Learn from older tickets, ask about the recent ones, then learn from all. Raises TooFew.

    The former version must not have been taught the recent tickets: it would remember them.
    """
    guide = DutyGuide(duties)
    tried = _taught(older)
    keys = tuple(sorted({*duties, *tried.classes, *(each.key for each in recent)}))
    right = np.array([keys.index(each.key) for each in recent])
    listed = np.array([in_order(guessed(guide, each.text), keys) for each in recent])
    learned = np.array([in_order(likely(tried, each.text), keys) for each in recent])
    share, heat, chances = _best_share(listed, learned, right)
    before = listed if former is None else np.array([in_order(mixed(guide, former, each.text), keys) for each in recent])
    hits = chances.argmax(axis=1) == right
    return Lesson(
        Mix(_taught([*older, *recent]), share, heat),
        tuple(zip((round(float(each), 4) for each in chances.max(axis=1)), hits.tolist(), strict=True)),
        accuracy=float(hits.mean()),
        accuracy_before=float((before.argmax(axis=1) == right).mean()),
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
