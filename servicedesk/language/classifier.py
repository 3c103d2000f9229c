"""A trained router: one matrix of weights, from features to classes, with calibrated probabilities and reasons.

Reading needs numpy alone; training is in training.py. A version is kept as bytes without any code in it.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import repeat
from typing import Any

import numpy as np
from numpy.typing import NDArray

from servicedesk.language.features import Features, features_of
from servicedesk.language.themes import chapter_count, fingerprint, themes

Floats = NDArray[np.float32]
_REASONS = 5
_READING = 2  # counts on whenever texts are read otherwise (features.py)
_WORDS_AT_ONCE = 2_000
_SAYS = re.compile(r"\w{2,}|\w+ \w+")  # a word, or two neighbours; no sign between them
# What NumPy, zipfile, zlib and json say of bytes that are none of theirs.
_UNREADABLE = (ValueError, KeyError, TypeError, OSError, EOFError, zipfile.BadZipFile, zlib.error, NotImplementedError)


@dataclass(frozen=True)
class Likely:
    """A class, and the calibrated probability (0 to 1) that a text belongs to it."""

    key: str
    probability: float


@dataclass(frozen=True)
class Vocabulary:
    """The features that were seen in training, and how rare each is; a feature's place is its row in the weights.

    First come the words, then the runs (in order), then all themes and all chapters.
    """

    words: Mapping[str, int]
    runs: NDArray[np.int64]
    idf: Floats

    @property
    def blocks(self) -> tuple[int, int, int, int]:
        """How many rows there are of words, runs, themes and chapters."""
        return len(self.words), len(self.runs), len(themes()), chapter_count()

    def vector(self, features: Features) -> tuple[NDArray[np.int64], Floats]:
        """The rows and values of a text, each block brought to the length of 1."""
        places = np.array([*map(self.words.get, features.words, repeat(-1))], np.int64)
        known = places >= 0
        words = places[known]
        counts = np.array([*features.words.values()], np.float32)[known]
        runs, run_counts = self._known_runs(features)
        first_theme = len(self.words) + len(self.runs)
        parts = (
            (words, np.log1p(counts) * self.idf[words]),
            (runs, np.log1p(run_counts) * self.idf[runs]),
            _few(features.themes, first_theme),
            _few(features.chapters, first_theme + len(themes())),
        )
        values = [value / np.float32(np.sqrt(value @ value) or 1.0) for _, value in parts]
        return np.concatenate([rows for rows, _ in parts]), np.concatenate(values)

    def _known_runs(self, features: Features) -> tuple[NDArray[np.int64], Floats]:
        if not len(self.runs):
            return np.zeros(0, np.int64), np.zeros(0, np.float32)
        places = np.minimum(np.searchsorted(self.runs, features.runs), len(self.runs) - 1)
        known = self.runs[places] == features.runs
        return places[known] + len(self.words), features.run_counts[known]


@dataclass(frozen=True)
class Classifier:
    """What training found out: `weights` (rows of the vocabulary x classes) and `bias`.

    `heat` multiplies the scores before they become probabilities (temperature scaling on held-out texts).
    """

    classes: tuple[str, ...]
    vocabulary: Vocabulary
    weights: Floats
    bias: Floats
    heat: float

    def likely(self, text: str) -> list[Likely]:
        """All classes, the most probable first."""
        rows, values = self.vocabulary.vector(features_of(text))
        chances = probabilities((values @ self.weights[rows] + self.bias)[None, :], self.heat)[0]
        return [Likely(self.classes[place], float(chances[place])) for place in np.argsort(-chances, kind="stable")]

    def reasons(self, text: str, key: str) -> tuple[str, ...]:
        """The words of a text that spoke most for a class against the others, the strongest first."""
        features = features_of(text)
        rows, values = self.vocabulary.vector(features)
        place = self.classes.index(key)
        gains = values * (self.weights[rows, place] - self.weights[rows].mean(axis=1))
        known = self.vocabulary.words
        words = {known[word]: word.replace(" ", "") for word in features.words if word in known and _SAYS.fullmatch(word)}
        said = [(float(gain), words[row]) for row, gain in zip(rows.tolist(), gains, strict=True) if gain > 0 and row in words]
        return tuple(word for _, word in sorted(said, reverse=True)[:_REASONS])

    def to_bytes(self) -> bytes:
        """The version as it is kept."""
        head = {"classes": self.classes, "heat": self.heat, "reading": reading()}
        written = io.BytesIO()
        # Words lie in one text, a line each: read in a few milliseconds, where a list in JSON would stall whoever reads it.
        np.savez_compressed(
            written, head=_as_bytes(json.dumps(head)), words=_as_bytes("\n".join(self.vocabulary.words)),
            runs=self.vocabulary.runs, idf=self.vocabulary.idf.astype(np.float16),
            weights=self.weights.astype(np.float16), bias=self.bias,
        )  # fmt: skip
        return written.getvalue()

    @classmethod
    def from_bytes(cls, kept: bytes) -> Classifier:
        """A kept version. Raises ValueError where these bytes are none, or learned of texts that were read otherwise."""
        try:
            with np.load(io.BytesIO(kept), allow_pickle=False) as parts:
                head = json.loads(parts["head"].tobytes())
                text = parts["words"].tobytes().decode("utf-8", "surrogatepass")
                idf, weights, bias = (parts[name].astype(np.float32) for name in ("idf", "weights", "bias"))
                vocabulary = Vocabulary(_places(text), parts["runs"].astype(np.int64), idf)
            found = cls(tuple(head["classes"]), vocabulary, weights, bias, float(head["heat"]))
            if head["reading"] != reading() or weights.shape != (sum(vocabulary.blocks), len(bias)):
                raise ValueError
        except _UNREADABLE as error:
            raise ValueError("not a kept classifier") from error
        return found


def reading() -> str:
    """How texts are read here: by which features and themes. What was learned of another reading means nothing to this one."""
    return f"{_READING}-{fingerprint():08x}"


def probabilities(scores: NDArray[np.floating[Any]], heat: float) -> NDArray[np.float64]:
    """Scores (texts x classes) as probabilities of each class."""
    hot = scores.astype(np.float64) * heat
    powers = np.exp(hot - hot.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def threshold_for(best: NDArray[np.float64], right: NDArray[np.bool_], precision: float) -> float:
    """The lowest probability (of the best class) from which held-out texts were routed with this precision; above 1: none.

    One more that is wrong is reckoned with, so that a handful of lucky texts proves nothing.
    """
    order = np.argsort(-best, kind="stable")
    precise = np.cumsum(right[order]) / np.arange(2, len(order) + 2)
    # What is equally probable is routed together or not at all.
    ends = np.append(best[order][1:] < best[order][:-1], True)
    reached = np.flatnonzero((precise >= precision) & ends)
    return float(best[order[reached[-1]]]) if len(reached) else 2.0


def _places(text: str) -> dict[str, int]:
    """The line that each word stands on, from 0. Some at a time: no other thread runs while Python splits a text."""
    places: dict[str, int] = {}
    while text:
        words = text.split("\n", _WORDS_AT_ONCE)
        text = words.pop() if len(words) > _WORDS_AT_ONCE else ""
        places.update(zip(words, range(len(places), len(places) + len(words)), strict=True))
    return places


def _few(said: Mapping[int, float], first: int) -> tuple[NDArray[np.int64], Floats]:
    return np.array([*said], np.int64) + first, np.array([*said.values()], np.float32)


def _as_bytes(text: str) -> NDArray[np.uint8]:
    return np.frombuffer(text.encode("utf-8", "surrogatepass"), np.uint8)
