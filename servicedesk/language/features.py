"""A text as the features that routing learns from: its words, runs of characters, and the themes they belong to."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from itertools import pairwise
from operator import add

from servicedesk.language.segmenting import cut
from servicedesk.language.themes import theme_words, themes, themes_of

Block = Mapping[str, float]
_LONGEST = 2000  # characters read of a message; what comes after says no other matter


def counted(text: str) -> tuple[Counter[str], Counter[str]]:
    """How often each word or pair of words stands in a text, and each run of one to three characters.

    A text that comes in words, with spaces between, is read as these words.
    """
    text = text[:_LONGEST].lower()
    parts = text.split()
    solid = "".join(parts)
    words = parts if len(parts) * 4 > len(solid) else [word for part in parts for word in cut(part)]
    pairs = [f"{one} {other}" for one, other in pairwise(words)]
    ones, others = solid[1:], solid[2:]
    twos = [*map(add, solid, ones)]
    return Counter([*words, *pairs]), Counter([*solid, *twos, *map(add, twos, others)])


def themed(text: str) -> tuple[Block, Block]:
    """How much a text says of each theme and of each chapter of themes."""
    by_theme: dict[str, float] = {}
    by_chapter: dict[str, float] = {}
    for word, count in theme_words().count_in("".join(text[:_LONGEST].split())).items():
        weight = (1 + math.log(count)) * math.sqrt(len(word))
        numbers = themes_of()[word]
        chapters = {themes()[number].chapter for number in numbers}
        for number in numbers:
            by_theme[str(number)] = by_theme.get(str(number), 0.0) + weight / len(numbers)
        for chapter in chapters:
            by_chapter[str(chapter)] = by_chapter.get(str(chapter), 0.0) + weight / len(chapters) ** 2
    return {key: math.sqrt(value) for key, value in by_theme.items()}, by_chapter
