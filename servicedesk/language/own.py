"""A citizen's own identifiers wherever a text repeats them, in any spelling: full-width, spaced, dashed, in Chinese digits."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from servicedesk.language.rules import narrowed, with_digits

_SHORTEST = 2  # characters of a name
_SHORTEST_NUMBER = 5  # digits: shorter ones are counts and years
_COUNTRY = re.compile(r"(?:00)?86(?=1[3-9][0-9]{9}$)")
_NOT_TELLING = frozenset(
    "微信用户 市民 用户 匿名 匿名用户 游客 先生 女士 小姐 本人 你好 您好 群众 居民 村民 家长 业主 朋友".split()
)  # what thousands are called


@dataclass(frozen=True)
class Own:
    """What is known of the citizen who asked: its kind and how it is stored."""

    kind: str
    text: str


def find_own(text: str, owned: Iterable[Own]) -> Iterator[tuple[int, int, str]]:
    """Start, end and kind of each place where one of these stands; positions are those of the text."""
    letters, places = _squeezed(text)
    for own in owned:
        wanted, _ = _squeezed(own.text)
        wanted = _COUNTRY.sub("", wanted)
        if len(wanted) < (_SHORTEST_NUMBER if wanted.isdecimal() else _SHORTEST) or own.text.strip() in _NOT_TELLING:
            continue
        at = letters.find(wanted)
        while at >= 0:
            end = at + len(wanted)
            if _stands_alone(letters, at, end):
                yield places[at], places[end - 1] + 1, own.kind
            at = letters.find(wanted, at + 1)


def _squeezed(text: str) -> tuple[str, list[int]]:
    """The letters, digits and Chinese characters of a text in their plain forms, and where each stands."""
    plain = with_digits(narrowed(text))
    places = [at for at, char in enumerate(plain) if char.isalnum() or not (char.isascii() or char.isspace() or _is_mark(char))]
    return "".join(plain[at] for at in places), places


def _is_mark(char: str) -> bool:
    """Punctuation, and what is not seen by itself: joiners, and the frame around 1️⃣."""
    return char in "·•・‧—–‐‑―，。、；：！？（）【】《》“”‘’…〔〕" or unicodedata.category(char) in {"Cf", "Mn", "Me"}


def _stands_alone(letters: str, start: int, end: int) -> bool:
    """Latin letters inside a longer word are another word; digits inside a longer number may still be the citizen's."""
    wanted = letters[start:end]
    if not (wanted.isascii() and wanted.isalpha()):
        return True
    around = letters[start - 1 : start] + letters[end : end + 1]
    return not any(char.isascii() and char.isalpha() for char in around)
