"""Names of persons by the words around them: 我叫张三, 李四先生, 户主:王五, 我姓赵名六, 联系人巴特尔."""

from __future__ import annotations

import re
from collections.abc import Iterator

from servicedesk.language.ordinary import Words, is_ordinary, part_of_speech
from servicedesk.language.rules import occurrences
from servicedesk.language.surnames import (
    COMPOUND,
    DOUBTFUL,
    FAMILIAR,
    MONGOLIAN,
    NOT_FILLED_IN,
    NOT_NAMES,
    SPELLING,
    SURNAMES,
)

_HAN = "㐀-鿿𠀀-𱍊"
# Particles, pronouns, verbs and what ends the name of a place are in no given name.
_NOT_GIVEN = (
    "的了着吗呢吧啊呀是在没不也都还很太更被把给跟让您你我他她它们这那哪谁什么怎问去到过又及且但却叫个些每各说"
    "打找讲看听写要等人姓副总兼籍省市县区镇乡村"
)
_GIVEN = rf"(?![{_NOT_GIVEN}])[{_HAN}]"
_COMPOUND = "|".join(COMPOUND)
_SURE = f"(?:{_COMPOUND}|[{SURNAMES}])"
_ANY = f"(?:{_COMPOUND}|[{SURNAMES}{DOUBTFUL}])"
_BEGINS_MONGOLIAN = f"(?=[{''.join({element[0] for element in MONGOLIAN})}])"
_MONGOLIAN = f"(?:(?:{_BEGINS_MONGOLIAN}(?:{'|'.join(sorted(MONGOLIAN, key=len, reverse=True))})){{1,3}}[花夫图其]?)"
_NAME = f"(?:{_ANY}{_GIVEN}{_GIVEN}|{_ANY}{_GIVEN})"
_SPELT = f"(?!和)[{SPELLING}]{{2,8}}"
# What follows a name in plain speech: anything but a Chinese character, or one of these words.
_END = (
    rf"(?=$|[^{_HAN}]|的|是|在|住|家|和|与|于|因|电话|手机|身份|今年|我|男|女|先生|同志|老师|师傅|大夫|医生|反映|想|要|来自|有|去|到|说"
    r"|咨询|投诉|举报|请|问|从|向|由|现|本人|出生|户口|户籍|联系|申请|已|没|不|被|把|给|跟|也|都|还|就|曾|等|打|找|名下|去世|生病|住院|上学|一家)"
)
_IS = r"[是为叫:\s]{0,4}"
# After these comes a name and nothing else.
_STRONG_CUE = (
    rf"(?:我叫|我的?名字|本人姓名|本人叫|姓\s{{0,2}}名|名字叫|名字是|名叫|联系人(?:姓名|及电话|和电话|电话)?|户名|收款人|收件人|开户人|户主姓名"
    rf"|(?:孩子|儿子|女儿|老公|老婆|丈夫|妻子|媳妇|爱人|对象|父亲|母亲|爸爸?|妈妈?|爷爷|奶奶|老板|老人|队长|村长|哥哥|弟弟|姐姐|妹妹|孙子|孙女|男的|女的|个人|邻居)叫做?){_IS}"
)
# After these comes a name as often as something else.
_WEAK_CUE = (
    r"(?:我是|本人|户主|申请人|举报人|投诉人|反映人|报修人|业主|房主|患者|病人|法人(?:代表)?|学生|孩子|儿子|女儿|老公|老婆|丈夫|妻子|媳妇"
    r"|父亲|母亲|爸爸|妈妈|爱人|老伴|叫做|老板|包工头|房东|邻居|村民|居民|市民|同事|同学|哥哥|弟弟|姐姐|妹妹|爷爷|奶奶|孙子|孙女|岳父|岳母"
    rf"|司机|村长|书记|支书|会计|班主任|个叫|人叫){_IS}"
)
_FIELD = (
    r"(?:(?:姓\s{0,2}名|名字|联系人|户主|户名|申请人|收款人|收件人|举报人|投诉人|反映人|报修人|开户人|当事人|法人代表|法定代表人)(?:姓名)?"
    r"|(?:患者|学生|业主|房主|家长|老人)姓名)\s?:\s{0,3}"
)
_TITLE = (
    r"[姓副]?(?:先生|女士|小姐|同志|师傅|老师|大爷|大妈|大娘|大嫂|大伯|阿姨|叔叔|爷爷|奶奶|大哥|大姐|经理|老板|主任|医生|大夫|护士|村长|书记|支书"
    r"|会计|校长|院长|所长|队长|组长|厂长|律师|教练|警官|法官)"
)

_AFTER_STRONG_CUE = re.compile(
    f"{_STRONG_CUE}(?:({_NAME}|{_MONGOLIAN}|{_SPELT}){_END}|(?<=叫)({_SURE}{_GIVEN}{_GIVEN}|{_SURE}{_GIVEN}))"
)
_AFTER_WEAK_CUE = re.compile(f"{_WEAK_CUE}({_NAME}|{_MONGOLIAN}){_END}")
_IN_FIELD = re.compile(
    rf"{_FIELD}([{_HAN}]{{2,4}}|[{_HAN}]{{1,8}}[·•・][{_HAN}]{{1,12}}|[{_HAN}] [{_HAN}])(?=$|[^{_HAN}]|电话|手机|身份|男|女)"
)
_IN_LETTERS = re.compile(rf"{_STRONG_CUE}([A-Z]{{2,20}}(?:[ ·][A-Z]{{2,20}}){{0,2}})(?![A-Z0-9])")
_IN_ENGLISH = re.compile(
    r"(?<![A-Z])MY NAME(?: IS|'S|:|’S)\s{1,2}"
    r"([A-Z]{2,20}(?: (?!AND |FROM |I |LIVE|PLEASE|BUT |HERE )[A-Z]{2,20}){0,2})(?![A-Z])"
)
_SURNAMED = re.compile(
    rf"(?<![百同复])姓(?P<whole>(?P<surname>{_ANY})(?:[,\s]?(?:名字|名叫|名|叫做|叫){{1,2}}是?(?P<given>{_GIVEN}(?:{_GIVEN})?))?){_END}"
)
_BEFORE_TITLE = re.compile(f"({_MONGOLIAN}|{_NAME}|{_ANY})(?={_TITLE})")
_ALL_MONGOLIAN = re.compile(f"{_MONGOLIAN}$")
_HOMESTEAD = re.compile("[一-鿿]家[庄沟营店堡湾窑坝梁洼圪台坪冲岭坡坨屯窝]")
_CALLED = re.compile(rf"([小老][{FAMILIAR}])(?=[\s,。说家的和在是]|$)")
# Single characters before a title that say who, not which: 王主任 is a name, 金老板 too; these are not.
_NOT_BEFORE_TITLE = frozenset("向万班" + DOUBTFUL)
# Surnames that are adverbs and prepositions too, and the parts of speech that follow those: 曾组团, 于今年, 任大队长.
_ADVERBS = frozenset("曾于向任常尚")
_NO_GIVEN = frozenset("vdptafm")
_OFFICES = frozenset("司局厂社会部院校所心店站科处室办队组委")
# 祝陈书记, 向王主任: the name begins behind these.
_BEFORE_NAMES = frozenset("祝向于任区")


def find_names(text: str) -> list[tuple[int, int]]:
    """Start and end of each name found by the words around it."""
    words = Words(text)
    surnamed = list(_SURNAMED.finditer(text))
    found = {
        *_after_strong_cues(text, words),
        *_after_weak_cues(text, words),
        *_in_fields(text),
        *_before_titles(text, words),
        *(match.span(1) for each in (_CALLED, _IN_LETTERS, _IN_ENGLISH) for match in each.finditer(text)),
        *(match.span("whole") for match in surnamed),
    }
    # A name of two or more characters, once known, is a name wherever it stands again.
    known = {text[start:end] for start, end in found if end - start >= 2}
    known |= {match["surname"] + match["given"] for match in surnamed if match["given"]}
    return sorted(found | set(occurrences(text, known)))


def _after_strong_cues(text: str, words: Words) -> Iterator[tuple[int, int]]:
    for match in _AFTER_STRONG_CUE.finditer(text):
        if match[1] is not None:
            if match[1] not in NOT_NAMES:
                yield match.span(1)
        elif not _looks_alike(match[2]):
            # Nothing says where it ends: a name of three characters unless that cuts a word in two, 我叫王芳咨询.
            start, end = match.span(2)
            yield start, next((at for at in range(end, start + 1, -1) if at in words.starts), end)


def _after_weak_cues(text: str, words: Words) -> Iterator[tuple[int, int]]:
    for match in _AFTER_WEAK_CUE.finditer(text):
        start, end = match.span(1)
        if _is_likely(text, start, end, words):
            yield start, end


def _is_likely(text: str, start: int, end: int, words: Words) -> bool:
    """Whether words that are often followed or preceded by something else stand beside a name."""
    name, given = text[start:end], text[start + 1 : end]
    if _looks_alike(name):
        return False
    if name.startswith(COMPOUND) or (len(name) > 3 and _ALL_MONGOLIAN.match(name)):
        return True
    if is_ordinary(name) or (name[0] == "方" and is_ordinary(given)):
        return False
    if name[0] in _ADVERBS and part_of_speech(given)[:1] in _NO_GIVEN:
        return False
    return name[0] not in DOUBTFUL or (start + 1 in words.starts and len(name) == 3 and not is_ordinary(given))


def _looks_alike(name: str) -> bool:
    """Whether a word begins here that only looks like a name: 师傅(们), 高三(时), 王家庄."""
    return name in NOT_NAMES or (name[:2] in NOT_NAMES and not _ALL_MONGOLIAN.match(name)) or bool(_HOMESTEAD.match(name))


def _in_fields(text: str) -> Iterator[tuple[int, int]]:
    """Whatever fills the field of a name, so that rare surnames are masked too, unless it is a word or an office."""
    for match in _IN_FIELD.finditer(text):
        name = match[1]
        if name not in NOT_FILLED_IN and not is_ordinary(name) and (name[0] in SURNAMES or name[-1] not in _OFFICES):
            yield match.span(1)


def _before_titles(text: str, words: Words) -> Iterator[tuple[int, int]]:
    """The longest name that begins where a word begins; what is none hides no name inside it."""
    match = _BEFORE_TITLE.search(text)
    while match:
        start, end = match.span(1)
        taken = start in words.starts and _is_titled(text, start, end, words)
        if taken:
            yield start, end
        match = _BEFORE_TITLE.search(text, end if taken else start + 1)


def _is_titled(text: str, start: int, end: int, words: Words) -> bool:
    name = text[start:end]
    if len(name) == 1:
        return name not in _NOT_BEFORE_TITLE
    if name[0] in _BEFORE_NAMES and name[1] in SURNAMES:
        return False
    if len(name) == 3 and name[2] in SURNAMES and start + 1 not in words.starts and is_ordinary(name[:2]):
        return False
    return _is_likely(text, start, end, words)
