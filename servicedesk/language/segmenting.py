"""Chinese words: segmentation by rjieba, and the words that say something."""

from __future__ import annotations

import re
from functools import cache

_LONGEST = 60  # a longer "word" is an address or noise, and no index takes it
_WORD = re.compile(r"^[\w一-鿿]+$")
_STOP_WORDS = """
    开始 时间 的 了 是 我 你 您 他 她 在 和 有 就 不 也 都 要 会 到 说 去 吗 呢 吧 啊
    把 被 让 给 从 对 与 及 或 等 这 那 哪 请 请问 怎么 怎样 如何 什么 什么时候
    为什么 哪里 哪个 几 多少 可以 能 能不能 可不可以 是不是 有没有 想 问 问下 一下
    咨询 你好 您好 谢谢 我们 你们 他们 我家 现在 今年 已经 还是 还 没 没有 个 年 月
    日 号 元 人 时候 办 办理 需要 应该 知道 情况 问题 领导 单位 县 镇 村
"""
_STOP = frozenset(_STOP_WORDS.split())


@cache
def _cutter() -> object:
    """rjieba reads its dictionary on first use (0.15 s): call warm() before the first request."""
    import rjieba  # noqa: PLC0415

    return rjieba


def warm() -> None:
    """Load the dictionary now."""
    cut("预热")


def cut(text: str) -> list[str]:
    """All segments of a text, in order."""
    return list(_cutter().cut(text))  # type: ignore[attr-defined]


def words(text: str) -> list[str]:
    """The words of a text for search: lower case, punctuation dropped, each once, in order of first use."""
    seen: dict[str, None] = {}
    for segment in cut(text.lower()):
        if len(segment) <= _LONGEST and _WORD.match(segment):
            seen[segment] = None
    return list(seen)


def words_within(text: str) -> list[str]:
    """As words, with the shorter words that long ones are made of."""
    seen: dict[str, None] = {}
    for segment in _cutter().cut_for_search(text.lower()):  # type: ignore[attr-defined]
        if len(segment) <= _LONGEST and _WORD.match(segment):
            seen[segment] = None
    return list(seen)


def telling_words(text: str) -> list[str]:
    """The words that say what a text is about."""
    return [word for word in words(text) if word not in _STOP and (len(word) > 1 or not word.isascii())]
