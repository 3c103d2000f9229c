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
# Words of any letter: how a citizen feels, asks and when, not what it is about.
_NO_TOPIC = frozenset(
    (
        "反映 反应 处理 解决 希望 尽快 麻烦 帮忙 请求 电话 一直 昨天 今天 明天 晚上 早上 下午 上午 最近 近日 这几天 "
        "好几天 几天 每天 天天 去年 今年 每年 目前 当时 期间 以前 之前 以来 以后 至今 长期 多年 几年 两年 三年 一年 "
        "一个月 没人 无人 有人 不能 不了 不到 无法 能否 是否 何时能 能够 得到 严重 影响 居民 市民 村民 群众 百姓 "
        "老百姓 大家 孩子 家里 我家 家住 本人 自己 门口 附近 旁边 对面 周边 地方 位于 左右 事情 东西 问题 情况 现象 "
        "政府 部门 相关 有关 请问 请教 你们 我们 他们 怎么办 为什么 原因 回复 答复 谢谢 感谢 感谢您 您好 你好 你们好 "
        "您们好 尊敬 领导 上级 上级领导 各级 小区 物业 村里 一个 两个 几个 一些 一次 一点 一家 一位 一名 第一 每个 "
        "部分 全部 所有 许多 好多 大量 一事 关于 作为 进行 造成 导致 出现 发生 发现 存在 看到 听说 不知 了解 知道 "
        "关注 重视 恳请 强烈要求 要求 建议 投诉 举报 诉求 咨询 百忙之中 打扰 真的 实在 非常 特别 越来越 正在 已经 "
        "还要 本来 原来 直接 属于 准备 安排 规定 行为 合理 不合理 正常 方便 方面 使用 提供 加强 落实 调查 查处 实行 "
        "执行 帮助 人员 工作人员 普通 里面 后面 市里 县里"
    ).split()
)


def topic_words(text: str) -> list[str]:
    """The words that an inquiry may be counted by: of two characters or more, at most so many."""
    said = fold(text[:_READ])
    return [word for word in telling_words(said) if len(word) > 1 and not _numbered(word) and word not in _NO_TOPIC][:_MOST]


def _numbered(word: str) -> bool:
    return word.isascii() and any(each.isdecimal() for each in word)


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
