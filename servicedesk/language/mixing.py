"""The duty lists and what was learned of tickets, joined in one calibrated probability of each department."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from servicedesk.language.classifier import Classifier, probabilities
from servicedesk.language.duty_guide import DutyGuide

_LEAST = 1e-6


@dataclass(frozen=True)
class Mix:
    """A classifier, its share beside the duty lists (0: they alone, 1: it alone), and the heat of what they say together."""

    classifier: Classifier
    share: float
    heat: float


def mixed(guide: DutyGuide, mix: Mix, text: str) -> dict[str, float]:
    """The calibrated probability (0 to 1) of each key that either knows."""
    listed, learned = guessed(guide, text), likely(mix.classifier, text)
    keys = tuple(sorted({*listed, *learned}))
    both = together(in_order(listed, keys)[None, :], in_order(learned, keys)[None, :], mix.share)
    return dict(zip(keys, probabilities(both, mix.heat)[0].tolist(), strict=True))


def guessed(guide: DutyGuide, text: str) -> dict[str, float]:
    """What the duty lists say of a text by key."""
    return {each.key: each.probability for each in guide.guess("".join(text.split()))}


def likely(classifier: Classifier, text: str) -> dict[str, float]:
    """What was learned says of a text by key."""
    return {each.key: each.probability for each in classifier.likely(text)}


def in_order(chances: Mapping[str, float], keys: Sequence[str]) -> NDArray[np.float64]:
    """Probabilities in the order of keys; 0 for a key that they do not know."""
    return np.array([chances.get(key, 0.0) for key in keys])


def together(listed: NDArray[np.float64], learned: NDArray[np.float64], share: float) -> NDArray[np.float64]:
    """The logarithm of the two kinds of probability added up by share (texts x keys)."""
    return np.asarray(np.log(np.maximum((1 - share) * listed + share * learned, _LEAST)))
