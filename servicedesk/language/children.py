"""What tells of a child: its class, its school, its illness; read only where a sentence speaks of a child."""

from __future__ import annotations

import re
from collections.abc import Iterator

_SENTENCE = re.compile(r"[^。!?;\n]{1,400}")
_CHILD = re.compile(
    "孩子|小孩|娃娃?|宝宝|宝贝|儿子|女儿|闺女|孙子|孙女|外孙|外甥|侄子|侄女|弟弟|妹妹|婴儿|幼儿(?!园)|儿童|未成年|学生|小朋友"
    "|[0-9一二三四五六七八九十]{1,2}周?岁"
)
_NUMERAL = "[0-9一二三四五六七八九十]{1,3}"
_CLASS = re.compile(
    rf"(?:[一二三四五六七八九1-9]年级|[初高][一二三123]|小学[一二三四五六]年级|[大中小]班|学前)"
    rf"[ (\[〔【]{{0,2}}{_NUMERAL}[ )\]〕】]{{0,2}}班"
    rf"|(?<=[园上读在的])[大中小托]{_NUMERAL}班"
    rf"|(?:[一二三四五六七八九1-9]年级|[初高][一二三])(?={_NUMERAL}?的?(?:孩子|学生))|[0-9]{{4}}级[(\[]?{_NUMERAL}[)\]]?班"
    r"|(?:学号|学籍号|考号|准考证号?)[是为:\s]{0,3}[A-Z]{0,2}[0-9]{4,20}"
)
_SCHOOL = re.compile(
    "(?:小学|中学|幼儿园|幼稚园|托儿所|初中|高中|[一二三四五六七八九十]中(?![午间心学旬秋考])|[一二三四五六七八九十]小(?![时孩区学朋])"
    "|实验学校|特殊教育学校|职业学校|职高|技校|学校)"
)
# A school's name begins behind one of these.
_BEFORE_SCHOOL = re.compile(
    "(?:就读于|就读在|转学到|毕业于|分配到|录取到|考上|考入|现在|目前|今年|孩子|儿子|女儿|孙子|孙女|闺女|学生|小孩|本人|我们|家|[在到去上读于是进从为的和与及被把念让给转,、:\\s])"
)
_LONGEST_NAME = 12
# Which school, not one school's name.
_ANY_SCHOOL = re.compile(
    "(?:公立|私立|民办|公办|附近|哪[个所家些]|什么|这[个所家]|那[个所家]|本[地校]|城[区里镇]|农村|乡镇|义务教育|普通|重点|全[县市区]|各[个所]?|所有|当地|县里?|市里?|镇上|区里?"
    "|外地|乡下|村里?|新|老|旧|好|差|小|大|一[所个家]|几[所个家]|两[所个家]|其他|别的|对口|片区|划片|幼升|小升|初升|中等|高等|寄宿制?|职业|我们?|他们?|她们?|孩子|没有|不|有)+$"
)
_ILLNESS = re.compile(
    "(?:白血病|自闭症|孤独症|多动症|癫痫|抑郁症?|焦虑症|躁郁症|脑瘫|脑性瘫痪|哮喘|先天性心脏病|先心病|唐氏综合征|唐氏|血友病|地中海贫血|再生障碍性贫血|糖尿病|肾病|尿毒症"
    "|乙肝|结核|艾滋病|梅毒|智力(?:障碍|低下|残疾)|发育迟缓|听力(?:障碍|残疾)|视力残疾|肢体残疾|精神(?:分裂症?|残疾)|聋哑|唇腭裂|肌肉萎缩|肿瘤|骨折|肺炎|手足口病?|水痘|川崎病|苯丙酮尿症)"
)
_DIAGNOSED = re.compile(
    "(?:患有?|得了?|确诊(?:为|是|了)?|诊断(?:为|是|出)?|查出(?:了|来)?|检查出)(?:是)?([一-鿿]{1,10}?(?:综合征|癌症?|肿?瘤|病|炎|症|障碍|畸形))(?![房人床例历情])"
)
_OPERATED = re.compile("做(?:了|过|完)?(?:了|过)?([一-鿿]{1,8}?(?:炎|癌|瘤|病|症|折|疝|畸形))(?=手术)")
_ANY_ILLNESS = frozenset(
    "什么病 大病 重病 疾病 这病 那病 这种病 这个病 急病 怪病 慢性病 传染病 重大疾病 了病 生病 有病".split()
)


def find_childs(plain: str, *, strict: bool = False) -> Iterator[tuple[int, int, str]]:
    """Start, end and kind (class, school, illness) of a child's details; where `strict`, diagnoses of anybody."""
    for sentence in _SENTENCE.finditer(plain):
        start, end = sentence.span()
        of_child = _CHILD.search(plain, start, end) is not None
        if of_child:
            yield from ((match.start(), match.end(), "class") for match in _CLASS.finditer(plain, start, end))
            yield from _schools(plain, start, end)
            yield from ((match.start(), match.end(), "illness") for match in _ILLNESS.finditer(plain, start, end))
            yield from ((*match.span(1), "illness") for match in _OPERATED.finditer(plain, start, end))
        if of_child or strict:
            for match in _DIAGNOSED.finditer(plain, start, end):
                if match[1] not in _ANY_ILLNESS:
                    yield *match.span(1), "illness"


def _schools(plain: str, start: int, end: int) -> Iterator[tuple[int, int, str]]:
    for match in _SCHOOL.finditer(plain, start, end):
        first = max(start, match.start() - _LONGEST_NAME)
        before = [begin.end() for begin in _BEFORE_SCHOOL.finditer(plain, first, match.start())]
        begins = before[-1] if before else first
        name = plain[begins : match.start()]
        has_number = match[0][0] in "一二三四五六七八九十"
        if (len(name) >= (1 if has_number else 2) or has_number) and not _ANY_SCHOOL.match(name) and _HAN_ONLY.match(name):
            yield begins, match.end(), "school"


_HAN_ONLY = re.compile("[一-鿿0-9]*$")
