"""Targets in versions: what is in force, what was, and the version that a date came from."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from servicedesk.domain.model import AccountId, DepartmentId, Kind, Priority, StaffId
from servicedesk.domain.sla import Policy, Target, Unit
from servicedesk.store.db import Conn, View, queries, views


async def in_force(conn: Conn, account_id: AccountId) -> list[Policy]:
    """The account's policies that hold now."""
    return [as_policy(row) for row in await queries.policies(conn, account_id=account_id)]


async def by_id(conn: Conn, account_id: AccountId, policy_id: int) -> Policy:
    """A version, also one that is retired."""
    return as_policy(await queries.policy_by_id(conn, account_id=account_id, policy_id=policy_id))


async def versions(conn: Conn, account_id: AccountId) -> list[View]:
    """The newest versions with who made each, newest first."""
    return views(await queries.policy_versions(conn, account_id=account_id))


async def retire(
    conn: Conn, account_id: AccountId, kind: Kind, priority: Priority, department_id: DepartmentId | None, *, now: datetime
) -> bool:
    """Take what is in force out of force; False where there was nothing."""
    found = await queries.retire_policy(
        conn, account_id=account_id, kind=kind, priority=priority, department_id=department_id, now=now
    )
    return found is not None


async def put(conn: Conn, account_id: AccountId, policy: Policy, *, by: StaffId | None, now: datetime) -> int:
    """A new version in the place of the one in force; its id. Versions count on, also after one was retired."""
    key: Mapping[str, Any] = {
        "account_id": account_id, "kind": policy.kind, "priority": policy.priority, "department_id": policy.department_id,
    }  # fmt: skip
    await queries.retire_policy(conn, **key, now=now)
    last = await queries.last_policy_version(conn, **key)
    made: int = await queries.add_policy(
        conn, **key, acceptance_amount=policy.acceptance and policy.acceptance.amount,
        acceptance_unit=policy.acceptance and policy.acceptance.unit, first_reply_amount=policy.first_reply.amount,
        first_reply_unit=policy.first_reply.unit, update_amount=policy.update and policy.update.amount,
        update_unit=policy.update and policy.update.unit, resolution_amount=policy.resolution.amount,
        resolution_unit=policy.resolution.unit, source=policy.source, version=(last or 0) + 1, made_by=by, now=now,
    )  # fmt: skip
    return made


def as_policy(row: Any) -> Policy:
    """A row of the table as a Policy."""
    return Policy(
        kind=Kind(row["kind"]),
        acceptance=_target(row, "acceptance"),
        first_reply=Target(row["first_reply_amount"], Unit(row["first_reply_unit"])),
        update=_target(row, "update"),
        resolution=Target(row["resolution_amount"], Unit(row["resolution_unit"])),
        source=row["source"],
        priority=Priority(row["priority"]),
        department_id=row["department_id"],
        id=row["policy_id"],
        version=row["version"],
    )


def _target(row: Any, name: str) -> Target | None:
    amount = row[f"{name}_amount"]
    return None if amount is None else Target(amount, Unit(row[f"{name}_unit"]))
