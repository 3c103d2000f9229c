"""What an inquiry speaks of: its telling words, and the place that it names."""

from __future__ import annotations

from itertools import pairwise

from servicedesk.language.folding import fold
from servicedesk.language.segmenting import cut, telling_words

_MOST = 12  # words of one inquiry
_READ = 400  # characters
_KINDS = (
    "小区 社区 村 镇 乡 苏木 嘎查 街道 大街 街 路 家园 花园 公寓 学校 小学 中学 幼儿园 医院 广场 大桥 市场 工业园 水库"
).split()
# They say how a citizen feels or asks, not what it is about.
_NO_TOPIC = frozenset(
    "反映 处理 解决 希望 尽快 麻烦 帮忙 请求 电话 一直 昨天 今天 晚上 早上 下午 上午 最近 这几天 好几天 几天 没人 不能 不了 "
    "严重 影响 居民 老百姓 大家 孩子 家里 我家 门口 附近 地方 事情 东西 政府 部门 相关 请问 你们 我们 他们 怎么办 为什么 "
    "回复 答复 谢谢 您好 你好 小区 物业 村里".split()
)


def topic_words(text: str) -> list[str]:
    """The words that an inquiry may be counted by: of two characters or more, at most so many."""
    said = fold(text[:_READ])
    return [word for word in telling_words(said) if len(word) > 1 and not word.isdecimal() and word not in _NO_TOPIC][:_MOST]


def place_in(text: str) -> str | None:
    """The first place that is named: 东关小区, 黑山头村, 人民路."""
    segments = cut(fold(text[:_READ]))
    for before, segment in pairwise(["", *segments]):
        kind = next((kind for kind in _KINDS if segment.endswith(kind)), None)
        if kind is None:
            continue
        if len(segment) >= len(kind) + 2:
            return segment
        if segment == kind and len(before) >= 2 and before.isalpha() and not before.isascii():
            return before + segment
    return None
