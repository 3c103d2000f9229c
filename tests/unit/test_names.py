"""Names: made-up persons in real sentences; and sentences that only look as if they named somebody."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicedesk.language.anonymise import find_spans
from servicedesk.language.guessed_names import Strength
from servicedesk.language.names import find_names
from servicedesk.language.stand_ins import mask
from servicedesk.language.surnames import COMPOUND, DOUBTFUL, MONGOLIAN, SURNAMES

pytestmark = pytest.mark.usefixtures("tagger")


def masked(text: str) -> str:
    return mask(text, find_spans(text))


surnames = st.one_of(st.sampled_from(SURNAMES), st.sampled_from(COMPOUND))
given_names = st.sampled_from(["建国", "桂花", "晓敏", "志强", "芳", "磊", "玉兰", "子涵"])
strong_frames = st.sampled_from(["我叫{},住这里", "联系人:{}", "姓名:{} 电话没人接", "户名{},谢谢", "孩子叫{}", "本人叫{}"])


@given(surnames, given_names, strong_frames)
def test_a_name_of_any_common_surname_is_masked_where_a_sentence_says_that_one_comes(
    surname: str, name: str, frame: str
) -> None:
    assert surname + name not in masked(frame.format(surname + name))


@given(st.sampled_from(DOUBTFUL), given_names)
def test_surnames_that_are_words_count_after_such_a_cue(surname: str, name: str) -> None:
    assert surname + name not in masked(f"我叫{surname}{name},想问社保")


@given(st.lists(st.sampled_from(MONGOLIAN), min_size=1, max_size=2))
def test_mongolian_names_are_masked(elements: list[str]) -> None:
    name = "".join(elements)
    assert name not in masked(f"我叫{name},家在嘎查")
    assert name not in masked(f"联系人:{name} 女士")


@pytest.mark.parametrize(
    "surname",
    "傅 康 易 常 乔 赖 文 伍 申 邢 梅 祝 左 骆 凌 费 童 欧 詹 柯 阮 华 单 车 成 路 时 米".split(),
)
def test_the_surnames_that_were_missing_are_known(surname: str) -> None:
    assert masked(f"我叫{surname}志强,咨询医保") == f"我叫{surname}某,咨询医保"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("我姓王叫建国,咨询社保", "我姓王某,咨询社保"),
        ("本人姓王名建国。", "本人姓王某。"),
        ("我姓王,名叫建国,后来王建国又去了", "我姓王某,后来王某又去了"),
        ("我姓欧阳叫海,欧阳海是我", "我姓欧阳某,欧阳某是我"),
        ("免贵姓傅", "免贵姓某"),
        ("房东姓赵的那位", "房东姓某的那位"),
        ("我叫王芳咨询一下社保", "我叫王某咨询一下社保"),
        ("我叫王建国咨询一下社保", "我叫王某咨询一下社保"),
        ("我叫王芳的孩子", "我叫王某的孩子"),
        ("村民贺山立反映", "村民贺某反映"),
        ("村书记汤永隆不管", "村书记汤某不管"),
        ("尊敬的易书记", "尊敬的某书记"),
        ("县医院的乌兰图雅大夫", "县医院的乌某大夫"),
        ("业主斯琴高娃反映", "业主斯某反映"),
        ("我叫阿茹格乐,嘎查的", "我叫阿某,嘎查的"),
        ("联系人：阿·巴图", "联系人：阿某"),
        ("姓名：毌丘俭，男", "姓名：毌某，男"),
        ("姓名：王 芳", "姓名：王某"),
        ("向王主任反映过", "向某主任反映过"),
        ("祝陈书记工作顺利", "祝某书记工作顺利"),
        ("谢谢于老师", "谢谢某老师"),
        ("找刘副主任", "找某副主任"),
        ("张 三 和 李 四 打架", "张某 和 李某 打架"),
        ("我叫张 三，路灯坏了", "我叫张某，路灯坏了"),
        ("阿依古丽·买买提住在团结路", "阿某住在团结路"),
        ("我叫张\u200b三丰，路灯坏了", "我叫张某，路灯坏了"),
        ("我爸叫Zhang Wei", "我爸叫某某"),
        ("我叫买买提艾力，路灯坏了", "我叫买某，路灯坏了"),
        ("我爱人叫乌云其木格，在牧区", "我爱人叫乌某，在牧区"),
        ("My name is Li Wei, the lamp is broken", "My name is 某某, the lamp is broken"),
    ],
)
def test_names_by_the_words_around_them(text: str, left: str) -> None:
    assert masked(text) == left


@pytest.mark.parametrize(
    "text",
    [
        "我是常客",
        "我是农民",
        "我是党员",
        "我是华侨",
        "我是应届毕业生",
        "我是包头的",
        "我是乌海人",
        "我是锡林浩特的",
        "我是柳河镇的",
        "我是单县的",
        "我是王家庄的",
        "我叫师傅来修",
        "我叫司机开门",
        "我叫车等了半小时",
        "业主单元门坏了",
        "业主和物业吵起来",
        "学生时间紧",
        "学生费用高",
        "儿子成年了",
        "儿子高三,女儿高中",
        "房东易怒",
        "司机常在路口停车",
        "父亲左腿骨折",
        "母亲左眼失明",
        "患者康复后",
        "村民曾在去年反映",
        "医生于今年3月说",
        "文化老师的课",
        "语文老师布置作业",
        "班主任说有事",
        "对方经理不管",
        "公安同志来过",
        "施工师傅说",
        "车间主任",
        "万名老师",
        "那里的老师",
        "小康,小车在路口",
        "老赖欠钱不还",
        "姓名和身份证号要写清",
        "姓名、电话都登记了",
        "姓名:如下",
        "联系人:村委会",
        "老百姓常来",
        "领导 您好 路灯坏了",
        "一 二 三 四",
        "高 新 区 的 路",
    ],
)
def test_what_only_looks_like_a_name_stays_readable(text: str) -> None:
    assert masked(text) == text


@given(st.text(alphabet="王李曾方单巴特尔我叫姓名联系人:老师主任,建国的在和于 ", max_size=60))
def test_names_lie_within_the_text_and_are_not_empty(text: str) -> None:
    assert all(0 <= start < end <= len(text) for start, end in find_names(text))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("会上还介绍了一个背景,张永和设计完以后才动工", "张永和"),
        ("两会首日,张明渝在某论坛挂出帖子", "张明渝"),
        ("薛先生向杜风提出贷款要求", "杜风"),
        ("司机问,说自己叫罗×东,在泰丰市场", "罗×东"),
        ("指挥官约翰□米勒表示", "约翰□米勒"),
        ("记者采访了设计师MagicYang和主播", "MagicYang"),
    ],
)
def test_a_strict_look_masks_a_guessed_name_whole(text: str, name: str) -> None:
    hidden = {at for span in find_spans(text, strength=Strength.STRICT) for at in range(span.start, span.end)}
    start = text.index(name)
    assert hidden.issuperset(range(start, start + len(name)))


@pytest.mark.parametrize("text", ["华贸中心建成以后更堵", "索尼影业计划来拍片", "热那亚vs锡耶纳", "总部的CEO来过"])
def test_a_strict_look_takes_no_part_of_a_word_for_a_name(text: str) -> None:
    assert find_spans(text, strength=Strength.STRICT) == []
