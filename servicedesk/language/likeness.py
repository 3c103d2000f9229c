"""How alike two questions are: what they are about, what they ask of it, and whether one denies what the other says."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from servicedesk.language.questions import Question

# Below this two questions are not shown as alike: silence is better than nonsense (docs/language.md has the figures).
THRESHOLD = 0.65
# From here on they are one matter in other words: many who ask it are answered together.
SAME = 0.8
_ABOUT, _SIGNS, _WORDS, _PAIRS, _KINDS = 0.3, 0.3, 0.25, 0.05, 0.1
_DENIED = 0.05
_UNKNOWN_KINDS = 0.5  # where neither asks anything in so many words


class Rarity:
    """How much a token (a character, pair or word) says: in how many of all texts it stands. Without texts all say the same."""

    def __init__(self, texts: int, texts_with: Mapping[str, int]) -> None:
        self._weights = {token: _weight(texts, count) for token, count in texts_with.items()}
        self._unseen = _weight(texts, 0)

    def weight(self, token: str) -> float:
        """1 for what stands everywhere, up to some 10 for what stands nowhere else."""
        return self._weights.get(token, self._unseen)


def _weight(texts: int, texts_with: int) -> float:
    return 1 + math.log((1 + texts) / (1 + min(texts_with, texts)))


EVEN = Rarity(0, {})


def likeness(one: Question, other: Question, rarity: Rarity = EVEN) -> float:
    """0 to 1, the same in both directions, 1 for the same question."""
    return _likeness(one, _lengths(one, rarity), other, rarity)


@dataclass(frozen=True)
class Alike:
    """A text that is alike, by its key, and how much."""

    key: int
    likeness: float


def most_alike(
    wanted: Question,
    candidates: Sequence[tuple[int, Sequence[Question]]],
    rarity: Rarity = EVEN,
    *,
    least: float = THRESHOLD,
    limit: int = 3,
) -> list[Alike]:
    """Up to `limit` candidates (key and the questions that say it, of which the likest counts), best first, from `least` on."""
    if not wanted.about:
        return []
    lengths = _lengths(wanted, rarity)
    scored = [Alike(key, max(_likeness(wanted, lengths, each, rarity) for each in questions)) for key, questions in candidates]
    return sorted((each for each in scored if each.likeness >= least), key=lambda each: (-each.likeness, -each.key))[:limit]


def tokens_of(question: Question) -> set[str]:
    """All whose rarity counts: characters, pairs and words."""
    return {*question.signs, *question.about, *question.words, *question.pairs}


_Lengths = tuple[float, float, float, float]


def _likeness(one: Question, lengths: _Lengths, other: Question, rarity: Rarity) -> float:
    if one == other:
        return 1.0
    either = one.kinds | other.kinds
    kinds = len(one.kinds & other.kinds) / len(either) if either else _UNKNOWN_KINDS
    about, signs, words, pairs = (
        _cosine(each, length, its, rarity) for each, length, its in zip(_counts(one), lengths, _counts(other), strict=True)
    )
    found = _ABOUT * about + _SIGNS * signs + _WORDS * words + _PAIRS * pairs + _KINDS * kinds
    return max(0.0, min(1.0, found - _DENIED * (one.denies != other.denies)))


def _counts(question: Question) -> tuple[Mapping[str, int], ...]:
    return question.about, question.signs, question.words, question.pairs


def _lengths(question: Question, rarity: Rarity) -> _Lengths:
    about, signs, words, pairs = (_length(each, rarity) for each in _counts(question))
    return about, signs, words, pairs


def _cosine(one: Mapping[str, int], length: float, other: Mapping[str, int], rarity: Rarity) -> float:
    if not one or not other:
        return 1.0 if not one and not other else 0.0
    dot = sum(one[token] * other[token] * rarity.weight(token) for token in one.keys() & other.keys())
    return min(1.0, dot / (length * _length(other, rarity))) if dot else 0.0


def _length(counts: Mapping[str, int], rarity: Rarity) -> float:
    weight = rarity.weight
    return math.sqrt(sum(count * count * weight(token) for token, count in counts.items()))
