"""Names that nothing in the sentence announces: what the tagger thinks likely, held against surnames and ordinary words.

Two strengths. PLAIN masks what is probably a name; STRICT takes every doubt for one, at the cost of words masked in vain.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import partial
from itertools import pairwise

from servicedesk.language.ordinary import Words, is_ordinary
from servicedesk.language.segmenting import cut
from servicedesk.language.surnames import COMPOUND, DOUBTFUL, NOT_NAMES, SURNAMES


class Strength(Enum):
    """How much doubt is enough to mask."""

    PLAIN = "plain"
    STRICT = "strict"


@dataclass(frozen=True)
class Limits:
    """The least chance, as its likeliest character has it, that a run of each shape needs; and what each character needs."""

    surnamed: float
    other: float
    long: float
    ordinary: float
    single: float
    latin: float
    organisation: float
    joins: float
    joins_share: float  # of the likeliest character of the run
    joins_given: float
    announced: float  # share of all these that is enough beside words that announce a name


LIMITS = {
    Strength.PLAIN: Limits(0.15, 0.35, 0.50, 0.70, 0.90, 0.50, 0.80, 0.10, 0.20, 0.05, 0.4),
    Strength.STRICT: Limits(0.062, 0.057, 0.15, 0.195, 0.30, 0.043, 0.60, 0.012, 0.048, 0.0028, 0.06),
}

_HAN = re.compile(r"[㐀-鿿𠀀-𱍊]+")
_WORD = re.compile(r"[A-Z][A-Z'’_]*(?:[ .\-·•&]{1,2}[A-Z][A-Z'’_]*){0,5}[0-9]{0,4}\.?")
_BETWEEN = re.compile(r"[·•・‧.\-—=]?(?:[A-Z][·•・‧.\-—=])?[·•・‧.\-—=]?$")
_HOLE = re.compile(r"[?□×*○〇](?:[㐀-鿿](?![㐀-鿿]))?")  # what a character that could not be written became: 罗×东
_GOES_ON = re.compile(r"[·•・‧]|-(?![0-9A-Z])")
# Offices and kin before a name, and what persons do behind one: a little suspicion is enough there.
_ANNOUNCES = re.compile(
    "(?:记者|作者|编辑|主编|导演|演员|主演|歌手|画家|作家|诗人|专家|教授|博士|院士|讲师|学者|医生|大夫|护士|律师|法官|警官|民警|交警|辅警|司机|会计"
    "|经理|总监|总裁|董事长?|主席|总统|总理|大臣|部长|省长|市长|县长|镇长|乡长|村长|局长|处长|科长|所长|站长|院长|校长|园长|队长|组长|厂长|会长|秘书长"
    "|书记|主任|主管|代表|委员|参事|选手|教练|主帅|球员|队友|前锋|中场|后卫|门将|主播|解说|网友|粉丝|业主|房主|户主|房东|租客|村民|居民|市民"
    "|职工|员工|工人|农民|学生|同学|老师|师傅|老板|法人|父亲|母亲|爸爸|妈妈|儿子|女儿|丈夫|妻子|老公|老婆|哥哥|弟弟|姐姐|妹妹|叔叔|阿姨|邻居"
    "|朋友|同事|患者|病人|皇帝|大师|先生|女士|小姐|同志|叫做?|名为|名叫|本人)[(\\[“\"'《:： ]?$"
)
_ACTS = re.compile(
    "[)\\]”\"' ]?(?:说|表示|认为|指出|介绍|告诉|透露|称|坦言|回忆|强调|感叹|笑道|执导|主演|饰演|撰文|摄影|先生|女士|小姐|同志"
    "|老师|师傅|教授|反映|投诉|咨询|来电|来信|签名|[(\\[](?:化名|男|女|音译))"
)
_LETTERS, _LETTERS_BEFORE = re.compile("[A-Z]{1,16}[.]?"), re.compile("[A-Z]{1,16}[.·]?$")
# Letters that are in citizens' letters and the papers, and nobody's name.
_NO_NAMES = frozenset(
    "VS CEO CFO COO CTO CBD APP WIFI KTV SUV GDP LED PVC BLOG QQ VIP ETC GPS POS ATM DVD CD IPO MBA EMBA PPT OK IT PK CPI NGO"
    " WTO USB PC TV AI UI VR AR ID IP NBA CBA DNA PM AM KG KM CM MM ML II III IV HR PE CT PDF".split()
)
_LATIN = 17  # letters that touch a name
_DOUBT = 0.5
_AS_SURE = 0.3
_TAKES_OF_WORD = 0.02
_BEHIND_POINT = 0.05
_LONGEST_PART = 6  # characters of a foreign name behind its point
_LONGEST = 3  # characters of a Chinese name
_NEAR = 8  # characters before a name that are read
_FORM_OF_ADDRESS = re.compile("先生|女士|小姐")
_TITLE = (
    "[姓副]?(?:先生|女士|小姐|同志|师傅|老师|教授|记者|博士|大爷|大妈|大娘|大嫂|大伯|阿姨|叔叔|爷爷|奶奶|大哥|大姐|经理|老板|主任|医生|大夫"
    "|护士|书记|支书|会计|律师|教练|警官|法官|主席|总理|总统|主播|同学|[村校院所局县镇乡队组厂市省区部处科站司社会董]长)"
)
_BEHIND_IS_TITLE = re.compile(_TITLE)
_TITLE_WITHIN = re.compile(f"{_TITLE}|等")
_NOT_AT_ENDS = "的了着吗呢吧啊呀是在和与及或对把被让给跟就也都还,。;:!?、\"'“”‘’()[]《》〈〉【】「」/\\|~ \t\n"
_ORGANISATION = re.compile(
    "(?:公司|集团|银行|大学|学院|中学|小学|医院|俱乐部|电视台|出版社|广场|大厦|公园|机场|车站|火车站|酒店|宾馆|饭店|超市|商场|小区|家园"
    "|花园|商务区|开发区|高新区|中心|国际|影业|地产|财经|教堂|球场|基地|城堡|海滩|雪山|高原|战队|大道|古镇|古城"
    "|[省市县区镇乡村寨旗盟路街巷桥河湖山岛州队军城堡湾峡塔寺庙江派牌谷海])"
)
_PLACES = frozenset("村镇乡区县街巷旗寨")
_BEHIND_NAME = re.compile(r"[(\[]\s?(?:[A-Z][A-Z .'·•\-_0-9]{0,40}|化名|笔名|原名[^()]{1,8}|音译)\s?[)\]]")


def guessed_names(plain: str, chances: Sequence[float], strength: Strength) -> list[tuple[int, int, float]]:
    """Start, end and chance of each name that the tagger thinks likely enough for this strength, in a text of plain forms."""
    limits = LIMITS[strength]
    found = [*_Han(plain, chances, limits, Words(plain)).names(), *_in_latin(plain, chances, limits)]
    joined = _joined(plain, sorted([*found, *_beside(plain, found, limits)]))
    return [*map(partial(_whole, plain, chances), joined), *_in_brackets(plain, joined), *_both_names(plain, joined)]


@dataclass(frozen=True)
class _Han:
    """Names in Chinese characters: runs that the tagger thinks likely, cut and stretched to the shape of a name."""

    plain: str
    chances: Sequence[float]
    limits: Limits
    words: Words

    def names(self) -> Iterator[tuple[int, int, float]]:
        for stretch in _HAN.finditer(self.plain):
            at = stretch.start()
            while at < stretch.end():
                end = at
                while end < stretch.end() and self.chances[end] >= self.limits.joins:
                    end += 1
                yield from self._within(at, end)
                at = max(end, at + 1)

    def _within(self, start: int, end: int) -> Iterator[tuple[int, int, float]]:
        """The likeliest name of a run, and those on both sides of it, however many."""
        stretches = [(start, end)]
        while stretches:
            start, end = stretches.pop()
            if start < end:
                found, first, behind = self._likeliest(start, end)
                stretches += [(start, first), (behind, end)]
                yield from found

    def _likeliest(self, start: int, end: int) -> tuple[list[tuple[int, int, float]], int, int]:
        """The likeliest name of a stretch, if it is likely enough; where what is before it ends and what is behind begins."""
        peak = max(self.chances[start:end])
        top = self.chances.index(peak, start, end)
        least = peak * self.limits.joins_share
        first, behind = top, top + 1
        while first > start and self.chances[first - 1] >= least:
            first -= 1
        while behind < end and self.chances[behind] >= least:
            behind += 1
        title = _TITLE_WITHIN.search(self.plain, first + 1, behind + 2)
        cut_off = title is not None and title.start() < behind
        name = self._trimmed(first, title.start() if title and cut_off else behind, peak)
        if name[0] < name[1]:
            name = self._stretched(*name)
        likely = name[0] < name[1] and peak >= self._needed(*name) * self._share(*name)
        return [(*name, peak)] if likely else [], first, title.end() if title and cut_off else behind

    def _trimmed(self, start: int, end: int, peak: float) -> tuple[int, int]:
        """Without words of grammar and parts of words at its ends, unless the tagger is sure of them: 张永和, 华贸(中)心."""
        least = peak * _AS_SURE
        while start < end and self._is_no_name(start, least):
            start += 1
        while start < end and self._is_no_name(end - 1, least):
            end -= 1
        if start < end:
            first, behind = self._part_of_word(start), self._part_of_word(end - 1)
            if behind and start < behind[0] and behind[1] > end and max(self.chances[behind[0] : end]) < least:
                end = behind[0]
            if first and first[0] < start and first[1] < end and max(self.chances[start : first[1]]) < least:
                start = first[1]
        return start, end

    def _is_no_name(self, at: int, least: float) -> bool:
        char = self.plain[at]
        return char in _NOT_AT_ENDS and (self.chances[at] < least or not _HAN.match(char))

    def _part_of_word(self, at: int) -> tuple[int, int] | None:
        """The ordinary word of two or more characters that this character is in."""
        start, end = self.words.around(at)
        return (start, end) if end - start > 1 and is_ordinary(self.plain[start:end]) else None

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
            and self.chances[end] >= (_TAKES_OF_WORD if self._begins_word(end) else least)
            and not _BEHIND_IS_TITLE.match(plain, end)
        ):
            end += 1
        return start, end

    def _begins_word(self, at: int) -> bool:
        word = self._part_of_word(at)
        return word is not None and word[0] == at

    def _needed(self, start: int, end: int) -> float:
        word = self.plain[start:end]
        if len(word) == 1:
            return self.limits.single
        if word in NOT_NAMES or self._is_made_of_words(start, end):
            return self.limits.ordinary
        if word[-1] in _PLACES or _ORGANISATION.match(self.plain, end):
            return self.limits.organisation
        if len(word) > 5:
            return self.limits.long
        return self.limits.surnamed if _is_surnamed(self.plain, start) and len(word) <= 4 else self.limits.other

    def _share(self, start: int, end: int) -> float:
        """How much less is enough where the words around say that a name stands here."""
        announced = _ANNOUNCES.search(self.plain, max(0, start - _NEAR), start) or _ACTS.match(self.plain, end)
        return self.limits.announced if announced else 1.0

    def _is_made_of_words(self, start: int, end: int) -> bool:
        """Whether ordinary words of two or more characters leave at most one behind them, which is no surname before them."""
        word = self.plain[start:end]
        if is_ordinary(word):
            return True
        covered = sum(len(part) for part in cut(word) if len(part) > 1 and is_ordinary(part))
        return covered == len(word) or (covered == len(word) - 1 > 1 and not _is_surnamed(self.plain, start))


def _is_surnamed(plain: str, start: int) -> bool:
    return plain[start] in SURNAMES or plain[start] in DOUBTFUL or plain.startswith(COMPOUND, start)


def _in_latin(plain: str, chances: Sequence[float], limits: Limits) -> Iterator[tuple[int, int, float]]:
    for match in _WORD.finditer(plain):
        start, end = match.span()
        likely = float(sum(chances[start:end])) / (end - start)
        share = limits.announced if _ANNOUNCES.search(plain, max(0, start - _NEAR), start) or _ACTS.match(plain, end) else 1.0
        if likely >= limits.latin * share and end - start > 1 and match[0] not in _NO_NAMES:
            yield start, end, likely


def _beside(plain: str, found: list[tuple[int, int, float]], limits: Limits) -> Iterator[tuple[int, int, float]]:
    """Letters that touch a name in Chinese characters belong to it, where doubt is enough: 天王Sky, C罗."""
    if limits.latin < _DOUBT:
        for start, end, chance in found:
            before, behind = _LETTERS_BEFORE.search(plain, max(0, start - _LATIN), start), _LETTERS.match(plain, end)
            if before and before[0] not in _NO_NAMES and not plain[start].isascii():
                yield before.start(), start, chance
            if behind and behind[0] not in _NO_NAMES and not plain[start].isascii():
                yield end, behind.end(), chance


def _joined(plain: str, runs: list[tuple[int, int, float]]) -> list[tuple[int, int, float]]:
    """Parts of a foreign name on both sides of a point or dash are one name."""
    joined: list[tuple[int, int, float]] = []
    for start, end, chance in runs:
        if joined and start <= joined[-1][1] + 3 and _BETWEEN.match(plain[joined[-1][1] : start]):
            before = joined[-1]
            joined[-1] = (before[0], max(end, before[1]), max(before[2], chance))
        else:
            joined.append((start, end, chance))
    return joined


def _whole(plain: str, chances: Sequence[float], name: tuple[int, int, float]) -> tuple[int, int, float]:
    """With what could not be written of it, the address behind a surname, what follows the point of a foreign name."""
    start, end, chance = name
    hole = _HOLE.match(plain, end) if end - start <= _LONGEST and not plain[start].isascii() else None
    if hole and (end - start == 1 or len(hole[0]) == 1):
        return start, hole.end(), chance
    behind = (_FORM_OF_ADDRESS if end - start == 1 else _GOES_ON).match(plain, end)
    if behind is None:
        return name
    end = behind.end()
    if plain[end - 1] in "·•・‧":
        longest = min(len(plain), end + _LONGEST_PART)
        while end < longest and chances[end] >= _BEHIND_POINT and _HAN.match(plain[end]):
            end += 1
    return start, end, chance


def _both_names(plain: str, names: list[tuple[int, int, float]]) -> Iterator[tuple[int, int, float]]:
    """Another name in brackets behind a name is the same person's: Anna(王芳), 老猫(李四)."""
    for (_, end, chance), (start, behind, _) in pairwise(names):
        if start == end + 1 and behind < len(plain) and plain[end] in "([" and plain[behind] in ")]":
            yield end, behind + 1, chance


def _in_brackets(plain: str, names: list[tuple[int, int, float]]) -> Iterator[tuple[int, int, float]]:
    """What a bracket behind a name spells in other letters, or says of it, belongs to it."""
    for _, end, chance in names:
        match = _BEHIND_NAME.match(plain, end)
        if match:
            yield end, match.end(), chance
