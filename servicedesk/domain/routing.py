"""Which department a text belongs to: the account's own rules, the duty lists' words, and what probabilities decide."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from servicedesk.domain.model import Department, DepartmentId, Duty, Kind, Priority

# A lead over the runner-up below this share is a doubt, and doubts go to a person.
CLEAR_LEAD = 1.3
ENOUGH = 2.0
_LITTLE = 0.5  # less probable than its contrary

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


# A greeting and nothing else: nobody's matter yet, and a person says so kindly.
_GREETING = re.compile(r"(你好|您好|在吗|在么|有人吗|早上好|上午好|下午好|晚上好|hello|hi|[\s,。.!?~])+", re.IGNORECASE)
_GREETING_LIMIT = 20


class Outcome(StrEnum):
    """Where a rule sends what it matches: to a department, to a person, or to nobody of this government."""

    DEPARTMENT = "department"
    PERSON = "person"
    NONE = "none"


class NotOurs(StrEnum):
    """Why a matter is none of this government's."""

    ELSEWHERE = "elsewhere"
    GREETING = "greeting"
    SPAM = "spam"


@dataclass(frozen=True)
class RoutingRule:
    """An administrator's rule: any of these words (where there are some), all of those, and none of the last."""

    name: str
    any_of: tuple[str, ...]
    all_of: tuple[str, ...]
    none_of: tuple[str, ...]
    outcome: Outcome
    department_id: DepartmentId | None
    urgent: bool

    def matches(self, text: str) -> tuple[str, ...]:
        """The words by which a text (see plain) matches; empty where it does not."""
        if any(word in text for word in self.none_of) or not all(word in text for word in self.all_of):
            return ()
        some = tuple(word for word in self.any_of if word in text)
        return () if self.any_of and not some else (*self.all_of, *some)


@dataclass(frozen=True)
class UrgentWord:
    """A word that makes an inquiry urgent, and the longer words in which it means nothing (漏气, but not 漏气检测仪)."""

    word: str
    except_in: tuple[str, ...] = ()

    def stands_in(self, text: str) -> bool:
        """Whether a text (see plain) has the word for itself."""
        for longer in self.except_in:
            text = text.replace(longer, "\0")
        return self.word in text


@dataclass(frozen=True)
class Reason:
    """One word that spoke for a department, and the clause it stands in."""

    keyword: str
    clause: int
    title: str
    department: str


@dataclass(frozen=True)
class Candidate:
    """A department, or none of these (None), and how probable it is: 0 to 1."""

    department_id: DepartmentId | None
    probability: float


@dataclass(frozen=True)
class Choice:
    """A department, or None where a person must decide; why; and which others came near.

    doubt: no_match, close, unsure (less probable than the account's precision asks), none (no department of this government),
    rule (a rule sends it to a person). by: rule, duty_list, learned, follow_up. words: those that decided.
    """

    department_id: DepartmentId | None
    kind: Kind
    doubt: str | None
    reasons: tuple[Reason, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    by: str = "duty_list"
    words: tuple[str, ...] = ()
    urgent: tuple[str, ...] = ()
    rule: str | None = None
    version: int | None = None

    @property
    def priority(self) -> Priority:
        """Urgent where any word is."""
        return Priority.URGENT if self.urgent else Priority.NORMAL

    @property
    def probability(self) -> float | None:
        """How probable the best candidate is."""
        return self.candidates[0].probability if self.candidates else None

    def as_facts(self) -> dict[str, Any]:
        """The choice as it is kept with the ticket."""
        return {
            "by": self.by,
            "doubt": self.doubt,
            "reasons": [vars(reason) for reason in self.reasons],
            "candidates": [
                {"department_id": each.department_id, "probability": round(each.probability, 3)} for each in self.candidates
            ],
            "words": list(self.words),
            "urgent": list(self.urgent),
            "rule": self.rule,
            "version": self.version,
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


def plain(text: str) -> str:
    """A text as rules and urgent words read it: full-width signs and capitals mean what the plain ones do."""
    return unicodedata.normalize("NFKC", text).lower()


def by_rules(text: str, rules: Sequence[RoutingRule]) -> Choice | None:
    """What the first rule that matches decides, if one does."""
    said = plain(text)
    for rule in rules:
        words = rule.matches(said)
        if words:
            doubt = {Outcome.PERSON: "rule", Outcome.NONE: "none", Outcome.DEPARTMENT: None}[rule.outcome]
            urgent = words if rule.urgent else ()
            return Choice(
                rule.department_id, kind_of(text), doubt, by="rule", words=words, urgent=urgent, rule=rule.name,
                candidates=() if rule.outcome is Outcome.PERSON else (Candidate(rule.department_id, 1.0),),
            )  # fmt: skip
    return None


def urgent_in(text: str, words: Sequence[UrgentWord]) -> tuple[str, ...]:
    """The urgent words that a text has for themselves."""
    said = plain(text)
    return tuple(each.word for each in words if each.word in said and each.stands_in(said))


def is_greeting(text: str) -> bool:
    """Whether a text greets and says nothing else."""
    return len(text) <= _GREETING_LIMIT and _GREETING.fullmatch(text.strip() or "?") is not None


def choose(text: str, lists: DutyLists) -> Choice:
    """Route a text by the words of the duty lists alone; unclear ones get no department and a doubt: no_match, close or none.

    A candidate's probability is its share of the words' weight.
    """
    if is_greeting(text):
        return Choice(None, Kind.QUESTION, "none")
    scored = sorted(
        (_Scored(sum(len(word) / lists.owners[word] for _, word in said), department, said)
         for department, said in lists.matches(text)),
        key=lambda each: (-each.score, each.department.code),
    )  # fmt: skip
    whole = sum(each.score for each in scored)
    candidates = tuple(Candidate(each.department.id, each.score / whole) for each in scored[:3])
    best = scored[0] if scored else None
    second = scored[1].score if len(scored) > 1 else 0.0
    if best is None or best.score < ENOUGH:
        return Choice(None, kind_of(text), "no_match", _reasons(scored), candidates)
    if best.score < second * CLEAR_LEAD:
        return Choice(None, kind_of(text), "close", _reasons(scored), candidates)
    return Choice(best.department.id, kind_of(text), None, _reasons(scored[:1]), candidates)


def reasons_for(text: str, lists: DutyLists, department_id: DepartmentId) -> tuple[Reason, ...]:
    """The listed words of one department in a text, with their clauses."""
    said = [matched for matched in lists.matches(text) if matched[0].id == department_id]
    return tuple(
        Reason(word, duty.clause, duty.title, department.short_name) for department, matches in said for duty, word in matches
    )


def decide(text: str, candidates: Sequence[Candidate], threshold: float, reasons: Sequence[Reason]) -> Choice:
    """What calibrated probabilities decide, the most probable first: below the threshold a person does."""
    best = candidates[0]
    doubt = "unsure" if best.probability < threshold else "none" if best.department_id is None else None
    routed = None if doubt else best.department_id
    return Choice(routed, kind_of(text), doubt, tuple(reasons), tuple(candidates[:3]), by="learned")


def follow(choice: Choice, former: DepartmentId | None) -> Choice:
    """A follow-up that names nothing of its own goes to the department that answered before."""
    says_little = choice.doubt == "no_match" or (
        choice.doubt == "unsure" and choice.probability is not None and choice.probability < _LITTLE
    )
    if former is None or not says_little:
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
