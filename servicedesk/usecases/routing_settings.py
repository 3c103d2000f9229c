"""What the administrator may set of an account's routing: the aim, versions of what was learned, rules, urgent words."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from servicedesk.domain.access import Page, check_page
from servicedesk.domain.errors import InvalidForm, NotFound
from servicedesk.domain.model import Account, Actor, Department, DepartmentId
from servicedesk.domain.routing import Outcome, RoutingRule, UrgentWord, plain
from servicedesk.language.classifier import reading
from servicedesk.store import accounts
from servicedesk.store import routing as rows
from servicedesk.store.db import Conn, View
from servicedesk.usecases.learning import FIRST, VERSIONS_KEPT

PRECISION = (80, 99)
TRIED_ON = timedelta(days=31)
NAME_LIMIT, WORD_LIMIT, WORDS_MOST, RULES_MOST = 60, 40, 300, 100
_PAGE, _PAGES_MOST = 500, 40
SHOWN = 20


@dataclass(frozen=True)
class RoutingPage:
    """An account's routing as it is set. decided_needed: so many decided tickets before anything is learned; reading: how
    texts are read by now (a version of another reading is of no use)."""

    account: Account
    departments: list[Department]
    precision: int
    automatic: bool
    versions: list[View]
    rules: list[View]
    urgent_words: list[UrgentWord]
    reading: str
    decided_needed: int = FIRST


@dataclass(frozen=True)
class Trial:
    """What a rule would have done to last month's tickets: of `tried` it matches `matched`, and moves `moved` elsewhere.

    found: some of them, newest first, with number, body and the department they have now (None: nobody's).
    """

    rule: RoutingRule
    tried: int
    matched: int
    moved: int
    now_at: Counter[DepartmentId | None]
    found: list[View]


async def view(conn: Conn, actor: Actor) -> RoutingPage:
    """The page. Raises NotPermitted."""
    check_page(actor, Page.SETTINGS)
    precision, automatic = await rows.aims(conn, actor.account_id)
    return RoutingPage(
        await accounts.by_id(conn, actor.account_id),
        await accounts.departments(conn, actor.account_id),
        precision,
        automatic,
        await rows.versions(conn, actor.account_id, size=VERSIONS_KEPT),
        await rows.rules(conn, actor.account_id),
        await rows.urgent_words(conn, actor.account_id),
        reading(),
    )


async def change_aims(conn: Conn, actor: Actor, form: Mapping[str, str]) -> None:
    """How sure routing must be, and whether better versions are used by themselves. Raises NotPermitted, InvalidForm."""
    check_page(actor, Page.SETTINGS)
    given = form.get("precision", "").strip()
    least, most = PRECISION
    if not given.isascii() or not given.isdigit() or not least <= int(given) <= most:
        raise InvalidForm("precision", "out_of_range", least=str(least), most=str(most))
    await rows.set_aims(conn, actor.account_id, precision=int(given), automatic=form.get("automatic") == "yes")


async def use_version(conn: Conn, actor: Actor, version: str, *, now: datetime) -> None:
    """Route by this version, or by the duty lists alone (empty); newer ones wait for a person from now on.

    Raises NotPermitted, NotFound.
    """
    check_page(actor, Page.SETTINGS)
    chosen = _number(version) if version else None
    if not await rows.use_version(conn, actor.account_id, chosen, reading=reading(), by=actor.staff_id, now=now):
        raise NotFound
    precision, _ = await rows.aims(conn, actor.account_id)
    await rows.set_aims(conn, actor.account_id, precision=precision, automatic=False)


async def set_urgent_words(conn: Conn, actor: Actor, text: str) -> None:
    """A word a line, with the longer words in which it means nothing: 煤气 -煤气费. Raises NotPermitted, InvalidForm."""
    check_page(actor, Page.SETTINGS)
    words: dict[str, UrgentWord] = {}
    for line in text.splitlines():
        first, *others = plain(line).split() or [""]
        if not first:
            continue
        except_in = tuple(each.removeprefix("-") for each in others)
        wrong = first.startswith("-") or any(not each.startswith("-") or first not in each for each in others)
        if wrong or any(len(each) > WORD_LIMIT for each in (first, *except_in)):
            raise InvalidForm("urgent_words", "malformed", line=line.strip()[:WORD_LIMIT])
        words[first] = UrgentWord(first, except_in)
    if len(words) > WORDS_MOST:
        raise InvalidForm("urgent_words", "too_many", limit=str(WORDS_MOST))
    await rows.set_urgent_words(conn, actor.account_id, list(words.values()))


async def add_rule(conn: Conn, actor: Actor, form: Mapping[str, str], *, now: datetime) -> None:
    """A new rule, switched off until it has been looked at. Raises NotPermitted, InvalidForm."""
    check_page(actor, Page.SETTINGS)
    if len(await rows.rules(conn, actor.account_id)) >= RULES_MOST:
        raise InvalidForm("rule_name", "too_many", limit=str(RULES_MOST))
    await rows.add_rule(conn, actor.account_id, await rule_of(conn, actor, form), by=actor.staff_id, now=now)


async def switch_rule(conn: Conn, actor: Actor, rule: str, *, active: bool) -> None:
    """On or off. Raises NotPermitted, NotFound."""
    check_page(actor, Page.SETTINGS)
    if not await rows.switch_rule(conn, actor.account_id, _number(rule), active=active):
        raise NotFound


async def drop_rule(conn: Conn, actor: Actor, rule: str) -> None:
    """Raises NotPermitted, NotFound."""
    check_page(actor, Page.SETTINGS)
    if not await rows.drop_rule(conn, actor.account_id, _number(rule)):
        raise NotFound


async def rule_of(conn: Conn, actor: Actor, form: Mapping[str, str]) -> RoutingRule:
    """The rule that a form describes. Raises InvalidForm."""
    name = form.get("rule_name", "").strip()
    if not name:
        raise InvalidForm("rule_name", "missing")
    if len(name) > NAME_LIMIT:
        raise InvalidForm("rule_name", "too_long", limit=str(NAME_LIMIT))
    any_of, all_of, none_of = (_words(form.get(field, ""), field) for field in ("any_of", "all_of", "none_of"))
    if not any_of and not all_of:
        raise InvalidForm("any_of", "missing")
    if form.get("outcome") not in set(Outcome):
        raise InvalidForm("outcome", "unknown")
    outcome, department_id = Outcome(form["outcome"]), None
    if outcome is Outcome.DEPARTMENT:
        departments = {each.code: each.id for each in await accounts.departments(conn, actor.account_id)}
        if form.get("department", "") not in departments:
            raise InvalidForm("department", "unknown")
        department_id = departments[form["department"]]
    return RoutingRule(name, any_of, all_of, none_of, outcome, department_id, form.get("urgent") == "yes")


async def standing_rule(conn: Conn, actor: Actor, rule: str) -> RoutingRule:
    """A rule that is kept. Raises NotFound."""
    wanted = _number(rule)
    for each in await rows.rules(conn, actor.account_id):
        if each["rule_id"] == wanted:
            return rows.as_rule(each)
    raise NotFound


async def try_rule(conn: Conn, actor: Actor, rule: RoutingRule, *, now: datetime) -> Trial:
    """Ask what the rule would have done to last month's tickets, the newest 20,000 at most. Raises NotPermitted."""
    check_page(actor, Page.SETTINGS)
    tried, moved, now_at, found, before = 0, 0, Counter[DepartmentId | None](), list[View](), 2**62
    for _ in range(_PAGES_MOST):
        asked = await rows.newest_asked(conn, actor.account_id, since=now - TRIED_ON, before=before, size=_PAGE)
        matching = await asyncio.to_thread(_matching, rule, asked)
        tried += len(asked)
        now_at.update(each["department_id"] for each in matching)
        moved += sum(each["department_id"] != rule.department_id for each in matching)
        found += matching[: SHOWN - len(found)]
        if len(asked) < _PAGE:
            break
        before = asked[-1]["ticket_id"]
    return Trial(rule, tried, now_at.total(), moved, now_at, found)


def _matching(rule: RoutingRule, asked: Sequence[View]) -> list[View]:
    return [each for each in asked if rule.matches(plain(each["body"]))]


def _words(text: str, field: str) -> tuple[str, ...]:
    """Words between spaces, commas or lines."""
    words = tuple(dict.fromkeys(plain(text).replace(",", " ").replace("、", " ").split()))
    if any(len(word) > WORD_LIMIT for word in words):
        raise InvalidForm(field, "too_long", limit=str(WORD_LIMIT))
    if len(words) > WORDS_MOST:
        raise InvalidForm(field, "too_many", limit=str(WORDS_MOST))
    return words


def _number(given: str) -> int:
    if not given.isascii() or not given.isdigit() or len(given) > 18:
        raise NotFound
    return int(given)
