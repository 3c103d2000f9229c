"""A text as the features that routing learns from: its words, runs of characters, and the themes they belong to."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from servicedesk.language.segmenting import cut
from servicedesk.language.themes import theme_words, themes, themes_of

_LONGEST = 2000  # characters read of a message; what comes after says no other matter
_BITS = 21  # of a character; three of them fill a number of 63


@dataclass(frozen=True)
class Features:
    """What is counted in a text.

    words: how often each word or pair of neighbouring words stands there; runs: the same of one to three characters, each run
    as a number, in order; themes and chapters: how much is said of each, by its number.
    """

    words: Mapping[str, int]
    runs: NDArray[np.int64]
    run_counts: NDArray[np.float32]
    themes: Mapping[int, float]
    chapters: Mapping[int, float]


@lru_cache(maxsize=16)  # a choice asks for the same text twice: what is probable, and why
def features_of(text: str) -> Features:
    """Read a text. One that comes in words, with spaces between, is read as these words."""
    text = text[:_LONGEST].lower()
    parts = text.split()
    solid = "".join(parts)
    words = parts if len(parts) * 4 > len(solid) else [word for part in parts for word in cut(part)]
    pairs = [f"{one} {other}" for one, other in pairwise(words)]
    return Features(Counter([*words, *pairs]), *_runs(solid), *_themed(solid))


def _runs(solid: str) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Every run of one to three characters as the number of its characters side by side, and how often it stands there."""
    signs = np.frombuffer(solid.encode("utf-32-le", "surrogatepass"), np.uint32).astype(np.int64)
    twos = signs[:-1] << _BITS | signs[1:]
    threes = twos[:-1] << _BITS | signs[2:]
    runs, counts = np.unique(np.concatenate([signs, twos, threes]), return_counts=True)
    return runs, counts.astype(np.float32)


def _themed(solid: str) -> tuple[Mapping[int, float], Mapping[int, float]]:
    by_theme: dict[int, float] = {}
    by_chapter: dict[int, float] = {}
    for word, count in theme_words().count_in(solid).items():
        weight = (1 + math.log(count)) * math.sqrt(len(word))
        numbers = themes_of()[word]
        chapters = {themes()[number].chapter for number in numbers}
        for number in numbers:
            by_theme[number] = by_theme.get(number, 0.0) + weight / len(numbers)
        for chapter in chapters:
            by_chapter[chapter] = by_chapter.get(chapter, 0.0) + weight / len(chapters) ** 2
    return {key: math.sqrt(value) for key, value in by_theme.items()}, {
        key: math.sqrt(value) for key, value in by_chapter.items()
    }
