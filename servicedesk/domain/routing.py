"""Which department a text belongs to, by the words of the duty lists, with the reasons kept.

One function to replace when routing learns: choose().
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from servicedesk.domain.model import Department, DepartmentId, Duty, Kind

# A lead over the runner-up below this share is a doubt, and doubts go to a person.
CLEAR_LEAD = 1.3
ENOUGH = 2.0

_COMPLAINT = (
    "投诉",
    "举报",
    "反映",
    "乱收费",
    "不作为",
    "拖欠",
    "欠薪",
    "违规",
    "违法",
    "扰民",
    "黑心",
    "强制",
    "态度恶劣",
    "没人管",
)
_HELP = (
    "求助",
    "帮忙",
    "帮帮",
    "坏了",
    "不热",
    "漏水",
    "停水",
    "停电",
    "堵了",
    "塌",
    "救",
    "急",
    "修一下",
    "维修",
    "不亮",
    "没法",
)
# Matters that run on clocks of their own; a person can say that it is none (the kind is changed with the department).
_PETITION = ("信访事项", "我要信访", "上访", "信访件", "信访复查", "信访复核")
_DISCLOSURE = ("政府信息公开", "依申请公开", "申请公开", "信息公开申请")
_COMPLEX = ("历史遗留", "多年", "联名", "多次反映", "一直没解决", "纠纷", "征收", "拆迁", "补偿")


@dataclass(frozen=True)
class Reason:
    """One word that spoke for a department, and the clause it stands in."""

    keyword: str
    clause: int
    title: str
    department: str


@dataclass(frozen=True)
class Choice:
    """A department, or None where a person must decide; why; and which others came near."""

    department_id: DepartmentId | None
    kind: Kind
    doubt: str | None
    reasons: tuple[Reason, ...]
    candidates: tuple[tuple[DepartmentId, float], ...]
    by: str = "duty_list"

    def as_facts(self) -> dict[str, Any]:
        """The choice as it is kept with the ticket."""
        return {
            "by": self.by,
            "doubt": self.doubt,
            "reasons": [vars(reason) for reason in self.reasons],
            "candidates": [{"department_id": which, "score": round(score, 2)} for which, score in self.candidates],
        }


class DutyLists:
    """The duty lists of an account's departments, made ready for matching once."""

    def __init__(self, departments: Sequence[Department]) -> None:
        self.owners = Counter(word for department in departments for word in _words(department))
        self._by_start: dict[str, list[str]] = {}
        for word in self.owners:
            self._by_start.setdefault(word[:2], []).append(word)
        self.clauses: dict[str, list[tuple[Department, Duty]]] = {word: [] for word in self.owners}
        for department in sorted(departments, key=lambda each: each.code):
            listed = {word: duty for duty in department.duties for word in duty.keywords}
            for word, duty in listed.items():
                self.clauses[word].append((department, duty))

    def matches(self, text: str) -> list[tuple[Department, list[tuple[Duty, str]]]]:
        """The departments that a text has words of, with clause and word of each; no word inside a longer matched one."""
        found: dict[DepartmentId, tuple[Department, list[tuple[Duty, str]]]] = {}
        for word in self._words_in(text):
            for department, duty in self.clauses[word]:
                found.setdefault(department.id, (department, []))[1].append((duty, word))
        return [(department, _longest(said)) for department, said in found.values()]

    def _words_in(self, text: str) -> list[str]:
        """The listed words of a text, each once, looked up by their first two characters."""
        found: dict[str, None] = {}
        for at in range(len(text)):
            for word in (*self._by_start.get(text[at : at + 2], ()), *self._by_start.get(text[at], ())):
                if text.startswith(word, at):
                    found[word] = None
        return list(found)


def choose(text: str, lists: DutyLists) -> Choice:
    """Route a text by the duty lists; unclear ones get no department and a doubt: no_match or close."""
    scored = sorted(
        (_Scored(sum(len(word) / lists.owners[word] for _, word in said), department, said)
         for department, said in lists.matches(text)),
        key=lambda each: (-each.score, each.department.code),
    )  # fmt: skip
    candidates = tuple((each.department.id, each.score) for each in scored[:3])
    best = scored[0] if scored else None
    second = scored[1].score if len(scored) > 1 else 0.0
    if best is None or best.score < ENOUGH:
        return Choice(None, kind_of(text), "no_match", _reasons(scored), candidates)
    if best.score < second * CLEAR_LEAD:
        return Choice(None, kind_of(text), "close", _reasons(scored), candidates)
    return Choice(best.department.id, kind_of(text), None, _reasons(scored[:1]), candidates)


def follow(choice: Choice, former: DepartmentId | None) -> Choice:
    """A follow-up that names nothing of its own goes to the department that answered before."""
    if former is None or choice.doubt != "no_match":
        return choice
    return replace(choice, department_id=former, doubt=None, by="follow_up")


_CUES = (
    (Kind.DISCLOSURE, _DISCLOSURE),
    (Kind.PETITION, _PETITION),
    (Kind.COMPLEX, _COMPLEX),
    (Kind.COMPLAINT, _COMPLAINT),
    (Kind.HELP, _HELP),
)


def kind_of(text: str) -> Kind:
    """The kind of inquiry by its cue words; a plain question where there are none."""
    for kind, cues in _CUES:
        if any(cue in text for cue in cues):
            return kind
    return Kind.QUESTION


def _words(department: Department) -> set[str]:
    return {word for duty in department.duties for word in duty.keywords}


@dataclass(frozen=True)
class _Scored:
    """A department with its matches; longer words say more, and a word that several list is shared among them."""

    score: float
    department: Department
    matches: list[tuple[Duty, str]]


def _longest(said: list[tuple[Duty, str]]) -> list[tuple[Duty, str]]:
    if len(said) == 1:
        return said
    return [(duty, word) for duty, word in said if not any(word != other and word in other for _, other in said)]


def _reasons(scored: Sequence[_Scored]) -> tuple[Reason, ...]:
    return tuple(
        Reason(word, duty.clause, duty.title, each.department.short_name) for each in scored[:3] for duty, word in each.matches
    )
