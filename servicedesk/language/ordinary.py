"""What the dictionary says of words: whether one is an ordinary word, and where the words of a text begin."""

from __future__ import annotations

from functools import cached_property, lru_cache


@lru_cache(maxsize=8192)
def part_of_speech(word: str) -> str:
    """The dictionary's letters for a word: v a verb, t a time, nr a person's name; none where it has no such word."""
    import rjieba  # noqa: PLC0415

    return str(rjieba.tag(word)[0][1]) if rjieba.has_word(word) else ""


def is_ordinary(word: str) -> bool:
    """Whether the dictionary has this word, and not as a person's name."""
    found = part_of_speech(word)
    return bool(found) and not found.startswith("nr")


class Words:
    """The words of a text by the dictionary alone; nothing is read before it is asked for."""

    def __init__(self, text: str) -> None:
        self.text = text

    @cached_property
    def starts(self) -> frozenset[int]:
        """Where a word begins."""
        import rjieba  # noqa: PLC0415

        position, starts = 0, set()
        for word in rjieba.cut(self.text, False):
            starts.add(position)
            position += len(word)
        return frozenset(starts | {len(self.text)})

    def around(self, at: int) -> tuple[int, int]:
        """Start and end of the word that the character at this position is in."""
        start, end = at, at + 1
        while start not in self.starts:
            start -= 1
        while end not in self.starts:
            end += 1
        return start, end
