"""What an account and its citizens have allowed beyond customer messages: templates, one-time leave, rights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from servicedesk.domain.model import AccountId, CitizenId
from servicedesk.domain.sending import Rung
from servicedesk.store.db import Conn, View, queries, view, views


async def templates(conn: Conn, account_id: AccountId) -> list[View]:
    """The templates of an account's notices."""
    return views(await queries.templates_of(conn, account_id=account_id))


async def template(conn: Conn, account_id: AccountId, rung: Rung) -> View | None:
    """The template of one notice."""
    return view(await queries.template_of(conn, account_id=account_id, rung=rung))


async def put_template(conn: Conn, account_id: AccountId, rung: Rung, template_id: str, fields: Mapping[str, str]) -> None:
    """Name the template of a notice; fields maps its names to the desk's."""
    await queries.put_template(conn, account_id=account_id, rung=rung, template_id=template_id, fields=dict(fields))


async def drop_template(conn: Conn, account_id: AccountId, rung: Rung) -> None:
    """The account does without this notice."""
    await queries.drop_template(conn, account_id=account_id, rung=rung)


async def add_grant(
    conn: Conn, account_id: AccountId, citizen_id: CitizenId, rung: Rung, *, template_id: str, scene: str, dedupe_key: str,
    now: datetime,
) -> None:  # fmt: skip
    """A citizen allows one message; saying so twice (one dedupe_key) is one leave."""
    await queries.add_grant(
        conn, account_id=account_id, citizen_id=citizen_id, rung=rung, template_id=template_id, scene=scene,
        dedupe_key=dedupe_key, now=now,
    )  # fmt: skip


async def oldest_grant(conn: Conn, account_id: AccountId, citizen_id: CitizenId, rung: Rung) -> View | None:
    """The leave that the next send uses up."""
    return view(await queries.oldest_grant(conn, account_id=account_id, citizen_id=citizen_id, rung=rung))


async def use_grant(conn: Conn, account_id: AccountId, citizen_id: CitizenId, rung: Rung, *, now: datetime) -> None:
    """It is used up."""
    await queries.use_grant(conn, account_id=account_id, citizen_id=citizen_id, rung=rung, now=now)


async def lease_probe(conn: Conn, account_ids: Sequence[AccountId], *, wall: datetime, before: datetime) -> list[AccountId]:
    """Accounts whose rights this worker is to ask for: those not asked since `before`."""
    rows = await queries.lease_probe(conn, account_ids=account_ids, wall=wall, before=before)
    return [AccountId(row["account_id"]) for row in rows]


async def record_right(conn: Conn, account_id: AccountId, name: str, *, wall: datetime) -> None:
    """The platform grants it."""
    await queries.record_right(conn, account_id=account_id, name=name, wall=wall)


async def use_grants(conn: Conn, account_id: AccountId, citizen_id: CitizenId, rung: Rung, *, now: datetime) -> None:
    """The citizen took all of them back."""
    await queries.use_grants(conn, account_id=account_id, citizen_id=citizen_id, rung=rung, now=now)


async def forget_refusal(conn: Conn, account_id: AccountId, rung: Rung) -> None:
    """Let the next use find out anew whether the platform takes it."""
    await queries.forget_refusal(conn, account_id=account_id, rung=rung)
