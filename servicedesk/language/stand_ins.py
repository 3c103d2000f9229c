"""Words that stand for what is masked: typed, the same for the same person throughout, different for different persons."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from servicedesk.language.anonymise import Span
from servicedesk.language.rules import narrowed
from servicedesk.language.surnames import COMPOUND

_WORDS = {
    "id_card": "〔证件号〕",
    "bank_card": "〔银行卡号〕",
    "mobile": "〔手机号〕",
    "landline": "〔电话〕",
    "plate": "〔车牌号〕",
    "vin": "〔车架号〕",
    "case_number": "〔案号〕",
    "mail": "〔邮箱〕",
    "wechat_id": "〔微信号〕",
    "qq": "〔QQ号〕",
    "number": "〔编号〕",
    "birthday": "〔出生日期〕",
    "illness": "某病",
    "class": "某班",
}
_PLACES = """
    小区 家园 花园 路 街 村 医院 幼儿园 小学 中学 学校 大学 公司 饭店 酒店 超市 药店 商店 工地 大厦 广场 市场
"""
_ENDINGS = {"school": ("幼儿园", "小学", "中学", "学校"), "chosen": tuple(_PLACES.split())}
_SAID = {"家园": "某小区", "花园": "某小区"}
_FORMS_OF_ADDRESS = ("先生", "女士", "小姐")
_CALLED = re.compile(r"(?<=.)[,\s]?(?:名字|名叫|叫做|名|叫){1,2}是?(?=.)")
_ONE_OF_MANY = "甲乙丙丁戊己庚辛壬癸"


class StandIns:
    """The stand-ins of one ticket: made from all that is masked in its texts, so that a person is the same in each."""

    def __init__(self, *texts: Sequence[Span]) -> None:
        self._persons: dict[str, str] = {}
        families: dict[str, list[str]] = {}
        for span in (span for spans in texts for span in spans if span.kind == "name"):
            name = _squeezed(span.text)
            family = families.setdefault(_family(name), [])
            if name not in family:
                family.append(name)
        for family_name, names in families.items():
            persons = [name for name in names if len(name) > len(family_name)]
            for number, name in enumerate(persons):
                apart = _ONE_OF_MANY[number % len(_ONE_OF_MANY)] if len(persons) > 1 else ""
                self._persons[name] = f"{family_name or '某'}某{apart}"

    def of(self, span: Span) -> str:
        """The words that stand for a span: 张桂花 张某, 王(主任) 某(主任), 老李 某某, 李女士 某女士, (李家村)3组 某组."""
        if span.kind == "name":
            return self._of_name(_squeezed(span.text))
        if span.kind == "house":
            return "某组" if any(group in span.text for group in "组社队屯") else "某号"
        if span.kind in _ENDINGS:
            ending = next((ending for ending in _ENDINGS[span.kind] if span.text.endswith(ending)), "")
            return _SAID.get(ending, f"某{ending}" if ending else "某学校" if span.kind == "school" else "某某")
        return _WORDS[span.kind]

    def mask(self, text: str, spans: Iterable[Span], keep: Iterable[str] = ()) -> str:
        """The text with each span replaced by its stand-in, except those whose words are to be kept."""
        kept = frozenset(keep)
        parts, position = [], 0
        for span in spans:
            if span.text in kept:
                continue
            parts += [text[position : span.start], self.of(span)]
            position = span.end
        return "".join(parts) + text[position:]

    def _of_name(self, name: str) -> str:
        form = next((form for form in _FORMS_OF_ADDRESS if name.endswith(form)), "")
        if form:
            return f"某{form}"
        if len(name) == 1:
            return "某"
        return "某某" if name[0] in "小老" else self._persons.get(name, "某某")


def mask(text: str, spans: Sequence[Span], keep: Iterable[str] = ()) -> str:
    """One text by itself with each span replaced by its stand-in."""
    return StandIns(spans).mask(text, spans, keep)


def _family(name: str) -> str:
    """The surname that a stand-in may show; none of a foreign name."""
    if name.startswith(COMPOUND):
        return name[:2] if len(name) > 2 else ""
    return name[0] if "㐀" <= name[0] <= "鿿" and len(name) > 1 and name[0] not in "小老" else ""


def _squeezed(name: str) -> str:
    """The name alone: 王,名叫建国 is 王建国."""
    return "".join(char for char in _CALLED.sub("", narrowed(name)) if char.isalnum() or char == "·")
