"""The targets of an account on a page: a preset by name, a sort of inquiry changed, a department's own; each a new version."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from servicedesk.domain.access import Page, check_page
from servicedesk.domain.errors import InvalidForm
from servicedesk.domain.model import Account, Actor, Department, DepartmentId, Kind, Priority
from servicedesk.domain.presets import PRESETS, STATUTORY
from servicedesk.domain.sla import Policy, Target, Unit
from servicedesk.store import accounts, policies
from servicedesk.store.db import Conn, View

OWN = "own"
MOST = 365
FIELDS = ("acceptance", "first_reply", "update", "resolution")
OPTIONAL = frozenset({"acceptance", "update"})


@dataclass(frozen=True)
class PoliciesPage:
    """What is in force, and how it came about."""

    account: Account
    departments: list[Department]
    in_force: list[Policy]
    versions: list[View]


async def view(conn: Conn, actor: Actor) -> PoliciesPage:
    """Everything that the page shows. Raises NotPermitted."""
    check_page(actor, Page.SETTINGS)
    account = await accounts.by_id(conn, actor.account_id)
    departments = await accounts.departments(conn, account.id)
    return PoliciesPage(
        account, departments, await policies.in_force(conn, account.id), await policies.versions(conn, account.id)
    )


async def take_preset(conn: Conn, actor: Actor, name: str, *, now: datetime) -> int:
    """Put a preset in force for all departments; departments' own targets stay. Returns how many versions it made."""
    check_page(actor, Page.SETTINGS)
    if name not in PRESETS:
        raise InvalidForm("preset", "unknown")
    standing = {_key(each): each for each in await policies.in_force(conn, actor.account_id)}
    changed = [each for each in PRESETS[name] if not _same(standing.get(_key(each)), each)]
    for policy in changed:
        await policies.put(conn, actor.account_id, policy, by=actor.staff_id, now=now)
    return len(changed)


async def change(conn: Conn, actor: Actor, form: Mapping[str, str], *, now: datetime) -> None:
    """A new version of one sort's targets. The law's own clocks are changed nowhere. Raises InvalidForm."""
    check_page(actor, Page.SETTINGS)
    kind, priority, department_id = await _sort(conn, actor, form)
    if kind in {each.kind for each in STATUTORY}:
        raise InvalidForm("kind", "statutory")
    policy = Policy(
        kind=kind, priority=priority, department_id=department_id, source=OWN, acceptance=_target(form, "acceptance"),
        first_reply=_needed(form, "first_reply"), update=_target(form, "update"), resolution=_needed(form, "resolution"),
    )  # fmt: skip
    await policies.put(conn, actor.account_id, policy, by=actor.staff_id, now=now)


async def withdraw(conn: Conn, actor: Actor, form: Mapping[str, str], *, now: datetime) -> None:
    """A department's own targets are dropped: those for all hold again. Raises InvalidForm where there are none."""
    check_page(actor, Page.SETTINGS)
    kind, priority, department_id = await _sort(conn, actor, form)
    if department_id is None or not await policies.retire(conn, actor.account_id, kind, priority, department_id, now=now):
        raise InvalidForm("department", "unknown")


async def _sort(conn: Conn, actor: Actor, form: Mapping[str, str]) -> tuple[Kind, Priority, DepartmentId | None]:
    kind, priority, code = form.get("kind", ""), form.get("priority", ""), form.get("department", "")
    if kind not in set(Kind):
        raise InvalidForm("kind", "unknown")
    if priority not in set(Priority):
        raise InvalidForm("priority", "unknown")
    departments = {each.code: each.id for each in await accounts.departments(conn, actor.account_id)}
    if code and code not in departments:
        raise InvalidForm("department", "unknown")
    return Kind(kind), Priority(priority), departments.get(code)


def _target(form: Mapping[str, str], name: str) -> Target | None:
    amount, unit = form.get(f"{name}_amount", "").strip(), form.get(f"{name}_unit", "")
    if not amount and name in OPTIONAL:
        return None
    least = 0 if unit == Unit.WORKING_DAYS and name != "update" else 1
    if not (amount.isascii() and amount.isdecimal() and len(amount) < 4 and least <= int(amount) <= MOST):
        raise InvalidForm(name, "out_of_range", least=str(least), most=str(MOST))
    if unit not in set(Unit):
        raise InvalidForm(name, "unknown")
    return Target(int(amount), Unit(unit))


def _needed(form: Mapping[str, str], name: str) -> Target:
    target = _target(form, name)
    if target is None:
        raise InvalidForm(name, "missing")
    return target


def _key(policy: Policy) -> tuple[Kind, Priority, DepartmentId | None]:
    return policy.kind, policy.priority, policy.department_id


def _same(standing: Policy | None, policy: Policy) -> bool:
    return standing is not None and all(getattr(standing, name) == getattr(policy, name) for name in (*FIELDS, "source"))
