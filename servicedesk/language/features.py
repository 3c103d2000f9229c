"""A text as the features that routing learns from: its words, runs of characters, and the themes they belong to."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from servicedesk.language.attention import ATTENTION, LONGEST, attention_at
from servicedesk.language.segmenting import cut
from servicedesk.language.themes import theme_words, themes, themes_of

_BITS = 21  # of a character; three of them fill a number of 63


@dataclass(frozen=True)
class Features:
    """What is counted in a text, each by where it stands (see attention).

    words: how much each word or pair of neighbouring words is said; runs: the same of one to three characters, each run as a
    number, in order; themes and chapters: how much is said of each, by its number.
    """

    words: Mapping[str, float]
    runs: NDArray[np.int64]
    run_counts: NDArray[np.float32]
    themes: Mapping[int, float]
    chapters: Mapping[int, float]


@lru_cache(maxsize=16)  # a choice asks for the same text twice: what is probable, and why
def features_of(text: str) -> Features:
    """Read a text. One that comes in words, with spaces between, is read as these words."""
    text = text[:LONGEST].lower()
    parts = text.split()
    solid = "".join(parts)
    words = parts if len(parts) * 4 > len(solid) else [word for part in parts for word in cut(part)]
    return Features(_said(words), *_runs(solid), *_themed(solid))


def _said(words: Sequence[str]) -> dict[str, float]:
    said: dict[str, float] = {}
    before, at = "", 0
    for word in words:
        weight = attention_at(at)
        said[word] = said.get(word, 0.0) + weight
        if before:
            pair = f"{before} {word}"
            said[pair] = said.get(pair, 0.0) + weight
        before = word
        at += len(word)
    return said


def _runs(solid: str) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Every run of one to three characters as the number of its characters side by side, and how much it is said."""
    signs = np.frombuffer(solid.encode("utf-32-le", "surrogatepass"), np.uint32).astype(np.int64)
    twos = signs[:-1] << _BITS | signs[1:]
    threes = twos[:-1] << _BITS | signs[2:]
    runs, which = np.unique(np.concatenate([signs, twos, threes]), return_inverse=True)
    weights = np.concatenate([ATTENTION[: len(each)] for each in (signs, twos, threes)])
    return runs, np.bincount(which, weights, len(runs)).astype(np.float32)


def _themed(solid: str) -> tuple[Mapping[int, float], Mapping[int, float]]:
    by_theme: dict[int, float] = {}
    by_chapter: dict[int, float] = {}
    for word, count in theme_words().count_in(solid).items():
        weight = math.log2(1 + count) * math.sqrt(len(word))
        numbers = themes_of()[word]
        chapters = {themes()[number].chapter for number in numbers}
        for number in numbers:
            by_theme[number] = by_theme.get(number, 0.0) + weight / len(numbers)
        for chapter in chapters:
            by_chapter[chapter] = by_chapter.get(chapter, 0.0) + weight / len(chapters) ** 2
    return {key: math.sqrt(value) for key, value in by_theme.items()}, {
        key: math.sqrt(value) for key, value in by_chapter.items()
    }
