"""A question taken apart: what kind of answer it wants, what it is about, and whether it denies something."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources

from servicedesk.language.folding import fold
from servicedesk.language.segmenting import telling_words

_LONGEST = 300  # characters read: what a citizen wants to know stands at the beginning

# The kinds of answer that are asked for, by the words that ask; the earlier ones take their words away from the later.
_KINDS = {
    "why": r"为什么|为何|为啥|(什么|啥)原因|原因(是什么|是啥|有哪些)?|怎么回事|咋回事|怎么了|"
    r"(怎么|如何|什么)(造成|引起|导致)的?|引起的|导致的|造成的|是怎么来的|怎么会|什么情况",
    "when": r"什么时候|什么时间|啥时候|何时|几点|几号|几月|哪天|哪一天|多久|多长时间|多少天|几天",
    "where": r"什么地方|啥地方|哪里|哪儿|在哪|何处|哪家",
    "cost": r"多少钱|什么价格?|价格|收费|费用|几块钱|贵不贵|价钱|收多少",
    "who": r"找谁|哪个部门|归谁管|谁管|谁负责|什么部门|哪个单位|哪个局",
    "able": r"能不能|可不可以|可以不可以|能否|可否|是否可以|是否能|行不行|行吗|(可以|能)(?=.*(吗|么))",
    "need": r"要不要|需不需要|用不用|是否需要|有没有必要|有必要|必须|(需要|要|应该)(?=.*(吗|么))",
    "whether": r"会不会|是不是|有没有|是否会|是否有|是否|(会|有|是)(?=.*吗)|吗",
    "how": r"怎么办理?|怎么治疗?|如何治疗?|怎么做|如何是好|该如何|怎样|"
    r"有?(什么|啥|何)(办法|方法)|怎么样|怎么|如何|咋办|咋|方法|办法",
    "what": r"都?有(哪些|什么|何|啥)|是什么|什么是|(什么|啥)意思|是啥|哪些|什么样|什么|啥|哪种|哪个|哪",
    "many": r"多少|几",
}
_ASKING = [(kind, re.compile(pattern)) for kind, pattern in _KINDS.items()]
_FILLING = re.compile(
    r"请问|咨询一?下?|想?问一?下?|你好|您好|谢谢|我想知道|请教|我想|麻烦|呢|呀|啊|吧|的|了|一下|该|应该|需要|得了|患有|患|现在"
)
_NEITHER = re.compile(r"能不能|可不可以|要不要|会不会|是不是|有没有|需不需要|行不行|用不用|贵不贵|能否|可否|是否")
_DENYING = re.compile(r"[不没无未别]")
_NO_WORD = re.compile(r"[\W_]")


@dataclass(frozen=True)
class Question:
    """signs: its characters; about: those of what it is about, synonyms made one; words and pairs: the telling words and the
    neighbours among these.

    kinds: what is asked for (when, where, how, ...); denies: whether something is not so in it.
    """

    signs: Mapping[str, int]
    about: Mapping[str, int]
    words: Mapping[str, int]
    pairs: Mapping[str, int]
    kinds: frozenset[str]
    denies: bool


@lru_cache(maxsize=4096)  # the same published questions are compared again and again
def read_question(text: str) -> Question:
    """Take a question apart. Pure computation of some 50 microseconds."""
    plain = fold(unicodedata.normalize("NFKC", text[:_LONGEST]).lower())
    solid = _NO_WORD.sub("", plain)
    kinds, about = set(), solid
    for kind, asking in _ASKING:
        about, found = asking.subn("\0", about)
        if found:
            kinds.add(kind)
    rest = _one_word_for_all(_FILLING.sub(" ", about).replace("\0", " "))
    about = rest.replace(" ", "")
    pairs = (about[at : at + 2] for at in range(len(about) - 1))
    return Question(
        Counter(solid),
        Counter(about),
        Counter(telling_words(rest)),
        Counter(pairs),
        frozenset(kinds),
        _DENYING.search(_NEITHER.sub("", solid)) is not None,
    )


@cache
def _synonyms() -> tuple[re.Pattern[str], dict[str, str]]:
    lines = (resources.files("servicedesk.language") / "synonyms.txt").read_text("utf-8").splitlines()
    first = {word: line.split()[0] for line in lines if line and not line.startswith("#") for word in line.split()}
    return re.compile("|".join(sorted(map(re.escape, first), key=len, reverse=True))), first


@cache
def _groups() -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for word, first in _synonyms()[1].items():
        found.setdefault(first, []).append(word)
    return {word: tuple(group) for group in found.values() for word in group if len(word) > 1}


def synonyms_of(word: str) -> tuple[str, ...]:
    """Words of two characters or more that citizens use for the same thing, with the word itself; none for others."""
    return tuple(each for each in _groups().get(word, ()) if len(each) > 1)


def _one_word_for_all(text: str) -> str:
    pattern, first = _synonyms()
    return pattern.sub(lambda found: first[found[0]], text)
