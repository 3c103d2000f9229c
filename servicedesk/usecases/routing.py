"""Where an inquiry goes: the account's rules first, then the duty lists and what was learned of its tickets, by probability."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import structlog

from servicedesk.domain.model import AccountId, Department, DepartmentId
from servicedesk.domain.routing import (
    Candidate,
    Choice,
    DutyLists,
    Reason,
    RoutingRule,
    UrgentWord,
    by_rules,
    choose,
    decide,
    is_greeting,
    reasons_for,
    urgent_in,
)
from servicedesk.language.classifier import Classifier, reading, threshold_for
from servicedesk.language.duty_guide import DutyGuide
from servicedesk.language.folding import fold
from servicedesk.language.mixing import Mix, mixed
from servicedesk.store import routing as rows
from servicedesk.store.db import Conn
from servicedesk.store.routing import Asked, LearnedVersion

log = structlog.get_logger(__name__)

NONE_OF_THESE = "none"  # the key of what is no department's
_LISTED_LEAST = 40
_MODELS_KEPT = 8  # of an account with 40 departments each takes some 20 MB
_models: OrderedDict[str, Classifier | None] = OrderedDict()  # None: cannot be read


@dataclass(frozen=True)
class Ways:
    """All that an account routes by, as of one version of its settings."""

    account_id: AccountId
    departments: Sequence[Department]
    duty_lists: DutyLists
    rules: Sequence[RoutingRule]
    urgent_words: Sequence[UrgentWord]
    precision: int
    learned: LearnedVersion | None

    @cached_property
    def guide(self) -> DutyGuide:
        """Made at first use, in the thread that needs it: some 100 ms for a county."""
        return DutyGuide(duties_of(self.departments))

    @cached_property
    def threshold(self) -> float:
        """The probability from which the recent tickets kept the account's precision; without any, that precision itself."""
        if self.learned is None or not self.learned.held_out:
            return self.precision / 100
        return self._threshold_of(self.learned.held_out)

    @cached_property
    def threshold_listed(self) -> float:
        """The same where the lists' own words clearly name the same department: 0 until enough of these prove otherwise."""
        listed = () if self.learned is None else tuple(each for each in self.learned.held_out if each.listed)
        return self._threshold_of(listed) if len(listed) >= _LISTED_LEAST else 0.0

    def _threshold_of(self, held_out: Sequence[Asked]) -> float:
        best = np.array([each.probability for each in held_out])
        return threshold_for(best, np.array([each.right for each in held_out], bool), self.precision / 100)


class Router:
    """An account's ways with the classifier at hand; pure computation of about a millisecond a text, for a thread."""

    def __init__(self, ways: Ways, classifier: Classifier | None) -> None:
        self._ways, self._classifier = ways, classifier

    def choose(self, text: str, *, hurried: bool = False) -> Choice:
        """The department, or why a person must decide; with urgent words. hurried: by rules and the lists' own words alone."""
        text = fold(text)
        choice = by_rules(text, self._ways.rules)
        if choice is None:
            choice = choose(text, self._ways.duty_lists) if hurried else self._by_what_is_known(text)
        return replace(choice, urgent=tuple(dict.fromkeys((*choice.urgent, *urgent_in(text, self._ways.urgent_words)))))

    def _by_what_is_known(self, text: str) -> Choice:
        listed = choose(text, self._ways.duty_lists)
        if is_greeting(text):
            return listed
        learned = self._ways.learned
        if learned is None or self._classifier is None:
            return self._by_lists(text, listed)
        chances = mixed(self._ways.guide, Mix(self._classifier, learned.share, learned.heat), text)
        candidates = self._candidates(chances)
        if not candidates:
            return listed
        best, threshold = candidates[0], self._ways.threshold
        if listed.department_id is not None and listed.department_id == best.department_id:
            threshold = min(threshold, self._ways.threshold_listed)
        choice = decide(text, candidates, threshold, self._reasons(text, best))
        return replace(choice, words=self._words(text, best), version=learned.id)

    def _by_lists(self, text: str, listed: Choice) -> Choice:
        """Nothing was learned yet: a clear match of the lists' own words, else a guess that is all but certain."""
        guesses = self._ways.guide.guess("".join(text.split()))
        candidates = self._candidates({each.key: each.probability for each in guesses})
        if not candidates:
            return listed
        best = candidates[0]
        words = self._words(text, best)
        if listed.department_id is not None:
            others = [each for each in candidates if each.department_id != listed.department_id]
            chance = next((each.probability for each in candidates if each.department_id == listed.department_id), 0.0)
            return replace(
                listed, candidates=(Candidate(listed.department_id, chance), *others)[:3],
                words=self._words(text, Candidate(listed.department_id, chance)),
            )  # fmt: skip
        if words and best.probability >= self._ways.precision / 100:
            reasons = self._reasons(text, best)
            return Choice(best.department_id, listed.kind, None, reasons, candidates[:3], words=words)
        return replace(listed, candidates=candidates[:3] if words else listed.candidates, words=words)

    def _candidates(self, chances: dict[str, float]) -> tuple[Candidate, ...]:
        """The departments that there are now, and none of these, the most probable first."""
        there = {str(each.id): each.id for each in self._ways.departments}
        known: list[tuple[DepartmentId | None, float]] = [
            (there.get(key), chance) for key, chance in chances.items() if key in there or key == NONE_OF_THESE
        ]
        return tuple(Candidate(*each) for each in sorted(known, key=lambda each: -each[1]))

    def _reasons(self, text: str, best: Candidate) -> tuple[Reason, ...]:
        return () if best.department_id is None else reasons_for(text, self._ways.duty_lists, best.department_id)

    def _words(self, text: str, best: Candidate) -> tuple[str, ...]:
        key = NONE_OF_THESE if best.department_id is None else str(best.department_id)
        if self._classifier is not None and key in self._classifier.classes:
            return self._classifier.reasons(text, key)
        return () if key == NONE_OF_THESE else self._ways.guide.reasons("".join(text.split()), key)


async def ways_of(conn: Conn, account_id: AccountId, departments: Sequence[Department]) -> Ways:
    """What an account routes by, as it stands in the database."""
    precision, _ = await rows.aims(conn, account_id)
    return Ways(
        account_id,
        departments,
        DutyLists(departments),
        [rows.as_rule(row) for row in await rows.rules(conn, account_id) if row["active"]],
        await rows.urgent_words(conn, account_id),
        precision,
        await rows.version_in_use(conn, account_id, reading=reading()),
    )


@dataclass(frozen=True)
class ToRoute:
    """A text to route. hurried: by rules and the lists' own words alone, because so many wait."""

    ways: Ways
    text: str
    hurried: bool = False


async def choose_all(conn: Conn, asked: Sequence[ToRoute]) -> list[Choice]:
    """The choice for each text, in a thread: the event loop is free meanwhile."""
    if not asked:
        return []
    routers = {id(each.ways): await router_of(conn, each.ways, hurried=each.hurried) for each in asked}
    return await asyncio.to_thread(lambda: [routers[id(each.ways)].choose(each.text, hurried=each.hurried) for each in asked])


async def router_of(conn: Conn, ways: Ways, *, hurried: bool = False) -> Router:
    """An account's router, with the classifier that this process remembers or reads once."""
    learned = ways.learned
    if learned is None or hurried:
        return Router(ways, None)
    if learned.digest not in _models:
        kept = await rows.kept(conn, ways.account_id, learned.id)
        if kept is None:
            return Router(ways, None)
        _models[learned.digest] = await asyncio.to_thread(_read, kept, learned.digest)
    known = _models[learned.digest]
    _models.move_to_end(learned.digest)
    while len(_models) > _MODELS_KEPT:
        _models.popitem(last=False)
    return Router(ways, known)


def duties_of(departments: Sequence[Department]) -> dict[str, str]:
    """What each department answers for, in one text: its names, and the titles and words of its clauses."""
    return {
        str(each.id): "\n".join(
            (each.name, each.short_name, *(part for duty in each.duties for part in (duty.title, *duty.keywords)))
        )
        for each in departments
    }


def _read(kept: bytes, digest: str) -> Classifier | None:
    """A version that cannot be read is as good as none: the duty lists go on alone, and the log says so."""
    try:
        return Classifier.from_bytes(kept)
    except ValueError as error:
        log.exception("routing_version_unreadable", digest=digest, reason=type(error).__name__)
        return None
