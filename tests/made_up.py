"""Made-up inquiries for tests of what learns: sentences of each department's matters, and of nobody's."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

_PLACES = ("人民路", "团结小区", "三中附近", "城南", "和平街", "我们村", "新区", "东关")
_WHEN = ("昨天晚上", "这几天", "上个星期", "一直", "今早", "入冬以来")
_WAYS = ("{when}{place}{what}，请尽快处理。", "{place}{what}，{when}都这样，谁来管？", "想反映一下，{when}{place}{what}。",
         "您好，{place}{what}，什么时候能解决？")  # fmt: skip
HEATING = (
    "暖气不热",
    "供暖温度只有十五度",
    "暖气管漏水",
    "热力公司不接电话",
    "物业不让进小区",
    "物业费乱涨",
    "楼道灯物业不修",
    "室温上不来",
)
SCHOOL = (
    "孩子上学没有学位",
    "学籍转不过来",
    "招生划片不公平",
    "老师在外补课",
    "学校食堂饭菜凉",
    "幼儿园乱收费",
    "校服太贵",
    "课后托管太早放学",
)
OTHER_PLACES = ("邻县的高速收费口堵车", "省城的地铁太挤", "外省的网店不退货", "隔壁市的医院挂不上号")


def inquiries(kinds: Mapping[str, Sequence[str]], size: int, seed: int = 7) -> list[tuple[str, str]]:
    """Texts with their keys, as many of each kind in turn, none twice the same if it can be helped."""
    chance = random.Random(seed)
    made = []
    for number in range(size):
        key = list(kinds)[number % len(kinds)]
        text = chance.choice(_WAYS).format(
            when=chance.choice(_WHEN), place=chance.choice(_PLACES), what=chance.choice(kinds[key])
        )
        made.append((text, key))
    return made
