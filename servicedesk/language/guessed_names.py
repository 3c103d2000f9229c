"""Names that nothing in the sentence announces: what the tagger thinks likely, held against surnames and ordinary words.

Two strengths. PLAIN masks what is probably a name; STRICT takes every doubt for one, at the cost of words masked in vain.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from servicedesk.language.ordinary import is_ordinary
from servicedesk.language.surnames import COMPOUND, DOUBTFUL, NOT_NAMES, SURNAMES


class Strength(Enum):
    """How much doubt is enough to mask."""

    PLAIN = "plain"
    STRICT = "strict"


@dataclass(frozen=True)
class Limits:
    """The least chance, as its highest character has it, that a run of each shape needs, and what a character needs to join."""

    surnamed: float
    other: float
    ordinary: float
    single: float
    latin: float
    organisation: float
    joins: float
    joins_given: float


LIMITS = {
    Strength.PLAIN: Limits(0.30, 0.60, 0.90, 0.95, 0.85, 0.9, 0.20, 0.10),
    Strength.STRICT: Limits(0.015, 0.04, 0.20, 0.50, 0.08, 0.6, 0.012, 0.004),
}

_HAN = re.compile(r"[㐀-鿿𠀀-𱍊]+")
_WORD = re.compile(r"[A-Z][A-Z'_]*(?:[ .\-·•&]{1,2}[A-Z][A-Z'_]*){0,5}[0-9]{0,4}\.?")
_DOTS = "·•・‧.-—="
_TITLE = (
    "[姓副]?(?:先生|女士|小姐|同志|师傅|老师|教授|记者|博士|大爷|大妈|大娘|大嫂|大伯|阿姨|叔叔|爷爷|奶奶|大哥|大姐|经理|老板|主任|医生|大夫"
    "|护士|书记|支书|会计|律师|教练|警官|法官|主席|总理|总统|主播|同学|[村校院所局县镇乡队组厂市省区部处科站司社会董]长)"
)
_BEHIND_IS_TITLE = re.compile(_TITLE)
_TITLE_WITHIN = re.compile(f"{_TITLE}|等")
_NOT_AT_ENDS = "的了着吗呢吧啊呀是在和与及或对把被让给跟就也都还,。;:!?、\"'“”‘’()[]《》〈〉【】「」/\\|~ \t\n"
_ORGANISATION = re.compile(
    "(?:公司|集团|银行|大学|学院|中学|小学|医院|俱乐部|电视台|出版社|广场|大厦|公园|机场|车站|火车站|酒店|宾馆|饭店|超市|商场|小区|家园"
    "|花园|[省市县区镇乡村旗盟路街巷桥河湖山岛州队军])"
)
_BEHIND_NAME = re.compile(r"[(\[]\s?(?:[A-Z][A-Z .'·•\-_0-9]{0,40}|化名|笔名|原名[^()]{1,8}|音译)\s?[)\]]")


def guessed_names(plain: str, chances: Sequence[float], strength: Strength) -> list[tuple[int, int, float]]:
    """Start, end and chance of each name that the tagger thinks likely enough for this strength, in a text of plain forms."""
    limits = LIMITS[strength]
    found = [*_Han(plain, chances, limits).names(), *_in_latin(plain, chances, limits)]
    joined = _joined(plain, sorted(found))
    return [*joined, *_in_brackets(plain, joined)]


@dataclass(frozen=True)
class _Han:
    """Names in Chinese characters: runs that the tagger thinks likely, cut and stretched to the shape of a name."""

    plain: str
    chances: Sequence[float]
    limits: Limits

    def names(self) -> Iterator[tuple[int, int, float]]:
        for stretch in _HAN.finditer(self.plain):
            at = stretch.start()
            while at < stretch.end():
                end = at
                while end < stretch.end() and self.chances[end] >= self.limits.joins:
                    end += 1
                start, behind = self._trimmed(at, end)
                if start < behind:
                    peak = float(max(self.chances[start:behind]))
                    start, behind = self._stretched(start, behind)
                    if peak >= self._needed(start, behind):
                        yield start, behind, peak
                at = max(end, at + 1)

    def _trimmed(self, start: int, end: int) -> tuple[int, int]:
        while start < end and self.plain[start] in _NOT_AT_ENDS:
            start += 1
        while start < end and self.plain[end - 1] in _NOT_AT_ENDS:
            end -= 1
        title = _TITLE_WITHIN.search(self.plain, start + 1, end + 2)
        return (start, title.start()) if title and title.start() < end else (start, end)

    def _stretched(self, start: int, end: int) -> tuple[int, int]:
        """With a surname before it and the rest of a given name behind it, where the tagger does not deny them."""
        plain, least = self.plain, self.limits.joins_given
        if start and plain[start - 1] in SURNAMES and plain[start] not in SURNAMES and self.chances[start - 1] >= least:
            start -= 1
        longest = 4 if plain.startswith(COMPOUND, start) else 3
        while (
            end < len(plain)
            and end - start < longest
            and _is_surnamed(plain, start)
            and _HAN.match(plain[end])
            and plain[end] not in _NOT_AT_ENDS
            and self.chances[end] >= least
            and not _BEHIND_IS_TITLE.match(plain, end)
        ):
            end += 1
        return start, end

    def _needed(self, start: int, end: int) -> float:
        word = self.plain[start:end]
        if len(word) == 1:
            return self.limits.single
        if word in NOT_NAMES or is_ordinary(word):
            return self.limits.ordinary
        if _ORGANISATION.match(self.plain, end):
            return self.limits.organisation
        return self.limits.surnamed if _is_surnamed(self.plain, start) and len(word) <= 4 else self.limits.other


def _is_surnamed(plain: str, start: int) -> bool:
    return plain[start] in SURNAMES or plain[start] in DOUBTFUL or plain.startswith(COMPOUND, start)


def _in_latin(plain: str, chances: Sequence[float], limits: Limits) -> Iterator[tuple[int, int, float]]:
    for match in _WORD.finditer(plain):
        start, end = match.span()
        likely = float(sum(chances[start:end])) / (end - start)
        if likely >= limits.latin and end - start > 1:
            yield start, end, likely


def _joined(plain: str, runs: list[tuple[int, int, float]]) -> list[tuple[int, int, float]]:
    """Parts of a foreign name on both sides of a point or dash are one name."""
    joined: list[tuple[int, int, float]] = []
    for start, end, chance in runs:
        if joined and start <= joined[-1][1] + 1 and all(char in _DOTS for char in plain[joined[-1][1] : start]):
            before = joined[-1]
            joined[-1] = (before[0], max(end, before[1]), max(before[2], chance))
        else:
            joined.append((start, end, chance))
    return joined


def _in_brackets(plain: str, names: list[tuple[int, int, float]]) -> Iterator[tuple[int, int, float]]:
    """What a bracket behind a name spells in other letters, or says of it, belongs to it."""
    for _, end, chance in names:
        match = _BEHIND_NAME.match(plain, end)
        if match:
            yield end, match.end(), chance
