"""Which department a text belongs to by the duty lists alone: their own words, and the citizens' words of their themes."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from servicedesk.language.segmenting import cut
from servicedesk.language.themes import Theme, Words, themes

# What a duty list must say of a theme before it owns any of it: one of its names, or six of the citizens' words.
_OWNS = 3.0
_NAME, _WORD = 3.0, 0.5
_SMOOTHING = 1.0
_LONGEST_SERVICE = 8
_REASONS = 5
# Themes repeat each other, so that the scores claim too much: by this much less, probabilities come true (docs/language.md).
_HEAT = 0.65
# Words that every office uses of itself.
_SAY_NOTHING = frozenset(
    "其他 管理 问题 制度 事务 工作 处理 规划 建设 发展 政策 待遇 服务 负责 监督 指导 全县 组织 实施".split()
)


@dataclass(frozen=True)
class Guess:
    """A department's key, and how probable it is by the duty lists (0 to 1)."""

    key: str
    probability: float


class DutyGuide:
    """The duty lists of an account made ready for matching; `duties` is each department's key and all its words."""

    def __init__(self, duties: Mapping[str, str]) -> None:
        self._keys = tuple(duties)
        weights = _weights(tuple(duties.values()))
        kept = {word: _log_shares(shares, len(word)) for word, shares in weights.items() if sum(shares)}
        self._rows = {word: row for row, word in enumerate(kept)}
        self._weights = np.array([*kept.values()], np.float32).reshape(len(kept), len(self._keys))
        self._words = Words(kept)

    def guess(self, text: str) -> list[Guess]:
        """All departments, the most probable first; without any known word they are all equally probable."""
        if not self._keys:
            return []
        found = self._words.count_in(text)
        rows = [self._rows[word] for word in found]
        counts = np.array([*found.values()], np.float64)
        scores = np.log2(1 + counts) @ self._weights[rows] / math.sqrt(counts.sum() + 1)
        powers = np.exp(_HEAT * (scores - scores.max()))
        order = np.argsort(-powers, kind="stable")
        return [Guess(self._keys[place], float(powers[place] / powers.sum())) for place in order]

    def reasons(self, text: str, key: str) -> tuple[str, ...]:
        """The words of a text that spoke for a department, the strongest first."""
        place = self._keys.index(key)
        strongest = sorted(
            ((float(self._weights[self._rows[word], place]), word) for word in self._words.count_in(text)), reverse=True
        )
        return tuple(word for weight, word in strongest[:_REASONS] if weight > 0)


def _weights(texts: tuple[str, ...]) -> dict[str, list[float]]:
    """Each word's weight for each department: 1 for a word of its own, and its share of each theme that has the word."""
    weights: dict[str, list[float]] = {}

    def add(word: str, shares: list[float]) -> None:
        weights[word] = [old + share for old, share in zip(weights.get(word, [0.0] * len(texts)), shares, strict=True)]

    for theme in themes():
        said = [_said(theme, text) for text in texts]
        if max(said, default=0.0) < _OWNS:
            continue
        # Squared, so that who has a theme by name keeps it from who only mentions a word of it.
        whole = sum(one * one for one in said)
        shares = [one * one / whole for one in said]
        for name in theme.names:
            add(name, [2 * share for share in shares])
        for word in theme.words:
            add(word, shares)
    for place, text in enumerate(texts):
        for word in _own_words(text):
            add(word, [float(place == other) for other in range(len(texts))])
    return weights


def _said(theme: Theme, text: str) -> float:
    return _NAME * sum(name in text for name in theme.names) + _WORD * sum(word in text for word in theme.words)


def _own_words(text: str) -> set[str]:
    """The words of a duty list, and its shorter services as they stand."""
    services = {part for part in text.split() if len(part) <= _LONGEST_SERVICE}
    return {word for word in services.union(cut(text)) if len(word) > 1 and not word.isspace()} - _SAY_NOTHING


def _log_shares(shares: list[float], length: int) -> list[float]:
    """How much more a word says for a department than chance does, longer words more."""
    count, whole = len(shares), sum(shares)
    even = _SMOOTHING / count
    return [math.log((share / whole + even) / (1 + _SMOOTHING) * count) * length for share in shares]
