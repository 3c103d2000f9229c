"""A trained router: one matrix of weights, from features to classes, with calibrated probabilities and reasons.

Reading needs numpy alone; training is in training.py. A version is kept as bytes without any code in it.
"""

from __future__ import annotations

import io
import json
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import repeat

import numpy as np
from numpy.typing import NDArray

from servicedesk.language.features import counted, themed

Floats = NDArray[np.float32]
BLOCKS = ("words", "runs", "themes", "chapters")
_BY_RARENESS = (0, 1)  # words and runs; themes are few and all count alike
_REASONS = 5
# What NumPy, zipfile, zlib and json say of bytes that are none of theirs.
_UNREADABLE = (ValueError, KeyError, TypeError, OSError, EOFError, zipfile.BadZipFile, zlib.error, NotImplementedError)


@dataclass(frozen=True)
class Likely:
    """A class, and the calibrated probability (0 to 1) that a text belongs to it."""

    key: str
    probability: float


@dataclass(frozen=True)
class Classifier:
    """What training found out.

    `rows` gives each block's features their row of `weights` (features x classes); `idf` weighs rows by their rareness.
    `heat` multiplies the scores before they become probabilities (temperature scaling on held-out texts).
    """

    classes: tuple[str, ...]
    rows: tuple[Mapping[str, int], ...]
    idf: Floats
    weights: Floats
    bias: Floats
    heat: float

    def likely(self, text: str) -> list[Likely]:
        """All classes, the most probable first."""
        rows, values = self.values_of(blocks_of(text))
        chances = probabilities((values @ self.weights[rows] + self.bias)[None, :], self.heat)[0]
        return [Likely(self.classes[place], float(chances[place])) for place in np.argsort(-chances, kind="stable")]

    def reasons(self, text: str, key: str) -> tuple[str, ...]:
        """The words of a text that spoke most for a class against the others, the strongest first."""
        blocks = blocks_of(text)
        rows, values = self.values_of(blocks)
        place = self.classes.index(key)
        gains = values * (self.weights[rows, place] - self.weights[rows].mean(axis=1))
        words = {row: word for word in blocks[0] if len(word) > 1 and (row := self.rows[0].get(word)) is not None}
        said = [(float(gain), words[row]) for row, gain in zip(rows.tolist(), gains, strict=True) if gain > 0 and row in words]
        return tuple(word for _, word in sorted(said, reverse=True)[:_REASONS])

    def values_of(self, blocks: Sequence[Mapping[str, float]]) -> tuple[NDArray[np.int64], Floats]:
        """The rows and values of features that were read before; each block to the length of 1."""
        all_rows, all_values = [], []
        for block, features in enumerate(blocks):
            found = np.array([*map(self.rows[block].get, features, repeat(-1))], np.int64)
            known = found >= 0
            rows, values = found[known], np.array([*features.values()], np.float32)[known]
            if block in _BY_RARENESS:
                values = (1 + np.log(values)) * self.idf[rows]
            all_rows.append(rows)
            all_values.append(values / np.float32(np.sqrt(values @ values) or 1.0))
        return np.concatenate(all_rows), np.concatenate(all_values)

    def to_bytes(self) -> bytes:
        """The version as it is kept."""
        head = {"classes": self.classes, "heat": self.heat, "rows": [list(each) for each in self.rows]}
        written = io.BytesIO()
        np.savez_compressed(
            written, head=np.frombuffer(json.dumps(head).encode(), np.uint8), idf=self.idf.astype(np.float16),
            weights=self.weights.astype(np.float16), bias=self.bias,
        )  # fmt: skip
        return written.getvalue()

    @classmethod
    def from_bytes(cls, kept: bytes) -> Classifier:
        """A kept version. Raises ValueError where these bytes are none."""
        try:
            with np.load(io.BytesIO(kept), allow_pickle=False) as parts:
                head = json.loads(parts["head"].tobytes())
                idf, weights, bias = (parts[name].astype(np.float32) for name in ("idf", "weights", "bias"))
            starts = np.cumsum([0, *map(len, head["rows"])]).tolist()
            blocks = zip(starts[:-1], head["rows"], strict=True)
            rows = tuple({token: first + at for at, token in enumerate(each)} for first, each in blocks)
            return cls(tuple(head["classes"]), rows, idf, weights, bias, head["heat"])
        except _UNREADABLE as error:
            raise ValueError("not a kept classifier") from error


def blocks_of(text: str) -> tuple[Mapping[str, float], ...]:
    """The features of a text by block: words and runs as often as they stand there, themes and chapters by their share."""
    return *counted(text), *themed(text)


def probabilities(scores: NDArray[np.floating], heat: float) -> NDArray[np.float64]:
    """Scores (texts x classes) as probabilities of each class."""
    hot = scores.astype(np.float64) * heat
    powers = np.exp(hot - hot.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))
