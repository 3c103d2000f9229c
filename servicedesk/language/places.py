"""Where a person lives, below the street and the village: 18号 3号楼2单元501室, 3-2-501, 李家村3组12号; bare digits by context.

A chain of parts is read from where a street's, an estate's or a village's name ends, or from a part that speaks for itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from servicedesk.language.rules import rule, spots, with_digits

_NUMERAL = "[0-9零〇一二三四五六七八九十百]{1,6}+"
_HAN_NUMERAL = "[零〇一二三四五六七八九十百]{1,5}+"
_SIDE = "[甲乙丙丁东西南北中左右前后]"
_LETTERED = r"(?:[A-Z]{1,3}[\-]?[0-9]{0,4}[A-Z]?|[0-9]{1,5}+[A-Z]{0,2})"
_NUMBER = rf"(?:(?:自编|附|第|之|地下|负)?(?:{_LETTERED}|{_HAN_NUMERAL})|{_SIDE}(?=[栋幢座户楼门]))"
# Nothing else is counted by these.
_SPEAKING = "号院|号楼|号库|号仓|号厂房|号车库|号门市房?|号门|#楼|#|栋楼?|幢楼?|单元|楼道|门洞|室|弄"
_HALF_SPEAKING = (
    "座|号(?![线文公路车令召称])|层|楼(?![盘市房道长上下梯])|F(?![A-Z])|户|房(?![屋产子价租东贷])|门(?![口前卫面票诊槛])"
    "|排(?![队水污放出查球骨])"
)
_MORE = (
    "|铺(?![设路垫])|档口?|摊位?|店面?|库房?|仓(?:库)?|厂房|区(?![别域长政])|梯(?!子)|铺位|车间|街(?![道头上])|[层楼][东西中]户"
)
_PART = re.compile(rf"{_NUMBER}(?P<suffix>{_SPEAKING}|{_HALF_SPEAKING}{_MORE})|(?P<side>[东西中]户)")
_BARE = re.compile(
    r"(?:附|之)?[A-Z]{0,3}[0-9]{1,5}+[A-Z]{0,2}(?![A-Z0-9])|[零〇一二三四五六七八九]{3,4}(?![零〇一二三四五六七八九十百千万亿])"
)
_LINK = re.compile(r"[\s,、]{0,2}(?:[\-‐–—―~_/#·.]{1,2}|(?<=[0-9])一(?=[0-9]))?\s?")
_SPEAKS = re.compile(f"(?:{_SPEAKING})$")
# Behind bare digits these count something: 小区3年没供暖, 路边20多人, 广场8:30.
_COUNTED = re.compile(
    r"\s?(?:[年月日天个人名位元块万千百亿%度点时分秒岁次条辆台家户周期路米平亩届批份斤吨倍折级种盏棵根只件间座张多余几来]"
    r"|[组社队届班]|小时|号线|公里|公斤|左右|以[上下内后前]|[:.][0-9]|,[0-9]{3}|[KCM][GMW])"
)

_STREET = r"(?:[路街巷弄道段里坊]|胡同|[东西南北中][头首侧])(?:[东南西北中]段)?"
_VILLAGE_NAME = r"(?:[村屯庄寨]|嘎查|浩特|营子)"
_ESTATE = (
    "(?:[区苑园寓府庭湾郡邸墅居邨城轩阁庐]|家属院|大院|公馆|华庭|山庄|花城|新城|雅居|人家|名都|家园|小镇|星座|国际|金座|银座|御景"
    "|时代|天地)"
)
_BUILDING = r"(?:[厦场厅馆]|中心|市场|商城|酒店|宾馆|医院|学校|大学|学院|广场|大楼|公司|基地|门面|楼)"
_ANCHOR = re.compile(
    rf"(?P<street>{_STREET})|(?P<village>{_VILLAGE_NAME})|(?P<estate>{_ESTATE}|[0-9一二三四五六七八九]期)"
    rf"|(?P<building>{_BUILDING})"
)
_LIVES = re.compile(r"(?:住|家在|家住|我家|住址|地址|门牌)(?:在|是|为|:|于)?\s?")
_CONTEXT = re.compile(r"[一-鿿]{2,6}(?:[市县区镇乡村路街巷弄]|街道|大道|胡同)")
_REACH = 24  # characters behind such a name that may still be the address
_SENTENCE_ENDS = re.compile(r"[。!?;\n]")
_ANY_NUMBER = re.compile(r"[0-9A-Z]|[零〇一二三四五六七八九十](?=[一二三四五六七八九十百]{0,3}(?:号|层|楼|座|栋|幢))")
_HAN = re.compile("[一-鿿]")
_YEAR = re.compile(r"(?:19|20)[0-9]{2}$")
_FORMAL = str.maketrans("壹贰叁肆伍陆柒捌玖拾幺", "一二三四五六七八九十一")
_LONGEST_CHAIN = 8  # parts

# 3组织, 三社区, 两队伍 and 3组长 are no groups of a village.
_GROUP = r"(?:村民小组|小组|生产队|生产组|大队|屯|(?:组|社|队)(?![织成合建装团区会长员伍列]))"
_VILLAGE = r"(?:(?<=[村屯乡镇庄])|(?<=嘎查)|(?<=营子)|(?<=浩特)|(?<=苏木)|(?<=[农牧林]场))"
RULES = (
    rule("house", rf"门牌(?:号码|号)?[是为:\s]{{0,3}}({_NUMERAL}号?)"),
    # 3-2-501; not 10-15-2026.
    rule("house", r"(?<![0-9\-])[0-9]{1,3}[\-#][0-9]{1,2}-(?!(?:19|20)[0-9]{2})[0-9]{3,4}(?:室|号|户)?(?![0-9\-年月日])"),
    # Below the village: 李家村3组, 红旗村第二村民小组15户, 五社12号.
    rule("house", rf"{_VILLAGE}\s{{0,2}}第?{_NUMERAL}\s?{_GROUP}(?:[\s,]{{0,2}}{_NUMERAL}(?:号院|号|户))?"),
    # By the rows of a yard: 南排东数第三家.
    rule("house", rf"(?:[东西南北前后]排)?[东西南北左右][边头]?(?:数|起|往[东西南北左右])第{_NUMERAL}(?:家|户|间|院)"),
    rule("house", rf"[东西南北前后]排第{_NUMERAL}(?:家|户|间|院)"),
    rule("house", rf"第?{_NUMERAL}(?:村民小组|小组|组|社|队)[\s,]{{0,2}}{_NUMERAL}(?:号院|号|户)(?![线文公路车楼])"),
)

# 三-二-五〇一.
_WRITTEN_RULES = (rule("house", r"(?<![0-9\-])[0-9]{1,3}[\-#][0-9]{1,2}-[0-9]{3,4}(?![0-9\-年月日])"),)


@dataclass(frozen=True)
class _Chain:
    """Parts that follow one another: where they end, which say what they are, how many are bare digits."""

    end: int
    suffixes: tuple[str, ...]
    bare: int
    last_is_bare: bool
    linked: bool


def find_houses(plain: str, *, strict: bool = False) -> Iterator[tuple[int, int, str]]:
    """Start, end and kind of each address below the street in a text of plain forms.

    A floor or number behind a public building (政务大厅二楼) is masked where `strict`.
    """
    plain = plain.replace("队伍", "队列").translate(_FORMAL)
    yield from spots(RULES, plain)
    yield from (spot for spot in spots(_WRITTEN_RULES, with_digits(plain)) if not plain[spot[0]].isdecimal())
    yield from ((start, end, "house") for start, end in _behind_anchors(plain, strict))
    yield from ((start, end, "house") for start, end in _speaking(plain))
    if strict:
        yield from ((start, end, "house") for start, end in _in_context(plain))


def _behind_anchors(plain: str, strict: bool) -> Iterator[tuple[int, int]]:
    at = 0
    for anchor in _anchors(plain):
        start = _behind_space(plain, anchor.end())
        chain = _chain(plain, start) if start >= at else None
        if chain is not None and _is_address(plain, anchor.lastgroup or "", start, chain, strict):
            yield start, chain.end
            at = chain.end


def _speaking(plain: str) -> Iterator[tuple[int, int]]:
    """Chains that begin with what only a house has: 3号楼, 二单元, 501室."""
    at = 0
    for part in _PART.finditer(plain):
        if part.start() >= at and part["suffix"] and _SPEAKS.search(part["suffix"]) and _is_number(plain, part):
            chain = _chain(plain, part.start())
            if chain is not None:
                yield part.start(), chain.end
                at = chain.end


def _in_context(plain: str) -> Iterator[tuple[int, int]]:
    """Numbers that nothing but the address before them makes a house: 湖滨街道钱家坞114号."""
    at = 0
    for context in _CONTEXT.finditer(plain):
        for part in _ANY_NUMBER.finditer(plain, max(at, context.end()), context.end() + _REACH):
            if _SENTENCE_ENDS.search(plain, context.end(), part.start()):
                break
            if part.start() < at or plain[part.start() - 1] in "第月.年" or plain[part.start() - 1].isascii():
                continue
            chain = _chain(plain, part.start())
            if chain is not None and (chain.suffixes or chain.bare > 1):
                yield part.start(), chain.end
                at = chain.end


def _anchors(plain: str) -> Iterator[re.Match[str]]:
    yield from sorted([*_ANCHOR.finditer(plain), *_LIVES.finditer(plain)], key=lambda anchor: (anchor.end(), -anchor.start()))


def _behind_space(plain: str, at: int) -> int:
    """Behind what people put between a street's name and its number."""
    match = _LINK.match(plain, at)
    return match.end() if match else at


def _chain(plain: str, start: int) -> _Chain | None:
    """As many parts as follow one another from here."""
    end, suffixes, bare, last_is_bare, linked = start, [], 0, False, False
    at = start
    for _ in range(_LONGEST_CHAIN):
        part = _PART.match(plain, at)
        if part is not None and (part["suffix"] is None or _is_number(plain, part)):
            end, last_is_bare = part.end(), False
            suffixes.append(part["suffix"] or part[0])
        else:
            digits = _BARE.match(plain, at)
            if digits is None or _COUNTED.match(plain, digits.end()) or _YEAR.match(digits[0]):
                break
            end, last_is_bare, bare = digits.end(), True, bare + 1
        link = _LINK.match(plain, end)
        at = link.end() if link else end
        linked = linked or (at > end and at - start < len(plain) and bool(_BARE.match(plain, at) or _PART.match(plain, at)))
    return _Chain(end, tuple(suffixes), bare, last_is_bare, linked) if end > start else None


def _is_number(plain: str, part: re.Match[str]) -> bool:
    """Not the tail of a longer number, and no word that only begins like one: 一楼一景, 百户."""
    before = plain[part.start() - 1] if part.start() else ""
    return not (before.isascii() and before.isalnum() and part[0][0].isascii()) and before not in {"第", "."}


def _is_address(plain: str, anchor: str, start: int, chain: _Chain, strict: bool) -> bool:
    if any(_SPEAKS.search(suffix) for suffix in chain.suffixes) or len(chain.suffixes) > 1:
        return True
    parts = len(chain.suffixes) + chain.bare
    if anchor in {"street", "village"}:
        return bool(chain.suffixes) or _is_bare_number(plain, start, chain)
    if chain.suffixes:
        if anchor == "building":
            return strict or parts > 1
        return parts > 1 or chain.suffixes[0] != "号" or not _HAN.match(plain, chain.end)
    return (chain.bare > 1 and chain.linked) or _is_bare_number(
        plain, start, chain, least=1 if strict and anchor == "estate" else 3
    )


def _is_bare_number(plain: str, start: int, chain: _Chain, least: int = 1) -> bool:
    return chain.bare > 1 or sum(char.isdigit() for char in plain[start : chain.end]) >= least
