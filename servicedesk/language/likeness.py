"""How alike two questions are, by the pairs of characters in their telling words; silence is better than nonsense."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

from servicedesk.language.segmenting import telling_words

# Below this two questions are not shown as alike. Chosen on made-up pairs in tests/unit/test_likeness.py.
THRESHOLD = 0.30


def likeness(one: str, other: str) -> float:
    """The cosine of the two texts' character pairs, 0 to 1."""
    return _cosine(_pairs(one), _pairs(other))


def most_alike(text: str, candidates: Sequence[tuple[int, str]], limit: int = 3) -> list[int]:
    """The keys of up to `limit` candidates that really match, best first."""
    wanted = _pairs(text)
    scored = [(_cosine(wanted, _pairs(candidate)), key) for key, candidate in candidates]
    return [key for score, key in sorted(scored, key=lambda pair: (-pair[0], -pair[1])) if score >= THRESHOLD][:limit]


def _pairs(text: str) -> Counter[str]:
    counts: Counter[str] = Counter()
    for word in telling_words(text):
        counts[word] += 1
        for start in range(len(word) - 1):
            counts[word[start : start + 2]] += 1
    return counts


def _cosine(one: Counter[str], other: Counter[str]) -> float:
    if not one or not other:
        return 0.0
    dot = sum(count * other[pair] for pair, count in one.items() if pair in other)
    return dot / (_length(one) * _length(other))


def _length(counts: Counter[str]) -> float:
    return math.sqrt(sum(count * count for count in counts.values()))
