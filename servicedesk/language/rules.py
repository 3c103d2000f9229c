"""Rules that find identifiers in a text, the plain forms of a text that they read, and where given words stand in it.

No rule repeats anything without a bound and each try does bounded work, so that reading is linear in the text.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

_WRITTEN_DIGITS = str.maketrans("〇○零一二三四五六七八九幺壹贰叁肆伍陆柒捌玖", "0001234567891123456789")
_LONGEST = 24  # characters of a word that is looked up by its first one


@dataclass(frozen=True)
class Rule:
    """A pattern of one kind of identifier; its first group, where it has one, is what must not be public."""

    kind: str
    pattern: re.Pattern[str]
    group: int
    holds: Callable[[str], bool]


def rule(kind: str, pattern: str, holds: Callable[[str], bool] = lambda _: True) -> Rule:
    """A rule; `holds` is asked about what the pattern found, for instance about a check digit."""
    compiled = re.compile(pattern)
    return Rule(kind, compiled, min(compiled.groups, 1), holds)


def spots(rules: Iterable[Rule], plain: str) -> Iterator[tuple[int, int, str]]:
    """Start, end and kind of all that the rules find. What does not hold hides nothing that begins inside it."""
    for each in rules:
        match = each.pattern.search(plain)
        while match:
            start, end = match.span(each.group)
            holds = each.holds(match[each.group])
            if holds:
                yield start, end, each.kind
            match = each.pattern.search(plain, max(end, match.start() + 1) if holds else match.start() + 1)


def occurrences(text: str, words: Iterable[str]) -> Iterator[tuple[int, int]]:
    """Start and end of each place where one of these words stands, in time that hardly grows with their number."""
    short: dict[str, dict[int, set[str]]] = {}
    for word in {word for word in words if word}:
        if len(word) <= _LONGEST:
            short.setdefault(word[0], {}).setdefault(len(word), set()).add(word)
        else:
            yield from _finds(text, word)
    for start in (start for start, char in enumerate(text) if char in short) if short else ():
        for length, alike in short[text[start]].items():
            if text[start : start + length] in alike:
                yield start, start + length


def _finds(text: str, word: str) -> Iterator[tuple[int, int]]:
    start = text.find(word)
    while start >= 0:
        yield start, start + len(word)
        start = text.find(word, start + len(word))


def narrowed(text: str) -> str:
    """Each character by its plain form, letters by capitals, where that is one character too, so that positions stay."""
    return text.translate({ord(char): _narrow(char) for char in set(text)})


def with_digits(plain: str) -> str:
    """Digits written in Chinese as digits (一三八, 幺三八), place by place, so that positions stay."""
    return plain.translate(_WRITTEN_DIGITS)


def _narrow(char: str) -> str:
    narrow = unicodedata.normalize("NFKC", char).upper()
    return narrow if len(narrow) == 1 else char
