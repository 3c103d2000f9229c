"""The themes of local government: what citizens say of a matter, and what offices call it (themes.txt)."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from servicedesk.language.attention import attention_at

_FILE = Path(__file__).with_name("themes.txt")


@dataclass(frozen=True)
class Theme:
    """One matter: the chapter it stands in, what offices call it, and what citizens say."""

    chapter: int
    names: tuple[str, ...]
    words: tuple[str, ...]


class Words:
    """A set of words of two characters or more, made ready once to be counted in many texts."""

    def __init__(self, words: Iterable[str]) -> None:
        self._by_start: dict[str, list[str]] = {}
        for word in sorted(set(words)):
            self._by_start.setdefault(word[:2], []).append(word)

    def count_in(self, text: str) -> dict[str, float]:
        """How much a text says each of the words, words inside longer ones too: once at its beginning is 1, later less."""
        found: dict[str, float] = {}
        for at in range(len(text) - 1):
            for word in self._by_start.get(text[at : at + 2], ()):
                if text.startswith(word, at):
                    found[word] = found.get(word, 0.0) + attention_at(at)
        return found


@cache
def themes() -> tuple[Theme, ...]:
    """All themes, in the order of the file; chapters are counted from 0."""
    chapter, found = -1, []
    for line in _FILE.read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            chapter += 1
        elif line and not line.startswith("#"):
            names, words = line.split(":")
            found.append(Theme(chapter, tuple(names.split()), tuple(words.split())))
    return tuple(found)


@cache
def chapter_count() -> int:
    """How many chapters the themes stand in."""
    return max(theme.chapter for theme in themes()) + 1


@cache
def fingerprint() -> int:
    """Changes with the themes, so that what was learned of others is not read as if of these."""
    return zlib.crc32(_FILE.read_bytes())


@cache
def themes_of() -> dict[str, tuple[int, ...]]:
    """Each word or office's name, and the numbers of the themes that have it."""
    where: dict[str, dict[int, None]] = {}
    for number, theme in enumerate(themes()):
        for word in (*theme.names, *theme.words):
            where.setdefault(word, {})[number] = None
    return {word: tuple(numbers) for word, numbers in where.items()}


@cache
def theme_words() -> Words:
    """All words of the themes, ready to be looked for."""
    return Words(themes_of())
